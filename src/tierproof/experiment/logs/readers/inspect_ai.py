"""Inspect AI: `.eval` (a zip of JSON members, compressed with Zstandard) and `.json` logs.

What a careful guess gets wrong: grades are the letters C, I, P and N (1, 0, 1/2 and 0); epochs are entries of one id;
a sample with an `error` has no score though an aborted run lists samples that were never asked; an over-long prompt is
no error but `stop_reason` `model_length`, scored `I`; ids may be numbers that were given after a shuffle; a cached
answer is told by its model event alone; a scorer may give a dictionary or a list of grades, and NaN for none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from tierproof.experiment.logs.files.grades import worth
from tierproof.experiment.logs.files.source import Source, text_of
from tierproof.experiment.logs.outcome import Ask, Outcome, Scalar, Told
from tierproof.experiment.logs.reader_registry import reader
from tierproof.messages import Message

GRADES: Mapping[str, float] = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}
NEVER_ASKED = "CancelledError"


class Usage(Struct, frozen=True):
    input_tokens: int = 0
    output_tokens: int = 0
    input_tokens_cache_write: int | None = None
    input_tokens_cache_read: int | None = None
    total_cost: float | None = None


class Choice(Struct, frozen=True):
    stop_reason: str = "unknown"


class Output(Struct, frozen=True):
    choices: list[Choice] = []
    usage: Usage | None = None


class Score(Struct, frozen=True):
    value: Any = None
    history: list[Any] = []
    """What it was before somebody edited it."""


class Error(Struct, frozen=True):
    message: str = ""
    traceback: str = ""


class Event(Struct, frozen=True):
    event: str = ""
    cache: str | None = None


class Sample(Struct, frozen=True):
    id: int | str
    epoch: int = 1
    input: Any = None
    output: Output = Output()
    scores: dict[str, Score] | None = None
    score: Score | None = None
    metadata: dict[str, Any] | None = None
    error: Error | None = None
    invalidation: Any = None
    limit: Any = None
    model_usage: dict[str, Usage] = {}
    working_time: float | None = None
    total_time: float | None = None
    events: list[Event] = []


class Dataset(Struct, frozen=True):
    name: str | None = None
    shuffled: bool | None = None
    sample_ids: list[int | str] | None = None


class Spec(Struct, frozen=True):
    task: str
    model: str
    created: str = ""
    run_id: str = ""
    dataset: Dataset = Dataset()
    config: dict[str, Any] = {}
    packages: dict[str, str] = {}


class ScoreOf(Struct, frozen=True):
    name: str
    scorer: str = ""
    metrics: dict[str, Any] = {}


class Results(Struct, frozen=True):
    scores: list[ScoreOf] = []


class Header(Struct, frozen=True):
    eval: Spec
    version: int = 0
    status: str = "started"
    results: Results | None = None


class Whole(Struct, frozen=True):
    """A `.json` log."""

    eval: Spec
    version: int = 0
    status: str = "started"
    results: Results | None = None
    samples: list[Sample] | None = None


def _recognises(source: Source) -> bool:
    if source.kind == "zip":
        return bool(source.keys & {"header.json", "_journal"})
    return source.kind == "json" and not source.listed and {"eval", "status"} <= source.keys


@reader("inspect", tried=("0.3.285",), recognises=_recognises)
def read(source: Source, told: Told, ask: Ask) -> Iterator[Outcome]:
    """.eval and .json logs of `inspect eval`."""
    if source.kind == "zip":
        with source.archive() as archive:
            name = "header.json" if "header.json" in archive else "_journal/start.json"
            if name not in archive:
                raise source.fault(
                    Message("no header.json: no Inspect log"), remedy=Message("name the .eval file as Inspect wrote it")
                )
            header = source.parsed(archive.read(name), Header, where=name)
            if name != "header.json":
                told.warn(Message("the run never ended: what it had written by then is read"))
            _about(header, told)
            if archive.twice:
                told.warn(Message("{n} members stand twice: the last of each is read", n=archive.twice))
            for number, (member, data) in enumerate(archive.under("samples/"), 1):
                yield from _outcome(source.parsed(data, Sample, where=member), header.eval, told, ask, number)
    else:
        whole = source.document(Whole)
        _about(whole, told)
        for number, sample in enumerate(whole.samples or (), 1):
            yield from _outcome(sample, whole.eval, told, ask, number)


def _about(header: Header | Whole, told: Told) -> None:
    spec = header.eval
    told.version = spec.packages.get("inspect_ai", f"log format {header.version}")
    if header.status != "success":
        told.warn(
            Message(
                "the run's status is '{status}', not 'success': it did not get through its samples",
                status=header.status,
            )
        )
    ids = spec.dataset.sample_ids or []
    # Without ids of their own, samples are numbered from 1, after a shuffle.
    told.numbered = bool(ids) and all(isinstance(one, int) for one in ids)
    if spec.dataset.shuffled:
        told.warn(
            Message("the dataset was shuffled, and numbers of samples came after")
            if told.numbered
            else Message("the dataset was shuffled")
        )
    reducers = spec.config.get("epochs_reducer") or []
    other = [str(one) for one in ([reducers] if isinstance(reducers, str) else reducers) if one != "mean"]
    if other:
        told.warn(
            Message("the log's own figures reduce epochs by {names}; here they are averaged", names=", ".join(other))
        )
    for one in header.results.scores if header.results else ():
        for metric in one.metrics:
            told.aliases.setdefault(metric, set()).add(one.name)
            told.aliases.setdefault(f"{one.name}/{metric}", set()).add(one.name)


def _outcome(sample: Sample, spec: Spec, told: Told, ask: Ask, number: int) -> Iterator[Outcome]:
    error = sample.error
    if error is not None and NEVER_ASKED in f"{error.message} {error.traceback[-400:]}":
        told.warn(Message("samples that were cancelled when the run broke off were never answered, and are left out"))
        return
    stops = {choice.stop_reason for choice in sample.output.choices}
    usage = sample.model_usage.values()
    cached = any(event.event == "model" and event.cache == "read" for event in sample.events)
    time = sample.working_time if sample.working_time is not None else sample.total_time
    prices = [one.total_cost for one in usage if one.total_cost is not None]
    found = sample.scores or ({"score": sample.score} if sample.score is not None else {})
    if any(score.history for score in found.values()):
        told.warn(Message("scores were edited after the run: the last value of each is read"))
    if sample.invalidation is not None:
        told.warn(Message("samples were declared invalid after the run, and count as they were scored all the same"))
    yield Outcome(
        system=spec.model,
        task=spec.task,
        id=str(sample.id),
        input=_asked(sample.input),
        repeat=str(sample.epoch),
        scores=dict(pair for name, score in found.items() for pair in _grades(name, score.value)),
        error="" if error is None else error.message or "error",
        refused="content_filter" in stops or ("model_length" in stops and not _answered(sample)),
        truncated="max_tokens" in stops or sample.limit is not None,
        cached=cached,
        usd=sum(prices) if prices and not cached else None,
        seconds=None if cached or error is not None else time,
        tokens=sum(map(_tokens, usage)) if usage else None,
        group=None if not ask.cluster else text_of((sample.metadata or {}).get(ask.cluster)),
        place=number,
    )


def _asked(value: Any) -> str | None:
    """Messages without what a run gives them, such as their ids."""
    if not isinstance(value, list):
        return text_of(value)
    return text_of([[one.get("role"), one.get("content")] if isinstance(one, dict) else one for one in value])


def _answered(sample: Sample) -> bool:
    """`model_length` ends an answer that grew too long, or a request that was too long to be answered at all."""
    usage = sample.output.usage
    return usage is not None and usage.output_tokens > 0


def _tokens(usage: Usage) -> float:
    return (
        usage.input_tokens
        + usage.output_tokens
        + (usage.input_tokens_cache_read or 0)
        + (usage.input_tokens_cache_write or 0)
    )


def _grades(name: str, value: Any) -> Iterator[tuple[str, Scalar]]:
    """A grade, or those of a dictionary or a list, by name."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _grades(f"{name}.{key}", each)
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from _grades(f"{name}[{at}]", each)
    elif isinstance(value, str):
        number = GRADES.get(value, worth(value))
        yield name, value if number is None else number
    else:
        yield name, value

"""OpenAI evals (`oaieval`): JSON lines of events, the run's `spec` first, its `final_report` last.

What a careful guess gets wrong: a sample is several events, told by `sample_id` and mixed with those of others; what is
scored stands in `match` or `metrics` events; an `error` event means that there is no score; ids are places in the data.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from tierproof.experiment.logs.files.source import Source, text_of
from tierproof.experiment.logs.outcome import Ask, Outcome, Scalar, Told
from tierproof.experiment.logs.reader_registry import reader
from tierproof.messages import Message


class Event(Struct, frozen=True):
    type: str = ""
    sample_id: str | None = None
    data: Any = None
    spec: dict[str, Any] | None = None
    final_report: Any = None


class Sample(Struct):
    place: int
    scores: list[dict[str, Scalar]]
    asked: Any = None
    error: str = ""


def _recognises(source: Source) -> bool:
    return source.keys == {"spec"} or {"run_id", "event_id", "sample_id", "type", "data"} <= source.keys


@reader("openai-evals", tried=("3.0.1", "3.0.1.post1"), recognises=_recognises)
def read(source: Source, told: Told, ask: Ask) -> Iterator[Outcome]:
    """JSON lines of `oaieval --record_path`."""
    spec: dict[str, Any] = {}
    samples: dict[str, Sample] = {}
    ended = False
    for start, events in source.lines(Event):
        for place, event in enumerate(events, start):
            if event.spec is not None:
                if spec:
                    raise source.fault(Message("two runs in one file"), line=place, remedy=Message("give a file a run"))
                spec = event.spec
            ended = ended or event.final_report is not None
            if event.sample_id is not None:
                _take(samples.setdefault(event.sample_id, Sample(place, [])), event)
    if not ended:
        told.warn(Message("the run has no final report: it did not end"))
    models = spec.get("completion_fns") or [(spec.get("model") or {}).get("name") if spec.get("model") else None]
    system = ", ".join(str(one) for one in models if one) or source.path.stem
    told.numbered = True
    for name, sample in samples.items():
        for scores in sample.scores or [{}]:
            yield Outcome(
                system=system,
                task=str(spec.get("eval_name") or spec.get("base_eval") or ""),
                id=name,
                input=text_of(sample.asked),
                scores=scores,
                error=sample.error,
                place=sample.place,
            )


def _take(sample: Sample, event: Event) -> None:
    data = event.data if isinstance(event.data, dict) else {}
    if event.type == "match" and "correct" in data:
        sample.scores.append({"match": data["correct"]})
    elif event.type == "metrics":
        found: dict[str, Scalar] = {
            name: value for name, value in data.items() if isinstance(value, bool | int | float | str)
        }
        # What a scorer writes besides a match belongs to the same answer.
        if sample.scores and not found.keys() & sample.scores[-1].keys():
            sample.scores[-1].update(found)
        else:
            sample.scores.append(found)
    elif event.type == "raw_sample":
        sample.asked = data.get("input", data.get("question"))
    elif event.type == "error":
        sample.error = f"{data.get('type', 'error')}: {data.get('message', '')}"[:300]

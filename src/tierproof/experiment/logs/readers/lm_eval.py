"""lm-eval (EleutherAI's harness): `samples_TASK_TIME.jsonl`, one row a document and filter, beside `results_TIME.json`.

What a careful guess gets wrong: a row is a document *and* a filter, so all rows of a file are no sample; metrics are
names at the top of a row; `doc_id` is a row number, `doc_hash` the document; `resps` of several repeats may be copies,
and the first alone is scored; nothing says that answers came from a cache; there are never rows of errors; a document's
`perplexity` is its log-likelihood, of which more is better though less is better of the aggregate.
"""

from __future__ import annotations

import glob
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from tierproof.experiment.logs.files.source import Source
from tierproof.experiment.logs.outcome import Ask, Block, Told
from tierproof.experiment.logs.reader_registry import reader
from tierproof.messages import Message

KNOWN = frozenset([
    "doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics", "doc_hash", "prompt_hash",
    "target_hash",
])  # fmt: skip
NAMES = ("id", "question_id", "qid", "sample_id", "uid")
"""Fields of a document that name it; `idx` and `index` are row numbers."""
FILTER, NAME, HASH, NUMBER = map(attrgetter, ("filter", "doc.name", "doc_hash", "doc_id"))
LIKELIHOOD, BYPASS = "perplexity", "bypass"
STAMP = re.compile(r"samples_(.+)_(\d{4}-\d\d-\d\dT[\d.:-]+)")


class Results(Struct, frozen=True):
    """What `results_TIME.json` says of the run."""

    model_name: str | None = None
    lm_eval_version: str | None = None
    config: dict[str, Any] = {}
    results: dict[str, dict[str, Any]] = {}
    higher_is_better: dict[str, dict[str, bool | None]] = {}


class Run(Struct, frozen=True, kw_only=True):
    """What is known of a task's samples beside them."""

    system: str
    task: str
    more_is_better: dict[str, bool] = {}
    filters: tuple[str, ...] = ()
    """In the order in which the rows stand."""


def _recognises(source: Source) -> bool:
    keys = source.keys
    return {"doc_id", "doc", "resps"} <= keys or {"doc_id", "filtered_resps"} <= keys or {"results", "n-shot"} <= keys


@reader("lm-eval", tried=("0.4.13",), recognises=_recognises)
def read(source: Source, told: Told, ask: Ask) -> Iterator[Block]:
    """samples_*.jsonl of `--log_samples`; given results_*.json, the samples of all its tasks beside it."""
    if "results" not in source.keys:
        yield from _samples(source, told, ask)
        return
    paths = _beside(source)
    for path in paths:
        told.sources += (path,)
        yield from _samples(Source(path), told, ask, alone=len(paths) == 1)


def _samples(source: Source, told: Told, ask: Ask, *, alone: bool = True) -> Iterator[Block]:
    """Rows of one task.  `alone`: where they have no score, there is nothing else."""
    run = _about(source, told)
    pieces = source.lines if source.kind == "lines" else lambda kind: _whole(source, kind)
    row: type[Any] | None = None
    metrics: list[str] = []
    for _, rows in pieces(dict[str, Any]):
        metrics = _metrics(rows)
        if not metrics and not alone:
            told.warn(Message("{task}: {why}, and left out", task=run.task, why=_why_none(rows)))
            return
        if not metrics:
            raise source.fault(_why_none(rows), remedy=Message("give a log of another task or run"))
        row = _row(rows, metrics, ask.cluster)
        left = sorted({str(name) for name in rows[0].get("metrics") or () if name not in metrics})
        if left:
            told.warn(Message("no number a document, and left out: {names}", names=", ".join(left)))
        _repeats(rows, told)
        _directions(source, told, run.more_is_better | _likelihoods(rows, told))
        break
    if row is None:
        return
    named = "filter" in row.__struct_fields__
    readings = Counter[int]()
    hashed = "doc_hash" in row.__struct_fields__
    inner = row.__annotations__["doc"].__struct_fields__ if hashed and "doc" in row.__struct_fields__ else ()
    columns = {metric: attrgetter(f"m{at}") for at, metric in enumerate(metrics)}
    for start, some in pieces(row):
        filters = list(map(FILTER, some)) if named else _unnamed(source, start, some, readings, run.filters)
        for name in dict.fromkeys(filters):
            whole = filters.count(name) == len(some)
            at = range(len(some)) if whole else [each for each, one in enumerate(filters) if one == name]
            mine = some if whole else [some[each] for each in at]
            yield Block(
                system=run.system,
                task=run.task,
                filter="" if name == "none" else name,
                scores={metric: list(map(column, mine)) for metric, column in columns.items()},
                places=range(start, start + len(some)) if whole else [start + each for each in at],
                ids=list(map(NAME, mine)) if "name" in inner else None,
                groups=[_text(one.doc.cluster) for one in mine] if "cluster" in inner else None,
                hashes=list(map(HASH, mine)) if hashed else [_hash(one.doc) for one in mine],
                numbers=list(map(NUMBER, mine)),
            )


def _unnamed(
    source: Source, start: int, some: Sequence[Any], readings: Counter[int], filters: Sequence[str]
) -> list[str]:
    """Filters of rows that name none, as old versions wrote them: all rows of the first, then of the next."""
    found = []
    for place, one in enumerate(some, start):
        number = readings[one.doc_id]
        if number >= max(1, len(filters)):
            message = Message(
                "document {doc_id} stands again: rows of another filter, which they do not name, or two runs",
                doc_id=one.doc_id,
            )
            raise source.fault(
                message, line=place, remedy=Message("put results_*.json of the run beside it; give a run a file")
            )
        readings[one.doc_id] += 1
        found.append(filters[number] if filters else "none")
    return found


def _hash(doc: Any) -> str:
    """Of a document, as later versions of lm-eval compute it (its `hash_string`)."""
    return hashlib.sha256(json.dumps(doc, indent=2, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _whole(source: Source, kind: Any) -> Iterator[tuple[int, list[Any]]]:
    """Early versions wrote one JSON list."""
    yield 1, source.document(list[kind]) if source.listed else [source.document(kind)]


def _metrics(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Those of which some document has one number, or a text."""
    return list(
        dict.fromkeys(
            name
            for row in rows
            for name in (row["metrics"] if isinstance(row.get("metrics"), list) else row)
            if name not in KNOWN and isinstance(row.get(name), bool | int | float | str)
        )
    )


def _why_none(rows: Sequence[Mapping[str, Any]]) -> str:
    if rows[0].get("metrics") == [BYPASS]:
        return Message("predictions alone, without scores (--predict_only)")
    return Message(
        "no metric of one number a document: those of a corpus, such as a perplexity, have no outcome an item"
    )


def _row(rows: Sequence[Mapping[str, Any]], metrics: Sequence[str], cluster: str) -> type[Any]:
    """A type that takes of a row what is needed, and no more: the rest is passed over unread."""
    fields: list[Any] = [(f"m{at}", Any, None) for at in range(len(metrics))]
    rename = {f"m{at}": metric for at, metric in enumerate(metrics)}
    first = rows[0]
    doc = first.get("doc")
    if isinstance(doc, dict):
        inner: list[Any] = []
        names: dict[str, str] = {}
        name = next((each for each in NAMES if isinstance(doc.get(each), str | int)), "")
        if name:
            inner.append(("name", Any, None))
            names["name"] = name
        if cluster in doc:
            inner.append(("cluster", Any, None))
            names["cluster"] = cluster
        if inner and "doc_hash" in first:
            kind = msgspec.defstruct("Doc", inner, rename=names, frozen=True, gc=False)
            fields.insert(0, ("doc", kind))
    if "doc_hash" in first:
        fields.insert(0, ("doc_hash", str))
    else:
        fields.insert(0, ("doc", Any))
    fields[:0] = [("doc_id", int)]
    if "filter" in first:
        fields.append(("filter", str, "none"))
    return msgspec.defstruct("Row", fields, rename=rename, frozen=True, gc=False)


def _repeats(rows: Sequence[Mapping[str, Any]], told: Told) -> None:
    tries = [
        each
        for row in rows
        for each in (row["resps"] if isinstance(row.get("resps"), list) else [])
        if isinstance(each, list) and len(each) > 1 and isinstance(each[0], str)
    ]
    if not tries:
        return
    alike = sum(all(one == each[0] for one in each) for each in tries) / len(tries)
    most = max(len(each) for each in tries)
    if alike == 1:
        told.warn(
            Message("the {n} repeats of every document are equal answers: copies, no independent repeats", n=most)
        )
    else:
        told.warn(
            Message(
                "documents were asked {n} times; the score is what the task made of that, often of the first", n=most
            )
        )


def _likelihoods(rows: Sequence[Mapping[str, Any]], told: Told) -> dict[str, bool]:
    """What the aggregate exponentiates with a minus stands in the rows as it came from the model."""
    found = [row[LIKELIHOOD] for row in rows if isinstance(row.get(LIKELIHOOD), int | float)]
    if not found or max(found) > 0:
        return {}
    told.warn(
        Message("a document's '{name}' is its log-likelihood: more is better, unlike of the aggregate", name=LIKELIHOOD)
    )
    return {LIKELIHOOD: True}


def _directions(source: Source, told: Told, found: Mapping[str, bool]) -> None:
    for metric, more in found.items():
        if told.more_is_better.setdefault(metric, more) != more:
            message = Message("its tasks do not agree whether more of '{metric}' is better", metric=metric)
            raise source.fault(message, remedy=Message("name the samples of one task"))


def _about(source: Source, told: Told) -> Run:
    """From the name of the file and the results beside it."""
    match = STAMP.match(source.path.stem)
    parent = source.path.resolve().parent.name
    task = match[1] if match else ""
    system = parent if match else source.path.stem
    beside = source.path.with_name(f"results_{match[2]}.json") if match else None
    if beside is None or not beside.is_file():
        return Run(system=system, task=task)
    results = _results(beside)
    if beside not in told.sources:
        told.sources += (beside,)
    told.version = results.lm_eval_version or ""
    if results.config.get("use_cache"):
        told.warn(Message("the run used a cache, and lm-eval does not say which answers came from it"))
    if isinstance(results.config.get("limit"), int | float):
        told.warn(Message("the run was limited (limit {limit:g}): not the whole task", limit=results.config["limit"]))
    figures = results.results.get(task, {})
    return Run(
        system=results.model_name or system,
        task=task,
        more_is_better={
            metric: higher for metric, higher in results.higher_is_better.get(task, {}).items() if higher is not None
        },
        filters=tuple(dict.fromkeys(name.partition(",")[2] for name in figures if "," in name)),
    )


def _beside(source: Source) -> list[Path]:
    """The samples beside the results of a run."""
    stamp = source.path.stem.partition("_")[2]
    beside = sorted(source.path.parent.glob(f"samples_*_{glob.escape(stamp)}.jsonl")) if stamp else []
    if beside:
        return beside
    message = Message("holds averages alone, which nothing can be paired from")
    raise source.fault(message, remedy=Message("run lm_eval with --log_samples, and leave samples_*.jsonl beside it"))


def _results(path: Path) -> Results:
    return Source(path).document(Results)

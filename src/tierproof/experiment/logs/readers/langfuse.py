"""Langfuse: exports of experiment items and of traces with their scores (JSON, JSON lines, the API's `data` lists).

What a careful guess gets wrong: a score is a row of its own, several of one trace are several rows; a boolean is 1 or 0
with `dataType` BOOLEAN; a categorical score's text is no number; `level` ERROR tells a failed item, whose scores may be
null; an answer of the API is one page of several.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from msgspec import Struct

from tierproof.experiment.logs.files.source import Source, text_of
from tierproof.experiment.logs.outcome import Ask, Outcome, Scalar, Told
from tierproof.experiment.logs.reader_registry import reader
from tierproof.messages import Message

PAGE = frozenset({"data", "meta"})


class Score(Struct, frozen=True, rename="camel"):
    name: str
    value: Any = None
    string_value: str | None = None
    data_type: str = "NUMERIC"


class Item(Struct, frozen=True, rename="camel"):
    id: str = ""
    trace_id: str = ""
    name: str | None = None
    experiment_name: str | None = None
    experiment_item_id: str | None = None
    dataset_run_name: str | None = None
    dataset_item_id: str | None = None
    release: str | None = None
    version: str | None = None
    input: Any = None
    level: str | None = None
    status_message: str | None = None
    metadata: Any = None
    experiment_item_metadata: Any = None
    scores: list[Score | str] | None = None
    latency: float | None = None
    total_cost: float | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None


class Page(Struct, frozen=True):
    data: list[Item]
    meta: dict[str, Any] = {}


def _recognises(source: Source) -> bool:
    keys = source.keys
    if keys & {"experimentItemId", "datasetItemId", "datasetRunName"}:
        return True
    return ({"scores", "id"} <= keys and bool(keys & {"sessionId", "totalCost", "latency"})) or keys == PAGE


@reader("langfuse", tried=("documents and client of 5.0.4",), recognises=_recognises)
def read(source: Source, told: Told, ask: Ask) -> Iterator[Outcome]:
    """Experiment items, and traces with their scores, as the API and the exports give them."""
    if source.kind == "lines":
        pieces: Iterator[tuple[int, list[Item]]] = _pages(source, told) if source.keys == PAGE else source.lines(Item)
    elif source.kind == "json":
        pieces = iter([(1, source.document(list[Item]) if source.listed else _page(source, told))])
    else:
        raise source.fault(
            Message("a form of export that is not read"), remedy=Message("export JSON or JSON lines, with scores")
        )
    for start, items in pieces:
        for place, item in enumerate(items, start):
            metadata = item.metadata if isinstance(item.metadata, dict) else {}
            scores = item.scores or []
            if any(isinstance(score, str) for score in scores):
                told.warn(Message("scores stand as ids alone in a part of the traces: export them with their values"))
            names = [score.name for score in scores if isinstance(score, Score)]
            if len(set(names)) < len(names):
                told.warn(Message("several scores of one name stand at one trace: the last of each is read"))
            yield Outcome(
                system=_system(item, metadata) or source.path.stem,
                id=_first(item.experiment_item_id, item.dataset_item_id, metadata.get("dataset_item_id")) or None,
                input=text_of(item.input),
                # A trace is one try at an item: the same again is the same page twice.
                repeat=item.id or item.trace_id,
                scores={score.name: _value(score) for score in scores if isinstance(score, Score)},
                error=(item.status_message or "level ERROR")[:300] if item.level == "ERROR" else "",
                usd=item.total_cost or None,
                seconds=_seconds(item),
                group=_group(item, metadata, ask.cluster) if ask.cluster else None,
                place=place,
            )


def _page(source: Source, told: Told) -> list[Item]:
    """What the API answers to one call."""
    page = source.document(Page)
    _ended(page, told)
    return page.data


def _pages(source: Source, told: Told) -> Iterator[tuple[int, list[Item]]]:
    """Answers to several calls, one after another."""
    place, page = 1, None
    for _, pages in source.lines(Page):
        for page in pages:
            yield place, page.data
            place += len(page.data)
    if page is not None:
        _ended(page, told)


def _ended(page: Page, told: Told) -> None:
    if page.meta.get("cursor"):
        told.warn(Message("the answer names a next page, which is not here: not the whole run"))


def _group(item: Item, metadata: dict[str, Any], name: str) -> str | None:
    own = item.experiment_item_metadata
    value = own[name] if isinstance(own, dict) and name in own else metadata.get(name)
    return None if value is None else str(value)


def _system(item: Item, metadata: dict[str, Any]) -> str:
    run = metadata.get("dataset_run_name")
    return _first(item.experiment_name, item.dataset_run_name, run, item.release, item.version, item.name)


def _first(*values: Any) -> str:
    return next((str(value) for value in values if value), "")


def _value(score: Score) -> Scalar:
    value = score.value if score.value is not None else score.string_value
    if score.data_type == "BOOLEAN" and isinstance(value, int | float):
        return bool(value)
    if score.data_type in ("CATEGORICAL", "TEXT"):
        return score.string_value if score.string_value is not None else str(value)
    return value if isinstance(value, bool | int | float | str) else None


def _seconds(item: Item) -> float | None:
    if item.latency is not None:
        return item.latency
    if item.start_time is None or item.end_time is None:
        return None
    try:
        took = (item.end_time - item.start_time).total_seconds()
    except TypeError:
        return None
    return took if took >= 0 else None

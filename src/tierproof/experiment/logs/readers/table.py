"""Any CSV, JSONL, JSON or Parquet table whose columns are named by the reader: `--columns item=id,score=correct`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from tierproof.experiment.logs.files.grades import worth
from tierproof.experiment.logs.files.source import Source, text_of
from tierproof.experiment.logs.files.stored import quoted
from tierproof.experiment.logs.outcome import Ask, Expressions, Outcome, Told
from tierproof.experiment.logs.reader_registry import reader
from tierproof.messages import Message

ROLES = ("item", "input", "hash", "system", "task", "score", "repeat", "error", "cached", "usd", "seconds", "tokens")
"""What a column may be; `score` may name several, joined by `|`."""


def _named(source: Source, ask: Ask) -> tuple[dict[str, str], list[str]]:
    """Columns by role, and those of scores.  Raises InputError where one is not there."""
    columns = {role: role for role in ROLES if role in source.keys} | dict(ask.columns)
    unknown = [role for role in columns if role not in ROLES]
    if unknown:
        raise source.fault(
            Message("no role of a column is called '{unknown}'", unknown=unknown[0]),
            remedy=Message("one of: {roles}", roles=", ".join(ROLES)),
        )
    metrics = columns.pop("score", "").split("|")
    wanted = [*columns.values(), *metrics, *([ask.cluster] if ask.cluster else [])]
    lacking = [name for name in wanted if name not in source.keys]
    if metrics == [""] or lacking:
        message = (
            Message("no column '{lacking}'", lacking=lacking[0])
            if lacking and lacking[0]
            else Message("no column of scores is named")
        )
        raise source.fault(
            message,
            remedy=Message("--columns item=NAME,score=NAME; it has: {keys}", keys=", ".join(sorted(source.keys)[:20])),
        )
    if not columns.keys() & {"item", "input", "hash"}:
        raise source.fault(Message("no column names the item"), remedy="--columns item=NAME, or input=NAME")
    return columns, metrics


def _stored(source: Source, told: Told, ask: Ask) -> Expressions:
    del told
    columns, metrics = _named(source, ask)
    columns["id"] = columns.pop("item", "")
    found = {role: quoted(name) for role, name in columns.items() if name}
    group = quoted(ask.cluster) if ask.cluster else ""
    return Expressions(scores={name: quoted(name) for name in metrics}, group=group, **found)


@reader(
    "table",
    tried=("any",),
    recognises=lambda source: {"item", "score"} <= source.keys or {"input", "score"} <= source.keys,
    last=True,
    stored=_stored,
)
def read(source: Source, told: Told, ask: Ask) -> Iterator[Outcome]:
    """Any CSV, JSONL, JSON or Parquet table, by naming its columns."""
    columns, metrics = _named(source, ask)
    wanted = [*columns.values(), *metrics, *([ask.cluster] if ask.cluster else [])]
    for place, row in source.records(wanted if source.kind == "parquet" else None):
        yield Outcome(
            system=_text(row, columns, "system") or source.path.stem,
            task=_text(row, columns, "task") or "",
            id=_text(row, columns, "item"),
            hash=_text(row, columns, "hash"),
            input=text_of(row.get(columns["input"])) if "input" in columns else None,
            repeat=_text(row, columns, "repeat") or "",
            scores={name: value for name in metrics if _plain(value := row.get(name))},
            error=(_text(row, columns, "error") or "") if _failed(row, columns) else "",
            cached=worth(_text(row, columns, "cached")) == 1,
            usd=_number(source, place, row, columns, "usd") or None,
            seconds=_number(source, place, row, columns, "seconds"),
            tokens=_number(source, place, row, columns, "tokens"),
            group=_text(row, {"cluster": ask.cluster}, "cluster") if ask.cluster else None,
            place=place,
        )


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def _failed(row: Mapping[str, Any], columns: Mapping[str, str]) -> bool:
    """A column of errors holds their words, or whether there was one."""
    text = _text(row, columns, "error")
    number = worth(text)
    return number is None or (number != 0 and not math.isnan(number))


def _text(row: Mapping[str, Any], columns: Mapping[str, str], role: str) -> str | None:
    value = row.get(columns[role]) if role in columns else None
    return None if value is None or value == "" else str(value)


def _number(source: Source, place: int, row: Mapping[str, Any], columns: Mapping[str, str], role: str) -> float | None:
    text = _text(row, columns, role)
    if text is None:
        return None
    number = worth(text)
    if number is None:
        raise source.fault(Message("'{text}' is no number", text=text[:40]), line=place, field=columns[role])
    return number if number >= 0 else None

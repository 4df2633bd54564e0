"""Outcomes as a table, CSV or Parquet: a row an outcome, a column a metric."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec

from tierproof.errors import InputError
from tierproof.experiment.logs.files.rows import item_of
from tierproof.experiment.logs.outcome import Outcome, Scalar
from tierproof.messages import gettext

__all__ = ["write_csv", "write_parquet"]

COLUMNS = ("item", "system", "task", "filter", "repeat")
TAKEN = ("error", "cached", "usd", "seconds", "tokens")
ROWS = 10_000


def _rows(outcomes: Iterable[Outcome], metrics: Sequence[str]) -> Iterable[dict[str, Any]]:
    for one in outcomes:
        yield {
            "item": item_of(one),
            **{name: getattr(one, name) for name in COLUMNS[1:]},
            **{_column(metric): _figure(one.scores.get(metric)) for metric in metrics},
            **{name: getattr(one, name) for name in TAKEN},
        }


def _column(metric: str) -> str:
    """A metric's own name, unless it is a column's."""
    return f"score {metric}" if metric in COLUMNS + TAKEN else metric


def _figure(score: Scalar) -> Scalar:
    """Passed and failed as 1 and 0: a column holds values of one kind."""
    return float(score) if isinstance(score, bool) else score


def _metrics(outcomes: Iterable[Outcome]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for one in outcomes for name in one.scores))


def _refuse_texts(outcomes: Iterable[Outcome], path: Path) -> None:
    """Parquet's columns of scores hold numbers."""
    for one in outcomes:
        for name, score in one.scores.items():
            if isinstance(score, str):
                message = gettext("'{text}' is no number, and Parquet holds numbers", text=score[:60])
                remedy = gettext("say what texts are worth, or write CSV")
                raise InputError.of(message, remedy=remedy, field=name, file=path)


def write_csv(outcomes: Sequence[Outcome], path: Path) -> tuple[Path, ...]:
    """One file, which `import --columns item=item,system=system,score=METRIC` reads back."""
    metrics = _metrics(outcomes)
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*COLUMNS, *map(_column, metrics), *TAKEN])
        writer.writeheader()
        writer.writerows(_rows(outcomes, metrics))
    partial.replace(path)
    return (path,)


def write_parquet(outcomes: Sequence[Outcome], path: Path) -> tuple[Path, ...]:
    """The same as Parquet.  Raises InputError where pyarrow is not installed.

    Rows reach pyarrow as lines of JSON: handed over as objects each would be asked whether it is pandas', which is
    imported for that wherever it is installed, and takes longer than all the rest.
    """
    try:
        pa: Any = import_module("pyarrow")
        lines: Any = import_module("pyarrow.json")
        pq: Any = import_module("pyarrow.parquet")
    except ImportError:
        message = gettext("Parquet needs pyarrow")
        raise InputError.of(message, remedy="pip install 'tierproof[parquet]'", file=path) from None
    metrics = _metrics(outcomes)
    _refuse_texts(outcomes, path)
    schema = pa.schema(
        [(name, pa.string()) for name in COLUMNS]
        + [(_column(metric), pa.float64()) for metric in metrics]
        + [("error", pa.string()), ("cached", pa.bool_())]
        + [(name, pa.float64()) for name in TAKEN[2:]]
    )
    parsed = lines.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
    partial = path.with_name(f".{path.name}.partial")
    with pq.ParquetWriter(partial, schema) as writer:
        for start in range(0, len(outcomes), ROWS):
            data = b"\n".join(map(msgspec.json.encode, _rows(outcomes[start : start + ROWS], metrics)))
            whole = lines.ReadOptions(use_threads=False, block_size=len(data) + 1)
            writer.write_table(lines.read_json(BytesIO(data), whole, parsed))
    partial.replace(path)
    return (path,)

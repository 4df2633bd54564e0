"""Tables for spreadsheets and data frames: one row a technique, an arm, an option or a step, one column a figure.

Enters: a `TierTable` and its pack, an answer, or somebody's data frame.  Leaves: CSV text; a pandas, Polars or
Arrow table where that is installed.  Columns are those of the JSON document, names joined by dots.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tierproof.answers.document import plain
from tierproof.answers.table import TableAnswer, table_answer
from tierproof.experiment.workload.files.data_frames import columns_and_rows
from tierproof.extras import optional
from tierproof.messages import Message

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from tierproof.answers.audit import AuditAnswer
    from tierproof.answers.brief import BriefAnswer
    from tierproof.answers.measure import MeasureAnswer
    from tierproof.answers.plan import PlanAnswer
    from tierproof.decision.ranking.results import TierTable
    from tierproof.evidence import Pack

    Tabled = TableAnswer | AuditAnswer | MeasureAnswer | BriefAnswer | PlanAnswer
    """Answers that are a table: of techniques, of the rows of somebody's table, of arms, of options, of steps."""

__all__ = ["csv_of_frame", "csv_table", "to_arrow", "to_frame", "to_polars"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that starts so is run as a formula by spreadsheets."""
_ROWS = ("rows", "arms", "options", "steps")
"""Where an answer has its rows."""
_WITHIN = ("sub_rows", "marks", "passes")
"""Rows within rows, which no column holds."""


def csv_table(table: TierTable, pack: Pack) -> str:
    """RFC 4180 text with a header line; figures that are not known are empty."""
    columns = _columns(table_answer(table, pack))
    rows = zip(*columns.values(), strict=True)
    return _written(columns, ([_safe(value) for value in row] for row in rows))


def to_frame(table: Tabled) -> pd.DataFrame:
    """One row a technique or an arm, indexed by its id or name.  Raises InputError where pandas is not installed."""
    pandas = optional("pandas", use=Message("a data frame"), extra="pandas")
    columns = _columns(table)
    frame: pd.DataFrame = pandas.DataFrame(columns)
    return frame.set_index(next(iter(columns))) if columns else frame


def to_polars(table: Tabled) -> pl.DataFrame:
    """The same, id or name the first column.  Raises InputError where Polars is not installed."""
    polars = optional("polars", use=Message("a data frame of Polars"), extra="polars")
    # Not strict: a figure may be whole in one row and a fraction in the next.
    frame: pl.DataFrame = polars.DataFrame(_columns(table), strict=False)
    return frame


def to_arrow(table: Tabled) -> pa.Table:
    """The same, id or name the first column.  Raises InputError where pyarrow is not installed."""
    arrow = optional("pyarrow", use=Message("an Arrow table"), extra="parquet")
    found: pa.Table = arrow.table(_columns(table))
    return found


def csv_of_frame(frame: Any) -> str | None:
    """A pandas, Polars or Arrow table as CSV text with a header line; None for what is none of them."""
    found = columns_and_rows(frame)
    return None if found is None else _written(*found)


def _written(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def _columns(table: Tabled) -> dict[str, list[Any]]:
    """By name; None where a row lacks the figure."""
    rows = _rows(table)
    names = dict.fromkeys(column for row in rows for column in row)
    return {name: [row.get(name) for row in rows] for name in names}


def _rows(table: Tabled) -> list[dict[str, Any]]:
    """Flat rows; a group of figures that one row lacks is no column beside the group's own columns."""
    there = next(rows for name in _ROWS if (rows := getattr(table, name, None)) is not None)
    rows = [_flat(plain(row)) for row in there]
    groups = {
        column.rsplit(".", depth)[0] for row in rows for column in row for depth in range(1, column.count(".") + 1)
    }
    return [{column: value for column, value in row.items() if column not in groups} for row in rows]


def _safe(value: Any) -> Any:
    """Text that a spreadsheet would run is quoted; figures, negative ones too, are not text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _flat(row: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested figures as columns: `score.median`, `cost_ratio.low`; lists joined by spaces, pairs in them by a
    dot, rows within rows left out."""
    out: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, Mapping):
            out.update(_flat(value, f"{prefix}{key}."))
        elif isinstance(value, list):
            if key not in _WITHIN:
                pairs = (".".join(each) if isinstance(each, list) else str(each) for each in value)
                out[f"{prefix}{key}"] = " ".join(pairs)
        else:
            out[f"{prefix}{key}"] = value
    return out

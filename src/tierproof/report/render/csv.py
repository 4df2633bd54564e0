"""A tier table for spreadsheets and data frames: one row a technique, one column a figure.

Enters: a `TierTable` and its pack.  Leaves: CSV text, or a pandas data frame where pandas is installed.  Columns are
those of the JSON document, names joined by dots.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tierproof.answers.document import plain
from tierproof.answers.table import TableAnswer, table_answer
from tierproof.errors import InputError, Problem

if TYPE_CHECKING:
    import pandas as pd

    from tierproof.decision.ranking.results import TierTable
    from tierproof.evidence import Pack

__all__ = ["csv_table", "to_frame"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that starts so is run as a formula by spreadsheets."""


def csv_table(table: TierTable, pack: Pack) -> str:
    """RFC 4180 text with a header line; figures that are not known are empty."""
    rows = _rows(table_answer(table, pack))
    columns = list(dict.fromkeys(column for row in rows for column in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_safe(row.get(column)) for column in columns] for row in rows)
    return out.getvalue()


def to_frame(table: TableAnswer) -> pd.DataFrame:
    """One row a technique, indexed by its id.  Raises InputError where pandas is not installed."""
    try:
        import pandas  # noqa: PLC0415  (an extra)
    except ModuleNotFoundError:
        raise InputError(Problem(message="pandas is not installed", remedy="pip install 'tierproof[pandas]'")) from None
    return pandas.DataFrame(_rows(table)).set_index("technique")


def _rows(table: TableAnswer) -> list[dict[str, Any]]:
    """Flat rows; a group of figures that one row lacks is no column beside the group's own columns."""
    rows = [_flat(plain(row)) for row in table.rows]
    groups = {
        column.rsplit(".", depth)[0] for row in rows for column in row for depth in range(1, column.count(".") + 1)
    }
    return [{column: value for column, value in row.items() if column not in groups} for row in rows]


def _safe(value: Any) -> Any:
    """Text that a spreadsheet would run is quoted; figures, negative ones too, are not text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _flat(row: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested figures as columns: `score.median`, `cost_ratio.low`; lists joined by spaces, rows within rows left
    out."""
    out: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, Mapping):
            out.update(_flat(value, f"{prefix}{key}."))
        elif isinstance(value, list):
            if key != "sub_rows":
                out[f"{prefix}{key}"] = " ".join(map(str, value))
        else:
            out[f"{prefix}{key}"] = value
    return out

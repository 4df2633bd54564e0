"""Somebody's data frame as rows: pandas, Polars or Arrow, by what it can do, so that none of them is imported here.

Enters: any value.  Leaves: names of columns and rows of values, None where a cell is empty; nothing for no frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["columns_and_rows"]


def columns_and_rows(frame: Any) -> tuple[list[Any], Sequence[Sequence[Any]]] | None:
    """None for what is no pandas, Polars or Arrow table."""
    if hasattr(frame, "to_pylist") and hasattr(frame, "column_names"):  # Arrow
        return list(frame.column_names), [tuple(row.values()) for row in frame.to_pylist()]
    if hasattr(frame, "iter_rows") and hasattr(frame, "columns"):  # Polars
        return list(frame.columns), list(frame.iter_rows())
    if hasattr(frame, "itertuples") and hasattr(frame, "columns"):  # pandas
        # An index that has a name, as of `to_pandas`, is a column; row numbers are not.
        named = frame.reset_index() if any(name is not None for name in frame.index.names) else frame
        known = named.astype(object).where(named.notna(), None)
        return list(named.columns), list(known.itertuples(index=False, name=None))
    return None

"""A tier table as plain data: what `--format json` prints and programs read.

Enters: a `TierTable` and its pack.  Leaves: a dict of JSON types, documented in `docs/json.md`.  Figures keep their
full precision; rounding is for screens.  Knows nothing of layouts.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from tierproof.evidence import Pack
    from tierproof.synthesis.posterior import Context, Interval

__all__ = ["builtins", "context_dict", "interval_dict", "pack_dict", "rounded"]

_DIGITS = 12
"""Significant digits: below them differ machines, not evidence."""


def pack_dict(pack: Pack) -> dict[str, Any]:
    """Which pack, of which version."""
    return {"name": pack.settings.name, "title": pack.settings.title, "version": pack.settings.version}


def context_dict(context: Context) -> dict[str, Any]:
    """Where the reader stands."""
    return {
        "task_family": context.task_family,
        "params_b": context.params_b,
        "as_of": "{}-{:02d}".format(*context.as_of) if context.as_of else None,
        "include_lab": context.include_lab,
    }


def builtins(value: msgspec.Struct) -> Any:
    """A struct as JSON types alone: tuples as lists, so that it equals what comes back."""
    return msgspec.json.decode(msgspec.json.encode(value))


def interval_dict(value: Interval | None) -> dict[str, Any] | None:
    """Median, ends and level; None stays None."""
    return None if value is None else _present(value)


def _present(value: Interval) -> dict[str, Any]:
    ends = {name: rounded(getattr(value, name)) for name in ("median", "low", "high")}
    return {**ends, "level": value.level}


def rounded(value: float | None) -> float | None:
    """Twelve significant digits; JSON has no NaN or infinity, so what is not finite is null."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.{_DIGITS}g}")

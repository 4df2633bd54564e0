"""What logs say of a difference: short.

Enters: an `ImportAnswer`.  Leaves: a small Struct whose comparisons come in pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import ClassVar, Literal

from tierproof.answers.imported import ComparedAnswer, ImportAnswer, Updated
from tierproof.answers.imported import Ratio as Whole
from tierproof.answers.safe_text import clean, shorten
from tierproof.answers.short.parts import Page, Short, Span, Unit, few, multiple, paged

__all__ = ["ShortImport", "ShortUpdated", "short_import"]

_WARNING = 160
_MOST = 3


class LogFile(Short, frozen=True, kw_only=True):
    """The source of every figure here."""

    file: str
    tool: str
    systems: tuple[str, ...]
    rows: int


class ShortCompared(Short, frozen=True, kw_only=True):
    """One metric of one system against the baseline's, paired by item."""

    units: ClassVar[Mapping[str, Unit]] = {"cost_ratio": "multiple", "latency_ratio": "multiple"}

    metric: str
    task: str = ""
    baseline_system: str
    treated_system: str
    verdict: Literal["better", "worse", "not settled"]
    """Of the treated system."""
    pairs: int
    baseline: float | None
    """Mean score."""
    treated: float | None
    """Mean score."""
    difference: Span
    """Treated less baseline, with its 95 % interval."""
    p_of_all: float | None = None
    """Two-sided, of no difference, put right for all comparisons made together; the interval is of this one alone."""
    won: int = 0
    lost: int = 0
    errors: int = 0
    """Rows of both without a score: missing, not wrong."""
    unpaired: int = 0
    cost_ratio: Span | None = None
    """Treated over baseline, 95 %."""
    latency_ratio: Span | None = None
    lower_is_better: bool = False
    items_needed: int | None = None
    """Items that find a difference as large as this four times in five."""
    warnings: tuple[str, ...] = ()


class ShortUpdated(Short, frozen=True, kw_only=True):
    """What the logs do to a technique's place; multiples of the odds of success, 90 %: above 1 is better."""

    units: ClassVar[Mapping[str, Unit]] = {"literature": "multiple", "own": "multiple", "together": "multiple"}

    technique: str
    tier_before: str = ""
    """Empty: too little was known."""
    tier_after: str = ""
    literature: Span | None = None
    """Foretold for one new setting."""
    own: Span | None = None
    """What the logs show."""
    together: Span | None = None
    contradicts: bool = False
    """The logs lie wholly outside of what was foretold."""


class ShortImport(Short, frozen=True, kw_only=True):
    """Evaluation logs compared item by item"""

    logs: tuple[LogFile, ...]
    page: Page
    comparisons: tuple[ShortCompared, ...]
    passed_over: tuple[str, ...] = ()
    """What could not be compared, and why."""
    update: ShortUpdated | None = None
    """Set where a technique was named."""


def short_import(answer: ImportAnswer, *, offset: int = 0, limit: int = 3) -> ShortImport:
    chosen, page = paged(answer.comparisons, offset, limit)
    return ShortImport(
        logs=tuple(
            LogFile(
                file=clean(PurePath(log.file).name),
                tool=log.tool,
                systems=tuple(shorten(clean(system), 60) for system in log.systems[:5]),
                rows=log.rows,
            )
            for log in answer.logs
        ),
        page=page,
        comparisons=tuple(map(_compared, chosen)),
        passed_over=tuple(shorten(clean(text), _WARNING) for text in answer.passed_over[:_MOST]),
        update=_update(answer.updates[0]) if answer.updates else None,
    )


def _compared(one: ComparedAnswer) -> ShortCompared:
    return ShortCompared(
        metric=clean(f"{one.metric}, {one.filter}" if one.filter else one.metric),
        task=clean(one.task),
        baseline_system=shorten(clean(one.baseline_system), 60),
        treated_system=shorten(clean(one.treated_system), 60),
        verdict=one.verdict,
        pairs=one.pairs,
        baseline=few(one.baseline),
        treated=few(one.treated),
        difference=Span(median=few(one.difference), low=few(one.low), high=few(one.high)),
        p_of_all=few(one.p_holm if one.p_holm is not None else one.p_value),
        won=one.won,
        lost=one.lost,
        errors=one.errors,
        unpaired=one.unpaired,
        cost_ratio=_ratio(one.cost_ratio),
        latency_ratio=_ratio(one.latency_ratio),
        lower_is_better=one.lower_is_better,
        items_needed=one.items_needed,
        warnings=tuple(shorten(clean(text), _WARNING) for text in one.warnings[:_MOST]),
    )


def _update(one: Updated) -> ShortUpdated:
    literature, own, together = (each.get("quality") for each in (one.literature, one.own, one.together))
    return ShortUpdated(
        technique=one.technique,
        tier_before=one.tier_before or "",
        tier_after=one.tier_after or "",
        literature=multiple(literature),
        own=multiple(own),
        together=multiple(together),
        contradicts=one.contradicts,
    )


def _ratio(one: Whole | None) -> Span | None:
    return None if one is None else Span(median=few(one.ratio), low=few(one.low), high=few(one.high))

"""Which techniques there are, and how they rank: short.

Enters: a view.  Leaves: a page of techniques, or of the tier table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from msgspec import field

from tierproof.answers.safe_text import clean, shorten
from tierproof.answers.short.parts import (
    Cited,
    Page,
    Reader,
    Short,
    Span,
    Unit,
    chance,
    few,
    heaviest,
    paged,
    reader_of,
    span,
)
from tierproof.answers.view import View
from tierproof.decision.ranking.results import TierRow
from tierproof.evidence.record import Outcome
from tierproof.synthesis.posteriors.posterior import CertaintyLevel

__all__ = ["ShortRow", "ShortTable", "TechniqueLine", "Techniques", "short_table", "techniques_of"]

_SUMMARY = 110


class TechniqueLine(Short, frozen=True, kw_only=True):
    """One technique."""

    id: str
    name: str
    what: str = ""
    role: str
    """Who can adopt it: application, owner or maker."""
    records_in_pack: int
    sources_in_pack: int


class Techniques(Short, frozen=True, kw_only=True):
    """The pack's techniques"""

    pack: str
    version: str
    page: Page
    techniques: tuple[TechniqueLine, ...]
    tasks: tuple[str, ...]
    """Task families that `task` can name."""


class ShortRow(Short, frozen=True, kw_only=True):
    """One technique.  Intervals hold 90 % and speak of one new setting, not of an average."""

    units: ClassVar[Mapping[str, Unit]] = {
        "p_tier_or_better": "chance",
        "failures_removed": "share",
        "net_benefit": "usd_month",
        "p_pays": "chance",
        "cost_ratio": "multiple",
        "latency_ratio": "multiple",
    }

    rank: Span | None = None
    """By median score, with its 90 % interval."""
    id: str
    name: str
    tier: str | None
    """S, A, B, C or D; null: not enough evidence."""
    p_tier_or_better: float
    """0 to 1."""
    failures_removed: Span | None
    """Share of today's failures; negative where failures are added."""
    net_benefit: Span | None = field(name="net_benefit_usd_month")
    p_pays: float
    """That the net benefit is above 0, 0 to 1."""
    cost_ratio: float | None = None
    """Of a request, over today's."""
    latency_ratio: float | None = None
    """Of a request, over today's."""
    engineer_days: float
    """Assumed."""
    assumed: tuple[Outcome, ...] = ()
    """Outcomes that rest on the pack's assumption and no source."""
    certainty: CertaintyLevel | None = None
    sources_pooled: int
    """That answer the question; the pack has more of other questions."""
    records_pooled: int
    heaviest_source: Cited | None = None
    """Of all its sources the one that weighs most; null: none, all is assumed."""
    set_against: str = ""
    """What it is measured against, where that is not the reader's system without it."""
    for_role: str = ""
    """Who can adopt it, where that is not the reader."""


class ShortTable(Short, frozen=True, kw_only=True):
    """The tier table"""

    ranked_by: str
    """Id of the lens: `effect`, what users feel; `value`, net benefit."""
    reader: Reader
    page: Page
    rows: tuple[ShortRow, ...]


def techniques_of(view: View, *, offset: int = 0, limit: int = 30) -> Techniques:
    sources: dict[str, set[str]] = {name: set() for name in view.pack.techniques}
    records = dict.fromkeys(view.pack.techniques, 0)
    for record in view.pack.records:
        if record.technique in sources:
            sources[record.technique].add(record.source_id)
            records[record.technique] += 1
    known = list(view.pack.techniques.values())
    chosen, page = paged(known, offset, limit)
    return Techniques(
        pack=clean(view.pack.settings.title),
        version=view.pack.settings.version,
        page=page,
        techniques=tuple(
            TechniqueLine(
                id=one.id,
                name=clean(one.name),
                what=shorten(clean(one.summary), _SUMMARY) if len(chosen) <= 10 else "",
                role=one.role,
                records_in_pack=records[one.id],
                sources_in_pack=len(sources[one.id]),
            )
            for one in chosen
        ),
        tasks=view.pack.settings.task_families,
    )


def short_table(view: View, *, lens: str | None = None, offset: int = 0, limit: int = 6) -> ShortTable:
    table = view.table(lens)
    chosen, page = paged(table.rows, offset, limit)
    rows = tuple(_row(row, view) for row in chosen)
    return ShortTable(ranked_by=table.lens.id, reader=reader_of(view), page=page, rows=rows)


def _row(row: TierRow, view: View) -> ShortRow:
    first = heaviest(view, row.technique)
    return ShortRow(
        rank=None if row.rank is None else Span(median=row.rank, low=row.rank_low, high=row.rank_high),
        id=row.technique,
        name=clean(row.short),
        tier=row.tier,
        p_tier_or_better=chance(row.p_tier),
        failures_removed=span(row.failures_removed),
        net_benefit=span(row.net_benefit),
        p_pays=chance(row.cost_effectiveness.p_worth),
        cost_ratio=None if row.cost_ratio is None else few(row.cost_ratio.median),
        latency_ratio=None if row.latency_ratio is None else few(row.latency_ratio.median),
        engineer_days=row.effort_days.mode,
        assumed=tuple(sorted(row.assumed)),
        certainty=row.certainty,
        sources_pooled=row.sources,
        records_pooled=row.records,
        heaviest_source=first[0] if first else None,
        set_against=clean(row.against),
        for_role=row.role if row.apart else "",
    )

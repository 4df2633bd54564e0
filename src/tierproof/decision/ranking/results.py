"""What a decision looks like once it is made: the values that reports, critique and plans read.

These are values only.  `tiers.py` computes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from tierproof.decision.appraisals.cost_effectiveness import CostEffectiveness
from tierproof.decision.ranking.lens import Lens, Tier
from tierproof.decision.reader.profile import Profile
from tierproof.evidence.record import Outcome
from tierproof.evidence.technique import Aim, Assumption, Role, Skill
from tierproof.synthesis.posteriors.posterior import CertaintyLevel, Context, Interval

__all__ = ["Mark", "Placed", "SubTierRow", "TierRow", "TierTable"]

Mark = Literal["clear gain", "marginal", "fragile", "no effect", "clear loss", "assumed", "unknown"]
"""`unknown`: neither evidence nor an assumption; calculations take no effect."""


class SubTierRow(Struct, frozen=True, kw_only=True):
    """One form of a technique, decided on by the evidence of that form alone."""

    id: str
    name: str
    tier: Tier
    score: Interval
    failures_removed: Interval
    differs: bool
    """Another tier than the whole technique's, or an average effect clearly apart by the minimal difference."""
    records: int
    sources: int


class Placed(Struct, frozen=True, kw_only=True):
    """Where one technique stands in a table, and by how much evidence."""

    technique: str
    rank: int | None
    """By median score; None without enough evidence."""
    rank_low: int
    rank_high: int
    """90 % interval of the rank among the ranked rows; the whole table's width where `rank` is None."""
    p_first: float = 0.0
    """P(no ranked row scores higher)."""
    p_above_next: float | None = None
    """P(it scores above the row of the next rank): how often the order of the two would stand; None: there is none."""
    tier: Tier | None
    """Of the median score; None: not enough evidence."""
    why_no_tier: str = ""
    tier_probabilities: Mapping[Tier, float]
    p_tier: float
    """P(this tier or better); 0 where `tier` is None."""
    score: Interval
    """In the lens's unit, a share: of failures and time saved, or of what the system nets today."""
    records: int
    sources: int
    """Distinct records and sources behind all outcomes."""


class TierRow(Placed, frozen=True, kw_only=True):
    """One technique in one table.  Intervals hold the median and 90 %; they speak of one new setting, not of an
    average."""

    name: str
    short: str
    role: Role
    aims: tuple[Aim, ...]
    failures_removed: Interval
    """Share of today's failures; negative where failures are added."""
    net_benefit: Interval
    """USD a month."""
    net_benefit_mean: float
    """USD a month; decisions rest on the mean, tiers on the median."""
    net_benefit_relative: Interval
    """Net benefit over what the system nets today."""
    marks: Mapping[Outcome, Mark]
    """For the technique's aims and every known outcome."""
    fragility: float | None
    """P(quality worse by more than the minimal difference in a new setting); None where quality is not known."""
    p_harm: float
    """P(the score is worse than none by more than the minimal difference is worth), in a new setting."""
    certainty: CertaintyLevel | None
    """The lowest among the outcomes that the technique aims at, the lens scores and evidence speaks of."""
    cost_ratio: Interval | None
    """Cost of a request over today's; None where not known."""
    latency_ratio: Interval | None
    assumed: frozenset[Outcome]
    """Outcomes whose effect is a stand-in."""
    unknown: frozenset[Outcome]
    """Outcomes of the calculation that nothing is known of; taken as no effect."""
    effort_days: Assumption
    one_off_usd: Assumption = Assumption(low=0, mode=0, high=0)
    """Money once beside them: compute, data, licences."""
    against: str = ""
    """What it is set against, where that is not the reader's system without it."""
    apart: bool = False
    """The profile's role cannot adopt it, and no role was asked for: it stands apart from those that can be."""
    effort_decides: bool = False
    """Whether net benefit is settled by effort, which is assumed: without it, its sign is open or the other one."""
    weeks: Assumption
    skills: Skill
    cost_effectiveness: CostEffectiveness
    evpi: float
    """What knowing all about this technique would be worth for adopting it or not, USD a month."""
    evpi_choice: float
    """What knowing all about this technique would be worth for choosing the table's best one, USD a month."""
    sub_rows: tuple[SubTierRow, ...] = ()


class TierTable(Struct, frozen=True, kw_only=True):
    """Techniques ranked under one lens, for one profile in one context."""

    lens: Lens
    profile: Profile
    context: Context
    role: Role | None
    rows: tuple[TierRow, ...]
    """By rank; rows without enough evidence last, by name."""
    baseline_net: float
    """What the system nets today, USD a month; may be negative."""
    yardstick: float
    """USD a month that relative net benefits are shares of: what the system nets, or spends where that is more."""
    evpi: float
    """What perfect information on all techniques would be worth for choosing the best one, USD a month."""

    def row(self, technique: str) -> TierRow:
        """Raises KeyError for a technique that the table does not hold."""
        for row in self.rows:
            if row.technique == technique:
                return row
        raise KeyError(technique)

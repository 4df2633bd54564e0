"""Which techniques are worth it, ranked under one lens: `tierproof table`, `tierproof invert`.

Enters: a `TierTable` and its pack.  Leaves: a `TableAnswer`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import field

from tierproof.answers.document import Answer, Expected, Interval, PackNamed, Where, drawn
from tierproof.answers.survey import survey_told
from tierproof.decision.appraisals.cost_effectiveness import Quadrant
from tierproof.decision.ranking.lens import Lens, Tier
from tierproof.decision.ranking.results import Mark, TierRow, TierTable
from tierproof.decision.reader.profile import Profile
from tierproof.evidence import Pack
from tierproof.evidence.record import Outcome
from tierproof.evidence.technique import Aim, Assumption, Role, Skill
from tierproof.synthesis.posteriors.posterior import CertaintyLevel

__all__ = ["Row", "TableAnswer", "row_answer", "table_answer"]


class Effort(Answer, frozen=True):
    """What adopting it takes."""

    assumption: Literal[True]
    """A judgement of the pack, no evidence."""
    engineer_days: Assumption
    """`low`, `mode`, `high` and `why`."""
    weeks: Assumption
    """Calendar time, alike."""
    one_off_usd: Assumption
    """Money once beside the work, alike."""
    skills: Skill


class CostEffectiveness(Answer, frozen=True):
    """Expected extra cost against expected extra successes."""

    extra_cost: float = field(name="extra_cost_usd_month")
    """Requests, waiting at the reader's price, running and one-off effort written off."""
    extra_successes: float = field(name="extra_successes_month")
    """Requests that succeed and did not before."""
    quadrant: Quadrant
    ratio: float | None = field(name="icer_usd_per_success")
    """Null where one option is better on both counts, or successes are as good."""
    p_dominant: float
    """That it costs no more and gains, 0 to 1."""
    p_dominated: float
    """That it costs more and gains nothing, 0 to 1."""
    p_worth: float = field(name="p_net_benefit_positive")
    """At the profile's value of a success, 0 to 1."""


class CaseStudyShare(Answer, frozen=True):
    """Published case studies of deployed systems that name the technique."""

    measure: str
    floor_percent: float
    """Title or summary names it, 0 to 100."""
    ceiling_percent: float
    """The text names it anywhere, 0 to 100."""
    n: int | None
    """Case studies in all."""
    figures: tuple[str, ...]
    """Ids of the two figures."""


class Makers(Answer, frozen=True):
    """Model reports, counted."""

    yes: int
    no: int
    not_stated: int


class Adoption(Answer, frozen=True):
    """Who uses it, by population, never averaged."""

    applications: CaseStudyShare | None
    makers: Makers | None
    survey: str | None
    """The newest share that a survey or telemetry gives, in words."""


class SubRow(Answer, frozen=True):
    """One form of the technique, by the evidence of that form alone."""

    id: str
    name: str
    tier: Tier
    score: Interval
    failures_removed: Interval
    differs: bool
    """Another tier than the whole technique's, or clearly apart by the minimal difference."""
    records: int
    sources: int


class Row(Answer, frozen=True):
    """One technique.  Intervals hold 90 % and speak of one new setting, not of an average."""

    technique: str
    """Its id."""
    name: str
    short: str
    role: Role
    """Who can adopt it."""
    effort_decides: bool
    """Whether the sign of its net benefit is settled by effort alone, which is assumed."""
    aims: tuple[Aim, ...]
    """What it is for."""
    rank: int | None
    """By median score, from 1; null without enough evidence."""
    rank_low: int
    """Lower end of the rank's 90 % interval."""
    rank_high: int
    p_first: float
    """That no ranked row scores higher, 0 to 1."""
    p_above_next: float | None
    """That it scores above the row of the next rank, 0 to 1; null where there is none."""
    tier: Tier | None
    why_no_tier: str
    """Empty where there is a tier."""
    tier_probabilities: Mapping[Tier, float]
    """0 to 1 each, 1 in all."""
    p_tier: float = field(name="p_tier_or_better")
    """0 to 1; 0 without a tier."""
    score: Interval
    """In the lens's unit, a share."""
    failures_removed: Interval
    """Share of today's failures, at most 1; negative where failures are added."""
    net_benefit: Expected = field(name="net_benefit_usd_month")
    net_benefit_relative: Interval
    """Over the table's yardstick."""
    against: str
    """What it is set against, where that is not the reader's system without it; else empty."""
    apart: bool
    """Whether the profile's role cannot adopt it, where no role was asked for."""
    marks: Mapping[Outcome, Mark]
    """For the technique's aims and every known outcome."""
    fragility: float | None
    """That quality is worse by more than the minimal difference in a new setting, 0 to 1."""
    p_harm: float
    """That the score is worse than none by more than the minimal difference is worth, 0 to 1."""
    certainty: CertaintyLevel | None
    """The lowest among the outcomes that the technique aims at, the lens scores and evidence speaks of."""
    cost_ratio: Interval | None
    """Cost of a request over today's, above 0; null where not known."""
    latency_ratio: Interval | None
    """Time of a request over today's, above 0; null where not known."""
    assumed: tuple[Outcome, ...]
    """Outcomes that rest on a stand-in."""
    unknown: tuple[Outcome, ...]
    """Outcomes of which nothing is known; taken as no effect."""
    effort: Effort
    cost_effectiveness: CostEffectiveness
    evpi: float = field(name="evpi_usd_month")
    """What knowing all about it is worth for adopting it or not."""
    evpi_choice: float = field(name="evpi_choice_usd_month")
    """What knowing all about it is worth for choosing the table's best one."""
    adoption: Adoption
    records: int
    """Behind all outcomes; `tierproof show TECHNIQUE --json` gives each."""
    sources: int
    sub_rows: tuple[SubRow, ...]


class TableAnswer(Answer, frozen=True, tag_field="schema", tag="tierproof/table/1"):
    """`tierproof table --json`, `tierproof invert --json`"""

    pack: PackNamed
    lens: Lens
    """What ranks."""
    profile: Profile
    """The reader's figures, defaults included."""
    context: Where
    role: Role | None
    """Whose techniques are listed; null: all."""
    baseline_net: float = field(name="baseline_net_usd_month")
    """What the system nets today; may be negative."""
    yardstick: float = field(name="yardstick_usd_month")
    """What relative net benefits are shares of: what the system nets, or spends where that is more."""
    evpi: float = field(name="evpi_usd_month")
    """What perfect information on all techniques is worth for choosing the best one."""
    rows: tuple[Row, ...]
    """By rank; those without enough evidence last."""


def table_answer(table: TierTable, pack: Pack) -> TableAnswer:
    return drawn(TableAnswer, table, pack=pack, rows=[row_answer(row, pack) for row in table.rows])


def row_answer(row: TierRow, pack: Pack) -> Row:
    return drawn(
        Row,
        row,
        net_benefit=drawn(Expected, row.net_benefit, mean=row.net_benefit_mean),
        effort=Effort(
            assumption=True,
            engineer_days=row.effort_days,
            weeks=row.weeks,
            one_off_usd=row.one_off_usd,
            skills=row.skills,
        ),
        adoption=_adoption(row.technique, pack),
    )


def _adoption(technique: str, pack: Pack) -> Adoption:
    adoption = pack.adoption_of(technique)
    pair, disclosure = adoption.case_studies, adoption.disclosure
    return Adoption(
        applications=None
        if pair is None
        else CaseStudyShare(
            measure="percent of case studies: title or summary names it, text names it anywhere",
            floor_percent=pair[0].value,
            ceiling_percent=pair[1].value,
            n=pair[0].n,
            figures=tuple(figure.id for figure in pair),
        ),
        makers=None if disclosure is None else drawn(Makers, disclosure),
        survey=survey_told(adoption) or None,
    )

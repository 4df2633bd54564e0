"""A tier table's rows as people read them: every figure in words and few digits, every assumption marked.

Enters: a `TierTable` and the pack's adoption figures.  Leaves: a `Line` a technique, of clean strings.  Knows nothing
of terminals, Markdown or HTML, which lay the same lines out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from tierproof.answers.safe_text import clean
from tierproof.answers.view import OUTCOMES
from tierproof.decision.ranking.lens import TIERS, scored_outcomes
from tierproof.evidence.adoption import Adoption
from tierproof.evidence.record import Outcome
from tierproof.messages import gettext
from tierproof.report.words import numerals
from tierproof.report.words.table import ASSUMED, certainty_told
from tierproof.report.words.uptake import Uptake, uptake_of

if TYPE_CHECKING:
    from tierproof.decision.appraisals.cost_effectiveness import CostEffectiveness
    from tierproof.decision.ranking.results import TierRow, TierTable
    from tierproof.evidence import Pack

__all__ = [
    "AGAINST",
    "FIRST",
    "NO_ADOPTION",
    "Line",
    "against_told",
    "apart_told",
    "lines_of",
    "no_tier_told",
    "outcomes_shown",
    "set_against_told",
    "sure_told",
]

AGAINST = " †"
"""Stands after the name of a technique that is set against something else than the reader's system without it."""
FIRST = 4
"""Outcomes that a table of eighty columns has room for."""
_LITTLE = 1000.0
"""USD once below which days tell all."""
NO_ADOPTION = Uptake(applications=numerals.UNKNOWN, makers=numerals.UNKNOWN, survey="")


class Line(Struct, frozen=True, kw_only=True):
    """One technique; strings are clean and unescaped."""

    row: TierRow
    rank: str
    ranks: str
    """90 % interval of the rank: `2 to 6`."""
    span: str
    """The same for a narrow column: `2–6`."""
    tier: str
    """A letter, or a dash where there is not enough evidence."""
    sure: str
    """P(this tier or better)."""
    first: str
    """P(no row scores higher)."""
    ahead: str
    """P(it scores above the row of the next rank): how often the order of the two would stand."""
    name: str
    short: str
    effect: str
    """Share of failures removed with its 90 % interval."""
    told: str
    """The same as a sentence part: `removes 29 % of failures (12 to 44)`."""
    net: str
    """Net benefit a month with its interval."""
    expected: str
    """Mean net benefit a month, which plans and the worth of knowing rest on."""
    success_cost: str
    """Expected extra cost of an extra success; what is saved for each lost; or that one side is better on both."""
    relative: str
    """Net benefit over what the system nets today."""
    marks: Mapping[Outcome, str]
    harm: str
    pays: str
    certainty: str
    cost: str
    latency: str
    effort: str
    """Engineer-days, once: an assumption."""
    days: str
    """The same without its unit."""
    once: str
    """Money once beside them, in the mean: an assumption; empty where there is little."""
    weeks: str
    skills: str
    adoption: Uptake
    evidence: str
    """`214 records, 12 sources`."""

    @property
    def enough(self) -> bool:
        return self.row.tier is not None


def lines_of(table: TierTable, adoption: Mapping[str, Adoption] | None = None) -> tuple[Line, ...]:
    """The table's lines, in its order."""
    rows = sorted(table.rows, key=lambda row: row.apart)  # stable: the table's order on either side
    return tuple(_line(row, (adoption or {}).get(row.technique)) for row in rows)


def against_told(table: TierTable) -> str:
    """What marked rows are set against: `† set against an untuned base model: LoRA, Distillation`; empty: none is."""
    return set_against_told((row.short, row.against) for row in table.rows)


def set_against_told(found: Iterable[tuple[str, str]]) -> str:
    """The same of names and what each is set against; empty where that is the reader's own system for all."""
    named: dict[str, list[str]] = {}
    for name, against in found:
        if against:
            named.setdefault(clean(against), []).append(clean(name))
    parts = "; ".join(f"{against}: {', '.join(shorts)}" for against, shorts in named.items())
    return (
        gettext("{sign} read for a system like what it is set against, {parts}", sign=AGAINST.strip(), parts=parts)
        if parts
        else ""
    )


def no_tier_told(table: TierTable) -> str:
    """Why rows have no tier: `no tier for Pruning: no record answers for it`; empty: all have one."""
    named: dict[str, list[str]] = {}
    for row in table.rows:
        if row.tier is None:
            named.setdefault(clean(row.why_no_tier), []).append(clean(row.short))
    told = [f"{', '.join(shorts)}: {why}" for why, shorts in named.items()]
    return gettext("No tier for {told}", told="; ".join(told)) if told else ""


def apart_told(table: TierTable, pack: Pack) -> str:
    """Why some rows stand apart."""
    words, role = pack.settings.words, table.profile.role
    who = sorted({clean(words.who(row.role)) for row in table.rows if row.apart})
    named = ", ".join(clean(row.short) for row in table.rows if row.apart)
    mine = clean(words.who(role)) if role else gettext("team")
    return gettext(
        "Only for the role '{who}', not for the profile's '{mine}': {named}", who=", ".join(who), mine=mine, named=named
    )


def _once(row: TierRow) -> str:
    """The mean of a triangular guess, where it is more than an engineer-day or so; the days carry its mark."""
    guess = row.one_off_usd
    mean = (guess.low + guess.mode + guess.high) / 3
    return numerals.money(mean) if mean >= _LITTLE else ""


def outcomes_shown(table: TierTable) -> tuple[Outcome, ...]:
    """Outcomes of which anything is known in any row; among the first four those that the lens scores."""
    known = [o for o in OUTCOMES if any(row.marks.get(o, "unknown") != "unknown" for row in table.rows)]
    scored = [o for o in scored_outcomes(table.lens) if o in known]
    first = [*scored, *(o for o in known if o not in scored)][:FIRST]
    return tuple(sorted(known, key=lambda o: o not in first))


def sure_told(row: TierRow) -> str:
    """Probability of its tier or a better one, marked where all that the lens scores of it is assumed."""
    return numerals.probability(row.p_tier) + (ASSUMED if row.certainty is None else "")


def _line(row: TierRow, adoption: Adoption | None) -> Line:
    enough = row.tier is not None
    quality = ASSUMED if "quality" in row.assumed else ""
    return Line(
        row=row,
        rank=str(row.rank) if row.rank is not None else numerals.UNKNOWN,
        ranks=numerals.between(str(row.rank_low), str(row.rank_high)) if row.rank is not None else numerals.UNKNOWN,
        span=f"{row.rank_low}–{row.rank_high}" if row.rank is not None else numerals.UNKNOWN,
        tier=row.tier or numerals.UNKNOWN,
        # Every technique is in the lowest tier or better.
        sure=sure_told(row) if enough and row.tier != TIERS[-1] else numerals.UNKNOWN,
        first=numerals.probability(row.p_first) if enough else numerals.UNKNOWN,
        ahead=numerals.probability(row.p_above_next) if enough else numerals.UNKNOWN,
        name=clean(row.name) + (AGAINST if row.against else ""),
        short=clean(row.short) + (AGAINST if row.against else ""),
        effect=_marked(numerals.interval(row.failures_removed), quality) if enough else numerals.UNKNOWN,
        told=numerals.failures(row.failures_removed) + quality if enough else gettext("not enough evidence"),
        net=numerals.money_interval(row.net_benefit) if enough else numerals.UNKNOWN,
        expected=numerals.money(row.net_benefit_mean, sign=True) if enough else numerals.UNKNOWN,
        success_cost=_success_cost(row.cost_effectiveness) if enough else numerals.UNKNOWN,
        relative=numerals.signed(row.net_benefit_relative.median) if enough else numerals.UNKNOWN,
        marks={outcome: str(mark) for outcome, mark in row.marks.items()},
        harm=_marked(numerals.probability(row.fragility), quality) if enough else numerals.UNKNOWN,
        pays=numerals.probability(row.cost_effectiveness.p_worth) if enough else numerals.UNKNOWN,
        certainty=certainty_told(row.certainty),
        cost=_ratio(row, "cost"),
        latency=_ratio(row, "latency"),
        effort=f"{numerals.days(row.effort_days.mode)}{ASSUMED}",
        days=f"{numerals.scaled(row.effort_days.mode)}{ASSUMED}",
        once=_once(row),
        weeks=gettext("{low} to {high} weeks", low=numerals.figure(row.weeks.low), high=numerals.figure(row.weeks.high))
        + ASSUMED,
        skills=clean(row.skills),
        adoption=uptake_of(adoption) if adoption is not None else NO_ADOPTION,
        evidence=f"{numerals.counted(row.records, 'record')}, {numerals.counted(row.sources, 'source')}",
    )


def _success_cost(economics: CostEffectiveness) -> str:
    match economics.quadrant:
        case "dominant":
            return gettext("better on both")
        case "dominated":
            return gettext("worse on both")
        case "costs less, as good" | "costs more, as good":
            return gettext("as good")
        case "costs less, gains less":
            return gettext("saves {money}", money=numerals.money(economics.ratio))
    return numerals.money(economics.ratio)


def _ratio(row: TierRow, outcome: Outcome) -> str:
    value = row.cost_ratio if outcome == "cost" else row.latency_ratio
    return _marked(
        numerals.ratio(value.median if value is not None else None), ASSUMED if outcome in row.assumed else ""
    )


def _marked(text: str, mark: str) -> str:
    return text if text == numerals.UNKNOWN else text + mark

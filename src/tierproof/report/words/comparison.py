"""Two techniques head to head, as text.

Enters: a `Comparison` and its pack.  Leaves: blocks.  Computes nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tierproof.answers.compare import unlike
from tierproof.answers.safe_text import clean
from tierproof.decision.ranking.tiers import set_against
from tierproof.messages import Message, gettext, translated
from tierproof.report.blocks import Block, Field, Gap, Grid, Heading, Told
from tierproof.report.words import numerals
from tierproof.report.words.table import ASSUMED, outcome_told
from tierproof.synthesis.posteriors.posterior import Interval

if TYPE_CHECKING:
    from tierproof.decision.compare import Comparison, Versus
    from tierproof.evidence import Pack

__all__ = ["comparison_blocks"]

FIELDS = (
    Field(""),
    Field(Message("On average"), right=True),
    Field(Message("New setting"), right=True),
    Field(Message("Difference, 90 %")),
    Field(Message("Direct evidence")),
)

_CONTRADICTION = 2.0
"""Disagreement of direct and indirect evidence, in sds, from which on it is said aloud."""


def comparison_blocks(comparison: Comparison, pack: Pack) -> list[Block]:
    """Who is better at what, how sure that is, and on which evidence."""
    first, second = _names(comparison, pack)
    out: list[Block] = [
        Heading(gettext("{first} against {second}", first=first, second=second)),
    ]
    money = _money_told(comparison, first, second)
    forbidden = clean(unlike(comparison, pack))
    if forbidden:
        told = gettext("Not established which of the two is better for quality or nets more: {why}.", why=forbidden)
        out.append(Told(told, "warning"))
        money = gettext("As if both were set against one and the same system: {money}", money=money)
    if comparison.unanswered:
        names = gettext(" and ").join(clean(pack.techniques[name].name) for name in comparison.unanswered)
        told = gettext("Not established which of the two nets more: no record answers for {names}.", names=names)
        out.append(Told(told, "warning"))
        money = gettext("By what is assumed, and as today where nothing is: {money}", money=money)
    out += [Told(money), Gap()]
    if not comparison.outcomes:
        return [*out, Told(gettext("No outcome is known of both, and no record compares them."))]
    rows = tuple(
        (
            outcome_told(v.outcome),
            numerals.probability(v.p_better),
            numerals.probability(v.p_better_here),
            _difference(v),
            _direct(v),
        )
        for v in comparison.outcomes
    )
    out += [Grid(FIELDS, rows), Gap()]
    told = gettext(
        "On average, new setting: probability that {first} is better. Difference: odds of success, safety or "
        "stability, or the resource, of the first over the second's. {assumed} one side is assumed.",
        first=first,
        assumed=ASSUMED,
    )
    out.append(Told(told, "note"))
    out += [
        Told(
            gettext(
                "The quality figures of {name} are set against {against}: they hold for a system like that.",
                name=clean(pack.techniques[name].name),
                against=clean(translated(against)),
            ),
            "warning",
        )
        for name in (comparison.first, comparison.second)
        if not forbidden and (against := set_against(pack.techniques[name]))
    ]
    out += [Told(note, "warning") for v in comparison.outcomes if (note := _disagreement(v)) is not None]
    return [
        *out,
        Told(
            gettext(
                "Open either side: tierproof show {first}, tierproof show {second}.",
                first=comparison.first,
                second=comparison.second,
            )
        ),
    ]


def _names(comparison: Comparison, pack: Pack) -> tuple[str, str]:
    first, second = (clean(pack.techniques[name].name) for name in (comparison.first, comparison.second))
    return first, second


def _money_told(comparison: Comparison, first: str, second: str) -> str:
    """Which of the two is likelier to net more, and by how much."""
    value, p = comparison.net_benefit_difference, comparison.p_net_benefit
    if p < 0.5:
        first, second, p = second, first, 1.0 - p
        value = Interval(-value.median, -value.high, -value.low, value.level)
    return gettext(
        "{first} nets more than {second} with probability {p}: {money} a month, in a new setting.",
        first=first,
        second=second,
        p=numerals.probability(p),
        money=numerals.money_interval(value),
    )


def _difference(versus: Versus) -> str:
    """Odds or resource of the first over the second's."""
    low, median, high = versus.difference.low, versus.difference.median, versus.difference.high
    ends = [numerals.ratio(math.exp(min(x, 700.0))) for x in (median, low, high)]
    return numerals.spanned(ends[0], ends[1][1:], ends[2][1:]) + (ASSUMED if versus.assumed else "")


def _direct(versus: Versus) -> str:
    if versus.direct is None:
        return gettext("none")
    records, sources = len(versus.direct.records), len(versus.direct.sources)
    return f"{numerals.counted(records, 'record')}, {numerals.counted(sources, 'source')}"


def _disagreement(versus: Versus) -> str | None:
    if versus.disagreement is None or versus.disagreement < _CONTRADICTION:
        return None
    direct, indirect = map(numerals.probability, (versus.p_better_direct, versus.p_better_indirect))
    return gettext(
        "{outcome}: direct and indirect evidence contradict each other by {disagreement:.1f} sds (better with "
        "probability {direct} where both were tried, {indirect} from each one's own effect).",
        outcome=versus.outcome,
        disagreement=versus.disagreement,
        direct=direct,
        indirect=indirect,
    )

"""What the page says beside the answers themselves: names of its parts, labels of its fields, help.

Enters: nothing, or values.  Leaves: sentences.  Knows nothing of layout.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from tierproof.answers.safe_text import clean
from tierproof.evidence.reading.settings import Words
from tierproof.messages import Message, gettext, ngettext
from tierproof.report.words import numerals
from tierproof.report.words.table_rows import Line
from tierproof.report.words.units import unit_for

if TYPE_CHECKING:
    from tierproof.answers.card import Answer
    from tierproof.answers.selection import Selection
    from tierproof.decision.ranking.results import TierTable

__all__ = [
    "AGAINST_TITLE",
    "BASELINE_AXIS",
    "BASELINE_NOTE",
    "BASELINE_TITLE",
    "BETTER_LEGEND",
    "BY_SOURCE",
    "EFFECT_AXIS",
    "EVIDENCE",
    "EXPORTS",
    "HISTORY",
    "HISTORY_OPEN",
    "HISTORY_TITLE",
    "MORE",
    "NEW_SETTING",
    "OUTCOME",
    "PLANE_NOTE",
    "PLANE_TITLE",
    "TABLE",
    "TABLE_TITLE",
    "TURN",
    "ZOOM",
    "Dial",
    "against",
    "ahead_told",
    "baselines_told",
    "better_told",
    "dials",
    "headline",
    "moved_told",
    "picture_told",
    "picture_untold",
    "selection_told",
]

TABLE: Final = Message("Table")
TABLE_TITLE: Final = Message("What works for you, and how sure that is")
HISTORY: Final = Message("Through time")
HISTORY_TITLE: Final = Message("Tiers through time")
HISTORY_OPEN: Final = Message("Show how its tier moved, year by year.")
AGAINST_TITLE: Final = Message("Head to head with")
EVIDENCE: Final = Message("Evidence")
BY_SOURCE: Final = Message("By source")
TURN: Final = Message("the other way round")
PLANE_TITLE: Final = Message("Effect against cost")
PLANE_NOTE: Final = Message(
    "Points are medians, lines hold 90 % of new settings. Hollow points rest on an assumed cost or effect."
)
ZOOM: Final = Message("Nearer")
OUTCOME: Final = Message("Outcome")
NEW_SETTING: Final = Message("In a new setting")
BETTER_LEGEND: Final = Message("At the middle line it is a toss-up. Rings rest on an assumed effect of either.")
BASELINE_TITLE: Final = Message("Effect against baseline")
BASELINE_NOTE: Final = Message(
    "Each point is a record, a ring one by who gains from it. The line is the average and the band holds 90 % of it; "
    "the upright line is where you stand."
)
BASELINE_AXIS: Final = Message("Succeed without it")
EFFECT_AXIS: Final = Message("Failures removed")
MORE: Final = Message("More about you")
EXPORTS: Final = {"csv": "CSV", "json": "JSON", "md": "Markdown", "svg": "SVG", "png": "PNG"}
"""Forms in which the table can be taken away, by the end of the file's name."""


class Dial(Struct, frozen=True, kw_only=True):
    """One figure of the profile, as a field and a slider."""

    name: str
    """Of the profile's field."""
    label: str
    unit: str
    low: float
    """The slider's ends; the field takes what the profile takes."""
    high: float
    even: bool = False
    """Steps of equal size; else each is a share of what stands there."""
    rare: bool = False
    """Asked for under `MORE`."""


def dials(words: Words) -> tuple[Dial, ...]:
    """The figures in the order in which a reader knows them; `words`: what the field calls one piece of work."""
    return (
        Dial(
            name="baseline_success",
            label=gettext("succeed today"),
            unit=gettext("share, 0 to 1"),
            low=0.05,
            high=0.99,
            even=True,
        ),
        Dial(name="value_per_success", label=gettext("a success is worth"), unit="USD", low=0.001, high=100),
        Dial(
            name="requests_per_month",
            label=gettext("{requests} a month", requests=words.many),
            unit="",
            low=100,
            high=100_000_000,
        ),
        Dial(
            name="cost_per_request", label=gettext("{request} costs", request=words.a), unit="USD", low=0.0001, high=10
        ),
        Dial(
            name="latency_seconds",
            label=gettext("{request} takes", request=words.a),
            unit=gettext("seconds"),
            low=0.05,
            high=120,
        ),
        Dial(name="latency_price", label=gettext("a second saved is worth"), unit="USD", low=0.00001, high=1),
        Dial(
            name="horizon_months",
            label=gettext("effort is written off over"),
            unit=gettext("months"),
            low=1,
            high=60,
            rare=True,
        ),
        Dial(
            name="engineer_day_usd",
            label=gettext("an engineer-day costs"),
            unit="USD",
            low=100,
            high=3000,
            rare=True,
        ),
    )


def headline(table: TierTable, told: Sequence[Line]) -> tuple[str, ...]:
    """What the table, by its lines, says in two or three sentences, before anything is drawn."""
    lines = [line for line in told if line.enough]
    if not lines:
        return (gettext("Of no technique here is there enough evidence for a tier."),)
    first = min(lines, key=lambda line: line.row.rank or 0)
    does = (
        gettext("it nets {money} a month", money=first.net)
        if table.lens.score == "net_benefit"
        else gettext("it {does}", does=first.told)
    )
    place = gettext(
        "It leads in {share} of new settings; its rank lies between {low} and {high} nine times in ten.",
        share=first.first,
        low=first.row.rank_low,
        high=first.row.rank_high,
    )
    tossed = sum(line.row.p_above_next is not None and line.row.p_above_next < _TOSS for line in lines)
    order = ngettext(
        "Of {n} neighbouring pair, {tossed} would change places in at least {share} of settings: read tiers, not "
        "ranks.",
        "Of {n} neighbouring pairs, {tossed} would change places in at least {share} of settings: read tiers, not "
        "ranks.",
        len(lines) - 1,
        tossed=tossed,
        share=numerals.percent(1 - _TOSS),
    )
    risky = sum(line.row.fragility is not None and line.row.fragility >= _RISKY for line in lines)
    harm = gettext(
        "By these estimates {n} of {all} make quality worse at least one time in four.", n=risky, all=len(lines)
    )
    return (
        gettext(
            "{name} comes first for you, by its median: {does}; nine new settings in ten lie within the brackets.",
            name=first.row.short,
            does=does,
        ),
        place,
        f"{order} {harm}" if len(lines) > 1 else harm,
    )


_TOSS: Final = 0.6
"""P(order) below which two neighbours as good as share a place."""
_RISKY: Final = 0.25


def ahead_told(line: Line) -> str:
    """How far the order of a row and the next one can be trusted; empty where there is no next."""
    if line.row.p_above_next is None:
        return ""
    return gettext("ahead of the next rank in {share} of settings", share=line.ahead)


def picture_told(score: str, sure: str) -> str:
    """Beside a row of the picture."""
    return score if sure == numerals.UNKNOWN else gettext("{score}, {sure} sure of the tier", score=score, sure=sure)


def picture_untold(version: str) -> str:
    """Under the picture."""
    return gettext(
        "Points are medians, lines hold 90 % of new settings. Evidence of {version}. Made with Tierproof.",
        version=clean(version),
    )


def against(first: str, second: str) -> str:
    """Title of two techniques head to head."""
    return gettext("{first} against {second}", first=clean(first), second=clean(second))


def moved_told(moved: int, of: int, since: int, last: int) -> str:
    """How much tiers move as evidence comes in; `moved`: techniques that changed tier by the evidence of `last`."""
    return ngettext(
        "The evidence of {last} moved {moved} of {n} technique to another tier. A column is what the table would have "
        "said at the end of that year, from {since} on.",
        "The evidence of {last} moved {moved} of {n} techniques to another tier. A column is what the table would have "
        "said at the end of that year, from {since} on.",
        of,
        moved=moved,
        last=str(last),
        since=str(since),
    )


def better_told(first: str) -> str:
    """Over the picture of two techniques head to head."""
    return gettext("How likely {name} is the better one", name=first)


def baselines_told(records: int, first: float, low: float, last: float, high: float) -> str:
    """The figure of effect against baseline, for who cannot see it."""
    return ngettext(
        "{n} record of failures removed by the share that succeeds without it. On average {first} where {low} succeed, "
        "{last} where {high} do.",
        "{n} records of failures removed by the share that succeeds without it. On average {first} where {low} "
        "succeed, {last} where {high} do.",
        records,
        first=numerals.percent(first),
        low=numerals.percent(low),
        last=numerals.percent(last),
        high=numerals.percent(high),
    )


def selection_told(whole: Answer, found: Answer | None, selection: Selection) -> str:
    """What picking some of the sources does to the average, beside that of all; empty where all count."""
    if selection.all:
        return ""
    unit = unit_for(whole)
    average = unit.interval(whole.posterior.average.interval(0.9))
    if found is None:
        return gettext(
            "No source is left; all {n} together say {average} on average.", n=len(whole.studies), average=average
        )
    mine = unit.interval(found.posterior.average.interval(0.9))
    return ngettext(
        "{left} of {n} source are left: {mine} on average, against {average} of all. The table goes by all: whoever "
        "picks sources after seeing them can show anything.",
        "{left} of {n} sources are left: {mine} on average, against {average} of all. The table goes by all: whoever "
        "picks sources after seeing them can show anything.",
        len(whole.studies),
        left=len(found.studies),
        mine=mine,
        average=average,
    )

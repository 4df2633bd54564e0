"""The options of a decision brief side by side, and what the table's figures are.

Enters: a `Brief`.  Leaves: a `Grid`, and its legend.  Computes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tierproof.answers.safe_text import clean
from tierproof.evidence.record import SUCCESS
from tierproof.messages import Message, gettext, translated
from tierproof.report.blocks import Block, Field, Grid, Heading, Items, Told
from tierproof.report.words import numerals
from tierproof.report.words.plan import LIMIT_NAMES, capital, unknown_told
from tierproof.report.words.table import ASSUMED, certainty_told, outcome_told
from tierproof.report.words.table_rows import AGAINST, set_against_told
from tierproof.report.words.terms import ODDS, termed

if TYPE_CHECKING:
    from tierproof.challenge.brief import Brief, OptionRow
    from tierproof.challenge.brief.asked import HeadToHead
    from tierproof.evidence import Pack
    from tierproof.evidence.record import Outcome
    from tierproof.synthesis.posteriors.posterior import Interval

__all__ = ["direct_blocks", "legend", "options_grid", "told_of_options"]


def options_grid(brief: Brief) -> Grid:
    money = brief.scenario.decide_by == "net benefit"
    fields = [
        Field(gettext("Option"), least=22),
        Field(gettext("P(best)"), right=True),
        Field(translated(_MEASURES[brief.scenario.decide_by]), right=True),
        *(
            []
            if brief.scenario.decide_by == "failures removed"
            else [Field(gettext("Failures removed"), keep=1, right=True)]
        ),
        *([] if money else [Field(gettext("Nets a month"), keep=1, right=True)]),
        Field(gettext("Cost"), keep=2, right=True),
        Field(gettext("Time"), keep=2, right=True),
        Field(gettext("Weeks"), keep=3, right=True),
        Field(gettext("Fragile"), keep=4, right=True),
        Field(gettext("Certainty"), keep=5),
        *(Field(_outcome_head(outcome), keep=6, right=True) for outcome in _shown_outcomes(brief)),
    ]
    rows = [tuple(_cells(row, brief, money)) for row in brief.options]
    found = brief.recommendation
    chosen = next((n for n, row in enumerate(brief.options) if found is not None and row.id == found.option), None)
    return Grid(tuple(fields), tuple(rows), chosen)


def _shown_outcomes(brief: Brief) -> list[Outcome]:
    """Those of which anything is known."""
    return [o for o in brief.scenario.outcomes if any(row.outcomes.get(o) is not None for row in brief.options)]


def _outcome_head(outcome: str) -> str:
    return capital(outcome_told(outcome))


def _cells(row: OptionRow, brief: Brief, money: bool) -> Iterator[str]:
    nets = numerals.money_interval(row.net_benefit)
    removed = numerals.interval(row.failures_removed) + _stand_in(row, "quality")
    yield clean(row.name) + (AGAINST if row.against else "")
    yield numerals.probability(row.p_best) if row.fits else _no_place(row)
    match brief.scenario.decide_by:
        case "net benefit":
            yield nets
        case "failures removed":
            yield removed
        case "cost saved":
            yield numerals.interval(row.measure) + _stand_in(row, "cost")
        case "time saved":
            yield numerals.interval(row.measure) + _stand_in(row, "latency")
        case "wrong answers removed":
            yield numerals.interval(row.measure) + _stand_in(row, "wrong-answers")
    if brief.scenario.decide_by != "failures removed":
        yield removed
    if not money:
        yield nets
    yield _ratio(row, "cost", row.cost_ratio)
    yield _ratio(row, "latency", row.latency_ratio)
    # Effort is stated of techniques, never of their forms.
    yield gettext("{weeks:.1f}", weeks=row.takes.weeks) + (ASSUMED if row.forms or row.missing_forms else "")
    yield numerals.probability(row.fragility) if row.techniques else numerals.UNKNOWN
    yield certainty_told(row.certainty)
    for outcome in _shown_outcomes(brief):
        yield _outcome(row.outcomes.get(outcome)) + (_stand_in(row, outcome) if row.outcomes.get(outcome) else "")


def _ratio(row: OptionRow, outcome: Outcome, ratio: Interval) -> str:
    """None where nothing is known of it of any technique: today's would be a claim."""
    if row.techniques and {(name, outcome) for name in row.techniques} <= set(row.unknown):
        return numerals.UNKNOWN
    return numerals.ratio(ratio.median) + _stand_in(row, outcome)


def _no_place(row: OptionRow) -> str:
    return gettext("not measured") if row.unmeasured else gettext("set apart") if row.apart else gettext("does not fit")


def _stand_in(row: OptionRow, outcome: Outcome) -> str:
    """A mark where a figure is assumed, or of the whole technique and not of the form meant."""
    return ASSUMED if outcome in row.inherited or any(o == outcome for _, o in row.assumed) else ""


def _outcome(effect: Interval | None) -> str:
    """A resource or odds as a multiple of today's."""
    return numerals.UNKNOWN if effect is None else numerals.ratio(math.exp(min(effect.median, 700.0)))


def legend(brief: Brief, pack: Pack) -> str:
    parts = [
        gettext(
            "In the order of the mean of what decides; shares and nets a month are the median and 90 % for one new "
            "setting"
        ),
        gettext("cost and time are multiples of today's, medians"),
    ]
    if any(row.techniques for row in brief.options):
        parts.append(gettext("fragile: probability that quality falls by more than the minimal difference"))
    if any(row.inherited or row.assumed or row.forms for row in brief.options):
        parts.append(gettext("{assumed} assumed, or of the whole technique and not of the form meant", assumed=ASSUMED))
    extra = _shown_outcomes(brief)
    if extra:
        odds = [o for o in extra if o in SUCCESS]
        parts.append(
            gettext(
                "{outcomes}: multiples of today's ({odds})",
                outcomes=", ".join(map(outcome_told, extra)),
                odds=", ".join(f"{outcome_told(one)}: {termed(one, ODDS)}" for one in odds),
            )
            if odds
            else gettext("{outcomes}: multiples of today's", outcomes=", ".join(map(outcome_told, extra)))
        )
    for row in brief.options:
        if not row.fits:
            parts.append(f"{clean(row.name)}: {_why_not(row, brief, pack)}")
        parts += [gettext("{name} comes to {same}", name=clean(one), same=clean(row.name)) for one in row.picked_as]
        if row.missing_forms:
            parts.append(
                gettext("{name}: no record of that form alone, the whole technique stands in", name=clean(row.name))
            )
    return "; ".join(parts) + "."


def told_of_options(brief: Brief, pack: Pack) -> Iterator[str]:
    """What their techniques are set against, and what nothing is known of."""
    named = [(pack.techniques[name].short, told) for row in brief.options for name, told in row.against.items()]
    if unlike := set_against_told(dict.fromkeys(named)):
        yield f"{unlike}."
    unknown = [(clean(pack.techniques[name].short), outcome) for row in brief.options for name, outcome in row.unknown]
    if told := unknown_told(dict.fromkeys(unknown)):
        yield told


def _why_not(row: OptionRow, brief: Brief, pack: Pack) -> str:
    reasons = [gettext("over the {limit}", limit=LIMIT_NAMES[name]) for name in row.breaks]
    reasons += [translated(_MEASURED[brief.scenario.decide_by])] * row.unmeasured
    reasons += [gettext("set apart, {why}", why=why) for why in row.apart]
    for item in row.barred:
        short = clean(pack.techniques[item.technique].short)
        match item.bar:
            case "evidence":
                reasons.append(gettext("no record answers for {technique}", technique=short))
            case "role":
                who = clean(pack.settings.words.who(pack.techniques[item.technique].role))
                reasons.append(gettext("{technique} is for the role '{who}'", technique=short, who=who))
            case _ if item.missing:
                reasons.append(
                    gettext("needs {missing} ({technique})", missing=", ".join(item.missing), technique=short)
                )
            case _:
                reasons.append(gettext("{technique} was ruled out", technique=short))
    return ", ".join(reasons)


_MEASURES = {
    "net benefit": Message("Nets a month"),
    "failures removed": Message("Failures removed"),
    "wrong answers removed": Message("Wrong answers removed"),
    "cost saved": Message("Cost saved"),
    "time saved": Message("Time saved"),
}
_MEASURED = {
    "net benefit": Message("what it nets is not measured"),
    "failures removed": Message("failures were not measured"),
    "wrong answers removed": Message("wrong answers were not measured"),
    "cost saved": Message("its cost is not measured"),
    "time saved": Message("its time is not measured"),
}


def direct_blocks(brief: Brief, pack: Pack) -> Iterator[Block]:
    """What experiments that had both say, and where the options' own figures say otherwise."""
    if brief.direct:
        yield Heading(gettext("Tried against each other"))
        yield Items(
            tuple(
                gettext(
                    "{first} against {second}, {outcome}: the first is better on average with probability "
                    "{p_better}, in a new setting {p_better_here} ({records}, {sources})",
                    first=clean(pack.techniques[one.first].short),
                    second=clean(pack.techniques[one.second].short),
                    outcome=one.outcome,
                    p_better=numerals.probability(one.p_better),
                    p_better_here=numerals.probability(one.p_better_here),
                    records=numerals.counted(one.records, "record"),
                    sources=numerals.counted(one.sources, "source"),
                )
                for one in brief.direct
            )
        )
        if otherwise := [one for one in brief.direct if _turns_round(one, brief)]:
            pairs = [(clean(pack.techniques[n].short) for n in (one.first, one.second)) for one in otherwise]
            named = "; ".join(gettext("{one} against {other}", one=one, other=other) for one, other in pairs)
            yield Told(
                gettext(
                    "Otherwise than the failures removed above: {pairs}. Above, each option has its own effect, from "
                    "tasks and baselines of its own; here stand the records that tried both.",
                    pairs=named,
                ),
                "note",
            )


def _turns_round(one: HeadToHead, brief: Brief) -> bool:
    """Whether, tried against each other, that one is likelier better in quality which removes fewer failures above."""
    own = {row.techniques: row.failures_removed.median for row in brief.options if len(row.techniques) == 1}
    first, second = own.get((one.first,)), own.get((one.second,))
    if one.outcome != "quality" or first is None or second is None:
        return False
    return (first < second and one.p_better > 0.5) or (first > second and one.p_better < 0.5)

"""The options of a decision brief side by side, and what the table's figures are.

Enters: a `Brief`.  Leaves: a `Grid`, and its legend.  Computes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tierproof.answers.safe_text import clean
from tierproof.evidence.record import SUCCESS
from tierproof.report.blocks import Field, Grid
from tierproof.report.words import numerals
from tierproof.report.words.plan import LIMIT_NAMES
from tierproof.report.words.table import ASSUMED

if TYPE_CHECKING:
    from tierproof.challenge.brief import Brief, OptionRow
    from tierproof.evidence.record import Outcome
    from tierproof.synthesis.values.posterior import Interval

__all__ = ["legend", "options_grid"]


def options_grid(brief: Brief) -> Grid:
    money = brief.scenario.decide_by == "net benefit"
    fields = [
        Field("Option", least=22),
        Field("P(best)", right=True),
        Field("Nets a month" if money else brief.scenario.decide_by.capitalize(), right=True),
        *([] if brief.scenario.decide_by == "failures removed" else [Field("Failures removed", keep=1, right=True)]),
        *([] if money else [Field("Nets a month", keep=1, right=True)]),
        Field("Cost", keep=2, right=True),
        Field("Time", keep=2, right=True),
        Field("Weeks", keep=3, right=True),
        Field("Fragile", keep=4, right=True),
        Field("Certainty", keep=5),
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
    return outcome.replace("-", " ").capitalize()


def _cells(row: OptionRow, brief: Brief, money: bool) -> Iterator[str]:
    nets = numerals.money_interval(row.net_benefit)
    removed = numerals.interval(row.failures_removed) + _stand_in(row, "quality")
    yield clean(row.name)
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
    yield numerals.ratio(row.cost_ratio.median) + _stand_in(row, "cost")
    yield numerals.ratio(row.latency_ratio.median) + _stand_in(row, "latency")
    # Effort is stated of techniques, never of their forms.
    yield f"{row.takes.weeks:.1f}" + (ASSUMED if row.forms or row.missing_forms else "")
    yield numerals.probability(row.fragility) if row.techniques else numerals.UNKNOWN
    yield row.certainty or numerals.UNKNOWN
    for outcome in _shown_outcomes(brief):
        yield _outcome(row.outcomes.get(outcome)) + (_stand_in(row, outcome) if row.outcomes.get(outcome) else "")


def _no_place(row: OptionRow) -> str:
    return "not measured" if row.unmeasured else "set apart" if row.apart else "does not fit"


def _stand_in(row: OptionRow, outcome: Outcome) -> str:
    """A mark where a figure is assumed, or of the whole technique and not of the form meant."""
    return ASSUMED if outcome in row.inherited or any(o == outcome for _, o in row.assumed) else ""


def _outcome(effect: Interval | None) -> str:
    """A resource or odds as a multiple of today's."""
    return numerals.UNKNOWN if effect is None else numerals.ratio(math.exp(min(effect.median, 700.0)))


def legend(brief: Brief) -> str:
    parts = [
        "In the order of the mean of what decides; shares and nets a month are the median and 90 % for one new setting",
        "cost and time are multiples of today's, medians",
    ]
    if any(row.techniques for row in brief.options):
        parts.append("fragile: probability that quality falls by more than the minimal difference")
    if any(row.inherited or row.assumed or row.forms for row in brief.options):
        parts.append(f"{ASSUMED} assumed, or of the whole technique and not of the form meant")
    extra = _shown_outcomes(brief)
    if extra:
        odds = [o for o in extra if o in SUCCESS]
        parts.append(f"{', '.join(extra)}: multiples of today's{' (odds for ' + ', '.join(odds) + ')' if odds else ''}")
    for row in brief.options:
        if not row.fits:
            parts.append(f"{clean(row.name)}: {_why_not(row, brief)}")
        if row.missing_forms:
            parts.append(f"{clean(row.name)}: no record of that form alone, the whole technique stands in")
    return "; ".join(parts) + "."


def _why_not(row: OptionRow, brief: Brief) -> str:
    reasons = [f"over the {LIMIT_NAMES[name]}" for name in row.breaks]
    reasons += [f"{_MEASURED[brief.scenario.decide_by]} not measured"] * row.unmeasured
    reasons += [f"set apart, {why}" for why in row.apart]
    reasons += [f"needs {', '.join(item.missing)} ({item.technique})" for item in row.barred if item.missing]
    reasons += [f"{item.technique} was ruled out" for item in row.barred if not item.missing]
    return ", ".join(reasons)


_MEASURED = {
    "net benefit": "what it nets is",
    "failures removed": "failures were",
    "wrong answers removed": "wrong answers were",
    "cost saved": "its cost is",
    "time saved": "its time is",
}

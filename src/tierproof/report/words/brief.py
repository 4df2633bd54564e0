"""A decision brief in words.

Enters: a `Brief` and its pack.  Leaves: blocks for any form of output.  Computes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tierproof.answers.safe_text import clean, shorten
from tierproof.answers.studies import author_year
from tierproof.challenge.brief.option import TODAY
from tierproof.evidence.record import SUCCESS
from tierproof.report.render.blocks import Block, Field, Grid, Heading, Items, Told
from tierproof.report.words import numerals
from tierproof.report.words.plan import LIMIT_NAMES, limit_told, measurement_rows
from tierproof.report.words.table import ASSUMED

if TYPE_CHECKING:
    from tierproof.challenge.brief import Brief, OptionRow, Recommendation, Scenario
    from tierproof.challenge.brief.turning import Turn
    from tierproof.evidence import Pack
    from tierproof.evidence.effect import Effect
    from tierproof.synthesis.posterior import Interval

__all__ = [
    "brief_blocks",
    "chosen_of",
    "scenario_list_blocks",
]

_QUANTITIES = {
    "value_per_success": "a success is worth",
    "requests_per_month": "{many} a month are",
    "cost_per_request": "{a} costs",
    "latency_price": "a second saved is worth",
    "engineer_day_usd": "an engineer-day costs",
    "horizon_months": "months over which effort is written off are",
    "baseline_success": "today's success is",
}
SHOWN_TURNS = 6


def brief_blocks(brief: Brief, pack: Pack) -> list[Block]:
    """The brief as people read it: question, answer, options, evidence, thresholds, next measurement, caveats."""
    scenario = brief.scenario
    return [
        Heading(scenario.title, 1),
        Told(scenario.question),
        Told(_answer(brief), "strong"),
        *(Told(text) for text in _particulars(brief, pack)),
        Heading("Options side by side"),
        _options(brief),
        Told(_legend(brief), "note"),
        *_direct(brief, pack),
        *_evidence(brief, pack),
        *_turns(brief, pack),
        *_next(brief, pack),
        Heading("What no evidence covers"),
        Items((scenario.uncovered, *scenario.caveats)),
        *_claims(brief, pack),
    ]


def _name(brief: Brief, option: str) -> str:
    return next((clean(row.name) for row in brief.options if row.id == option), option)


def chosen_of(brief: Brief) -> str:
    """The recommendation in a few words."""
    found = brief.recommendation
    if found is None:
        return "no option fits"
    return f"{_name(brief, found.option)}, best with probability {numerals.probability(found.p_best)}"


def _answer(brief: Brief) -> str:
    found = brief.recommendation
    if found is None:
        return "No option fits the limits, going on as today included."
    sure = numerals.probability(found.p_best)
    first = f"Recommended: {_name(brief, found.option)}, best of the options that fit with probability {sure}"
    if not found.runner_up:
        return f"{first}."
    rest = f"better than the next, {_name(brief, found.runner_up)}, with probability"
    return f"{first}; {rest} {numerals.probability(found.p_over_runner_up)}.{_likelier(brief, found)}"


def _likelier(brief: Brief, found: Recommendation) -> str:
    """Says so where another option is the best more often, but loses more where it is not."""
    favourite = max((row for row in brief.options if row.fits), key=lambda row: row.p_best)
    if favourite.p_best <= found.p_best:
        return ""
    less = "net" if brief.scenario.decide_by == "net benefit" else "remove"
    sure = numerals.probability(favourite.p_best)
    return f" “{clean(favourite.name)}” is likelier to be the best ({sure}), but is expected to {less} less."


def _particulars(brief: Brief, pack: Pack) -> Iterator[str]:
    found = brief.recommendation
    if found is not None and found.option != TODAY:
        row = next(row for row in brief.options if row.id == found.option)
        techniques = " + ".join(clean(pack.techniques[name].short) for name in row.techniques)
        made_of = f" It means: {techniques}." if techniques and techniques != clean(row.name) else ""
        wrong = row.wrong_answers_removed
        first = f"It {numerals.failures(wrong).replace('failures', 'wrong answers')}. " if wrong is not None else ""
        yield first + (
            f"It {numerals.failures(row.failures_removed)} and nets {numerals.money_interval(row.net_benefit)} a "
            f"month; it pays with probability {numerals.probability(row.p_pays)}.{made_of}{_pays_from(brief)}"
        )
    if brief.scenario.decide_by == "failures removed":
        yield "Decided by the failures that it removes; what it costs stands beside."
    elif brief.scenario.decide_by == "wrong answers removed":
        yield (
            "Decided by the wrong answers that it removes, taking each failure of today for one; an item may "
            "also go without an answer, which is a failure and not a wrong answer. What it costs stands beside."
        )
    profile, words = brief.profile, pack.settings.words
    yield (
        f"In this profile ({clean(profile.name)}): {numerals.percent(profile.baseline_success)} of "
        f"{clean(words.many)} succeed, "
        f"a success is worth {_usd(profile.value_per_success)}, {clean(words.a)} costs "
        f"{_usd(profile.cost_per_request)} and "
        f"takes {numerals.figure(profile.latency_seconds)} s, {numerals.count(profile.requests_per_month)} "
        f"{clean(words.many)} a "
        "month, "
        f"effort written off over {numerals.figure(profile.horizon_months)} months."
    )
    limits = [f"{LIMIT_NAMES[name]} {limit_told(name, getattr(brief.limits, name))}" for name in brief.limits.stated()]
    if limits:
        yield f"Limits: {'; '.join(limits)}."


def _pays_from(brief: Brief) -> str:
    if brief.pays_from is None:
        return " No value of a success makes it pay."
    if brief.pays_from == 0 or brief.scenario.decide_by == "net benefit":
        return ""
    return f" It is expected to pay where a success is worth {_usd(brief.pays_from)} or more."


def _usd(value: float) -> str:
    """Small sums keep three digits, as prices of one request need."""
    return numerals.money(value) if value >= 1000 else f"${value:.3g}"


def _options(brief: Brief) -> Grid:
    money = brief.scenario.decide_by == "net benefit"
    fields = [
        Field("Option", least=22),
        Field("P(best)", right=True),
        Field("Nets a month" if money else brief.scenario.decide_by.capitalize(), right=True),
        Field("Failures removed" if money else "Nets a month", keep=1, right=True),
        Field("Cost", keep=2, right=True),
        Field("Time", keep=2, right=True),
        Field("Weeks", keep=3, right=True),
        Field("Fragile", keep=4, right=True),
        Field("Certainty", keep=5),
        *(Field(outcome.capitalize(), keep=6, right=True) for outcome in brief.scenario.outcomes),
    ]
    rows = [tuple(_cells(row, brief, money)) for row in brief.options]
    found = brief.recommendation
    chosen = next((n for n, row in enumerate(brief.options) if found is not None and row.id == found.option), None)
    return Grid(tuple(fields), tuple(rows), chosen)


def _cells(row: OptionRow, brief: Brief, money: bool) -> Iterator[str]:
    nets = numerals.money(row.net_benefit_mean, sign=True)
    # The mean, which decides, beside the 90 % interval.
    removed = numerals.interval(row.failures_removed)
    yield clean(row.name) + (ASSUMED if any(outcome == "quality" for _, outcome in row.assumed) else "")
    yield numerals.probability(row.p_best) if row.fits else "not measured" if row.unmeasured else "does not fit"
    wrong = brief.scenario.decide_by == "wrong answers removed"
    yield nets if money else numerals.interval(row.wrong_answers_removed) if wrong else removed
    yield removed if money else nets
    yield numerals.ratio(row.cost_ratio.median)
    yield numerals.ratio(row.latency_ratio.median)
    yield f"{row.takes.weeks:.1f}"
    yield numerals.probability(row.fragility) if row.techniques else numerals.UNKNOWN
    yield row.certainty or numerals.UNKNOWN
    for outcome in brief.scenario.outcomes:
        yield _outcome(row.outcomes.get(outcome))


def _outcome(effect: Interval | None) -> str:
    """A resource or odds as a multiple of today's."""
    return numerals.UNKNOWN if effect is None else numerals.ratio(math.exp(min(effect.median, 700.0)))


def _legend(brief: Brief) -> str:
    parts = [
        "Nets a month is expected; failures removed is the median and 90 % for one new setting",
        "cost and time are multiples of today's, medians",
        "fragile: probability that quality falls by more than the minimal difference",
        f"{ASSUMED} quality assumed, not measured",
    ]
    extra = brief.scenario.outcomes
    if extra:
        odds = [o for o in extra if o in SUCCESS]
        parts.append(f"{', '.join(extra)}: multiples of today's{' (odds for ' + ', '.join(odds) + ')' if odds else ''}")
    for row in brief.options:
        if not row.fits:
            parts.append(f"{clean(row.name)}: {_why_not(row)}")
        if row.missing_forms:
            parts.append(f"{clean(row.name)}: no record of that form alone, the whole technique stands in")
    return "; ".join(parts) + "."


def _why_not(row: OptionRow) -> str:
    reasons = [f"over the {LIMIT_NAMES[name]}" for name in row.breaks]
    reasons += ["wrong answers were not measured"] * row.unmeasured
    reasons += [f"needs {', '.join(item.missing)} ({item.technique})" for item in row.barred if item.missing]
    reasons += [f"{item.technique} was ruled out" for item in row.barred if not item.missing]
    return ", ".join(reasons)


def _direct(brief: Brief, pack: Pack) -> Iterator[Block]:
    if brief.direct:
        yield Heading("Tried against each other")
        yield Items(
            tuple(
                f"{clean(pack.techniques[one.first].short)} against {clean(pack.techniques[one.second].short)}, "
                f"{one.outcome}: the first is better on average with probability {numerals.probability(one.p_better)}, "
                f"in a new setting {numerals.probability(one.p_better_here)} "
                f"({numerals.counted(one.records, 'record')}, {numerals.counted(one.sources, 'source')})"
                for one in brief.direct
            )
        )


def _evidence(brief: Brief, pack: Pack) -> Iterator[Block]:
    found = brief.recommendation
    if found is None:
        return
    if found.option == TODAY:
        # What speaks for staying is what speaks against moving.
        if not found.runner_up:
            return
        rival = _name(brief, found.runner_up)
        told = (f"against {rival}", "No record of it shows a loss.", f"for {rival}", "No record of it shows a gain.")
    else:
        told = ("for it", "No record shows a gain.", "against it", "No record shows a loss.")
    yield Heading(f"Strongest evidence {told[0]}")
    yield Items(tuple(_record(effect, pack) for effect in brief.evidence_for) or (told[1],))
    yield Heading(f"Strongest evidence {told[2]}")
    yield Items(tuple(_record(effect, pack) for effect in brief.evidence_against) or (told[3],))


def _record(effect: Effect, pack: Pack) -> str:
    """`Wang 2022 (authors): self-consistency, MultiArith: 59.5 to 89 percent. Title [id]`."""
    record = effect.record
    who = author_year(record.source, record.year)
    what = ", ".join(str(part) for part in (record.metric, record.task or record.task_family, record.model) if part)
    figures = f"{numerals.figure(record.baseline)} to {numerals.figure(record.treated)} {record.unit}"
    technique = pack.techniques[record.technique].short
    title = shorten(clean(record.source.title), 90)
    return f"{who} ({record.independence}): {technique}, {record.outcome}, {what}: {figures}. {title} [{record.id}]"


def _turns(brief: Brief, pack: Pack) -> Iterator[Block]:
    if brief.recommendation is None:
        return
    yield Heading("What would change it")
    told = tuple(_turn(turn, brief, pack) for turn in brief.turns[:SHOWN_TURNS])
    yield Items(told or ("No figure of the profile, taken alone, within reach.",))


def _turn(turn: Turn, brief: Brief, pack: Pack) -> str:
    side = "above" if turn.threshold > turn.now else "below"
    words = pack.settings.words
    what = _QUANTITIES[turn.quantity].format(a=clean(words.a), many=clean(words.many))
    return (
        f"Where {what} {side} {_amount(turn.quantity, turn.threshold)} (now {_amount(turn.quantity, turn.now)}): "
        f"{_name(brief, turn.becomes)}"
    )


def _amount(quantity: str, value: float) -> str:
    if quantity == "baseline_success":
        return f"{100 * value:.0f} %"
    if quantity == "requests_per_month":
        return numerals.count(float(f"{value:.2g}"))
    if quantity == "horizon_months":
        return f"{value:.2g}"
    return _usd(value)


def _next(brief: Brief, pack: Pack) -> Iterator[Block]:
    yield Heading("Measure next")
    yield Told(
        f"Knowing before choosing what each option nets here would be worth {numerals.money(brief.evpi)} a month "
        "(EVPI)."
    )
    paying = tuple(item for item in brief.measurements if item.pays)
    if paying:
        first = paying[0]
        yield Told(
            f"Next: {clean(pack.techniques[first.technique].short)} on {numerals.count(first.items)} of your own "
            f"items, worth {numerals.money(first.worth)} over {numerals.figure(brief.profile.horizon_months)} months "
            f"at a price of {numerals.money(first.price)}."
        )
    if brief.measurements:
        yield measurement_rows(brief.measurements, pack)
    if not paying:
        yield Told("No measurement of the first two options is worth its price.")


def _claims(brief: Brief, pack: Pack) -> Iterator[Block]:
    known = {claim.get("id"): claim for claim in pack.claims}
    texts = tuple(
        clean(known[name].get("en", name)) + _verdict(brief, name) for name in brief.scenario.claims if name in known
    )
    if texts:
        yield Heading("Claims on which it bears")
        yield Items(texts)
        yield Told('Put any of them to the evidence: tierproof critique "...".', "note")


def _verdict(brief: Brief, claim: str) -> str:
    verdict = brief.claims.get(claim)
    if verdict is None:
        return ""
    sure = f" ({numerals.probability(verdict.probability)})" if verdict.probability is not None else ""
    return f" {verdict.word.capitalize()}{sure}."


def scenario_list_blocks(scenarios: Sequence[Scenario]) -> list[Block]:
    """All scenarios of a pack."""
    rows = tuple((scenario.id, scenario.title) for scenario in scenarios)
    return [
        Heading("Decision briefs", 1),
        Grid((Field("Scenario"), Field("What it decides", least=20)), rows),
        Told("Open one: tierproof brief SCENARIO, by its name or in your own words.", "note"),
    ]

"""A decision brief in words.

Enters: a `Brief` and its pack.  Leaves: blocks for any form of output.  Computes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tierproof.answers.safe_text import clean, shorten
from tierproof.answers.studies import author_year
from tierproof.challenge.brief.option import TODAY
from tierproof.report.blocks import Block, Field, Grid, Heading, Items, Told
from tierproof.report.words import numerals
from tierproof.report.words.brief_options import legend, options_grid
from tierproof.report.words.plan import LIMIT_NAMES, limit_told, measurement_rows

if TYPE_CHECKING:
    from tierproof.challenge.brief import Brief, OptionRow, Recommendation, Scenario
    from tierproof.challenge.brief.tipping import Turn
    from tierproof.evidence import Pack
    from tierproof.evidence.effect import Effect

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
        Heading(clean(scenario.title), 1),
        *(Told(text, "strong") for text in _asked(brief, pack)),
        Told(clean(scenario.question)),
        Told(_answer(brief), "strong"),
        *(Told(text) for text in _particulars(brief, pack)),
        Heading("Options side by side"),
        options_grid(brief),
        Told(legend(brief), "note"),
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


def _asked(brief: Brief, pack: Pack) -> Iterator[str]:
    """What was asked for and is missing, before anything else."""
    asked = brief.asked
    if asked is None:
        return
    missing = [f"'{shorten(clean(words), 60)}' (nothing of the pack has that name)" for words in asked.missing]
    missing += [f"'{clean(form)}' (no record sets that form apart from its technique)" for form in asked.not_apart]
    if missing:
        yield f"Asked for and missing: {'; '.join(missing)}."
    if asked.excluded:
        yield f"Left out, as asked: {', '.join(clean(pack.techniques[name].short) for name in asked.excluded)}."
    if asked.unread:
        unread = ", ".join(f"'{shorten(clean(words), 60)}'" for words in asked.unread)
        yield f"Not read: {unread}."


def chosen_of(brief: Brief) -> str:
    """The answer in a few words."""
    found, leader = brief.recommendation, brief.leader
    first = f"{_name(brief, leader.option)} {_leads(brief)}, but does not pay; " if leader is not None else ""
    if found is None:
        return f"{first}no option that pays fits" if leader is not None else "no option fits"
    if found.option == TODAY:
        return f"{first}go on as today"
    return f"{first}{_name(brief, found.option)}, best with probability {numerals.probability(found.p_best)}"


_LEADS = {
    "net benefit": "nets most on average",
    "failures removed": "removes most",
    "wrong answers removed": "removes most",
    "cost saved": "saves most",
    "time saved": "saves most",
}


def _leads(brief: Brief) -> str:
    return _LEADS[brief.scenario.decide_by]


def _answer(brief: Brief) -> str:
    """What to do, and what does most without paying, where that is another."""
    found = brief.recommendation
    parts = [text for text in (_leading(brief),) if text]
    if found is None:
        fits = any(row.fits for row in brief.options)
        parts.append(
            "No option that pays fits the limits, and going on as today does not fit either."
            if fits
            else "No option fits the limits, going on as today included."
        )
    elif found.option == TODAY:
        rest = 1.0 - found.p_best
        others = (
            f" One of the others would be better with probability {numerals.probability(rest)}, but which one is not "
            "known."
            if rest > 0.5 and brief.scenario.decide_by == "net benefit"
            else ""
        )
        parts.append(f"Go on as today: nothing that fits is expected to do better and to pay.{others}")
        if brief.leader is None and brief.asked is not None and brief.asked.ways and len(brief.scenario.options) > 1:
            parts.append(_first_of_those_named(brief))
    else:
        sure = numerals.probability(found.p_best)
        name = _name(brief, found.option)
        first = (
            f"Recommended: {name}, best of the options that fit with probability {sure}"
            if brief.leader is None
            else f"Recommended: {name}, the first that pays"
        )
        rest_told = (
            f"; better than {_name(brief, found.runner_up)} with probability "
            f"{numerals.probability(found.p_over_runner_up)}"
            if found.runner_up
            else ""
        )
        parts.append(f"{first}{rest_told}.{_likelier(brief, found)}")
    return " ".join(parts)


def _first_of_those_named(brief: Brief) -> str:
    """Which of the ways comes first, where neither is worth going."""
    first = next((row for row in brief.options if row.techniques and row.fits), None)
    if first is None:
        return ""
    nets = f"nets {numerals.money_interval(first.net_benefit)} a month, on average {_mean(first)}"
    told = nets if brief.scenario.decide_by == "net benefit" else f"{_measure_told(first, brief)}, {nets}"
    return f"Of those named {clean(first.name)} comes first: it {told}."


def _leading(brief: Brief) -> str:
    """ "Removes most, does not pay: ..."."""
    if brief.leader is None:
        return ""
    row = _row_of(brief, brief.leader.option)
    would = (
        "no value of a success makes it pay on average"
        if brief.leader.pays_from is None
        else f"on average it pays where a success is worth {_usd(brief.leader.pays_from)} or more"
    )
    nets = f"nets {numerals.money_interval(row.net_benefit)} a month, on average {_mean(row)}"
    removes = "" if brief.scenario.decide_by == "net benefit" else f"{_measure_told(row, brief)}, "
    return (
        f"{_leads(brief).capitalize()}, does not pay: {clean(row.name)} ({removes}{nets}; pays with probability "
        f"{numerals.probability(row.p_pays)}; {would})."
    )


def _row_of(brief: Brief, option: str) -> OptionRow:
    return next(row for row in brief.options if row.id == option)


def _mean(row: OptionRow) -> str:
    return numerals.money(row.net_benefit_mean, sign=True)


def _measure_told(row: OptionRow, brief: Brief) -> str:
    """`removes 29 % of wrong answers (−65 to 74)`."""
    match brief.scenario.decide_by:
        case "cost saved" | "time saved":
            what = "cost" if brief.scenario.decide_by == "cost saved" else "time"
            return f"saves {numerals.interval(row.measure)} of the {what}"
        case "wrong answers removed":
            return numerals.failures(row.measure).replace("failures", "wrong answers")
        case _:
            return numerals.failures(row.failures_removed)


def _likelier(brief: Brief, found: Recommendation) -> str:
    """Says so where another option that pays is the best more often, but loses more where it is not."""
    favourite = max((row for row in brief.options if row.fits), key=lambda row: row.p_best)
    if favourite.p_best <= found.p_best or (brief.leader is not None and favourite.id == brief.leader.option):
        return ""
    less = {"net benefit": "net", "cost saved": "save", "time saved": "save"}.get(brief.scenario.decide_by, "remove")
    sure = numerals.probability(favourite.p_best)
    return f" “{clean(favourite.name)}” is likelier to be the best ({sure}), but is expected to {less} less."


def _particulars(brief: Brief, pack: Pack) -> Iterator[str]:
    found = brief.recommendation
    if found is not None and found.option != TODAY:
        row = next(row for row in brief.options if row.id == found.option)
        techniques = " + ".join(clean(pack.techniques[name].short) for name in row.techniques)
        made_of = f" It means: {techniques}." if techniques and techniques != clean(row.name) else ""
        own = (
            ""
            if brief.scenario.decide_by in ("net benefit", "failures removed")
            else f"It {_measure_told(row, brief)}. "
        )
        yield own + (
            f"It {numerals.failures(row.failures_removed)} and nets {numerals.money_interval(row.net_benefit)} a "
            f"month, on average {_mean(row)}; it pays with probability {numerals.probability(row.p_pays)}.{made_of}"
        )
    yield (
        f"Decided by {_DECIDED[brief.scenario.decide_by]}. Recommended is only what nets more than today, in the mean "
        "and in the median; figures shown are medians with 90 %."
    )
    profile, words = brief.profile, pack.settings.words
    yield (
        f"In this profile ({clean(profile.name)}): {numerals.standing(profile.baseline_success)} of "
        f"{clean(words.many)} succeed, "
        f"a success is worth {_usd(profile.value_per_success)}, {clean(words.a)} costs "
        f"{_usd(profile.cost_per_request)} and "
        f"takes {numerals.figure(profile.latency_seconds)} s, {numerals.count(profile.requests_per_month)} "
        f"{clean(words.of(profile.requests_per_month))} a "
        "month, "
        f"effort written off over {numerals.figure(profile.horizon_months)} months."
    )
    limits = [f"{LIMIT_NAMES[name]} {limit_told(name, getattr(brief.limits, name))}" for name in brief.limits.stated()]
    if limits:
        yield f"Limits: {'; '.join(limits)}."


_DECIDED = {
    "net benefit": "the mean of what an option nets a month, which weighs large losses as they are",
    "failures removed": "the mean share of failures that an option removes",
    "wrong answers removed": "the mean share of wrong answers that an option removes, taking each failure of today for "
    "one; an item may also go without an answer, which is a failure and not a wrong answer",
    "cost saved": "the mean share of today's cost that an option saves",
    "time saved": "the mean share of today's time that an option saves",
}


def _usd(value: float) -> str:
    """Small sums keep three digits, as prices of one request need."""
    return numerals.money(value) if value >= 1000 else f"${value:.3g}"


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
    if found is None or found.option == TODAY:
        # What speaks for staying is what speaks against moving.
        spoken_of = brief.leader.option if brief.leader is not None else found.runner_up if found is not None else ""
        if not spoken_of:
            return
        rival = _name(brief, spoken_of)
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

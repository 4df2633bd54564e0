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
from tierproof.messages import Message, gettext, spoken, translated
from tierproof.report.blocks import Block, Field, Grid, Heading, Items, Told
from tierproof.report.words import numerals
from tierproof.report.words.brief_options import direct_blocks, legend, options_grid, told_of_options
from tierproof.report.words.critique import VERDICTS
from tierproof.report.words.plan import LIMIT_NAMES, capital, limit_told, measurement_rows
from tierproof.report.words.table import outcome_told, surely_told
from tierproof.report.words.terms import KINDS, UNITS, termed

if TYPE_CHECKING:
    from tierproof.challenge.brief import Brief, OptionRow, Scenario
    from tierproof.challenge.brief.tipping import Turn
    from tierproof.evidence import Pack
    from tierproof.evidence.effect import Effect

__all__ = [
    "brief_blocks",
    "chosen_of",
    "scenario_list_blocks",
]

_QUANTITIES = {
    "value_per_success": Message("a success is worth"),
    "requests_per_month": Message("{many} a month are"),
    "cost_per_request": Message("{a} costs"),
    "latency_price": Message("a second saved is worth"),
    "engineer_day_usd": Message("an engineer-day costs"),
    "horizon_months": Message("months over which effort is written off are"),
    "baseline_success": Message("today's success is"),
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
        Heading(gettext("Options side by side")),
        options_grid(brief),
        Told(legend(brief, pack), "note"),
        *direct_blocks(brief, pack),
        *_evidence(brief, pack),
        *_turns(brief, pack),
        *_next(brief, pack),
        Heading(gettext("What no evidence covers")),
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
    missing = [
        gettext("'{words}' (nothing of the pack has that name)", words=shorten(clean(words), 60))
        for words in asked.missing
    ]
    missing += [
        gettext("'{form}' (no record sets that form apart from its technique)", form=clean(form))
        for form in asked.not_apart
    ]
    if missing:
        yield gettext("Asked for and missing: {missing}.", missing="; ".join(missing))
    if asked.excluded:
        yield gettext(
            "Left out, as asked: {excluded}.",
            excluded=", ".join(clean(pack.techniques[name].short) for name in asked.excluded),
        )
    if asked.unread:
        unread = ", ".join(f"'{shorten(clean(words), 60)}'" for words in asked.unread)
        yield gettext("Not read: {unread}.", unread=unread)


def chosen_of(brief: Brief) -> str:
    """The answer in a few words."""
    found, leader = brief.recommendation, brief.leader
    first = (
        gettext("{name} {leads}, but does not pay; ", name=_name(brief, leader.option), leads=_leads(brief))
        if leader is not None
        else ""
    )
    if found is None:
        fits = gettext("no option fits") if leader is None else gettext("no option that pays fits")
        return first + fits
    if found.option == TODAY:
        return first + gettext("go on as today")
    sure = numerals.probability(found.p_best)
    return first + gettext("{name}, best with probability {p_best}", name=_name(brief, found.option), p_best=sure)


_LEADS = {
    "net benefit": Message("nets most on average"),
    "failures removed": Message("removes most on average"),
    "wrong answers removed": Message("removes most on average"),
    "cost saved": Message("saves most on average"),
    "time saved": Message("saves most on average"),
}


def _leads(brief: Brief) -> str:
    return translated(_LEADS[brief.scenario.decide_by])


def _answer(brief: Brief) -> str:
    """What to do, and what does most without paying, where that is another."""
    found = brief.recommendation
    parts = [text for text in (_leading(brief),) if text]
    if found is None:
        fits = any(row.fits for row in brief.options)
        parts.append(
            gettext("No option that pays fits the limits, and going on as today does not fit either.")
            if fits
            else gettext("No option fits the limits, going on as today included.")
        )
    elif found.option == TODAY:
        rest = 1.0 - found.p_best
        others = (
            gettext(
                " One of the others would be better with probability {rest}, but which one is not known.",
                rest=numerals.probability(rest),
            )
            if rest > 0.5 and brief.scenario.decide_by == "net benefit"
            else ""
        )
        parts.append(
            gettext("Go on as today: nothing that fits is expected to do better and to pay.{others}", others=others)
        )
        if brief.leader is None and brief.asked is not None and brief.asked.ways and len(brief.scenario.options) > 1:
            parts.append(_first_of_those_named(brief))
    else:
        sure = numerals.probability(found.p_best)
        name = _name(brief, found.option)
        first = (
            gettext("Recommended: {name}, best of the options that fit with probability {sure}", name=name, sure=sure)
            if brief.leader is None
            else gettext("Recommended: {name}, the first that pays", name=name)
        )
        over = {
            "name": _name(brief, found.runner_up),
            "p_over_runner_up": numerals.probability(found.p_over_runner_up),
        }
        money = brief.scenario.decide_by == "net benefit"
        rest_told = (
            ""
            if not found.runner_up
            else gettext("; better than {name} with probability {p_over_runner_up}", **over)
            if money
            else gettext("; better than {name} by what decides here, with probability {p_over_runner_up}", **over)
        )
        row = _row_of(brief, found.option)
        parts.append(f"{first}{rest_told}{surely_told(row.certainty)}.{_likelier(brief, found.p_best)}")
        if row.assumed_alone:
            parts.append(gettext("What decides is assumed of it: no record measures it."))
    return " ".join(parts)


def _first_of_those_named(brief: Brief) -> str:
    """Which of the ways comes first, where neither is worth going."""
    first = next((row for row in brief.options if row.techniques and row.fits), None)
    if first is None:
        return ""
    nets = gettext(
        "nets {money_interval} a month, on average {mean}",
        money_interval=numerals.money_interval(first.net_benefit),
        mean=_mean(first),
    )
    told = nets if brief.scenario.decide_by == "net benefit" else f"{_measure_told(first, brief)}, {nets}"
    comes = gettext("Of those named {first} comes first: it {told}.", first=clean(first.name), told=told)
    return comes + _likelier(brief, first.p_best, named=True)


def _leading(brief: Brief) -> str:
    """ "Removes most, does not pay: ..."."""
    if brief.leader is None:
        return ""
    row = _row_of(brief, brief.leader.option)
    would = _would_pay(brief.leader.pays_within)
    nets = gettext(
        "nets {money_interval} a month, on average {mean}",
        money_interval=numerals.money_interval(row.net_benefit),
        mean=_mean(row),
    )
    removes = "" if brief.scenario.decide_by == "net benefit" else f"{_measure_told(row, brief)}, "
    return gettext(
        "{leads}, does not pay: {name} (first with probability {p_best}; {removes}{nets}; pays with probability "
        "{p_pays}; {would}{certainty}).",
        leads=capital(_leads(brief)),
        name=clean(row.name),
        removes=removes,
        nets=nets,
        p_best=numerals.probability(row.p_best),
        p_pays=numerals.probability(row.p_pays),
        would=would,
        certainty=surely_told(row.certainty),
    )


def _would_pay(within: tuple[float, float] | None) -> str:
    if within is None:
        return gettext("no value of a success makes it pay")
    low, high = within
    if math.isinf(high):
        return gettext("it pays where a success is worth {usd} or more", usd=numerals.price(low))
    if low == 0:
        return gettext("it pays where a success is worth {usd} or less", usd=numerals.price(high))
    return gettext(
        "it pays where a success is worth {low} to {high}", low=numerals.price(low), high=numerals.price(high)
    )


def _row_of(brief: Brief, option: str) -> OptionRow:
    return next(row for row in brief.options if row.id == option)


def _mean(row: OptionRow) -> str:
    return numerals.money(row.net_benefit_mean, sign=True)


def _measure_told(row: OptionRow, brief: Brief) -> str:
    """`removes 29 % of wrong answers (−65 to 74)`."""
    match brief.scenario.decide_by:
        case "cost saved" | "time saved":
            saved = numerals.interval(row.measure)
            if brief.scenario.decide_by == "cost saved":
                return gettext("saves {saved} of the cost", saved=saved)
            return gettext("saves {saved} of the time", saved=saved)
        case "wrong answers removed":
            return numerals.wrong_answers(row.measure)
        case _:
            return numerals.failures(row.failures_removed)


def _likelier(brief: Brief, p_best: float, *, named: bool = False) -> str:
    """Says so where another option than one so likely the best is that more often, but loses more where it is not.

    `named`: going on as today aside.
    """
    favourite = max(
        (row for row in brief.options if row.fits and (row.techniques or not named)), key=lambda r: r.p_best
    )
    if favourite.p_best <= p_best or (brief.leader is not None and favourite.id == brief.leader.option):
        return ""
    sure, name = numerals.probability(favourite.p_best), clean(favourite.name)
    if brief.scenario.decide_by == "net benefit":
        return gettext(
            " “{name}” is likelier to be the best ({sure}), but is expected to net less.", name=name, sure=sure
        )
    if brief.scenario.decide_by in ("cost saved", "time saved"):
        return gettext(
            " “{name}” is likelier to be the best ({sure}), but is expected to save less.", name=name, sure=sure
        )
    return gettext(
        " “{name}” is likelier to be the best ({sure}), but is expected to remove less.", name=name, sure=sure
    )


def _particulars(brief: Brief, pack: Pack) -> Iterator[str]:
    found = brief.recommendation
    if found is not None and found.option != TODAY:
        row = next(row for row in brief.options if row.id == found.option)
        techniques = " + ".join(clean(pack.techniques[name].short) for name in row.techniques)
        made_of = (
            gettext(" It means: {techniques}.", techniques=techniques)
            if techniques and techniques != clean(row.name)
            else ""
        )
        own = (
            ""
            if brief.scenario.decide_by in ("net benefit", "failures removed")
            else gettext("It {measure}. ", measure=_measure_told(row, brief))
        )
        yield own + (
            gettext(
                "It {failures} and nets {money_interval} a month, on average {mean}; it pays with probability "
                "{p_pays}.{made_of}",
                failures=numerals.failures(row.failures_removed),
                money_interval=numerals.money_interval(row.net_benefit),
                mean=_mean(row),
                p_pays=numerals.probability(row.p_pays),
                made_of=made_of,
            )
        )
    yield from told_of_options(brief, pack)
    yield (
        gettext(
            "Decided by {decided}. Recommended is only what nets more than today, in the mean and in the median; "
            "figures shown are medians with 90 %.",
            decided=_DECIDED[brief.scenario.decide_by],
        )
    )
    profile, words = brief.profile, pack.settings.words
    yield (
        gettext(
            "In this profile ({profile}): {baseline_success} of {many} succeed, a success is worth {worth}, {a} costs "
            "{cost} and takes {latency_seconds} s, {requests_per_month} {counted} a month, effort written off over "
            "{horizon}.",
            profile=clean(profile.name),
            baseline_success=numerals.standing(profile.baseline_success),
            many=clean(words.many),
            worth=numerals.price(profile.value_per_success),
            a=clean(words.a),
            cost=numerals.price(profile.cost_per_request),
            latency_seconds=numerals.figure(profile.latency_seconds),
            requests_per_month=numerals.count(profile.requests_per_month),
            counted=clean(words.of(profile.requests_per_month)),
            horizon=numerals.months(profile.horizon_months),
        )
    )
    limits = [
        f"{translated(LIMIT_NAMES[name])} {limit_told(name, getattr(brief.limits, name))}"
        for name in brief.limits.stated()
    ]
    if limits:
        yield gettext("Limits: {limits}.", limits="; ".join(limits))


_DECIDED = {
    "net benefit": Message("the mean of what an option nets a month, which weighs large losses as they are"),
    "failures removed": Message("the mean share of failures that an option removes"),
    "wrong answers removed": Message(
        "the mean share of wrong answers that an option removes, taking each failure of today for one; an item may "
        "also go without an answer, which is a failure and not a wrong answer"
    ),
    "cost saved": Message("the mean share of today's cost that an option saves"),
    "time saved": Message("the mean share of today's time that an option saves"),
}


def _evidence(brief: Brief, pack: Pack) -> Iterator[Block]:
    found = brief.recommendation
    if found is None or found.option == TODAY:
        # What speaks for staying is what speaks against moving.
        spoken_of = brief.leader.option if brief.leader is not None else found.runner_up if found is not None else ""
        if not spoken_of:
            return
        rival = _name(brief, spoken_of)
        told = (
            gettext("Strongest evidence against {name}", name=rival),
            gettext("No record of it shows a loss."),
            gettext("Strongest evidence for {name}", name=rival),
            gettext("No record of it shows a gain."),
        )
    else:
        told = (
            gettext("Strongest evidence for it"),
            gettext("No record shows a gain."),
            gettext("Strongest evidence against it"),
            gettext("No record shows a loss."),
        )
    yield Heading(told[0])
    yield Items(tuple(_record(effect, pack) for effect in brief.evidence_for) or (told[1],))
    yield Heading(told[2])
    yield Items(tuple(_record(effect, pack) for effect in brief.evidence_against) or (told[3],))


def _record(effect: Effect, pack: Pack) -> str:
    """`Wang 2022 (authors): self-consistency, MultiArith: 59.5 to 89 percent. Title [id]`."""
    record = effect.record
    who = author_year(record.source, record.year)
    family = translated(pack.settings.words.task(record.task_family))
    what = ", ".join(str(part) for part in (record.metric, record.task or family, record.model) if part)
    figures = gettext(
        "{baseline} to {treated} {unit}",
        baseline=numerals.figure(record.baseline),
        treated=numerals.figure(record.treated),
        unit=termed(record.unit, UNITS),
    )
    technique, outcome = clean(pack.techniques[record.technique].short), outcome_told(record.outcome)
    title = shorten(clean(record.source.title), 90)
    whose = termed(record.independence, KINDS)
    return f"{who} ({whose}): {technique}, {outcome}, {what}: {figures}. {title} [{record.id}]"


def _turns(brief: Brief, pack: Pack) -> Iterator[Block]:
    if brief.recommendation is None:
        return
    yield Heading(gettext("What would change it"))
    told = tuple(_turn(turn, brief, pack) for turn in brief.turns[:SHOWN_TURNS])
    yield Items(told or (gettext("No figure of the profile, taken alone, within reach."),))


def _turn(turn: Turn, brief: Brief, pack: Pack) -> str:
    words = pack.settings.words
    above = turn.threshold > turn.now
    # With as many digits as it takes to tell the threshold from today's figure, and on its own side of it.
    for more in range(9):
        amount, now = _amount(turn.quantity, turn.threshold, more), _amount(turn.quantity, turn.now, more, exact=True)
        if amount != now and (float(f"{turn.threshold:.{2 + more}g}") > turn.now) == above:
            break
    where = {
        "what": gettext(_QUANTITIES[turn.quantity], a=clean(words.a), many=clean(words.many)),
        "amount": amount,
        "now": now,
        "name": _name(brief, turn.becomes),
    }
    if above:
        return gettext("Where {what} above {amount} (now {now}): {name}", **where)
    return gettext("Where {what} below {amount} (now {now}): {name}", **where)


def _amount(quantity: str, value: float, more: int, *, exact: bool = False) -> str:
    """With `more` digits than need be; `exact`: the reader's own, which is told as he stated it."""
    if quantity == "baseline_success":
        return numerals.standing(value, more)
    if quantity in ("requests_per_month", "horizon_months"):
        return numerals.written(value, 12 if exact else 2 + more)
    return numerals.dollars(value, 3 + more) if more else numerals.price(value)


def _next(brief: Brief, pack: Pack) -> Iterator[Block]:
    yield Heading(gettext("Measure next"))
    yield Told(
        gettext(
            "Knowing before choosing what each option nets here would be worth {evpi} a month (EVPI).",
            evpi=numerals.money(brief.evpi),
        )
    )
    paying = tuple(item for item in brief.measurements if item.pays)
    if paying:
        first = paying[0]
        yield Told(
            gettext(
                "Next: {short} on {items} of your own items, worth {worth} to this choice over {horizon} at a price of "
                "{price}.",
                short=clean(pack.techniques[first.technique].short),
                items=numerals.count(first.items),
                worth=numerals.money(first.worth),
                horizon=numerals.months(brief.profile.horizon_months),
                price=numerals.money(first.price),
            )
        )
    if brief.measurements:
        yield measurement_rows(brief.measurements, pack)
    if not paying:
        yield Told(gettext("No measurement of the first two options is worth its price."))


def _claims(brief: Brief, pack: Pack) -> Iterator[Block]:
    known = {claim.get("id"): claim for claim in pack.claims}
    texts = tuple(
        clean(known[name].get(spoken()) or known[name].get("en", name)) + _verdict(brief, name)
        for name in brief.scenario.claims
        if name in known
    )
    if texts:
        yield Heading(gettext("Claims on which it bears"))
        yield Items(texts)
        yield Told(gettext('Put any of them to the evidence: tierproof critique "...".'), "note")


def _verdict(brief: Brief, claim: str) -> str:
    verdict = brief.claims.get(claim)
    if verdict is None:
        return ""
    sure = f" ({numerals.probability(verdict.probability)})" if verdict.probability is not None else ""
    return f" {translated(VERDICTS[verdict.word])}{sure}."


def scenario_list_blocks(scenarios: Sequence[Scenario]) -> list[Block]:
    """All scenarios of a pack."""
    rows = tuple((scenario.id, scenario.title) for scenario in scenarios)
    return [
        Heading(gettext("Decision briefs"), 1),
        Grid((Field(gettext("Scenario")), Field(gettext("What it decides"), least=20)), rows),
        Told(gettext("Open one: tierproof brief SCENARIO, by its name or in your own words."), "note"),
    ]

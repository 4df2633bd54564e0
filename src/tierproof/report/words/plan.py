"""A plan in words.

Enters: a `Plan` and its pack.  Leaves: blocks for any form of output.  Computes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, get_args

from tierproof.answers.safe_text import clean
from tierproof.decision.plan.gather import Bar
from tierproof.evidence.technique import Role
from tierproof.messages import Message, gettext, translated
from tierproof.report.blocks import Block, Field, Grid, Heading, Items, Told
from tierproof.report.words import numerals
from tierproof.report.words.table import ASSUMED, outcome_told, surely_told
from tierproof.report.words.table_rows import AGAINST, set_against_told

if TYPE_CHECKING:
    from tierproof.decision.plan.plans import LeftOut, Lift, Measurement, Plan
    from tierproof.evidence import Pack
    from tierproof.evidence.record import Outcome
    from tierproof.synthesis.posteriors.posterior import Interval

__all__ = ["LIMIT_NAMES", "capital", "limit_told", "measurement_rows", "plan_blocks", "unknown_told"]

LIMIT_NAMES = {
    "budget": Message("running budget"),
    "one_off": Message("one-off budget"),
    "weeks": Message("time"),
    "latency": Message("latency"),
}
_BARS: dict[Bar, str] = {
    "role": Message("for: {missing}"),
    "skills": Message("needs {missing} skills"),
    "needs": Message("needs {missing}"),
    "asked": Message("was ruled out"),
    "requires": Message("requires {missing}, which is out"),
    "evidence": Message("no record answers for it"),
}


_SMALL, _LARGE = 0.1, 10.0
"""Seconds below which every digit is told, and from which tenths are enough."""


def plan_blocks(plan: Plan, pack: Pack) -> list[Block]:
    """The plan as people read it: the answer, the order, what to measure, what was left out."""
    return [
        Heading(gettext("Plan"), 1),
        Told(_answer(plan, pack), "strong"),
        *(Told(text) for text in _particulars(plan, pack)),
        *_steps(plan, pack),
        *_measurements(plan, pack),
        *_lifts(plan, pack),
        *_frontier(plan, pack),
        *_left_out(plan, pack),
        Heading(gettext("How to read it")),
        Items(tuple(_notes(plan, pack))),
    ]


def limit_told(name: str, value: float) -> str:
    """A limit's amount in its unit."""
    if name == "weeks":
        shown = round(value, 1)
        return gettext("1 week") if shown == 1 else gettext("{value} weeks", value=numerals.figure(shown))
    if name == "latency":
        shown = value if value < _SMALL else round(value, 2 if value < _LARGE else 1)
        return gettext("{n} s", n=numerals.figure(shown))
    if name == "budget":
        return gettext("{money} a month", money=numerals.money(value))
    return gettext("{money} once", money=numerals.money(value))


def _short(pack: Pack, name: str) -> str:
    return clean(pack.techniques[name].short)


def _list(pack: Pack, names: tuple[str, ...]) -> str:
    return " + ".join(_short(pack, name) for name in names) or gettext("going on as today")


def _answer(plan: Plan, pack: Pack) -> str:
    if plan.verdict == "adopt":
        return gettext(
            "Adopt {list}: {net_benefit_mean} a month expected, better than doing nothing with probability "
            "{p_beats_nothing}{certainty}.",
            list=_list(pack, plan.members),
            net_benefit_mean=numerals.money(plan.net_benefit_mean, sign=True),
            p_beats_nothing=numerals.probability(plan.p_beats_nothing),
            certainty=surely_told(plan.certainty),
        )
    if plan.verdict == "do nothing":
        worth = [item for item in plan.measurements if item.pays]
        then = gettext(" Measure first: {short}.", short=_short(pack, worth[0].technique)) if worth else ""
        lift = plan.lifts[0] if plan.lifts else None
        or_else = (
            gettext(
                " Lift the {lifted}, and {list} would net {gain} a month.",
                lifted=_lifted(lift),
                list=_list(pack, lift.members),
                gain=numerals.money(lift.gain, sign=True),
            )
            if lift
            else ""
        )
        if plan.limits.stated():
            return gettext(
                "Adopt nothing yet: of all sets within the limits none is expected to pay.{or_else}{then}",
                or_else=or_else,
                then=then,
            )
        return gettext("Adopt nothing yet: of all sets none is expected to pay.{then}", then=then)
    if plan.verdict == "nothing fits":
        return gettext(
            "Nothing fits: every technique breaks a limit.{what_to_lift}", what_to_lift=_what_to_lift(plan, pack)
        )
    today = limit_told("latency", plan.profile.latency_seconds)
    reached = limit_told("latency", plan.least_latency or plan.profile.latency_seconds)
    return gettext(
        "Nothing is feasible: today's latency of {today} is above the limit, and no set brings it down enough. The "
        "least that any set reaches is {reached}.{what_to_lift}",
        today=today,
        reached=reached,
        what_to_lift=_what_to_lift(plan, pack),
    )


def _what_to_lift(plan: Plan, pack: Pack) -> str:
    if not plan.lifts:
        return gettext(" No set keeps the other limits either.")
    # As few limits as will do, however little that gains.
    fewest = min(plan.lifts, key=lambda lift: (len(lift.to), -lift.gain))
    if not fewest.members:
        return gettext(" Lift the {limits}, and going on as today fits.", limits=_lifted(fewest))
    return gettext(
        " Lift the {limits}: {set} would then net {net_benefit} a month.",
        limits=_lifted(fewest),
        set=_list(pack, fewest.members),
        net_benefit=numerals.money(fewest.net_benefit, sign=True),
    )


def _lifted(lift: Lift) -> str:
    return gettext(" and the ").join(
        gettext("{name} to {limit}", name=LIMIT_NAMES[name], limit=limit_told(name, value))
        for name, value in lift.to.items()
    )


def _particulars(plan: Plan, pack: Pack) -> Iterator[str]:
    if plan.members:
        yield (
            gettext(
                "Net benefit a month, median and 90 %: {money_interval}. It {failures}; {a} costs {cost} and takes "
                "{time}.",
                money_interval=numerals.money_interval(plan.net_benefit),
                failures=numerals.failures(plan.failures_removed),
                a=clean(pack.settings.words.a),
                cost=_ratio_told(plan, "cost", plan.cost_ratio),
                time=_ratio_told(plan, "latency", plan.latency_ratio),
            )
        )
        if unlike := set_against_told((pack.techniques[step.technique].short, step.against) for step in plan.steps):
            yield f"{unlike}."
        if unknown := unknown_told(
            (_short(pack, step.technique), outcome) for step in plan.steps for outcome in sorted(step.unknown)
        ):
            yield unknown
        takes = plan.takes
        limited = {"budget", "one_off", "latency"} & set(plan.limits.stated())
        kept = gettext(
            "Money and latency keep within the limits with probability {keeps}.",
            keeps=numerals.probability(takes.keeps),
        )
        yield (
            gettext(
                "It takes {once} ({days} of work), {weeks} {pace}, and {running} than today; all amounts are expected.",
                once=limit_told("one_off", takes.one_off),
                days=numerals.days(takes.days),
                weeks=limit_told("weeks", takes.weeks),
                pace=_pace(plan),
                running=gettext("{money} less", money=limit_told("budget", -takes.budget))
                if takes.budget < 0
                else gettext("{money} more", money=limit_told("budget", takes.budget)),
            )
            + (f" {kept}" if limited else "")
        )
    if plan.next_best is not None:
        other = plan.next_best
        yield (
            gettext(
                "Next best: {list}, {net_benefit} a month; the plan is better with probability {p_worse}.",
                list=_list(pack, other.members),
                net_benefit=numerals.money(other.net_benefit, sign=True),
                p_worse=numerals.probability(other.p_worse),
            )
        )
    stated = [
        f"{translated(LIMIT_NAMES[name])} {limit_told(name, getattr(plan.limits, name))}"
        for name in plan.limits.stated()
    ]
    team = plan.team
    stated += [gettext("role: {role}", role=clean(pack.settings.words.who(team.role)))] if team.role else []
    stated += [gettext("skills up to {skills}", skills=team.skills)] if team.skills else []
    stated += (
        [gettext("at hand: {have}", have=", ".join(sorted(team.have)) or gettext("nothing"))]
        if team.have is not None
        else []
    )
    yield gettext("Limits: {limits}.", limits="; ".join(stated).rstrip(".") or gettext("none"))


def _ratio_told(plan: Plan, outcome: Outcome, ratio: Interval) -> str:
    """Today's where nothing is known of it: an interval without width would be a claim."""
    if all(outcome in step.unknown for step in plan.steps):
        return gettext("an unknown multiple")
    return numerals.ratio_interval(ratio)


def unknown_told(unknown: Iterable[tuple[str, str]]) -> str:
    """What nothing is known of, by outcome; empty where something is of all."""
    named: dict[str, list[str]] = {}
    for name, outcome in unknown:
        named.setdefault(outcome_told(outcome), []).append(name)
    parts = "; ".join(
        gettext("{outcome} of {names}", outcome=outcome, names=", ".join(names)) for outcome, names in named.items()
    )
    return gettext("Nothing is known of, and taken as unchanged: {parts}.", parts=parts) if parts else ""


def _pace(plan: Plan) -> str:
    return (
        gettext("one after another")
        if plan.limits.team == 1
        else gettext("with {team} at the same time", team=plan.limits.team)
    )


def _steps(plan: Plan, pack: Pack) -> Iterator[Block]:
    if not plan.steps:
        return
    yield Heading(gettext("In this order"))
    yield Grid(
        (
            Field("#", right=True),
            Field(gettext("Technique"), least=18),
            Field(gettext("Weeks"), right=True),
            Field(gettext("Adds a month"), right=True),
            Field(gettext("P(adds)"), right=True),
            Field(gettext("Worth knowing first"), keep=1, right=True),
            Field(gettext("After"), keep=2),
        ),
        tuple(
            (
                str(number),
                _short(pack, step.technique) + (ASSUMED if step.assumed else "") + (AGAINST if step.against else ""),
                gettext("{start:.1f}–{end:.1f}", start=step.start, end=step.end),
                numerals.money(step.adds, sign=True),
                numerals.probability(step.p_adds),
                numerals.money(step.evpi),
                _list(pack, step.after) if step.after else "",
            )
            for number, step in enumerate(plan.steps, start=1)
        ),
    )


def measurement_rows(measurements: tuple[Measurement, ...], pack: Pack) -> Grid:
    """Measurements as a grid, shared by plans and briefs."""
    return Grid(
        (
            Field(gettext("Technique"), least=18),
            Field(gettext("Items"), right=True),
            Field(gettext("Worth"), right=True),
            Field(gettext("Price"), right=True),
            Field(gettext("Pays")),
        ),
        tuple(
            (
                _short(pack, item.technique),
                numerals.count(item.items),
                numerals.money(item.worth),
                numerals.money(item.price),
                gettext("yes") if item.pays else gettext("no"),
            )
            for item in measurements
        ),
    )


def _measurements(plan: Plan, pack: Pack) -> Iterator[Block]:
    if plan.measurements:
        yield Heading(gettext("Measure before paying"))
        yield measurement_rows(plan.measurements, pack)


def _lifts(plan: Plan, pack: Pack) -> Iterator[Block]:
    if plan.lifts:
        yield Heading(gettext("Limits worth lifting"))
        yield Items(
            tuple(
                gettext(
                    "{limits}: {list}, {gain} a month more",
                    limits=capital(_lifted(lift)),
                    list=_list(pack, lift.members),
                    gain=numerals.money(lift.gain, sign=True),
                )
                for lift in plan.lifts
            )
        )


def capital(text: str) -> str:
    """As a sentence begins."""
    return text[:1].upper() + text[1:]


def _frontier(plan: Plan, pack: Pack) -> Iterator[Block]:
    if len(plan.frontier) < 2:
        return
    yield Heading(gettext("Effort and benefit"))
    yield Grid(
        (
            Field(gettext("Once"), right=True),
            Field(gettext("Weeks"), right=True),
            Field(gettext("Nets a month"), right=True),
            Field(gettext("Best set for that effort"), yields=True, label=gettext("set")),
        ),
        tuple(
            (
                numerals.money(point.one_off),
                gettext("{weeks:.1f}", weeks=point.weeks),
                numerals.money(point.net_benefit, sign=True),
                _list(pack, point.members),
            )
            for point in plan.frontier
        ),
        chosen=len(plan.frontier) - 1,
    )


def _left_out(plan: Plan, pack: Pack) -> Iterator[Block]:
    if plan.left_out:
        yield Heading(gettext("Left out"))
        yield Grid(
            (
                Field(gettext("Technique")),
                Field(gettext("Would add"), right=True),
                Field(gettext("Why"), yields=True, label=gettext("why")),
            ),
            tuple(
                (_short(pack, item.technique), numerals.money(item.would_add, sign=True), _why(item, plan, pack))
                for item in plan.left_out
            ),
        )


def _why(item: LeftOut, plan: Plan, pack: Pack) -> str:
    if item.reason == "bar" and item.bar is not None:
        roles = {str(role): clean(pack.settings.words.who(role)) for role in get_args(Role)}
        known = [
            _short(pack, name) if name in pack.techniques else roles.get(name, name) if item.bar == "role" else name
            for name in item.names
        ]
        return gettext(_BARS[item.bar], missing=", ".join(known))
    if item.reason == "excluded by":
        return gettext("clashes with {names}", names=", ".join(_short(pack, name) for name in item.names))
    if item.reason == "limit":
        limits = ", ".join(name.replace("_", "-") for name in item.names)
        if item.alone:
            return gettext("alone over {limits}", limits=limits)
        return gettext("beside the plan over {limits}", limits=limits)
    return gettext("not expected to pay") if not plan.members else gettext("not expected to pay beside the plan")


def _notes(plan: Plan, pack: Pack) -> Iterator[str]:
    yield gettext("Search: {method}.", method=plan.method) + (
        gettext(" No plan can net more than {gap} a month above this one.", gap=numerals.money(plan.gap))
        if plan.gap
        else ""
    )
    yield (
        gettext(
            "Joint effects are assumed: gains overlap, and each beyond the strongest keeps {damping} of its own on "
            "the logit scale; losses count in full; cost and latency multiply.",
            damping=numerals.percent(pack.settings.damping),
        )
    )
    yield (
        gettext(
            "Effort (weeks, days, money once and a month) is assumed, not measured. Draws of cost and latency are "
            "held within their 90 % interval, as nobody pays a bill many times too large for long. {assumed} marks "
            "techniques with an assumed effect.",
            assumed=ASSUMED,
        )
    )
    yield (
        gettext(
            "Adds a month: what the plan loses without it. Would add: what the plan gains with it, limits aside. "
            "Worth knowing first: what knowing its effect before keeping it is worth a month (EVPI)."
        )
    )
    yield (
        gettext(
            "Measurements: items answered with and without the technique. Worth is what its result may change in this "
            "plan, over the horizon (expected value of sample information). Price is the {many} of both arms, a minute "
            "of work an item, and a day; a prototype is not counted.",
            many=clean(pack.settings.words.many),
        )
    )

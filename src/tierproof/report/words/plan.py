"""A plan in words.

Enters: a `Plan` and its pack.  Leaves: blocks for any form of output.  Computes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, get_args

from tierproof.answers.safe_text import clean
from tierproof.decision.plan.gather import Bar
from tierproof.evidence.technique import Role
from tierproof.report.blocks import Block, Field, Grid, Heading, Items, Told
from tierproof.report.words import numerals
from tierproof.report.words.table import ASSUMED

if TYPE_CHECKING:
    from tierproof.decision.plan.plans import LeftOut, Lift, Measurement, Plan
    from tierproof.evidence import Pack

__all__ = ["LIMIT_NAMES", "limit_told", "measurement_rows", "plan_blocks"]

LIMIT_NAMES = {"budget": "running budget", "one_off": "one-off budget", "weeks": "time", "latency": "latency"}
_BARS: dict[Bar, str] = {
    "role": "for: {missing}",
    "skills": "needs {missing} skills",
    "needs": "needs {missing}",
    "asked": "was ruled out",
    "requires": "requires {missing}, which is out",
}


def plan_blocks(plan: Plan, pack: Pack) -> list[Block]:
    """The plan as people read it: the answer, the order, what to measure, what was left out."""
    return [
        Heading("Plan", 1),
        Told(_answer(plan, pack), "strong"),
        *(Told(text) for text in _particulars(plan, pack)),
        *_steps(plan, pack),
        *_measurements(plan, pack),
        *_lifts(plan, pack),
        *_frontier(plan, pack),
        *_left_out(plan, pack),
        Heading("How to read it"),
        Items(tuple(_notes(plan, pack))),
    ]


def limit_told(name: str, value: float) -> str:
    """A limit's amount in its unit."""
    if name == "weeks":
        return f"{numerals.figure(round(value, 1))} weeks"
    if name == "latency":
        return f"{numerals.figure(round(value, 2 if value < 10 else 1))} s"
    return f"{numerals.money(value)}{' a month' if name == 'budget' else ' once'}"


def _short(pack: Pack, name: str) -> str:
    return clean(pack.techniques[name].short)


def _list(pack: Pack, names: tuple[str, ...]) -> str:
    return " + ".join(_short(pack, name) for name in names) or "going on as today"


def _answer(plan: Plan, pack: Pack) -> str:
    if plan.verdict == "adopt":
        return (
            f"Adopt {_list(pack, plan.members)}: {numerals.money(plan.net_benefit_mean, sign=True)} a month expected, "
            f"better than doing nothing with probability {numerals.probability(plan.p_beats_nothing)}."
        )
    if plan.verdict == "do nothing":
        worth = [item for item in plan.measurements if item.pays]
        then = f" Measure first: {_short(pack, worth[0].technique)}." if worth else ""
        lift = plan.lifts[0] if plan.lifts else None
        or_else = (
            f" Lift the {_lifted(lift)}, and {_list(pack, lift.members)} would net "
            f"{numerals.money(lift.gain, sign=True)} a month."
            if lift
            else ""
        )
        return f"Adopt nothing yet: of all sets within the limits none is expected to pay.{or_else}{then}"
    if plan.verdict == "nothing fits":
        return f"Nothing fits: every technique breaks a limit.{_what_to_lift(plan, pack)}"
    today = limit_told("latency", plan.profile.latency_seconds)
    reached = limit_told("latency", plan.least_latency or plan.profile.latency_seconds)
    return (
        f"Nothing is feasible: today's latency of {today} is above the limit, and no set brings it down enough."
        f" The least that any set reaches is {reached}.{_what_to_lift(plan, pack)}"
    )


def _what_to_lift(plan: Plan, pack: Pack) -> str:
    if not plan.lifts:
        return " No set keeps the other limits either."
    # As few limits as will do, however little that gains.
    fewest = min(plan.lifts, key=lambda lift: (len(lift.to), -lift.gain))
    would = f"{_list(pack, fewest.members)} would then net {numerals.money(fewest.net_benefit, sign=True)} a month"
    return f" Lift the {_lifted(fewest)}{f': {would}' if fewest.members else ', and going on as today fits'}."


def _lifted(lift: Lift) -> str:
    return " and the ".join(f"{LIMIT_NAMES[name]} to {limit_told(name, value)}" for name, value in lift.to.items())


def _particulars(plan: Plan, pack: Pack) -> Iterator[str]:
    if plan.members:
        yield (
            f"Net benefit a month, 90 %: {numerals.money_interval(plan.net_benefit)}. "
            f"It {numerals.failures(plan.failures_removed)}; {clean(pack.settings.words.a)} costs "
            f"{numerals.ratio_interval(plan.cost_ratio)} and takes {numerals.ratio_interval(plan.latency_ratio)}."
        )
        takes = plan.takes
        yield (
            f"It takes {limit_told('one_off', takes.one_off)} ({numerals.days(takes.days)} of work), "
            f"{limit_told('weeks', takes.weeks)} {_pace(plan)}, and {limit_told('budget', abs(takes.budget))} "
            f"{'less' if takes.budget < 0 else 'more'} than today; all amounts are expected. Money and latency keep "
            "within the limits with probability "
            f"{numerals.probability(takes.keeps)}."
        )
    if plan.next_best is not None:
        other = plan.next_best
        yield (
            f"Next best: {_list(pack, other.members)}, {numerals.money(other.net_benefit, sign=True)} a month; "
            f"the plan is better with probability {numerals.probability(other.p_worse)}."
        )
    stated = [f"{LIMIT_NAMES[name]} {limit_told(name, getattr(plan.limits, name))}" for name in plan.limits.stated()]
    team = plan.team
    stated += [f"role {team.role}"] if team.role else []
    stated += [f"skills up to {team.skills}"] if team.skills else []
    stated += [f"at hand: {', '.join(sorted(team.have)) or 'nothing'}"] if team.have is not None else []
    yield f"Limits: {'; '.join(stated) or 'none'}."


def _pace(plan: Plan) -> str:
    return "one after another" if plan.limits.team == 1 else f"with {plan.limits.team} at the same time"


def _steps(plan: Plan, pack: Pack) -> Iterator[Block]:
    if not plan.steps:
        return
    yield Heading("In this order")
    yield Grid(
        (
            Field("#", right=True),
            Field("Technique", least=18),
            Field("Weeks", right=True),
            Field("Adds a month", right=True),
            Field("P(adds)", right=True),
            Field("Worth knowing first", keep=1, right=True),
            Field("After", keep=2),
        ),
        tuple(
            (
                str(number),
                _short(pack, step.technique) + (ASSUMED if step.assumed else ""),
                f"{step.start:.1f}–{step.end:.1f}",
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
            Field("Technique", least=18),
            Field("Items", right=True),
            Field("Worth", right=True),
            Field("Price", right=True),
            Field("Pays"),
        ),
        tuple(
            (
                _short(pack, item.technique),
                numerals.count(item.items),
                numerals.money(item.worth),
                numerals.money(item.price),
                "yes" if item.pays else "no",
            )
            for item in measurements
        ),
    )


def _measurements(plan: Plan, pack: Pack) -> Iterator[Block]:
    if plan.measurements:
        yield Heading("Measure before paying")
        yield measurement_rows(plan.measurements, pack)


def _lifts(plan: Plan, pack: Pack) -> Iterator[Block]:
    if plan.lifts:
        yield Heading("Limits worth lifting")
        yield Items(
            tuple(
                f"{_lifted(lift).capitalize()}: {_list(pack, lift.members)}, {numerals.money(lift.gain, sign=True)} a "
                "month more"
                for lift in plan.lifts
            )
        )


def _frontier(plan: Plan, pack: Pack) -> Iterator[Block]:
    if len(plan.frontier) < 2:
        return
    yield Heading("Effort and benefit")
    yield Grid(
        (
            Field("Once", right=True),
            Field("Weeks", right=True),
            Field("Nets a month", right=True),
            Field("Best set for that effort", yields=True, label="set"),
        ),
        tuple(
            (
                numerals.money(point.one_off),
                f"{point.weeks:.1f}",
                numerals.money(point.net_benefit, sign=True),
                _list(pack, point.members),
            )
            for point in plan.frontier
        ),
        chosen=len(plan.frontier) - 1,
    )


def _left_out(plan: Plan, pack: Pack) -> Iterator[Block]:
    if plan.left_out:
        yield Heading("Left out")
        yield Grid(
            (Field("Technique"), Field("Would add", right=True), Field("Why", yields=True, label="why")),
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
        return _BARS[item.bar].format(missing=", ".join(known))
    if item.reason == "excluded by":
        return f"clashes with {', '.join(_short(pack, name) for name in item.names)}"
    if item.reason == "limit":
        limits = ", ".join(name.replace("_", "-") for name in item.names)
        return f"{'alone' if item.alone else 'beside the plan'} over {limits}"
    return "not expected to pay" if not plan.members else "not expected to pay beside the plan"


def _notes(plan: Plan, pack: Pack) -> Iterator[str]:
    yield f"Search: {plan.method}." + (
        f" No plan can net more than {numerals.money(plan.gap)} a month above this one." if plan.gap else ""
    )
    yield (
        "Joint effects are assumed: gains overlap, and each beyond the strongest keeps "
        f"{numerals.percent(pack.settings.damping)} of its own on the logit scale; losses count in full; cost and "
        "latency multiply."
    )
    yield (
        "Effort (weeks, days, money once and a month) is assumed, not measured. Draws of cost and latency are held "
        "within their 90 % interval, as nobody pays a bill many times too large for long. "
        f"{ASSUMED} marks techniques with an assumed effect."
    )
    yield (
        "Adds a month: what the plan loses without it. Would add: what the plan gains with it, limits aside. Worth "
        "knowing first: what knowing its effect before keeping it is worth a month (EVPI)."
    )
    yield (
        "Measurements: items answered with and without the technique. Worth is the expected value of sample "
        f"information over the horizon. Price is the {clean(pack.settings.words.many)} of both arms, a minute of "
        "work an "
        "item, and a day; a prototype is not counted."
    )

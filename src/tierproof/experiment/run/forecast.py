"""What a run will take, before anything is spent: calls, tokens, money and time, each with an interval.

Enters: a workload, names of arms, and the journal of an earlier session if there is one.  Leaves: a `Forecast`.  Must
not send anything.

A few items go through every arm in three manners, from terse to garrulous (`rehearsal.MANNERS`).  How many items an
adaptive run will take is found by playing the design on made-up arms whose effects are drawn from N(0, 0.1^2), the
spread of what techniques do.  The low end joins terse replies to a short run, the high end long replies to a long one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tierproof.experiment.calls.rehearsal import MANNERS, Rehearsal, Tally
from tierproof.experiment.calls.signals import PROBES, probing, tool_probes
from tierproof.experiment.calls.workshop import RehearsedWorkshop, named
from tierproof.experiment.design.design import STRESSED_ITEMS, AdaptiveDesign
from tierproof.experiment.design.guarantee import Guarantee
from tierproof.experiment.design.standing import Stakes
from tierproof.experiment.findings.against.ablated import build_ablated
from tierproof.experiment.findings.against.stressed import twins_of, with_twins
from tierproof.experiment.findings.arm import Arm, build_arms, control_of, controls_of
from tierproof.experiment.findings.soundness import forms_of
from tierproof.experiment.findings.timing.interleaved import TIMED_ITEMS
from tierproof.experiment.trials.paired import Array
from tierproof.experiment.trials.retrieved.ranking import ranked
from tierproof.experiment.trials.trials import Trials, in_random_order
from tierproof.experiment.workload.scorers.groundedness import graded_on
from tierproof.experiment.workload.scorers.score import Scorer
from tierproof.experiment.workload.workload import Workload
from tierproof.systems.item import Item
from tierproof.systems.models.features import form_request
from tierproof.systems.models.prices import BATCH_SHARE, with_prices
from tierproof.systems.training.making.store import Store, usual_store

__all__ = ["ArmForecast", "Forecast", "Range", "forecast"]

SAMPLE = 8
"""Items that are rehearsed."""
PLAYED_ITEMS = 4000
PLAYS = 10
DAY = 86_400.0
"""Seconds within which a provider answers a batch."""
EFFECT_SD = 0.1
NOISE = 0.08
"""Share of items that an arm wins, and loses, without effect."""
BASELINE = 0.6


@dataclass(frozen=True, slots=True)
class Range:
    low: float
    likely: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmForecast:
    """One arm's mean item."""

    name: str
    calls: Range
    tokens: Range
    usd: Range
    seconds: Range
    items: Range
    """Items that the arm will get."""
    measured: bool
    """True if its figures come from answers in the journal, not from assumptions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """A whole run, what the journal holds already included."""

    arms: tuple[ArmForecast, ...]
    left_out: Mapping[str, str]
    calls: Range
    tokens: Range
    usd: Range
    seconds: Range
    """By the clock, with as many calls at once as the models take."""


async def forecast(
    workload: Workload,
    *,
    names: Iterable[str],
    fixed: int | None = None,
    stakes: Stakes | None = None,
    guarantee: Guarantee = "every-decision",
    finite: bool = False,
    repeats: int = 1,
    noise_floor: bool = False,
    ablate: str = "",
    batch: bool = False,
    journal: Path | None = None,
) -> Forecast:
    """Forecast a run of the arms `names`, as `measure` takes these words.

    Raises InputError where a name is no technique or a price is not known.
    """
    models = tuple(named(spec) for spec in with_prices(workload.models))
    store = Store(usual_store())
    items = in_random_order(workload.items)
    asked: dict[str, dict[str, Tally]] = {}
    fresh: dict[str, dict[str, Tally]] = {}
    arms: tuple[Arm, ...] = ()
    left_out: dict[str, str] = {}
    before: dict[str, Tally] = {}
    chosen = with_twins(names)
    for manner, assumed in MANNERS.items():
        with Rehearsal(models, assumed, journal) as caller:
            scorer = await _prepared(workload.scorer, caller)
            judge = None if workload.groundedness is None else await _prepared(workload.groundedness, caller)
            shop = RehearsedWorkshop(store, caller)
            arms, left_out = (
                await build_ablated(workload, ablate, caller, shop)
                if ablate
                else await build_arms(workload, chosen, caller, shop)
            )
            if noise_floor:
                arms = (*arms, control_of(arms[0]))
            first = caller.fresh
            for arm in arms:
                both = await _rehearsed(arm, items[:SAMPLE], scorer, caller, judge=judge, repeats=repeats)
                asked.setdefault(arm.name, {})[manner], fresh.setdefault(arm.name, {})[manner] = both
            caller.fresh = before[manner] = first
            if manner == "most":
                await _probed(arms, workload, caller)
    # Of one answer: the design itself counts an item's repeats.
    prices = [(asked[arm.name]["likely"].usd / repeats, asked[arm.name]["likely"].seconds / repeats) for arm in arms]
    rule = {
        "stakes": stakes or Stakes(),
        "guarantee": guarantee,
        "finite": finite,
        "twins": twins_of(arms) | controls_of(arms),
        "repeats": repeats,
    }
    depths = _depths(prices, len(items), fixed, rule)
    places = max(1, sum(spec.concurrency for spec in models))
    # What is asked before the first item or behind the last is asked once, as if of an arm with one item.
    paid = [*(fresh[arm.name] for arm in arms), before]
    if batch:
        # What is asked before the first item is asked by itself, at the whole price.
        for tally in (tally for arm in arms for kind in (asked, fresh) for tally in kind[arm.name].values()):
            tally.usd *= BATCH_SHARE
    timing = 0 if batch else min(TIMED_ITEMS, len(items))
    # An item is timed once, however often it is asked.
    calls = np.hstack((depths + timing / repeats, np.ones((len(depths), 1))))
    return Forecast(
        arms=tuple(_arm(arm.name, asked[arm.name], depths[:, at]) for at, arm in enumerate(arms)),
        left_out=left_out,
        calls=_total(paid, calls, "calls"),
        tokens=_total(paid, calls, "tokens"),
        usd=_total(paid, calls, "usd"),
        seconds=Range(0.0, DAY, DAY)
        if batch
        else _sum(
            _total(paid, np.hstack((depths, np.ones((len(depths), 1)))) / places, "seconds"),
            _total(
                [asked[arm.name] for arm in arms], np.full((1, len(arms)), timing / workload.load / repeats), "waits"
            ),
        ),
    )


async def _probed(arms: Sequence[Arm], workload: Workload, caller: Rehearsal) -> None:
    """What is asked behind the last item, at most: does the endpoint draw, take tools, hold to a form?"""
    for name in caller.drawn:
        for repeat in range(PROBES):
            await caller.call(probing(caller.drawn[name]), repeat=repeat)
    for request in tuple(caller.offered.values()):
        for probe in tool_probes(request):
            await caller.call(probe)
    held = forms_of(arms, workload.resources)
    for arm in arms[1:]:
        if arm.name in held:
            await caller.call(form_request(arm.system.model, workload.resources))


async def _prepared(scorer: Scorer, caller: Rehearsal) -> Scorer:
    try:
        return await scorer.prepared(caller)
    except Exception:  # as below: a judge may find made-up verdicts unreadable, after it asked for them
        return scorer


async def _rehearsed(
    arm: Arm, items: Sequence[Item], scorer: Scorer, caller: Rehearsal, *, judge: Scorer | None, repeats: int
) -> tuple[Tally, Tally]:
    """Mean of an item, with its repeats: all that is asked, and what no arm before asked."""
    caller.tally, caller.fresh = Tally(), Tally()
    for item, repeat in itertools.product(items, range(repeats)):
        try:
            answer = await arm.system.answer(item, caller, purpose=arm.name, repeat=arm.first_draw + repeat)
            caller.tally.waits += answer.seconds
            await scorer.score(item, answer.text, caller, purpose=arm.name)
            if judge is not None and answer.searches and not (arm.stress or arm.control):
                await graded_on(judge, item, answer.text, ranked(answer.searches), caller, purpose=arm.name)
        except Exception:  # a made-up reply may break what reads it; what was asked until then counts
            continue
    n = max(1, len(items))
    return caller.tally.over(n), caller.fresh.over(n)


def _depths(prices: Sequence[tuple[float, float]], items: int, fixed: int | None, rule: Mapping[str, Any]) -> Array:
    """Items for each arm: shape (plays, arms).  The last play is the longest that can be.  `rule`: of the design."""
    if fixed is not None:
        return np.full((1, len(prices)), float(min(fixed, items)))
    played = min(items, PLAYED_ITEMS)
    depths = np.array([_play(prices, played, rule, seed) for seed in range(PLAYS)], dtype=np.float64)
    # An arm that is open at the end of a shortened play may go on to the end of the items.
    depths[depths >= played] = items
    longest = [float(min(items, STRESSED_ITEMS) if arm in rule["twins"] else items) for arm in range(len(prices))]
    return np.vstack((depths, longest))


def _play(prices: Sequence[tuple[float, float]], items: int, rule: Mapping[str, Any], seed: int) -> list[int]:
    rng = np.random.default_rng(seed)
    right = rng.random(items) < BASELINE
    scores = [right]
    for effect in np.clip(rng.normal(0.0, EFFECT_SD, len(prices) - 1), -0.3, 0.3):
        lost = (NOISE + max(-effect, 0.0)) / BASELINE
        won = (NOISE + max(effect, 0.0)) / (1 - BASELINE)
        draw = rng.random(items)
        scores.append(np.where(right, draw >= lost, draw < won))
    design = AdaptiveDesign(len(prices), items, **rule)
    trials = Trials([str(arm) for arm in range(len(prices))])
    while batches := design.next_round(trials):
        for batch in batches:
            usd, seconds = prices[batch.arm]
            part = scores[batch.arm][batch.start : batch.stop].astype(np.float64)
            trials.add_columns(batch.arm, batch.start, part, usd, seconds)
    return list(trials.tried)


def _arm(name: str, tallies: Mapping[str, Tally], items: Array) -> ArmForecast:
    def of(what: str) -> Range:
        return Range(*(float(getattr(tallies[manner], what)) for manner in MANNERS))

    return ArmForecast(
        name=name,
        calls=of("calls"),
        tokens=of("tokens"),
        usd=of("usd"),
        seconds=of("seconds"),
        items=Range(float(items.min()), float(np.median(items)), float(items.max())),
        measured=0 < tallies["likely"].calls <= tallies["likely"].known,
    )


def _sum(one: Range, other: Range) -> Range:
    return Range(one.low + other.low, one.likely + other.likely, one.high + other.high)


def _total(paid: Sequence[Mapping[str, Tally]], depths: Array, what: str) -> Range:
    """Terse replies in the shortest play, likely ones in the middle, long ones in the longest."""
    low, likely, high = (depths @ [float(getattr(arm[manner], what)) for arm in paid] for manner in MANNERS)
    return Range(float(low.min()), float(np.median(likely)), float(high.max()))

"""Designs: which arm gets which items, when arms settle, and that it saves calls without more wrong decisions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from experiment.worlds import World, played
from tierproof.experiment.design.design import STRESSED_ITEMS, AdaptiveDesign, Batch, FixedDesign
from tierproof.experiment.design.standing import Stakes, Standing
from tierproof.experiment.design.watch import PILOT
from tierproof.experiment.trials.paired import Array
from tierproof.experiment.trials.trial import Trial
from tierproof.experiment.trials.trials import Trials

STAKES = Stakes(latency_price=0.0)
LADDER = (0.20, 0.15, 0.12, 0.10, 0.08, 0.05, 0.0, 0.0, -0.03, -0.05, -0.10, -0.20)


def test_the_fixed_design_gives_every_arm_the_same_items() -> None:
    world = World(effects=(0.1, -0.1))
    result = played(
        world, FixedDesign(3, 250, stakes=STAKES, round_trials=90), world.scores(250, np.random.default_rng(0))
    )
    assert result.trials == 750
    assert [standing.pairs for standing in result.standings] == [250, 250]


def test_at_the_end_of_a_fixed_run_intervals_are_the_classical_ones() -> None:
    world = World(effects=(0.1, -0.1))
    scores = world.scores(400, np.random.default_rng(9))
    result = played(world, FixedDesign(3, 400, stakes=STAKES, round_trials=90), scores, looks=True)
    for row, standing in enumerate(result.standings, start=1):
        gaps = scores[row] - scores[0]
        se = gaps.std(ddof=1) / math.sqrt(400)
        # Bonferroni for two arms: 98.75 % points; and half a step of one item for continuity.
        far, z = stats.t.ppf(0.9875, 399) * se + 0.5 / 400, stats.norm.ppf(0.9875)
        skew = stats.skew(gaps) * se * (2 * z * z + 1) / 6 / math.sqrt(400)
        ends = gaps.mean() - far - max(0.0, -skew), gaps.mean() + far + max(0.0, skew)
        assert standing.interval == pytest.approx(ends, abs=1e-6)
        # Before the end it is wider: it holds at every look.
        low, high = result.looks[-2][row - 1].interval
        assert high - low > 2 * far


def lacking(scores: Array, gone: Mapping[tuple[int, int], bool], design: FixedDesign | AdaptiveDesign) -> Standing:
    """How the only arm stands at the end of a run in which some answers, by arm and item, are lost (True: refused)."""
    trials = Trials(["0", "1"])
    while batches := design.next_round(trials):
        for batch in batches:
            for at in range(batch.start, batch.stop):
                lost = (batch.arm, at) in gone
                trials.add(
                    Trial(
                        arm=str(batch.arm),
                        item=str(at),
                        position=at,
                        score=None if lost else float(scores[batch.arm, at]),
                        refused=gone.get((batch.arm, at), False),
                    )
                )
    return design.standings[0]


def test_a_fixed_run_is_closed_when_its_answers_are_there() -> None:
    """Who asks again for what is missing looks a second time, and an interval of one look holds at the first alone."""
    scores = World(effects=(0.1,)).scores(120, np.random.default_rng(9))
    gone = {(1, 7): False, (0, 40): False}
    early = lacking(scores, gone, FixedDesign(2, 120, stakes=STAKES))
    whole = lacking(scores, {}, FixedDesign(2, 120, stakes=STAKES))
    refused = lacking(scores, dict.fromkeys(gone, True), FixedDesign(2, 120, stakes=STAKES))
    assert (early.pairs, early.missing, whole.missing) == (118, 2, 0)
    assert early.interval[1] - early.interval[0] > 1.15 * (whole.interval[1] - whole.interval[0])
    # What was refused for good is not asked for again.
    assert refused.missing == 0 and refused.interval[1] - refused.interval[0] < early.interval[1] - early.interval[0]


@pytest.mark.parametrize("make", [FixedDesign, AdaptiveDesign])
def test_a_decision_that_turns_on_missing_answers_is_not_given(make: type[FixedDesign | AdaptiveDesign]) -> None:
    """An arm that wins as many items as it loses, and loses the requests of those, seems better than it is."""
    rng = np.random.default_rng(3)
    base = (rng.random(600) < 0.5).astype(float)
    own = np.where(rng.random(600) < 0.12, 1 - base, base)
    worse = [(1, int(at)) for at in np.flatnonzero(own < base)]
    scores, better = np.array([base, own]), np.array([base, np.maximum(base, own)])
    turns = lacking(scores, dict.fromkeys(worse, False), make(2, 600, stakes=STAKES))
    assert turns.state == "turns on missing answers" and not turns.guaranteed
    assert turns.p_worth > 0.95 and turns.p_range[0] < 0.8
    least, most = turns.extremes
    assert least.difference < 0.03 < most.difference and turns.reaches[0] == least.interval[0]
    # Where nothing was lost in truth, three lost requests do not keep a decision up; a whole gain is not lost on them.
    assert lacking(better, dict.fromkeys(worse[:3], False), make(2, 600, stakes=STAKES)).state == "better"
    # What an endpoint refuses is left out or wrong, whichever is worse: nobody gets an answer either way.
    refused = lacking(scores, dict.fromkeys(worse, True), make(2, 600, stakes=STAKES))
    assert refused.state == "turns on missing answers" and refused.missing == 0


@pytest.mark.parametrize("items", [2, 3, 5, 8])
def test_at_the_end_of_a_short_fixed_run_no_more_is_said_than_follows(items: int) -> None:
    """Arms that differ by nothing, in even scores: 5 % of intervals miss it, and no decision is taken on chance."""
    rng = np.random.default_rng(items)
    scores = rng.random((400, 2, items))
    found = [played(World(effects=(0.0,)), FixedDesign(2, items, stakes=STAKES), one).standings[0] for one in scores]
    missed = sum(not one.interval[0] <= 0 <= one.interval[1] for one in found)
    # 20 of 400 are expected; P(more than 34) is 0.001.  With the normal's quantile a third missed of two items.
    assert missed <= 34
    if items <= 5:  # one in 32 is won by chance alone, more than one side's 2.5 %
        assert not any(one.guaranteed for one in found)


@pytest.mark.parametrize("items", [8, 20])
def test_a_short_fixed_run_knows_that_it_has_not_seen_all(items: int) -> None:
    """An arm that loses a whole answer in twenty and wavers a little elsewhere: where none of those was met, it seems
    as good.  By Student's t alone four in ten of either were "no difference"."""
    rng = np.random.default_rng(items)
    base = np.full((200, items), 0.95)
    own = np.where(rng.random(base.shape) < 0.05, 0.0, np.clip(base + rng.normal(0.0, 0.02, base.shape), 0.0, 1.0))
    found = [
        played(World(effects=(0.0,)), FixedDesign(2, items, stakes=STAKES), np.array(pair)).standings[0]
        for pair in zip(base, own, strict=True)
    ]
    # The true difference is -0.047, beyond the margin.
    assert sum(one.state in ("better", "no difference that matters") for one in found) <= 5
    assert sum(not one.interval[0] <= -0.047 <= one.interval[1] for one in found) <= 10


def test_a_fixed_run_counts_the_error_of_costs_that_vary() -> None:
    """Its threshold is a mean of what was measured: one that lies within its own error decides nothing."""
    rng = np.random.default_rng(5)
    scores = World(effects=(0.10,)).scores(400, rng)
    even = np.full((2, 400), 0.001)
    even[1] += 0.005
    odd = even.copy()
    odd[1] += 0.3 * (np.arange(400) % 100 == 0) - 0.003
    states = [
        played(World(effects=(0.10,)), FixedDesign(2, 400, stakes=STAKES), scores, usd=usd).standings[0]
        for usd in (even, odd)
    ]
    assert states[0].threshold == pytest.approx(states[1].threshold)
    assert states[0].state == "better" and not states[1].guaranteed


def test_a_round_starts_with_a_pilot_for_all() -> None:
    design = AdaptiveDesign(4, 1000, stakes=STAKES)
    assert design.next_round(Trials(list("abcd"))) == tuple(Batch(arm, 0, PILOT) for arm in range(4))


def test_items_are_the_same_prefix_for_all_arms_and_the_baseline_is_as_deep_as_any() -> None:
    world = World(effects=LADDER)
    scores = world.scores(600, np.random.default_rng(1))
    given = [0] * 13

    class Spy(AdaptiveDesign):
        def next_round(self, trials: Trials) -> tuple[Batch, ...]:
            batches = super().next_round(trials)
            for batch in batches:
                assert batch.start == given[batch.arm]
                given[batch.arm] = batch.stop
            assert given[0] == max(given)
            return batches

    played(world, Spy(13, 600, stakes=STAKES), scores)


def test_the_same_trials_give_the_same_rounds() -> None:
    world = World(effects=LADDER)
    scores = world.scores(400, np.random.default_rng(2))
    first, second = (played(world, AdaptiveDesign(13, 400, stakes=STAKES), scores, looks=True) for _ in range(2))
    assert first.trials == second.trials
    assert first.looks == second.looks


def test_settled_arms_stay_settled_and_cost_no_more() -> None:
    world = World(effects=(0.5, 0.01))
    result = played(
        world, AdaptiveDesign(3, 2000, stakes=STAKES), world.scores(2000, np.random.default_rng(3)), looks=True
    )
    states = [[look[arm].state for look in result.looks] for arm in range(2)]
    settled = next(at for at, state in enumerate(states[0]) if state != "open")
    assert set(states[0][settled:]) == {states[0][settled]}
    assert len({look[0].pairs for look in result.looks[settled:]}) == 1
    assert result.standings[0].pairs < result.standings[1].pairs


def test_each_state_is_reached() -> None:
    rng = np.random.default_rng(4)

    def state(effect: float, stakes: Stakes, items: int = 3000, noise: float = 0.08) -> str:
        world = World(effects=(effect,), noise=noise)
        design = AdaptiveDesign(2, items, stakes=stakes)
        return played(world, design, world.scores(items, rng)).standings[0].state

    rich = replace(STAKES, requests=1e12)
    assert state(0.3, rich) == "better"
    assert state(-0.3, rich) == "worse"
    # Alike on every item: both sides are settled at the same one.
    assert state(0.0, replace(rich, minimal_difference=0.1), noise=0.0) == "no difference that matters"
    assert state(0.0, replace(rich, minimal_difference=1e-6), items=64) == "items used up"
    # A decision over ten requests is not worth a call.
    assert state(0.1, replace(STAKES, requests=10)) == "not worth more calls"


def test_an_arm_under_stress_gets_what_is_planned_and_takes_no_part_in_the_choice() -> None:
    """The first arm is settled early, the second is its own self under stress, the third is near the threshold."""
    world = World(effects=(-0.5, -0.55, 0.03))
    scores = world.scores(2000, np.random.default_rng(8))
    result = played(world, AdaptiveDesign(4, 2000, stakes=STAKES, twins={2: 1}), scores)
    twin, stressed, other = result.standings
    # Connor (1987): (1.960 sqrt(0.2) + 0.842 sqrt(0.19))^2 / 0.01 = 154.6.
    assert twin.pairs == stressed.pairs == STRESSED_ITEMS == 155
    assert twin.state != "open" and stressed.state == "under stress"
    assert other.pairs > 155
    short = played(world, AdaptiveDesign(4, 40, stakes=STAKES, twins={2: 1}), scores[:, :40])
    assert short.standings[1].pairs == 40
    fixed = played(world, FixedDesign(4, 300, stakes=STAKES, twins={2: 1}), scores[:, :300])
    assert (fixed.standings[1].state, fixed.standings[1].pairs) == ("under stress", 300)


def test_an_arm_that_answers_alike_settles_at_the_pace_of_its_bound() -> None:
    """The boldest bettor stakes 0.9 of a capital that is a tenth at first; the gap is a margin of two points."""
    world = World(effects=(0.0,), noise=0.0)
    rich = replace(STAKES, requests=1e12)
    result = played(world, AdaptiveDesign(2, 5000, stakes=rich), world.scores(5000, np.random.default_rng(9)))
    [standing] = result.standings
    assert standing.state == "no difference that matters"
    # (1 + 0.9 * 0.02 / 0.98)^n = 20 at n = 165 with the whole capital, and 200 at n = 291 with a tenth of it.  Other
    # bettors have grown as well, so it is between; a round of 64 trials on two arms is 32 items.
    assert 165 <= standing.pairs <= 291 + 32


def test_cost_counts() -> None:
    """An arm that is better but dearer than its gain is worth is not adopted."""
    world = World(effects=(0.1,), extra_usd=0.02)
    result = played(world, AdaptiveDesign(2, 3000, stakes=STAKES), world.scores(3000, np.random.default_rng(5)))
    assert result.standings[0].threshold == pytest.approx(0.02 / 0.10)
    assert result.standings[0].difference > 0
    assert result.adopted() == (False,)


def test_times_that_say_nothing_decide_nothing() -> None:
    """Half a second at 2 cents outweighs a loss of 5 points at 10 cents each, where it counts."""
    world = World(effects=(-0.05, -0.05), extra_seconds=-0.5)
    scores = world.scores(400, np.random.default_rng(8))
    stakes = replace(STAKES, latency_price=0.02)
    for design in (
        AdaptiveDesign(3, 400, stakes=stakes, untimed=(2,)),
        FixedDesign(3, 400, stakes=stakes, untimed=(2,)),
    ):
        result = played(world, design, scores)
        assert [standing.threshold for standing in result.standings] == pytest.approx([-0.1, 0.0])
        assert result.adopted() == (True, False)


def test_a_success_worth_nothing_leaves_the_decision_to_cost() -> None:
    world = World(effects=(0.1,), extra_usd=-0.001)
    stakes = replace(STAKES, value_per_success=0.0)
    result = played(world, AdaptiveDesign(2, 200, stakes=stakes), world.scores(200, np.random.default_rng(6)))
    assert math.isnan(result.standings[0].threshold)
    assert result.adopted() == (True,)


def test_few_items_and_one_arm() -> None:
    world = World(effects=(0.1,))
    result = played(world, AdaptiveDesign(2, 5, stakes=STAKES), world.scores(5, np.random.default_rng(7)))
    assert result.trials <= 10
    alone = World(effects=())
    assert played(alone, AdaptiveDesign(1, 5, stakes=STAKES), alone.scores(5, np.random.default_rng(7))).standings == ()


def test_the_adaptive_design_decides_as_well_as_the_fixed_one_on_a_quarter_of_the_calls() -> None:
    """A small version of benchmarks/efficiency.py: effects from strong through none to harmful, twelve arms."""
    world = World(effects=LADDER, extra_usd=0.0025)  # pays from a gain of 2.5 points on
    truth = np.array(LADDER) > 0.025
    items, repetitions = 3000, 4
    right = {"fixed": 0.0, "adaptive": 0.0}
    calls = covered = settled = 0
    for repetition in range(repetitions):
        scores = world.scores(items, np.random.default_rng(repetition))
        fixed = (scores[1:] - scores[0]).mean(axis=1) > 0.025
        right["fixed"] += float((fixed == truth).mean()) / repetitions
        result = played(world, AdaptiveDesign(13, items, stakes=STAKES), scores)
        right["adaptive"] += float((np.array(result.adopted()) == truth).mean()) / repetitions
        calls += result.trials
        settled += sum(one.guaranteed for one in result.standings)
        # All 12 intervals at all looks at once: they only narrow, so the last are the narrowest.
        covered += all(
            standing.interval[0] <= effect <= standing.interval[1]
            for standing, effect in zip(result.standings, LADDER, strict=True)
        )
    assert calls <= 0.25 * 13 * items * repetitions
    assert settled >= 0.95 * 12 * repetitions
    # 48 decisions: one more wrong than the fixed design's is within chance.
    assert right["adaptive"] >= right["fixed"] - 0.021
    # With probability 0.95 each: 2 misses of 4 have a chance of 0.014.
    assert covered >= repetitions - 1

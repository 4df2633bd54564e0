"""The guarantee at the stop: when decisions are taken, and that they keep their promise."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from experiment.worlds import World, played
from tierproof.experiment.design.design import AdaptiveDesign, Batch
from tierproof.experiment.design.guarantee import Case, Guarantee, Rule, mean_reach
from tierproof.experiment.design.sequence import Differences
from tierproof.experiment.design.standing import Stakes
from tierproof.experiment.trials.trials import Trials

STAKES = Stakes(latency_price=0.0)
MARGIN = STAKES.minimal_difference


def case(share: float, n: int = 400, threshold: float = 0.0, reach: float = 0.0) -> Case:
    """`share` of the items won, evenly spread, none lost."""
    values = np.zeros(n)
    values[: round(share * n)] = 1.0
    values = np.random.default_rng(1).permutation(values)
    return Case(Differences(values, MARGIN, 2 * n, 0.05), threshold, reach)


def test_every_decision_needs_its_share_of_the_error_and_a_settled_arm_hands_nothing_on() -> None:
    rule = Rule(arms=10, margin=MARGIN)
    one = case(0.02, n=240)
    capital = one.differences.best(-MARGIN, 1)
    assert math.log(10 / 0.05) < capital < math.log(200 / 0.05)
    assert rule.decide({1: one}, {}) == {1: ("better", capital)}
    assert replace(rule, arms=200).decide({1: one}, {}) == {}
    assert replace(rule, arms=200).decide({1: one}, dict.fromkeys(range(2, 200), 50.0)) == {}


def test_false_decisions_are_shared_by_all_that_are_taken() -> None:
    """e-BH: R decisions need a capital of K / (0.05 R) each."""
    rule = Rule(guarantee="false-decisions", arms=200, margin=MARGIN)
    one = case(0.02, n=240)
    capital = one.differences.evidence(-MARGIN, 1)
    needed = math.ceil(200 / 0.05 / math.exp(capital))
    assert 1 < needed < 200
    assert rule.decide({1: one}, dict.fromkeys(range(2, needed), 50.0)) == {}
    assert set(rule.decide({1: one}, dict.fromkeys(range(2, needed + 1), 50.0))) == {1}


def test_what_is_known_on_both_sides_is_told_as_such() -> None:
    rule = Rule(arms=1, margin=MARGIN)
    # Alike on every item: within the margin on both sides of 0, and above a threshold that is further below.
    assert rule.decide({1: case(0.0)}, {})[1][0] == "no difference that matters"
    assert rule.decide({1: case(0.0, n=2000, threshold=-0.015)}, {})[1][0] == "better"
    assert rule.decide({1: case(0.0, n=2000, threshold=0.015)}, {})[1][0] == "worse"
    assert rule.decide({1: case(0.3, threshold=math.nan)}, {}) == {}


def test_a_threshold_that_is_itself_a_mean_asks_for_more() -> None:
    rule = Rule(arms=1, margin=MARGIN)
    assert rule.decide({1: case(0.0, n=250)}, {}) != {}
    assert rule.decide({1: case(0.0, n=250, reach=0.008)}, {}) == {}


def test_reach_of_a_mean_holds_at_all_times() -> None:
    rng = np.random.default_rng(6)
    missed = 0
    for _ in range(200):
        costs = rng.lognormal(0.0, 0.8, 800)
        missed += any(
            abs(costs[:n].mean() - math.exp(0.32)) > mean_reach(costs[:n], error=0.05, items=800)
            for n in range(40, 801, 20)
        )
    # Each side with 5 %: 20 of 200, and P(more than 33) is 0.001.  It is asymptotic, so the first 40 are left out.
    assert missed <= 33
    assert mean_reach(np.full(50, 0.3), error=0.05, items=100) == 0.0


@pytest.mark.parametrize("guarantee", ["every-decision", "false-decisions"])
def test_decisions_keep_their_promise_where_it_is_hardest(guarantee: Guarantee) -> None:
    """All effects lie at the margin, half on each side, so that each wrong decision is as likely as it can be."""
    stakes = replace(STAKES, minimal_difference=0.06)  # as two points, in a ninth of the items
    effects = (0.06,) * 3 + (-0.06,) * 3
    world, repetitions = World(effects=effects), 60
    runs = share = settled = 0.0
    for repetition in range(repetitions):
        scores = world.scores(400, np.random.default_rng(repetition))
        design = AdaptiveDesign(7, 400, stakes=stakes, guarantee=guarantee)
        found = played(world, design, scores).standings
        wrong = [one.state == ("worse" if effect > 0 else "better") for one, effect in zip(found, effects, strict=True)]
        decided = sum(one.guaranteed for one in found)
        runs += any(wrong)
        share += sum(wrong) / max(1, decided)
        settled += decided / 6
    if guarantee == "every-decision":
        # P(more than 8 of 60) under a rate of 0.05 is 0.005.
        assert runs <= 8
    else:
        # A mean of 60 shares of sd 0.1 at most here: three standard errors are 0.039.
        assert share / repetitions <= 0.05 + 0.039
    assert settled / repetitions > 0.6


def test_at_a_look_all_open_arms_have_seen_the_same_items() -> None:
    """What the promise on false decisions rests on: no arm is decided by another's item that it has yet to see."""
    world = World(effects=(0.3, 0.02, -0.01, 0.1, -0.02))
    scores = world.scores(900, np.random.default_rng(3))

    class Spy(AdaptiveDesign):
        def next_round(self, trials: Trials) -> tuple[Batch, ...]:
            batches = super().next_round(trials)
            open_arms = {one.arm for one in self.standings if one.state == "open"}
            assert len({trials.tried[arm] for arm in open_arms}) <= 1
            assert {one.stop for one in batches if one.arm in open_arms} <= {
                max((one.stop for one in batches), default=0)
            }
            return batches

    played(world, Spy(6, 900, stakes=STAKES, twins={5: 4}), scores)


@pytest.mark.parametrize("guarantee", ["every-decision", "false-decisions"])
def test_a_run_that_was_cut_off_and_goes_on_is_the_same_to_the_bit(guarantee: Guarantee) -> None:
    """What was decided is worked out anew from the trials, whoever looked in between."""
    world = World(effects=(0.12, 0.0, -0.04))
    scores = world.scores(600, np.random.default_rng(7))

    def design() -> AdaptiveDesign:
        return AdaptiveDesign(4, 600, stakes=STAKES, guarantee=guarantee)

    whole = played(world, design(), scores, looks=True)
    for most in (100, 555):
        cut = played(world, design(), scores, most)
        for one, other in zip(cut.standings, whole.standings, strict=True):
            # An interval narrows only, so nothing that was seen at a cut is taken back.
            assert one.interval[0] <= other.interval[0] and other.interval[1] <= one.interval[1]
            assert one.state in ("open", other.state)
    again = played(world, design(), scores, looks=True)
    assert again.looks == whole.looks and again.trials == whole.trials
    for one, other in zip(again.standings, whole.standings, strict=True):
        assert one.differences is not None and other.differences is not None
        assert one.differences.capital(0.01, 1).tobytes() == other.differences.capital(0.01, 1).tobytes()


def test_over_the_items_themselves_every_arm_is_settled_by_the_last_of_them() -> None:
    world = World(effects=(0.0, 0.01, -0.01))
    scores = world.scores(500, np.random.default_rng(9))
    design = AdaptiveDesign(4, 500, stakes=STAKES, finite=True)
    found = played(world, design, scores).standings
    assert all(one.guaranteed for one in found)
    for one in found:
        true = float((scores[one.arm] - scores[0]).mean())
        assert one.interval[0] <= true <= one.interval[1]
        assert true > -MARGIN if one.state == "better" else true < MARGIN

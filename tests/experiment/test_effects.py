"""From trials to results and records: pairs, a judge's error, and the way back through conversion."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest

from experiment import sums
from tierproof.evidence.conversion import effects_of
from tierproof.evidence.reading.settings import Settings
from tierproof.evidence.record import Record
from tierproof.experiment.design.design import FixedDesign
from tierproof.experiment.design.standing import Stakes, Standing
from tierproof.experiment.findings.arm import Arm
from tierproof.experiment.findings.effects import compare, results_of
from tierproof.experiment.findings.kept.records import Origin, records_of
from tierproof.experiment.trials.paired import Array
from tierproof.experiment.trials.trial import Trial
from tierproof.experiment.trials.trials import Trials
from tierproof.experiment.workload.scorers.agreement import JudgeError
from tierproof.report.words.measured import arm_words

ARMS = sums.arms("Better.", "Same.")
ORIGIN = Origin(workload="Our Tickets!", setting="production", metric="exact match", model="m", year=2025)


def trials(baseline: Array, *arms: Array, usd: tuple[float, ...] = (0.01, 0.02, 0.01)) -> Trials:
    taken = Trials([arm.name for arm in ARMS[: 1 + len(arms)]])
    rng = np.random.default_rng(0)
    for number, (arm, scores) in enumerate(zip(ARMS, (baseline, *arms), strict=False)):
        for at, score in enumerate(scores):
            taken.add(
                Trial(
                    arm=arm.name,
                    item=str(at),
                    position=at,
                    score=None if math.isnan(score) else float(score),
                    usd=usd[number],
                    seconds=float(rng.gamma(4.0)),
                    calls=1 + number,
                )
            )
    return taken


def right(n: int, p: float, seed: int) -> Array:
    return (np.random.default_rng(seed).random(n) < p).astype(float)


def test_arms_are_paired_on_the_items_that_both_answered() -> None:
    baseline, treated = right(100, 0.5, 1), right(60, 0.8, 2)
    baseline[10] = treated[20] = np.nan
    results = results_of(ARMS[:2], trials(baseline, treated), ())
    kept = [at for at in range(60) if at not in (10, 20)]
    comparison = results[1].comparison
    assert comparison is not None
    assert comparison.pairs == 58
    assert comparison.difference.value == pytest.approx(treated[kept].mean() - baseline[kept].mean())
    assert (comparison.won, comparison.lost) == (
        int((treated[kept] > baseline[kept]).sum()),
        int((treated[kept] < baseline[kept]).sum()),
    )
    assert results[0].comparison is None
    assert [result.failed for result in results] == [1, 1]
    assert [result.calls for result in results] == [1, 2]


def test_a_second_trial_of_an_item_replaces_the_first() -> None:
    taken = trials(np.zeros(3), np.zeros(3))
    taken.add(Trial(arm=ARMS[1].name, item="0", position=0, score=1.0))
    assert taken.pairs(1).differences.tolist() == [1.0, 0.0, 0.0]


def test_records_come_back_from_conversion_as_the_paired_effects() -> None:
    baseline, treated = right(400, 0.6, 3), right(400, 0.7, 4)
    treated = np.where(right(400, 0.7, 5) == 1, baseline, treated)
    results = results_of(ARMS, trials(baseline, treated, baseline), ())
    records = records_of(results, ORIGIN)
    assert [(record.outcome, record.setting, record.contrast) for record in records] == [
        (outcome, "production", "added") for outcome in ("quality", "cost", "latency")
    ] * 2
    # They are what a pack's file holds.
    again = tuple(msgspec.json.decode(msgspec.json.encode(record), type=Record) for record in records)
    assert again == records
    conversion = effects_of(again, Settings(name="test", title="Test"))
    assert not conversion.left_out
    quality, cost, latency, *same = conversion.effects
    comparison = results[1].comparison
    assert comparison is not None and comparison.cost is not None and comparison.latency is not None
    # Two roundings to and fro: 1e-9 is far above them and far below anything that matters.
    assert (quality.estimate, quality.se) == pytest.approx((comparison.quality.value, comparison.quality.se), rel=1e-9)
    assert latency.estimate == pytest.approx(comparison.latency.value, rel=1e-9)
    assert latency.se == pytest.approx(comparison.latency.se, rel=1e-9)
    assert cost.estimate == pytest.approx(math.log(2))
    assert same[0].estimate == 0.0
    assert 0 < same[0].se < 0.1


def test_perfect_arms_make_records_too() -> None:
    results = results_of(ARMS[:2], trials(np.zeros(20), np.ones(20)), ())
    quality = effects_of(records_of(results, ORIGIN), Settings(name="test", title="Test")).effects[0]
    assert quality.estimate == pytest.approx(2 * math.log(39))
    assert quality.se > 1


def test_a_free_endpoint_has_no_cost_ratio_and_a_combination_no_record() -> None:
    arms = (ARMS[0], Arm(name="both", system=ARMS[1].system, technique=None))
    taken = trials(right(30, 0.5, 1), right(30, 0.5, 2), usd=(0.0, 0.0))
    comparison = results_of(ARMS[:2], taken, ())[1].comparison
    assert comparison is not None and comparison.cost is None
    assert records_of(results_of(arms, _renamed(taken), ()), ORIGIN) == ()


def _renamed(taken: Trials) -> Trials:
    taken.arms = (taken.arms[0], "both")
    return taken


def test_the_exact_test_is_for_right_or_wrong_alone() -> None:
    graded = results_of(ARMS[:2], trials(np.linspace(0, 1, 30), np.linspace(0.1, 1, 30)), ())[1].comparison
    assert graded is not None and graded.p_exact is None


def test_a_fallible_judge_is_corrected_for_and_widens_what_it_saw() -> None:
    """Simulated: true success 0.5 and 0.7, a judge right on 90 % of the right and 80 % of the wrong answers."""
    n = 20_000
    rng = np.random.default_rng(6)
    truth = [right(n, 0.5, 7), right(n, 0.7, 8)]
    seen = [np.where(one == 1, rng.random(n) < 0.9, rng.random(n) > 0.8).astype(float) for one in truth]
    error = JudgeError(right_called_right=900, right_called_wrong=100, wrong_called_right=200, wrong_called_wrong=800)
    pairs = trials(*seen).pairs(1)
    plain, corrected = compare(pairs), compare(pairs, error)
    # Rogan-Gladen with J = 0.7: seen differences shrink to 0.7 of the true ones.
    assert plain.difference.value == pytest.approx(0.7 * 0.2, abs=0.015)
    assert corrected.difference.value == pytest.approx(0.2, abs=0.02)
    assert corrected.baseline == pytest.approx(0.5, abs=0.02)
    assert corrected.quality.value == pytest.approx(math.log(0.7 / 0.3), abs=0.1)
    assert corrected.difference.se > plain.difference.se / 0.7
    assert corrected.quality.se > plain.quality.se
    standing = Standing(
        arm=1, state="better", pairs=n, difference=0.14, interval=(0.12, 0.16), threshold=0.0, p_worth=1.0, loss=0.0
    )
    result = results_of(ARMS[:2], trials(*seen), [standing], error)[1]
    assert result.standing is not None
    low, high = result.standing.interval
    assert low < 0.12 / 0.7 < 0.2 < 0.16 / 0.7 < high


def test_what_missing_answers_may_have_been_stands_beside_the_arm() -> None:
    """One of 40 items that the baseline got wrong, and one that it got right, were lost of the arm."""
    base, own = right(40, 0.5, 1), right(40, 0.5, 1)
    own[[base.argmin(), base.argmax()]] = np.nan
    taken, design = trials(base, own), FixedDesign(2, 40, stakes=Stakes(latency_price=0.0))
    design.look(taken)
    arm = results_of(ARMS[:2], taken, design.standings)[1]
    assert "−2.5 to +2.5 points, whatever the missing answers were" in arm_words(arm).faults


def test_items_to_look_at_are_those_that_failed_and_those_on_which_arms_differ() -> None:
    baseline, treated = np.zeros(10), np.zeros(10)
    treated[[3, 7]] = 1
    taken = trials(baseline, treated)
    assert taken.telling(3) == (3, 7, 0)
    taken.add(Trial(arm=ARMS[1].name, item="8", position=8, score=None, error="no answer"))
    assert taken.telling(3) == (8, 3, 7)
    assert Trials(["a"]).telling(5) == ()


def test_which_failures_are_kept_does_not_depend_on_which_came_first() -> None:
    positions = range(60)
    chosen = []
    for order in (positions, reversed(positions)):
        taken = trials(np.zeros(60), np.zeros(60))
        for at in order:
            taken.add(Trial(arm=ARMS[1].name, item=str(at), position=at, score=0.0, error="raised"))
        chosen.append(taken.telling(20))
    assert chosen[0] == chosen[1] == tuple(range(20))


def test_no_answer_is_no_cheap_answer() -> None:
    """An arm at twice the baseline's price that raises on half the items still costs twice as much an answer."""
    taken = trials(np.ones(40), np.ones(40))
    for at in range(0, 40, 2):
        taken.add(Trial(arm=ARMS[1].name, item=str(at), position=at, score=0.0, error="raised"))
    [baseline, arm] = results_of(ARMS[:2], taken, ())
    comparison = arm.comparison
    assert comparison is not None and comparison.cost is not None and comparison.latency is not None
    assert (arm.score, arm.broken, comparison.pairs) == (0.5, 20, 40)
    assert arm.usd == pytest.approx(0.02) and baseline.usd == pytest.approx(0.01)
    assert comparison.cost.value == pytest.approx(math.log(2))
    pairs = taken.pairs(1)
    # 0.01 USD more a request, answered or not, at 0.10 USD a success: 10 points pay for it.
    stakes = Stakes(value_per_success=0.1, latency_price=0.0)
    assert stakes.threshold(pairs) == pytest.approx(0.1)
    assert stakes.worth(pairs).mean() == pytest.approx(0.1 * -0.5 - 0.01)


def test_an_arm_that_never_answers_has_no_price() -> None:
    taken = trials(np.ones(10), np.ones(10))
    for at in range(10):
        taken.add(Trial(arm=ARMS[1].name, item=str(at), position=at, score=0.0, error="raised"))
    comparison = results_of(ARMS[:2], taken, ())[1].comparison
    assert comparison is not None and comparison.cost is None and comparison.latency is None
    assert [record.outcome for record in records_of(results_of(ARMS[:2], taken, ()), ORIGIN)] == ["quality"]
    assert Stakes(value_per_success=0.1).threshold(taken.pairs(1)) == 0.0

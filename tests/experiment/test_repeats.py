"""Items asked several times: pass@k, pass^k, independence, the noise floor."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from doors.checked import check
from doors.test_measure_command import folder, tierproof
from experiment import sums
from servers.endpoint import ITEM, draw, item_target, last_user_text, serve
from tierproof.errors import InputError
from tierproof.experiment.calls.money.budget import Budget
from tierproof.experiment.calls.signals import PROBE
from tierproof.experiment.findings.repeats.passes import each_time, mean_share, once, passes_of
from tierproof.experiment.run.forecast import forecast
from tierproof.experiment.run.measurement import Measurement, measure
from tierproof.experiment.trials.trial import Trial
from tierproof.experiment.trials.trials import Trials
from tierproof.report.render.html.measured import measure_document
from tierproof.report.words.repeated import noise_told

ITEMS, REPEATS = 40, 5
LETTERS = "chain-of-thought"
PROMPT = "system-prompt-design"


class Drawing:
    """An endpoint that draws anew at each call: right with a chance that the item sets."""

    def __init__(self, *, sure: bool = False) -> None:
        self.calls = itertools.count()
        self.sure = sure

    def __call__(self, body: Mapping[str, Any]) -> str:
        text = last_user_text(body)
        at = next(self.calls)
        match = ITEM.search(text)
        if match is None:
            return f"{draw(at):.12f}"
        number = int(match[1])
        right = self.sure or draw("anew", at) < (0.3, 0.6, 0.9)[number % 3]
        return str(int(item_target(number)) + (not right))


def found(endpoint: Any, folder: Path, *names: str, **settings: Any) -> Measurement:
    settings = {"fixed": ITEMS, "repeats": REPEATS, **settings}
    return asyncio.run(measure(sums.workload(endpoint.base_url, ITEMS), folder, names=names, **settings))


def test_estimators_agree_with_enumeration() -> None:
    # By their definitions: shares of all k-subsets of n answers that hold a right one, and none but right ones.
    for n, right in ((5, 0), (5, 2), (5, 5), (7, 3)):
        answers = [1] * right + [0] * (n - right)
        for k in range(1, n + 1):
            subsets = list(itertools.combinations(answers, k))
            assert once(n, right, k) == pytest.approx(np.mean([max(one) for one in subsets]), abs=1e-12)
            assert each_time(n, right, k) == pytest.approx(np.mean([min(one) for one in subsets]), abs=1e-12)
    with pytest.raises(ValueError, match="needs 1 <= k"):
        once(3, 1, 4)


def test_estimators_are_those_of_the_papers() -> None:
    # The stable product of Chen and others 2021, figure 3: 1 - prod(1 - k / (n - c + 1 .. n)).
    chen = 1 - np.prod(1 - 10 / np.arange(200 - 13 + 1, 200 + 1))
    assert once(200, 13, 10) == pytest.approx(chen, rel=1e-12)


def test_shares_are_unbiased_and_their_intervals_hold() -> None:
    rng = np.random.default_rng(20261130)
    true = np.array([0.2, 0.5, 0.8, 0.95])
    truth = {k: (float(np.mean(1 - (1 - true) ** k)), float(np.mean(true**k))) for k in (1, 3, 5)}
    inside = {k: [0, 0] for k in truth}
    sums_of = {k: np.zeros(2) for k in truth}
    runs = 400
    for _ in range(runs):
        chances = rng.choice(true, size=120)
        counts = [(5, int(right)) for right in rng.binomial(5, chances)]
        for one in passes_of(counts, 5):
            if one.k in truth:
                for at, share in enumerate((one.once, one.each)):
                    sums_of[one.k][at] += share.value / runs
                    inside[one.k][at] += share.low <= truth[one.k][at] <= share.high
    for k, expected in truth.items():
        # Over 400 runs a mean of shares over 120 items has an sd of 0.045 / 20 at most: five of them.
        assert sums_of[k] == pytest.approx(expected, abs=0.012)
        # 95 % nominal; 400 runs have an sd of 1.1 points.
        assert all(0.915 <= held / runs <= 0.99 for held in inside[k])


def test_a_share_at_its_end_is_no_certainty() -> None:
    share = mean_share(np.ones(20))
    # Wilson's interval of 20 of 20, by statsmodels 0.14 proportion_confint(20, 20, method="wilson").
    assert (share.value, share.high) == (1.0, 1.0) and share.low == pytest.approx(0.838875, abs=1e-6)
    half = mean_share(np.array([0.0, 1.0] * 10))
    # Effective size 20 - 1: proportion_confint(9.5, 19, method="wilson"), as above.
    assert half.low == pytest.approx(0.294952, abs=1e-6)


def test_means_of_repeats_are_what_pairs_hold() -> None:
    trials = Trials(["baseline", "a"], repeats=3, texts=True)
    given = (("baseline", 0, (1, 0, 0)), ("a", 0, (1, 1, 0)), ("baseline", 70, (1, 1, None)), ("a", 70, (0, 0, 0)))
    for arm, at, scores in given:
        for repeat, score in enumerate(scores):
            text, usd = f"{repeat:016x}", 1.0 + repeat
            trials.add(Trial(arm=arm, item=str(at), position=at, score=score, usd=usd, repeat=repeat, reply=text))
    pairs = trials.pairs(1)
    assert pairs.positions.tolist() == [0, 70]
    assert pairs.score[0].tolist() == [pytest.approx(1 / 3), 1.0]
    assert pairs.score[1].tolist() == [pytest.approx(2 / 3), 0.0]
    assert pairs.usd[0].tolist() == [2.0, 1.5]
    assert (trials.tried[0], trials.failed[0], trials.answered(0)) == (6, 1, 2)
    assert trials.draws(0).replies[:, 0].tolist() == [0, 1, 2]


def test_repeats_are_independent_and_go_on(tmp_path: Path) -> None:
    with serve(answer=Drawing()) as endpoint:
        budget = Budget(calls=150)
        first = found(endpoint, tmp_path, LETTERS, budget=budget)
        assert first.ending.kind == "budget" and endpoint.calls.total() <= 150
        whole = found(endpoint, tmp_path, LETTERS)
        assert whole.ending.kind == "complete"
        # Twelve items are timed, once an arm.
        assert endpoint.calls.total() == 2 * ITEMS * REPEATS + 2 * 12
        # Nobody paid twice, and a third look costs nothing and says the same.
        again = found(endpoint, tmp_path, LETTERS)
        assert endpoint.calls.total() == 2 * ITEMS * REPEATS + 2 * 12
    assert again.repeated == whole.repeated
    rows = [json.loads(line) for line in (tmp_path / "outcomes.jsonl").read_text().splitlines()]
    assert [(row["arm"], row["repeat"]) for row in rows[: 2 * REPEATS]] == [
        (arm, repeat) for arm in ("baseline", LETTERS) for repeat in range(REPEATS)
    ]
    one = whole.repeated["baseline"]
    assert (one.repeats, one.items, one.kind, one.binary) == (REPEATS, ITEMS, "differ", True)
    by_item: dict[str, list[float]] = {}
    for row in rows:
        if row["arm"] == "baseline":
            by_item.setdefault(row["item"], []).append(row["score"])
    last = one.passes[-1]
    assert last.k == REPEATS and last.items == ITEMS
    assert last.once.value == pytest.approx(np.mean([max(scores) for scores in by_item.values()]))
    assert last.each.value == pytest.approx(np.mean([min(scores) for scores in by_item.values()]))
    assert one.passes[0].once.value == pytest.approx(whole.results[0].score)
    assert last.each.value < one.passes[0].each.value < last.once.value
    comparison = whole.results[1].comparison
    assert comparison is not None and comparison.pairs == ITEMS and comparison.p_exact is None
    # The item is the cluster: the standard error is that of the item means, not of 200 answers.
    gaps = [np.mean(by_item_of(rows, LETTERS)[item]) - np.mean(scores) for item, scores in by_item.items()]
    assert comparison.difference.se == pytest.approx(np.std(gaps, ddof=1) / ITEMS**0.5)
    page = measure_document(whole)
    assert "pass^5" in page and "mean of 5" in page


def by_item_of(rows: list[dict[str, Any]], arm: str) -> dict[str, list[float]]:
    kept: dict[str, list[float]] = {}
    for row in rows:
        if row["arm"] == arm:
            kept.setdefault(row["item"], []).append(row["score"])
    return kept


def test_an_endpoint_that_gives_the_same_answer_is_told_of(tmp_path: Path) -> None:
    with serve(answer=sums_or_hash) as endpoint:
        kept = found(endpoint, tmp_path, noise_floor=True)
    one = kept.repeated["baseline"]
    assert (one.kind, one.alike, one.passes) == ("kept", ITEMS, ())
    assert kept.noise is not None and kept.noise.floor is None and kept.noise.kind == "kept"
    assert "was not measured" in noise_told(kept.noise)
    page = measure_document(kept)
    assert "one answer was told 5 times" in page


def sums_or_hash(body: Mapping[str, Any]) -> str:
    text = last_user_text(body)
    return sums.answer(body) if ITEM.search(text) else "always the same"


def test_a_model_that_is_sure_is_not_a_cache(tmp_path: Path) -> None:
    with serve(answer=Drawing(sure=True)) as endpoint:
        sure = found(endpoint, tmp_path, noise_floor=True, repeats=2)
    one = sure.repeated["baseline"]
    assert (one.kind, one.passes[-1].each.value) == ("sure", 1.0)
    assert sure.noise is not None and sure.noise.kind == "sure" and sure.noise.floor is None
    assert PROBE  # what was asked instead


def test_the_floor_is_what_the_baseline_does_to_itself(tmp_path: Path) -> None:
    with serve(answer=Drawing()) as endpoint:
        noisy = found(endpoint, tmp_path, LETTERS, noise_floor=True, repeats=1)
        asked = endpoint.calls.total()
        later = found(endpoint, tmp_path, LETTERS, repeats=1)
        assert endpoint.calls.total() == asked
    noise = noisy.noise
    assert noise is not None and noise.kind == "differ" and noise.floor is not None
    rows = [json.loads(line) for line in (tmp_path / "outcomes.jsonl").read_text().splitlines()]
    assert {row["arm"] for row in rows} == {"baseline", LETTERS}  # the later run's: it has no control
    [control] = [one for one in noisy.results if one.arm.control]
    assert control.comparison is not None and control.standing is not None and control.standing.state == "control"
    # Student's t, 39 degrees of freedom, 97.5 %: 2.022691 (R 4.3, qt).
    assert noise.floor == pytest.approx(2.022691 * control.comparison.difference.se, rel=1e-6)
    told = noise_told(noise)
    assert re.search(r"differences below [\d.]+ points, on so many items, mean nothing here", told)
    # Of a known drawing the floor is known: sd of the difference of two draws, sqrt(2 p q) in the mean over items.
    expected = 2.02 * np.sqrt(np.mean([2 * p * (1 - p) for p in (0.3, 0.6, 0.9)]) / ITEMS)
    assert noise.floor == pytest.approx(expected, rel=0.35)
    assert later.noise is None and [one.arm.name for one in later.results] == ["baseline", LETTERS]


def test_an_arm_measured_with_other_repeats_is_not_joined(tmp_path: Path) -> None:
    with serve(answer=Drawing()) as endpoint:
        found(endpoint, tmp_path, LETTERS, repeats=2)
        other = found(endpoint, tmp_path, PROMPT, repeats=1)
        same = found(endpoint, tmp_path, PROMPT, repeats=2)
    assert other.apart == {LETTERS: "measured with 2 answers an item"}
    assert same.apart and not same.joined  # of what stood apart only the name was left


def test_a_joined_arm_keeps_its_repeats(tmp_path: Path) -> None:
    with serve(answer=Drawing()) as endpoint:
        alone = found(endpoint, tmp_path, LETTERS, repeats=3)
        both = found(endpoint, tmp_path, PROMPT, repeats=3)
    assert both.joined == (LETTERS,)
    assert both.repeated[LETTERS] == alone.repeated[LETTERS]


def test_a_forecast_counts_repeats_and_the_floor(tmp_path: Path) -> None:
    workload = sums.workload("http://127.0.0.1:1/v1", ITEMS)

    def foretold(**settings: Any) -> Any:
        return asyncio.run(forecast(workload, names=(), fixed=ITEMS, **settings))

    once_each, thrice, floor = foretold(), foretold(repeats=3), foretold(repeats=3, noise_floor=True)
    # Low: no probing.  40 items and 12 that are timed.
    assert once_each.calls.low == 52 and thrice.calls.low == 3 * 40 + 12
    assert floor.calls.low == 2 * (3 * 40 + 12)
    assert [arm.calls.likely for arm in floor.arms] == [3, 3]


def test_the_adaptive_design_takes_repeats(tmp_path: Path) -> None:
    with serve(answer=Drawing()) as endpoint:
        adaptive = found(endpoint, tmp_path, LETTERS, fixed=None, repeats=2, noise_floor=True)
    assert adaptive.ending.kind == "complete"
    assert adaptive.noise is not None and adaptive.noise.pairs == ITEMS


def test_too_many_repeats_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--repeats 101"):
        asyncio.run(measure(sums.workload("http://127.0.0.1:1/v1", 4), tmp_path, names=(), repeats=101))


def test_a_person_is_told_of_repeats_and_of_the_floor(tmp_path: Path) -> None:
    with serve(answer=Drawing()) as endpoint:
        where = folder(tmp_path / "w", endpoint)
        words = ("measure", str(where), "--repeats", "3", "--noise-floor", "--fixed", "30", "--techniques", LETTERS)
        told = tierproof(*words)
        data = json.loads(tierproof(*words, "--json").stdout)
    assert told.returncode == 0, told.stderr
    assert "pass^3" in told.stdout and "mean nothing here" in told.stdout.replace("\n", " ")
    assert max(len(line) for line in told.stdout.splitlines()) <= 80
    check(data)
    assert data["design"]["repeats"] == 3
    arms = {arm["name"]: arm for arm in data["arms"]}
    assert [one["k"] for one in arms[LETTERS]["repeats"]["passes"]] == [1, 2, 3]
    assert arms["baseline, asked anew"]["control"] and arms["baseline, asked anew"]["repeats"] is None
    assert data["noise"]["pairs"] == 30 and data["noise"]["floor"] > 0

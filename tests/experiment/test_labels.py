"""What people say of measured answers: asked blind in random order, kept, put together with what a judge said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from doors.checked import check
from doors.test_measure_command import folder, tierproof
from experiment import sums
from servers.endpoint import item_target, serve
from tierproof.errors import InputError
from tierproof.experiment.findings.labelled.estimates import estimates_of
from tierproof.experiment.findings.labelled.labels import Labels, read_labels
from tierproof.experiment.findings.labelled.powered import power, prediction_powered
from tierproof.experiment.findings.labelled.sheet import answer_key, sheet_of
from tierproof.experiment.trials.trial import Trial
from tierproof.experiment.workload.scorers import Place, scorer_from
from tierproof.experiment.workload.scorers.agreement import _with_error, kappa_interval


def drawn() -> tuple[Any, Any, Any]:
    """200 labelled items and 1,000 others, of a judge who is right in 85 %."""
    rng = np.random.default_rng(7)
    y = (rng.random(200) < 0.7).astype(float)
    f = np.where(rng.random(200) < 0.85, y, 1 - y)
    others = (rng.random(1000) < 0.7).astype(float)
    return y, f, np.where(rng.random(1000) < 0.85, others, 1 - others)


@pytest.mark.parametrize(
    ("weight", "value", "low", "high"),
    [
        # ppi-python 0.2.3: ppi_mean_pointestimate and ppi_mean_ci(alpha=0.05) with lam=None, 1 and 0 on these arrays.
        (None, 0.70444398, 0.65524328, 0.75364468),
        (1.0, 0.695, 0.63566535, 0.75433465),
        (0.0, 0.715, 0.6524383, 0.7775617),
    ],
)
def test_the_estimate_is_that_of_its_authors(weight: float | None, value: float, low: float, high: float) -> None:
    found = prediction_powered(*drawn(), weight=weight)
    assert found.value == pytest.approx(value, abs=1e-8)
    # Theirs divides variances by n, and takes the normal quantile: 200 items make 0.25 % and 0.6 % of that.
    assert found.se == pytest.approx((high - low) / 2 / 1.959964, rel=3e-3)
    assert found.high - found.low == pytest.approx(high - low, rel=1e-2)
    assert found.low < low and found.high > high


def test_the_weight_is_that_of_its_authors() -> None:
    y, f, others = drawn()
    # Their point estimate is linear in the weight, which so can be read off the three above.
    assert power(y, f, others) == pytest.approx((0.715 - 0.70444398) / (0.715 - 0.695), abs=1e-6)
    assert power(y, np.ones(200), np.ones(1000)) == 0.0  # a judge who says the same of all
    assert power(1 - y, f, others) == 0.0  # one who is against people


def test_a_judge_who_errs_otherwise_on_one_arm_misleads_rogan_and_gladen_alone() -> None:
    rng = np.random.default_rng(20261130)
    runs, items, labelled = 150, 400, 80
    true = {"baseline": 0.6, "arm": 0.6}
    # Kinder to the arm: it calls 35 % of its wrong answers right, of the baseline's 5 %.
    kind = {"baseline": 0.05, "arm": 0.35}
    inside = {"powered": 0, "corrected": 0}
    for _ in range(runs):
        trials, labels = [], {}
        for name, share in true.items():
            right = rng.random(items) < share
            called = np.where(right, rng.random(items) < 0.95, rng.random(items) < kind[name])
            for at in range(items):
                text = f"{name} {at}"
                trials.append(Trial(arm=name, item=str(at), position=at, score=float(called[at]), text=text))
                if at < labelled:
                    labels[answer_key(str(at), text)] = int(right[at])
        [_, arm] = estimates_of(trials, {"ana": labels}).arms
        assert arm.difference_powered is not None and arm.difference_corrected is not None
        inside["powered"] += arm.difference_powered.low <= 0.0 <= arm.difference_powered.high
        inside["corrected"] += arm.difference_corrected[1] <= 0.0 <= arm.difference_corrected[2]
    # 95 % nominal, over the items drawn anew each time; 150 runs have an sd of 1.8 points.
    assert inside["powered"] / runs >= 0.91
    assert inside["corrected"] / runs < 0.5


def test_a_judge_who_errs_alike_is_put_right_by_both_and_labels_are_saved() -> None:
    rng = np.random.default_rng(4)
    runs, items, labelled, truth = 300, 400, 60, 0.7
    inside = {"people": 0, "powered": 0, "corrected": 0}
    widths = {"people": 0.0, "powered": 0.0}
    for _ in range(runs):
        right = rng.random(items) < truth
        called = np.where(rng.random(items) < 0.92, right, ~right)
        trials = [
            Trial(arm="baseline", item=str(at), position=at, score=float(called[at]), text=str(at))
            for at in range(items)
        ]
        labels = {answer_key(str(at), str(at)): int(right[at]) for at in range(labelled)}
        found = estimates_of(trials, {"ana": labels})
        [one] = found.arms
        assert one.people is not None and one.powered is not None and one.corrected is not None
        assert (found.labelled, found.items) == (labelled, items)
        inside["people"] += one.people.low <= truth <= one.people.high
        inside["powered"] += one.powered.low <= truth <= one.powered.high
        inside["corrected"] += one.corrected[1] <= truth <= one.corrected[2]
        widths["people"] += one.people.high - one.people.low
        widths["powered"] += one.powered.high - one.powered.low
    assert all(held / runs >= 0.91 for held in inside.values())
    assert widths["powered"] < 0.75 * widths["people"]


def test_arms_that_never_differed_are_not_certain_to_be_alike() -> None:
    right = [at % 3 > 0 for at in range(30)]
    trials = [
        Trial(arm=arm, item=str(at), position=at, score=float(right[at]), text=f"{arm} {at}")
        for at in range(30)
        for arm in ("baseline", "arm")
    ]
    labels = {answer_key(one.item, one.text): int(right[one.position]) for one in trials if one.position < 12}
    [_, arm] = estimates_of(trials, {"ana": labels}).arms
    assert arm.difference_corrected is not None and arm.difference_powered is not None
    assert arm.difference_corrected[1] < -0.05 and arm.difference_corrected[2] > 0.05
    assert arm.difference_powered.low < -0.05 and arm.difference_powered.high > 0.05


@pytest.mark.parametrize(
    ("table", "kappa", "low", "high"),
    [
        # statsmodels 0.15 inter_rater.cohens_kappa: kappa, kappa_low, kappa_upp.
        ((40, 5, 7, 28), 0.693290734824281, 0.5336981820927374, 0.8528832875558247),
        ((12, 3, 1, 9), 0.6774193548387096, 0.3915902157833914, 0.9632484938940278),
        ((60, 2, 0, 3), 0.7346938775510202, 0.3856781667608591, 1.0),  # theirs goes on to 1.08
    ],
)
def test_kappa_is_that_of_statsmodels(table: tuple[int, int, int, int], kappa: float, low: float, high: float) -> None:
    # 1e-4: theirs takes the normal quantile in all its digits, ours 1.96.
    about, error = _with_error(*table)
    ends = max(-1.0, about - 1.96 * error), min(1.0, about + 1.96 * error)
    assert (about, *ends) == pytest.approx((kappa, low, high), abs=1e-4)


@pytest.mark.parametrize(
    ("right", "kappa", "answers"), [(0.9, 0.0, 60), (0.9, 0.5, 40), (0.5, 0.6, 20), (0.95, 0.8, 30)]
)
def test_the_interval_of_kappa_holds_it(right: float, kappa: float, answers: int) -> None:
    """One repeats the other with probability kappa and else says what is as often right: of 60 answers by themselves
    the standard error about what was seen held 51 % of the first."""
    rng = np.random.default_rng(answers)
    first = rng.random((600, answers)) < right
    second = np.where(rng.random(first.shape) < kappa, first, rng.random(first.shape) < right)
    held = 0
    for one, other in zip(first, second, strict=True):
        both, only, others = (int(each.sum()) for each in (one & other, one & ~other, ~one & other))
        _, low, high = kappa_interval(both, only, others, answers - both - only - others)
        held += low <= kappa <= high
    assert held >= 554  # 570 are meant; three standard errors of 5.3


def test_two_who_never_disagree_are_not_certain_to_agree() -> None:
    kappa, low, high = kappa_interval(12, 0, 0, 8)
    assert (kappa, high) == (1.0, 1.0)
    assert 0.5 < low < 0.7
    assert kappa_interval(9, 0, 0, 0)[1:] == (-1.0, 1.0)
    assert kappa_interval(0, 1, 0, 0)[1:] == (-1.0, 1.0)  # one answer, called right by one and wrong by the other


def trials_of(items: int) -> list[Trial]:
    return [
        Trial(arm=arm, item=f"i{at}", position=at, score=1.0, text=text.format(at), target=str(at))
        for at in range(items)
        for arm, text in (("baseline", "it is {}"), ("copy", "it is {}"), ("other", "perhaps {}"), ("silent", " "))
    ]


def test_each_answer_is_asked_once_item_by_item_in_a_random_order() -> None:
    sheet = sheet_of(trials_of(30), {"i3": "what?"}, 1)
    assert len(sheet.entries) == 3 * 30  # what two arms say alike is one answer
    order = [entry.item for entry in sheet.entries]
    assert order == [item for item in sheet.items for _ in range(3)]
    assert list(sheet.items) != sorted(sheet.items) and sheet_of(trials_of(30), {}, 2).items != sheet.items
    assert sheet_of(trials_of(30)[::-1], {"i3": "what?"}, 1) == sheet
    # No place within an item tells the arm.
    firsts = [next(one.text for one in sheet.entries if one.item == item).split()[:1] for item in sheet.items]
    assert all(firsts.count([word]) >= 3 for word in ("it", "perhaps"))
    assert {entry.asked for entry in sheet.entries if entry.item == "i3"} == {"what?"}


def test_labels_survive_a_kill_and_the_last_counts(tmp_path: Path) -> None:
    labels = Labels(tmp_path, "ana", 5)
    for key, label in (("a", 1), ("b", 0), ("a", 0), ("c", None)):
        labels.give(key, "i", label)
    path = tmp_path / "labels" / "ana.jsonl"
    path.write_bytes(path.read_bytes() + b'{"key": "d", "it')
    again = Labels(tmp_path, "ana")
    assert again.seed == 5 and again.given == {"a": 0, "b": 0, "c": None}
    assert read_labels(tmp_path) == {"ana": {"a": 0, "b": 0, "c": None}}
    again.give("d", "i", 1)
    assert read_labels(tmp_path) == {"ana": {"a": 0, "b": 0, "c": None, "d": 1}}
    with pytest.raises(InputError, match="was begun with seed 5"):
        Labels(tmp_path, "ana", 6)
    with pytest.raises(InputError, match="is no name"):
        Labels(tmp_path, "../ana")
    path.write_text('{"labeller": "ana", "seed": 5}\n{"key": 1}\n{"key": "a", "item": "i", "label": 1}\n')
    with pytest.raises(InputError, match="no label"):
        read_labels(tmp_path)


def said(where: Path, letters: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tierproof", "label", str(where / "results"), *words]
    environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1"}
    return subprocess.run(
        command,
        input="\n".join(letters) + "\n",
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        timeout=60,
    )


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("measured") / "w"
    with serve(answer=sums.answer) as endpoint:
        folder(where, endpoint, 20)
        assert tierproof("measure", str(where), "--techniques", "chain-of-thought", "--fixed", "20").returncode == 0
    return where


def test_a_person_labels_stops_and_goes_on(measured: Path) -> None:
    first = said(measured, "yqn", "--as", "ana", "--items", "10")
    assert first.returncode == 0, first.stderr
    assert "Item 1 of 10" in first.stderr and "what is" in first.stderr and "Target:" in first.stderr
    assert "chain-of-thought" not in first.stderr and "baseline" not in first.stderr and "\x1b" not in first.stderr
    assert "1 of 20 items labelled" in first.stdout or "1 of 10 answers" in first.stderr
    # A slip is taken back: the second answer, called wrong, is called right.
    second = said(measured, "?nby" + "y" * 30, "--as", "ana", "--items", "10")
    assert second.stderr.count("right?") >= 9
    labels = read_labels(measured / "results")["ana"]
    assert set(labels.values()) == {1}
    third = said(measured, "n", "--as", "ana", "--items", "10")
    assert "right?" not in third.stderr  # all is said
    text = " ".join(third.stdout.split())
    assert "10 of 20 items labelled" in text and "Share of right answers" in text


def test_two_people_and_a_judge_are_held_against_each_other(measured: Path) -> None:
    rows = [json.loads(line) for line in (measured / "results" / "outcomes.jsonl").read_text().splitlines()]
    for name, slips in (("cleo", 0), ("dan", 2)):
        labels = Labels(measured / "results", name, 1)
        keys = {answer_key(row["item"], row["text"]): row for row in rows}
        for number, (key, row) in enumerate(keys.items()):
            right = row["text"] == item_target(int(row["item"].split()[0][1:]))
            labels.give(key, row["item"], int(right != (number < slips)))
    data = json.loads(said(measured, "", "--no-ask", "--json").stdout)
    check(data)
    pair = next(one for one in data["agreements"] if {one["first"], one["second"]} == {"cleo", "dan"})
    assert pair["answers"] - pair["alike"] == 2 and pair["low"] < pair["kappa"] < pair["high"]
    assert data["labelled"] == 20 and [arm["name"] for arm in data["arms"]] == ["baseline", "chain-of-thought"]
    assert data["arms"][0]["difference"] is None and data["arms"][1]["difference"]["powered"]["value"] is not None
    assert data["judge"]["first"] == "people" and data["judge"]["sensitivity"] > 0.5


def test_labels_become_the_set_on_which_a_judge_is_measured(measured: Path, tmp_path: Path) -> None:
    for path in (measured / "results" / "labels").glob("*.jsonl"):
        path.unlink()
    rows = [json.loads(line) for line in (measured / "results" / "outcomes.jsonl").read_text().splitlines()]
    answers = {answer_key(row["item"], row["text"]): row for row in rows}
    ana, ben = Labels(measured / "results", "ana", 1), Labels(measured / "results", "ben", 1)
    for number, (key, row) in enumerate(answers.items()):
        ana.give(key, row["item"], number % 2)
        # The first two answers split the two people, the third was decided by one alone.
        ben.give(key, row["item"], 1 - number % 2 if number < 2 else None if number == 2 else number % 2)
    path = tmp_path / "calibration.jsonl"
    done = said(measured, "", "--no-ask", "--calibration", str(path))
    assert done.returncode == 0, done.stderr
    assert f"{len(answers) - 2} labelled answers written" in done.stderr
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    given = {(line["input"], line["answer"]): line["label"] for line in lines}
    assert len(given) == len(lines) == len(answers) - 2
    questions = {item["id"]: item for item in map(json.loads, (measured / "items.jsonl").read_text().splitlines())}
    for number, row in list(enumerate(answers.values()))[2:]:
        assert given[questions[row["item"]]["input"], row["text"]] == number % 2
    table = {"kind": "judge", "model": "judge", "rubric": "Right?", "calibration": path.name}
    assert str(scorer_from(table, Place(folder=tmp_path, models=("judge",)))).endswith(f"on {len(lines)} answers")
    again = said(measured, "", "--no-ask", "--calibration", str(path))
    assert again.returncode == 2 and "is there already" in again.stderr
    (measured / "results" / "labels" / "ben.jsonl").unlink()
    for key, row in answers.items():
        ana.give(key, row["item"], 1)
    alike = said(measured, "", "--no-ask", "--calibration", str(tmp_path / "other.jsonl"))
    assert alike.returncode == 2 and "measured on both kinds" in alike.stderr


def test_what_cannot_be_labelled_is_told_of(tmp_path: Path, measured: Path) -> None:
    none = tierproof("label", str(tmp_path), "--no-ask")
    assert none.returncode == 2 and "outcomes.jsonl" in none.stderr
    (tmp_path / "outcomes.jsonl").write_text('{"arm": "a"}\n', encoding="utf-8")
    bad = tierproof("label", str(tmp_path), "--no-ask")
    assert bad.returncode == 2 and "outcomes.jsonl:1: no outcome" in bad.stderr
    (tmp_path / "outcomes.jsonl").write_bytes((measured / "results" / "outcomes.jsonl").read_bytes())
    nobody = tierproof("label", str(tmp_path), "--no-ask")
    assert nobody.returncode == 2 and "nobody has labelled" in nobody.stderr

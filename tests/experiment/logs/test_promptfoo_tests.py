"""Tests of promptfoo that ask alike and assert otherwise, metrics of a part of the tests, columns of one name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tierproof.errors import InputError
from tierproof.experiment.logs.files.named_columns import read_log
from tierproof.experiment.logs.imported import Choice, import_logs


def case_of(number: int, value: str, *, metric: str | None = None) -> dict[str, Any]:
    check = {"type": "contains", "value": value} | ({"metric": metric} if metric else {})
    return {"vars": {"question": f"What is {number} + 1?"}, "assert": [check]}


def row(at: int, test: dict[str, Any], column: int, passed: bool, *, failed: bool = False) -> dict[str, Any]:
    metric = test["assert"][0].get("metric")
    return {
        "provider": {"id": ("weak", "strong", "strong")[column], "label": ""},
        "prompt": {"raw": "", "label": "plain"},
        "promptIdx": column,
        "testIdx": at,
        "testCase": test,
        "vars": test["vars"],
        "success": passed and not failed,
        "score": float(passed and not failed),
        "namedScores": {metric: float(passed)} if metric and not failed else {},
        "failureReason": 2 if failed else int(not passed),
        "error": "refused" if failed else None,
    }


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    return path


BOTH = Choice(baseline="weak", treated="strong", metrics=("success",))


def test_tests_of_one_question_are_items_of_their_own_and_repeats_are_not(tmp_path: Path) -> None:
    tests = [case_of(number, value) for number in range(8) for value in ("a", "b")]
    tests += tests[:2]  # as --repeat writes a test: with the next number
    rows = [row(at, one, column, column == 1 or at % 2 == 0) for at, one in enumerate(tests) for column in (0, 1)]
    (found,) = import_logs([written(tmp_path / "log.jsonl", rows)], BOTH).comparisons
    assert (found.pairs, found.baseline, found.treated) == (16, 0.5, 1.0)
    assert any("8 questions are asked by several tests" in str(one) for one in found.warnings)
    with pytest.raises(InputError, match="two runs in one file"):
        import_logs([written(tmp_path / "twice.jsonl", [*rows, *rows])], BOTH)


def test_a_csv_says_that_it_does_not_tell_tests_from_repeats(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    header = "question,[weak] plain,Status,Score,[strong] plain,Status,Score\n"
    path.write_text(header + "".join(f"q{at // 2},x,PASS,1,y,FAIL,0\n" for at in range(16)), encoding="utf-8")
    (found,) = import_logs([path], BOTH).comparisons
    assert found.pairs == 8
    assert any("does not tell repeats from tests" in str(one) for one in found.warnings)


def test_columns_of_one_name_are_systems_of_their_own(tmp_path: Path) -> None:
    rows = [row(at, case_of(at, "a"), column, column > 1) for at in range(8) for column in (0, 1, 2)]
    log = read_log(written(tmp_path / "log.jsonl", rows))
    assert log.systems == ("weak / plain", "strong / plain #2", "strong / plain #3")
    path = tmp_path / "log.csv"
    path.write_text("q,[m] p,Status,Score,[m] p,Status,Score\n1,x,PASS,1,y,FAIL,0\n", encoding="utf-8")
    assert read_log(path).systems == ("m / p #1", "m / p #2")


@pytest.mark.parametrize("errors_wrong", [False, True])
def test_a_test_that_has_no_such_metric_is_neither_missing_nor_wrong(errors_wrong: bool, tmp_path: Path) -> None:
    tests = [case_of(at, "a", metric="right" if at < 8 else "short") for at in range(20)]
    rows = [
        row(at, one, column, column == 1 or at % 2 == 0, failed=at == 19 or (column == 0 and at == 0))
        for at, one in enumerate(tests)
        for column in (0, 1)
    ]
    choice = Choice(baseline="weak", treated="strong", metrics=("right",), errors_wrong=errors_wrong)
    (found,) = import_logs([written(tmp_path / "log.jsonl", rows)], choice).comparisons
    # By hand: of tests 0 to 7 the weak one has 2, 4 and 6, and 0 is an error; 19, an error of both, has no such metric.
    assert (found.pairs, found.baseline) == ((8, 3 / 8) if errors_wrong else (7, 3 / 7))
    assert (found.paired.unasked, found.paired.unpaired) == (12, 0 if errors_wrong else 1)
    assert [one.without_score for one in found.paired.sides] == [1, 0]


def test_other_assertions_of_the_same_questions_are_said(tmp_path: Path) -> None:
    logs = [
        written(tmp_path / f"{value}.jsonl", [row(at, case_of(at, value), 0, at % 3 == 0) for at in range(12)])
        for value in ("a", "b")
    ]
    (found,) = import_logs(logs, Choice(metrics=("success",))).comparisons
    assert found.pairs == 12
    assert any("12 items are asked alike and checked otherwise" in str(one) for one in found.warnings)

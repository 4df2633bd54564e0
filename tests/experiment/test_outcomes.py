"""Outcomes on disk: the same bytes in whatever order trials came, whole files only."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec
import pytest

from tierproof.errors import InputError
from tierproof.experiment.findings.kept.outcomes import Outcomes
from tierproof.experiment.findings.kept.whole import replace_file
from tierproof.experiment.trials.trial import Trial

ARMS = ("baseline", "other")


def trial(arm: str, at: int, text: str = "ü\n\x1b") -> Trial:
    return Trial(arm=arm, item=f"i{at}", position=at, score=at / 200, text=text, usd=0.5)


def saved(folder: Path, trials: list[Trial]) -> bytes:
    with Outcomes(folder, ARMS) as outcomes:
        for one in trials:
            outcomes.add(one)
        assert (folder / "outcomes.jsonl") in outcomes.save()
    return (folder / "outcomes.jsonl").read_bytes()


def test_the_order_of_arrival_leaves_no_trace(tmp_path: Path) -> None:
    trials = [trial(arm, at) for at in range(200) for arm in ARMS]
    shuffled = random.Random(1).sample(trials, len(trials))
    written = saved(tmp_path / "a", trials)
    assert saved(tmp_path / "b", shuffled) == written
    lines = written.splitlines()
    assert [msgspec.json.decode(line, type=Trial) for line in lines] == trials


def test_a_second_trial_replaces_the_first_and_the_spool_goes(tmp_path: Path) -> None:
    written = saved(tmp_path, [trial("other", 0, "first"), trial("other", 0, "second")])
    assert written.count(b"\n") == 1 and b"second" in written
    assert not list(tmp_path.glob(".outcomes*"))


def test_items_can_be_read_side_by_side_while_more_come(tmp_path: Path) -> None:
    with Outcomes(tmp_path, ARMS) as outcomes:
        outcomes.add(trial("other", 1))
        outcomes.add(trial("baseline", 1))
        assert [one.arm for one in outcomes.of_item(1)] == ["baseline", "other"]
        outcomes.add(trial("baseline", 500))
        assert [one.item for one in outcomes.of_item(500)] == ["i500"]
        assert outcomes.of_item(0) == outcomes.of_item(10_000) == ()


def test_parquet_holds_the_same(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    saved(tmp_path, [trial(arm, at) for at in range(30) for arm in ARMS])
    rows = parquet.read_table(tmp_path / "outcomes.parquet").to_pylist()
    assert rows == [msgspec.json.decode(line) for line in (tmp_path / "outcomes.jsonl").read_bytes().splitlines()]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="results cannot be written"):
        Outcomes(tmp_path / "file" / "results", ARMS)
    with pytest.raises(InputError, match="cannot be written"):
        replace_file(tmp_path / "missing" / "report.html", "x")


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "x"
    replace_file(path, "old")
    replace_file(path, "new")
    assert path.read_text() == "new"
    assert [one.name for one in tmp_path.iterdir()] == ["x"]

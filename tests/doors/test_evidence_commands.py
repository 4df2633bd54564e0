"""`tierproof evidence stats`, `diff` and what `lint` finds suspicious, on small packs whose counts are known by
hand."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from msgspec import convert
from typer.testing import CliRunner

from tierproof.answers.census import DiffAnswer
from tierproof.doors.cli import app
from tierproof.evidence import load_pack
from tierproof.evidence.census import census, tally
from tierproof.report.words.census import diff_blocks

RUN = CliRunner()
BCG = Path(__file__).resolve().parents[2] / "examples" / "packs" / "bcg_vaccine"


def invoke(*arguments: str | Path) -> tuple[int, str, str]:
    result = RUN.invoke(app, ["evidence", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def record(identifier: str, **changes: Any) -> dict[str, Any]:
    known = load_pack(BCG).records[0]
    return {
        "id": identifier, "technique": known.technique, "comparator": "none", "outcome": "quality", "metric": "free "
        "of it",
        "unit": "percent", "higher_is_better": True, "baseline": 90.0, "treated": 99.0, "n": 100_000,
        "setting": "production", "independence": "independent", "year": 2026, "source": {"title": "New"},
        "source_id": "title:new", "contrast": "added", "selection": "complete", "task_family": known.task_family,
    } | changes  # fmt: skip


@pytest.fixture
def grown(tmp_path: Path) -> Path:
    folder = tmp_path / "grown"
    shutil.copytree(BCG, folder)
    lines = [
        record("new-1"),
        record("new-2", source_id="title:other", selection="picked", independence="vendor", setting="benchmark"),
        record("new-3", mirror_of="new-1"),
    ]
    (folder / "evidence" / "new.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    return folder


def test_a_tally_is_what_one_counts_by_hand(grown: Path) -> None:
    new = [one for one in load_pack(grown).records if one.id.startswith("new-")]
    counted = tally(new)
    assert (counted.effects, counted.sources, counted.production, counted.newest_year) == (2, 2, 1, 2026)
    assert (counted.independent, counted.picked, counted.doubtful, counted.sized) == (0.5, 0.5, 0.0, 1.0)
    everything, each = census(new, ["nothing", new[0].technique])
    assert everything == each[new[0].technique] == counted
    assert (each["nothing"].effects, each["nothing"].newest_year) == (0, None)


def test_stats_say_it_in_every_form(grown: Path) -> None:
    code, out, _ = invoke("stats", grown, "--json")
    document = json.loads(out)
    assert code == 0 and document["schema"] == "tierproof/evidence-stats/1"
    assert sum(one["effects"] for one in document["techniques"].values()) == document["all"]["effects"]
    assert document["records"] == document["all"]["effects"] + 1  # the mirror
    code, out, _ = invoke("stats", grown)
    assert code == 0 and "Independent" in out and "1 mirrors" in out.replace("\n", " ")


def test_a_diff_names_what_was_added_what_moved_and_which_tiers_changed(grown: Path) -> None:
    code, out, _ = invoke("diff", BCG, grown, "--json")
    document = json.loads(out)
    technique = load_pack(BCG).records[0].technique
    assert code == 0
    assert document["added"] == {
        technique: {"effects": 3, "removed": 0, "changed": 0, "sources": ["title:new", "title:other"]}
    }
    # The same the other way round: what was added is removed.
    back = json.loads(invoke("diff", grown, BCG, "--json")[1])
    assert back["added"][technique]["removed"] == 3
    assert [one["technique"] for one in back["tiers_changed"]] == [
        one["technique"] for one in document["tiers_changed"]
    ]


def test_a_pack_does_not_differ_from_itself() -> None:
    document = json.loads(invoke("diff", BCG, BCG, "--json")[1])
    assert (document["added"], document["moved"], document["tiers_changed"]) == ({}, [], [])
    assert "Nothing was added" in invoke("diff", BCG, BCG)[1]


@pytest.mark.parametrize("own", [True, False])
def test_a_tier_that_turned_by_the_evidence_of_others_is_said_to(grown: Path, own: bool) -> None:
    document = json.loads(invoke("diff", BCG, grown, "--json")[1])
    (technique,) = document["added"]
    turned = {"technique": technique, "before": "C", "after": "B", "p_before": 0.4, "p_after": 0.6}
    changes = {"tiers_changed": [turned], "added": document["added"] if own else {}}
    told = diff_blocks(convert({**document, **changes}, DiffAnswer), load_pack(grown), load_pack(BCG))
    assert any("Without a changed record of its own: " in str(one) for one in told) is not own


def test_an_average_that_leaves_its_interval_is_named(grown: Path) -> None:
    """Twenty thousand figures' worth of odds ratio 11 against the trials' 2: the average must leave its interval."""
    lines = [record(f"far-{k}", source_id=f"title:far-{k}", treated=99.9) for k in range(30)]
    (grown / "evidence" / "far.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    document = json.loads(invoke("diff", BCG, grown, "--json")[1])
    (moved,) = [one for one in document["moved"] if one["outcome"] == "quality"]
    assert not moved["before"]["low"] <= moved["after"]["median"] <= moved["before"]["high"]


@pytest.mark.parametrize(
    ("figures", "better", "warned"),
    [
        ((0.62, 0.7), True, True),
        ((62.0, 70.0), True, False),
        ((0.0, 0.0), True, False),
        ((1.0, 0.25), False, False),  # a share of failures
    ],
)
def test_shares_that_pass_for_percent_are_warned_of(
    tmp_path: Path, figures: tuple[float, float], better: bool, warned: bool
) -> None:
    path = tmp_path / "x.jsonl"
    line = record("a", baseline=figures[0], treated=figures[1], higher_is_better=better)
    path.write_text(json.dumps(line) + "\n", encoding="utf-8")
    code, out, error = invoke("lint", path)
    assert code == 0 and "in order" in out
    assert ("times 100" in error) is warned


def test_one_figure_below_one_percent_is_no_slip(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    lines = [record("a", baseline=0.5, treated=0.2), record("b")]
    path.write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    assert "warning" not in invoke("lint", path)[2]


def test_an_aim_that_nothing_speaks_of_is_warned_of(grown: Path) -> None:
    (file,) = (grown / "techniques").glob("*.toml")
    text = file.read_text(encoding="utf-8")
    aims = next(line for line in text.splitlines() if line.startswith("aims"))
    file.write_text(text.replace(aims, 'aims = ["quality", "stability"]'), encoding="utf-8")
    lens = grown / "lenses" / "effect.toml"
    told = lens.read_text(encoding="utf-8")
    lens.write_text(told.replace("[weights]", "[weights]\nstability = 0.5"), encoding="utf-8")
    code, out, error = invoke("lint", grown)
    assert code == 0 and "in order" in out
    assert "aims at stability" in error and "no tier" in error


def test_lint_lists_figures_that_may_be_slips(tmp_path: Path) -> None:
    """Sisters about 90 to 91 percent, one of them at 9 (a figure of 91 read wrong), one pair under two ids and copied
    by another source, one pair that follows from two others."""
    folder = tmp_path / "slips"
    shutil.copytree(BCG, folder)
    sisters = [
        record(f"sister-{i}", baseline=90.1, treated=90.3 + 0.1 * i, n=1_000, task=f"task {i}") for i in range(9)
    ]
    slips = [
        record("slip", baseline=90.1, treated=9.13, n=1_000, task="task 9"),
        record("first", baseline=90.17, treated=91.23, task="twice"),
        record("second", baseline=90.17, treated=91.23, task="twice"),
        record("third", baseline=90.17, treated=91.23, task="twice", source_id="leaderboard"),
        record("a-b", baseline=81.31, treated=82.57, task="chain", metric="chained"),
        record("b-c", baseline=82.57, treated=83.91, task="chain", metric="chained"),
        record("a-c", baseline=81.31, treated=83.91, task="chain", metric="chained"),
    ]
    file = folder / "evidence" / "slips.jsonl"
    file.write_text("\n".join(map(json.dumps, [*sisters, *slips])) + "\n", encoding="utf-8")
    code, _, told = invoke("lint", folder, "--suspicious")
    assert code == 0  # worth a look, no fault
    shown = [line for line in told.splitlines() if "slips.jsonl" in line]
    assert len(shown) == 4
    assert any("slips.jsonl:10: slip: -4.51 on the analysis scale, where its 11 sisters" in line for line in shown)
    assert any("slips.jsonl:12: second: both figures are those of first" in line for line in shown)
    assert any("slips.jsonl:13: third: both figures are those of second, from another source" in line for line in shown)
    assert any("slips.jsonl:16: a-c: follows from a-b and b-c" in line for line in shown)
    _, _, quiet = invoke("lint", folder)
    assert "slips.jsonl" not in quiet
    code, _, told = invoke("lint", file, "--suspicious")
    assert code == 0
    assert told.count("slips.jsonl:") == 4

"""The lab's whole demonstration: its plan names what exists, and its figures are what the outcomes say."""

from __future__ import annotations

import json
import math
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tierproof.evidence import load_pack
from tierproof.techniques import parse_arm

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((SCRIPTS / name).read_text(encoding="utf-8"))


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import lab_full_figures

    yield lab_full_figures
    sys.modules.pop("lab_full_figures")


def test_no_row_is_missing_and_the_2025_table_keeps_its_order() -> None:
    techniques = load_pack().techniques
    told = [row["technique"] for row in _table("lab_full_rows.toml")["row"]]
    stated = sorted((one.seed.tier, name) for name, one in techniques.items() if one.seed is not None)
    assert told[: len(stated)] == [name for _, name in stated]
    assert sorted(told) == sorted(techniques)


def test_every_row_shows_arms_that_a_run_measures_with_three_seeds_where_they_train() -> None:
    runs = {run["name"]: run for run in _table("lab_full.toml")["run"]}
    for row in _table("lab_full_rows.toml")["row"]:
        for shown in row["shown"]:
            run = runs[shown["run"]]
            assert shown["arm"] in run["arms"]
            step = parse_arm(shown["arm"])[0]
            assert step.recipe.name.partition("/")[0] == row["technique"]
            if "seed" in step.recipe.options:
                assert run["seeds"] >= 3


def test_an_effect_over_seeds_is_worked_out_by_hand(tmp_path: Path, figures: Any) -> None:
    # Ten items; the baseline has 4 right, the two seeds 6 and 8.
    right = {"baseline": 4, "lora": 6, "lora(seed=1)": 8}
    place = tmp_path / "small"
    (place / "results").mkdir(parents=True)
    items = [{"id": f"q{at}", "kind": "fact", "documents": 2, "guess": 0.5} for at in range(10)]
    (place / "items.jsonl").write_text("".join(json.dumps(one) + "\n" for one in items))
    trials = [
        {
            "arm": arm,
            "item": one["id"],
            "score": float(at < many),
            "usd": 1.0 if arm == "baseline" else 2.0,
            "seconds": 1.0,
        }
        for arm, many in right.items()
        for at, one in enumerate(items)
    ]
    (place / "results" / "outcomes.jsonl").write_text("".join(json.dumps(one) + "\n" for one in trials))
    (place / "results" / "evidence.jsonl").write_text("")
    runs = figures.read_runs(tmp_path, {"run": [{"name": "small", "baseline": "base"}]})
    told = {"technique": "lora", "shown": [{"run": "small", "arm": "lora"}], "shows": "", "cannot": ""}
    (row,) = figures.rows_of([told], runs)
    (at,) = row.versus
    # Mean over seeds: 0.7 against 0.4.  The items' gaps are 0 four times, 1 twice, 0.5 twice, 0 twice: their mean 0.3
    # has variance (2 * 1^2 + 2 * 0.5^2 - 10 * 0.3^2) / 9 / 10.  Between the seeds (gaps 0.2 and 0.4): 0.02 / 2.
    se = math.sqrt(1.6 / 90 + 0.01)
    assert at.points.value == pytest.approx(0.3)
    assert at.points.high - at.points.value == pytest.approx(1.959963984540054 * se)
    assert (at.seeds, at.before, at.after) == (2, pytest.approx(0.4), pytest.approx(0.7))
    assert at.cost.value == pytest.approx(2.0)
    assert at.latency is None  # no record of time: such times are no evidence

"""A whole system minus each part: arms, what a part is worth, what is reused, what is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from doors.checked import check
from doors.test_measure_command import folder, tierproof
from experiment import sums
from servers.endpoint import is_wrong, serve
from tierproof.errors import InputError
from tierproof.experiment.design.standing import Stakes
from tierproof.experiment.findings.against.ablated import build_ablated, parts_of
from tierproof.experiment.run.measurement import JOURNAL, Measurement, measure

THINKS, SAYS = "chain-of-thought", "system-prompt-design"
WHOLE = f"{THINKS}+{SAYS}"
ITEMS = 60
STAKES = Stakes(value_per_success=1.0, latency_price=0.0, requests=1_200_000, months=12, minimal_difference=0.02)


def answer(body: Mapping[str, Any]) -> str:
    """Whoever thinks first is right; the prompt's own words do nothing."""
    last = body["messages"][-1]["content"]
    careful = sums.CAREFUL if "step by step" in json.dumps(body) else ""
    return sums.answer({**body, "messages": [{"role": "user", "content": last + careful}]})


def ablated(endpoint: Any, folder: Path, **settings: Any) -> Measurement:
    settings = {"fixed": ITEMS, "stakes": STAKES, **settings}
    return asyncio.run(measure(sums.workload(endpoint.base_url, ITEMS), folder, names=(), ablate=WHOLE, **settings))


def test_the_arms_are_the_whole_and_the_whole_without_each_part() -> None:
    arms, left_out = asyncio.run(build_ablated(sums.workload("http://127.0.0.1:1/v1", 4), WHOLE))
    assert [(arm.name, arm.lacks, arm.whole) for arm in arms] == [
        (WHOLE, "", True), (f"without {THINKS}", THINKS, False), (f"without {SAYS}", SAYS, False),
    ]  # fmt: skip
    assert not left_out and all(arm.technique is None for arm in arms)
    assert any("step by step" in line.lower() for line in arms[1].diff)


@pytest.mark.parametrize(
    ("system", "told"),
    [
        (THINKS, "has no parts to leave out"),
        (f"{THINKS}+{THINKS}", "names a part twice"),
        (f"{THINKS}+stress/typos", "is an adverse condition"),
        (f"{THINKS}+robots", "no technique is called"),
    ],
)
def test_what_is_no_composed_system_is_refused(system: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        parts_of(system)


def test_a_whole_that_lacks_what_it_needs_is_told_of(tmp_path: Path) -> None:
    workload = sums.workload("http://127.0.0.1:1/v1", 4)
    with pytest.raises(InputError, match="needs documents/"):
        asyncio.run(
            measure(workload, tmp_path, names=(), ablate=f"{THINKS}+retrieval-augmented-generation", stakes=STAKES)
        )


def test_a_part_is_worth_what_leaving_it_out_costs(tmp_path: Path) -> None:
    with serve(answer=answer) as endpoint:
        found = ablated(endpoint, tmp_path)
    thinks, says = found.parts
    assert (thinks.name, thinks.arm, says.name) == (THINKS, f"without {THINKS}", SAYS)
    wrong = sum(is_wrong(at) for at in range(ITEMS)) / ITEMS
    assert thinks.standing is not None and thinks.standing.difference == pytest.approx(wrong)
    assert thinks.standing.interval[0] < wrong < thinks.standing.interval[1]
    assert thinks.standing.state == "better" and thinks.standing.p_worth > 0.95
    # By hand, from the outcomes: value of what is won less what the part costs, in 100,000 requests a month.
    rows = [json.loads(line) for line in (tmp_path / "outcomes.jsonl").read_text().splitlines()]
    by_arm = {
        name: np.array([[row["score"], row["usd"]] for row in rows if row["arm"] == name])
        for name in (WHOLE, f"without {THINKS}")
    }
    gaps = by_arm[WHOLE] - by_arm[f"without {THINKS}"]
    worth = gaps[:, 0] - gaps[:, 1]
    # Classical ends of two parts together (a fixed run), as far beyond as what the cost is not known to.
    error, z = stats.sem(gaps[:, 0]), stats.norm.ppf(1 - 0.05 / 4)
    # With half a step of one item for continuity.
    reach = stats.t.ppf(1 - 0.05 / 4, ITEMS - 1) * error + 0.5 / ITEMS
    # Some items are won and none lost, so that the mean of a sample lies too low with too small an sd.
    skewed = stats.skew(gaps[:, 0]) * (2 * z * z + 1) / 6 / np.sqrt(ITEMS) * error
    assert thinks.month is not None and skewed > 0
    assert thinks.month[0] == pytest.approx(1e5 * worth.mean(), rel=1e-9)
    assert thinks.month[1] == pytest.approx(1e5 * (worth.mean() - reach), rel=0.01)
    assert thinks.month[2] == pytest.approx(1e5 * (worth.mean() + reach + skewed), rel=0.01)
    # The other part changes no answer: nothing, with room for one item in 60 that was not seen to be won or lost.
    assert says.month is not None and says.month[1] < 0 < says.month[2] and says.month[0] <= 0
    assert says.month[2] - says.month[1] > 2 * 1e5 / ITEMS
    assert not found.records and not found.table_records
    assert (tmp_path / "evidence.jsonl").read_text() == ""


def test_what_is_in_the_journal_is_reused(tmp_path: Path) -> None:
    with serve(answer=answer) as endpoint:
        workload = sums.workload(endpoint.base_url, ITEMS)
        asyncio.run(measure(workload, tmp_path, names=(WHOLE, THINKS), fixed=ITEMS))
        outcomes = (tmp_path / "outcomes.jsonl").read_bytes()
        before = endpoint.calls.total()
        found = ablated(endpoint, tmp_path / "apart", journal=tmp_path / JOURNAL)
        # Without system-prompt-design it is chain-of-thought alone, which was measured; all three are timed anew.
        assert endpoint.calls.total() - before == ITEMS + 3 * 12
        again = ablated(endpoint, tmp_path / "apart", journal=tmp_path / JOURNAL)
        assert endpoint.calls.total() - before == ITEMS + 3 * 12
    assert again.parts == found.parts
    # What was measured against the baseline stands as it stood; a budget counts the ablation apart.
    assert (tmp_path / "outcomes.jsonl").read_bytes() == outcomes
    assert found.spend.total.calls == ITEMS + 3 * 12


def test_a_person_is_told_which_part_carries_its_weight(tmp_path: Path) -> None:
    with serve(answer=answer) as endpoint:
        where = folder(tmp_path / "w", endpoint)
        forecast = tierproof("measure", str(where), "--ablate", WHOLE, "--dry-run")
        told = tierproof("measure", str(where), "--ablate", WHOLE, "--fixed", "60")
        data = json.loads(tierproof("measure", str(where), "--ablate", WHOLE, "--fixed", "60", "--json").stdout)
        both = tierproof("measure", str(where), "--ablate", WHOLE, "--techniques", THINKS)
    assert "without chain-of-thought" in forecast.stdout
    assert told.returncode == 0, told.stderr
    assert "Carries its weight: chain-of-thought." in told.stdout.replace("\n", " ")
    assert "a month" in told.stdout
    assert max(len(line) for line in told.stdout.splitlines()) <= 80
    check(data)
    assert data["ablation"]["system"] == WHOLE
    [thinks, says] = data["ablation"]["parts"]
    assert thinks["month"]["low"] > 0 and thinks["state"] == "better" and says["name"] == SAYS
    assert data["updates"] == []
    assert both.returncode == 2 and "leave one of the two out" in both.stderr
    worse = tierproof("measure", str(where), "--ablate", WHOLE, "--fail-if-worse")
    assert worse.returncode == 2 and "what a part is worth" in worse.stderr
    [apart] = (where / "results").glob("ablation-*")
    page = (apart / "report.html").read_text(encoding="utf-8")
    assert "Arms against the whole" in page and "carries its weight?" in page

"""Logs of tools' own writers with other settings: paired results to the digit.

real/others.json says which logs, options and figures; the figures come from a short program in plain Python that takes
each tool's fields by hand (real/README.md).  Sums are taken in another order there, hence the tolerance.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tierproof.experiment.logs.files.named_columns import read_log
from tierproof.experiment.logs.imported import Choice, import_logs

OTHERS = json.loads((Path(__file__).parent / "real" / "others.json").read_text(encoding="utf-8"))
DIGITS = 1e-12


@pytest.mark.parametrize("entry", OTHERS, ids=[f"{one['logs'][0]}-{one['metric']}" for one in OTHERS])
def test_paired_results_are_right_to_the_digit(entry: dict[str, Any], real: Path) -> None:
    if entry["logs"][0].endswith(".parquet"):
        pytest.importorskip("pyarrow")
    paths = [real / log for log in entry["logs"]]
    (found,) = import_logs(paths, Choice(metrics=(entry["metric"],), **entry["options"])).comparisons
    assert found.pairs == entry["n"]
    assert found.baseline == pytest.approx(entry["mean_a"], abs=DIGITS)
    assert found.treated == pytest.approx(entry["mean_b"], abs=DIGITS)
    assert found.se == pytest.approx(entry["se"], abs=DIGITS)


def test_a_trace_that_lost_its_run_is_known_by_its_assessments(real: Path) -> None:
    log = read_log(real / "mlflow" / "store.db")
    assert log.systems == ("model-a", "model-b")
    assert [len(one) for one in log.series] == [24, 24]  # 18 of each name their run in the trace itself


def test_times_and_counts_of_helm_are_no_scores(real: Path) -> None:
    (series,) = read_log(real / "helm" / "a" / "per_instance_stats.json").series
    assert (series.system, len(series)) == ("simple/model1", 12)
    assert set(series.metrics) == {"exact_match", "quasi_exact_match", "prefix_exact_match", "quasi_prefix_exact_match"}


def test_what_is_expected_is_no_score_in_a_csv_either(real: Path) -> None:
    log = read_log(real / "mlflow" / "frame_a.csv")
    assert "target" not in log.series[0].metrics


def test_more_of_a_log_likelihood_is_better_whatever_it_is_called(real: Path) -> None:
    folders = [real / "lm-eval" / f"likelihood-{number}" for number in (1, 2)]
    paths = [next(folder.glob("samples_*")) for folder in folders]
    (found,) = import_logs(paths, Choice(metrics=("perplexity",))).comparisons
    assert not found.named.lower_is_better
    assert any("log-likelihood" in text for text in found.warnings)

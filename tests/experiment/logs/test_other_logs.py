"""Logs of tools' own writers with other settings: paired results to the digit.

real/others.json says which logs, options and figures; the figures come from a short program in plain Python that takes
each tool's fields by hand (real/README.md).  Sums are taken in another order there, hence the tolerance.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tierproof.errors import InputError
from tierproof.experiment.logs.files.log_places import log_at
from tierproof.experiment.logs.files.named_columns import read_log
from tierproof.experiment.logs.imported import Choice, import_logs
from tierproof.experiment.logs.outcome import Ask

REAL = Path(__file__).parent / "real"
OTHERS = json.loads((REAL / "others.json").read_text(encoding="utf-8"))
SETTINGS = json.loads((REAL / "settings.json").read_text(encoding="utf-8"))
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


@pytest.mark.parametrize("entry", SETTINGS, ids=[f"{one['logs'][0]}-{one['metric']}" for one in SETTINGS])
def test_results_under_other_settings_are_right_to_the_digit(entry: dict[str, Any], real: Path) -> None:
    paths = [real / "settings" / log for log in entry["logs"]]
    if paths[0].suffix == ".parquet":
        pytest.importorskip("pyarrow")
    (found,) = import_logs(paths, Choice(metrics=(entry["metric"],), **entry["options"])).comparisons
    assert (found.pairs, found.paired.unpaired) == (entry["n"], entry["unpaired"])
    assert sum(side.without_score for side in found.paired.sides) == entry["errors"]
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


def test_filters_that_old_rows_do_not_name_are_those_of_the_results(real: Path, tmp_path: Path) -> None:
    """Old lm-eval wrote all rows of one filter, then all of the next, without a name, and at first no fingerprint."""
    figures = []
    for hashed in (True, False):
        for which in ("weak", "strong"):
            (tmp_path / which).mkdir(exist_ok=True)
            for path in (real / "settings" / "lm-eval" / which).glob("*"):
                if path.name.startswith("results_"):
                    (tmp_path / which / path.name).write_bytes(path.read_bytes())
                elif "g_noid" in path.name:
                    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
                    gone = {"filter", "metrics"} if hashed else {"filter", "metrics", "doc_hash"}
                    kept = [{name: value for name, value in row.items() if name not in gone} for row in rows]
                    text = "".join(json.dumps(row) + "\n" for row in kept)
                    (tmp_path / which / path.name).write_text(text, encoding="utf-8")
        paths = [log_at(tmp_path / which) for which in ("weak", "strong")]
        found = import_logs(paths, Choice(metrics=("exact_match", "length"))).comparisons
        figures.append({(one.named.measured, one.pairs, one.treated) for one in found})
        if not hashed:
            # An old log beside a new one: the fingerprint is the same.
            (new,) = (real / "settings" / "lm-eval" / "strong").glob("samples_g_noid*")
            mixed = import_logs([paths[0], new], Choice(metrics=("length",), filter="num")).comparisons
            assert [one.pairs for one in mixed] == [30]
    assert figures[0] == figures[1]
    assert {name for name, _, _ in figures[0]} == {
        f"{a}, {b}" for a in ("exact_match", "length") for b in ("num", "raw")
    }
    for path in (tmp_path / "weak").glob("results_*"):
        path.unlink()
    with pytest.raises(InputError, match="another filter") as told:
        read_log(next((tmp_path / "weak").glob("samples_*")))
    assert told.value.problems[0].line == 31


def test_a_folder_of_lm_eval_is_all_tasks_of_its_run(real: Path) -> None:
    paths = [log_at(real / "settings" / "lm-eval" / which) for which in ("weak", "strong")]
    found = import_logs(paths).comparisons
    assert {one.named.task for one in found} == {"g_noid", "g_dup", "mc"}


def test_edits_and_invalid_samples_of_inspect_are_told(real: Path, tmp_path: Path) -> None:
    source = real / "settings" / "inspect" / "weak.json"
    log = json.loads(source.read_text(encoding="utf-8"))
    log["samples"][0]["scores"]["match"]["history"] = [{"value": "I"}]
    log["samples"][1]["invalidation"] = {"author": "me", "reason": "the question was wrong"}
    path = tmp_path / "edited.json"
    path.write_text(json.dumps(log), encoding="utf-8")
    told = " ".join(read_log(path).told.warnings)
    assert "edited" in told
    assert "invalid" in told
    assert "edited" not in " ".join(read_log(source).told.warnings)


def test_of_a_length_neither_is_better(real: Path) -> None:
    paths = [real / "settings" / "pydantic-evals" / f"bracket_{which}.json" for which in ("weak", "strong")]
    found = {one.named.metric: one for one in import_logs(paths).comparisons}
    assert found["len"].named.unsure
    assert not found["MaxDuration"].named.unsure  # passed or not


def test_a_page_of_langfuse_that_names_a_next_one_is_not_the_run(real: Path, tmp_path: Path) -> None:
    page = json.loads((real / "settings" / "langfuse" / "weak.json").read_text(encoding="utf-8"))
    for cursor, told in ((None, False), ("abc", True)):
        path = tmp_path / f"{cursor}.json"
        path.write_text(json.dumps({**page, "meta": {"cursor": cursor}}), encoding="utf-8")
        assert any("next page" in text for text in read_log(path).told.warnings) is told
    log = read_log(real / "settings" / "langfuse" / "weak.json", ask=Ask(cluster="kind"))
    assert len(set(log.series[0].groups.tolist())) == 2


def test_a_document_may_have_a_number_of_any_size(real: Path, tmp_path: Path) -> None:
    (path,) = (real / "settings" / "lm-eval" / "weak").glob("samples_mc_*")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        row["doc_id"] += 10**40
    large = tmp_path / path.name
    large.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert read_log(large).rows == 30


def test_a_task_without_scores_is_left_out_of_a_run(real: Path, tmp_path: Path) -> None:
    for path in (real / "settings" / "lm-eval" / "weak").glob("*"):
        text = path.read_text(encoding="utf-8")
        if "g_dup" in path.name:
            rows = [json.loads(line) for line in text.splitlines()]
            gone = [{**row, "metrics": ["bypass"], "bypass": None} for row in rows]
            for row in gone:
                del row["exact_match"]
            text = "".join(json.dumps(row) + "\n" for row in gone)
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    log = read_log(log_at(tmp_path))
    assert {one.task for one in log.series} == {"g_noid", "mc"}
    assert any("g_dup: predictions alone" in text for text in log.told.warnings)
    with pytest.raises(InputError, match="predict_only"):
        read_log(next(tmp_path.glob("samples_g_dup*")))


@pytest.mark.parametrize("metric", ["match", "unscored"])
def test_the_order_of_rows_says_nothing(metric: str, real: Path, tmp_path: Path) -> None:
    """Rows in one order are paired by a shorter way; the figures are those of any other order."""
    paths = [real / "settings" / "inspect" / f"{which}.json" for which in ("weak", "strong")]
    log = json.loads(paths[1].read_text(encoding="utf-8"))
    other = tmp_path / "strong.json"
    other.write_text(json.dumps({**log, "samples": log["samples"][::-1]}), encoding="utf-8")
    found = [import_logs([paths[0], last], Choice(metrics=(metric,))).comparisons[0] for last in (paths[1], other)]
    for name in ("pairs", "baseline", "treated", "se", "won", "lost", "p_value"):
        assert getattr(found[0], name) == pytest.approx(getattr(found[1], name), rel=1e-12), name
    assert found[0].paired.sides == found[1].paired.sides
    assert found[0].paired.unpaired == found[1].paired.unpaired


@pytest.mark.parametrize(
    ("protocol", "told"), [({"fixed": None}, True), ({"fixed": 40}, False), ({"of": "another"}, False)]
)
def test_a_run_that_stopped_by_its_own_rule_is_told(protocol: dict[str, object], told: bool, tmp_path: Path) -> None:
    rows = [{"arm": "a", "item": f"q{at}", "position": at, "score": 1.0} for at in range(4)]
    (tmp_path / "outcomes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (tmp_path / "protocol.json").write_text(json.dumps({"guarantee": "every-decision", **protocol}), encoding="utf-8")
    assert any("own rule" in text for text in read_log(log_at(tmp_path)).told.warnings) is told


def test_what_another_judge_says_is_another_metric(real: Path) -> None:
    log = read_log(real / "settings" / "mlflow" / "judges.db")
    by_system = {one.system: one for one in log.series}
    assert {name for name in by_system["weak"].metrics if name.startswith("exact")} == {"exact", "exact (HUMAN me)"}
    # Of 20 traces the task raised in 2; a person assessed 4, before the scorer's of 2 others were overridden.
    known = {name: int((~np.isnan(by_system["weak"].scores(name))).sum()) for name in ("exact", "exact (HUMAN me)")}
    assert known["exact"] == 18
    assert 0 < known["exact (HUMAN me)"] <= 4
    told = " ".join(log.told.warnings)
    assert "'exact' was assessed by several" in told
    assert "edited after the run" in told


def test_what_another_judge_says_in_a_frame_is_another_metric(tmp_path: Path) -> None:
    """The column `good/value` holds the model's word in one row and the person's in another."""

    def said(at: str, judge: str, value: object, **more: object) -> dict[str, object]:
        source = dict(zip(("source_type", "source_id"), judge.split(), strict=True))
        feedback = {"value": value} if value is not None else {"value": None, "error": {"error_code": "X"}}
        return {"assessment_id": at, "assessment_name": "good", "source": source, "feedback": feedback, **more}

    def run(name: str, day: int) -> dict[str, object]:
        return {"create_time": f"2026-11-0{day}", "metadata": {"mlflow.assessment.sourceRunId": name}}

    model, person = "LLM_JUDGE gpt", "HUMAN ann"
    given = [
        (1.0, [said("a", person, 0.0), said("b", model, 1.0)]),
        (0.0, [said("c", model, 1.0), said("d", person, 0.0)]),
        (1.0, [said("e", model, 1.0)]),
        (0.5, [said("f", model, 0.0, valid=False), said("g", "HUMAN bob", 0.5, overrides="f")]),
        (None, [said("h", model, None)]),
        (0.0, [said("i", person, 0.0)]),
        (1.0, None),  # whose it was is not known
        (1.0, [said("j", model, 1.0, **run("now", 2)), said("k", "CODE exact", 0.0, **run("before", 1))]),
    ]
    rows = [
        {"trace_id": f"t{at}", "state": "OK", "request": f"question {at}", "good/value": value, "assessments": made}
        for at, (value, made) in enumerate(given)
    ]
    file = tmp_path / "frame.json"
    file.write_text(json.dumps(rows), encoding="utf-8")
    log = read_log(file)
    (series,) = log.series
    missing = float("nan")
    np.testing.assert_equal(series.scores("good"), [1.0, 1.0, 1.0, 0.5, missing, missing, missing, 1.0])
    persons = [0.0, 0.0, missing, missing, missing, 0.0, missing, missing]
    np.testing.assert_equal(series.scores("good (HUMAN ann)"), persons)
    assert set(series.metrics) == {"good", "good (HUMAN ann)"}
    assert any("'good' was assessed by several" in text for text in log.told.warnings)
    for row in rows:
        row["assessments"] = [one for one in row["assessments"] or () if one["source"]["source_type"] != "HUMAN"]  # type: ignore[attr-defined]
    file.write_text(json.dumps(rows), encoding="utf-8")
    alone = read_log(file)
    assert set(alone.series[0].metrics) == {"good"}
    assert not any("several" in text for text in alone.told.warnings)

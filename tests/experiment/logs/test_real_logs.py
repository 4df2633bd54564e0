"""Every reader on logs of the tool itself: paired results to the digit.

The expected values come from a short program in plain Python that knows each tool's fields (real/README.md); they are
rounded to six digits there, hence the tolerance.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tierproof.errors import InputError
from tierproof.experiment.logs.files.named_columns import read_log
from tierproof.experiment.logs.imported import Choice, import_logs

HERE = Path(__file__).parent / "real"
ROUNDED = 0.5000001e-6
ENTRIES = [
    pytest.param(path.stem, entry, id=f"{path.stem}-{number}")
    for path in sorted(HERE.glob("*.json"))
    if path.stem not in ("others", "settings")  # of another form: test_other_logs.py
    for number, entry in enumerate(json.loads(path.read_text(encoding="utf-8")))
]
METRICS = {"deepeval": "Exact Match", "pydantic-evals": "EqualsExpected", "ragas": "exact_match", "mlflow": "right"}
BY = {"input": "input", "inputs": "input"}


def asked(tool: str, entry: dict[str, Any], folder: Path) -> tuple[list[Path], dict[str, Any]]:
    a, b = entry["a"], entry["b"]
    options: dict[str, Any] = {"metrics": (METRICS[tool],)} if tool in METRICS else {}
    if tool == "promptfoo":
        names = [f"{one[1]} / {one[2] if len(one) > 2 else 'steps'}" for one in (a, b)]
        return [folder / tool / a[0]], {"baseline": names[0], "treated": names[1], "metrics": ("right",)}
    if tool == "lm-eval":
        options["filter"] = a[1]
    if len(a) > 2 and a[2] in BY:
        options["by"] = BY[a[2]]
    if len(a) > 3:
        options["refused_missing"] = a[3]
    return [folder / tool / one[0] for one in (a, b)], options


@pytest.mark.parametrize("errors", ["missing", "wrong"])
@pytest.mark.parametrize(("tool", "entry"), ENTRIES)
def test_paired_results_are_right_to_the_digit(tool: str, entry: dict[str, Any], errors: str, real: Path) -> None:
    paths, options = asked(tool, entry, real)
    expected = entry["paired" if errors == "missing" else "paired_with_errors_as_0"]
    choice = Choice(errors_wrong=errors == "wrong", **options)
    if expected["n"] == 0:
        with pytest.raises(InputError, match="no pairs"):
            import_logs(paths, choice)
        return
    (found,) = import_logs(paths, choice).comparisons
    assert found.pairs == expected["n"]
    assert found.baseline == pytest.approx(expected["mean_a"], abs=ROUNDED)
    assert found.treated == pytest.approx(expected["mean_b"], abs=ROUNDED)
    assert found.difference == pytest.approx(expected["difference_b_minus_a"], abs=ROUNDED)
    assert found.se == pytest.approx(expected["standard_error_of_difference"], abs=ROUNDED)
    sides = found.paired.sides
    assert [side.rows for side in sides] == entry["rows"]
    assert [side.items for side in sides] == entry["items"]
    assert [side.without_score for side in sides] == entry["rows_without_score"]


def test_json_lines_and_csv_say_what_json_says(real: Path) -> None:
    folder = real / "promptfoo"
    names = {"baseline": "200k", "treated": "1m", "metrics": ("right",)}
    (whole,) = import_logs([folder / "two_models.json"], Choice(**names)).comparisons
    (table,) = import_logs([folder / "two_models.csv"], Choice(**names)).comparisons
    assert (table.pairs, table.difference, table.se) == (whole.pairs, whole.difference, whole.se)
    assert table.latency is None  # the CSV has no times
    assert whole.latency is not None


def test_cached_rows_give_no_time_and_no_cost(real: Path) -> None:
    folder = real / "promptfoo"
    choice = Choice(baseline="200k", metrics=("right",))
    (fresh,) = import_logs([folder / "two_models.json"], choice).comparisons
    (cached,) = import_logs([folder / "two_models_cached.json"], choice).comparisons
    assert [side.cached for side in fresh.paired.sides] == [0, 0]
    assert [side.cached for side in cached.paired.sides] == [20, 20]
    assert cached.latency is None
    assert any("from a cache" in text for text in cached.warnings)


def test_a_price_of_zero_is_no_price(real: Path) -> None:
    (found,) = import_logs(
        [real / "promptfoo" / "two_models.json"], Choice(baseline="200k", metrics=("right",))
    ).comparisons
    assert found.cost is None


def test_an_aborted_run_is_told_and_its_unasked_samples_are_no_errors(real: Path) -> None:
    log = read_log(real / "inspect" / "lab-1m_aborted.eval")
    assert log.rows == 3  # 23 samples in the file, 20 of them cancelled before they were asked
    assert any("status" in text for text in log.told.warnings)


def test_numbers_given_after_a_shuffle_are_not_taken_for_items(real: Path) -> None:
    paths = [real / "inspect" / f"lab-1m_noid_{order}.eval" for order in ("in_order", "shuffled")]
    with pytest.raises(InputError, match="different items"):
        import_logs(paths)
    with pytest.raises(InputError, match="numbers that the tool gave"):
        import_logs(paths, Choice(by="id"))


def test_copies_are_not_taken_for_repeats(real: Path) -> None:
    (path,) = (real / "lm-eval" / "repeats3-lab-1m").glob("samples_*.jsonl")
    assert any("copies" in text for text in read_log(path).told.warnings)


def test_filters_are_not_mixed(real: Path) -> None:
    paths = [next((real / "lm-eval" / name).glob("samples_desk_2*.jsonl")) for name in ("lab-200k", "lab-1m")]
    both = import_logs(paths).comparisons
    assert [(one.named.filter, one.pairs) for one in both] == [("strict", 46), ("last-number", 46)]
    # Holm over two comparisons: the smaller p doubled, the larger no less than that.
    small, large = sorted(one.p_value or 0.0 for one in both)
    assert sorted(one.p_holm or 0.0 for one in both) == pytest.approx(
        sorted((min(1, 2 * small), max(2 * small, large)))
    )


def test_results_of_lm_eval_lead_to_their_samples(real: Path) -> None:
    (path,) = (real / "lm-eval" / "repeats3-lab-1m").glob("results_*.json")
    assert read_log(path).rows == 40
    (several,) = (real / "lm-eval" / "lab-1m").glob("results_*.json")
    log = read_log(several)
    assert {(one.task, one.filter, len(one)) for one in log.series} == {
        (task, filter, 46) for task in ("desk", "desk_plain") for filter in ("strict", "last-number")
    }
    assert len(log.told.sources) == 3


def test_results_of_lm_eval_without_samples_hold_averages_alone(real: Path, tmp_path: Path) -> None:
    (path,) = (real / "lm-eval" / "lab-1m").glob("results_*.json")
    alone = tmp_path / path.name
    alone.write_bytes(path.read_bytes())
    with pytest.raises(InputError, match="averages alone"):
        read_log(alone)


def test_spans_have_time_and_errors_but_nothing_to_pair(real: Path) -> None:
    log = read_log(real / "opentelemetry" / "spans.jsonl")
    assert (log.rows, log.told.tool) == (3, "opentelemetry")
    with pytest.raises(InputError, match="no pairs"):
        import_logs([real / "opentelemetry" / "spans.jsonl"], Choice(baseline="lab-1m@cached", treated="lab-1m@429"))


def test_the_same_log_twice_is_refused(real: Path) -> None:
    path = real / "deepeval" / "test_run_lab-1m.json"
    with pytest.raises(InputError, match="the same log"):
        import_logs([path, path])

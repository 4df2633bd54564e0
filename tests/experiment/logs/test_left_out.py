"""What a log lacks, and which way is better: nothing of it may make a system look good in silence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tierproof.answers.gated import GateAnswer, gate_logs
from tierproof.errors import InputError
from tierproof.experiment.findings.kept.records import Origin
from tierproof.experiment.logs.evidence import log_records
from tierproof.experiment.logs.imported import Choice, Imported, import_logs
from tierproof.report.render.junit import junit_xml
from tierproof.report.words.imported import gate_blocks

RIGHT = [at % 5 != 0 for at in range(400)]


def table(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def scored(scores: Iterable[float | None], **more: Any) -> list[dict[str, Any]]:
    return [{"item": f"q{at}", "score": score, **more} for at, score in enumerate(scores)]


def gated(new: Path, old: Path, margin: float = 0.01, **choice: Any) -> GateAnswer:
    return gate_logs(new, str(old), Choice(**choice), margin=margin, confidence=0.95)


def test_the_gate_does_not_open_on_a_part_of_what_the_baseline_holds(tmp_path: Path) -> None:
    both = {"item": "item", "score": "score|judge"}
    rows = [{"item": f"q{at}", "score": int(one), "judge": int(one)} for at, one in enumerate(RIGHT)]
    old = table(tmp_path / "old.jsonl", rows)
    # The judge was down for the whole of the new run.
    new = table(tmp_path / "new.jsonl", [row | {"judge": None} for row in rows])
    answer = gated(new, old, columns=both)
    assert (answer.verdict, answer.exit_code) == ("not settled", 3)
    assert "'judge'" in answer.lacking[0]
    assert 'tests="2" failures="0" errors="1"' in junit_xml(answer)
    assert any(answer.lacking == getattr(block, "items", ()) for block in gate_blocks(answer))
    assert gated(new, old, columns=both, metrics=("score",)).exit_code == 0
    # What the baseline never had is nothing that was lost.
    assert gated(old, new, columns=both).exit_code == 0


def test_items_that_the_new_log_does_not_have_were_not_answered(tmp_path: Path) -> None:
    old = table(tmp_path / "old.jsonl", scored(map(int, RIGHT)))
    # Alike where it answers; a tool that writes no row of an error lost every tenth.
    kept = [row for at, row in enumerate(scored(map(int, RIGHT))) if at % 10 != 1]
    answer = gated(table(tmp_path / "new.jsonl", kept), old)
    assert answer.exit_code == 3
    assert answer.gated[0].compared.difference == 0
    assert "never given" in answer.gated[0].why
    assert gated(tmp_path / "new.jsonl", old, margin=0.2).exit_code == 0
    # More items than the baseline had are no loss.
    assert gated(old, tmp_path / "new.jsonl").exit_code == 0


def test_wrong_is_the_worst_score_there_is_and_not_always_0(tmp_path: Path) -> None:
    below = table(tmp_path / "below.jsonl", scored([-5.0, -6.0, -7.0, -5.5] * 30))
    failed = table(tmp_path / "failed.jsonl", scored([-4.9, -5.9, None, None] * 30))
    (found,) = import_logs([below, failed], Choice(errors_wrong=True)).comparisons
    # Of scores below 0, 0 would be the best.
    assert found.treated == pytest.approx((-4.9 - 5.9 - 7 - 7) / 4)
    assert any("counted as -7" in text for text in found.warnings)


def test_what_one_log_alone_has_is_told(tmp_path: Path) -> None:
    old = table(tmp_path / "old.jsonl", [*scored([1, 0, 1], task="one"), *scored([1, 0, 0], task="two")])
    new = table(tmp_path / "new.jsonl", [*scored([1, 1, 1], task="one"), *scored([1, 0, 0], task="three")])
    found = import_logs([old, new])
    assert [one.named.task for one in found.comparisons] == ["one"]
    assert [text.split("'")[1] for text in found.passed_over] == ["two", "three"]
    assert [text.split("'")[1] for text in found.lacking] == ["two"]
    assert import_logs([old, new], Choice(task="one")).passed_over == ()


def test_systems_that_only_one_log_has_are_told(tmp_path: Path) -> None:
    old = table(tmp_path / "old.jsonl", [*scored([1, 0], system="a"), *scored([1, 1], system="b")])
    new = table(tmp_path / "new.jsonl", [*scored([1, 0], system="a"), *scored([1, 1], system="c")])
    found = import_logs([old, new])
    assert found.passed_over == ("b is in old.jsonl alone", "c is in new.jsonl alone")
    assert found.lacking == ("b is in old.jsonl alone",)


def test_percents_are_known_though_most_answers_are_wrong(tmp_path: Path) -> None:
    shares = table(tmp_path / "shares.jsonl", scored([1, 0, 0, 0, 0] * 4))
    percents = table(tmp_path / "percents.jsonl", scored([100, 0, 0, 0, 0] * 4))
    with pytest.raises(InputError, match="different scales"):
        import_logs([shares, percents])
    # A count of few is no percent.
    import_logs([shares, table(tmp_path / "counts.jsonl", scored([1, 0, 2, 0, 1] * 4))])


@pytest.mark.parametrize(
    ("metric", "unsure"),
    [("loss", True), ("ToxicityMetric", True), ("word_perplexity", True), ("no_errors", False), ("glossary", False),
     ("error_detection", False), ("WER", True), ("hallucination-free", False), ("right", False),
     ("failed", True), ("nll", True), ("edit_distance", True), ("IncorrectRate", True), ("not_failed", False),
     ("errors_without_retry", True), ("failure_handling", False), ("true_false_accuracy", False)],
)  # fmt: skip
def test_what_sounds_like_a_loss_is_never_called_better(metric: str, unsure: bool, tmp_path: Path) -> None:
    rows = [[{"item": f"q{at}", metric: share} for at in range(200)] for share in (0.1, 0.9)]
    paths = [table(tmp_path / f"{name}.jsonl", some) for name, some in zip(("old", "new"), rows, strict=True)]
    choice = Choice(columns={"item": "item", "score": metric})
    (found,) = import_logs(paths, choice).comparisons
    assert found.verdict == ("not settled" if unsure else "better")
    assert any("does not say" in text for text in found.warnings) is unsure
    assert gated(paths[1], paths[0], columns=choice.columns).exit_code == (3 if unsure else 0)
    if unsure:
        origin = Origin(workload="w", setting="lab", task_family="", metric=metric, model="m", year=2026)
        with pytest.raises(InputError, match="does not say"):
            log_records(found, "rag", origin)


def test_success_below_the_threshold_tells_that_less_is_better(tmp_path: Path) -> None:
    def run(name: str, scores: list[float]) -> Path:
        cases = [
            {
                "name": f"c{at}",
                "input": f"question {at}",
                "metricsData": [
                    {"name": "Hallucination", "threshold": 0.5, "score": one, "success": one <= 0.5},
                    {"name": "Relevancy", "threshold": 0.5, "score": one, "success": one >= 0.5},
                ],
            }
            for at, one in enumerate(scores)
        ]
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({"testCases": cases}), encoding="utf-8")
        return path

    old, new = run("old", [0.0, 0.1, 0.9, 0.2] * 20), run("new", [0.8, 0.9, 1.0, 0.7] * 20)
    found = {one.named.metric: one for one in import_logs([old, new]).comparisons}
    assert {name: one.verdict for name, one in found.items()} == {"Hallucination": "worse", "Relevancy": "better"}
    assert gated(new, old, metrics=("Hallucination",)).exit_code == 1
    assert gated(old, new, metrics=("Hallucination",)).exit_code == 0


def test_of_less_is_better_a_missing_answer_is_the_largest_score(tmp_path: Path) -> None:
    def run(name: str, scores: list[float | None]) -> Path:
        rows = [
            {"user_input": f"question {at}", "noise_sensitivity(mode=relevant)": one} for at, one in enumerate(scores)
        ]
        return table(tmp_path / f"{name}.jsonl", rows)

    old, new = run("old", [0.2, 0.1, 0.3, 0.2] * 30), run("new", [0.2, 0.1, 0.3, None] * 30)
    (found,) = import_logs([old, new], Choice(errors_wrong=True)).comparisons
    assert found.named.lower_is_better
    assert found.treated == pytest.approx((0.2 + 0.1 + 0.3 + 1) / 4)
    # Alike where it answers, and every fourth answer was never judged.
    assert gated(new, old).exit_code == 3


def _every_eval_ever(real: Path, folder: Path, change: Any) -> Imported:
    paths = []
    for system in ("lab-200k", "lab-1m"):
        shutil.copytree(real / "every-eval-ever" / system, folder / system)
        (record,) = [one for one in (folder / system).iterdir() if one.suffix == ".json"]
        samples = record.with_name(f"{record.stem}_samples.jsonl")
        rows = [json.loads(line) for line in samples.read_text(encoding="utf-8").splitlines()]
        told = json.loads(record.read_text(encoding="utf-8"))
        table(samples, change(rows, told))
        record.write_text(json.dumps(told), encoding="utf-8")
        paths.append(samples)
    return import_logs(paths)


def test_several_results_of_one_answer_are_one_row(real: Path, tmp_path: Path) -> None:
    def plain(rows: list[dict[str, Any]], told: dict[str, Any]) -> list[dict[str, Any]]:
        return rows

    def several(rows: list[dict[str, Any]], told: dict[str, Any]) -> list[dict[str, Any]]:
        """As the converter writes two scorers of which one has two figures: a row each, one after the other."""
        return [
            row
            | {
                "evaluation_result_id": name,
                "evaluation": row["evaluation"] | {"score": row["evaluation"]["score"] * by},
            }
            for row in rows
            for name, by in (("match:accuracy", 1), ("match:mean", 1), ("f1:mean", 0.5))[: 1 if row["error"] else 3]
        ]

    (before,) = _every_eval_ever(real, tmp_path / "plain", plain).comparisons
    after = {one.named.metric: one for one in _every_eval_ever(real, tmp_path / "several", several).comparisons}
    assert set(after) == {"match", "f1"}
    assert after["match"].paired.sides == before.paired.sides == after["f1"].paired.sides
    assert after["match"].difference == before.difference
    assert after["f1"].difference == pytest.approx(before.difference / 2)


def test_a_perturbed_instance_is_no_repeat(real: Path, tmp_path: Path) -> None:
    def perturbed(rows: list[dict[str, Any]], told: dict[str, Any]) -> list[dict[str, Any]]:
        rows = [row for row in rows if row["metadata"]["epoch"] == "1" and not row["error"]]
        return [
            row | {"evaluation_result_id": f"em:test{kind}", "evaluation": {"score": score}, "metadata": {}}
            for row in rows
            for kind, score in (("", 1.0), (":robustness", 0.0))
        ]

    found = _every_eval_ever(real, tmp_path, perturbed).comparisons
    assert [
        (one.named.filter, one.baseline, max(side.most_repeats for side in one.paired.sides) > 1) for one in found
    ] == [
        ("", 1.0, False),
        ("robustness", 0.0, False),
    ]


def test_rows_of_two_versions_are_told(real: Path, tmp_path: Path) -> None:
    def mixed(rows: list[dict[str, Any]], told: dict[str, Any]) -> list[dict[str, Any]]:
        return [row | {"schema_version": "0.2.0"} if row["sample_id"] == "q5" else row for row in rows]

    (found,) = _every_eval_ever(real, tmp_path, mixed).comparisons
    assert any("several versions, such as schema 0.3.0 and schema 0.2.0" in text for text in found.warnings)


def test_the_record_of_a_run_says_that_less_is_better(real: Path, tmp_path: Path) -> None:
    def turned(rows: list[dict[str, Any]], told: dict[str, Any]) -> list[dict[str, Any]]:
        for one in told["evaluation_results"]:
            one["metric_config"]["lower_is_better"] = True
        return rows

    (found,) = _every_eval_ever(real, tmp_path, turned).comparisons
    assert found.named.lower_is_better


def test_a_field_called_id_that_is_a_category_names_no_document(real: Path, tmp_path: Path) -> None:
    paths = []
    for system in ("lab-200k", "lab-1m"):
        (samples,) = (real / "lm-eval" / system).glob("samples_desk_2*.jsonl")
        rows = [json.loads(line) for line in samples.read_text(encoding="utf-8").splitlines()]
        for row in rows:
            row["doc"]["id"] = f"category {row['doc_id'] % 5}"
        (tmp_path / system).mkdir()
        paths.append(table(tmp_path / system / samples.name, rows))
    found = import_logs(paths, Choice(filter="strict")).comparisons[0]
    assert (found.pairs, found.paired.key.name, found.paired.sides[0].most_repeats) == (46, "hash", 1)


def test_times_of_two_tools_have_no_ratio(tmp_path: Path) -> None:
    case = [{"name": f"c{at}", "inputs": f"question {at}", "task_duration": 2.0} for at in range(20)]
    report = tmp_path / "report.json"
    report.write_text(
        json.dumps({"name": "new", "cases": [one | {"scores": {"score": {"value": 1}}} for one in case]}), "utf-8"
    )
    rows = [{"input": one["inputs"], "score": 1, "seconds": 1.0} for one in case]
    mine, same = (
        table(tmp_path / "mine.jsonl", rows),
        table(tmp_path / "same.jsonl", [*rows[:-1], rows[-1] | {"score": 0}]),
    )
    (one,) = import_logs([mine, same]).comparisons
    (two,) = import_logs([mine, report]).comparisons
    assert one.latency is not None
    assert two.latency is None
    assert any("do not time the same" in text for text in two.warnings)


def test_what_the_baseline_lacks_opens_no_gate(tmp_path: Path) -> None:
    """Each fails on another three tenths: what the baseline lacks is no reason to excuse what the new log lacks."""
    first = [None if at % 10 < 3 else 1.0 for at in range(2000)]
    second = [None if 3 <= at % 10 < 6 else 1.0 for at in range(2000)]
    old, new = table(tmp_path / "old.jsonl", scored(first)), table(tmp_path / "new.jsonl", scored(second))
    answer = gated(new, old)
    assert answer.gated[0].compared.difference == 0
    assert answer.exit_code == 3
    assert "--errors wrong counts those of both" in answer.gated[0].why
    # Where only the baseline lacks some, nothing is held against the new log.
    full = table(tmp_path / "full.jsonl", scored([1.0] * 2000))
    assert gated(full, old).exit_code == 0


def test_a_margin_as_wide_as_the_scale_is_refused(tmp_path: Path) -> None:
    old = table(tmp_path / "old.jsonl", scored([1.0, 0.0] * 50))
    new = table(tmp_path / "new.jsonl", scored([0.0, 0.0] * 50))
    with pytest.raises(InputError, match="100 points lets everything pass"):
        gated(new, old, margin=1.0)
    assert gated(new, old, margin=0.6).exit_code in {0, 3}

"""`tierproof import` as a person and a program meet it."""

from __future__ import annotations

import json
import re
import tarfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tierproof.doors.cli import app

REAL = Path(__file__).parents[1] / "experiment" / "logs" / "real" / "logs.tar.xz"


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("logs")
    with tarfile.open(REAL) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.4
        archive.extractall(folder)
    return folder


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def document(*words: object) -> dict[str, Any]:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_the_document_has_what_programs_are_promised(logs: Path) -> None:
    folder = logs / "pydantic-evals"
    found = document(
        "import", folder / "report_lab-200k.json", folder / "report_lab-1m.json", "--metric", "EqualsExpected"
    )
    assert found["schema"] == "tierproof/import/1"
    (one,) = found["comparisons"]
    assert one["pairs"] == 46
    assert one["difference"] == pytest.approx(one["treated"] - one["baseline"])
    assert one["se"] == pytest.approx(0.069278, abs=5e-7)  # real/pydantic-evals.json
    assert (one["unpaired"], one["errors"], one["cached"]) == (2, 4, 0)
    assert one["warnings"]


def test_a_part_of_a_name_that_only_one_has_is_enough(logs: Path) -> None:
    file = logs / "promptfoo" / "two_models_two_prompts.jsonl"
    (one, *_) = document("import", file, "--baseline", "200k / plain", "--treated", "1m / steps")["comparisons"]
    assert (one["baseline_system"], one["treated_system"]) == ("lab-200k / plain", "lab-1m / steps")
    for words, told in ((("--baseline", "plain"), "may be any of"), ((), "which is the baseline")):
        refused = run("import", file, *words)
        assert refused.exit_code == 2
        assert told in refused.stderr


def test_no_pairs_is_exit_two_with_words(logs: Path) -> None:
    folder = logs / "inspect"
    refused = run("import", folder / "lab-1m_noid_in_order.eval", folder / "lab-1m_noid_shuffled.eval", "--json")
    assert refused.exit_code == 2
    assert "no pairs" in refused.stderr
    assert "Traceback" not in refused.output


def test_evidence_is_made_and_the_table_updated(logs: Path, tmp_path: Path) -> None:
    folder, records = logs / "lm-eval", tmp_path / "own.jsonl"
    paths = [next((folder / name).glob("samples_desk_2*.jsonl")) for name in ("lab-200k", "lab-1m")]
    found = document("import", *paths, "--filter", "strict", "--technique", "model-scaling", "--output", records)
    (record,) = found["records"]
    assert (record["technique"], record["outcome"], record["n"]) == ("model-scaling", "quality", 46)
    assert [json.loads(line) for line in records.read_text(encoding="utf-8").splitlines()] == [record]
    (update,) = found["updates"]
    assert update["own"]["quality"]["median"] == pytest.approx(
        found["comparisons"][0]["log_odds_ratio"]["value"], rel=1e-9
    )
    own, before, after = (update[part]["quality"]["median"] for part in ("own", "literature", "together"))
    assert min(own, before) <= after <= max(own, before)
    # Two filters are two readings of one answer: no technique's effect is both.
    assert run("import", *paths, "--technique", "model-scaling").exit_code == 2


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_it_is_told_in_every_form(form: str, logs: Path) -> None:
    folder = logs / "inspect"
    result = run(
        "import", folder / "lab-200k_epochs3_errors.eval", folder / "lab-1m_epochs3_errors.eval", "--format", form
    )
    assert result.exit_code == 0
    assert "do not settle" in result.stdout
    assert "declined" in result.stdout


def test_the_gate_has_three_answers(logs: Path, tmp_path: Path) -> None:
    folder = logs / "pydantic-evals"
    small, large = folder / "report_lab-200k.json", folder / "report_lab-1m.json"
    words = ("--metric", "EqualsExpected")
    junit, summary = tmp_path / "gate.xml", tmp_path / "summary.md"
    better = run("gate", large, "--baseline", small, *words, "--junit", junit, "--summary", summary)
    assert better.exit_code == 0
    assert 'failures="0" errors="0"' in junit.read_text(encoding="utf-8")
    assert "Gate: not worse" in summary.read_text(encoding="utf-8")
    assert run("gate", small, "--baseline", large, *words).exit_code == 1
    assert run("gate", small, "--baseline", large, *words, "--margin", "15pt").exit_code == 3
    assert run("gate", small, "--baseline", tmp_path / "missing.json", *words).exit_code == 2


def test_logs_that_are_equal_to_the_byte_pass_the_gate_and_that_is_said(tmp_path: Path) -> None:
    before, after = tmp_path / "before.csv", tmp_path / "after.csv"
    before.write_text("item,score\n" + "".join(f"q{at},{at % 3 > 0:d}\n" for at in range(300)), encoding="utf-8")
    after.write_bytes(before.read_bytes())
    columns = ("--columns", "item=item,score=score")
    summary = tmp_path / "summary.md"
    same = run("gate", after, "--baseline", before, *columns, "--summary", summary)
    assert same.exit_code == 0, same.output
    assert "are equal to the byte" in summary.read_text(encoding="utf-8")
    # As sure as that many items make it, however they came about.
    few = run("gate", after, "--baseline", before, *columns, "--margin", "0.1pt", "--json")
    assert few.exit_code == 3
    assert "are equal to the byte" in json.loads(few.stdout)["gated"][0]["compared"]["warnings"][0]
    # One file under two names is a mistake; so are equal ones where nothing but a difference is asked for.
    (tmp_path / "link.csv").symlink_to(before)
    for words in (("gate", tmp_path / "link.csv", "--baseline", before), ("import", before, after)):
        refused = run(*words, *columns, "--json")
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert "the same log" in refused.stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the file is empty"),
        ('user_input,reference,exact_match\nq1,"answ', ":2: cut off in the middle"),
        ('{"user_input": "q1", "reference": "a", "exact_match": ]}\n', "not valid JSON"),
        ('[{"user_input": "q1", "exact_match": 1.', ":1: cut off in the middle"),
        ('[{"user_input": "q1", "exact_match": fal', ":1: cut off in the middle"),
    ],
)
def test_what_is_damaged_has_a_place_and_a_remedy(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(text, encoding="utf-8")
    other = tmp_path / "other.csv"
    other.write_text("user_input,reference,exact_match\nq1,a,1\n", encoding="utf-8")
    for words in (
        ("import", other, path, "--json"),
        ("gate", path, "--baseline", other),
        ("export", path, "--to", "csv", "--output", tmp_path / "out.csv"),
    ):
        found = run(*words)
        assert (found.exit_code, found.stdout) == (2, "")
        assert told in found.stderr
        assert "remedy: " in found.stderr


def test_texts_as_scores_are_told_before_metrics_that_nobody_scored(tmp_path: Path) -> None:
    logs = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    for path, scores in zip(logs, ((1.0, 0.0), ("good", "bad")), strict=True):
        rows = [
            {"user_input": f"q{at}", "response": "", "reference": "a", "faithfulness": None, "exact_match": score}
            for at, score in enumerate(scores)
        ]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    found = run("import", *logs)
    assert found.exit_code == 2
    assert "b.jsonl:1: field 'exact_match'" in found.stderr
    assert "--grades" in found.stderr
    assert "'faithfulness'" in found.stderr
    # Logs of other items stay that, whatever else is in them.
    logs[1].write_text(logs[1].read_text(encoding="utf-8").replace('"q', '"z').replace("null", "1"), encoding="utf-8")
    logs[0].write_text(logs[0].read_text(encoding="utf-8").replace("null", "1"), encoding="utf-8")
    found = run("import", *logs)
    assert "different items" in found.stderr
    assert "is no number" not in found.stderr


def test_a_warning_is_no_remedy(logs: Path) -> None:
    found = run("import", logs / "deepeval" / "test_run_lab-1m.json", logs / "ragas" / "ragas_lab-1m.jsonl")
    assert found.exit_code == 2
    assert "no metric is in both" in found.stderr
    assert "remedy: give logs with scores of one name" in found.stderr


def test_each_metric_has_its_verdict_on_a_narrow_screen(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    folder = logs / "pydantic-evals"
    words = ("gate", folder / "report_lab-1m.json", "--baseline", folder / "report_lab-200k.json")
    told = run(*words).stdout
    assert max(map(len, told.splitlines())) <= 80
    gated = json.loads(run(*words, "--json").stdout)["gated"]
    assert len(gated) == 3
    for one in gated:
        (line,) = (line for line in told.splitlines() if line.startswith(f"{one['compared']['metric']}:"))
        assert one["verdict"] in line


def test_what_all_comparisons_share_is_said_once(logs: Path) -> None:
    log = logs / "promptfoo" / "two_models.json"
    for words in (("import", log, "--baseline", "lab-200k"), ("gate", log, "--baseline", "lab-200k")):
        told = " ".join(run(*words).stdout.split())
        for system in ("lab-200k", "lab-1m"):
            assert told.count(f"{system} / steps: 1 of 21 rows has no score") == 1


@pytest.mark.parametrize(
    "words",
    [
        ("--margin", "much"), ("--confidence", "2"), ("--errors", "maybe"), ("--by", "order"), ("--metric", "nothing"),
        ("--columns", "item"), ("--grades", "A"), ("--tool", "nothing"), ("--filter", "nothing"),
    ],
)  # fmt: skip
def test_what_says_nothing_is_refused_with_words(words: tuple[str, ...], logs: Path) -> None:
    folder = logs / "pydantic-evals"
    refused = run("gate", folder / "report_lab-1m.json", "--baseline", folder / "report_lab-200k.json", *words)
    assert refused.exit_code == 2
    assert "error:" in refused.stderr


def test_what_a_log_names_stays_as_it_is_in_every_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`quality`, `cost` and `memory` are words of a pack, and names that anybody may give."""
    for system in ("cost", "latency"):
        rows = "".join(f"q{at},{system},{at % 2},{at % 3 % 2}\n" for at in range(12))
        (tmp_path / f"{system}.csv").write_text(f"item,system,quality,safety\n{rows}", encoding="utf-8")
    monkeypatch.setenv("TIERPROOF_LANG", "ru")
    monkeypatch.setenv("COLUMNS", "200")
    files = tmp_path / "cost.csv", tmp_path / "latency.csv"
    shown = [
        run("import", *files, "--columns", "score=quality|safety").output,
        run("gate", files[1], "--baseline", files[0], "--columns", "score=quality|safety").output,
        run("import", *files, "--columns", "score=quality", "--metric", "speed").output,
        run("import", files[0], "--columns", "score=quality").output,
    ]
    named = ("latency", "quality"), ("latency", "safety"), ("quality",), ("cost",)
    for text, names in zip(shown, named, strict=True):
        assert all(name in text for name in names)
        assert not re.search("качеств|безопасн|стоимост|задержк", text)
        assert re.search("[а-я]", text)

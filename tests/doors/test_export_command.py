"""`tierproof export`: what is written is read back, by Tierproof and by the tool itself where it is installed."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tierproof.doors.cli import app
from tierproof.errors import InputError
from tierproof.experiment.logs.files.rows import outcomes_of
from tierproof.experiment.logs.imported import Choice, import_logs
from tierproof.experiment.logs.outcome import Ask, Outcome, Told
from tierproof.experiment.logs.writers.every_eval_ever import write_every_eval_ever
from tierproof.experiment.logs.writers.tables import write_parquet


def trial(arm: str, at: int, shift: int) -> dict[str, object]:
    lost = (arm, at) == ("chain", 3)
    return {
        "arm": arm, "item": f"q{at}", "position": at, "score": None if lost else float((at + shift) % 3 > 0),
        "text": f"answer {at}", "target": "x", "usd": 0.01, "seconds": 0.2 + shift, "error": "down" if lost else "",
    }  # fmt: skip


REAL = Path(__file__).parents[1] / "experiment" / "logs" / "real" / "logs.tar.xz"
COLUMNS = ("--columns", "item=item,system=system,score=right")
ROWS = [trial(arm, at, shift) for at in range(12) for arm, shift in (("baseline", 0), ("chain", 1))]
# q0, q3, q6, q9 of the baseline are wrong; q2, q5, q8, q11 of the arm; q3 of the arm is missing.
EXPECTED = (11, pytest.approx(8 / 11), pytest.approx(7 / 11))


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / "outcomes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    return folder


def export(results: Path, form: str, output: Path) -> list[Path]:
    result = CliRunner().invoke(app, ["export", str(results), "--to", form, "--output", str(output)])
    assert result.exit_code == 0, result.output
    again = CliRunner().invoke(app, ["export", str(results), "--to", form, "--output", str(output)])
    assert again.exit_code == 2  # nothing is written over
    return [Path(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_tables(form: str, results: Path, tmp_path: Path) -> None:
    if form == "parquet":
        pytest.importorskip("pyarrow")
    (path,) = export(results, form, tmp_path / f"out.{form}")
    columns = {"item": "item", "system": "system", "score": "score", "error": "error", "seconds": "seconds"}
    (found,) = import_logs([path], Choice(baseline="baseline", columns=columns)).comparisons
    assert (found.pairs, found.baseline, found.treated) == EXPECTED
    assert found.paired.sides[1].errors == 1
    assert found.latency is not None


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_texts_as_scores_are_worth_what_is_said_or_told_to_be_left_out(form: str, tmp_path: Path) -> None:
    if form == "parquet":
        pytest.importorskip("pyarrow")
    log = tmp_path / "log.jsonl"
    ask = Ask(columns={"item": "item", "system": "system", "score": "right"})
    scores = ["good", "bad", 1, True, [1], "yes"]
    rows = [{"item": f"q{at}", "system": "one", "right": score} for at, score in enumerate(scores)]
    log.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    def exported(*words: str) -> tuple[str, list[object]]:
        path = tmp_path / f"{len(words)}.{form}"
        result = CliRunner().invoke(app, ["export", str(log), "--to", form, "--output", str(path), *COLUMNS, *words])
        assert result.exit_code == 0, result.output
        return result.stderr, [one.scores["right"] for one in outcomes_of(path, Told(path=path), ask=ask)]

    told, found = exported()
    assert f"{log}:1: 'right': 2 scores are texts that are no numbers ('good' first)" in told
    assert found == [None, None, 1, 1, None, 1]
    told, found = exported("--grades", "good=1,bad=0")
    assert not told
    assert found == [1, 0, 1, 1, None, 1]


def test_a_list_as_a_score_is_left_out_and_told(tmp_path: Path) -> None:
    name = "samples_desk_2026-11-30T03-55-06.989830.jsonl"
    with tarfile.open(REAL) as archive:
        rows = [json.loads(line) for line in archive.extractfile(f"lm-eval/lab-200k/{name}") or ()]
    rows[0]["exact_match"] = "\x1b[31mA"
    rows[1]["exact_match"] = [1]
    log = tmp_path / name
    log.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    result = CliRunner().invoke(app, ["export", str(log), "--to", "csv", "--output", str(tmp_path / "out.csv")])
    assert result.exit_code == 0, result.output
    assert f"{log}:1: 'exact_match': 2 scores are texts that are no numbers" in result.stderr
    assert "\x1b" not in result.stderr


def test_texts_that_reach_parquet_all_the_same_are_refused_in_words(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    rows = [Outcome(system="one", id=f"q{at}", scores={"right": score}) for at, score in enumerate((1.0, "C"))]
    with pytest.raises(InputError, match="'C' is no number"):
        write_parquet(rows, tmp_path / "out.parquet")
    assert not list(tmp_path.iterdir())


def test_parquet_holds_what_was_scored_and_asks_no_pandas(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow.json")
    pytest.importorskip("pandas", reason="pandas is not installed here")
    told = (
        "import pathlib, sys\n"
        "from tierproof.experiment.logs.outcome import Outcome\n"
        "from tierproof.experiment.logs.writers.tables import write_parquet\n"
        "scores = ({'passed': True, 'f1': 1}, {'passed': False, 'f1': 0.1 + 0.2}, {'passed': None}, {})\n"
        "rows = [Outcome(system='one', id='\\u0416\\n\"', scores=each, usd=0.1, cached=True) for each in scores]\n"
        "(path,) = write_parquet(rows, pathlib.Path(sys.argv[1]))\n"
        "assert 'pandas' not in sys.modules\n"
        "import pyarrow.parquet\n"
        "found = pyarrow.parquet.read_table(path).to_pydict()\n"
        "assert found['passed'] == [1.0, 0.0, None, None], found\n"
        "assert found['f1'] == [1.0, 0.1 + 0.2, None, None], found\n"
        "assert found['item'] == ['\\u0416\\n\"'] * 4 and found['seconds'] == [None] * 4, found\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", told, str(tmp_path / "out.parquet")], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr


@pytest.mark.filterwarnings("ignore")  # Inspect's own
def test_inspect(results: Path, tmp_path: Path) -> None:
    log = pytest.importorskip("inspect_ai.log", reason="inspect-ai is not installed here")
    paths = export(results, "inspect", tmp_path / "inspect")
    (found,) = import_logs(sorted(paths)).comparisons
    assert (found.pairs, found.baseline, found.treated) == EXPECTED
    own = {path.stem: log.read_eval_log(str(path)) for path in paths}
    assert len(own["chain"].samples) == 12
    assert own["chain"].results.scores[0].metrics["mean"].value == pytest.approx(7 / 11)
    assert [one.error is not None for one in own["chain"].samples].count(True) == 1


@pytest.mark.filterwarnings("ignore")  # MLflow's own
def test_mlflow(results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("mlflow", reason="mlflow is not installed here")
    monkeypatch.chdir(tmp_path)
    (store,) = export(results, "mlflow", tmp_path / "mlflow")
    # As somebody else would who has nothing but the path: MLflow refuses a store of files unless it is told not to.
    read = "import mlflow, sys; mlflow.set_tracking_uri(sys.argv[1]); print(mlflow.search_runs(experiment_names="
    read += "['tierproof']).to_json(orient='records')); print(mlflow.load_table('outcomes.json').to_json())"
    told = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW")}
    told["MLFLOW_EXPERIMENT_NAME"] = "tierproof"
    asked = [sys.executable, "-W", "ignore", "-c", read, f"sqlite:///{store}"]
    runs, table = subprocess.run(asked, check=True, capture_output=True, text=True, env=told).stdout.splitlines()
    means = {run["tags.system"]: run["metrics.score/mean"] for run in json.loads(runs)}
    assert means == {"baseline": pytest.approx(8 / 12), "chain": pytest.approx(7 / 11)}
    assert list(json.loads(table)["state"].values()).count("ERROR") == 1
    assert {path.name for path in tmp_path.iterdir()} == {"results", "mlflow"}  # nothing beside


def test_every_eval_ever(results: Path, tmp_path: Path) -> None:
    pytest.importorskip("every_eval_ever", reason="every-eval-ever is not installed here (Python 3.12 and later)")
    types = importlib.import_module("every_eval_ever.instance_level_types")
    paths = export(results, "every-eval-ever", tmp_path / "eee")
    lines = [path for path in paths if path.suffix == ".jsonl"]
    for path in lines:
        for line in path.read_text(encoding="utf-8").splitlines():
            types.InstanceLevelEvaluationLog.model_validate_json(line)
    (found,) = import_logs(sorted(lines)).comparisons
    assert (found.pairs, found.baseline, found.treated) == EXPECTED


def test_every_eval_ever_finds_a_model_by_its_name_and_is_told_that_less_is_better(tmp_path: Path) -> None:
    io = pytest.importorskip("every_eval_ever.helpers.io", reason="needs Python 3.12 and later")
    rows = [Outcome(system="org/model/4", task="desk", id=f"q{at}", scores={"wer": 0.5}) for at in range(3)]
    path, _ = write_every_eval_ever(rows, tmp_path, more_is_better={"wer": False})
    record = json.loads(path.read_text(encoding="utf-8"))
    assert record["evaluation_results"][0]["metric_config"]["lower_is_better"]
    assert path.parent.relative_to(tmp_path / "data").parts == io.datastore_path_components("desk", "org/model/4")
    assert import_logs([path, write_every_eval_ever(rows, tmp_path, more_is_better={"wer": False})[0]])


def test_a_form_that_is_none_and_a_library_that_is_not_there_are_told(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = CliRunner().invoke(app, ["export", str(results), "--to", "papyrus"])
    assert (result.exit_code, "one of:" in result.stderr) == (2, True)

    def missing(name: str) -> object:
        raise ImportError(name)

    for name, form in (("inspect_ai", "inspect"), ("mlflow", "mlflow"), ("every_eval_ever", "every-eval-ever")):
        monkeypatch.setattr(f"tierproof.experiment.logs.writers.{name}.import_module", missing)
        result = CliRunner().invoke(app, ["export", str(results), "--to", form, "--output", str(tmp_path / form)])
        assert (result.exit_code, "pip install" in result.stderr) == (2, True)

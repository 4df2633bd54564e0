"""The gate in a test suite, in a workflow and at the end of a measurement."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from tierproof.answers.gated import ended_worse, gate_files
from tierproof.experiment.logs.imported import Choice

ROOT = Path(__file__).resolve().parents[2]
BEFORE, AFTER = (ROOT / "examples" / "logs" / f"{name}.json" for name in ("before", "after"))
TESTS = f"""
def test_better(tierproof_gate):
    assert tierproof_gate({str(AFTER)!r}, {str(BEFORE)!r}, metric="Exact Match").verdict == "not worse"

def test_worse(tierproof_gate):
    tierproof_gate({str(BEFORE)!r}, {str(AFTER)!r}, metric="Exact Match")

def test_open(tierproof_gate):
    tierproof_gate({str(BEFORE)!r}, {str(AFTER)!r}, metric="Exact Match", margin="15pt")

def test_open_may_be_let_go(tierproof_gate):
    tierproof_gate({str(BEFORE)!r}, {str(AFTER)!r}, metric="Exact Match", margin="15pt", unsettled="pass")
"""


def test_the_fixture_fails_what_is_worse_or_not_settled(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "tierproof.doors.pytest_plugin", "-p", "no:cacheprovider", "-q"]
    # Named here, not found by its entry point, so that it is one plugin however Tierproof is installed.
    environment = {**os.environ, "PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
    assert "2 failed, 2 passed" in found.stdout, found.stdout + found.stderr
    assert re.search(r"FAILED test_it.py::test_worse", found.stdout)
    assert "Gate: worse" in found.stdout


def test_the_plugin_is_offered() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"tierproof": "tierproof.doors.pytest_plugin"}


ACTION = msgspec.yaml.decode((ROOT / "action.yml").read_bytes())
INPUT = re.compile(r"\$\{\{ inputs\.(\w+) \}\}")


def run_the_action(folder: Path, given: dict[str, str]) -> tuple[int, dict[str, str], str]:
    """Its steps, as a runner does: each by its shell, with its own variables; what they put out, and what they said."""
    values = {name: str(one.get("default", "")) for name, one in ACTION["inputs"].items()} | given
    programs = folder / "bin"
    programs.mkdir()
    # What the first step would fetch from elsewhere is here already.
    for name, text in (
        ("python3", f'echo "$@" >> "{folder}/installed"'),
        ("tierproof", f'exec "{sys.executable}" -m tierproof "$@"'),
    ):
        (programs / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        (programs / name).chmod(0o755)
    files = {name: str(folder / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    said = ""
    for step in ACTION["runs"]["steps"]:
        assert step["shell"] == "bash"
        mine = {name: INPUT.sub(lambda found: values[found[1]], text) for name, text in step["env"].items()}
        environment = {**os.environ, **files, **mine, "PATH": f"{programs}:{os.environ['PATH']}"}
        script = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        found = subprocess.run(script, env=environment, cwd=folder, capture_output=True, text=True, check=False)
        said += found.stdout + found.stderr
        if found.returncode:
            break
    put = Path(files["GITHUB_OUTPUT"]).read_text(encoding="utf-8").splitlines()
    return found.returncode, dict(line.split("=", 1) for line in put), said


@pytest.mark.parametrize(
    ("logs", "more", "ending"),
    [
        ((AFTER, BEFORE), {}, (0, "not worse")),
        ((BEFORE, AFTER), {}, (1, "worse")),
        ((BEFORE, AFTER), {"margin": "15pt"}, (3, "not settled")),
        ((BEFORE, AFTER), {"margin": "15pt", "unsettled": "pass"}, (0, "not settled")),
        ((BEFORE, AFTER), {"margin": "15pt", "unsettled": "pass", "options": "--errors wrong --by id"}, None),
        ((BEFORE, ROOT / "no such file.json"), {}, (2, "unusable")),
        ((AFTER, BEFORE), {"metric": "$(touch pwned)"}, (2, "unusable")),
    ],
)
def test_the_steps_of_the_action_say_what_the_gate_says(
    logs: tuple[Path, Path], more: dict[str, str], ending: tuple[int, str] | None, tmp_path: Path
) -> None:
    given = {"log": str(logs[0]), "baseline": str(logs[1]), "metric": "Exact Match", **more}
    code, put, said = run_the_action(tmp_path, given)
    assert ACTION["outputs"]["verdict"]["value"] == "${{ steps.gate.outputs.verdict }}"
    assert [step.get("id") for step in ACTION["runs"]["steps"]] == [None, "gate"]
    assert (tmp_path / "installed").read_text(encoding="utf-8").endswith("tierproof[parquet]\n")
    assert not (tmp_path / "pwned").exists()
    if ending is None:
        assert put["verdict"] != "unusable", said
        return
    assert (code, put["verdict"]) == ending, said
    if ending[0] != 2:
        assert "Gate: " in (tmp_path / "GITHUB_STEP_SUMMARY").read_text(encoding="utf-8")
        assert "<testsuite" in (tmp_path / ACTION["inputs"]["junit"]["default"]).read_text(encoding="utf-8")


def test_the_action_puts_no_input_into_a_script() -> None:
    assert not any("${{" in step["run"] for step in ACTION["runs"]["steps"])


@pytest.mark.parametrize(
    ("standings", "code"),
    [
        ([("better", (0.01, 0.2))], 0),
        ([("items used up", (-0.005, 0.2))], 0),
        ([("items used up", (-0.05, 0.2))], 3),
        ([("better", (0.01, 0.2)), ("worse", (-0.2, -0.01))], 1),
        ([("broken", (-1.0, 1.0))], 1),
        ([], 3),
    ],
)
def test_a_measurement_ends_as_a_gate(standings: list[tuple[str, tuple[float, float]]], code: int) -> None:
    calm = SimpleNamespace(name="an arm", stress=False, control=False)
    results = [
        SimpleNamespace(arm=calm, unmeasured="", standing=SimpleNamespace(state=state, reaches=interval))
        for state, interval in standings
    ]
    results.append(
        SimpleNamespace(
            arm=SimpleNamespace(name="its twin", stress=True, control=False),
            standing=SimpleNamespace(state="under stress", interval=(-1.0, -0.5)),
        )
    )
    found = SimpleNamespace(joined=(), results=[SimpleNamespace(arm=calm, unmeasured="", standing=None), *results])
    ended, why = ended_worse(found)  # type: ignore[arg-type]
    assert ended == code
    # Who shuts the gate is named.
    assert ("an arm" in why) == bool(code and standings) or code == 0
    # An arm that was asked for and not measured may be as bad as any.
    found.results.append(SimpleNamespace(arm=calm, unmeasured="no GPU", standing=None))
    assert ended_worse(found)[0] == (code or 3)  # type: ignore[arg-type]


def test_two_tasks_over_the_same_items_are_one_where_a_person_says_so(tmp_path: Path) -> None:
    """They may ask, or score, otherwise: equal items do not make one task of them."""
    for name, task in (("old", "arithmetic"), ("new", "arithmetic_cot")):
        rows = "".join(f"q{at},{at % 2},{task},{name}\n" for at in range(400))
        (tmp_path / f"{name}.csv").write_text("item,score,task,system\n" + rows, encoding="utf-8")
    paths = [tmp_path / "old.csv", tmp_path / "new.csv"]
    shut = gate_files(paths, Choice(), margin=0.01, confidence=0.95)
    assert (shut.verdict, shut.exit_code) == ("not settled", 3)
    assert any("arithmetic and arithmetic_cot" in one and "--log-task OLD=NEW" in one for one in shut.lacking)
    asked = gate_files(paths, Choice(task="arithmetic=arithmetic_cot"), margin=0.01, confidence=0.95)
    assert asked.verdict == "not worse" and not asked.lacking

"""The gate in a test suite, in a workflow and at the end of a measurement."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

from tierproof.answers.gated import ended_worse

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


def step_of_the_action() -> str:
    """The last step's script, without its indent."""
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    return "\n".join(line.removeprefix("        ") for line in text.rpartition("run: |\n")[2].splitlines())


@pytest.mark.parametrize(
    ("logs", "margin", "unsettled", "ending"),
    [
        ((AFTER, BEFORE), "1pt", "fail", (0, "not worse")),
        ((BEFORE, AFTER), "1pt", "fail", (1, "worse")),
        ((BEFORE, AFTER), "15pt", "fail", (3, "not settled")),
        ((BEFORE, AFTER), "15pt", "pass", (0, "not settled")),
        ((BEFORE, ROOT / "no such file.json"), "1pt", "fail", (2, "unusable")),
    ],
)
def test_the_actions_script_says_what_the_gate_says(
    logs: tuple[Path, Path], margin: str, unsettled: str, ending: tuple[int, str], tmp_path: Path
) -> None:
    program = tmp_path / "tierproof"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tierproof "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    given = {
        "LOG": logs[0], "BASELINE": logs[1], "MARGIN": margin, "CONFIDENCE": "0.95", "METRIC": "Exact Match",
        "OPTIONS": "--errors missing", "UNSETTLED": unsettled, "JUNIT": tmp_path / "gate.xml",
        "GITHUB_STEP_SUMMARY": tmp_path / "summary.md", "GITHUB_OUTPUT": tmp_path / "output",
    }  # fmt: skip
    environment = {**os.environ, **{name: str(value) for name, value in given.items()}}
    environment["PATH"] = f"{tmp_path}:{environment['PATH']}"
    script = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step_of_the_action()]
    found = subprocess.run(script, env=environment, capture_output=True, text=True, check=False)
    assert found.returncode == ending[0], found.stdout + found.stderr
    assert (tmp_path / "output").read_text(encoding="utf-8") == f"verdict={ending[1]}\n"


def test_the_action_puts_no_input_into_a_script() -> None:
    assert "${{" not in step_of_the_action()


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
        SimpleNamespace(arm=calm, unmeasured="", standing=SimpleNamespace(state=state, interval=interval))
        for state, interval in standings
    ]
    results.append(
        SimpleNamespace(
            arm=SimpleNamespace(name="its twin", stress=True, control=False),
            standing=SimpleNamespace(state="under stress", interval=(-1.0, -0.5)),
        )
    )
    found = SimpleNamespace(joined=(), results=[SimpleNamespace(arm=calm, unmeasured="", standing=None), *results])
    assert ended_worse(found) == code  # type: ignore[arg-type]
    # An arm that was asked for and not measured may be as bad as any.
    found.results.append(SimpleNamespace(arm=calm, unmeasured="no GPU", standing=None))
    assert ended_worse(found) == (code or 3)  # type: ignore[arg-type]

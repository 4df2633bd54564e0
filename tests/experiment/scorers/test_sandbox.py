"""Programs of unknown intent: what they may do, what stops them, and what counts as passing."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from tierproof.experiment.workload.scorers import Place, Score, scorer_from
from tierproof.experiment.workload.scorers.confine import landlock_version
from tierproof.experiment.workload.scorers.sandbox import Limits, Ran, guards, run_python
from tierproof.techniques import Item

needs_namespaces = pytest.mark.skipif(not any("network" in guard for guard in guards()), reason="no unshare here")
needs_landlock = pytest.mark.skipif(landlock_version() == 0, reason="no Landlock here")
SHORT = Limits(seconds=1.0)


def run(source: str, given: str = "", limits: Limits | None = None) -> Ran:
    return asyncio.run(run_python(source, given=given, limits=limits))


def scored(answer: str, target: str, **settings: Any) -> Score:
    metadata = {"stdin": settings.pop("stdin", "")}
    scorer = scorer_from({"kind": "code", **settings}, Place(folder=Path()))
    item = Item(id="1", input="?", target=target, metadata=metadata)
    return asyncio.run(scorer.score(item, answer, None))  # type: ignore[arg-type]


def test_a_program_runs_with_its_input_and_the_standard_library() -> None:
    ran = run("import json, re, math, random, datetime\nprint(input().upper())", "ünicode")
    assert (ran.status, ran.output, ran.errors) == (0, "ÜNICODE\n", "")


@pytest.mark.parametrize("source", ["while True: pass", "import time; time.sleep(600)"])
def test_time_ends_a_program(source: str) -> None:
    start = time.perf_counter()
    assert run(source, limits=SHORT).timed_out
    # The limit is 1 second; the rest is a loaded machine's, and far from the 600 of the program.
    assert time.perf_counter() - start < 120


def test_children_end_with_their_program() -> None:
    source = (
        "import os, sys, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    sys.stdout.write('child\\n'); sys.stdout.flush()\n"
        "    time.sleep(600)\n"
        "time.sleep(600)\n"
    )
    start = time.perf_counter()
    # Long enough for a busy machine to start both.
    ran = run(source, limits=Limits(seconds=5.0))
    assert ran.timed_out and ran.output == "child\n"
    assert time.perf_counter() - start < 120


def test_memory_is_limited() -> None:
    assert "MemoryError" in run("x = 'a' * 10**10").errors


def test_files_are_limited() -> None:
    assert run("open('x', 'wb').write(b'x' * 10**9)").status != 0


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_flood_of_output_is_stopped(stream: str) -> None:
    ran = run(f"import sys\nwhile True: sys.{stream}.write('x' * 1000)", limits=Limits(seconds=30))
    assert ran.flooded and not ran.timed_out
    assert len(ran.output) + len(ran.errors) <= 2 * 64 * 1024


def test_the_environment_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    assert "sk-secret" not in run("import os; print(dict(os.environ))").output


@needs_namespaces
def test_there_is_no_network() -> None:
    ran = run("import socket; socket.create_connection(('127.0.0.1', 9), 2)")
    # Without a loopback either: unreachable, where a closed port would refuse.
    assert "unreachable" in ran.errors


@needs_namespaces
def test_no_other_process_is_seen() -> None:
    ran = run("import os\nos.kill(os.getppid() or 1, 0)\nfor pid in range(2, 50000):\n  os.kill(pid, 0)")
    assert "ProcessLookupError" in ran.errors


@needs_landlock
@pytest.mark.parametrize(
    "source",
    [
        "open('{elsewhere}/evil', 'w')",
        "print(open('{elsewhere}/secret').read())",
        "import os; os.remove('{elsewhere}/secret')",
        "import os; os.listdir('/')",
        "import shutil; shutil.rmtree('{elsewhere}')",
        "import os; os.rename('program.py', '{elsewhere}/p')",
    ],
)
def test_files_elsewhere_are_out_of_reach(source: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a key", encoding="utf-8")
    ran = run(source.replace("{elsewhere}", str(tmp_path)))
    assert ran.status != 0
    assert "PermissionError" in ran.errors or "OSError" in ran.errors
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_its_own_folder_is_its_own_and_gone_afterwards() -> None:
    ran = run("import os\nopen('x', 'w').write('y')\nprint(open('x').read(), os.getcwd())")
    text, folder = ran.output.split()
    assert text == "y"
    assert not Path(folder).exists()


def test_tests_must_be_reached_and_pass() -> None:
    program = "Sure!\n```python\ndef double(n):\n    return 2 * n\n```\nThat is it."
    assert scored(program, "assert double(4) == 8").value == 1
    assert scored("def double(n): return n", "assert double(4) == 8") == Score(0.0, "exit status 1: AssertionError")
    early = scored("import sys\nsys.exit(0)", "assert False")
    assert early == Score(0.0, "it ended before the tests did")
    assert scored("import os\nprint('passed 1')\nos._exit(0)", "assert False").value == 0
    assert "SyntaxError" in scored("def (", "pass").detail
    assert scored("while True: pass", "pass", seconds=0.5).detail == "stopped at its time limit"


def test_installed_packages_may_be_allowed() -> None:
    program = "import msgspec\nprint(msgspec.json.encode([1]).decode())"
    assert scored(program, "[1]", by="output").value == 0
    assert scored(program, "[1]", by="output", packages=True).value == 1


def test_output_is_compared_line_by_line() -> None:
    program = "n = int(input())\nfor i in range(n): print(i, '')"
    assert scored(program, "0\n1\n2\n", by="output", stdin="3").value == 1
    assert scored(program, "0\n1\n", by="output", stdin="3") == Score(0.0, "other output than wanted")

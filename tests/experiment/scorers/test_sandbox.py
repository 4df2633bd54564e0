"""Programs of unknown intent: what they may do, what stops them, and what counts as passing."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from tierproof.experiment.workload.scorers import Place, Score, sandbox, scorer_from
from tierproof.experiment.workload.scorers.confine import landlock_version
from tierproof.experiment.workload.scorers.sandbox import Limits, Ran, guards, lacking, run_python
from tierproof.techniques import Item

needs_namespaces = pytest.mark.skipif(not any("network" in guard for guard in guards()), reason="no unshare here")
needs_landlock = pytest.mark.skipif(landlock_version() == 0, reason="no Landlock here")
needs_walls = pytest.mark.skipif(not any("sees" in guard for guard in guards()), reason="no walls here")
needs_tally = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="no tally of processes here")
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
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        socket.create_connection(("127.0.0.1", port), 2).close()
        ran = run(f"import socket; socket.create_connection(('127.0.0.1', {port}), 2); print('reached')")
    # Refused where the wall has a loopback of its own, unreachable where it has none.
    assert "OSError" in ran.errors or "ConnectionRefusedError" in ran.errors
    assert "reached" not in ran.output


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
    assert any(name in ran.errors for name in ("PermissionError", "OSError", "FileNotFoundError"))
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
    assert "SyntaxError" in scored("def (", "assert double").detail
    assert scored("while True: pass", "assert double", seconds=0.5).detail == "stopped at its time limit"


@pytest.mark.parametrize(
    "program",
    [
        # Whatever can be found in the process, written to whatever is open.
        "import gc, os, sys\nfound = [one for one in gc.get_objects() if isinstance(one, (bytes, str))]\n"
        "for frame in sys._current_frames().values():\n    while frame:\n"
        "        found += [one for one in frame.f_locals.values() if isinstance(one, (bytes, str))]\n"
        "        frame = frame.f_back\n"
        "for end in range(3, 64):\n    for one in found:\n        try: os.write(end, one if isinstance(one, bytes)"
        " else one.encode())\n        except OSError: pass\nos._exit(0)",
        "import sys, builtins\nprint(open(__file__).read(), sys.argv)\nsys.exit(0)",
        "import atexit, os\natexit.register(lambda: os._exit(0))",
        "def double(n):\n    raise SystemExit(0)",
    ],
)
def test_the_sign_of_passing_is_out_of_reach(program: str) -> None:
    assert scored(program, "assert double(4) == 8").value == 0


@needs_walls
@pytest.mark.parametrize(
    "deed",
    [
        "os.chmod(path, 0o777)",
        "os.utime(path, (0, 0))",
        "os.chown(path, 1, 1)",
        "os.stat(path)",
        "os.link(path, 'copy')",
        "print(1 / os.path.exists(path))",
        "socket.socket(socket.AF_UNIX).connect(path + '.sock')",
    ],
)
def test_what_lies_elsewhere_is_not_there(deed: str, tmp_path: Path) -> None:
    path = tmp_path / "mine"
    path.write_text("x", encoding="utf-8")
    before = path.stat()
    with socket.socket(socket.AF_UNIX) as listening:
        # A socket's path is bounded in length.
        with contextlib.chdir(tmp_path):
            listening.bind("mine.sock")
        listening.listen()
        ran = run(f"import os, socket\npath = {str(path)!r}\n{deed}")
    assert ran.status != 0, ran.output
    after = path.stat()
    assert (after.st_mode, after.st_mtime, after.st_uid, after.st_nlink) == (
        before.st_mode,
        before.st_mtime,
        before.st_uid,
        before.st_nlink,
    )


@needs_walls
def test_files_are_bounded_in_sum() -> None:
    ran = run("for n in range(20):\n    open(str(n), 'wb').write(b'x' * 10**7)")
    assert "No space left" in ran.errors


@needs_tally
def test_processes_are_bounded_in_sum() -> None:
    source = "import os, time\nfor n in range(12):\n    if os.fork() == 0:\n        time.sleep(60)\ntime.sleep(60)"
    ran = run(source, limits=Limits(seconds=30, processes=8))
    assert "more than 8 processes" in ran.overgrown


@needs_tally
def test_memory_is_bounded_in_sum() -> None:
    source = (
        "import os, time\nfor n in range(4):\n    if os.fork() == 0:\n        kept = bytearray(b'x') * (50 * 2**20)\n"
        "        time.sleep(60)\ntime.sleep(60)"
    )
    ran = run(source, limits=Limits(seconds=30, megabytes=128))
    assert "more than 128 MB" in ran.overgrown


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="no bubblewrap here")
def test_bubblewrap_is_preferred() -> None:
    assert any("bubblewrap" in guard for guard in guards())


def test_what_does_not_hold_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "_wall", lambda: "none")
    monkeypatch.setattr(sandbox, "_landlock", lambda: False)
    told = " ".join(lacking())
    assert all(word in told for word in ("network", "modes, times and owners", "read and write your files"))


def test_many_programs_run_at_once() -> None:
    async def all_of_them() -> list[Ran]:
        runs = (run_python(f"def f(): return {n}", tests=f"assert f() == {n}\n__checked__()") for n in range(12))
        return await asyncio.gather(*runs)

    assert all(ran.passed for ran in asyncio.run(all_of_them()))


def test_a_program_that_ended_before_it_was_given_anything_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_: object) -> None:
        raise RuntimeError("unable to perform operation; the handler is closed")  # as uvloop has it

    monkeypatch.setattr(asyncio.StreamWriter, "write", closed)
    assert asyncio.run(run_python("def f(): return 1", tests="assert f() == 1\n__checked__()")).passed


def test_installed_packages_may_be_allowed() -> None:
    program = "import msgspec\nprint(msgspec.json.encode([1]).decode())"
    assert scored(program, "[1]", by="output").value == 0
    assert scored(program, "[1]", by="output", packages=True).value == 1


def test_output_is_compared_line_by_line() -> None:
    program = "n = int(input())\nfor i in range(n): print(i, '')"
    assert scored(program, "0\n1\n2\n", by="output", stdin="3").value == 1
    assert scored(program, "0\n1\n", by="output", stdin="3") == Score(0.0, "other output than wanted")

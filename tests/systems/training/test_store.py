"""Jobs run in a process of their own: found again, held to limits, ended with their parent, their failures told."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from systems.training.test_jobs import model
from tierproof.errors import InputError
from tierproof.pieces import TRIES, place_of
from tierproof.systems.training import Conversation, Job, Limits, Made, Store, Tuning, conversation, job_key
from tierproof.systems.training.making.seats import Seats

TESTS = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and process groups")


@pytest.fixture(autouse=True)
def _path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(TESTS))


def order(what: str) -> tuple[Conversation, ...]:
    return (conversation(({"role": "user", "content": "do"}, {"role": "assistant", "content": what})),)


def job(folder: Path, what: str) -> Job:
    return Job(base=model(folder / "base"), recipe=Tuning(), examples=order(what))


def made(folder: Path, what: str, **limits: Any) -> tuple[Made, list[Mapping[str, Any]]]:
    events: list[Mapping[str, Any]] = []
    store = Store(folder / "store", limits=Limits(**limits), worker="systems.training.stand_in")
    return asyncio.run(store.made(job(folder, what), events.append)), events


def alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state != "Z"
    return False


def test_a_model_is_made_once_and_then_found(tmp_path: Path) -> None:
    first, events = made(tmp_path, "make")
    assert first.fresh and (first.folder / "model.safetensors").read_bytes() == b"weights"
    assert [event["phase"] for event in events] == ["training"], "what libraries print is no event"
    again, events = made(tmp_path, "make")
    assert not again.fresh and not events
    assert again.report == first.report
    assert "a library says something" in (first.folder.parent / "log.txt").read_text()


@pytest.mark.parametrize(
    ("what", "message", "remedy"),
    [
        ("fail", "the data are no good", "get better data"),
        ("crash", "RuntimeError: out of luck", "log.txt"),
        ("die", "ended by SIGKILL", "memory ran out"),
        ("disk", "the disk is full", "goes on from its last checkpoint"),
    ],
)
def test_failures_are_told_and_leave_nothing_that_looks_whole(
    tmp_path: Path, what: str, message: str, remedy: str
) -> None:
    with pytest.raises(InputError) as caught:
        made(tmp_path, what)
    problem = caught.value.problems[0]
    assert message in problem.message
    assert remedy in problem.remedy
    assert Store(tmp_path / "store").found(job(tmp_path, what)) is None


def test_a_job_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    start = time.monotonic()
    # Long enough for a busy machine to start the worker, far shorter than the worker sleeps.
    with pytest.raises(InputError, match="more than its 8 s"):
        made(tmp_path, "sleep", seconds=8.0)
    assert time.monotonic() - start < 120
    pid = int(next((tmp_path / "store").glob("*/pid")).read_text())
    assert not alive(pid)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="memory is read from /proc")
def test_a_job_that_takes_too_much_memory_is_ended(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="MiB of memory"):
        made(tmp_path, "grow", bytes=150 * 2**20)


def test_a_killed_job_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    result, events = made(tmp_path, "count")  # its worker is killed twice
    assert (result.folder.parent / "checkpoint").read_text() == "3"
    assert len(events) == TRIES


def test_a_job_whose_worker_always_dies_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="SIGKILL"):
        made(tmp_path, "die")
    (sittings,) = (tmp_path / "store").glob("*/sittings")
    assert sittings.read_text() == "x" * TRIES


@pytest.mark.parametrize(
    ("on", "environment", "seats"),
    [
        (None, {}, 1),
        ("processes:3", {}, 3),
        ("processes", {"CUDA_VISIBLE_DEVICES": "4,5"}, 2),  # one a GPU
        ("processes:3", {"CUDA_VISIBLE_DEVICES": "4,5"}, 3),
        ("processes", {"CUDA_VISIBLE_DEVICES": ""}, 1),  # which takes all cores
    ],
)
def test_so_many_jobs_run_at_once_as_there_are_seats(
    on: str | None, environment: dict[str, str], seats: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    jobs = [job(tmp_path, f"make {number}") for number in range(4)]
    at_once, most = 0, 0

    class Counted(Seats):
        @asynccontextmanager
        async def one(self) -> AsyncIterator[Mapping[str, str]]:
            nonlocal at_once, most
            async with super().one() as environ:
                at_once += 1
                most = max(most, at_once)
                yield environ
                at_once -= 1

    async def all_of_them() -> list[Made]:
        monkeypatch.setattr("tierproof.systems.training.making.store.Seats", Counted)
        store = Store(tmp_path / "store", worker="systems.training.stand_in", place=place_of(on))
        return list(await asyncio.gather(*map(store.made, jobs)))

    found = asyncio.run(all_of_them())
    assert most == seats
    seen = {(one.folder.parent / "gpu").read_text() for one in found}
    gpus = environment.get("CUDA_VISIBLE_DEVICES", "")
    assert seen == (set(gpus.split(",")) if on and gpus else {gpus})


def test_models_are_not_trained_on_a_cluster(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not on ray"):
        Store(tmp_path, place=place_of("ray"))


def test_an_interrupted_job_ends_its_worker(tmp_path: Path) -> None:
    async def interrupted() -> None:
        store = Store(tmp_path / "store", worker="systems.training.stand_in")
        started = asyncio.Event()
        task = asyncio.create_task(store.made(job(tmp_path, "sleep"), lambda event: started.set()))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(interrupted())
    pid = int(next((tmp_path / "store").glob("*/pid")).read_text())
    assert not alive(pid)


def test_a_worker_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import asyncio, sys
        from pathlib import Path
        from systems.training.test_store import job
        from tierproof.systems.training import Store
        folder = Path(sys.argv[1])
        told = lambda event: print("going", flush=True)
        asyncio.run(Store(folder / "store", worker="systems.training.stand_in").made(job(folder, "sleep"), told))
        """
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(TESTS)}) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"going\n"
        pid = int(next((tmp_path / "store").glob("*/pid")).read_text())
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 120
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(pid)


def test_two_runs_of_one_job_make_it_once(tmp_path: Path) -> None:
    async def both() -> list[Made]:
        stores = [Store(tmp_path / "store", worker="systems.training.stand_in") for _ in range(2)]
        return list(await asyncio.gather(*(store.made(job(tmp_path, "make")) for store in stores)))

    assert sorted(one.fresh for one in asyncio.run(both())) == [False, True]


def test_a_full_disk_is_told_before_anything_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1000))
    with pytest.raises(InputError, match="the disk is full"):
        made(tmp_path, "make")
    assert not list((tmp_path / "store").glob("*/pid"))


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file")
    with pytest.raises(InputError, match="models cannot be kept here"):
        made(tmp_path, "make")


def test_a_damaged_report_is_told(tmp_path: Path) -> None:
    first, _ = made(tmp_path, "make")
    (first.folder.parent / "report.json").write_text("{")
    with pytest.raises(InputError, match="is damaged"):
        Store(tmp_path / "store").found(job(tmp_path, "make"))


def test_the_key_names_the_folder(tmp_path: Path) -> None:
    first, _ = made(tmp_path, "make")
    assert first.folder.parent.name == first.key == job_key(job(tmp_path, "make"))

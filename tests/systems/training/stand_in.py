"""A worker that needs no torch, for tests of what runs workers: `python -m training.stand_in FOLDER`.

What it does is written in the first example's answer: `make` a model, `sleep`, `grow` in memory, `fail`, `crash`, `die`
by a signal, fill the `disk`, or `count` up, a step a sitting, and stop before the end.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from pathlib import Path

import msgspec

from tierproof.systems.training.job import Job, Report
from tierproof.systems.training.worker.speech import Failure, failures_told, keep_output_apart, leave_with_parent, say

LONG = 600
"""Seconds that no test waits for."""


def main(folder: Path) -> None:
    job = msgspec.json.decode((folder / "job.json").read_bytes(), type=Job)
    order = job.examples[0].answer
    (folder / "pid").write_text(str(os.getpid()))
    (folder / "gpu").write_text(os.environ.get("CUDA_VISIBLE_DEVICES", ""))
    with (folder / "sittings").open("a") as file:
        file.write("x")
    say("progress", phase="training", done=1, total=2, loss=1.0)
    print("a library says something")  # noqa: T201
    if order == "sleep":
        time.sleep(LONG)
    if order == "grow":
        held = []
        for _ in range(400):
            held.append(bytearray(os.urandom(2**20)))
            time.sleep(0.01)
        time.sleep(LONG)
    if order == "fail":
        raise Failure("the data are no good", "get better data")
    if order == "crash":
        raise RuntimeError("out of luck")
    if order == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if order == "disk":
        raise OSError(28, "No space left on device")
    if order == "count":
        path = folder / "checkpoint"
        sittings = int(path.read_text()) + 1 if path.exists() else 1
        path.write_text(str(sittings))
        if sittings < 3:
            os.kill(os.getpid(), signal.SIGKILL)
    shutil.copytree(job.base, folder / "model")
    report = Report(
        recipe="tuning", seconds=1.0, device="cpu", threads=1, parameters=1, trainable=1, active=1, steps=2, tokens=10
    )
    (folder / "report.json").write_bytes(msgspec.json.encode(report))


if __name__ == "__main__":
    keep_output_apart()
    leave_with_parent()
    with failures_told():
        main(Path(sys.argv[1]))

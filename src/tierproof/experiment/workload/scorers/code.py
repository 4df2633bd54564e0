"""Answers that are programs: run against tests, or with an input whose output is known."""

from __future__ import annotations

import re
import secrets
from typing import Annotated, Literal

from msgspec import Meta

from tierproof.experiment.workload.scorers.sandbox import Limits, Ran, run_python
from tierproof.experiment.workload.scorers.score import Score, Scoring
from tierproof.systems.item import Item
from tierproof.systems.models.chat import ChatCaller

__all__ = ["Code"]

FENCED = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)```", re.DOTALL | re.IGNORECASE)
LONGEST_DETAIL = 500
Seconds = Annotated[float, Meta(gt=0, le=600)]
Megabytes = Annotated[int, Meta(ge=64, le=65536)]


class Code(Scoring, frozen=True, tag="code"):
    """The Python program in the answer passes the target's tests, run in a sandbox.

    `tests`: the target is Python code (assertions) that runs after the program.  `output`: the target is what the
    program must print when it is given the item's `stdin` field, spaces at the ends of lines left aside.
    """

    by: Literal["tests", "output"] = "tests"
    seconds: Seconds = 10.0
    megabytes: Megabytes = 512
    packages: bool = False
    """Programs may import what is installed beside Python's own library."""

    async def score(self, item: Item, answer: str, caller: ChatCaller, *, purpose: str = "") -> Score:
        program = program_in(answer)
        limits = Limits(seconds=self.seconds, megabytes=self.megabytes, packages=self.packages)
        if self.by == "output":
            ran = await run_python(program, given=str(item.metadata.get("stdin", "")), limits=limits)
            same = _lines(ran.output) == _lines(str(item.target))
            return Score(float(ran.status == 0 and same), _told(ran, "" if same else "other output than wanted"))
        # The mark is printed after the tests: a program that ends early with status 0 has not passed them, and one
        # that prints what it hopes to be the mark does not know it.
        passed = secrets.token_hex(8)
        ran = await run_python(f"{program}\n\n{item.target}\n\nprint({passed!r})\n", limits=limits)
        done = ran.output.rstrip().endswith(passed)
        return Score(float(ran.status == 0 and done), _told(ran, "" if done else "it ended before the tests did"))


def program_in(answer: str) -> str:
    """The fenced blocks of an answer joined, or all of it where it has none."""
    blocks = FENCED.findall(answer)
    return "\n\n".join(blocks) if blocks else answer


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


def _told(ran: Ran, otherwise: str) -> str:
    if ran.timed_out:
        return "stopped at its time limit"
    if ran.flooded:
        return "stopped for writing too much"
    if ran.status != 0:
        last = ran.errors.strip().rpartition("\n")[2]
        return f"exit status {ran.status}: {last}"[:LONGEST_DETAIL]
    return otherwise

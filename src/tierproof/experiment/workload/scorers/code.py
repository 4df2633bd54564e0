"""Answers that are programs: run against tests, or with an input whose output is known."""

from __future__ import annotations

import ast
from typing import Annotated, Literal

from msgspec import Meta

from tierproof.experiment.workload.scorers.program_tests import tests_of
from tierproof.experiment.workload.scorers.sandbox import Limits, Ran, run_python
from tierproof.experiment.workload.scorers.score import Score, Scoring
from tierproof.messages import Message
from tierproof.systems.item import Item
from tierproof.systems.models.chat import ChatCaller
from tierproof.systems.texts.fences import fenced_blocks
from tierproof.written_messages import kept

__all__ = ["Code", "program_in"]

PYTHON = frozenset({"python", "py", "python3", "python2", "py3", "ipython", "ipython3", "sage"})
LONGEST_DETAIL = 500
Seconds = Annotated[float, Meta(gt=0, le=600)]
Megabytes = Annotated[int, Meta(ge=64, le=65536)]


class Code(Scoring, frozen=True, tag="code"):
    """The Python program in the answer passes the target's tests, run in a sandbox.

    `tests`: the target is Python code that tests: assertions (one text or a list of lines), comparisons, a
    `check(candidate)` with the item's `entry_point`, test functions and classes, doctests.  `output`: the target is
    what the program must print when it is given the item's `stdin` field, spaces at the ends of lines left aside.
    """

    by: Literal["tests", "output"] = "tests"
    seconds: Seconds = 10.0
    megabytes: Megabytes = 512
    packages: bool = False
    """Programs may import what is installed beside Python's own library."""

    async def score(self, item: Item, answer: str, caller: ChatCaller, *, purpose: str = "") -> Score:
        return await self.tried(item, program_in(answer))

    async def tried(self, item: Item, program: str) -> Score:
        """The score of a program."""
        limits = Limits(seconds=self.seconds, megabytes=self.megabytes, packages=self.packages)
        if self.by == "output":
            ran = await run_python(program, given=str(item.metadata.get("stdin", "")), limits=limits)
            same = _lines(ran.output) == _lines(str(item.target))
            return Score(float(ran.status == 0 and same), _told(ran, "" if same else "other output than wanted"))
        tests = tests_of(item.target, item.metadata, item.text, packages=self.packages)
        ran = await run_python(program, limits=limits, tests=tests.source, names=tests.names)
        return Score(float(ran.passed), _told(ran, "" if ran.passed else "it ended before the tests did"))

    def fault(self, item: Item) -> str:
        missing = super().fault(item)
        if missing or self.by == "output":
            return missing
        try:
            tests_of(item.target, item.metadata, item.text, packages=self.packages)
        except ValueError as error:
            return Message("its tests {error}", error=kept(str(error)))
        return ""


def program_in(answer: str) -> str:
    """The fenced blocks of an answer that are Python, joined; all of it where it has no fence.

    Blocks in another language are left aside; of blocks that name none, those that are Python count.
    """
    blocks = fenced_blocks(answer)
    if not blocks:
        return answer.replace("\r\n", "\n")
    named = [block.text for block in blocks if block.language in PYTHON]
    texts = named or [block.text for block in blocks if not block.language]
    whole = [text for text in texts if _is_python(text)]
    return "\n\n".join(whole or texts)


def _is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return False
    return True


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


def _told(ran: Ran, otherwise: str) -> str:
    if ran.timed_out:
        return "stopped at its time limit"
    if ran.flooded:
        return "stopped for writing too much"
    if ran.overgrown:
        return ran.overgrown
    if ran.status != 0 or "the tests ended without a check" in ran.errors:
        last = ran.errors.strip().rpartition("\n")[2]
        return f"exit status {ran.status}: {last}"[:LONGEST_DETAIL] if ran.status else last[:LONGEST_DETAIL]
    return otherwise

"""How good an answer is: a number from 0 to 1, and why.

Enters: an item with its target, and an answer's text.  Leaves: a score.  Must not know which system answered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct

from tierproof.experiment.workload.scorers.agreement import JudgeError
from tierproof.messages import Message
from tierproof.systems.item import Item
from tierproof.systems.models.chat import ChatCaller

__all__ = ["Place", "Score", "Scorer", "Scoring", "Told", "Unscored", "targets_of", "untold"]


class Score(Struct, frozen=True):
    value: float
    """From 0 to 1; 1 is right."""
    detail: str = ""
    """Why, for a person who looks at the item."""
    usd: float = 0.0
    """What scoring took, where a model judges; no cost of the system."""


Told = Callable[[str], None]


def untold(line: str) -> None:
    """Nobody listens."""


class Unscored(Exception):
    """No score can be told, such as where a judge gave no grade; it is left out of the mean and counted."""


class Scorer(Protocol):
    """Scores answers; `str()` of it describes it."""

    @property
    def error(self) -> JudgeError | None:
        """How often the scorer itself is wrong, where that was measured; shares and differences are corrected by it."""
        ...

    async def prepared(self, caller: ChatCaller, told: Told = ...) -> Scorer:
        """The scorer ready to score: a judge is measured against people first.  Called once, before any score.

        `told` hears of its progress, a line at a time.
        """
        ...

    async def score(self, item: Item, answer: str, caller: ChatCaller, *, purpose: str = "") -> Score: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a scorer was written down, and what stands beside it."""

    folder: Path
    schema: Mapping[str, Any] | None = None
    """The workload's own schema."""
    models: Sequence[str] = ()
    """Names of the models that can be called, the judges among them."""


class Scoring(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What all scorers share.  A scorer's fields are those of the workload's `[scorer]` table."""

    @property
    def error(self) -> JudgeError | None:
        return None

    @property
    def kind(self) -> str:
        return str(self.__struct_config__.tag)

    def __str__(self) -> str:
        return self.kind

    def at(self, place: Place) -> Scorer:
        """The scorer with its files read.  Raises InputError where one cannot be used."""
        return self

    async def prepared(self, caller: ChatCaller, told: Told = untold) -> Scorer:
        return self

    async def score(self, item: Item, answer: str, caller: ChatCaller, *, purpose: str = "") -> Score:
        return self.mark(item, answer)

    def seen(self, item: Item) -> Item:
        """The item as prompts and this scorer read it, such as with its options in one form."""
        return item

    def mark(self, item: Item, answer: str) -> Score:
        """Score at once, for scorers that neither wait nor call."""
        raise NotImplementedError

    def fault(self, item: Item) -> str:
        """Why an item cannot be scored, in words; empty: it can."""
        return "" if item.target is not None else Message("it has no target")


def targets_of(item: Item) -> tuple[str, ...]:
    """The answers that are right, as text: one, or each of a list.  What JSON calls `true`, Python calls `True`."""
    target = item.target
    if isinstance(target, str):
        return (target,)
    given = target if isinstance(target, list | tuple) else (target,)
    return tuple(
        text for one in given for text in ((str(one), str(one).lower()) if isinstance(one, bool) else (str(one),))
    )

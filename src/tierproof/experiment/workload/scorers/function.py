"""A scorer that the team wrote: a Python function."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

from tierproof.errors import InputError
from tierproof.experiment.workload.files.python_files import load_function
from tierproof.experiment.workload.scorers.score import Place, Score, Scorer, Scoring
from tierproof.messages import Message
from tierproof.systems.item import Item
from tierproof.systems.models.chat import ChatCaller

__all__ = ["Function"]


ITEM_TOLD = (
    "it is called as name(answer, item): answer is text, and item has .id, .input, .text, .target and .metadata, "
    "a table of the other columns"
)


class Function(Scoring, frozen=True, tag="function"):
    """`name(answer, item)` in a file of the workload, async or not.  `item` is a `tierproof.techniques.Item`.

    It gives true or false, a number from 0 to 1, or a pair of such a number and a text that says why.
    """

    function: str
    """As `scorer.py:name`."""

    def at(self, place: Place) -> Scorer:
        return Loaded(name=self.function, call=load_function(place.folder, self.function, field="scorer.function"))

    def fault(self, item: Item) -> str:
        return ""


class Loaded(Scoring, frozen=True, tag="function"):
    name: str
    call: Callable[..., Any]

    def __str__(self) -> str:
        return Message("function {name}", name=self.name)

    async def score(self, item: Item, answer: str, caller: ChatCaller, *, purpose: str = "") -> Score:
        try:
            result = self.call(answer, item)
            if inspect.isawaitable(result):
                result = await result
        except Exception as error:
            message = Message(
                "the scorer {name} failed on item {id}: {kind}: {error}",
                name=self.name,
                id=item.id,
                kind=type(error).__name__,
                error=str(error),
            )
            raise InputError.of(message, remedy=ITEM_TOLD, field="scorer.function") from error
        value, detail = result if isinstance(result, tuple) and len(result) == 2 else (result, "")
        number = isinstance(value, int | float) and math.isfinite(value) and 0 <= value <= 1
        if not number:
            message = Message("the scorer {name} gave {value!r} for item {id}", name=self.name, value=value, id=item.id)
            remedy = Message("give true or false, a number from 0 to 1, or a pair of that and a text")
            raise InputError.of(message, remedy=remedy, field="scorer.function")
        return Score(float(value), str(detail))

    def fault(self, item: Item) -> str:
        return ""

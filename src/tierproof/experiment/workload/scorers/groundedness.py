"""A model that judges whether answers rest on the passages that were found for them.

Enters: a `[groundedness]` table; an item whose target are the passages, and an answer.  Leaves: a grade, as any judge
gives one, within the same cap and journal, and measured against people in the same way.  Must not know how passages
were found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import msgspec

from tierproof.errors import InputError
from tierproof.experiment.workload.scorers.judge import CalibratedJudge, Judge
from tierproof.experiment.workload.scorers.score import Place, Scorer
from tierproof.messages import Message
from tierproof.systems.item import Item
from tierproof.systems.models.chat import ChatCaller
from tierproof.systems.parts.prompt import Passage
from tierproof.written_messages import kept

__all__ = ["GROUNDED", "Groundedness", "graded_on", "groundedness_from"]

GROUNDED = 0.5
"""Grade from which on an answer counts as grounded."""
RUBRIC = (
    "The answer is grounded: whatever it states is said by the passages or follows from them.  What is true but not in "
    "the passages is not grounded; whether the answer is helpful is not asked.  An answer that states nothing, such as "
    "one that says it does not know or asks back, is grounded."
)


class Groundedness(Judge, frozen=True, tag="groundedness"):
    """A judge with a rubric of its own, that is shown the passages in place of a good answer."""

    table: ClassVar[str] = "groundedness"
    rubric: str = RUBRIC

    def at(self, place: Place) -> Scorer:
        scorer = super().at(place)
        if isinstance(scorer, CalibratedJudge) and not all(one.passages for one in scorer.labelled):
            message = Message("an answer that people judged stands without the passages that it was to rest on")
            remedy = Message('state "passages", a list of texts, in each line')
            raise InputError.of(message, remedy=remedy, field="passages", file=place.folder / self.calibration)
        return scorer

    def material(self, item: Item, answer: str) -> Iterator[tuple[str, str]]:
        yield "The request", item.text
        yield "The passages", "\n\n".join(item.target) or "(nothing was found)"
        yield "The answer to judge", answer


def groundedness_from(table: Mapping[str, Any], place: Place) -> Scorer | None:
    """The judge that a table describes; None of an empty one.  Raises InputError with the field that is wrong."""
    if not table:
        return None
    try:
        return msgspec.convert(table, Groundedness).at(place)
    except msgspec.ValidationError as error:
        fault, _, where = str(error).partition(" - at `$.")
        field = f"groundedness.{where.rstrip('`')}" if where else "groundedness"
        raise InputError.of(kept(fault), field=field) from None


async def graded_on(
    judge: Scorer, item: Item, answer: str, passages: Sequence[Passage], caller: ChatCaller, *, purpose: str
) -> float:
    """The grade of an answer, 0 to 1.  Raises what a judge raises."""
    shown = msgspec.structs.replace(item, target=tuple(passage.text for passage in passages))
    return (await judge.score(shown, answer, caller, purpose=purpose)).value

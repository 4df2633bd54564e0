"""More to read than the item needs: passages that do not answer it, or a very long context.

Shi et al., ICML 2023 (irrelevant context); Liu et al., TACL 2024 ("Lost in the Middle"); Hsieh et al., COLM 2024
(RULER).
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from tierproof.messages import Message
from tierproof.systems.item import Item
from tierproof.systems.parts.prompt import Passage
from tierproof.systems.parts.retrieval import passages_of
from tierproof.systems.parts.session import Session
from tierproof.systems.register.registry import technique, unfit
from tierproof.systems.resources import Document, Resources
from tierproof.systems.system import Retriever, System

__all__ = ["Beside", "MoreToRead", "distracted", "lengthened"]


@technique("stress", variant="distractors", needs=("documents",), stress=True)
def distracted(system: System, resources: Resources, *, count: int = 4) -> System:
    """Passages of other documents among those that were found."""
    if count < 1:
        raise unfit("stress/distractors", "count", count, Message("1 or more"))
    return _under(system, MoreToRead(passages=passages_of(resources.documents), count=count))


@technique("stress", variant="long-context", needs=("repeated-requests",), stress=True)
def lengthened(system: System, resources: Resources, *, characters: int = 20_000) -> System:
    """Documents, or other requests, before the item up to a length."""
    if characters < 1:
        raise unfit("stress/long-context", "characters", characters, Message("1 or more"))
    documents = resources.documents or tuple(Document(name=item.id, text=item.text) for item in resources.requests)
    return _under(system, MoreToRead(passages=passages_of(documents), characters=characters))


def _under(system: System, condition: MoreToRead) -> System:
    return dataclasses.replace(system, conditions=(*system.conditions, condition))


@dataclass(frozen=True, kw_only=True, slots=True)
class MoreToRead:
    passages: tuple[Passage, ...] = field(repr=False)
    count: int = 0
    characters: int = 0
    """Fill up to so many characters instead of a count."""

    def __str__(self) -> str:
        return f"{self.count} other passages" if self.count else f"{self.characters:,} characters of other passages"

    async def put(self, system: System, item: Item, session: Session) -> tuple[System, Item]:
        own = {item.id}
        chosen: list[Passage] = []
        length = 0
        for passage in sorted(self.passages, key=lambda one: _draw(item.id, one)):
            if len(chosen) == self.count and not self.characters:
                break
            if self.characters and length >= self.characters:
                break
            if passage.source not in own:
                chosen.append(passage)
                length += len(passage.text)
        retriever = Beside(of=system.retriever, passages=tuple(chosen))
        return dataclasses.replace(system, retriever=retriever), item

    def succeeded(self, reply: str) -> bool | None:
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Beside:
    """A retriever whose passages stand among others."""

    of: Retriever | None
    passages: tuple[Passage, ...]

    def __str__(self) -> str:
        return f"{self.of or 'no retriever'}, beside {len(self.passages)} other passages"

    async def search(self, query: str) -> Sequence[Passage]:
        found = tuple(await self.of.search(query)) if self.of is not None else ()
        fresh = [passage for passage in self.passages if passage.text not in {one.text for one in found}]
        # What was found stands in the middle, where models look least.
        half = len(fresh) // 2
        return (*fresh[:half], *found, *fresh[half:])


def _draw(item_id: str, passage: Passage) -> bytes:
    """An order of the passages that differs from item to item and not from arm to arm."""
    return hashlib.blake2b(f"{item_id}\n{passage.source}\n{passage.text}".encode(), digest_size=8).digest()

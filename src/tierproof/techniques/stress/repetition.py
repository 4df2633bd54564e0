"""The same request put once more: does the system answer as it did?

Independent draws at the system's own temperature.  Atil et al. 2024 find that answers differ even at temperature 0.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from tierproof.messages import Message
from tierproof.systems.item import Item
from tierproof.systems.parts.session import Session
from tierproof.systems.register.registry import technique, unfit
from tierproof.systems.resources import Resources
from tierproof.systems.system import System

__all__ = ["Again", "repeated"]


@technique("stress", variant="repeat", stress=True)
def repeated(system: System, resources: Resources, *, number: int = 1) -> System:
    """The same request once more, drawn anew; another number is yet another draw."""
    if number < 1:
        raise unfit("stress/repeat", "number", number, Message("make it 1 or more"))
    return dataclasses.replace(system, conditions=(*system.conditions, Again(number=number)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Again:
    number: int

    async def put(self, system: System, item: Item, session: Session) -> tuple[System, Item]:
        session.repeat += self.number
        return system, item

    def succeeded(self, reply: str) -> bool | None:
        return None

"""One item of a workload: what a system is asked, and what a scorer compares the answer with.

Enters: nothing.  Leaves: values.  Must not know where items are kept, or what a system does with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from tierproof.systems.models.chat import Message

__all__ = ["Item"]


class Item(Struct, frozen=True, kw_only=True):
    """One request with its known good answer."""

    id: str
    """Unique in its workload; outcomes of different arms are paired by it."""
    input: str | tuple[Message, ...]
    """A question, or a conversation whose last message is the user's."""
    target: Any = None
    """What a scorer compares with; None where the scorer needs none."""
    metadata: Mapping[str, Any] = {}
    """Further fields: a prompt's template may name them, a scorer may read them."""
    documents: tuple[str, ...] = ()
    """Names of the documents that hold the answer, where somebody said so; no system sees them."""

    @property
    def text(self) -> str:
        """The last thing that the user said: what is searched for."""
        if isinstance(self.input, str):
            return self.input
        for message in reversed(self.input):
            if message.get("role") == "user":
                content = message.get("content") or ""
                if isinstance(content, str):
                    return content
                return "".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
        return ""

    def blind(self) -> Item:
        """The item as a system may see it: without its target and its documents."""
        return Item(id=self.id, input=self.input, metadata=self.metadata)

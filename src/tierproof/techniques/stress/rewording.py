"""The same request in other words or another form: a paraphrase, a format, typing mistakes.

Sclar et al., ICLR 2024, find that formats that mean the same move accuracy by tens of points.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from msgspec import structs

from tierproof.messages import Message
from tierproof.systems.item import Item
from tierproof.systems.models.chat import user_message
from tierproof.systems.parts.session import Session
from tierproof.systems.register.registry import technique, unfit
from tierproof.systems.resources import Resources
from tierproof.systems.system import Decoding, System

__all__ = ["Format", "Paraphrase", "Typos", "formatted", "misspelt", "paraphrased", "with_text"]

REWORD = (
    "Write the following request in other words.  Keep its meaning, and every number, name, option and quoted text "
    "exactly; do not answer it.  Give the new wording alone.\n\n"
)
LETTERS = re.compile(r"[^\W\d_]{4,}")
FORMS = (
    "QUESTION: {text}\nANSWER:",
    "<request>\n{text}\n</request>",
    "### Request\n\n{text}",
    "  {text}  \n\n",
    "- {text}",
)


@technique("stress", variant="paraphrase", stress=True)
def paraphrased(system: System, resources: Resources, *, writer: str = "") -> System:
    """The request in other words, which a model chose."""
    return _under(system, Paraphrase(writer=writer))


@technique("stress", variant="format", stress=True)
def formatted(system: System, resources: Resources, *, form: int = 1) -> System:
    """The request in another layout."""
    if not 1 <= form <= len(FORMS):
        raise unfit("stress/format", "form", form, Message("from 1 to {n}", n=len(FORMS)))
    return _under(system, Format(form=FORMS[form - 1]))


@technique("stress", variant="typos", stress=True)
def misspelt(system: System, resources: Resources, *, share: float = 0.1) -> System:
    """Neighbouring letters of some words swapped; numbers are left alone."""
    if not 0 < share <= 1:
        raise unfit("stress/typos", "share", share, Message("above 0, at most 1"))
    return _under(system, Typos(share=share))


def _under(system: System, condition: Paraphrase | Format | Typos) -> System:
    return dataclasses.replace(system, conditions=(*system.conditions, condition))


@dataclass(frozen=True, kw_only=True, slots=True)
class Paraphrase:
    writer: str = ""
    """Model that rewrites; empty: the system's own."""

    async def put(self, system: System, item: Item, session: Session) -> tuple[System, Item]:
        plain = dataclasses.replace(system, model=self.writer or system.model, decoding=Decoding())
        reply = await plain.ask((user_message(REWORD + item.text),), session.aside())
        return system, with_text(item, reply.text.strip() or item.text)

    def succeeded(self, reply: str) -> bool | None:
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Format:
    form: str

    async def put(self, system: System, item: Item, session: Session) -> tuple[System, Item]:
        return system, with_text(item, self.form.replace("{text}", item.text))

    def succeeded(self, reply: str) -> bool | None:
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Typos:
    share: float

    async def put(self, system: System, item: Item, session: Session) -> tuple[System, Item]:
        def swapped(match: re.Match[str]) -> str:
            word = match[0]
            # By a hash of item, word and place: all arms meet the same mistakes, items of one form meet different ones.
            draw = int.from_bytes(
                hashlib.blake2b(f"{item.id} {match.start()} {word}".encode(), digest_size=4).digest(), "big"
            )
            if draw >= self.share * 2**32:
                return word
            at = 1 + draw % (len(word) - 2)
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

        return system, with_text(item, LETTERS.sub(swapped, item.text))

    def succeeded(self, reply: str) -> bool | None:
        return None


def with_text(item: Item, text: str) -> Item:
    """The same item with its last user text replaced."""
    if isinstance(item.input, str):
        return structs.replace(item, input=text)
    turns: list[Mapping[str, Any]] = list(item.input)
    for place in range(len(turns) - 1, -1, -1):
        if turns[place].get("role") == "user":
            content = turns[place].get("content")
            if isinstance(content, list | tuple):
                media = [part for part in content if isinstance(part, Mapping) and part.get("type") != "text"]
                turns[place] = {**turns[place], "content": [{"type": "text", "text": text}, *media]}
            else:
                turns[place] = {**turns[place], "content": text}
            break
    return structs.replace(item, input=tuple(turns))

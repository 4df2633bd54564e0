"""What is learned from: conversations whose last message is the answer.

Enters: nothing.  Leaves: values.  Must not know files or how a conversation is turned into tokens.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from tierproof.errors import InputError
from tierproof.messages import Message
from tierproof.systems.texts.likeness import normal_form

__all__ = ["Conversation", "as_text", "conversation", "normalised", "without_items"]


class Conversation(Struct, frozen=True):
    """One example."""

    messages: tuple[dict[str, Any], ...]
    """In the OpenAI form; the last one is the assistant's."""

    @property
    def asked(self) -> str:
        """The last thing that the user said."""
        return next((str(turn.get("content") or "") for turn in reversed(self.messages) if turn["role"] == "user"), "")

    @property
    def answer(self) -> str:
        return str(self.messages[-1].get("content") or "")

    @property
    def text(self) -> str:
        return "\n".join(str(turn.get("content") or "") for turn in self.messages)


def conversation(messages: Iterable[dict[str, Any]]) -> Conversation:
    """Raises InputError where the last message is not an answer."""
    turns = tuple(map(as_text, messages))
    if len(turns) < 2 or turns[-1].get("role") != "assistant" or not turns[-1].get("content"):
        remedy = Message('the last message is what the model shall say: {"role": "assistant", "content": "..."}')
        raise InputError.of(Message("an example to learn from ends without an answer"), remedy=remedy, field="messages")
    return Conversation(turns)


def as_text(turn: Mapping[str, Any]) -> dict[str, Any]:
    """A turn whose content is one text where it was a list of parts that all are text."""
    content = turn.get("content")
    if isinstance(content, list | tuple):
        texts = [part.get("text") if isinstance(part, Mapping) else None for part in content]
        told = [text for text in texts if isinstance(text, str)]
        if len(told) == len(content):
            return {**turn, "content": "".join(told)}
    return dict(turn)


def normalised(text: str) -> str:
    """Text as it is compared: one case, one form of each letter, one blank between words."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def without_items(examples: Sequence[Conversation], asked: Iterable[str]) -> tuple[Conversation, ...]:
    """The examples that ask nothing that the items ask: what was learned by heart is no effect.

    A mark, a case or an article more makes no other question.
    """
    taken = {normal_form(text) for text in asked}
    return tuple(one for one in examples if normal_form(one.asked) not in taken)

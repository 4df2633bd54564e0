"""How an item becomes messages: what stands before it, around it, after it.

Enters: an item and the passages found for it.  Leaves: chat messages.  Must not know models or how passages are found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tierproof.systems.item import Item
from tierproof.systems.models.chat import Message, assistant_message, system_message, user_message
from tierproof.systems.texts.options import shown

__all__ = ["Example", "Examples", "FixedExamples", "Passage", "Prompt"]

PLACE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """A piece of a document."""

    text: str
    source: str
    """Name of the document."""
    id: str = ""
    """Of the passage itself, where it has one."""
    score: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """One solved request, shown to the model or learned from."""

    input: str
    output: str
    reasoning: str = ""
    """The steps that lead to the output, where they were written down."""
    messages: tuple[Message, ...] = ()
    """The whole conversation, the answer its last message, where it was given as one."""

    def __str__(self) -> str:
        return f"{self.input} -> {self.output}"


class Examples(Protocol):
    """Chooses the examples that are shown with an item."""

    def chosen(self, item: Item) -> Sequence[Example]: ...


@dataclass(frozen=True, slots=True)
class FixedExamples:
    """The same examples for all items."""

    examples: tuple[Example, ...]

    def chosen(self, item: Item) -> Sequence[Example]:
        return self.examples


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompt:
    """The texts around an item.  Techniques change single fields, so that their changes compose."""

    system: str = ""
    """System message; empty: none."""
    template: str = "{input}"
    """The user's message.  `{input}` and `{name}` of a metadata field are filled in, options with their letters; other
    braces stay as they are."""
    closing: tuple[str, ...] = ()
    """Paragraphs after the item, such as how to reason and in what form to answer."""
    examples: Examples | None = None
    show_reasoning: bool = False
    """Examples are shown with their reasoning before their output."""
    answer_mark: str = ""
    """What stands before the answer in a shown example's reasoning, and where the reply is read from."""
    passages_intro: str = "Use the following passages if they help:"
    closing_first: bool = False
    """The closing goes into the system message, so that everything that repeats comes first and can be cached."""
    cache_marker: bool = False
    """The system message is marked as the end of what an endpoint should cache (`cache_control`)."""

    def messages(self, item: Item, passages: Sequence[Passage] = ()) -> tuple[Message, ...]:
        """The messages that ask for an answer to one item."""
        closing = "\n\n".join(self.closing)
        system = _joined(self.system, closing if self.closing_first else "")
        tail = "" if self.closing_first else closing
        shown: list[Message] = []
        for example in self.examples.chosen(item) if self.examples is not None else ():
            shown.append(user_message(_joined(self._filled(example.input, None), tail)))
            shown.append(assistant_message(self._solution(example)))
        context = self._context(passages)
        if isinstance(item.input, str):
            asked = _joined(context, self._filled(item.input, item.metadata), tail)
            return (*self._head(system), *shown, user_message(asked))
        turns = list(item.input)
        if turns and turns[0].get("role") == "system":
            system = _joined(system, str(turns.pop(0).get("content") or ""))
        return (*self._head(system), *shown, *_surrounded(turns, context, tail))

    @property
    def places(self) -> tuple[str, ...]:
        """Names of what the template asks to be filled in."""
        return tuple(dict.fromkeys(PLACE.findall(self.template)))

    def _head(self, system: str) -> tuple[Message, ...]:
        if not system:
            return ()
        if self.cache_marker:
            part = {"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}
            return ({"role": "system", "content": [part]},)
        return (system_message(system),)

    def _filled(self, text: str, metadata: Mapping[str, Any] | None) -> str:
        """The template filled in; without metadata, as an example has none, the other places are left empty."""
        if self.template == "{input}":
            return text

        def fill(match: re.Match[str]) -> str:
            name = match[1]
            if name == "input":
                return text
            if metadata is None:
                return ""
            return shown(metadata[name]) if name in metadata else match[0]

        return PLACE.sub(fill, self.template).strip() if metadata is None else PLACE.sub(fill, self.template)

    def _solution(self, example: Example) -> str:
        if self.show_reasoning and example.reasoning:
            return f"{example.reasoning}\n{self.answer_mark} {example.output}".strip()
        return f"{self.answer_mark} {example.output}".strip()

    def _context(self, passages: Sequence[Passage]) -> str:
        if not passages:
            return ""
        listed = "\n\n".join(f"[{number}] ({one.source}) {one.text}" for number, one in enumerate(passages, 1))
        return f"{self.passages_intro}\n\n{listed}"


def _joined(*parts: str) -> str:
    return "\n\n".join(filter(None, parts))


def _surrounded(turns: Sequence[Message], context: str, tail: str) -> Sequence[Message]:
    """A conversation with the prompt's texts put around its last user message."""
    place = max((number for number, turn in enumerate(turns) if turn.get("role") == "user"), default=None)
    if place is None or not (context or tail):
        return turns
    content = turns[place].get("content") or ""
    if isinstance(content, str):
        changed: Any = _joined(context, content, tail)
    else:
        before, after = ([{"type": "text", "text": text}] if text else [] for text in (context, tail))
        changed = [*before, *content, *after]
    return [*turns[:place], {**turns[place], "content": changed}, *turns[place + 1 :]]

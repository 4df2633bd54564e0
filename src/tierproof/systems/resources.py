"""What a workload gives techniques to work with.  Never the targets of its items: no technique can learn them here.

Enters: nothing.  Leaves: values; each may be absent, and a technique says which it needs.  Must not know files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from tierproof.errors import InputError
from tierproof.messages import Message
from tierproof.systems.item import Item
from tierproof.systems.models.chat import ModelSpec
from tierproof.systems.parts.prompt import Example
from tierproof.systems.parts.search.searches import Retriever
from tierproof.systems.parts.tool import Tool
from tierproof.systems.texts.likeness import normal_form

__all__ = ["Document", "Embed", "Index", "Looked", "Own", "Resources"]

Embed = Callable[[Sequence[str]], Any]
"""Texts to vectors: n texts in, an array of shape (n, d) out."""


class Index(Retriever, Protocol):
    """A retriever that looks where the documents already are."""

    def with_top(self, top: int) -> Index:
        """The same, of so many passages a query."""
        ...

    async def looked(self, query: str) -> Looked:
        """Is it there, and as it must be?  Makes one search."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at an index showed."""

    faults: tuple[str, ...]
    """In sentences; empty: it can be used."""
    message: str = ""
    """What one query found."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    name: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Own:
    """A system that the team wrote itself."""

    name: str
    kind: Literal["function", "factory"]
    """Answers by itself, or makes something that does (`techniques.own`)."""
    function: Callable[..., Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Resources:
    """The part of a workload that techniques may see."""

    models: tuple[ModelSpec, ...] = ()
    """The ladder, from small to large."""
    swaps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """For a technique that lives in an endpoint: name of a model and of the one that serves it with the technique."""
    documents: tuple[Document, ...] = ()
    tools: tuple[Tool, ...] = ()
    examples: tuple[Example, ...] = ()
    train: tuple[Example, ...] = ()
    schema: Mapping[str, Any] | None = None
    """JSON schema of a valid answer."""
    grammar: str = ""
    """Lark grammar of a valid answer."""
    grammar_dialect: Literal["openai", "vllm", "vllm-old", "llama.cpp"] = "vllm"
    """How the endpoint takes a grammar (`systems.texts.grammar`)."""
    grammar_field: str = ""
    """Body field in which it takes one as it is, where it speaks no dialect that is known."""
    embed: Embed | None = None
    index: Index | None = None
    """Where the documents are already, if not in `documents`."""
    own: Mapping[str, Own] = field(default_factory=dict)
    """The team's own systems, by name."""
    requests: Sequence[Item] = ()
    """The items in their order, blind: what a cache that is shared by requests would see."""
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Options of techniques that the workload states, by the technique's id."""

    def unasked(self, examples: Sequence[Example], file: str) -> tuple[Example, ...]:
        """The examples that ask nothing that an item asks, whose answer they would give away.

        Raises InputError where there are some and none is left.
        """
        asked = {normal_form(item.text) for item in self.requests}
        left = tuple(one for one in examples if normal_form(one.input) not in asked)
        if examples and not left:
            message = Message("every example of {file} asks what an item of the workload asks", file=file)
            raise InputError.of(message, remedy=Message("show other requests than are measured"), field="arm")
        return left

"""The files that techniques need: documents, examples, training data, schema, grammar.

Enters: a workload's folder.  Leaves: values; nothing where a file is not there.  Must not know techniques.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from tierproof.errors import InputError, Problem
from tierproof.experiment.workload.files.text_lines import read_json_lines, read_text
from tierproof.messages import Message
from tierproof.systems.item import Item
from tierproof.systems.parts.constraint import bare_schema
from tierproof.systems.parts.prompt import Example
from tierproof.systems.resources import Document
from tierproof.systems.texts.likeness import visible

__all__ = ["read_documents", "read_examples", "read_grammar", "read_schema", "read_schema_file"]

TEXTS = frozenset({".txt", ".md", ".rst", ".html", ".csv", ".json"})


class _Document(Struct, frozen=True):
    text: str
    name: str = ""


Output = str | int | float | bool | dict[str, Any] | list[Any]


class _Example(Struct, frozen=True, forbid_unknown_fields=True):
    """What is no part of the prompt has a name here too: a field that is not known is refused, for it might be one."""

    instruction: str = ""
    """What is to be done with the input, in data sets of instructions; it stands before the input."""
    context: str = ""
    """What the input is about; it stands between both."""
    input: str = ""
    output: Output | None = None
    target: Output | None = None
    """Another word for `output`, as are the next two."""
    response: Output | None = None
    answer: Output | None = None
    reasoning: str = ""
    id: Any = None
    source: Any = None
    category: Any = None
    tags: Any = None
    topic: Any = None
    split: Any = None
    language: Any = None
    metadata: Any = None
    text: Any = None
    """All of it as one text, in some data sets of instructions."""
    messages: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        if self.messages:
            last = self.messages[-1]
            if last.get("role") != "assistant" or not isinstance(last.get("content"), str):
                raise ValueError("the last of an example's messages is the assistant's answer")
            if not visible(last["content"]).strip():
                raise ValueError("the answer of this example, its last message, is empty")
            return
        answer = self.said
        if not (self.input or self.instruction) or answer is None:
            raise ValueError("an example has 'input' and 'output', or 'messages'")
        if isinstance(answer, str) and not visible(answer).strip():
            raise ValueError("the answer of this example is empty")

    @property
    def said(self) -> Output | None:
        return next((one for one in (self.output, self.target, self.response, self.answer) if one is not None), None)


def read_documents(folder: Path) -> tuple[Document, ...]:
    """Texts under `documents/`, sorted by path; `.jsonl` files hold one document a line (`name`, `text`)."""
    root = folder / "documents"
    if not root.is_dir():
        return ()
    documents: list[Document] = []
    problems: list[Problem] = []
    for path in sorted(path for path in root.rglob("*") if path.is_file() and not path.name.startswith(".")):
        name = path.relative_to(root).as_posix()
        if path.suffix == ".jsonl":
            for number, one in read_json_lines(path, _Document):
                documents.append(Document(name=one.name or f"{name}:{number}", text=one.text))
        elif path.suffix in TEXTS:
            documents.append(Document(name=name, text=read_text(path)))
        else:
            remedy = Message(
                "convert it to text ({texts} or .jsonl), or move it out of documents/", texts=", ".join(sorted(TEXTS))
            )
            problems.append(Problem(file=path, message=Message("is no text that can be searched"), remedy=remedy))
    if problems:
        raise InputError(*problems)
    return tuple(document for document in documents if document.text.strip())


def read_examples(path: Path) -> tuple[Example, ...]:
    """Examples of a JSON lines file: `input` and `output` (or `target`), and `reasoning` where steps were written down;
    or `messages`, a conversation that ends with the answer.
    """
    if not path.is_file():
        return ()
    return tuple(_example(one) for _, one in read_json_lines(path, _Example))


def _example(one: _Example) -> Example:
    if one.messages:
        asked = Item(id="", input=one.messages).text
        return Example(input=asked, output=str(one.messages[-1]["content"]), messages=one.messages)
    asked = "\n\n".join(part for part in (one.instruction, one.context, one.input) if part)
    return Example(input=asked, output=_text(one.said), reasoning=one.reasoning)


def read_schema(folder: Path) -> Mapping[str, Any] | None:
    """`schema.json`, a JSON schema of a valid answer."""
    path = folder / "schema.json"
    return read_schema_file(path) if path.is_file() else None


def read_schema_file(path: Path) -> Mapping[str, Any]:
    """A JSON schema, without the envelope in which endpoints take it.  Raises InputError for one that is none."""
    try:
        schema = json.loads(read_text(path))
    except ValueError as error:
        line = getattr(error, "lineno", None)
        raise InputError.of(Message("no JSON: {error}", error=str(error)), file=path, line=line) from None
    if not isinstance(schema, dict):
        raise InputError.of(Message("a schema must be a JSON object"), file=path)
    try:
        return bare_schema(schema)
    except InputError as error:
        raise InputError(*(dataclasses.replace(problem, file=path) for problem in error.problems)) from None


def read_grammar(folder: Path) -> str:
    """`grammar.lark`, the grammar of a valid answer."""
    path = folder / "grammar.lark"
    return read_text(path) if path.is_file() else ""


def _text(output: Any) -> str:
    return output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)

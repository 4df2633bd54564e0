"""Shapes in which data sets and other tools keep items, made into rows and values of the usual ones.

Enters: decoded JSON, rows, values.  Leaves: rows one an item, values at a place within a row (`inputs.question`),
conversations and targets in one form.  Must not know files, nor which columns a workload takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = [
    "EXPECTED",
    "at_place",
    "flattened",
    "is_compared",
    "messages_of",
    "parted_from_answer",
    "places_in",
    "rows_within",
    "target_at",
    "with_options",
]

SPEAKERS = {
    **dict.fromkeys(("human", "user", "prompter"), "user"),
    **dict.fromkeys(("gpt", "assistant", "bot", "model", "chatgpt", "bing", "bard"), "assistant"),
    "system": "system",
    **dict.fromkeys(("tool", "function", "observation"), "tool"),
}
"""Who says a turn (ShareGPT, OpenAssistant), by the names that endpoints have for them."""
DEEPEST = 2
FIRST_OF = frozenset({"turns", "assert"})
"""Lists of which the first member is meant by an item: turns of a conversation (MT-bench), assertions (promptfoo)."""
EXPECTED = "__expected"
"""Column of promptfoo's tables with what is expected."""
COMPARED = frozenset({"equals", "contains", "icontains", "starts-with"})
"""Assertions of promptfoo whose value is the answer."""


def rows_within(value: Any) -> Any:
    """The rows in a whole JSON value: a list, the one list of objects in an object, SQuAD's paragraphs, a table of
    objects by their ids, or of columns.  Anything else as it is.
    """
    if isinstance(value, Mapping):
        lists = [inner for inner in value.values() if _are_rows(inner)]
        members = list(value.values())
        if len(lists) == 1:
            value = lists[0]
        elif len(members) > 1 and all(isinstance(one, Mapping) for one in members):
            if len({tuple(one) for one in members}) == 1:
                by_place = all(str(name).isdigit() for name in members[0])
                value = _transposed({name: list(one.values()) for name, one in value.items()}) if by_place else members
        elif len(members) > 1 and all(isinstance(one, list) for one in members) and len(set(map(len, members))) == 1:
            value = _transposed(value)
    if _are_rows(value) and all(_are_rows(row.get("paragraphs")) for row in value):
        return [row for article in value for row in _of_squad(article)]
    return value


def _are_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, Mapping) for one in value)


def _transposed(columns: Mapping[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _of_squad(article: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    for paragraph in article["paragraphs"]:
        for asked in paragraph.get("qas", ()):
            yield {"title": article.get("title", ""), "context": paragraph.get("context", ""), **asked}


def at_place(row: Mapping[str, Any], name: str) -> Any:
    """The value of a column, or at a place within one: `inputs.question`, `turns.0`; None: there is none."""
    if name in row:
        return row[name]
    value: Any = row
    for part in name.split("."):
        if isinstance(value, list) and part.isdigit():
            value = value[int(part)] if int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, Mapping) else None
    return value


def is_compared(given: Any) -> bool:
    """Is what promptfoo expects an answer, and no question to a program or a model (`llm-rubric: ...`)?"""
    kind = re.match(r"(?:not-)?([a-z]+(?:-[a-z]+)*):(?!//)", str(given))
    return kind is None or (kind[1] in COMPARED and kind[0] == f"{kind[1]}:")


def places_in(row: Mapping[str, Any]) -> dict[str, str]:
    """Places within the columns of a row, each with what is called so there: `inputs.question` is a `question`."""
    found: dict[str, str] = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            found |= _below(str(name), value, 1)
        elif name in FIRST_OF and isinstance(value, list) and value:
            first = value[0]
            if isinstance(first, str):
                found[f"{name}.0"] = "question"
            elif isinstance(first, Mapping) and first.get("type") in COMPARED:
                found[f"{name}.0.value"] = "answer"
    return found


def _below(place: str, table: Mapping[str, Any], depth: int) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in table.items():
        found[f"{place}.{name}"] = str(name)
        if isinstance(value, Mapping) and depth < DEEPEST:
            found |= _below(f"{place}.{name}", value, depth + 1)
    return found


def messages_of(given: Any) -> Any:
    """A conversation of turns that say `from` and `value` as messages; anything else as it is."""
    if not isinstance(given, list) or not all(isinstance(one, Mapping) and "value" in one for one in given):
        return given
    said = [(SPEAKERS.get(str(one.get("from", one.get("role"))).lower()), one["value"]) for one in given]
    return (
        [{"role": role, "content": text} for role, text in said] if given and all(role for role, _ in said) else given
    )


def parted_from_answer(given: Any) -> tuple[Any, str | None]:
    """A conversation without the assistant's text that ends it, and that text: files for training hold the right answer
    so.  Anything else as it is.
    """
    given = messages_of(given)
    said = _last_said(given)
    return (given[:-1], said) if said is not None and len(given) > 1 else (given, None)


def _last_said(given: Any) -> str | None:
    """The text of an assistant that ends a conversation."""
    last = given[-1] if isinstance(given, list) and given else None
    said = last.get("content") if isinstance(last, Mapping) and last.get("role") == "assistant" else None
    return said if isinstance(said, str) and said.strip() else None


def target_at(row: Mapping[str, Any], name: str) -> Any:
    """The target of a row as it is scored: of the forms that wrap several right answers, these."""
    given = at_place(row, name)
    if name == EXPECTED and isinstance(given, str):
        kind, sign, text = given.partition(":")
        return text.strip() if sign and kind in COMPARED else given
    return _target_in(given)


def _target_in(given: Any) -> Any:
    if isinstance(given, Mapping) and given.keys() == {"text", "answer_start"}:
        # SQuAD's: every text is right, and none where there is no answer.
        return list(dict.fromkeys(given["text"]))
    if isinstance(given, list) and given and all(isinstance(one, Mapping) and "answer_start" in one for one in given):
        return list(dict.fromkeys(str(one.get("text")) for one in given))
    folded = {str(name).lower(): value for name, value in given.items()} if isinstance(given, Mapping) else {}
    if folded.keys() >= {"value", "aliases"} and isinstance(folded["aliases"], list):
        # TriviaQA's.
        return list(dict.fromkeys([folded["value"], *folded["aliases"]]))
    said = _last_said(messages_of(given))
    return given if said is None else said


def with_options(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row whose question holds its options (ARC) with both as columns; any other as it is."""
    question = row.get("question")
    if isinstance(question, Mapping) and question.keys() >= {"stem", "choices"}:
        return {**row, "question": question["stem"], "choices": question["choices"]}
    return row


def flattened(row: Mapping[str, Any], asked: str) -> tuple[Any, Mapping[str, Any]]:
    """What is asked, and the row: where Alpaca's `input` is empty, its `instruction` is all that is asked."""
    given = at_place(row, asked)
    instruction = row.get("instruction")
    if asked == "input" and given == "" and isinstance(instruction, str) and instruction.strip():
        return instruction, {**row, "instruction": ""}
    return given, row

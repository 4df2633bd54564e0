"""Where a file keeps the options of multiple choice, and how its answers name them.

Enters: rows, and the columns of input and target.  Leaves: the column of options, or those that hold one each, or the
word for a request that holds them itself.  Must not know how answers are scored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tierproof.experiment.workload.files.item_files import column_named
from tierproof.systems.texts.likeness import normal_form
from tierproof.systems.texts.options import WITHIN, options_in, options_within

__all__ = ["NUMBER_NAMES", "WITHIN", "choices_of", "counted_from", "numbering_of", "options_of"]

LEAST = 2
LOOKED_AT = 20
NUMBER_NAMES = (
    *(
        "answer_index",
        "answer_idx",
        "correct_index",
        "correct_idx",
        "correct_option",
        "correct_choice",
        "answer_option",
    ),
    *("target_index", "gold_index", "label_index", "answer_number", "answer_letter", "correct_letter"),
)
"""Names of columns that say which option is right."""
LIST_NAMES = (
    "choices",
    "options",
    "alternatives",
    "candidates",
    "answer_choices",
    "answer_options",
    "multiple_choices",
)
PREFIXES = (
    r"options?|choices?|answers?|opt?|ans|endings?|sol|solutions?|alternatives?|candidates?|responses?|statements?"
    r"|antwort|вариант|选项|選択肢"
)
PLACE = re.compile(rf"(?:{PREFIXES})?[\s_-]*\(?([a-h]|\d)\)?", re.IGNORECASE)
TURN = {"role", "from", "speaker"}
"""Fields of a conversation's turns, which are no options."""
STARTS = ("a", "0", "1")


def choices_of(
    columns: Sequence[str], rows: Sequence[Mapping[str, Any]], asked: str, target: str
) -> str | tuple[str, ...]:
    """The column of options, or the columns that hold one option each."""
    others = [name for name in columns if name not in (asked, target)]
    first = rows[:LOOKED_AT]
    usual = column_named(others, LIST_NAMES)
    if usual and all(len(options_in(row.get(usual))) >= LEAST for row in first) and _all_named(first, usual, target):
        return usual
    for name in others:
        listed = all(len(options_in(row.get(name))) >= LEAST and _is_options(row.get(name)) for row in first)
        # A list without the right answer, such as of wrong ones, is none to choose from.
        if listed and _all_named(first, name, target):
            return name
    apart = _apart(others)
    if apart and _all_named(first, apart, target):
        return apart
    if asked and target and all(_letter(row.get(target)) for row in first) and _all_named(first, WITHIN, target, asked):
        return WITHIN
    return ""


def _apart(names: Sequence[str]) -> tuple[str, ...]:
    """Columns with an option each: `A`, `B`, ...; `option_1`, `option_2`, ...; `ending0`, ..."""
    marked = [(name, match[1].casefold()) for name in names if (match := PLACE.fullmatch(name.strip()))]
    marks = [mark for _, mark in marked]
    if len(marks) < LEAST or marks[0] not in STARTS:
        return ()
    wanted = [chr(ord(marks[0]) + place) for place in range(len(marks))]
    return tuple(name for name, _ in marked) if marks == wanted else ()


def counted_from(choices: str | tuple[str, ...]) -> str:
    """From where columns with an option each number these, if they do: `option1`, `option2`."""
    match = PLACE.fullmatch(choices[0].strip()) if isinstance(choices, tuple) else None
    return f"number from {match[1]}" if match and match[1] in ("0", "1") else ""


def _is_options(value: Any) -> bool:
    """A list of texts, or text that is one; a list of numbers or a table may be anything."""
    if isinstance(value, list):
        return all(isinstance(one, str) or (isinstance(one, Mapping) and not TURN & one.keys()) for one in value)
    if isinstance(value, Mapping):
        return value.keys() == {"label", "text"} or all(len(str(name)) <= 2 for name in value)
    return isinstance(value, str) and bool(
        re.match(r"\s*[\[({]?\s*(?:['\"]|\(?[A-Za-z0-9][).:]\s)|[^|\n]{1,80}\|", value)
    )


def _letter(target: Any) -> bool:
    return isinstance(target, str) and re.fullmatch(r"\(?[A-Ja-jА-Еа-е]\)?\.?", target.strip()) is not None


def _all_named(rows: Sequence[Mapping[str, Any]], choices: str | tuple[str, ...], target: str, asked: str = "") -> bool:
    """Does each row's answer name one of its options: by letter, text or number?"""
    if not target:
        return True
    for row in rows:
        options = options_of(row, choices, asked)
        answer = str(row.get(target)).strip()
        texts = {normal_form(text) for text in options.values()}
        named = answer.strip("().").upper() in options or normal_form(answer) in texts
        numbered = answer.isdigit() and int(answer) <= len(options)
        if len(options) < LEAST or not (named or numbered):
            return False
    return True


def options_of(row: Mapping[str, Any], choices: str | tuple[str, ...], asked: str = "") -> Mapping[str, str]:
    """A row's options with their names."""
    if choices == WITHIN and WITHIN not in row:
        return options_within(str(row.get(asked)))
    if isinstance(choices, str):
        return options_in(row.get(choices))
    return options_in([str(row.get(name)) for name in choices if row.get(name) not in (None, "")])


def numbering_of(targets: Sequence[Any], options: Sequence[Mapping[str, str]]) -> str:
    """From where the answers number the options, if that shows; empty where they are letters or texts."""
    numbers = []
    for target in targets:
        text = str(target).strip()
        if isinstance(target, bool) or not text.isdigit():
            return ""
        numbers.append(int(text))
    names = {name for name in options[0] if name.isdigit()}
    by_text = all(
        str(target).strip() in map(str.strip, own.values()) for target, own in zip(targets, options, strict=True)
    )
    if not numbers or set(map(str, numbers)) <= names or by_text:
        return ""
    if min(numbers) == 0:
        return "number from 0"
    return "number from 1" if max(numbers) >= max(map(len, options)) else "open"

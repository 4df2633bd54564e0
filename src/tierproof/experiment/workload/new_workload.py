"""A workload folder made from a file of items: what can be seen in the file is filled in, the rest is asked.

Enters: a CSV, TSV, JSON lines or Parquet file, and a few answers.  Leaves: a folder with `workload.toml` and the items.
Must not know terminals.
"""

from __future__ import annotations

import itertools
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tierproof.errors import InputError, Problem
from tierproof.experiment.workload.files.item_files import INPUT_NAMES, TARGET_NAMES, column_named, rows_of
from tierproof.experiment.workload.manifest import NAME
from tierproof.systems.models.chat import Price
from tierproof.systems.texts.likeness import normal_form
from tierproof.systems.texts.options import options_in
from tierproof.systems.texts.quantity import is_one_number, quantity_in

__all__ = ["NewModel", "Seen", "look", "write_workload"]

LOOKED_AT = 200
LEAST_OPTIONS = 2
MOST = 0.8
"""Share of the targets that must look like one thing."""
LONGEST_RESULT = 40
LONG_WORDS = 12
"""Targets of more words than this on average are seldom met to the letter."""
FREE_WORDS = 25
"""Targets of more words than this on average can be said in many ways: shared words say little of them."""
WORKED = re.compile(r"(?:####|\\boxed\{|(?:final answer|the answer) is\b|\banswer\s*[:=])", re.IGNORECASE)
"""What stands before the result of a worked solution."""
JUDGE_ADVICE = (
    "--scorer judge has a model judge them, which costs calls and should be measured against people (docs/workload.md)"
)
OPEN = "open"
UNSURE = (
    "the answers number the options, and none of those seen is 0 or the last: they are taken to count from 0; "
    'where they count from 1, write target = "number from 1" into [scorer]'
)
PROGRAM = re.compile(r"^\s*(?:assert\b|def test|def check\b|import unittest|>>> )", re.MULTILINE)
LETTER_COLUMNS = re.compile(r"(?:options?|choices?|answers?|opt?|ans)?[\s_-]*\(?([a-h]|[1-8])\)?", re.IGNORECASE)
SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What a file shows of itself."""

    columns: tuple[str, ...]
    rows: int
    """Rows that were looked at."""
    input: str
    """The column that looks like the input; empty: none does."""
    target: str
    id: str
    scorer: str
    """Kind of the scorer that fits the targets."""
    choices: str | tuple[str, ...] = ""
    """Column that holds the options of multiple choice, or one for each option."""
    numbering: str = ""
    """Of multiple choice, where the answers are the numbers of options: `number from 0` or `number from 1`."""
    advice: str = ""
    """What a person should know about the scorer, in a sentence."""
    candidates: tuple[str, ...] = ()
    """Columns of text that could be the input, where none has a usual name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewModel:
    name: str
    base_url: str
    api_key_env: str = ""
    price: Price | None = None


def look(file: Path, *, input: str = "", target: str = "") -> Seen:
    """Look at a file's first rows.  Raises InputError where it cannot be read, is empty, or lacks a stated column."""
    rows = [row for _, row in itertools.islice(rows_of(file.parent, file.name), LOOKED_AT)]
    if not rows:
        raise InputError(Problem(file=file, message="holds no items"))
    columns = tuple(dict.fromkeys(str(name) for row in rows for name in row))
    named = {"input": input, "target": target}
    for role, stated in named.items():
        if stated and stated not in columns:
            # Headers as people type them, in another case.
            named[role] = column_named(columns, (stated,))
        if stated and not named[role]:
            remedy = f"one of {', '.join(columns[:20])}"
            raise InputError(Problem(file=file, message=f"there is no column '{stated}'", remedy=remedy))
    input, target = named["input"], named["target"]
    target = target or column_named((name for name in columns if name != input), TARGET_NAMES)
    asked = input or column_named((name for name in columns if name != target), INPUT_NAMES)
    choices = _choices(columns, rows, asked, target)
    targets = [row.get(target) for row in rows]
    numbering = _numbering(targets, _options(rows[0], choices)) if choices and target else ""
    scorer, advice = ("choice", UNSURE if numbering == OPEN else "") if choices and target else _scorer(targets)
    numbering = "number from 0" if numbering == OPEN else numbering
    return Seen(
        columns=columns,
        rows=len(rows),
        input=asked,
        target=target,
        id=column_named(columns, ("id",)),
        scorer=scorer,
        choices=choices,
        numbering=numbering,
        advice=advice,
        candidates=tuple(name for name in columns if name != target and isinstance(rows[0].get(name), str)),
    )


def _choices(
    columns: Sequence[str], rows: Sequence[Mapping[str, Any]], asked: str, target: str
) -> str | tuple[str, ...]:
    """The column of options, or the columns that hold one option each."""
    others = [name for name in columns if name not in (asked, target)]
    first = rows[:20]
    for name in others:
        if all(len(options_in(row.get(name))) >= LEAST_OPTIONS and _is_options(row.get(name)) for row in first):
            return name
    lettered = [name for name in others if LETTER_COLUMNS.fullmatch(name.strip())]
    marks = [match[1].casefold() for name in lettered if (match := LETTER_COLUMNS.fullmatch(name.strip()))]
    if len(lettered) >= LEAST_OPTIONS and marks in (list("abcdefgh")[: len(marks)], list("12345678")[: len(marks)]):
        return tuple(lettered)
    return ""


def _is_options(value: Any) -> bool:
    """A list of texts, or text that is one; a list of numbers or a table may be anything."""
    if isinstance(value, list):
        return all(isinstance(one, str | Mapping) for one in value)
    if isinstance(value, Mapping):
        return value.keys() == {"label", "text"} or all(len(str(name)) <= 2 for name in value)
    return isinstance(value, str) and bool(
        re.match(r"\s*[\[(]?\s*(?:['\"]|\(?[A-Za-z0-9][).:]\s)|[^|\n]{1,80}\|", value)
    )


def _options(row: Mapping[str, Any], choices: str | tuple[str, ...]) -> Mapping[str, str]:
    return options_in(row.get(choices) if isinstance(choices, str) else [str(row.get(name)) for name in choices])


def _numbering(targets: Sequence[Any], options: Mapping[str, str]) -> str:
    """From where the answers number the options, if that shows; empty where they are letters or texts."""
    numbers = []
    for target in targets:
        text = str(target).strip()
        if isinstance(target, bool) or not text.isdigit():
            return ""
        numbers.append(int(text))
    if not numbers or set(map(str, numbers)) <= {name for name in options if name.isdigit()}:
        return ""
    if min(numbers) == 0:
        return "number from 0"
    return "number from 1" if max(numbers) >= len(options) else OPEN


def _scorer(targets: Sequence[Any]) -> tuple[str, str]:
    """The kind of scorer that fits, and what to know about it."""
    given = [target for target in targets if target not in (None, "", [])]
    if not given:
        return "judge", ""
    texts = [str(target[0] if isinstance(target, list) and target else target) for target in given]
    words = sum(len(normal_form(text).split()) for text in texts) / len(texts)
    worked = words > LONG_WORDS / 2 and sum(map(_is_worked, texts)) >= len(texts) * MOST
    kinds = (
        ("json-fields", all(map(_is_table, given)), ""),
        ("code", all(map(_is_tests, given)), ""),
        ("number", all(map(is_one_number, texts)), ""),
        ("number", worked, "the answers are worked solutions: the last number of each is compared"),
        ("f1", words > FREE_WORDS, f"the answers are long texts, and f1 counts shared words only: {JUDGE_ADVICE}"),
        ("f1", words > LONG_WORDS, f"the answers are sentences, and f1 counts shared words: {JUDGE_ADVICE}"),
    )
    return next(((kind, advice) for kind, fits, advice in kinds if fits), ("normalised", ""))


def _is_tests(target: Any) -> bool:
    texts = target if isinstance(target, list) else [target]
    return bool(texts) and all(isinstance(text, str) and PROGRAM.search(text.lstrip("['\"")) for text in texts)


def _is_worked(text: str) -> bool:
    """A solution with its steps, and a number at its end after a mark."""
    marks = list(WORKED.finditer(text))
    if not marks:
        return False
    result = text[marks[-1].end() :].strip().rstrip("}.$ ")
    return len(result) <= LONGEST_RESULT and quantity_in(result, "either") is not None


def _is_table(target: Any) -> bool:
    if isinstance(target, Mapping):
        return True
    try:
        return isinstance(target, str) and isinstance(json.loads(target), dict)
    except ValueError:
        return False


def write_workload(
    folder: Path, file: Path, seen: Seen, models: Sequence[NewModel], *, name: str = "", scorer: str = ""
) -> Path:
    """Write the folder and give the path of its `workload.toml`.

    Raises InputError where the folder holds a workload already or cannot be written, or no input column is known.
    """
    path = folder / NAME
    if path.exists():
        remedy = "name another folder, or change the workload by hand"
        raise InputError(Problem(file=path, message="there is a workload already", remedy=remedy))
    if not seen.input:
        message = "no column looks like the input"
        raise InputError(
            Problem(file=file, message=message, remedy=f"name one with --input: {', '.join(seen.columns[:20])}")
        )
    items = folder / f"items{file.suffix}"
    text = _manifest(name or SLUG.sub("-", folder.resolve().name.lower()).strip("-"), items.name, seen, models, scorer)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not items.exists() or not items.samefile(file):
            if items.exists():
                raise InputError(Problem(file=items, message="is there already", remedy="name another folder"))
            shutil.copyfile(file, items)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(Problem(file=folder, message=f"cannot be written: {error.strerror}")) from None
    return path


def _manifest(name: str, source: str, seen: Seen, models: Sequence[NewModel], scorer: str) -> str:
    lines = [
        f"name = {_quoted(name)}",
        'description = ""',
        'setting = "production"   # or "benchmark": are these items a sample of your own traffic?',
        '# task_family = "knowledge-qa"   # a family of the pack: evidence on it counts more',
        "",
        "[items]",
        f"source = {_quoted(source)}",
        f"input = {_quoted(seen.input)}",
    ]
    lines += [f"target = {_quoted(seen.target)}"] if seen.target else []
    lines += ["", "# The ladder, from small to large; prices in USD per million tokens."]
    for model in models:
        lines += ["[[models]]", f"name = {_quoted(model.name)}", f"base_url = {_quoted(model.base_url)}"]
        lines += [f"api_key_env = {_quoted(model.api_key_env)}"] if model.api_key_env else []
        lines += [_price(model.price), ""]
    lines += [
        "# What you have today.",
        "[baseline]",
        'system = ""',
        f"template = {_quoted(_template(scorer or seen.scorer, seen))}   # {{name}} of any column is filled in",
        "decoding = { temperature = 0.0 }",
        "",
        *_scorer_lines(scorer or seen.scorer, seen, models),
        "",
        "# Your own figures turn effects into money; docs/workload.md lists them all.",
        "[profile]",
        "value_per_success = 0.10   # USD",
        "requests_per_month = 100000",
        "",
        "# Techniques use what lies beside this file: documents/, tools.py, examples.jsonl, train.jsonl, schema.json,",
        "# grammar.lark.  `tierproof doctor` says what each needs.",
    ]
    return "\n".join(lines) + "\n"


def _template(kind: str, seen: Seen) -> str:
    """How an item is asked: with its options, where there are any."""
    if kind != "choice" or not seen.choices:
        return "{input}"
    return f"{{input}}\n\n{{{seen.choices if isinstance(seen.choices, str) else 'choices'}}}"


def _price(price: Price | None) -> str:
    if price is None:
        return "# price = { input = , output = }   # looked up where it is published; else state it here"
    cached = "" if price.cached_input is None else f", cached_input = {price.cached_input}"
    return f"price = {{ input = {price.input}, output = {price.output}{cached} }}"


def _scorer_lines(kind: str, seen: Seen, models: Sequence[NewModel]) -> list[str]:
    lines = ["[scorer]", f"kind = {_quoted(kind)}"]
    if kind == "choice" and seen.choices:
        named = seen.choices
        lines.append(f"options = {_quoted(named) if isinstance(named, str) else json.dumps(named, ensure_ascii=False)}")
        lines += [f"target = {_quoted(seen.numbering)}"] if seen.numbering else []
    if kind == "f1":
        lines.append('# f1 counts shared words.  Long answers are better judged: kind = "judge" (docs/workload.md).')
    if kind == "judge":
        lines += [
            f"model = {_quoted(models[-1].name if models else '')}",
            'rubric = "The answer is right, complete and to the point."',
            '# calibration = "calibration.jsonl"   # answers that people judged: input, answer, label (0 or 1)',
        ]
    return lines


def _quoted(text: str) -> str:
    """A TOML string: JSON's form is one, but for characters that TOML wants escaped as well."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

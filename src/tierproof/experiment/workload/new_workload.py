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
from tierproof.experiment.workload.item_files import INPUT_NAMES, TARGET_NAMES, rows_of
from tierproof.experiment.workload.manifest import NAME
from tierproof.systems.likeness import normal_form, number_in
from tierproof.systems.models.chat import Price

__all__ = ["NewModel", "Seen", "look", "write_workload"]

LOOKED_AT = 200
LONG_WORDS = 12
"""Targets of more words than this on average are seldom met to the letter."""
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
    choices: str = ""
    """Column that holds the options of multiple choice."""


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
    for stated in filter(None, (input, target)):
        if stated not in columns:
            remedy = f"one of {', '.join(columns[:20])}"
            raise InputError(Problem(file=file, message=f"there is no column '{stated}'", remedy=remedy))
    target = target or next((name for name in TARGET_NAMES if name in columns), "")
    choices = next((name for name in columns if name not in (input, target) and _is_options(rows[0].get(name))), "")
    return Seen(
        columns=columns,
        rows=len(rows),
        input=input or next((name for name in INPUT_NAMES if name in columns and name != target), ""),
        target=target,
        id="id" if "id" in columns else "",
        scorer="choice" if choices and target else _scorer([row.get(target) for row in rows]),
        choices=choices,
    )


def _is_options(value: Any) -> bool:
    return isinstance(value, list) and len(value) >= 2 and all(isinstance(one, str) for one in value)


def _scorer(targets: Sequence[Any]) -> str:
    given = [target for target in targets if target not in (None, "")]
    if not given:
        return "judge"
    if all(_is_table(target) for target in given):
        return "json-fields"
    texts = [str(target[0] if isinstance(target, list) and target else target) for target in given]
    if all(_is_number(text) for text in texts):
        return "number"
    words = sum(len(normal_form(text).split()) for text in texts) / len(texts)
    return "f1" if words > LONG_WORDS else "normalised"


def _is_number(text: str) -> bool:
    return number_in(text) is not None and not any(letter.isalpha() for letter in text)


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
        raise InputError(Problem(file=file, message=message, remedy=f"name one: {', '.join(seen.columns[:20])}"))
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
        'template = "{input}"     # {name} of any other column is filled in too',
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


def _price(price: Price | None) -> str:
    if price is None:
        return "# price = { input = , output = }   # looked up where it is published; else state it here"
    cached = "" if price.cached_input is None else f", cached_input = {price.cached_input}"
    return f"price = {{ input = {price.input}, output = {price.output}{cached} }}"


def _scorer_lines(kind: str, seen: Seen, models: Sequence[NewModel]) -> list[str]:
    lines = ["[scorer]", f"kind = {_quoted(kind)}"]
    if kind == "choice" and seen.choices:
        lines.append(f"options = {_quoted(seen.choices)}")
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

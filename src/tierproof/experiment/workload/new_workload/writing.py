"""A workload folder, written from what a file of items shows and a few answers.

Enters: the file and what was seen in it.  Leaves: a folder with `workload.toml` and the items.  Must not know
terminals.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tierproof.errors import InputError
from tierproof.experiment.workload.manifest import NAME
from tierproof.experiment.workload.new_workload.looking import Seen
from tierproof.messages import Message
from tierproof.systems.models.chat import Price
from tierproof.systems.texts.options import WITHIN
from tierproof.written_messages import kept

__all__ = ["NewModel", "write_workload"]

SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class NewModel:
    name: str
    base_url: str
    api_key_env: str = ""
    price: Price | None = None


def write_workload(
    folder: Path, file: Path, seen: Seen, models: Sequence[NewModel], *, name: str = "", scorer: str = ""
) -> Path:
    """Write the folder and give the path of its `workload.toml`.

    Raises InputError where the folder holds a workload already or cannot be written, or no input column is known.
    """
    path = folder / NAME
    if path.exists():
        remedy = Message("name another folder, or change the workload by hand")
        raise InputError.of(Message("there is a workload already"), remedy=remedy, file=path)
    if not seen.input:
        message = Message("no column looks like the input")
        raise InputError.of(
            message, remedy=Message("name one with --input: {columns}", columns=", ".join(seen.columns[:20])), file=file
        )
    items = folder / f"items{file.suffix}"
    text = _manifest(name or SLUG.sub("-", folder.resolve().name.lower()).strip("-"), items.name, seen, models, scorer)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not items.exists() or not items.samefile(file):
            if items.exists():
                raise InputError.of(Message("is there already"), remedy=Message("name another folder"), file=items)
            shutil.copyfile(file, items)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError.of(
            Message("cannot be written: {strerror}", strerror=kept(str(error.strerror))), file=folder
        ) from None
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
    """How an item is asked: with what it is about, and its options, where there are any."""
    names = [*seen.above, "input"]
    if kind == "choice" and seen.choices and (seen.choices != WITHIN or WITHIN in seen.columns):
        names.append(seen.choices if isinstance(seen.choices, str) else "choices")
    return "\n\n".join(f"{{{name}}}" for name in names)


def _price(price: Price | None) -> str:
    if price is None:
        return "# price = { input = , output = }   # looked up where it is published; else state it here"
    further = {"cached_input": price.cached_input, "cache_write": price.cache_write, "per_call": price.per_call or None}
    told = "".join(f", {name} = {value}" for name, value in further.items() if value is not None)
    return f"price = {{ input = {price.input}, output = {price.output}{told} }}"


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

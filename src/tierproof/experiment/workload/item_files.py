"""Items from where teams keep them: JSON lines, CSV, Parquet, Hugging Face datasets by name or path.

Enters: a source and the names of its columns.  Leaves: items in their order, or every problem with file and line.
Must not know scorers or systems.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta, Struct

from tierproof.errors import InputError, Problem
from tierproof.experiment.workload.lines import MOST_PROBLEMS, read_json_lines, read_text
from tierproof.systems.extras import optional
from tierproof.systems.item import Item

__all__ = ["ItemSource", "read_items", "rows_of"]

DATASET = re.compile(r"hf:(?P<name>[^@:]+)(?::(?P<config>[^@]+))?(?:@(?P<split>.+))?")
ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})
INPUT_NAMES = ("input", "question", "prompt", "messages", "query", "text", "request", "instruction")
TARGET_NAMES = ("target", "answer", "expected", "label", "output", "gold", "reference", "completion")
KINDS = "a .jsonl, .csv, .tsv or .parquet file, or hf:NAME[:CONFIG][@SPLIT]"


class ItemSource(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the items are, and which columns hold what; a column left empty is looked for under its usual names."""

    source: str = "items.jsonl"
    input: str = ""
    target: str = ""
    id: str = "id"
    limit: Annotated[int, Meta(ge=1)] | None = None
    """The first so many."""


def read_items(folder: Path, where: ItemSource) -> tuple[Item, ...]:
    """All items.  Raises InputError where a row has no input, an id is used twice, or there is none at all."""
    path = folder / where.source
    place: Path | None = None if where.source.startswith("hf:") else path
    items: list[Item] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    names: tuple[str, str] | None = None
    for line, row in rows_of(folder, where.source):
        if names is None:
            names = (_column(row, where.input, INPUT_NAMES), _column(row, where.target, TARGET_NAMES))
            if names[0] not in row:
                problems.append(_no_column(place, line, "input", where.input, row))
                break
        try:
            item = _item(row, line, where.id, *names)
        except ValueError as error:
            problems.append(Problem(file=place, line=line, field=names[0], message=str(error)))
        else:
            if item.id in seen:
                message = f"the id '{item.id[:60]}' was used on line {seen[item.id]}"
                problems.append(Problem(file=place, line=line, field=where.id, message=message))
            seen.setdefault(item.id, line)
            items.append(item)
        if len(problems) >= MOST_PROBLEMS or len(items) == where.limit:
            break
    if problems:
        raise InputError(*problems)
    if not items:
        raise InputError(Problem(file=place, message=f"'{where.source}' holds no items"))
    return tuple(items)


def rows_of(folder: Path, source: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Rows as tables, with their line or row number."""
    if source.startswith("hf:"):
        return _dataset_rows(folder, source)
    path = folder / source
    if path.suffix == ".jsonl":
        return iter(read_json_lines(path, dict[str, Any]))
    if path.suffix in (".csv", ".tsv"):
        return _csv_rows(path)
    if path.suffix == ".parquet":
        return _parquet_rows(path)
    raise InputError(Problem(file=path, field="items.source", message="items cannot be read from this", remedy=KINDS))


def _csv_rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    text = read_text(path)
    # A field may hold a whole document; the module's limit of 128 KB protects nobody here.
    csv.field_size_limit(2**31 - 1)
    first, _, _ = text.lstrip().partition("\n")
    # Where the comma is the decimal mark, spreadsheets part columns by semicolons.
    usual = ";" if ";" in first and "," not in first else ","
    delimiter = "\t" if path.suffix == ".tsv" else usual
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    last = 0
    try:
        for cells in reader:
            line, last = last + 1, reader.line_num
            if not any(cells):
                continue
            if header is None:
                header = [cell.strip() for cell in cells]
                if len(set(header)) < len(header):
                    raise InputError(Problem(file=path, line=line, message="two columns have the same name"))
                continue
            if len(cells) != len(header):
                message = f"{len(cells)} fields where the header has {len(header)}"
                remedy = "put text that holds commas or line ends into double quotes"
                raise InputError(Problem(file=path, line=line, message=message, remedy=remedy))
            yield line, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise InputError(Problem(file=path, line=reader.line_num, message=f"no CSV: {error}")) from None


def _parquet_rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    parquet = optional("pyarrow.parquet", use="reading Parquet", extra="parquet")
    if not path.is_file():
        raise InputError(Problem(file=path, message="there is no such file"))
    try:
        file = parquet.ParquetFile(path)
    except Exception as error:
        raise InputError(Problem(file=path, message=f"cannot be read as Parquet: {error}")) from None
    number = 0
    for batch in file.iter_batches(batch_size=1024):
        for row in batch.to_pylist():
            number += 1
            yield number, row


def _dataset_rows(folder: Path, source: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    match = DATASET.fullmatch(source)
    if match is None:
        raise InputError(Problem(field="items.source", message=f"'{source}' names no dataset", remedy=KINDS))
    datasets = optional("datasets", use="reading Hugging Face datasets", extra="datasets")
    name, config, split = match["name"], match["config"], match["split"] or "test"
    saved = folder / name
    try:
        if saved.is_dir():
            loaded: Any = datasets.load_from_disk(str(saved))
            table = loaded[split] if hasattr(loaded, "keys") else loaded
        else:
            table = datasets.load_dataset(name, config, split=split)
    except Exception as error:
        message = f"dataset '{name}' cannot be loaded: {type(error).__name__}: {str(error)[:300]}"
        raise InputError(Problem(field="items.source", message=message, remedy="hf:NAME:CONFIG@SPLIT")) from None
    rows: Iterable[Mapping[str, Any]] = table
    yield from enumerate(rows, 1)


def _column(row: Mapping[str, Any], stated: str, usual: tuple[str, ...]) -> str:
    return stated or next((name for name in usual if name in row), usual[0])


def _no_column(place: Path | None, line: int, what: str, stated: str, row: Mapping[str, Any]) -> Problem:
    message = f"there is no column '{stated}'" if stated else f"no column looks like the {what}"
    columns = ", ".join(list(map(str, row))[:20])
    return Problem(file=place, line=line, field=f"items.{what}", message=message, remedy=f"name one of: {columns}")


def _item(row: Mapping[str, Any], line: int, id_name: str, input_name: str, target_name: str) -> Item:
    given = row.get(input_name)
    own = row.get(id_name)
    target = row.get(target_name)
    if isinstance(target, float) and not math.isfinite(target):
        raise ValueError(f"the target is {target}")
    return Item(
        id=str(line) if own is None or own == "" else str(own),
        input=_input(given),
        # An empty cell of a CSV file says that there is no target.
        target=None if target == "" else target,
        metadata={str(name): value for name, value in row.items() if name not in (input_name, target_name, id_name)},
    )


def _input(given: Any) -> str | tuple[Mapping[str, Any], ...]:
    if isinstance(given, str) and given.strip():
        return given
    if isinstance(given, list) and given:
        for message in given:
            if not isinstance(message, Mapping) or message.get("role") not in ROLES:
                raise ValueError("a conversation must be a list of messages with role and content")
        if given[-1].get("role") not in ("user", "tool"):
            raise ValueError("a conversation must end with the user's message")
        return tuple(given)
    raise ValueError("the input must be text that is not empty, or a list of messages")

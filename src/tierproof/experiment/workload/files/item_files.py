"""Items from where teams keep them: JSON lines, CSV, Parquet, Hugging Face datasets by name or path.

Enters: a source and the names of its columns.  Leaves: items in their order, or every problem with file and line.
Must not know scorers or systems.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta, Struct

from tierproof.errors import InputError, Problem
from tierproof.experiment.workload.files.text_lines import MOST_PROBLEMS, read_json_lines, read_text
from tierproof.extras import optional
from tierproof.systems.item import Item

__all__ = ["ItemSource", "column_named", "read_items", "rows_of"]

DATASET = re.compile(r"hf:(?P<name>[^@:]+)(?::(?P<config>[^@]+))?(?:@(?P<split>.+))?")
ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})
INPUT_NAMES = (
    *("input", "question", "prompt", "messages", "query", "text", "request", "instruction", "problem", "task"),
)
TARGET_NAMES = (
    *("target", "answer", "expected", "ideal", "label", "output", "gold", "reference", "completion", "solution"),
    *("answer_key", "answerkey", "expected_output", "expected_answer", "ground_truth", "correct_answer", "answers"),
    *("response", "cop", "test", "tests", "test_list"),
)
KINDS = "a .jsonl, .csv, .tsv or .parquet file, or hf:NAME[:CONFIG][@SPLIT]"


class ItemSource(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the items are, and which columns hold what; a column left empty is looked for under its usual names."""

    source: str = "items.jsonl"
    input: str = ""
    target: str = ""
    id: str = "id"
    documents: str = ""
    """Column that names the documents which hold the answer: a list, or one name."""
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
    id_name = where.id
    for line, row in rows_of(folder, where.source):
        if names is None:
            names = (_column(row, where.input, INPUT_NAMES), _column(row, where.target, TARGET_NAMES))
            id_name = where.id if where.id != "id" else column_named(row, ("id",)) or "id"
            if names[0] not in row:
                problems.append(_no_column(place, line, "input", where.input, row))
                break
            if where.documents and where.documents not in row:
                problems.append(_no_column(place, line, "documents", where.documents, row))
                break
        try:
            item = _item(row, line, (id_name, *names, where.documents))
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
    lines_before = 0
    stated = re.match(r"sep=(.)\r?\n", text)
    if stated:
        # Spreadsheets write so which sign parts their columns.
        text, lines_before = text[stated.end() :], 1
    # A field may hold a whole document; the module's limit of 128 KB protects nobody here.
    csv.field_size_limit(2**31 - 1)
    delimiter = stated[1] if stated else _delimiter(text, path.suffix)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    last = 0
    try:
        for row in reader:
            cells = row
            line, last = last + 1 + lines_before, reader.line_num
            if not any(cells):
                continue
            if header is None:
                header = [cell.strip() for cell in cells]
                twice = sorted({name for name in header if name and header.count(name) > 1})
                if twice:
                    message = f"two columns are called '{twice[0][:60]}'"
                    raise InputError(Problem(file=path, line=line, message=message, remedy="rename one of them"))
                continue
            if len(cells) > len(header) and not any(cells[len(header) :]):
                cells = cells[: len(header)]
            elif len(cells) < len(header) and not any(header[len(cells) :]):
                cells = [*cells, *[""] * (len(header) - len(cells))]
            if len(cells) != len(header):
                message = f"{len(cells)} fields where the header has {len(header)}"
                remedy = "put text that holds commas or line ends into double quotes"
                raise InputError(Problem(file=path, line=line, message=message, remedy=remedy))
            nameless = next((place for place, name in enumerate(header) if not name and cells[place].strip()), None)
            if nameless is not None:
                message = f"column {nameless + 1} has no name, and holds '{cells[nameless][:40]}'"
                raise InputError(Problem(file=path, line=line, message=message, remedy="name it in the first line"))
            # Spreadsheets leave columns that are empty to the end.
            yield line, {name: cell for name, cell in zip(header, cells, strict=True) if name}
    except csv.Error as error:
        raise InputError(Problem(file=path, line=reader.line_num, message=f"no CSV: {error}")) from None


def _delimiter(text: str, suffix: str) -> str:
    """What parts the columns: of comma, semicolon and tab the sign that the head has most of outside quotes.

    Where the comma is the decimal mark, spreadsheets part columns by semicolons.
    """
    if suffix == ".tsv":
        return "\t"
    head = re.sub(r'"(?:[^"]|"")*"', "", text.lstrip()).partition("\n")[0]
    counts = {sign: head.count(sign) for sign in (",", ";", "\t")}
    best = max(counts, key=lambda sign: counts[sign])
    return best if counts[best] else ","


def _parquet_rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    parquet = optional("pyarrow.parquet", use="reading Parquet", extra="parquet")
    if not path.is_file():
        raise InputError(Problem(file=path, message="there is no such file"))
    try:
        file = parquet.ParquetFile(path)
    except Exception as error:
        raise InputError(Problem(file=path, message=f"cannot be read as Parquet: {error}")) from None
    labels = _class_labels(file.schema_arrow.metadata)
    number = 0
    for batch in file.iter_batches(batch_size=1024):
        for row in batch.to_pylist():
            number += 1
            named = {column: names[row[column]] for column, names in labels.items() if _is_label(row.get(column))}
            yield number, _as_written({**row, **named})


def _class_labels(metadata: Mapping[bytes, bytes] | None) -> dict[str, list[str]]:
    """Names of the classes that a file of a Hugging Face dataset keeps as numbers, by column."""
    try:
        features = json.loads((metadata or {})[b"huggingface"])["info"]["features"]
        return {
            column: list(feature["names"])
            for column, feature in features.items()
            if isinstance(feature, Mapping) and feature.get("_type") == "ClassLabel"
        }
    except (KeyError, ValueError, TypeError, AttributeError):
        return {}


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
    names = {
        column: kind.int2str
        for column, kind in getattr(table, "features", {}).items()
        if type(kind).__name__ == "ClassLabel"
    }
    rows: Iterable[Mapping[str, Any]] = table
    for number, row in enumerate(rows, 1):
        # Labels are kept as numbers, and -1 where there is none.
        labels = {column: name(row[column]) for column, name in names.items() if _is_label(row.get(column))}
        yield number, _as_written({**row, **labels})


def _is_label(value: Any) -> bool:
    return isinstance(value, int) and value >= 0


def _as_written(row: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a typed file in the form in which JSON has them: dates and times as ISO 8601, midnight left away."""
    return {name: _plain_value(value) for name, value in row.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, datetime):
        midnight = value.time() == time() and value.tzinfo is None
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, Mapping):
        return {name: _plain_value(inner) for name, inner in value.items()}
    return [_plain_value(inner) for inner in value] if isinstance(value, list) else value


def column_named(columns: Iterable[str], usual: tuple[str, ...]) -> str:
    """The column with the first of the usual names, whatever its case and blanks; empty: there is none."""
    folded: dict[str, str] = {}
    for column in columns:
        folded.setdefault(_folded(column), column)
    return next((folded[_folded(name)] for name in usual if _folded(name) in folded), "")


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]+", "_", str(name).strip().casefold())


def _column(row: Mapping[str, Any], stated: str, usual: tuple[str, ...]) -> str:
    return stated or column_named(row, usual) or usual[0]


def _no_column(place: Path | None, line: int, what: str, stated: str, row: Mapping[str, Any]) -> Problem:
    message = f"there is no column '{stated}'" if stated else f"no column looks like the {what}"
    columns = ", ".join(list(map(str, row))[:20])
    return Problem(file=place, line=line, field=f"items.{what}", message=message, remedy=f"name one of: {columns}")


def _item(row: Mapping[str, Any], line: int, names: tuple[str, str, str, str]) -> Item:
    """`names`: of the columns with the id, the input, the target and the documents."""
    id_name, input_name, target_name, documents_name = names
    given = row.get(input_name)
    own = row.get(id_name)
    target = row.get(target_name)
    if isinstance(target, Mapping) and target.keys() == {"text", "answer_start"}:
        # SQuAD's form: every text is right, and none where there is no answer.
        target = list(dict.fromkeys(target["text"]))
    if isinstance(target, float) and not math.isfinite(target):
        raise ValueError(f"the target is {target}")
    return Item(
        id=str(line) if own is None or own == "" else str(own),
        input=_input(given),
        # An empty cell of a CSV file says that there is no target.
        target=None if target == "" else target,
        metadata={str(name): value for name, value in row.items() if name not in names},
        documents=_documents(row.get(documents_name)) if documents_name else (),
    )


def _documents(given: Any) -> tuple[str, ...]:
    """Names of documents: one, a list of them, or a list that a cell of a CSV file holds as JSON."""
    if isinstance(given, str) and given.lstrip().startswith("["):
        with contextlib.suppress(ValueError):
            given = json.loads(given)
    if given is None or given == "":
        return ()
    return tuple(dict.fromkeys(map(str, given if isinstance(given, list) else [given])))


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

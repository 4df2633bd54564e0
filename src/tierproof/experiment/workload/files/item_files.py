"""Items from where teams keep them: JSON lines, CSV, Parquet, Hugging Face datasets by name or path.

Enters: a source and the names of its columns.  Leaves: items in their order, or every problem with file and line.
Must not know scorers or systems.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta, Struct

from tierproof.errors import InputError, Problem
from tierproof.experiment.workload.files.csv_files import csv_rows
from tierproof.experiment.workload.files.data_frames import columns_and_rows
from tierproof.experiment.workload.files.data_sets import (
    at_place,
    flattened,
    messages_of,
    parted_from_answer,
    rows_within,
    target_at,
    with_options,
)
from tierproof.experiment.workload.files.text_lines import MOST_PROBLEMS, read_json_lines, read_text
from tierproof.extras import optional
from tierproof.messages import Message
from tierproof.systems.item import Item
from tierproof.systems.texts.likeness import visible
from tierproof.written_messages import kept

__all__ = [
    "ABOVE_NAMES",
    "INPUT_NOUNS",
    "LIKELY_INPUTS",
    "LIKELY_TARGETS",
    "NOT_ASKED",
    "NOT_TRUTH",
    "TARGET_NOUNS",
    "ItemSource",
    "column_composed",
    "column_named",
    "read_items",
    "rows_of",
]

DATASET = re.compile(r"hf:(?P<name>[^@:]+)(?::(?P<config>[^@]+))?(?:@(?P<split>.+))?")
BEGINS = re.compile(r"[^ \t\r\n,]")
"""The first sign of a JSON value behind another."""
ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})
INPUT_NAMES = (
    *(
        "input",
        "question",
        "prompt",
        "messages",
        "conversations",
        "query",
        "text",
        "request",
        "instruction",
        "problem",
        "task",
    ),
    *("question_text", "question_stem", "input_text", "user_input", "user_message", "user_prompt"),
)
ABOVE_NAMES = (
    *("instruction", "context", "passage", "article", "document", "background", "story", "paragraph", "excerpt"),
    *("kontext", "контекст", "contexte", "contexto", "contesto", "上下文"),
)
"""Names of columns with what a request is about, where they stand beside it."""
LIKELY_INPUTS = (
    *("user", "stem"),
    *("sentence", "goal", "ctx", "conversation", "source_text", "article", "document", "context", "passage", "x", "q"),
    *("utterance", "review", "comment", "claim", "premise", "frage", "вопрос", "запрос", "pregunta", "domanda"),
    *("pergunta", "pytanie", "otázka", "vraag", "fråga", "soru", "pertanyaan", "问题", "問題", "質問", "질문", "문제"),
)
TARGET_NAMES = (
    *("target", "answer", "expected", "ideal", "label", "output", "gold", "reference", "completion", "solution"),
    *("answer_key", "answerkey", "expected_output", "expected_answer", "ground_truth", "correct_answer", "answers"),
    *("response", "cop", "test", "tests", "test_list", "correct_response", "right_answer", "best_answer"),
    *("gold_answer", "golden_answer", "gold_label", "reference_answer", "reference_output", "ideal_answer"),
    *("expected_response", "final_answer"),
)
LIKELY_TARGETS = (
    *("correct", "golden", "gold_standard", "true_label", "true_answer", "truth", "reference_response", "ref"),
    *("references",),
    *("ideal_response", "ideal_output", "expected_result", "expected_value", "expected_label"),
    *("short_answer", "answer_text", "sample_answer", "canonical_solution", "gt"),
    *("ground_truth_answer", "target_text", "target_output", "labels", "class", "category", "intent", "sentiment"),
    *("rating", "stars"),
    *("summary", "highlights", "translation", "sql", "y", "a", "antwort", "lösung", "ответ", "respuesta", "réponse"),
    *("risposta", "resposta", "odpowiedź", "odpověď", "antwoord", "svar", "vastaus", "cevap", "jawaban"),
    *("答案", "回答", "解答", "正解", "答え", "정답", "답", "result", "reply", "value", "code"),
)
"""Names that say less: columns so called are taken where a workload is begun, and written down in it."""
INPUT_NOUNS = frozenset(INPUT_NAMES) | {"body", "message", "utterance", "review", "comment", "description"}
TARGET_NOUNS = frozenset(
    ["answer", "label", "output", "response", "solution", "category", "class", "intent", "sentiment", "rating"]
)
NOT_TRUTH = frozenset(
    ["model", "llm", "gpt", "ai", "assistant", "bot", "agent", "system", "predicted", "generated", "baseline"]
) | {"previous", "old", "wrong", "incorrect", "bad", "rejected"}
NOT_ASKED = NOT_TRUTH | {"answer", "gold", "golden", "reference", "expected", "target", "correct", "truth", "context"}
"""Words of names in which a noun of those above is something else."""
KINDS = Message("a .jsonl, .json, .csv, .tsv or .parquet file, or hf:NAME[:CONFIG][@SPLIT]")


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


def read_items(folder: Path, where: ItemSource, given: Any = None) -> tuple[Item, ...]:
    """All items; `given`: a data frame, or a list of tables, in place of the source.

    Raises InputError where a row has no input, an id is used twice, or there is none at all.
    """
    path = folder / where.source
    place: Path | None = None if given is not None or where.source.startswith("hf:") else path
    items: list[Item] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    names: tuple[str, str] | None = None
    id_name = where.id
    for line, row in rows_of(folder, where.source) if given is None else _given_rows(given):
        if names is None:
            names = (_column(row, where.input, INPUT_NAMES), _column(row, where.target, TARGET_NAMES))
            id_name = where.id if where.id != "id" else column_named(row, ("id",)) or "id"
            if names[0] not in row and at_place(row, names[0]) is None:
                problems.append(_no_column(place, line, "input", where.input, row))
                break
            if where.documents and where.documents not in row:
                problems.append(_no_column(place, line, "documents", where.documents, row))
                break
        try:
            item = _item(row, line, (id_name, *names, where.documents))
        except ValueError as error:
            problems.append(Problem(file=place, line=line, field=names[0], message=kept(str(error))))
        else:
            if item.id in seen:
                message = Message("the id '{id}' was used on line {seen}", id=item.id[:60], seen=seen[item.id])
                problems.append(Problem(file=place, line=line, field=where.id, message=message))
            seen.setdefault(item.id, line)
            items.append(item)
        if len(problems) >= MOST_PROBLEMS or len(items) == where.limit:
            break
    if problems:
        raise InputError(*problems)
    if not items:
        none = Message("there are no items")
        if given is None:
            none = Message("'{source}' holds no items", source=where.source)
        raise InputError.of(none, file=place)
    return tuple(items)


def rows_of(folder: Path, source: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Rows as tables, with their line or row number."""
    if source.startswith("hf:"):
        return _dataset_rows(folder, source)
    path = folder / source
    suffix = path.suffix.lower()
    if suffix in (".jsonl", ".ndjson"):
        return ((line, with_options(row)) for line, row in read_json_lines(path, dict[str, Any]))
    if suffix == ".json":
        return _json_rows(path)
    if suffix in (".csv", ".tsv"):
        return csv_rows(path)
    if suffix == ".parquet":
        return _parquet_rows(path)
    raise InputError.of(Message("items cannot be read from this"), remedy=KINDS, field="items.source", file=path)


def _given_rows(given: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Rows of a data frame, or of a list of tables; numbered from 1."""
    found = columns_and_rows(given)
    if found is not None:
        given = [dict(zip(map(str, found[0]), row, strict=True)) for row in found[1]]
    if not isinstance(given, list) or not all(isinstance(row, Mapping) for row in given):
        message = Message("items cannot be read from {kind}", kind=type(given).__name__)
        raise InputError.of(
            message, remedy=Message("a pandas, Polars or Arrow table, or a list of tables"), field="items"
        )
    return iter((number, _as_written(row, {})) for number, row in enumerate(given, 1))


def _json_rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Members of a JSON list, or of the one list of objects within an object; numbered from 1."""
    text = read_text(path)
    try:
        value = _json_of(text)
    except (ValueError, RecursionError) as error:
        raise InputError.of(
            Message("no JSON: {error}", error=str(error)), remedy=Message("a list of objects"), file=path
        ) from None
    value = rows_within(value)
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise InputError.of(Message("is no list of items"), remedy=Message("write a list of objects"), file=path)
    return iter(enumerate(value, 1))


def _json_of(text: str) -> Any:
    """A JSON value, or the list of those that stand one after the other."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if not error.msg.startswith("Extra data"):
            raise
        decoder, found, begins = json.JSONDecoder(), list[Any](), BEGINS.search(text)
        while begins:
            value, end = decoder.raw_decode(text, begins.start())
            found.append(value)
            begins = BEGINS.search(text, end)
        if not all(isinstance(one, dict) for one in found):
            raise
        return found


def _parquet_rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    arrow, parquet = (
        optional(name, use=Message("reading Parquet"), extra="parquet") for name in ("pyarrow", "pyarrow.parquet")
    )
    if not path.is_file():
        raise InputError.of(Message("there is no such file"), file=path)
    number = 0
    try:
        with parquet.ParquetFile(path) as file:
            labels = _labels_of(file.schema_arrow.metadata or {})
            for batch in file.iter_batches(batch_size=1024):
                rows = arrow.Table.from_batches([batch])
                for place, column in enumerate(batch.schema):
                    if column.type == arrow.float32():
                        # By way of text: 0.1 of single precision is 0.10000000149 in double.
                        doubled = rows.column(place).cast(arrow.string()).cast(arrow.float64())
                        rows = rows.set_column(place, column.name, doubled)
                for row in rows.to_pylist():
                    number += 1
                    yield number, _as_written(row, labels)
    except (arrow.ArrowException, OSError, UnicodeDecodeError) as error:  # when it is opened, or as late as in a row
        raise InputError.of(Message("cannot be read as Parquet: {error}", error=str(error)), file=path) from None


def _labels_of(metadata: Mapping[bytes, bytes]) -> dict[str, list[str]]:
    try:
        features = json.loads(metadata[b"huggingface"])["info"]["features"]
    except (KeyError, ValueError, TypeError):
        return {}
    return _labels(features) if isinstance(features, Mapping) else {}


def _labels(features: Mapping[str, Any]) -> dict[str, list[str]]:
    """Names of the classes that a Hugging Face dataset keeps as numbers, by column: one a row, or a list of them."""
    found = {}
    for column, feature in features.items():
        while isinstance(feature, Mapping) and feature.get("feature") is not None:
            feature = feature["feature"]  # noqa: PLW2901  (the members of a list)
        if isinstance(feature, Mapping) and feature.get("_type") == "ClassLabel" and feature.get("names"):
            found[column] = list(map(str, feature["names"]))
    return found


def _dataset_rows(folder: Path, source: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    match = DATASET.fullmatch(source)
    if match is None:
        raise InputError.of(Message("'{source}' names no dataset", source=source), remedy=KINDS, field="items.source")
    datasets = optional("datasets", use=Message("reading Hugging Face datasets"), extra="datasets")
    name, config, split = match["name"], match["config"], match["split"] or "test"
    saved = folder / name
    try:
        if saved.is_dir():
            loaded: Any = datasets.load_from_disk(str(saved))
            table = loaded[split] if hasattr(loaded, "keys") else loaded
        else:
            table = datasets.load_dataset(name, config, split=split)
    except Exception as error:
        message = Message(
            "dataset '{name}' cannot be loaded: {kind}: {error}",
            name=name,
            kind=type(error).__name__,
            error=str(error)[:300],
        )
        raise InputError.of(message, remedy="hf:NAME:CONFIG@SPLIT", field="items.source") from None
    features = getattr(table, "features", None)
    labels = _labels(features.to_dict()) if features else {}
    rows: Iterable[Mapping[str, Any]] = table
    for number, row in enumerate(rows, 1):
        yield number, _as_written(row, labels)


def _as_written(row: Mapping[str, Any], labels: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Values of a typed file in the form in which JSON has them: dates and times as ISO 8601, midnight left away,
    classes by their names.
    """
    plain = {name: _plain_value(value) for name, value in row.items()}
    return plain | {name: _called(plain.get(name), names) for name, names in labels.items()}


def _called(value: Any, names: Sequence[str]) -> Any:
    """A class, or each of several, by its name; -1 stands where there is none."""
    if isinstance(value, list):
        return [_called(one, names) for one in value]
    return names[value] if isinstance(value, int) and 0 <= value < len(names) else value


def _plain_value(value: Any) -> Any:
    if isinstance(value, datetime):
        midnight = value.time() == time() and value.tzinfo is None
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    if isinstance(value, date | time | timedelta):
        return str(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, Mapping):
        return {name: _plain_value(inner) for name, inner in value.items()}
    value = value.tolist() if hasattr(value, "tolist") else value  # numpy's, as frames have them
    return [_plain_value(inner) for inner in value] if isinstance(value, list) else value


def column_named(columns: Iterable[str], usual: tuple[str, ...]) -> str:
    """The column with the first of the usual names, whatever its case and blanks; empty: there is none."""
    folded: dict[str, str] = {}
    for column in columns:
        folded.setdefault(_folded(column), column)
    return next((folded[_folded(name)] for name in usual if _folded(name) in folded), "")


def column_composed(columns: Iterable[str], nouns: frozenset[str], but: frozenset[str]) -> str:
    """The one column whose name ends in one of these nouns (`ticket_body`) and has none of the words `but`; empty:
    there is none, or several.
    """
    parts = {column: _folded(column).split("_") for column in columns}
    found = [column for column, words in parts.items() if words[-1] in nouns and not but & set(words)]
    return found[0] if len(found) == 1 else ""


def _folded(name: str) -> str:
    """A name without its case, blanks and what nobody sees; `expectedOutput` is `expected_output`."""
    plain = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", "_", visible(str(name)).strip(" \t?:.*#"))
    return re.sub(r"[\s_-]+", "_", plain.casefold())


def _column(row: Mapping[str, Any], stated: str, usual: tuple[str, ...]) -> str:
    return stated or column_named(row, usual) or usual[0]


def _no_column(place: Path | None, line: int, what: str, stated: str, row: Mapping[str, Any]) -> Problem:
    message = (
        Message("there is no column '{stated}'", stated=stated)
        if stated
        else Message("no column looks like the input")
        if what == "input"
        else Message("no column looks like the {what}", what=what)
    )
    columns = ", ".join(list(map(str, row))[:20])
    return Problem(
        file=place,
        line=line,
        field=f"items.{what}",
        message=message,
        remedy=Message("name one of: {columns}", columns=columns),
    )


def _item(row: Mapping[str, Any], line: int, names: tuple[str, str, str, str]) -> Item:
    """`names`: of the columns with the id, the input, the target and the documents."""
    id_name, input_name, target_name, documents_name = names
    given, row = flattened(row, input_name)
    own = row.get(id_name)
    target = target_at(row, target_name)
    if target is None:
        given, target = parted_from_answer(given)
    if isinstance(target, float) and not math.isfinite(target):
        raise ValueError(Message("the target is {target}", target=target))
    return Item(
        id=str(line) if own is None or own == "" else str(own),
        input=_input(given),
        # An empty cell of a CSV file says that there is no target.
        target=None if target == "" else target,
        metadata={
            # No system sees what holds the answer.
            str(name): value
            for name, value in row.items()
            if name not in names and not target_name.startswith(f"{name}.")
        },
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
    given = messages_of(given)
    if isinstance(given, list) and given:
        for message in given:
            if not isinstance(message, Mapping) or message.get("role") not in ROLES:
                raise ValueError(Message("a conversation must be a list of messages with role and content"))
        if given[-1].get("role") not in ("user", "tool"):
            raise ValueError(Message("a conversation must end with the user's message"))
        return tuple(given)
    raise ValueError(Message("the input must be text that is not empty, or a list of messages"))

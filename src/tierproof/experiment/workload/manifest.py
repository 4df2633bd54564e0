"""`workload.toml`: what a workload is, as a person wrote it.

Enters: the text of the file.  Leaves: a validated `Manifest`, or problems with file, line and field.  Must not read any
other file.
"""

from __future__ import annotations

import itertools
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from tierproof.errors import InputError
from tierproof.experiment.workload.files.item_files import ItemSource
from tierproof.experiment.workload.files.text_lines import field_of, read_text
from tierproof.messages import Message

__all__ = ["BaselineTable", "DecodingTable", "Manifest", "ModelTable", "PriceTable", "SystemTable", "read_manifest"]

NAME = "workload.toml"
FIELD_PART = re.compile(r'"[^"]*"|[^.]+')
Amount = Annotated[float, Meta(ge=0, le=1e6)]
Text = Annotated[str, Meta(min_length=1)]


class PriceTable(Struct, frozen=True, forbid_unknown_fields=True):
    """US dollars per million tokens."""

    input: Amount
    output: Amount
    cached_input: Amount | None = None
    cache_write: Amount | None = None
    per_call: Amount = 0.0
    """US dollars for each call, beside its tokens."""


class ModelTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One model that can be called; those that are neither swaps nor judges are the ladder, from small to large."""

    name: Text
    base_url: str = ""
    weights: str = ""
    """Folder of a model on this disk: training starts from it, and without a `base_url` it is served from here."""
    model_id: str = ""
    api_key_env: str | None = None
    headers: dict[str, str] = {}
    """Sent with every request, as some gateways ask for."""
    headers_env: dict[str, str] = {}
    """The same for what is secret: the environment variable that holds each value."""
    price: PriceTable | None = None
    context_limit: Annotated[int, Meta(ge=1)] | None = None
    max_output: Annotated[int, Meta(ge=1)] = 4096
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    concurrency: Annotated[int, Meta(ge=1, le=10_000)] = 64
    timeout_seconds: Annotated[float, Meta(gt=0, le=3600)] = 120.0
    technique: str = ""
    """For an endpoint that has a technique built in: its id; `of` names the model that it takes the place of."""
    of: str = ""
    judge: bool = False
    """Judges answers and is no step of the ladder."""

    def __post_init__(self) -> None:
        if not (self.base_url or self.weights):
            raise ValueError(Message("a model states 'base_url', or 'weights' where it lies on this disk"))


class DecodingTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    temperature: Annotated[float, Meta(ge=0, le=5)] | None = None
    top_p: Annotated[float, Meta(gt=0, le=1)] | None = None
    max_tokens: Annotated[int, Meta(ge=1)] | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    extra: dict[str, Any] = {}


class BaselineTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the team has today."""

    model: str = ""
    """Empty: the first of the ladder."""
    system: str = ""
    template: str = "{input}"
    closing: tuple[str, ...] = ()
    answer_mark: str = ""
    decoding: DecodingTable = DecodingTable()
    techniques: tuple[str, ...] = ()
    """In use already, by the names of arms."""


class EmbedderTable(Struct, frozen=True, forbid_unknown_fields=True):
    function: Text
    """`file.py:name`: a list of texts in, one vector a text out."""


class SystemTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A system of the team's own: `function` answers, or `make` makes something that does."""

    name: Text
    function: str = ""
    make: str = ""

    def __post_init__(self) -> None:
        if bool(self.function) == bool(self.make):
            raise ValueError(Message("a system states either 'function' or 'make'"))


class Manifest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Text
    description: str = ""
    setting: Literal["production", "benchmark", "lab"] = "production"
    """`production`: the items are a sample of the team's own traffic."""
    task_family: str = ""
    items: ItemSource = ItemSource()
    models: Annotated[tuple[ModelTable, ...], Meta(min_length=1)]
    baseline: BaselineTable = BaselineTable()
    scorer: dict[str, Any]
    profile: dict[str, Any] = {}
    load: Annotated[int, Meta(ge=1, le=1024)] = 1
    """Requests that the system in use has under way at once: the load at which arms are timed."""
    arms: tuple[str, ...] = ()
    options: dict[str, dict[str, Any]] = {}
    """Options of techniques, by their names."""
    grammar_dialect: Literal["openai", "vllm", "vllm-old", "llama.cpp"] = "vllm"
    """How the endpoint takes grammar.lark."""
    grammar_field: str = ""
    """Body field in which it takes the grammar as it is, where none of the dialects is right."""
    embedder: EmbedderTable | None = None
    retriever: dict[str, Any] = {}
    """Where the documents are already: a `kind` and its settings; empty: BM25 over documents/."""
    groundedness: dict[str, Any] = {}
    """The judge of whether answers rest on the passages that were found; empty: none."""
    systems: tuple[SystemTable, ...] = ()


def read_manifest(folder: Path) -> tuple[Manifest, str]:
    """The manifest and its text.  Raises InputError with file, line and field."""
    path = folder / NAME
    if not folder.is_dir():
        remedy = Message(
            "give the folder that holds workload.toml; `tierproof init FILE` makes one from a CSV or JSONL file"
        )
        raise InputError.of(Message("there is no such folder"), remedy=remedy, file=folder)
    if not path.is_file():
        remedy = Message("`tierproof init FILE` writes one from a CSV or JSONL file")
        raise InputError.of(Message("there is no workload.toml"), remedy=remedy, file=path)
    text = read_text(path)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+)", str(error))
        message = Message("no TOML: {error}", error=str(error).partition(" (at ")[0])
        raise InputError.of(message, file=path, line=int(found[1]) if found else None) from None
    try:
        return msgspec.convert(table, Manifest), text
    except msgspec.ValidationError as error:
        fault, field = field_of(error)
        right = _remedy(fault, field)
        raise InputError.of(fault, remedy=right, field=field, file=path, line=line_of(text, field or "")) from None


def line_of(text: str, field: str) -> int | None:
    """Line of TOML text on which a field like `models[1].price` is set; where it is not, that of its table."""
    line: int | None = None
    lines = text.splitlines()
    start = 0
    for part in FIELD_PART.findall(field):
        name, _, place = part.strip('"').partition("[")
        wanted = int(place.rstrip("]")) + 1 if place.rstrip("]").isdigit() else 1
        quoted = rf"[\"']?{re.escape(name)}[\"']?"
        # A header `[a.b]` or a key `a.b =` sets b on the same line.
        places = re.compile(rf"\s*(?:\[\[?\s*(?:[\w\"'.-]+\.)?{quoted}\s*[\].]|{quoted}\s*[=.])")
        found = (number for number in range(start, len(lines)) if places.match(lines[number]))
        number = next(itertools.islice(found, wanted - 1, None), None)
        if number is None:
            return line
        line, start = number + 1, number
    return line


def _remedy(message: str, field: str | None) -> str:
    if "missing required field `models`" in message:
        return Message("add a [[models]] table with name, base_url and price, from small to large")
    if "missing required field `scorer`" in message:
        return Message('add [scorer] kind = "normalised", or another kind (docs/workload.md)')
    if field and "price" in field:
        return Message("price = { input = 0.15, output = 0.60 }, in USD per million tokens")
    return ""

"""The lab's workload, written as a folder that `tierproof measure` reads: a shop of its own, its questions and
resources.

Enters: a folder, a seed, an address.  Leaves: files.  Must not know techniques or how a workload is read.

Some questions carry their documents, as a page that a clerk has open; others are about the shop's catalogue, which
stands in `documents/` alone.  So retrieval has something to add, and reasoning, tools and forms have something to add
without it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tierproof.lab.world.dialogues import document, with_documents
from tierproof.lab.world.questions import Question, ask, guess_level
from tierproof.lab.world.sayings import DESK
from tierproof.lab.world.world import Product, Split, World, world_of

__all__ = ["SHARES", "write_workload"]

SHARES: Mapping[tuple[str, int], float] = {
    ("fact", 0): 0.25,
    ("fact", 4): 0.15,
    ("cost", 0): 0.05,
    ("cost", 2): 0.2,
    ("discount", 2): 0.1,
    ("format", 2): 0.15,
    ("send", 0): 0.1,
}
"""Share of each kind of question, by the number of documents that come with it."""
CATALOGUE = 48
"""Products of the shop; as many documents."""

TOOLS = '''"""Tools of the desk: a look into the catalogue, and arithmetic."""

import json
from pathlib import Path

CATALOGUE = json.loads((Path(__file__).parent / "catalogue.json").read_text(encoding="utf-8"))


def lookup(item: str, attribute: str) -> str:
    """What the catalogue says of an item: its price, stock, warranty, color, city or material."""
    return CATALOGUE[item][attribute]


def multiply(left: int, right: int) -> int:
    """Product of two whole numbers."""
    return left * right


def add(left: int, right: int) -> int:
    """Sum of two whole numbers."""
    return left + right


def subtract(left: int, right: int) -> int:
    """Difference of two whole numbers."""
    return left - right
'''
GRAMMAR = r"""start: NUMBER | WORD | JSON | SENTENCE | STARS | LABEL | COMMAND
NUMBER: /[0-9]{1,3}/
WORD: /[A-Za-z]{3,6}/
JSON: /\{"[a-z]{4,8}": ([0-9]{1,2}|"[A-Za-z]{3,6}")\}/
SENTENCE: /[A-Z][a-z]{3,4} [a-z]{4,8} is [0-9A-Za-z]{1,6}\./
STARS: /\* [0-9A-Za-z]{1,6} \*/
LABEL: /[a-z]{4,8}: [0-9A-Za-z]{1,6}/
COMMAND: /SEND [1-9] [A-Z][a-z]{3,4} TO [A-Z][a-z]{3,4}/
"""
MANIFEST = """\
# The lab's shop desk: questions that models of the lab's own family answer.

name = "{name}"
description = "{description}"
setting = "lab"
task_family = "knowledge-qa"
{arms}
[items]
source = "items.jsonl"
input = "input"
target = "target"

{models}
[baseline]
model = "{baseline}"
system = "{desk}"
decoding = {{ temperature = 0.0, max_tokens = {tokens} }}

[scorer]
kind = "exact"

[profile]
value_per_success = 0.01
requests_per_month = 100000
{options}"""
OPTIONS = """
[options.retrieval-augmented-generation]
top = 2
size = 300
"""
MODEL = """\
[[models]]
name = "{name}"
{swap}base_url = "{base_url}"
# Nobody sells these models: stand-in prices, {per_million} USD for each million parameters, so that costs differ.
price = {{ input = {input:.4g}, output = {output:.4g}{cached} }}
context_limit = 1024
max_output = 192
# More at once would not be answered sooner.
concurrency = {concurrency}
{weights}"""
PER_MILLION = 0.02
SWAP = "mixture-of-experts"
ARMS = (
    "agent-orchestration",
    "chain-of-thought",
    "dsl-injection",
    "function-calling",
    SWAP,
    "model-routing/probability",
    "model-scaling",
    "prompt-caching",
    "prompt-engineering",
    "retrieval-augmented-generation",
    "retrieval-augmented-generation+chain-of-thought",
    "semantic-caching",
    "system-prompt-design",
    "test-time-compute",
)
"""What is measured unless `--techniques` says otherwise: all that train nothing, and one pair that belongs together."""


def write_workload(
    folder: Path,
    *,
    seed: int = 1,
    items: int = 200,
    split: Split = "test",
    base_url: str = "http://127.0.0.1:8321/v1",
    models: Sequence[tuple[str, int]],
    sparse: Sequence[tuple[str, int, str]] = (),
    weights: Path | None = None,
    baseline: str = "",
    concurrency: int = 16,
    cached: bool = True,
) -> None:
    """Write the workload.

    `models` are names with their parameters, from small to large; the second is the baseline's.  `sparse` are models
    with their active parameters, each with the dense one that it may stand in for.  `weights` is the folder in which
    they lie, stated where techniques are to train them.  `baseline` names another model than the second;
    `concurrency`: requests at a time; `cached`: whether what an endpoint read before has a price of its own.
    """
    world = world_of(split, seed, CATALOGUE)
    rng = np.random.default_rng([seed, 7])
    (folder / "documents").mkdir(parents=True, exist_ok=True)
    _lines(
        folder / "documents" / "catalogue.jsonl",
        [
            {"name": f"p{number}", "text": world.document(product, rng)}
            for number, product in enumerate(world.products, 1)
        ],
    )
    catalogue = {product.name: dict(product.values) for product in world.products}
    (folder / "catalogue.json").write_text(json.dumps(catalogue, indent=1) + "\n", encoding="utf-8")
    _lines(folder / "items.jsonl", _items(world, items, rng))
    _lines(folder / "examples.jsonl", _examples(seed, 8, reasoning=True))
    _lines(folder / "train.jsonl", _examples(seed + 1, 600, reasoning=False))
    (folder / "tools.py").write_text(TOOLS, encoding="utf-8")
    (folder / "grammar.lark").write_text(GRAMMAR, encoding="utf-8")
    stated_models = [*((name, size, "") for name, size in models), *sparse]
    shown = partial(_model, base_url=base_url, weights=weights, concurrency=concurrency, cached=cached)
    tables = [shown(name, size, dense) for name, size, dense in stated_models]
    chosen = baseline or models[min(1, len(models) - 1)][0]
    # Where weights are stated, all that fits them is tried, trained techniques among them.
    stated = [arm for arm in ARMS if arm != SWAP or chosen in {dense for _, _, dense in sparse}]
    arms = "" if weights else f"arms = {json.dumps(stated, indent=4)}\n"
    manifest = MANIFEST.format(
        name="lab",
        description="Questions to a shop's desk, answered by very small models.",
        arms=arms,
        models="\n".join(tables),
        baseline=chosen,
        desk=DESK,
        tokens=96,
        options=OPTIONS,
    )
    (folder / "workload.toml").write_text(manifest, encoding="utf-8")


def _items(world: World, count: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Items in a random order of kinds, with exactly the shares of `SHARES` up to rounding."""
    kinds = [place for place, share in SHARES.items() for _ in range(round(share * count))]
    kinds = (kinds + [("fact", 0)] * count)[:count]
    found = []
    for number, at in enumerate(rng.permutation(count), 1):
        kind, documents = kinds[int(at)]
        question, shown = draw(world.products, kind, documents, rng)
        text = with_documents(question.text, [document(product, rng) for product in shown])
        item: dict[str, Any] = {"id": f"q{number}", "input": text, "target": question.answer}
        if question.instruction:
            item["input"] = [
                {"role": "system", "content": question.instruction},
                {"role": "user", "content": text},
            ]
        found.append({**item, "kind": kind, "documents": documents, "guess": round(guess_level(kind, documents), 4)})
    return found


def draw(
    products: Sequence[Product], kind: str, documents: int, rng: np.random.Generator
) -> tuple[Question, list[Product]]:
    """A question and the products whose documents come with it, in a random order."""
    chosen = [products[int(place)] for place in rng.choice(len(products), max(documents, 2), replace=False)]
    about = chosen[:documents] or chosen
    return ask(kind, about, rng), about[:documents]


def _examples(seed: int, count: int, *, reasoning: bool) -> list[dict[str, Any]]:
    """Solved questions about a shop of the training split, two documents with each."""
    world = world_of("train", seed)
    rng = np.random.default_rng([seed, 8])
    kinds = ("fact", "cost", "discount", "send")
    lines = []
    for number in range(count):
        question, shown = draw(world.products, kinds[number % len(kinds)], 2, rng)
        text = with_documents(question.text, [document(product, rng) for product in shown])
        line = {"input": text, "output": question.answer}
        lines.append({**line, "reasoning": question.steps} if reasoning and question.steps else line)
    return lines


def _model(
    name: str, parameters: int, dense: str, *, base_url: str, weights: Path | None, concurrency: int, cached: bool
) -> str:
    price = PER_MILLION * parameters / 1e6
    return MODEL.format(
        name=name,
        swap=f'# No step of the ladder: sparse, in place of a dense model.\ntechnique = "{SWAP}"\nof = "{dense}"\n'
        if dense
        else "",
        base_url=base_url,
        per_million=PER_MILLION,
        input=price,
        output=4 * price,
        cached=f", cached_input = {price / 4:.4g}" if cached else "",
        concurrency=concurrency,
        weights=f"weights = {json.dumps(str((weights / name).resolve()))}\n" if weights else "",
    )


def _lines(path: Path, tables: Sequence[Mapping[str, Any]]) -> None:
    path.write_text("".join(json.dumps(table, ensure_ascii=False) + "\n" for table in tables), encoding="utf-8")

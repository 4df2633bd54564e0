"""How well the family answers: accuracy by model and kind of question, beside the level of guessing.

Enters: a family, a split and a seed.  Leaves: a table.  Must not know HTTP or techniques.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tierproof.lab.serving.engine import Generation
from tierproof.lab.serving.family import Family, Served
from tierproof.lab.serving.next_token import Sampling
from tierproof.lab.serving.turns import prompt_of
from tierproof.lab.world.dialogues import document, with_documents
from tierproof.lab.world.questions import guess_level
from tierproof.lab.world.sayings import FINAL, THINK
from tierproof.lab.world.shop import draw
from tierproof.lab.world.tokenizer import END
from tierproof.lab.world.world import Split, world_of
from tierproof.messages import Message, gettext, in_figures, translated

__all__ = ["TASKS", "Task", "accuracies", "score_table"]


@dataclass(frozen=True, slots=True)
class Task:
    kind: str
    documents: int
    steps: bool = False
    """Asked to think step by step."""


TASKS: Mapping[str, Task] = {
    Message("fact, closed book"): Task("fact", 0),
    Message("fact, 1 document"): Task("fact", 1),
    Message("fact, 2 documents"): Task("fact", 2),
    Message("fact, 4 documents"): Task("fact", 4),
    Message("fact, 6 documents"): Task("fact", 6),
    Message("fact, 4 documents, step by step"): Task("fact", 4, steps=True),
    Message("format set by the system"): Task("format", 2),
    Message("command"): Task("send", 0),
    Message("cost, at once"): Task("cost", 2),
    Message("cost, step by step"): Task("cost", 2, steps=True),
    Message("less a discount, at once"): Task("discount", 2),
    Message("less a discount, step by step"): Task("discount", 2, steps=True),
}


def accuracies(
    served: Served, *, seed: int, items: int, split: Split, tasks: Mapping[str, Task] = TASKS
) -> dict[str, float]:
    """Share of exact answers by task; the same questions for every model."""
    found = {}
    specials = served.vocabulary.specials
    for name, task in tasks.items():
        rng = np.random.default_rng([seed, 9, list(TASKS).index(name)])
        world = world_of(split, seed)
        asked: list[tuple[str, Generation]] = []
        for _ in range(items):
            question, shown = draw(world.products, task.kind, task.documents, rng)
            text = with_documents(question.text, [document(product, rng) for product in shown])
            if task.steps:
                text = f"{text}\n\n{THINK}\n\n{FINAL}"
            messages = [{"role": "user", "content": text}]
            if question.instruction:
                messages.insert(0, {"role": "system", "content": question.instruction})
            generation = Generation(
                prompt=served.vocabulary.encode(prompt_of(messages)),
                limit=96,
                sampling=Sampling(temperature=0.0),
                banned=frozenset(specials.values()) - {specials[END]},
            )
            asked.append((question.answer, served.engine.submit(generation)))
        right = 0
        for answer, generation in asked:
            tokens = [one.token for one in generation.tokens() if one.token != specials[END]]
            right += served.vocabulary.decode(tokens).rpartition("Answer:")[2].strip() == answer
        found[name] = right / items
    return found


def score_table(family: Family, *, seed: int, items: int, split: str = "test") -> str:
    """A Markdown table, tasks down and models across."""
    names = [name for name, _ in family.sizes()]
    chosen: Split = "test" if split == "test" else "validation"
    columns = {name: accuracies(family[name], seed=seed, items=items, split=chosen) for name in names}
    heads = (gettext("percent right"), gettext("guess"), *names)
    lines = [f"| {' | '.join(heads)} |", "|".join(["", *[" --- "] * (len(names) + 2), ""])]
    for task, what in TASKS.items():
        guess = guess_level(what.kind, what.documents)
        cells = [in_figures(f"{100 * share:.1f}") for share in (guess, *(columns[name][task] for name in names))]
        lines.append(f"| {translated(task)} | {' | '.join(cells)} |")
    error = 100 * math.sqrt(0.25 / items)
    told = gettext(
        "{items} {split} questions of each kind, seed {seed}; standard error at most {error:.1f} points.",
        items=items,
        split=chosen,
        seed=seed,
        error=error,
    )
    lines.append(f"\n{told}")
    return "\n".join(lines)

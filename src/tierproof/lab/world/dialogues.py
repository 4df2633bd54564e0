"""Instruction tuning: conversations at the desk, in all the ways in which its users ask.

Enters: a random generator.  Leaves: conversations as text, each part marked as given or as answered.  Must not know
models.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from tierproof.lab.world.pages import Part, draw_products
from tierproof.lab.world.questions import KINDS, Question, ask
from tierproof.lab.world.sayings import AGENT_RULES, DESK, FINAL, PASSAGES, RULES, SEARCH, THINK, TOOLS
from tierproof.lab.world.tokenizer import ASSISTANT, CALL, END, SYSTEM, TOOL, USER
from tierproof.lab.world.world import ATTRIBUTES, Product, fact

__all__ = ["DIALOGUES", "with_documents", "with_passages"]


def document(product: Product, rng: np.random.Generator) -> str:
    return " ".join(fact(product, ATTRIBUTES[place]) for place in rng.permutation(len(ATTRIBUTES)))


def with_documents(text: str, documents: Sequence[str]) -> str:
    """A question after the documents that it is about."""
    return "\n\n".join((*documents, text))


def with_passages(text: str, passages: Sequence[str], sources: Sequence[str]) -> str:
    """A question after passages that were found for it."""
    listed = (
        f"[{number}] ({source}) {passage}"
        for number, (passage, source) in enumerate(zip(passages, sources, strict=True), 1)
    )
    return "\n\n".join((PASSAGES, *listed, text))


def _shown(question: Question, products: Sequence[Product], rng: np.random.Generator) -> str:
    """The question with its documents among others: as documents, as passages, or as both."""
    documents = [document(product, rng) for product in products]
    way = rng.random()
    if way < 0.5:
        return with_documents(question.text, documents)
    sources = [f"p{int(number)}" for number in rng.integers(1, 97, len(documents))]
    if way < 0.85 or len(documents) > 3:
        return with_passages(question.text, documents, sources)
    return with_passages(with_documents(question.text, documents), documents, sources)


def _system(*texts: str) -> list[Part]:
    joined = "\n\n".join(text for text in texts if text)
    return [(f"{SYSTEM} {joined}", False)] if joined else []


def _asked(text: str, answer: str) -> list[Part]:
    return [(f"{USER} {text}{ASSISTANT}", False), (f"{answer}{END}", True)]


def direct(rng: np.random.Generator, kinds: Sequence[str], documents: int, turns: int = 3) -> list[Part]:
    """Documents, then several questions about them, answered at once; the first turn carries the documents."""
    products = draw_products(documents, rng) if documents else []
    pool = products or draw_products(2, rng)
    first = ask(kinds[int(rng.integers(len(kinds)))], pool, rng)
    parts = _system(DESK if rng.random() < 0.5 else "", RULES if rng.random() < 0.06 else "", first.instruction)
    parts += _asked(_shown(first, products, rng) if products else first.text, first.answer)
    for _ in range(turns - 1 if products else 0):
        # The form that the system message sets holds for the whole conversation.
        drawn = (ask(first.kind, pool, rng) for _ in range(8))
        again = next((question for question in drawn if question.instruction == first.instruction), None)
        if again is not None:
            parts += _asked(again.text, again.answer)
    return parts


def thought(rng: np.random.Generator, kinds: Sequence[str], documents: int) -> list[Part]:
    """Asked to think step by step, one question a conversation, or several."""
    products = draw_products(documents, rng)
    parts = _system(DESK if rng.random() < 0.5 else "")
    for turn in range(3):
        question = ask(kinds[int(rng.integers(len(kinds)))], products, rng)
        text = question.text if turn else _shown(question, products, rng)
        steps = f"{question.steps} " if question.steps else ""
        parts += _asked("\n\n".join((text, f"{THINK}\n\n{FINAL}")), f"{steps}Answer: {question.answer}")
    return parts


def by_example(rng: np.random.Generator, kinds: Sequence[str], documents: int) -> list[Part]:
    """Solved requests about other products first, without their documents or with them."""
    parts = _system(DESK if rng.random() < 0.5 else "")
    for _ in range(int(rng.integers(1, 4))):
        example = ask(kinds[int(rng.integers(len(kinds)))], draw_products(2, rng), rng)
        text = example.text if rng.random() < 0.6 else _shown(example, example.about, rng)
        shown = _asked(text, example.answer)
        parts += [(text, False) for text, _ in shown]
    return parts + [part for part in direct(rng, kinds, documents, turns=1) if not part[0].startswith(SYSTEM)]


def by_steps(rng: np.random.Generator, kinds: Sequence[str]) -> list[Part]:
    """Asked to think step by step about up to four documents, in whatever form the system message sets."""
    documents = int(rng.integers(0, 5))
    products = draw_products(max(documents, 2), rng)
    first = ask(kinds[int(rng.integers(len(kinds)))], products, rng)
    parts = _system(DESK if rng.random() < 0.5 else "", first.instruction)
    for turn, question in enumerate([first, *(ask(first.kind, products, rng) for _ in range(2))]):
        if question.instruction != first.instruction:
            continue
        text = _shown(question, products, rng) if documents and not turn else question.text
        steps = f"{question.steps} " if question.steps else ""
        parts += _asked("\n\n".join((text, f"{THINK}\n\n{FINAL}")), f"{steps}Answer: {question.answer}")
    return parts


def worked(rng: np.random.Generator, kinds: Sequence[str]) -> list[Part]:
    """Requests that each bring their own documents, so that the latest are the ones to read."""
    parts = _system(DESK if rng.random() < 0.5 else "")
    for _ in range(int(rng.integers(2, 6))):
        products = draw_products(2, rng)
        question = ask(kinds[int(rng.integers(len(kinds)))], products, rng)
        shown = question.text if rng.random() < 0.15 else _shown(question, products, rng)
        parts += _asked(shown, question.answer)
    return parts


def with_tools(rng: np.random.Generator, kinds: Sequence[str], agent: bool = False) -> list[Part]:
    """Tools called in rounds until the answer is known; nothing stands in the documents."""
    products = draw_products(3, rng)
    names = [*TOOLS, SEARCH] if agent or rng.random() < 0.2 else list(TOOLS)
    rules = AGENT_RULES if agent else ""
    system = "\n\n".join(text for text in (DESK if rng.random() < 0.5 else "", rules) if text)
    parts: list[Part] = [(f"{SYSTEM} {system} Tools: {' '.join(names)}", False)]
    for _ in range(1 if agent else 2):
        question = ask(kinds[int(rng.integers(len(kinds)))], products, rng)
        shown = _shown(question, products, rng) if rng.random() < 0.15 else question.text
        parts.append((f"{USER} {shown}", False))
        for round_ in question.rounds:
            written = "".join(" ".join((f"{CALL} {call.name}", *call.arguments)) for call in round_)
            parts += [(ASSISTANT, False), (f"{written}{END}", True)]
            parts.append(("".join(f"{TOOL} {call.result}" for call in round_), False))
        parts += [(ASSISTANT, False), (f"{question.answer}{END}", True)]
    return parts


COSTS = ("cost", "discount")
ALL = ("fact", "cost", "discount", "send")
Draw = Callable[[np.random.Generator], list[Part]]
DIALOGUES: Mapping[str, Draw] = {
    "chat-closed": partial(direct, kinds=("fact", "cost", "discount", "format", "send"), documents=0),
    "chat-send": partial(direct, kinds=("send",), documents=2, turns=4),
    "chat-1": partial(direct, kinds=("fact", "format"), documents=1, turns=6),
    "chat-2": partial(direct, kinds=("fact", "format"), documents=2, turns=8),
    "chat-4": partial(direct, kinds=("fact", "format"), documents=4, turns=10),
    "forms": partial(direct, kinds=("format",), documents=2, turns=8),
    "chat-cost": partial(direct, kinds=COSTS, documents=2, turns=6),
    "thought-cost": partial(thought, kinds=COSTS, documents=2),
    "thought": partial(thought, kinds=ALL, documents=3),
    "examples": partial(by_example, kinds=ALL, documents=2),
    "tools": partial(with_tools, kinds=ALL),
    "agent": partial(with_tools, kinds=ALL, agent=True),
    "steps-fact": partial(by_steps, kinds=("fact", "format", "send")),
    "steps-cost": partial(by_steps, kinds=COSTS),
    "worked": partial(worked, kinds=("fact", "fact", "fact", "send", "cost")),
}


assert set(ALL) | {"format"} == set(KINDS)

"""The kinds of questions that the desk is asked, with the answers that are right.

Enters: products and a random generator.  Leaves: questions: what is said, what is right, the steps that lead there,
the tools that would help.  Must not know how models write, or how items are stored.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tierproof.lab.world.pages import cost_of, cost_question, draw_order, steps_of
from tierproof.lab.world.sayings import FORMATS
from tierproof.lab.world.world import ATTRIBUTES, NUMBERS, WORDS, Product

__all__ = ["KINDS", "Call", "Question", "ask", "guess_level", "value_guess"]


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a tool, its arguments as they are written, and what it gives."""

    name: str
    arguments: tuple[str, ...]
    result: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    kind: str
    text: str
    answer: str
    about: tuple[Product, ...]
    """The products whose documents the answer needs."""
    instruction: str = ""
    """What the system message says of the form of the answer."""
    steps: str = ""
    """The way to the answer, for a model that is asked to write it down."""
    rounds: tuple[tuple[Call, ...], ...] = field(default=())
    """Calls of tools that lead to the answer; those of a round are made together."""


def ask_fact(products: Sequence[Product], rng: np.random.Generator) -> Question:
    product = products[int(rng.integers(len(products)))]
    attribute = ATTRIBUTES[int(rng.integers(len(ATTRIBUTES)))]
    value = product.values[attribute]
    return Question(
        kind="fact",
        text=f"{product.name} {attribute}?",
        answer=value,
        about=(product,),
        steps=f"{product.name} {attribute} = {value}.",
        rounds=((Call("lookup", (product.name, attribute), value),),),
    )


def ask_cost(products: Sequence[Product], rng: np.random.Generator) -> Question:
    return _cost("cost", draw_order(products, rng), 0)


def ask_discount(products: Sequence[Product], rng: np.random.Generator) -> Question:
    return _cost("discount", draw_order(products, rng), int(rng.integers(1, 10)))


def _cost(kind: str, lines: Sequence[tuple[int, Product]], off: int) -> Question:
    parts = [count * product.price for count, product in lines]
    rounds: list[tuple[Call, ...]] = [
        tuple(Call("lookup", (product.name, "price"), str(product.price)) for _, product in lines),
        tuple(
            Call("multiply", (str(count), str(product.price)), str(part))
            for (count, product), part in zip(lines, parts, strict=True)
        ),
    ]
    if len(parts) == 2:
        rounds.append((Call("add", (str(parts[0]), str(parts[1])), str(sum(parts))),))
    if off:
        rounds.append((Call("subtract", (str(sum(parts)), str(off)), str(sum(parts) - off)),))
    return Question(
        kind=kind,
        text=cost_question(lines, off),
        answer=str(cost_of(lines, off)),
        about=tuple(product for _, product in lines),
        steps=steps_of(lines, off),
        rounds=tuple(rounds),
    )


def ask_format(products: Sequence[Product], rng: np.random.Generator) -> Question:
    """A fact in a form that the system message sets."""
    fact = ask_fact(products, rng)
    form = list(FORMATS)[int(rng.integers(len(FORMATS)))]
    product = fact.about[0]
    attribute = next(name for name in ATTRIBUTES if f" {name}?" in fact.text)
    return Question(
        kind="format",
        text=fact.text,
        answer=formatted(form, product, attribute),
        about=fact.about,
        instruction=FORMATS[form],
        steps=fact.steps,
        rounds=fact.rounds,
    )


def formatted(form: str, product: Product, attribute: str) -> str:
    value = product.values[attribute]
    if form == "json":
        return json.dumps({attribute: int(value) if attribute in NUMBERS else value})
    if form == "sentence":
        return f"{product.name} {attribute} is {value}."
    if form == "stars":
        return f"* {value} *"
    return f"{attribute}: {value}"


def ask_send(products: Sequence[Product], rng: np.random.Generator) -> Question:
    """A request, to be put into the desk's own language of commands."""
    product = products[int(rng.integers(len(products)))]
    count, city = int(rng.integers(1, 10)), WORDS["city"][int(rng.integers(len(WORDS["city"])))]
    return Question(
        kind="send",
        text=f"send {count} {product.name} to {city}.",
        answer=f"SEND {count} {product.name} TO {city}",
        about=(),
    )


Ask = Callable[[Sequence[Product], np.random.Generator], Question]
KINDS: Mapping[str, Ask] = {
    "fact": ask_fact,
    "cost": ask_cost,
    "discount": ask_discount,
    "format": ask_format,
    "send": ask_send,
}


def ask(kind: str, products: Sequence[Product], rng: np.random.Generator) -> Question:
    """A question of a kind about some of the products."""
    return KINDS[kind](products, rng)


def value_guess() -> float:
    """Chance of guessing a value by attribute alone, the mean over attributes: all values are equally likely."""
    sizes = [len(values) for values in (*NUMBERS.values(), *WORDS.values())]
    return sum(1 / size for size in sizes) / len(sizes)


def guess_level(kind: str, documents: int) -> float:
    """Accuracy of someone who does all but the one thing that the kind tests.

    Facts and formats: the right attribute of a random one of the documents, or without documents a random value.
    Costs: the single most likely total.  Commands: everything but the name, which is one of 96.
    """
    if kind in ("fact", "format"):
        return value_guess() if documents == 0 else 1 / documents + (1 - 1 / documents) * value_guess()
    if kind == "send":
        return 1 / 96
    single = np.zeros(101)
    for count in range(2, 6):
        for price in NUMBERS["price"]:
            single[count * price] += 1 / (4 * len(NUMBERS["price"]))
    # One product or two, equally often where there are several documents.
    pair = np.convolve(single, single)
    totals = pair.copy()
    totals[: len(single)] += single
    totals /= 2
    if kind == "discount":
        totals = np.convolve(totals, np.ones(9) / 9)
    return float(totals.max())

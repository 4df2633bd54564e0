"""Pretraining text: pages of product documents with the questions that they answer, and drills in arithmetic.

Enters: a random generator.  Leaves: pages as text, each part marked as given or as answered.  Must not know models.

Many questions follow each set of documents, so that nearly every token of supervision is about binding a value to its
name.  `names_page` has one attribute only, so that the name is all that tells its facts apart.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tierproof.lab.world.world import ATTRIBUTES, NAMES, Product, draw_value, fact

__all__ = ["Part", "draw_products", "drill_page", "names_page", "recall_page", "steps_of", "sums_page"]

Part = tuple[str, bool]
"""A text, and whether it is an answer, which is what training attends to."""


def draw_products(count: int, rng: np.random.Generator) -> list[Product]:
    """Products of no particular world, for a page that no other page agrees with."""
    chosen = rng.choice(len(NAMES), count, replace=False)
    return [Product(NAMES[place], {name: draw_value(name, rng) for name in ATTRIBUTES}) for place in chosen]


def names_page(rng: np.random.Generator, products: int, questions: int) -> list[Part]:
    """Facts of one attribute, and questions about them."""
    attribute = ATTRIBUTES[int(rng.integers(len(ATTRIBUTES)))]
    drawn = draw_products(products, rng)
    parts: list[Part] = [(" ".join(fact(product, attribute) for product in drawn), False)]
    return parts + _questions([(product, attribute) for product in drawn], questions, rng)


def recall_page(rng: np.random.Generator, products: int, questions: int, attributes: int = 6) -> list[Part]:
    """Documents, and questions about them."""
    drawn = draw_products(products, rng)
    facts: list[tuple[Product, str]] = []
    parts: list[Part] = []
    for product in drawn:
        order = [ATTRIBUTES[place] for place in rng.permutation(len(ATTRIBUTES))[:attributes]]
        facts += [(product, attribute) for attribute in order]
        parts.append((" ".join(fact(product, attribute) for attribute in order), False))
    return parts + _questions(facts, questions, rng)


def _questions(facts: Sequence[tuple[Product, str]], count: int, rng: np.random.Generator) -> list[Part]:
    parts: list[Part] = []
    for place in rng.permutation(len(facts))[:count] if count <= len(facts) else rng.integers(0, len(facts), count):
        product, attribute = facts[int(place)]
        parts.append((f"{product.name} {attribute}{'?' if rng.random() < 0.5 else ' ='}", False))
        parts.append((f"{product.values[attribute]}.", True))
    return parts


def sums_page(rng: np.random.Generator, products: int, questions: int) -> list[Part]:
    """Documents, and what several of the products cost, worked out step by step."""
    drawn = draw_products(products, rng)
    parts: list[Part] = []
    for product in drawn:
        others = [name for name in ATTRIBUTES if name != "price"]
        kept = ["price", *(others[int(place)] for place in rng.permutation(len(others))[: int(rng.integers(0, 6))])]
        parts.append((" ".join(fact(product, kept[int(place)]) for place in rng.permutation(len(kept))), False))
    for _ in range(questions):
        lines = draw_order(drawn, rng)
        off = int(rng.integers(1, 10)) if rng.random() < 0.4 else 0
        parts.append((cost_question(lines, off), False))
        parts.append((steps_of(lines, off), True))
    return parts


def draw_order(products: Sequence[Product], rng: np.random.Generator) -> list[tuple[int, Product]]:
    """One or two of the products, two to five of each."""
    count = min(len(products), int(rng.integers(1, 3)))
    chosen = rng.permutation(len(products))[:count]
    return [(int(rng.integers(2, 6)), products[int(place)]) for place in chosen]


def cost_question(lines: Sequence[tuple[int, Product]], off: int = 0) -> str:
    wanted = " and ".join(f"{count} {product.name}" for count, product in lines)
    return f"cost of {wanted} minus {off}?" if off else f"cost of {wanted}?"


def cost_of(lines: Sequence[tuple[int, Product]], off: int = 0) -> int:
    return sum(count * product.price for count, product in lines) - off


def steps_of(lines: Sequence[tuple[int, Product]], off: int = 0) -> str:
    """The way to the cost: each price, each product, the sum, the deduction."""
    steps = []
    total = 0
    for place, (count, product) in enumerate(lines):
        part = count * product.price
        steps.append(f"{product.name} price = {product.price}. {count} x {product.price} = {part}.")
        if place:
            steps.append(f"{total} + {part} = {total + part}.")
        total += part
    if off:
        steps.append(f"{total} - {off} = {total - off}.")
    return " ".join(steps)


def drill_page(rng: np.random.Generator, count: int) -> list[Part]:
    """Single steps of arithmetic of the sizes that orders have."""
    parts: list[Part] = []
    for _ in range(count):
        kind = rng.random()
        if kind < 0.4:
            left, right = int(rng.integers(2, 6)), int(rng.integers(2, 21))
            question, result = f"{left} x {right} =", left * right
        elif kind < 0.75:
            left, right = (int(rng.integers(2, 6) * rng.integers(2, 21)) for _ in range(2))
            question, result = f"{left} + {right} =", left + right
        else:
            right = int(rng.integers(1, 10))
            left = right + int(rng.integers(1, 200 - right))
            question, result = f"{left} - {right} =", left - right
        parts += [(question, False), (f"{result}.", True)]
    return parts

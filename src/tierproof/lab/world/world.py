"""The lab's world: a shop desk whose products, prices and places are drawn by seed.

Enters: a split and a seed.  Leaves: products and the documents about them.  Must not know questions or models.

Each fact is a sentence that begins with the product's name and its attribute (`Bako price 12.`), so that looking a
fact up means matching the pair of both in a text: the smallest form of the skill that retrieval relies on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

__all__ = ["ATTRIBUTES", "NAMES", "NUMBERS", "WORDS", "Product", "Split", "World", "draw_value", "fact", "world_of"]

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")

NAMES: tuple[str, ...] = tuple(
    first + second
    for first in ("Ba", "De", "Fi", "Go", "Ha", "Ju", "Ka", "Lo", "Mi", "No", "Pu", "Ra")
    for second in ("ko", "lim", "ra", "so", "tun", "vex", "zi", "dor")
)
"""96 names, each one token."""
NUMBERS: Mapping[str, range] = {"price": range(2, 21), "stock": range(40), "warranty": range(1, 10)}
WORDS: Mapping[str, tuple[str, ...]] = {
    "color": ("red", "blue", "green", "black", "white", "gray", "pink", "brown", "gold", "silver", "orange", "violet"),
    "city": ("Rome", "Oslo", "Paris", "Lima", "Cairo", "Delhi", "Tokyo", "Quito", "Bern", "Riga", "Accra", "Sofia"),
    "material": ("wool", "steel", "glass", "oak", "paper", "clay", "silk", "cotton", "linen", "iron", "cork", "felt"),
}
ATTRIBUTES: tuple[str, ...] = (*NUMBERS, *WORDS)


@dataclass(frozen=True, slots=True)
class Product:
    name: str
    values: Mapping[str, str]
    """By attribute; numbers as they are written."""

    @property
    def price(self) -> int:
        return int(self.values["price"])


@dataclass(frozen=True, slots=True)
class World:
    split: Split
    seed: int
    products: tuple[Product, ...]

    def document(self, product: Product, rng: np.random.Generator) -> str:
        """All that is known of a product, its facts in an order drawn from `rng`."""
        order = rng.permutation(len(ATTRIBUTES))
        return " ".join(fact(product, ATTRIBUTES[place]) for place in order)


def world_of(split: Split, seed: int, size: int = len(NAMES)) -> World:
    """The world of a split and seed: `size` products (at most 96), the same on every machine.

    No two splits share a stream of random numbers, so no world of one is a world of another.
    """
    rng = np.random.default_rng([SPLITS.index(split), seed])
    chosen = rng.choice(len(NAMES), size, replace=False)
    return World(
        split=split,
        seed=seed,
        products=tuple(
            Product(NAMES[place], {attribute: draw_value(attribute, rng) for attribute in ATTRIBUTES})
            for place in chosen
        ),
    )


def draw_value(attribute: str, rng: np.random.Generator) -> str:
    """A value, all equally likely."""
    if attribute in NUMBERS:
        among = NUMBERS[attribute]
        return str(among[int(rng.integers(len(among)))])
    words = WORDS[attribute]
    return words[int(rng.integers(len(words)))]


def fact(product: Product, attribute: str) -> str:
    return f"{product.name} {attribute} {product.values[attribute]}."

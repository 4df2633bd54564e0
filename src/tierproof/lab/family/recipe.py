"""How the family is made: shapes, stages, seeds.  Everything that decides the weights stands here or in what this
names.

Enters: nothing.  Leaves: plans.  Must not know torch, so that the recipe can be printed anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from tierproof.lab.family.stages import Draw, Plan, Stage
from tierproof.lab.world.dialogues import DIALOGUES
from tierproof.lab.world.pages import drill_page, names_page, recall_page, sums_page

__all__ = ["FAMILY", "PAGES", "Recipe"]

PAGES: Mapping[str, Draw] = {
    "names-2": partial(names_page, products=2, questions=8),
    "names-8": partial(names_page, products=8, questions=16),
    "pages-3": partial(recall_page, products=3, questions=12, attributes=3),
    "pages-2": partial(recall_page, products=2, questions=12),
    "pages-4": partial(recall_page, products=4, questions=16),
    "pages-6": partial(recall_page, products=6, questions=20),
    "sums": partial(sums_page, products=3, questions=4),
    "sums-2": partial(sums_page, products=2, questions=4),
    "drills": partial(drill_page, count=16),
    **DIALOGUES,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    shape: Mapping[str, int]
    """Width, layers, heads, inner width; experts and how many of them are active, where they are."""
    seed: int
    """Of the weights at birth."""
    pretraining: Plan
    tuning: Plan
    """Instruction tuning from the pretrained weights."""


NAMES = Stage(name="names", mix={"names-2": 0.5, "names-8": 0.5}, until=("names-8", 0.65))
RECALL = Stage(
    name="recall", mix={"names-8": 0.1, "pages-3": 0.3, "pages-2": 0.3, "pages-4": 0.3}, until=("pages-4", 0.85)
)
ALL = Stage(
    name="all",
    mix={"names-8": 0.05, "pages-4": 0.2, "pages-6": 0.1, "sums": 0.25, "sums-2": 0.15, "drills": 0.25},
    context_weight=0.1,
)
CHAT = Stage(
    name="chat",
    mix={
        "chat-closed": 0.02,
        "chat-send": 0.04,
        "chat-1": 0.04,
        "chat-2": 0.06,
        "chat-4": 0.11,
        "forms": 0.06,
        "chat-cost": 0.06,
        "thought-cost": 0.08,
        "thought": 0.04,
        "steps-fact": 0.1,
        "steps-cost": 0.12,
        "examples": 0.04,
        "worked": 0.06,
        "tools": 0.08,
        "agent": 0.04,
        "drills": 0.05,
    },
)
PRETRAINING = Plan(
    stages=(NAMES, RECALL, ALL),
    tokens=1_600_000,
    pages=8,
    rate=0.004,
    other_rate=3e-3,
    measured=("names-8", "pages-4", "sums", "drills"),
)
TUNING = Plan(
    stages=(CHAT,),
    tokens=2_200_000,
    pages=8,
    rate=0.003,
    other_rate=2e-3,
    decay=0.6,
    measured=("chat-1", "chat-4", "chat-cost", "thought-cost", "steps-fact", "steps-cost", "worked", "tools"),
    seed=1,
)
FAMILY: Mapping[str, Recipe] = {
    name: Recipe(shape=shape, seed=1, pretraining=PRETRAINING, tuning=TUNING)
    for name, shape in {
        "lab-200k": {"width": 64, "layers": 3, "heads": 4, "inner": 160},
        "lab-200k-sparse": {"width": 64, "layers": 3, "heads": 4, "inner": 80, "experts": 8, "active": 2},
        "lab-1m": {"width": 128, "layers": 4, "heads": 8, "inner": 352},
        "lab-3m": {"width": 192, "layers": 6, "heads": 8, "inner": 512},
    }.items()
}
"""From small to large; all see the same number of tokens, in stages that each ends by its accuracy."""

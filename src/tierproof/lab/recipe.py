"""How the family is made: shapes, stages, seeds.  Everything that decides the weights stands here or in what this
names.

Enters: nothing.  Leaves: plans.  Must not know torch, so that the recipe can be printed anywhere.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from tierproof.lab.dialogues import DIALOGUES
from tierproof.lab.pages import drill_page, names_page, recall_page, sums_page
from tierproof.lab.plan import Draw, Plan, Stage

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
    """Width, layers, heads, inner width."""
    seed: int
    """Of the weights at birth."""
    grown_from: str = ""
    """The smaller model with whose weights it starts: pretrained ones, and those after the first phase of tuning."""
    pretraining: Plan
    tuning: tuple[Plan, ...]
    """Instruction tuning from the pretrained weights, in phases."""


NAMES = Stage(name="names", mix={"names-2": 0.5, "names-8": 0.5}, until=("names-8", 0.65))
RECALL = Stage(
    name="recall", mix={"names-8": 0.1, "pages-3": 0.3, "pages-2": 0.3, "pages-4": 0.3}, until=("pages-4", 0.85)
)
ALL = Stage(
    name="all",
    mix={"names-8": 0.05, "pages-4": 0.2, "pages-6": 0.15, "sums": 0.25, "sums-2": 0.15, "drills": 0.2},
    context_weight=0.1,
)
CHAT = Stage(
    name="chat",
    mix={
        "chat-closed": 0.02,
        "chat-send": 0.04,
        "chat-1": 0.08,
        "chat-2": 0.09,
        "chat-4": 0.13,
        "chat-cost": 0.04,
        "thought-cost": 0.15,
        "thought": 0.06,
        "examples": 0.07,
        "tools": 0.14,
        "agent": 0.06,
        "sums": 0.04,
        "drills": 0.08,
    },
)
PRACTICE = Stage(
    name="practice",
    mix={
        "chat-closed": 0.02,
        "chat-send": 0.03,
        "chat-4": 0.12,
        "forms": 0.1,
        "steps-fact": 0.16,
        "steps-cost": 0.2,
        "worked": 0.1,
        "tools": 0.09,
        "agent": 0.06,
        "drills": 0.12,
    },
)
MEASURED = ("names-8", "pages-4", "sums", "drills")
TUNED = ("chat-1", "chat-4", "chat-cost", "thought-cost", "tools")


def pretraining(tokens: float, pages: int) -> Plan:
    return Plan(
        stages=(NAMES, RECALL, ALL),
        tokens=int(tokens * 1e6),
        pages=pages,
        rate=0.003,
        other_rate=3e-3,
        measured=MEASURED,
    )


def chat(tokens: float) -> Plan:
    return Plan(stages=(CHAT,), tokens=int(tokens * 1e6), pages=12, rate=0.003, other_rate=2e-3, measured=TUNED, seed=1)


PRACTISED = Plan(
    stages=(PRACTICE,),
    tokens=700_000,
    pages=12,
    rate=0.003,
    other_rate=2e-3,
    decay=0.7,
    measured=(*TUNED, "steps-fact", "worked"),
    seed=2,
)
"""On what the first phase of tuning left weak."""
FAMILY: Mapping[str, Recipe] = {
    "lab-200k": Recipe(
        shape={"width": 64, "layers": 3, "heads": 4, "inner": 160},
        seed=1,
        pretraining=pretraining(4.0, 32),
        tuning=(chat(1.5), PRACTISED),
    ),
    "lab-1m": Recipe(
        shape={"width": 128, "layers": 4, "heads": 8, "inner": 352},
        seed=1,
        pretraining=pretraining(1.8, 20),
        tuning=(chat(1.4), PRACTISED),
    ),
    "lab-2m": Recipe(
        shape={"width": 128, "layers": 8, "heads": 8, "inner": 352},
        seed=2,
        grown_from="lab-1m",
        pretraining=dataclasses.replace(pretraining(0.25, 12), stages=(ALL,)),
        tuning=(PRACTISED,),
    ),
}
"""From small to large."""

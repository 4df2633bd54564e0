"""A plan of training: stages with their mixes of pages, rates, how long.

Enters: nothing.  Leaves: values.  Must not know torch, so that a recipe can be printed anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from tierproof.lab.world.pages import Part

__all__ = ["Draw", "Plan", "Stage"]

Draw = Callable[[np.random.Generator], list[Part]]
"""Draws one page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    name: str
    mix: Mapping[str, float]
    """Share of each kind of page."""
    until: tuple[str, float] | None = None
    """Kind of page and accuracy on it at which the stage ends; None: it lasts."""
    context_weight: float = 0.0
    """Weight of the tokens that are given, where an answered one weighs 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    stages: tuple[Stage, ...]
    tokens: int
    """Padding counts too."""
    pages: int = 32
    """In a batch; all of one kind, so that their lengths are alike."""
    rate: float = 0.005
    other_rate: float = 1e-3
    decay: float = 0.4
    """Share of the tokens at the end over which the rates fall to a fiftieth."""
    warm_up: int = 50
    """Steps."""
    measured: tuple[str, ...] = ()
    measure_every: int = 100
    seed: int = 0

"""A team's own task: items, scorer, models, and the resources that techniques need.

Enters: nothing; `folder` reads one from disk.  Leaves: a value.  Must not know arms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tierproof.experiment.workload.scorers.score import Scorer
from tierproof.systems.item import Item
from tierproof.systems.models.chat import ModelSpec
from tierproof.systems.resources import Resources
from tierproof.systems.system import System

__all__ = ["Workload"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Workload:
    path: Path
    name: str
    description: str = ""
    items: Sequence[Item]
    """In the order in which every arm takes them."""
    models: tuple[ModelSpec, ...]
    """All that can be called: the ladder from small to large, then swaps and judges.  Prices may still be missing."""
    baseline: System
    """What the team has today."""
    resources: Resources
    scorer: Scorer
    groundedness: Scorer | None = None
    """Judges whether answers rest on what was found for them; None: nobody does."""
    profile: Mapping[str, Any] = field(default_factory=dict)
    """Fields of a decision profile, as the workload states them."""
    setting: Literal["production", "benchmark", "lab"] = "production"
    task_family: str = ""
    load: int = 1
    """Items under way at once while arms are timed."""
    arms: tuple[str, ...] = ()
    """Arms that the workload asks for, besides the baseline; empty: whatever its resources allow."""

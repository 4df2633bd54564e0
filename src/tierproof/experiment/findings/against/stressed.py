"""What adverse conditions do to an arm: each stressed arm beside the same arm without stress.

Enters: names of arms, arms and their trials.  Leaves: the names with those that a comparison lacks, and paired
effects.  Must not know what the conditions are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tierproof.experiment.findings.arm import BASELINE_NAME, Arm
from tierproof.experiment.findings.effects import LEAST_PAIRS, Comparison, compare
from tierproof.experiment.trials.trials import Trials
from tierproof.experiment.workload.scorers.agreement import JudgeError
from tierproof.techniques import parse_arm

__all__ = ["Stressed", "stressed_of", "twin_of", "twins_of", "with_twins"]

JOINT = re.compile(r"\+(?![^(]*\))")
"""Between the recipes of an arm's name; a plus within brackets belongs to an option."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stressed:
    """An arm under an adverse condition, against itself without."""

    arm: Arm
    twin: Arm
    comparison: Comparison
    """Its baseline is the twin."""
    attacks: int = 0
    """Answers under an attack."""
    obeyed: int = 0
    """Those of them that did what the attack wanted."""


def twin_of(name: str) -> str:
    """Name of the same arm without stress; where it is under none, its own.  Raises InputError as `parse_arm` does."""
    calm = [part.strip() for part in JOINT.split(name) if not all(step.recipe.stress for step in parse_arm(part))]
    return "+".join(calm) or BASELINE_NAME


def with_twins(names: Iterable[str]) -> tuple[str, ...]:
    """The names, each stressed arm after the same arm without stress."""
    found: list[str] = []
    for name in names:
        twin = BASELINE_NAME if name == BASELINE_NAME else twin_of(name)
        found += [] if twin in (BASELINE_NAME, _plain(name)) else [twin]
        found.append(name)
    return tuple(dict.fromkeys(found))


def _plain(name: str) -> str:
    return "+".join(part.strip() for part in JOINT.split(name))


def twins_of(arms: Sequence[Arm]) -> dict[int, int]:
    """Places of the arms under stress, each with that of the same arm without, where there is one."""
    places = {_plain(arm.name): place for place, arm in enumerate(arms)}
    found = {place: places.get(twin_of(arm.name)) for place, arm in enumerate(arms) if arm.stress}
    return {place: twin for place, twin in found.items() if twin is not None}


def stressed_of(arms: Sequence[Arm], trials: Trials, error: JudgeError | None = None) -> tuple[Stressed, ...]:
    """Every stressed arm whose twin was measured on at least two of its items."""
    found = []
    for place, twin in twins_of(arms).items():
        pairs = trials.pairs(place, against=twin)
        if len(pairs) >= LEAST_PAIRS:
            found.append(
                Stressed(
                    arm=arms[place],
                    twin=arms[twin],
                    comparison=compare(pairs, error),
                    attacks=trials.attacks[place],
                    obeyed=trials.obeyed[place],
                )
            )
    return tuple(found)

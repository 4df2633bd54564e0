"""Arms: the baseline and what it is compared with, built from names.

Enters: a workload and names of arms.  Leaves: arms with their systems, and the names that cannot be built, each with
what the workload lacks.  Must not know how arms are run.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tierproof.errors import InputError
from tierproof.experiment.workload import Workload
from tierproof.models.chat import ChatCaller
from tierproof.techniques.registry import build, parse_arm, recipes, unmet
from tierproof.techniques.system import System

__all__ = ["BASELINE_NAME", "Arm", "build_arms", "names_of"]

BASELINE_NAME = "baseline"


@dataclass(frozen=True, kw_only=True, slots=True)
class Arm:
    """One system in an experiment."""

    name: str
    system: System
    technique: str | None = None
    """The one technique that tells it from the baseline; None for the baseline and for combinations."""
    stress: bool = False
    """Under an adverse condition."""
    diff: tuple[str, ...] = ()
    """Lines that tell its system from the baseline's."""


def names_of(workload: Workload, wanted: Iterable[str] = ()) -> tuple[str, ...]:
    """Names of the arms to run: those wanted, else those that the workload asks for, else every technique's usual way.

    A wanted technique without further words stands for its usual way.  Duplicates are dropped.
    """
    chosen = tuple(wanted) or workload.arms or tuple(name for name, one in recipes().items() if not one.variant)
    return tuple(dict.fromkeys(name.strip() for name in chosen if name.strip()))


async def build_arms(
    workload: Workload, names: Iterable[str], caller: ChatCaller | None = None
) -> tuple[tuple[Arm, ...], dict[str, str]]:
    """The baseline first, then an arm a name; and for each name that cannot be built, why.

    Raises InputError for a name that is no technique: a slip is told at once, a lack goes on without the arm.
    """
    parsed = {name: parse_arm(name) for name in names if name != BASELINE_NAME}
    arms = [Arm(name=BASELINE_NAME, system=workload.baseline)]
    left_out: dict[str, str] = {}
    for name, steps in parsed.items():
        lacks = unmet(steps, workload.resources)
        if lacks:
            left_out[name] = "; ".join(lacks)
            continue
        try:
            system = await build(steps, workload.baseline, workload.resources, caller)
        except InputError as error:
            left_out[name] = "; ".join(problem.message.removeprefix(f"{name} ") for problem in error.problems)
            continue
        techniques = {step.recipe.technique for step in steps}
        arms.append(
            Arm(
                name=name,
                system=system,
                technique=techniques.pop() if len(techniques) == 1 else None,
                stress=any(step.recipe.stress for step in steps),
                diff=system.diff(workload.baseline),
            )
        )
    return tuple(arms), left_out

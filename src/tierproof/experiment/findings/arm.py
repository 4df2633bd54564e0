"""Arms: the baseline and what it is compared with, built from names.

Enters: a workload and names of arms.  Leaves: arms with their systems, and the names that cannot be built, each with
what the workload lacks.  Must not know how arms are run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from tierproof.errors import InputError, Problem
from tierproof.experiment.workload.workload import Workload
from tierproof.messages import Message, headless, joined
from tierproof.systems.models.chat import ChatCaller
from tierproof.systems.system import System
from tierproof.systems.training.bench import Workshop
from tierproof.systems.training.side_by_side import in_turn
from tierproof.techniques import build, parse_arm, recipes, unmet

__all__ = ["BASELINE_NAME", "Arm", "Options", "build_arms", "control_of", "controls_of", "names_of", "opponent_of"]

BASELINE_NAME = "baseline"
CONTROL_DRAWS = 2**20
"""Beyond all draws that answers to an item take; a seed that is raised by as much still fits an endpoint's integers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Arm:
    """One system in an experiment."""

    name: str
    system: System
    technique: str | None = None
    """The one technique that tells it from the baseline; None for the baseline and for combinations."""
    stress: bool = False
    """Under an adverse condition."""
    control: bool = False
    """The baseline itself, asked anew: it shows what chance alone makes of a difference."""
    whole: bool = False
    """A whole system, which stands in the baseline's place: the other arms lack a part of it."""
    lacks: str = ""
    """The part of the whole that it lacks."""
    parts: tuple[str, ...] = ()
    """Techniques that tell it from the workload's baseline."""
    first_draw: int = 0
    """Number of its first answer to an item among the draws of a request: arms whose requests are equal share those of
    one number."""
    diff: tuple[str, ...] = ()
    """Lines that tell its system from the baseline's."""

    @property
    def leads(self) -> bool:
        """The others are compared with it."""
        return self.whole or self.name == BASELINE_NAME


def control_of(baseline: Arm) -> Arm:
    """The baseline once more, with draws of its own."""
    return Arm(
        name=f"{baseline.name}, asked anew",
        system=baseline.system,
        control=True,
        parts=baseline.parts,
        first_draw=CONTROL_DRAWS,
    )


def controls_of(arms: Sequence[Arm]) -> dict[int, int]:
    """Places of the controls, each with the baseline's."""
    return {place: 0 for place, arm in enumerate(arms) if arm.control}


def names_of(workload: Workload, wanted: Iterable[str] = ()) -> tuple[str, ...]:
    """Names of the arms to run: those wanted, else those that the workload asks for, else every technique's usual way.

    A wanted technique without further words stands for its usual way.  Duplicates are dropped.
    """
    chosen = tuple(wanted) or workload.arms or tuple(name for name, one in recipes().items() if not one.variant)
    return tuple(dict.fromkeys(name.strip() for name in chosen if name.strip()))


async def build_arms(
    workload: Workload,
    names: Iterable[str],
    caller: ChatCaller | None = None,
    workshop: Workshop | None = None,
) -> tuple[tuple[Arm, ...], dict[str, str]]:
    """The baseline first, then an arm a name; and for each name that cannot be built, why.

    Raises InputError for a name that is no technique: a slip is told at once, a lack goes on without the arm.
    """
    wanted = [name for name in names if name != BASELINE_NAME]
    for name in wanted:
        parse_arm(name)
    arms = [Arm(name=BASELINE_NAME, system=workload.baseline)]
    left_out: dict[str, str] = {}
    built = 0
    # An arm that was built brings its opponent, which is built after those that were wanted.
    while built < len(wanted):
        new = wanted[built:]
        built += len(new)
        found = await in_turn([partial(_built, name, workload, caller, workshop) for name in new])
        for name, one in zip(new, found, strict=True):
            if isinstance(one, str):
                left_out[name] = one
                continue
            arms.append(one)
            opponent = opponent_of(name, workload.resources.options)
            if opponent and opponent not in wanted:
                wanted.append(opponent)
    return tuple(arms), left_out


async def _built(name: str, workload: Workload, caller: ChatCaller | None, workshop: Workshop | None) -> Arm | str:
    """The arm, or why it cannot be built."""
    steps = parse_arm(name)
    lacks = unmet(steps, workload.resources)
    if lacks:
        return joined("; ", lacks)
    try:
        system = await build(steps, workload.baseline, workload.resources, caller, workshop)
    except InputError as error:
        return joined("; ", (_reason(name, problem) for problem in error.problems))
    techniques = {step.recipe.technique for step in steps}
    used = tuple(sorted(techniques))
    return Arm(
        name=name,
        system=system,
        technique=techniques.pop() if len(techniques) == 1 else None,
        stress=any(step.recipe.stress for step in steps),
        parts=used,
        diff=system.diff(workload.baseline),
    )


def _reason(arm: str, problem: Problem) -> str:
    """Why an arm is left out, and what would be right; its name is said beside."""
    message = headless(problem.message, arm)
    return Message("{told} ({remedy})", told=message, remedy=problem.remedy) if problem.remedy else message


Options = Mapping[str, Mapping[str, Any]]
"""Options that a workload states, by the names of recipes."""


def opponent_of(name: str, stated: Options, *, instead: bool = False) -> str:
    """Name of the arm that shows what this one's technique adds, where that is not the baseline; empty: it is.

    `instead`: of the arm that reaches the same end in another way.  Options that both have are as this arm has them, so
    that the two differ in the technique alone; the name tells those that the opponent would not have by itself.
    """
    steps = parse_arm(name)
    if len(steps) != 1:
        return ""
    recipe = steps[0].recipe
    other = recipe.instead_of if instead else recipe.against
    if not other:
        return ""
    mine = {**recipe.options, **stated.get(recipe.name, {}), **steps[0].options}
    its = {**parse_arm(other)[0].recipe.options, **stated.get(other, {})}
    options = ", ".join(f"{key}={mine[key]}" for key, value in its.items() if key in mine and mine[key] != value)
    return f"{other}({options})" if options else other

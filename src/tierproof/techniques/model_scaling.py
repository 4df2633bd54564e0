"""The next larger model of the workload's ladder in place of the system's own."""

from __future__ import annotations

from tierproof.errors import InputError, Problem
from tierproof.systems.register.registry import technique
from tierproof.systems.resources import Resources
from tierproof.systems.system import System

__all__ = ["larger_model"]


@technique("model-scaling", needs=("several-models",))
def larger_model(system: System, resources: Resources, *, steps: int = 1) -> System:
    """The next larger model of the ladder; negative steps go down."""
    ladder = [spec.name for spec in resources.models]
    if system.model not in ladder:
        message = f"model '{system.model}' is no step of the ladder"
        raise InputError(Problem(field="arm", message=message, remedy=f"the ladder: {', '.join(ladder)}"))
    place = ladder.index(system.model) + steps
    if not 0 <= place < len(ladder):
        end = "largest" if steps > 0 else "smallest"
        message = f"'{system.model}' is {'' if abs(steps) == 1 else 'too near '}the {end} model of the ladder"
        raise InputError(Problem(field="arm", message=message, remedy="add a [[models]] table, from small to large"))
    return system.with_model(ladder[place])

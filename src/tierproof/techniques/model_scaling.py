"""The next larger model of the workload's ladder in place of the system's own."""

from __future__ import annotations

from tierproof.errors import InputError
from tierproof.messages import Message
from tierproof.systems.register.registry import technique
from tierproof.systems.resources import Resources
from tierproof.systems.system import System

__all__ = ["larger_model"]


@technique("model-scaling", needs=("several-models",))
def larger_model(system: System, resources: Resources, *, steps: int = 1) -> System:
    """The next larger model of the ladder; negative steps go down."""
    ladder = [spec.name for spec in resources.models]
    if system.model not in ladder:
        message = Message("model '{model}' is no step of the ladder", model=system.model)
        raise InputError.of(message, remedy=Message("the ladder: {ladder}", ladder=", ".join(ladder)), field="arm")
    place = ladder.index(system.model) + steps
    if not 0 <= place < len(ladder):
        if abs(steps) == 1 and steps > 0:
            message = Message("'{model}' is the largest model of the ladder", model=system.model)
        elif abs(steps) == 1:
            message = Message("'{model}' is the smallest model of the ladder", model=system.model)
        elif steps > 0:
            message = Message("'{model}' is too near the largest model of the ladder", model=system.model)
        else:
            message = Message("'{model}' is too near the smallest model of the ladder", model=system.model)
        raise InputError.of(message, remedy=Message("add a [[models]] table, from small to large"), field="arm")
    return system.with_model(ladder[place])

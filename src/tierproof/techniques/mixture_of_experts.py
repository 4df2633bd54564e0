"""A sparse model in place of the dense one: an endpoint or checkpoint that is sparse, or the dense one made so here.

Made here (sparse upcycling; Komatsuzaki et al., ICLR 2023), it is trained on as `instruction-fine-tuning` trains the
dense one, so that arm is its fair opponent.  What a sparse model gains by pretraining, only a checkpoint can show.
"""

from __future__ import annotations

from typing import Any

from tierproof.errors import InputError
from tierproof.messages import Message
from tierproof.systems.models.chat import ChatCaller
from tierproof.systems.register.registry import technique, trainer
from tierproof.systems.resources import Resources
from tierproof.systems.system import System
from tierproof.systems.training import Experts, Job, checked, dials_of
from tierproof.systems.training.bench import Workshop, bench, lessons, on_disk, swapped

__all__ = ["sparse", "upcycled"]

ID = "mixture-of-experts"


@technique(ID)
def sparse(system: System, resources: Resources) -> System:
    """A sparse model in place of the dense one."""
    other = swapped(ID, system, resources)
    if other is None:
        message = Message(
            "{id} needs an endpoint that serves a sparse model for '{model}', or one on disk", id=ID, model=system.model
        )
        remedy = Message(
            'add a [[models]] table with technique = "{id}" and of = "{model}", or measure {id}/upcycled',
            id=ID,
            model=system.model,
        )
        raise InputError.of(message, remedy=remedy, field="arm")
    return other


@trainer(ID, dials_of(Experts, "experts", "active"), variant="upcycled", instead_of="instruction-fine-tuning")
async def upcycled(
    system: System, resources: Resources, caller: ChatCaller | None, workshop: Workshop | None, **dials: Any
) -> System:
    """The dense model made sparse and trained on."""
    base, folder = on_disk(ID, system, resources, workshop)
    recipe = checked(Experts, dials)
    job = Job(base=folder, recipe=recipe, examples=lessons(system, resources))
    return system.with_model(await bench(workshop, ID).made(base, job, f"{recipe.experts} experts"))

"""All weights taught but the embedding table; where it is tied to the output layer, that is frozen with it."""

from __future__ import annotations

from typing import Any

from tierproof.systems.models.chat import ChatCaller
from tierproof.systems.register.registry import trainer
from tierproof.systems.resources import Resources
from tierproof.systems.system import System
from tierproof.systems.training import Job, Tuning, checked, dials_of
from tierproof.systems.training.bench import Workshop, bench, lessons, on_disk

__all__ = ["frozen"]

ID = "embedding-freezing"


@trainer(ID, dials_of(Tuning, "longest"), against="instruction-fine-tuning")
async def frozen(
    system: System, resources: Resources, caller: ChatCaller | None, workshop: Workshop | None, **dials: Any
) -> System:
    """Taught on train.jsonl with the embedding table frozen."""
    base, folder = on_disk(ID, system, resources, workshop)
    recipe = checked(Tuning, {**dials, "frozen": "embeddings"})
    job = Job(base=folder, recipe=recipe, examples=lessons(system, resources))
    return system.with_model(await bench(workshop, ID).made(base, job, "frozen embeddings"))

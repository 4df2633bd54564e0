"""All weights taught but the embedding table; where it is tied to the output layer, that is frozen with it."""

from __future__ import annotations

from tierproof.systems.models.chat import ChatCaller
from tierproof.systems.registry import technique
from tierproof.systems.resources import Resources
from tierproof.systems.system import System
from tierproof.systems.training import Job, Tuning, checked
from tierproof.systems.workshop import Workshop, bench, lessons, on_disk

__all__ = ["frozen"]

ID = "embedding-freezing"


@technique(ID, trains=True, needs=("weights", "training-data"), against="instruction-fine-tuning")
async def frozen(
    system: System,
    resources: Resources,
    caller: ChatCaller | None,
    workshop: Workshop | None,
    *,
    epochs: float = 3.0,
    learning_rate: float = 0.0,
    batch: int = 16,
    longest: int = 1024,
    seed: int = 0,
) -> System:
    """Taught on train.jsonl with the embedding table frozen."""
    base, folder = on_disk(ID, system, resources, workshop)
    dials = {"epochs": epochs, "learning_rate": learning_rate, "batch": batch, "longest": longest, "seed": seed}
    recipe = checked(Tuning, {**dials, "frozen": "embeddings"})
    job = Job(base=folder, recipe=recipe, examples=lessons(system, resources))
    return system.with_model(await bench(workshop, ID).made(base, job, "frozen embeddings"))

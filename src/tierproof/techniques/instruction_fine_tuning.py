"""The model taught on the workload's examples: all its weights here, or by the provider that serves it."""

from __future__ import annotations

from typing import Any

from tierproof.errors import InputError
from tierproof.messages import Message
from tierproof.systems.models.chat import ChatCaller
from tierproof.systems.register.registry import technique, trainer
from tierproof.systems.resources import Resources
from tierproof.systems.system import System
from tierproof.systems.training import Job, Tuning, checked, dials_of
from tierproof.systems.training.bench import Workshop, bench, lessons, on_disk

__all__ = ["fine_tuned", "hosted"]

ID = "instruction-fine-tuning"


@trainer(ID, dials_of(Tuning, "steps", "longest", "held_out"))
async def fine_tuned(
    system: System, resources: Resources, caller: ChatCaller | None, workshop: Workshop | None, **dials: Any
) -> System:
    """All weights taught on train.jsonl."""
    base, folder = on_disk(ID, system, resources, workshop)
    job = Job(base=folder, recipe=checked(Tuning, dials), examples=lessons(system, resources))
    return system.with_model(await bench(workshop, ID).made(base, job, "fine-tuned"))


@technique(ID, variant="hosted", trains=True, needs=("training-data",))
async def hosted(
    system: System,
    resources: Resources,
    caller: ChatCaller | None,
    workshop: Workshop | None,
    *,
    epochs: int = 3,
    training_price: float = -1.0,
    input_price: float = -1.0,
    output_price: float = -1.0,
    most_usd: float = 0.0,
    seed: int = 0,
) -> System:
    """Taught by the provider (files and fine_tuning.jobs of the OpenAI API).  Prices are USD a million tokens."""
    base = next((one for one in resources.models if one.name == system.model), None)
    if base is None or base.weights is not None:
        message = Message(
            "{id}/hosted needs a model that its provider serves, and '{model}' is none", id=ID, model=system.model
        )
        raise InputError.of(message, remedy=Message("measure {id}", id=ID), field="arm")
    prices = {"training_price": training_price, "input_price": input_price, "output_price": output_price}
    missing = [name for name, price in prices.items() if price < 0]
    if missing:
        message = Message("{id}/hosted: {missing} not known", id=ID, missing=", ".join(missing))
        remedy = Message('state them under [options."{id}/hosted"] in workload.toml, in USD a million tokens', id=ID)
        raise InputError.of(message, remedy=remedy, field="arm")
    taught = lessons(system, resources)
    name = await bench(workshop, ID).tuned_elsewhere(
        base, taught, epochs=epochs, seed=seed, most_usd=most_usd, **prices
    )
    return system.with_model(name)

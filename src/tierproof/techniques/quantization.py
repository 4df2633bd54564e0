"""Weights in fewer bits: an endpoint that has them, or the model's own weights rounded here.

Here: groups rounded to the nearest step, without calibration, and restored when they are loaded.  That shows what
rounding does to quality and to the memory of the weights; time shows on an endpoint with kernels for few bits.
"""

from __future__ import annotations

from tierproof.systems.models.chat import ChatCaller
from tierproof.systems.register.registry import technique
from tierproof.systems.resources import Resources
from tierproof.systems.system import System
from tierproof.systems.training import Job, Quantised, checked
from tierproof.systems.training.bench import Workshop, bench, on_disk, swapped

__all__ = ["quantization"]

ID = "quantization"


@technique(ID, trains=True)
async def quantization(
    system: System,
    resources: Resources,
    caller: ChatCaller | None,
    workshop: Workshop | None,
    *,
    bits: int = 8,
    group: int = 32,
) -> System:
    """The model with its weights in fewer bits: 8 or 4."""
    other = swapped(ID, system, resources)
    if other is not None:
        return other
    base, folder = on_disk(ID, system, resources, workshop, swap=True)
    recipe = checked(Quantised, {"bits": bits, "group": group})
    return system.with_model(await bench(workshop, ID).made(base, Job(base=folder, recipe=recipe), f"{bits}-bit"))

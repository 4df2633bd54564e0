"""Low-rank changes of the linear layers, taught on the workload's examples (Hu et al., ICLR 2022)."""

from __future__ import annotations

from typing import Any

from tierproof.systems.models.chat import ChatCaller
from tierproof.systems.register.registry import trainer
from tierproof.systems.resources import Resources
from tierproof.systems.system import System
from tierproof.systems.training import Job, Lora, checked, dials_of
from tierproof.systems.training.bench import Workshop, bench, lessons, on_disk

__all__ = ["adapted", "adapted_quantised"]

ID = "lora"


@trainer(ID, dials_of(Lora, "longest"), instead_of="instruction-fine-tuning")
async def adapted(
    system: System,
    resources: Resources,
    caller: ChatCaller | None,
    workshop: Workshop | None,
    *,
    rank: int = 16,
    **dials: Any,
) -> System:
    """Adapters taught on train.jsonl and merged into the weights."""
    return await _adapted(system, resources, workshop, rank, dials)


@trainer(ID, dials_of(Lora), variant="qlora", instead_of="instruction-fine-tuning")
async def adapted_quantised(
    system: System,
    resources: Resources,
    caller: ChatCaller | None,
    workshop: Workshop | None,
    *,
    rank: int = 16,
    **dials: Any,
) -> System:
    """Adapters taught on a base in four bits; needs CUDA."""
    return await _adapted(system, resources, workshop, rank, {**dials, "quantised": True})


async def _adapted(
    system: System, resources: Resources, workshop: Workshop | None, rank: int, dials: dict[str, Any]
) -> System:
    base, folder = on_disk(ID, system, resources, workshop)
    recipe = checked(Lora, {"rank": rank, "alpha": 2.0 * rank, **dials})
    job = Job(base=folder, recipe=recipe, examples=lessons(system, resources))
    label = f"{'q' if recipe.quantised else ''}lora rank {rank}"
    return system.with_model(await bench(workshop, ID).made(base, job, label))

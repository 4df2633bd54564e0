"""Low-rank changes of the linear layers, taught on the workload's examples (Hu et al., ICLR 2022)."""

from __future__ import annotations

from tierproof.systems.models.chat import ChatCaller
from tierproof.systems.registry import technique
from tierproof.systems.resources import Resources
from tierproof.systems.system import System
from tierproof.systems.training import Job, Lora, checked
from tierproof.systems.workshop import Workshop, bench, lessons, on_disk

__all__ = ["adapted", "adapted_quantised"]

ID = "lora"


@technique(ID, trains=True, needs=("weights", "training-data"), instead_of="instruction-fine-tuning")
async def adapted(
    system: System,
    resources: Resources,
    caller: ChatCaller | None,
    workshop: Workshop | None,
    *,
    rank: int = 16,
    epochs: float = 3.0,
    learning_rate: float = 0.0,
    batch: int = 16,
    longest: int = 1024,
    seed: int = 0,
) -> System:
    """Adapters taught on train.jsonl and merged into the weights."""
    dials = {"rank": rank, "alpha": 2.0 * rank, "epochs": epochs, "learning_rate": learning_rate}
    return await _adapted(system, resources, workshop, {**dials, "batch": batch, "longest": longest, "seed": seed})


@technique(ID, variant="qlora", trains=True, needs=("weights", "training-data"), instead_of="instruction-fine-tuning")
async def adapted_quantised(
    system: System,
    resources: Resources,
    caller: ChatCaller | None,
    workshop: Workshop | None,
    *,
    rank: int = 16,
    epochs: float = 3.0,
    learning_rate: float = 0.0,
    batch: int = 16,
    seed: int = 0,
) -> System:
    """Adapters taught on a base in four bits; needs CUDA."""
    dials = {"rank": rank, "alpha": 2.0 * rank, "epochs": epochs, "learning_rate": learning_rate, "quantised": True}
    return await _adapted(system, resources, workshop, {**dials, "batch": batch, "seed": seed})


async def _adapted(
    system: System, resources: Resources, workshop: Workshop | None, dials: dict[str, float | int | bool]
) -> System:
    base, folder = on_disk(ID, system, resources, workshop)
    job = Job(base=folder, recipe=checked(Lora, dials), examples=lessons(system, resources))
    label = f"{'q' if dials.get('quantised') else ''}lora rank {dials['rank']}"
    return system.with_model(await bench(workshop, ID).made(base, job, label))

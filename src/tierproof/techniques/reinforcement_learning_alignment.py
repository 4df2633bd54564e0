"""A tuned model trained further on preferences (DPO), or on a reward that a program checks (GRPO)."""

from __future__ import annotations

from tierproof.systems.models.chat import ChatCaller
from tierproof.systems.registry import technique
from tierproof.systems.resources import Resources
from tierproof.systems.system import System
from tierproof.systems.training import Job, Preferences, Rewards, checked
from tierproof.systems.workshop import Workshop, bench, lessons, on_disk

__all__ = ["on_preferences", "on_rewards"]

ID = "reinforcement-learning-alignment"


@technique(ID, trains=True, needs=("weights", "training-data"))
async def on_preferences(
    system: System,
    resources: Resources,
    caller: ChatCaller | None,
    workshop: Workshop | None,
    *,
    reward: str = "exact",
    samples: int = 4,
    beta: float = 0.1,
    epochs: float = 1.0,
    learning_rate: float = 0.0,
    batch: int = 16,
    prompts: int = 512,
    reply_tokens: int = 128,
    longest: int = 1024,
    seed: int = 0,
) -> System:
    """DPO on the model's own samples, right before wrong; reward: exact, number or overlap."""
    base, folder = on_disk(ID, system, resources, workshop)
    dials = {"reward": reward, "samples": samples, "beta": beta, "epochs": epochs, "learning_rate": learning_rate}
    dials |= {"batch": batch, "prompts": prompts, "reply_tokens": reply_tokens, "longest": longest, "seed": seed}
    recipe = checked(Preferences, {**dials, "mark": system.prompt.answer_mark})
    job = Job(base=folder, recipe=recipe, examples=lessons(system, resources))
    return system.with_model(await bench(workshop, ID).made(base, job, "DPO"))


@technique(ID, variant="grpo", trains=True, needs=("weights", "training-data"))
async def on_rewards(
    system: System,
    resources: Resources,
    caller: ChatCaller | None,
    workshop: Workshop | None,
    *,
    reward: str = "exact",
    group: int = 8,
    beta: float = 0.0,
    epochs: float = 1.0,
    learning_rate: float = 0.0,
    batch: int = 64,
    prompts: int = 512,
    reply_tokens: int = 128,
    longest: int = 1024,
    seed: int = 0,
) -> System:
    """GRPO on a checked reward: exact, number or overlap."""
    base, folder = on_disk(ID, system, resources, workshop)
    dials = {"reward": reward, "group": group, "beta": beta, "epochs": epochs, "learning_rate": learning_rate}
    dials |= {"batch": batch, "prompts": prompts, "reply_tokens": reply_tokens, "longest": longest, "seed": seed}
    recipe = checked(Rewards, {**dials, "mark": system.prompt.answer_mark})
    job = Job(base=folder, recipe=recipe, examples=lessons(system, resources))
    return system.with_model(await bench(workshop, ID).made(base, job, "GRPO"))

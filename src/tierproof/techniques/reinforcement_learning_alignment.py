"""A tuned model trained further on preferences (DPO), or on a reward that a program checks (GRPO)."""

from __future__ import annotations

from typing import Any

from tierproof.systems.models.chat import ChatCaller
from tierproof.systems.register.registry import trainer
from tierproof.systems.resources import Resources
from tierproof.systems.system import System
from tierproof.systems.training import Job, Preferences, Rewards, checked, dials_of
from tierproof.systems.training.bench import Workshop, bench, lessons, on_disk

__all__ = ["on_preferences", "on_rewards"]

ID = "reinforcement-learning-alignment"
PREFERRED = dials_of(Preferences, "reward", "samples", "beta", "prompts", "reply_tokens", epochs=1.0)
REWARDED = dials_of(Rewards, "reward", "group", "beta", "prompts", "reply_tokens", epochs=1.0, batch=64)


@trainer(ID, PREFERRED)
async def on_preferences(
    system: System, resources: Resources, caller: ChatCaller | None, workshop: Workshop | None, **dials: Any
) -> System:
    """DPO on the model's own samples, right before wrong; reward: exact, number or overlap."""
    base, folder = on_disk(ID, system, resources, workshop)
    recipe = checked(Preferences, {**PREFERRED, **dials, "mark": system.prompt.answer_mark})
    job = Job(base=folder, recipe=recipe, examples=lessons(system, resources))
    return system.with_model(await bench(workshop, ID).made(base, job, "DPO"))


@trainer(ID, REWARDED, variant="grpo")
async def on_rewards(
    system: System, resources: Resources, caller: ChatCaller | None, workshop: Workshop | None, **dials: Any
) -> System:
    """GRPO on a checked reward: exact, number or overlap."""
    base, folder = on_disk(ID, system, resources, workshop)
    recipe = checked(Rewards, {**REWARDED, **dials, "mark": system.prompt.answer_mark})
    job = Job(base=folder, recipe=recipe, examples=lessons(system, resources))
    return system.with_model(await bench(workshop, ID).made(base, job, "GRPO"))

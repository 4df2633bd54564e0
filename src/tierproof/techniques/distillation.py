"""A small model taught by a larger one of the workload: by its token probabilities, or by the answers that it gives.

Hinton, Vinyals and Dean 2015 (probabilities); Kim and Rush, EMNLP 2016 (answers).  The teacher's calls are paid from
the budget, under the purpose of building; they are no part of an answer's cost.
"""

from __future__ import annotations

import asyncio
from typing import Any

from tierproof.errors import InputError
from tierproof.messages import Message
from tierproof.systems.item import Item
from tierproof.systems.models.chat import ChatCaller, ModelSpec
from tierproof.systems.models.wire.refusals import CallFailed
from tierproof.systems.parts.direct import Direct
from tierproof.systems.register.registry import trainer
from tierproof.systems.resources import Resources
from tierproof.systems.system import System
from tierproof.systems.training import Conversation, Distillation, Job, Tuning, checked, dials_of
from tierproof.systems.training.bench import Workshop, bench, lessons, on_disk

__all__ = ["from_answers", "from_probabilities"]

ID = "distillation"


@trainer(ID, dials_of(Tuning), "several-models", instead_of="instruction-fine-tuning")
async def from_answers(
    system: System,
    resources: Resources,
    caller: ChatCaller | None,
    workshop: Workshop | None,
    *,
    teacher: str = "",
    most: int = 2000,
    **dials: Any,
) -> System:
    """Taught the answers that a larger model gives to the requests of train.jsonl; the largest, or the one named."""
    base, folder = on_disk(ID, system, resources, workshop)
    master = _teacher(teacher, base, resources)
    if caller is None:
        raise InputError.of(Message("{id} asks its teacher while it is built", id=ID), field="arm")
    asked = lessons(system, resources)[:most]
    taught = await _answers(system.with_model(master.name), asked, caller)
    job = Job(base=folder, recipe=checked(Tuning, dials), examples=taught)
    return system.with_model(await bench(workshop, ID).made(base, job, f"taught by {master.name}"))


@trainer(
    ID,
    dials_of(Distillation, "temperature", "weight"),
    "several-models",
    variant="probabilities",
    instead_of="instruction-fine-tuning",
)
async def from_probabilities(
    system: System,
    resources: Resources,
    caller: ChatCaller | None,
    workshop: Workshop | None,
    *,
    teacher: str = "",
    **dials: Any,
) -> System:
    """Taught the token probabilities of a larger model with weights and the same tokenizer."""
    base, folder = on_disk(ID, system, resources, workshop)
    master = _teacher(teacher, base, resources)
    if master.weights is None:
        message = Message("{id}/probabilities needs the weights of the teacher '{name}'", id=ID, name=master.name)
        raise InputError.of(message, remedy=Message("measure {id}, which asks for answers", id=ID), field="arm")
    recipe = checked(Distillation, {**dials, "teacher": str(master.weights)})
    job = Job(base=folder, recipe=recipe, examples=lessons(system, resources))
    return system.with_model(await bench(workshop, ID).made(base, job, f"probabilities of {master.name}"))


def _teacher(name: str, base: ModelSpec, resources: Resources) -> ModelSpec:
    """The model named, else the largest of the ladder."""
    chosen = next((one for one in resources.models if one.name == name), None) if name else resources.models[-1]
    if chosen is None or chosen.name == base.name:
        message = Message("{id}: '{name}' cannot teach '{student}'", id=ID, name=name or base.name, student=base.name)
        known = ", ".join(one.name for one in resources.models if one.name != base.name)
        raise InputError.of(message, remedy=Message("teacher: one of {known}", known=known), field="arm")
    return chosen


async def _answers(teacher: System, asked: tuple[Conversation, ...], caller: ChatCaller) -> tuple[Conversation, ...]:
    """The conversations with the teacher's answers in place of the known ones; those without an answer are left out."""

    # The conversations hold the prompt's words already.
    plain = System(model=teacher.model, steps=Direct(), decoding=teacher.decoding)

    async def answered(number: int, one: Conversation) -> Conversation | None:
        item = Item(id=f"lesson {number}", input=one.messages[:-1])
        try:
            answer = await plain.answer(item, caller, purpose=f"build {ID}")
        except CallFailed:
            return None
        if not answer.raw.strip() or answer.ended:
            return None
        return Conversation((*one.messages[:-1], {"role": "assistant", "content": answer.raw}))

    found = await asyncio.gather(*(answered(number, one) for number, one in enumerate(asked)))
    taught = tuple(one for one in found if one is not None)
    if not taught:
        message = Message("{id}: the teacher answered none of {n} requests to its end", id=ID, n=len(asked))
        remedy = Message("teacher: a model that is tuned to answer, or a higher max_tokens")
        raise InputError.of(message, remedy=remedy, field="arm")
    return taught

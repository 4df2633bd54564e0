"""Where techniques have models made: trained, rounded, or served with something before them.

Enters: a base model and what is to be made of it.  Leaves: the name of a model that can be called from then on.  Must
not know processes, caches or servers: `experiment.calls.workshop` has them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tierproof.errors import InputError
from tierproof.messages import Message
from tierproof.systems.item import Item
from tierproof.systems.models.chat import ModelSpec
from tierproof.systems.resources import Resources
from tierproof.systems.system import System
from tierproof.systems.training.data.examples import Conversation, conversation, without_items
from tierproof.systems.training.job import Job
from tierproof.systems.training.making.server import Served

__all__ = ["ON_DISK", "Workshop", "bench", "lessons", "lessons_and_texts", "on_disk", "swapped"]

ON_DISK = "http://local.invalid/v1"
"""Address of a model that is served from this disk: no host has it, calls go to the server (`ModelSpec.address`)."""


class Workshop(Protocol):
    def model(self, name: str) -> ModelSpec | None:
        """A model that was made or served here before, by its name."""
        ...

    async def made(self, base: ModelSpec, job: Job, label: str) -> str:
        """Run a job, or find what it made before.  Leaves the name of the model, which answers from now on.

        `label`: what the job does, in a word.  Raises InputError where it cannot be made.
        """
        ...

    async def served(self, base: ModelSpec, model: Served, label: str) -> str:
        """Serve a model that lies on this disk in another way.  Raises InputError where it cannot be."""
        ...

    async def tuned_elsewhere(
        self, base: ModelSpec, examples: Sequence[Conversation], **dials: float | int | str
    ) -> str:
        """Have the base's own provider tune it.  Raises InputError where it cannot be, or would cost too much."""
        ...


def bench(workshop: Workshop | None, id: str) -> Workshop:
    """The workshop.  Raises InputError where there is none."""
    if workshop is None:
        raise InputError.of(Message("{id} makes a model while it is built", id=id), field="arm")
    return workshop


def on_disk(
    id: str, system: System, resources: Resources, workshop: Workshop | None, *, swap: bool = False
) -> tuple[ModelSpec, str]:
    """The system's model, and the folder of its weights.  Raises InputError where they are not there.

    It may have been made by a technique before this one.

    `swap`: an endpoint that has the technique built in would have done as well.
    """
    spec = next((one for one in resources.models if one.name == system.model), None)
    if spec is None and workshop is not None:
        spec = workshop.model(system.model)
    if spec is not None and spec.weights is not None:
        return spec, str(spec.weights)
    message, remedy = (
        Message("{id} needs the weights of '{model}'", id=id, model=system.model),
        Message('state weights = "FOLDER" in its [[models]] table'),
    )
    if swap:
        message = Message(
            "{id} needs an endpoint that serves '{model}' with it, or the model's weights", id=id, model=system.model
        )
        remedy = Message(
            'add a [[models]] table with technique = "{id}" and of = "{model}", or {remedy}',
            id=id,
            model=system.model,
            remedy=remedy,
        )
    raise InputError.of(message, remedy=remedy, field="arm")


def lessons(system: System, resources: Resources) -> tuple[Conversation, ...]:
    """The training examples, asked as the system asks: the model learns on the prompts that it will be given.

    Those that ask what an item of the workload asks are left out.  Raises InputError if none is left.
    """
    return tuple(one for one, _ in lessons_and_texts(system, resources))


def lessons_and_texts(system: System, resources: Resources) -> list[tuple[Conversation, str]]:
    """The same, each with what the example itself holds, without what the system asks all of them with."""
    pairs = [
        (conversation(dict(turn) for turn in one.messages), "")
        if one.messages
        else (
            conversation(
                (
                    *(dict(turn) for turn in system.prompt.messages(Item(id="lesson", input=one.input))),
                    {"role": "assistant", "content": _answer(system, one.reasoning, one.output)},
                )
            ),
            "\n".join(part for part in (one.input, one.reasoning, one.output) if part),
        )
        for one in resources.train
    ]
    # Items are compared as they are asked, and as they stand in the file.
    asked = [item.text for item in resources.requests]
    asked += [str(system.prompt.messages(item)[-1].get("content") or "") for item in resources.requests]
    left = set(map(id, without_items([one for one, _ in pairs], asked)))
    if not left:
        message = Message("every example of train.jsonl asks what an item of the workload asks")
        raise InputError.of(message, remedy=Message("learn from other requests than are measured"), field="arm")
    return [(one, own or one.text) for one, own in pairs if id(one) in left]


def _answer(system: System, reasoning: str, output: str) -> str:
    mark = system.prompt.answer_mark
    return "\n".join(part for part in (reasoning, f"{mark} {output}".strip()) if part)


def swapped(id: str, system: System, resources: Resources) -> System | None:
    """The system with its model's other endpoint, where the workload names one that has the technique built in."""
    other = resources.swaps.get(id, {}).get(system.model)
    return None if other is None else system.with_model(other)

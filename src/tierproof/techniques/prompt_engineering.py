"""Other words around the item: solved examples, chosen for all items or for each; instructions, written or induced.

Brown et al., NeurIPS 2020 (few-shot); Liu et al., DeeLIO 2022 (similar examples); Honovich et al., ACL 2023
(instructions induced from examples).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from tierproof.errors import InputError
from tierproof.messages import Message
from tierproof.systems.item import Item
from tierproof.systems.models.chat import ChatCaller, ChatRequest, user_message
from tierproof.systems.parts.prompt import Example, FixedExamples, Passage
from tierproof.systems.parts.retrieval import WordRetriever
from tierproof.systems.register.registry import technique, unfit
from tierproof.systems.resources import Resources
from tierproof.systems.system import System

__all__ = ["SimilarExamples", "few_shot", "induced_instructions", "instructions", "similar_shots"]

ID = "prompt-engineering"
INDUCE = (
    "Below are requests with the answers that are wanted.  Write the instructions that would lead a careful person, "
    "who sees only a request, to the wanted answer in the wanted form.  State the task, what to watch for, and the "
    "exact form of the answer.  Write the instructions alone."
)


@technique(ID, needs=("examples",))
def few_shot(system: System, resources: Resources, *, shots: int = 4) -> System:
    """Shown the first examples."""
    return system.with_prompt(
        examples=FixedExamples(resources.unasked(resources.examples, "examples.jsonl")[: _above_0(shots)])
    )


@technique(ID, variant="similar-examples", needs=("examples",))
def similar_shots(system: System, resources: Resources, *, shots: int = 4) -> System:
    """Shown the examples whose words are most like the item's."""
    return system.with_prompt(
        examples=SimilarExamples(resources.unasked(resources.examples, "examples.jsonl"), _above_0(shots))
    )


@technique(ID, variant="instructions")
def instructions(system: System, resources: Resources, *, text: str = "") -> System:
    """Given the instructions that the workload states in its options."""
    if not text:
        remedy = Message('write the instructions: [options."{id}/instructions"] text = """..."""', id=ID)
        raise InputError.of(Message("{id}/instructions needs a text", id=ID), remedy=remedy, field="options")
    return system.with_prompt(template=f"{text}\n\n{system.prompt.template}")


@technique(ID, variant="induced", needs=("examples",))
async def induced_instructions(
    system: System, resources: Resources, caller: ChatCaller, *, shots: int = 8, writer: str = ""
) -> System:
    """Given instructions that a model wrote from the examples."""
    shown = "\n\n".join(
        f"Request: {example.input}\nWanted: {example.output}"
        for example in resources.unasked(resources.examples, "examples.jsonl")[: _above_0(shots)]
    )
    request = ChatRequest(model=writer or system.model, messages=(user_message(f"{INDUCE}\n\n{shown}"),))
    reply = await caller.call(request, purpose=f"build {ID}/induced")
    if not reply.text.strip():
        raise InputError.of(Message("{id}/induced: the model wrote no instructions", id=ID), field="arm")
    return system.with_prompt(template=f"{reply.text.strip()}\n\n{system.prompt.template}")


@dataclass(frozen=True, slots=True)
class SimilarExamples:
    """The examples that BM25 finds nearest to an item, the nearest last, where models look most."""

    examples: tuple[Example, ...]
    shots: int
    _retriever: WordRetriever = dataclasses.field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        passages = tuple(Passage(text=one.input, source=str(place)) for place, one in enumerate(self.examples))
        object.__setattr__(self, "_retriever", WordRetriever(passages=passages, top=self.shots))

    def __str__(self) -> str:
        return f"the {self.shots} most similar of {len(self.examples)} examples"

    def chosen(self, item: Item) -> Sequence[Example]:
        found = [self.examples[int(passage.source)] for passage in self._retriever.nearest(item.text)]
        return found[::-1] or self.examples[: self.shots]


def _above_0(shots: int) -> int:
    if shots < 1:
        raise unfit(ID, "shots", shots, Message("make it 1 or more"))
    return shots

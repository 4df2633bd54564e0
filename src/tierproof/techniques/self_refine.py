"""An answer, a critique of it, a better answer: with the model's own critique, or with feedback from outside.

Madaan et al., "Self-Refine", NeurIPS 2023.  Outside feedback is a check that needs no target: does the answer keep to
the workload's schema or grammar?  Huang et al., ICLR 2024, find that without such feedback models rarely mend their
reasoning, so the two are measured apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tierproof.systems.item import Item
from tierproof.systems.models.chat import user_message
from tierproof.systems.parts.constraint import checker
from tierproof.systems.parts.session import Session
from tierproof.systems.register.registry import technique
from tierproof.systems.resources import Resources
from tierproof.systems.system import Draft, Steps, System, ended_of

__all__ = ["CheckedRefine", "Refine", "refine", "refine_with_check"]

ID = "chain-of-thought"
FINE = "NO CHANGE"
CRITICISE = (
    "Look at your answer again as a strict reviewer.  Check every step and every fact and the form asked for.  "
    f"List what is wrong.  If nothing is, write exactly {FINE}."
)
REVISE = "Write the answer again, with what you found put right, in the form first asked for."


@technique(ID, variant="self-refine")
def refine(system: System, resources: Resources, *, rounds: int = 1) -> System:
    """The model criticises and rewrites its own answer."""
    return system.with_steps(Refine(of=system.steps, rounds=rounds))


@technique(ID, variant="checked-refine", needs=("grammar",))
def refine_with_check(system: System, resources: Resources, *, rounds: int = 2) -> System:
    """The model rewrites its answer while it breaks the schema or grammar, told how."""
    check = Check(checker(resources.schema, resources.grammar))
    return system.with_steps(CheckedRefine(of=system.steps, rounds=rounds, check=check))


@dataclass(frozen=True, kw_only=True, slots=True)
class Refine:
    of: Steps
    rounds: int

    async def take(self, system: System, item: Item, session: Session) -> Draft:
        draft = await self.of.take(system, item, session)
        for _ in range(self.rounds):
            criticism = await system.ask((*draft.messages, user_message(CRITICISE)), session, response_format=None)
            if FINE in criticism.text.upper():
                break
            asked = f"What a reviewer found in your answer:\n\n{criticism.text}\n\n{REVISE}"
            draft = await _again(system, draft, asked, session)
        return draft


@dataclass(frozen=True, slots=True)
class Check:
    """A test of an answer; leaves what is wrong, or nothing."""

    function: Callable[[str], str]

    def __str__(self) -> str:
        return "schema or grammar of the workload"


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedRefine:
    of: Steps
    rounds: int
    check: Check

    async def take(self, system: System, item: Item, session: Session) -> Draft:
        draft = await self.of.take(system, item, session)
        for _ in range(self.rounds):
            wrong = self.check.function(system.read(draft.text))
            if not wrong:
                break
            session.note("decision", "check", wrong)
            asked = f"Your answer was checked by a program, which says:\n\n{wrong}\n\n{REVISE}"
            draft = await _again(system, draft, asked, session)
        return draft


async def _again(system: System, draft: Draft, asked: str, session: Session) -> Draft:
    messages = (*draft.messages, user_message(asked))
    reply = await system.ask(messages, session)
    turn = {"role": "assistant", "content": reply.text}
    return Draft(text=reply.text, messages=(*messages, turn), ended=ended_of(reply))

"""Steps written down before the answer: in one reply, by example, after a plan, or revised.

Wei et al., NeurIPS 2022 (examples); Kojima et al., NeurIPS 2022 (zero-shot); Wang et al., ACL 2023 (plan and solve).
"""

from __future__ import annotations

from dataclasses import dataclass

from tierproof.errors import InputError
from tierproof.messages import Message
from tierproof.systems.item import Item
from tierproof.systems.models.chat import user_message
from tierproof.systems.parts.prompt import FixedExamples
from tierproof.systems.parts.session import Session
from tierproof.systems.register.registry import technique
from tierproof.systems.resources import Resources
from tierproof.systems.system import Draft, Steps, System

__all__ = ["MARK", "PlanFirst", "by_example", "plan_then_answer", "zero_shot"]

ID = "chain-of-thought"
MARK = "Answer:"
THINK = "Think step by step."
FORM = f"Then give the final answer alone, in the form asked for, on a last line that begins with '{MARK}'."
ASK_PLAN = "Do not answer yet.  Write a short plan: the steps that lead to the answer, and what each must check."


def marked(system: System) -> System:
    """The system asked to mark its answer, unless it is already: what is scored is what follows the mark."""
    if system.prompt.answer_mark:
        return system
    return system.with_closing(FORM).with_prompt(answer_mark=MARK)


@technique(ID)
def zero_shot(system: System, resources: Resources) -> System:
    """Asked to think step by step."""
    return marked(system.with_closing(THINK))


@technique(ID, variant="few-shot", needs=("examples",))
def by_example(system: System, resources: Resources, *, shots: int = 4) -> System:
    """Shown examples whose steps are written down."""
    worked = tuple(example for example in resources.examples if example.reasoning)[:shots]
    if not worked:
        message = Message("none of the examples has its steps written down")
        raise InputError.of(message, remedy=Message("give some lines a 'reasoning' field"), field="examples")
    return marked(system.with_closing(THINK)).with_prompt(examples=FixedExamples(worked), show_reasoning=True)


@technique(ID, variant="plan")
def plan_then_answer(system: System, resources: Resources) -> System:
    """A plan in a call of its own, then the answer along it."""
    return marked(system.with_steps(PlanFirst(of=system.steps)))


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanFirst:
    of: Steps

    async def take(self, system: System, item: Item, session: Session) -> Draft:
        # The closing asks for an answer in some form, which is not wanted yet.
        messages = system.with_prompt(closing=()).prompt.messages(item)
        plan = await system.ask((*messages, user_message(ASK_PLAN)), session, response_format=None)
        session.note("decision", "plan", plan.text)
        return await self.of.take(_along(system, plan.text), item, session)


def _along(system: System, plan: str) -> System:
    # The plan stands before the closing, so that the form of the answer is what is read last.
    closing = (f"Follow this plan:\n\n{plan}", *system.prompt.closing)
    return system.with_prompt(closing=closing)

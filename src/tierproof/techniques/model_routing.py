"""A small model answers first, and a large one only where the small one is not sure.

Chen, Zaharia and Zou, "FrugalGPT", 2023; confidence stated by the model (Tian et al., EMNLP 2023), by agreement of its
answers (Yue et al., ICLR 2024), or from its tokens' probabilities.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from tierproof.messages import Message
from tierproof.systems.item import Item
from tierproof.systems.models.chat import user_message
from tierproof.systems.parts.session import Session
from tierproof.systems.register.registry import technique, unfit
from tierproof.systems.resources import Resources
from tierproof.systems.system import Draft, Steps, System
from tierproof.techniques.test_time_compute import drafts_of, majority, varied

__all__ = ["Cascade", "by_agreement", "by_probability", "by_statement"]

ID = "model-routing"
HOW_SURE = "How likely is it that your answer is right?  Reply with a whole number from 0 to 100 alone."
PERCENT = re.compile(r"\d+(?:\.\d+)?")


@technique(ID, needs=("several-models",))
def by_statement(system: System, resources: Resources, *, threshold: float = 0.8) -> System:
    """The large model answers where the small one says it is not sure."""
    return _cascade(system, resources, threshold, "stated", 1)


@technique(ID, variant="vote", needs=("several-models",))
def by_agreement(system: System, resources: Resources, *, threshold: float = 0.7, samples: int = 3) -> System:
    """The large model answers where the small one's answers differ."""
    if samples < 2:
        raise unfit(f"{ID}/vote", "samples", samples, Message("make it 2 or more"))
    return _cascade(system, resources, threshold, "vote", samples)


@technique(ID, variant="probability", needs=("several-models",))
def by_probability(system: System, resources: Resources, *, threshold: float = 0.9) -> System:
    """The large model answers where the small one's tokens were unlikely (logprobs)."""
    return _cascade(system, resources, threshold, "probability", 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cascade:
    of: Steps
    first: str
    """The small model."""
    threshold: float
    """Least confidence, from 0 to 1, at which the small model's answer is kept."""
    confidence: Literal["stated", "vote", "probability"]
    samples: int = 1

    async def take(self, system: System, item: Item, session: Session) -> Draft:
        small = system.with_model(self.first)
        draft, sure = await self._first(small, item, session)
        kept = sure is not None and sure >= self.threshold
        said = "no confidence" if sure is None else f"confidence {sure:.2f}"
        session.note("decision", "cascade", f"{self.first if kept else system.model} answers: {said}")
        return draft if kept else await self.of.take(system, item, session)

    async def _first(self, small: System, item: Item, session: Session) -> tuple[Draft, float | None]:
        if self.confidence == "vote":
            drafts = await drafts_of(self.of, self.samples, varied(small), item, session)
            place, agreed = majority([small.read(draft.text) for draft in drafts])
            return drafts[place], agreed / self.samples
        if self.confidence == "probability":
            draft = await self.of.take(small.with_decoding(logprobs=True), item, session)
            return draft, draft.confidence
        draft = await self.of.take(small, item, session)
        reply = await small.ask((*draft.messages, user_message(HOW_SURE)), session, response_format=None)
        found = PERCENT.search(reply.text)
        percent = float(found[0]) if found else -1.0
        return draft, percent / 100 if 0 <= percent <= 100 else None


def _cascade(
    system: System,
    resources: Resources,
    threshold: float,
    confidence: Literal["stated", "vote", "probability"],
    samples: int,
) -> System:
    if not 0 <= threshold <= 1:
        raise unfit(ID, "threshold", threshold, Message("from 0 to 1"))
    ladder = [spec.name for spec in resources.models]
    smallest = ladder[0]
    large = ladder[-1] if system.model == smallest else system.model
    steps = Cascade(of=system.steps, first=smallest, threshold=threshold, confidence=confidence, samples=samples)
    return system.with_model(large).with_steps(steps)

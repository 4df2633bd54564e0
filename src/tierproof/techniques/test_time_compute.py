"""More computing for one answer: several answers and a vote, the most central of several, or longer thought.

Wang et al., "Self-Consistency", ICLR 2023; without a vote the answer that agrees most with the others is kept
(minimum Bayes risk, Bertsch et al. 2023).  Neither needs a scorer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tierproof.messages import Message
from tierproof.systems.item import Item
from tierproof.systems.parts.session import Session
from tierproof.systems.register.registry import technique, unfit
from tierproof.systems.resources import Resources
from tierproof.systems.system import Draft, Steps, System
from tierproof.systems.texts.likeness import medoid, normal_form

__all__ = ["Central", "Vote", "best_of_n", "drafts_of", "majority", "reasoning_effort", "self_consistency", "varied"]

ID = "test-time-compute"
SAMPLING_TEMPERATURE = 0.7
"""As in the paper; answers at temperature 0 would all be the same."""


@technique(ID)
def self_consistency(system: System, resources: Resources, *, samples: int = 5) -> System:
    """Several answers, and the one given most often."""
    return varied(system).with_steps(Vote(of=system.steps, samples=_several(samples)))


@technique(ID, variant="best-of-n")
def best_of_n(system: System, resources: Resources, *, samples: int = 5) -> System:
    """Several answers, and the one most like the others: for long answers."""
    return varied(system).with_steps(Central(of=system.steps, samples=_several(samples)))


@technique(ID, variant="reasoning-effort")
def reasoning_effort(
    system: System, resources: Resources, *, effort: str = "high", field: str = "reasoning_effort"
) -> System:
    """More thought before the reply, where the endpoint has a dial."""
    return system.with_decoding(extra={**system.decoding.extra, field: effort})


@dataclass(frozen=True, kw_only=True, slots=True)
class Vote:
    of: Steps
    samples: int

    async def take(self, system: System, item: Item, session: Session) -> Draft:
        drafts = await drafts_of(self.of, self.samples, system, item, session)
        place, agreed = majority([system.read(draft.text) for draft in drafts])
        session.note("decision", "vote", f"{agreed} of {self.samples} agree")
        return _chosen(drafts[place], agreed / self.samples)


@dataclass(frozen=True, kw_only=True, slots=True)
class Central:
    of: Steps
    samples: int

    async def take(self, system: System, item: Item, session: Session) -> Draft:
        drafts = await drafts_of(self.of, self.samples, system, item, session)
        place = medoid([system.read(draft.text) for draft in drafts])
        session.note("decision", "most central", f"answer {place + 1} of {self.samples}")
        return drafts[place]


async def drafts_of(steps: Steps, samples: int, system: System, item: Item, session: Session) -> list[Draft]:
    """Independent drafts, made at once."""
    return await session.together([lambda branch: steps.take(system, item, branch)] * samples)


def majority(answers: Sequence[str]) -> tuple[int, int]:
    """Place of the first answer of the largest group that agrees, and the group's size; empty answers lose."""
    groups: dict[str, list[int]] = {}
    for place, answer in enumerate(answers):
        groups.setdefault(normal_form(answer), []).append(place)
    spoken = {form: places for form, places in groups.items() if form} or groups
    best = max(spoken.values(), key=lambda places: (len(places), -places[0]))
    return best[0], len(best)


def varied(system: System) -> System:
    """The system with its decoding warm enough for answers to differ."""
    temperature = system.decoding.temperature
    return system if temperature is None or temperature > 0 else system.with_decoding(temperature=SAMPLING_TEMPERATURE)


def _chosen(draft: Draft, confidence: float) -> Draft:
    return Draft(text=draft.text, messages=draft.messages, ended=draft.ended, confidence=confidence)


def _several(samples: int) -> int:
    if samples < 2:
        raise unfit(ID, "samples", samples, Message("make it 2 or more"))
    return samples

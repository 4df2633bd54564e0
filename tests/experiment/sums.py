"""A workload of sums for tests, answered by `servers.endpoint`: what is right and wrong is known beforehand.

The baseline asks plainly and is wrong on `is_wrong` items, a fifth.  A system whose prompt says "Reckon carefully." is
right on all; one that says "Guess." is wrong on every second item.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from servers.endpoint import ITEM, is_wrong, item_prompt, item_target, last_user_text
from tierproof.experiment.findings.arm import Arm
from tierproof.experiment.workload.scorers.agreement import JudgeError
from tierproof.experiment.workload.scorers.score import Score
from tierproof.experiment.workload.workload import Workload
from tierproof.systems.item import Item
from tierproof.systems.models import ChatCaller, ModelSpec, Price
from tierproof.systems.parts.direct import Direct
from tierproof.systems.parts.prompt import Prompt
from tierproof.systems.resources import Resources
from tierproof.systems.system import System

CAREFUL = "Reckon carefully."
GUESS = "Guess."
PRICE = Price(input=10.0, output=30.0)


class Exact:
    """Right if the text is the target."""

    error: JudgeError | None = None

    async def prepared(self, caller: ChatCaller, told: object = None) -> Exact:
        return self

    async def score(self, item: Item, answer: str, caller: ChatCaller, *, purpose: str = "") -> Score:
        return Score(float(answer == item.target))

    def __str__(self) -> str:
        return "exact match"


def answer(body: Mapping[str, Any]) -> str:
    """What the endpoint says, by the prompt's words."""
    text = last_user_text(body)
    match = ITEM.search(text)
    assert match is not None
    number = int(match[1])
    wrong = is_wrong(number)
    if CAREFUL in text:
        wrong = False
    elif GUESS in text:
        wrong = number % 2 == 1
    return str(int(item_target(number)) + wrong)


def model(base_url: str, **settings: Any) -> ModelSpec:
    settings = {"price": PRICE, "max_output": 16, "concurrency": 16, "timeout_seconds": 60.0, **settings}
    return ModelSpec(name="m", base_url=base_url, **settings)


def system(closing: str = "") -> System:
    return System(model="m", steps=Direct(), prompt=Prompt(closing=(closing,) if closing else ()))


def items(count: int) -> tuple[Item, ...]:
    return tuple(Item(id=f"i{at}", input=item_prompt(at), target=item_target(at)) for at in range(count))


def arms(*closings: str) -> tuple[Arm, ...]:
    named = [
        Arm(name=re.sub(r"\W+", "", closing).lower(), system=system(closing), technique="t") for closing in closings
    ]
    return (Arm(name="baseline", system=system()), *named)


def workload(base_url: str, count: int, **settings: Any) -> Workload:
    return Workload(
        path=Path("sums"),
        name="sums",
        items=items(count),
        models=(model(base_url, **settings),),
        baseline=system(),
        resources=Resources(),
        scorer=Exact(),
    )

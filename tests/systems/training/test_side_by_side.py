"""Arms are built in one order, whichever training ends first."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

import pytest

from tierproof.systems.training.side_by_side import aside, in_turn


def built(arms: Sequence[tuple[str, float | None]], *, fails: str = "") -> tuple[list[str], list[str]]:
    """What arms do, in order, and what they came to: each asks, is trained for so many turns of the loop, is served."""
    told: list[str] = []

    async def build(name: str, training: float | None) -> str:
        told.append(f"ask {name}")
        await asyncio.sleep(0)
        if name == fails:
            raise RuntimeError(name)
        told.append(f"answered {name}")
        if training is not None:
            try:
                async with aside():
                    await asyncio.sleep(training)
                    told.append(f"trained {name}")
            except asyncio.CancelledError:
                told.append(f"ended {name}")
                raise
        told.append(f"serve {name}")
        await asyncio.sleep(0)
        told.append(f"served {name}")
        return name

    try:
        return told, asyncio.run(in_turn([partial(build, *arm) for arm in arms]))
    except RuntimeError as error:
        return told, [f"raised {error}"]


def test_what_is_asked_and_served_has_one_order_and_trainings_none() -> None:
    told, found = built([("a", 0.2), ("b", None), ("c", 0.02), ("d", 0.1)])
    assert found == ["a", "b", "c", "d"]
    assert told == [
        *("ask a", "answered a"),
        *("ask b", "answered b", "serve b", "served b"),
        *("ask c", "answered c", "ask d", "answered d"),
        *("trained c", "trained d", "trained a"),
        *("serve a", "served a", "serve c", "served c", "serve d", "served d"),
    ]


def test_what_one_raises_ends_trainings_that_others_wait_for() -> None:
    told, found = built([("a", 600.0), ("b", None), ("c", 600.0)], fails="b")
    assert found == ["raised b"]
    assert told == ["ask a", "answered a", "ask b", "ended a"]


@pytest.mark.parametrize("arms", [[], [("a", None)], [("a", 0.0)]])
def test_few(arms: list[tuple[str, float | None]]) -> None:
    assert built(arms)[1] == [name for name, _ in arms]

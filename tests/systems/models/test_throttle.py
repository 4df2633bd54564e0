"""The throttle finds what an endpoint takes, and is not scared by stray refusals."""

from __future__ import annotations

import asyncio
import random

import pytest

from tierproof.systems.models.throttle import Throttle


def drive(throttle: Throttle, refused: list[bool]) -> None:
    """Attempts in waves of as many as the throttle lets through, until the outcomes are used up."""

    async def run() -> None:
        outcomes = list(refused)
        while outcomes:
            wave = outcomes[: throttle.limit]
            del outcomes[: throttle.limit]
            eras = [await throttle.enter() for _ in wave]
            for era, outcome in zip(eras, wave, strict=True):
                throttle.leave(era, refused=outcome)

    asyncio.run(run())


def test_stray_refusals_leave_it_alone() -> None:
    throttle = Throttle(64)
    draw = random.Random(1)
    drive(throttle, [draw.random() < 0.05 for _ in range(5000)])
    # 5 % is below the tolerated tenth; a window of 64 passes it by chance in about 1 of 30 (binomial), and the limit
    # grows back within a few windows.
    assert throttle.limit >= 48


@pytest.mark.parametrize("capacity", [1, 3, 10, 40])
def test_it_settles_near_what_the_endpoint_takes(capacity: int) -> None:
    throttle = Throttle(64)
    limits = []

    async def run() -> None:
        for _ in range(400):
            count = throttle.limit
            eras = [await throttle.enter() for _ in range(count)]
            for place, era in enumerate(eras):
                throttle.leave(era, refused=place >= capacity)
            limits.append(throttle.limit)

    asyncio.run(run())
    settled = limits[100:]
    # It may probe above the capacity, and after a probe fall to half of it, no further.
    assert max(settled) <= max(2, 2 * capacity)
    assert min(settled) >= max(1, capacity // 2)


def test_no_more_than_the_limit_at_once_and_everyone_gets_a_turn() -> None:
    throttle = Throttle(3)
    peak = 0

    async def one() -> None:
        nonlocal peak
        era = await throttle.enter()
        peak = max(peak, throttle.in_flight)
        await asyncio.sleep(0)
        throttle.leave(era)

    async def run() -> None:
        await asyncio.gather(*(one() for _ in range(50)))

    asyncio.run(run())
    assert peak == 3
    assert throttle.in_flight == 0


def test_a_cancelled_waiter_gives_its_place_to_the_next() -> None:
    async def run() -> None:
        throttle = Throttle(1)
        era = await throttle.enter()
        waiting = [asyncio.create_task(throttle.enter()) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
        throttle.leave(era)
        # Granted and cancelled in the same turn: the place must not be lost.
        waiting[1].cancel()
        era = await asyncio.wait_for(waiting[2], 60)
        throttle.leave(era)
        assert throttle.in_flight == 0

    asyncio.run(run())

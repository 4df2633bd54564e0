"""Pieces of work that other processes can import: what comes out, what raises, what dies."""

from __future__ import annotations

import os
from pathlib import Path

from tierproof.errors import InputError, Problem
from tierproof.pieces import Shared


def squared(number: int) -> int:
    return number * number


def refused_at_three(number: int) -> int:
    if number == 3:
        raise InputError(Problem(message="three is refused", remedy="leave three out"))
    return number


def dead_at_first(mark: str) -> str:
    """Its worker dies the first time, and leaves a mark by which the second knows."""
    if mark and not Path(mark).exists():
        Path(mark).touch()
        os._exit(9)
    return Path(mark).name


def dead_at_two(number: int) -> int:
    if number == 2:
        os._exit(9)
    return number


def counted(shared: Shared[list[int]], number: int) -> int:
    """How often this process's value was used."""
    shared.value[0] += 1
    return shared.value[0]

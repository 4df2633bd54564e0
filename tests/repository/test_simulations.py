"""`make simulate` takes hours: every world of it can still be drawn and analysed, once."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

simulated = importlib.import_module("simulated")
own_data = importlib.import_module("own_data")


@pytest.mark.parametrize("number", range(len(simulated.SCENARIOS)), ids=[one.name for one in simulated.SCENARIOS])
def test_a_world_of_coverage_is_analysed(number: int) -> None:
    found = simulated.cover(simulated.SCENARIOS[number], 1, number)
    assert found.width > 0


@pytest.mark.parametrize("number", range(len(own_data.SCENARIOS)), ids=[one.name for one in own_data.SCENARIOS])
def test_a_world_of_own_data_is_analysed(number: int) -> None:
    found = own_data.cover(own_data.SCENARIOS[number], 1, number)
    # Two sources of knowledge make an interval that one of them does not dwarf.
    assert len(found) == len(own_data.ITEMS)
    assert all(0 < one.shorter < 3 for one in found)

"""What is kept from one move of a price to the next is what a table of its own would say."""

from __future__ import annotations

import msgspec
import pytest

from tierproof.answers.table import table_answer
from tierproof.answers.view import view_of
from tierproof.evidence import load_pack

PACK = load_pack(whole=False)
FIRST = view_of(PACK)
FIRST.table("effect"), FIRST.table("value")


@pytest.mark.parametrize(
    "moved",
    [
        {"value_per_success": 7.5},
        {"requests_per_month": 400, "cost_per_request": 0.4},
        {"latency_seconds": 40.0, "latency_price": 0.05},
        {"horizon_months": 2, "engineer_day_usd": 1.0},
    ],
    ids=str,
)
@pytest.mark.parametrize("lens", ["effect", "value"])
def test_a_moved_price_shows_what_a_fresh_table_shows(moved: dict[str, float], lens: str) -> None:
    fresh, shared = view_of(PACK, profile=moved), view_of(PACK, profile=moved).sharing(FIRST)
    told = [msgspec.json.encode(table_answer(view.table(lens), PACK)) for view in (fresh, shared)]
    assert told[0] == told[1]
    assert told[0] != msgspec.json.encode(table_answer(FIRST.table(lens), PACK))

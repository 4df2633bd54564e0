"""Views kept from one question to the next say what views made anew say, and work out once what is the same."""

from __future__ import annotations

from pathlib import Path

from tierproof.answers.document import json_text
from tierproof.answers.table import table_answer
from tierproof.answers.view import view_of
from tierproof.doors.kept_views import KeptViews
from tierproof.evidence import load_pack
from tierproof.synthesis.values.context import OF_SUCCESSES

VISION = Path(__file__).resolve().parents[2] / "examples" / "packs" / "production_vision"


def test_kept_views_say_what_others_do_at_every_baseline() -> None:
    pack = load_pack(VISION, whole=False)
    kept = KeptViews(pack)
    for settings in (
        {},
        {"profile": {"baseline_success": 0.4}},
        {"profile": {"baseline_success": 0.9, "value_per_success": 2.0}, "lens": "value"},
        {"profile": {"baseline_success": 0.3}, "task": "detection", "model_size": "25M", "include_lab": True},
        {"as_of": "2021", "profile": {"baseline_success": 0.55}},
    ):
        mine, others = kept.view(**settings), view_of(pack, **settings)
        assert json_text(table_answer(mine.table(), pack)) == json_text(table_answer(others.table(), pack)), settings
        assert mine.synthesis.context == others.synthesis.context == mine.context
    # What no baseline moves is worked out once.
    one, other = (kept.view(profile={"baseline_success": share}).synthesis.posteriors for share in (0.4, 0.9))
    still = [key for key in one if key[1] not in OF_SUCCESSES]
    assert still
    assert all(one[key] is other[key] for key in still)

"""Which analysis opposes, found at one point of the heterogeneities first: as if each was fitted, in whole packs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tierproof.answers.view import view_of

PACKS = Path(__file__).resolve().parents[2] / "examples" / "packs"


@pytest.mark.parametrize("pack", [None, PACKS / "production_vision", PACKS / "bcg_vaccine"])
def test_an_average_is_opposed_where_a_fitted_analysis_has_the_other_sign(pack: Path | None) -> None:
    view = view_of(pack)
    detailed = view.detailed_for(*view.pack.techniques)
    asked = [posterior for posterior in view.synthesis if posterior.basis != "assumed"]
    assert asked
    for posterior in asked:
        sign = 1.0 if posterior.average.mean > 0 else -1.0
        in_full = detailed.get(posterior.technique, posterior.outcome)
        assert in_full is not None
        crossed = [row.name for row in in_full.sensitivity if sign * row.average.median < 0]
        assert posterior.opposing in (crossed or [""]), (posterior.technique, posterior.outcome)

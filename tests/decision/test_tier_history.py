"""Tiers by year."""

from __future__ import annotations

import pytest

from decision.stand_ins import EFFECT, appraisal, normal, technique
from tierproof.decision.appraisals.appraisal import Appraisal
from tierproof.decision.history import tier_history
from tierproof.decision.reader.profile import Profile


def year(**means: float) -> Appraisal:
    known = [normal(name, "quality", mean, 0.1) for name, mean in means.items()]
    return appraisal([technique("old"), technique("new")], known, Profile(baseline_success=0.5))


def test_moves_are_told_by_year() -> None:
    # At p0 = 0.5 tanh(theta / 2) of the failures go: 1.0 is an S, 0.5 an A, 0.2 a B, -0.2 a D.
    history = tier_history(
        {2022: year(old=1.0, new=0.5), 2020: year(), 2021: year(old=1.0), 2023: year(old=0.2, new=0.5)}, EFFECT
    )
    assert history.years == (2020, 2021, 2022, 2023)
    assert {name: [s.tier for s in each] for name, each in history.standings.items()} == {
        "new": [None, None, "A", "A"],
        "old": [None, "S", "S", "B"],
    }
    assert list(history.standings) == ["new", "old"]  # the order of the last table
    assert [(m.technique, m.year, m.before, m.after, m.steps) for m in history.moves] == [
        ("old", 2021, None, "S", None),
        ("new", 2022, None, "A", None),
        ("old", 2023, "S", "B", -2),
    ]
    assert [s.rank for s in history.standings["new"]] == [None, None, 2, 1]


def test_a_history_needs_a_year() -> None:
    with pytest.raises(ValueError, match="at least one year"):
        tier_history({}, EFFECT)

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
    # N(1, 0.1^2) lies above the S of 40 % (0.847) with 0.937; N(0.2, 0.1^2) never does.  2,048 draws.
    assert history.moves[0].p_before is None
    assert history.moves[0].p_after == history.moves[2].p_before == pytest.approx(0.937, abs=0.01)
    assert history.moves[2].p_after == pytest.approx(0.0, abs=0.001)


def test_a_letter_that_turns_by_a_hair_says_so() -> None:
    """A begins at 20 %, theta of 0.405: medians of 0.39 and 0.42 with an sd of 0.1 are there with 0.44 and 0.56."""
    (move,) = tier_history({2020: year(old=0.39), 2021: year(old=0.42)}, EFFECT).moves
    assert (move.before, move.after) == ("B", "A")
    assert move.p_before == pytest.approx(0.44, abs=0.02)
    assert move.p_after == pytest.approx(0.56, abs=0.02)
    (back,) = tier_history({2020: year(old=0.42), 2021: year(old=0.39)}, EFFECT).moves
    assert (back.p_before, back.p_after) == (move.p_after, move.p_before)


def test_a_history_needs_a_year() -> None:
    with pytest.raises(ValueError, match="at least one year"):
        tier_history({}, EFFECT)

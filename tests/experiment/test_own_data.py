"""Own data on top of the literature's: exact updates, one row a technique, both ends of how much is known."""

from __future__ import annotations

import dataclasses
import math
from functools import cache

import pytest

from tierproof.answers.view import View, view_of
from tierproof.decision.own_data import updates, with_own
from tierproof.evidence.effect import Effect, Scale
from tierproof.evidence.record import Outcome, Record, Source
from tierproof.report.blocks import Told
from tierproof.report.words.measured_blocks import update_blocks

TECHNIQUE = "chain-of-thought"


@cache
def view() -> View:
    return view_of()


def own(estimate: float, se: float, outcome: Outcome = "quality", technique: str = TECHNIQUE) -> Effect:
    record = Record(
        id=f"own.w.{technique}.{outcome}",
        technique=technique,
        comparator="baseline",
        outcome=outcome,
        metric="exact",
        unit="percent",
        higher_is_better=True,
        baseline=50.0,
        treated=60.0,
        setting="production",
        independence="independent",
        source=Source(title="own"),
        source_id="own:w",
        contrast="added",
        selection="complete",
    )
    scale: Scale = "log_odds_ratio" if outcome == "quality" else "log_ratio"
    return Effect(estimate=estimate, se=se, scale=scale, n_assumed=False, record=record, date=None)


def test_the_update_is_bayes_rule() -> None:
    """Against numerical integration of prior density times likelihood."""
    known = view().synthesis.get(TECHNIQUE, "quality")
    assert known is not None
    after = with_own(view().synthesis, [own(0.4, 0.2)]).get(TECHNIQUE, "quality")
    assert after is not None
    import numpy as np

    x = np.linspace(-12, 12, 400_001)
    weight = known.predictive.pdf(x) * np.exp(-0.5 * ((x - 0.4) / 0.2) ** 2)
    weight /= np.trapezoid(weight, x)
    mean = float(np.trapezoid(x * weight, x))
    sd = math.sqrt(float(np.trapezoid((x - mean) ** 2 * weight, x)))
    # The rule's error on a grid of 6e-5 is below 1e-8; the tails cut off at 12 weigh less than that.
    assert (after.predictive.mean, after.predictive.sd) == pytest.approx((mean, sd), rel=1e-6)
    assert after.records[-1] == f"own.w.{TECHNIQUE}.quality"


def test_little_data_leaves_the_literature_much_data_replaces_it() -> None:
    known = view().synthesis.get(TECHNIQUE, "quality")
    assert known is not None
    vague = with_own(view().synthesis, [own(3.0, 1000.0)]).get(TECHNIQUE, "quality")
    sharp = with_own(view().synthesis, [own(0.3, 0.001)]).get(TECHNIQUE, "quality")
    assert vague is not None and sharp is not None
    assert vague.predictive.mean == pytest.approx(known.predictive.mean, abs=1e-4)
    assert sharp.predictive.mean == pytest.approx(0.3, abs=1e-4)
    assert sharp.predictive.sd == pytest.approx(0.001, rel=0.01)


def test_what_nothing_was_known_of_starts_from_the_prior() -> None:
    empty = dataclasses.replace(view().synthesis, posteriors={})
    after = with_own(empty, [own(1.0, 1.5)]).get(TECHNIQUE, "quality")
    assert after is not None
    # N(0, 1.5^2) times N(1, 1.5^2): half way.
    assert after.predictive.mean == pytest.approx(0.5)
    assert empty.get(TECHNIQUE, "quality") is None


def test_the_table_moves_with_own_data_and_only_there() -> None:
    pack = view().pack
    found = updates(
        view().synthesis,
        [own(2.0, 0.05), own(math.log(1.1), 0.01, "cost"), own(0.0, 0.1, technique="unheard-of")],
        pack.techniques,
        pack.settings,
        profile=view().profile,
        lens=view().lens,
    )
    assert [update.technique for update in found] == [TECHNIQUE]
    update = found[0]
    assert update.after.score.median > update.before.score.median
    assert update.after.fragility is not None and update.after.fragility < 0.01
    assert set(update.own) == set(update.together) == {"quality", "cost"}
    assert update.literature["quality"].high - update.literature["quality"].low > 0.5
    assert update.own["quality"].median == 2.0
    assert update.together["quality"].median == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize("away", [-1, 1])
def test_data_contradict_the_literature_only_from_outside_of_its_interval(away: int) -> None:
    pack = view().pack
    known = view().synthesis.get(TECHNIQUE, "quality")
    assert known is not None
    foretold = known.predictive.interval()
    end = foretold.high if away > 0 else foretold.low

    def update(estimate: float) -> bool:
        (found,) = updates(
            view().synthesis,
            [own(estimate, 0.1)],
            pack.techniques,
            pack.settings,
            profile=view().profile,
            lens=view().lens,
        )
        *_, told = update_blocks([found])
        assert isinstance(told, Told)
        assert told.text.startswith("Wholly outside") is found.contradicts("quality")
        return found.contradicts("quality")

    # 1.645 standard errors are half of the own 90 % interval: 0.17 from the end it lies just beyond, 0.16 not yet.
    assert update(end + away * 0.17)
    assert not update(end + away * 0.16)

"""Leaving sources out: what is learned must not come from what is foretold, and planted tails must be found."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from synthesis.made import SETTINGS, effect, technique, world
from tierproof.errors import InputError
from tierproof.evidence.effect import Effect
from tierproof.synthesis.validation.scoring import LEVELS
from tierproof.synthesis.validation.validation import BANDS, MODELS, Group, Validation, validate


def pack(far: float = 1.0, far_share: float = 0.0, techniques: int = 5, seed: int = 1) -> list[Effect]:
    rng = np.random.default_rng(seed)
    return [
        made
        for k in range(techniques)
        for made in world(
            rng, name=f"t{k}", mean=0.4 * rng.normal(), sources=10, records=4, far=far, far_share=far_share
        )
    ]


def run(effects: list[Effect], **priors: object) -> Validation:
    names = sorted({made.record.technique for made in effects})
    settings = msgspec.structs.replace(SETTINGS, priors=priors)
    return validate(effects, {name: technique(name) for name in names}, settings)


def quality(found: Validation) -> Group:
    return next(group for group in found.overall if group.outcome == "quality")


def test_normal_worlds_are_covered_as_promised_by_the_plain_model_and_by_no_simpler_one() -> None:
    group = quality(run(pack(techniques=8)))
    assert (group.records, group.sources) == (320, 80)
    # 80 sources: the sd of a coverage of 0.8 is 0.045 if a source's records stand or fall together; two of them.
    assert group.models["plain"].coverage == pytest.approx(LEVELS, abs=0.09)
    assert group.models["fixed effect"].coverage[2] < 0.6
    assert group.models["no pooling"].coverage[0] > 0.85
    assert group.models["plain"].crps < group.models["no pooling"].crps
    assert group.models["plain"].log_score > group.models["fixed effect"].log_score


def test_planted_tails_are_found_and_the_shape_narrows_the_middle() -> None:
    """One source in ten lies seven times as far from the mean as the others."""
    effects = pack(far=7.0, far_share=0.1, techniques=8)
    found = run(effects, shape={"multipliers": [0.65, 3.5], "weights": [0.89, 0.11]})
    group = quality(found)
    assert found.estimated.multipliers[0] < 1.0 < found.estimated.multipliers[1]
    plain, shaped = group.models["moderators"], group.models["pack"]
    assert shaped.width[0] < plain.width[0]
    assert shaped.log_score > plain.log_score
    assert abs(shaped.coverage[0] - 0.5) < abs(plain.coverage[0] - 0.5)
    # Estimated without the technique itself, a shape still helps.
    assert group.models["crossfit"].log_score > plain.log_score


def test_forecasts_do_not_know_what_they_foretell() -> None:
    """However far a source lies, its forecast stays the same; widths tell."""
    effects = [effect(0.2 + 0.01 * k, 0.1, source=f"s{k}", number=j) for k in range(5) for j in range(2)]
    moved = [
        msgspec.structs.replace(made, estimate=made.estimate + 50.0) if made.record.source_id == "s4" else made
        for made in effects
    ]
    near, far = (quality(run(these)) for these in (effects[-2:] + effects[:-2], moved))
    assert far.sources == near.sources == 5
    assert far.models["plain"].log_score < near.models["plain"].log_score - 10


def test_a_source_with_many_figures_counts_once() -> None:
    effects = [effect(0.2, 0.1, source=f"s{k}") for k in range(4)]
    effects += [effect(0.2, 0.1, source="big", number=j) for j in range(50)]
    effects.append(effect(9.0, 0.1, source="off"))
    group = quality(run(effects))
    # Five of six sources lie where they are expected, though 54 of 55 records do.
    assert group.models["plain"].coverage[2] == pytest.approx(5 / 6, abs=1e-9)


def test_groups_and_what_cannot_be_left_out() -> None:
    effects = [*pack(techniques=2), effect(0.3, technique="lonely", source="only")]
    effects += [effect(0.1 * k, outcome="cost", technique="t0", source=f"c{k}") for k in range(3)]
    found = run(effects)
    assert [(group.technique, group.outcome) for group in found.overall] == [
        (None, "quality"),
        (None, "cost"),
        (None, None),
    ]
    assert sorted((group.technique, group.outcome) for group in found.by_technique) == [
        ("t0", "cost"),
        ("t0", "quality"),
        ("t1", "quality"),
    ]
    assert found.alone == (("lonely", "quality"),)
    assert sum(group.records for group in found.by_technique) == found.overall[-1].records
    assert all(set(group.models) == set(MODELS) for group in (*found.overall, *found.by_technique))


def test_forecasts_are_told_apart_by_baseline_and_by_the_interest_that_is_used() -> None:
    """Effects fall with the baseline and vendors add 0.6: the model sees both, the plain one neither."""
    rng = np.random.default_rng(2)
    effects = []
    for k in range(6):
        for j in range(12):
            for number, share in enumerate((0.15, 0.4, 0.7, 0.9)):
                vendor = j < 6
                y = 0.6 - 0.3 * 4 * (share - 0.5) + 0.6 * vendor + 0.15 * rng.normal() + 0.1 * rng.normal()
                effects.append(
                    effect(
                        float(y),
                        0.1,
                        technique=f"t{k}",
                        source=f"{k}-{j}",
                        number=number,
                        baseline=100 * share,
                        independence="vendor" if vendor else "independent",
                    )
                )
    found = run(effects)
    assert [(band.low, band.high, band.records, band.sources) for band in found.by_baseline] == [
        (low, high, 72, 72) for low, high in BANDS
    ]
    for band in found.by_baseline:
        # 72 sources with sd 0.2 and a share of the vendors' 0.6: their mean is known to 0.05; twice.
        assert abs(band.models["pack"].error) < 0.1
        assert band.models["pack"].log_score > band.models["plain"].log_score
    assert found.by_baseline[0].models["plain"].error > 0.25
    assert found.by_baseline[-1].models["plain"].error < -0.25
    used = {kept.share: kept for kept in found.interest}
    assert used[0.0].error < -0.1 < -0.05 < used[1.0].error < 0.05
    assert used[1.0].log_score > used[0.0].log_score
    assert used[0.0].sources == 36


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    names = {"t0": technique("t0")}
    validate(pack(techniques=1), names, SETTINGS, progress=lambda done, total: told.append((done, total)))
    assert told == [(done, 10) for done in range(1, 11)]


def test_nothing_to_leave_out_is_an_input_error() -> None:
    with pytest.raises(InputError, match="two sources"):
        run([effect(0.3)])


def test_order_does_not_matter() -> None:
    effects = pack(techniques=2)
    assert run(effects) == run(effects[::-1])

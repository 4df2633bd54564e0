"""Moderators as columns."""

from __future__ import annotations

import numpy as np
import pytest

from synthesis.made import effect
from tierproof.synthesis.model.prior import Priors
from tierproof.synthesis.model.regressors import design_of
from tierproof.synthesis.posteriors.posterior import Context
from tierproof.synthesis.values.figures import figures_of

PRIORS = Priors()


def test_columns_without_variation_are_left_out() -> None:
    design = design_of(figures_of([effect(0.1), effect(0.2, number=1)]), Context(), PRIORS)
    assert design.names == ("intercept",)
    assert design.x.tolist() == [[1.0], [1.0]]


def test_authors_vendors_and_rivals_are_told_apart_and_predictions_are_an_independents() -> None:
    effects = [effect(0.1, source=who, independence=who) for who in ("authors", "vendor", "rival", "independent")]
    design = design_of(figures_of(effects), Context(), PRIORS)
    assert design.names == ("intercept", "interested", "rival")
    assert design.x[:, 1].tolist() == [1.0, 1.0, 0.0, 0.0]
    assert design.x[:, 2].tolist() == [0.0, 0.0, 1.0, 0.0]
    assert design.at.tolist() == [1.0, 0.0, 0.0]


def test_what_sets_a_sources_own_arm_apart_from_others_beside_it_teaches_nothing_of_interest() -> None:
    """A paper that holds its method, and another's, against no method: what an independent would find lies between."""
    effects = [
        effect(0.8, source="paper", independence="authors"),
        effect(0.2, source="paper", number=1, independence="rival"),
        effect(0.3, source="team", independence="independent"),
    ]
    design = design_of(figures_of(effects), Context(), PRIORS)
    assert design.names == ("intercept", "interested", "rival", "own arm")
    np.testing.assert_allclose(design.x[:, 1:], [[0.5, 0.5, 1.0], [0.5, 0.5, -1.0], [0.0, 0.0, 0.0]])
    assert design.at.tolist() == [1.0, 0.0, 0.0, 0.0]


def test_where_all_are_interested_the_column_stays() -> None:
    """Their mean is inflated all the same; the prior that other techniques give tells by how much."""
    design = design_of(figures_of([effect(0.1, independence="vendor")]), Context(), PRIORS)
    assert design.names == ("intercept", "interested")


def test_model_size_is_centred_by_source_and_predicted_at_the_readers() -> None:
    # Source a has three records of 1B, source b one of 100B: by source the mean of log10 is 1, whatever the counts.
    effects = [effect(0.1, source="a", number=k, params_b=1.0) for k in range(3)]
    effects.append(effect(0.1, source="b", params_b=100.0))
    design = design_of(figures_of(effects), Context(params_b=10.0), PRIORS)
    assert design.names == ("intercept", "log10_params")
    np.testing.assert_allclose(design.x[:, 1], [-1.0, -1.0, -1.0, 1.0], atol=1e-12)
    assert design.at[1] == pytest.approx(0.0, abs=1e-12)
    # Beyond the evidence's sizes the nearest of them is what is known.
    for size, nearest in ((0.1, -1.0), (1000.0, 1.0)):
        beyond = design_of(figures_of(effects), Context(params_b=size), PRIORS)
        assert beyond.at[1] == pytest.approx(nearest, abs=1e-12)
    assert design_of(figures_of(effects), Context(), PRIORS).at[1] == 0.0


def test_model_size_is_left_out_where_most_records_hide_it() -> None:
    effects = [effect(0.1, source="a", params_b=1.0), effect(0.1, source="b"), effect(0.1, source="c")]
    assert design_of(figures_of(effects), Context(), PRIORS).names == ("intercept",)


TASKS = [effect(0.1, source="a", task_family="math"), effect(0.1, source="b", task_family="code")]


def test_a_reader_without_a_task_stands_at_the_mix_of_tasks() -> None:
    design = design_of(figures_of(TASKS), Context(), PRIORS)
    assert design.names == ("intercept", "task:code", "task:math")
    assert design.at.tolist() == [1.0, 0.5, 0.5]
    # One of two tasks, each with probability 1/2: variance 1/4 each, and they exclude each other.
    np.testing.assert_allclose(design.between[1:, 1:], [[0.25, -0.25], [-0.25, 0.25]])
    assert not design.between[0].any()


def test_a_reader_with_a_task_stands_at_it() -> None:
    design = design_of(figures_of(TASKS), Context(task_family="math"), PRIORS)
    assert design.at.tolist() == [1.0, 0.0, 1.0]
    assert not design.between.any()
    assert design.unknown_variance == 0.0


def test_a_task_that_nobody_tried_is_less_certain() -> None:
    design = design_of(figures_of(TASKS), Context(task_family="safety"), PRIORS)
    assert design.at.tolist() == [1.0, 0.0, 0.0]
    assert design.unknown_variance == PRIORS.task_sd**2

"""A coefficient learned across techniques: what an interest adds to a figure, how an effect falls with the baseline.

Enters: each technique's own estimate of the coefficient.  Leaves: for each technique the prior that the others give it,
and what all of them say together.  Knows nothing of records.

    g_t ~ N(m, s^2)     m ~ N(0, sd^2)     s ~ half-normal(sd / 2)

A technique's prior is the predictive of the *other* techniques' coefficients, so that its own figures enter its
posterior once: with normal estimates that is the hierarchical model's own marginal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from msgspec import Struct

from tierproof.synthesis.model.mixture import Mixture
from tierproof.synthesis.values.normal import Array

__all__ = ["Across", "learn"]

_NODES: Final = 33
_REACH: Final = 4.0
"""The sd between techniques is integrated to this many scales of its prior."""


class Across(Struct, frozen=True, kw_only=True):
    """One coefficient."""

    pack: Mixture
    """Mean coefficient over the techniques."""
    priors: Mapping[str, tuple[float, float]]
    """Mean and sd of each technique's coefficient as the others foretell it."""
    elsewhere: tuple[float, float]
    """The same for a technique that had no part in it."""


def learn(estimates: Mapping[str, tuple[float, float]], *, sd: float) -> Across:
    """`estimates`: posterior mean and sd of each technique's coefficient under the prior N(0, sd^2).

    The prior is divided out of each (what is left is the likelihood, taken as normal) before they are pooled.  Raises
    ValueError for an sd that is not positive.
    """
    if not 0 < sd < np.inf:
        raise ValueError("prior sd is positive")
    names = sorted(estimates)
    posterior = np.array([estimates[name] for name in names]).reshape(-1, 2)
    # A posterior as wide as its prior says nothing; rounding may even make it wider.
    information = np.maximum(posterior[:, 1] ** -2.0 - sd**-2.0, 1e-9)
    variance = 1.0 / information
    value = posterior[:, 0] * posterior[:, 1] ** -2.0 * variance
    nodes = np.linspace(0.0, _REACH * 0.5 * sd, _NODES)
    log_prior = -0.5 * (nodes / (0.5 * sd)) ** 2
    log_prior[[0, -1]] -= np.log(2.0)  # trapezoidal rule
    each = 1.0 / (variance + nodes[:, None] ** 2)

    def pooled(present: Array) -> tuple[Array, Array, Array]:
        """Weights of the nodes, conditional mean and variance of m, from the techniques present (t,)."""
        w = each * present
        total = w.sum(axis=1) + sd**-2.0
        linear = w @ value
        log_density = log_prior + 0.5 * (present * np.log(np.maximum(each, 1e-300))).sum(axis=1)
        log_density += 0.5 * (linear**2 / total - np.log(total) - w @ value**2)
        weights = np.exp(log_density - log_density.max())
        return weights / weights.sum(), linear / total, 1.0 / total

    def foretold(present: Array) -> tuple[float, float]:
        weights, mean, own = pooled(present)
        centre = float(weights @ mean)
        return centre, float(np.sqrt(weights @ (own + nodes**2 + (mean - centre) ** 2)))

    everyone = np.ones(len(names))
    weights, mean, own = pooled(everyone)
    others = everyone - np.eye(len(names))
    return Across(
        pack=Mixture(weights, mean, np.sqrt(own)),
        priors={name: foretold(present) for name, present in zip(names, others, strict=True)},
        elsewhere=foretold(everyone),
    )

"""What an experiment of a given size would be worth, and how large one must be to settle a question.

Enters: draws, an `Appraisal`.  Leaves: money, chances, sample sizes, of an experiment in which every item of the
reader's own workload is answered with and without the technique.  Knows nothing of how an experiment runs.

The experiment's result y on an outcome is taken as N(theta, se^2), theta being the effect on this workload, for which
the predictive stands today.  What one would believe after y is the predictive reweighted by that likelihood; what one
may come to believe is that over all y (the preposterior analysis of H. Raiffa and R. Schlaifer, "Applied Statistical
Decision Theory", 1961; A. E. Ades, G. Lu and K. Claxton, Medical Decision Making 24 (2004) 207-227).  Both run over the
same few hundred equally likely effects, so that ever larger experiments come to know exactly what there is to know:
EVSI tends to EVPI.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tierproof.decision.appraisals.appraisal import MONEY_OUTCOMES, Appraisal, failures_removed
from tierproof.decision.appraisals.copula import joined
from tierproof.decision.appraisals.sobol import BITS, sobol
from tierproof.decision.worth.information import evpi
from tierproof.evidence.record import SUCCESS, Outcome
from tierproof.synthesis.values import normal
from tierproof.synthesis.values.normal import Array

__all__ = [
    "chance_settled",
    "chance_to_decide",
    "evsi",
    "sample_size_for",
    "sample_size_to_decide",
    "standard_error",
]

_EFFECTS: Final = 512
"""Equally likely effects that stand for a predictive, and as many results of the experiment."""
_TURN: Final = np.array([1.0 if outcome in SUCCESS else -1.0 for outcome in MONEY_OUTCOMES])
_ROOT_2: Final = 2.0**0.5
_REACH: Final = 10.0
"""Standard errors."""
_AT_ONCE: Final = 128
"""Results: few enough to lie close together, enough to carry the cost of a call."""
_MOST: Final = 1_000_000
"""Items beyond which an experiment is called too large."""
_CORRELATION: Final = 0.5
"""Between the two arms' successes on an item: what one gets right the other mostly does too."""
_RESOURCE_SD: Final = 0.5
"""Sd over items of the log ratio of cost or latency."""
_CONFIDENCE: Final = 0.9
"""From which probability on, or one minus it, a question is settled."""
_ASSURANCE: Final = 0.8
"""Chance of settling it with which an experiment is large enough."""


def standard_error(outcome: Outcome, items: float, *, p0: float, theta: float) -> float:
    """Of the measured effect of true size `theta`, on the analysis scale, after `items` paired items.

    Log odds ratios: sqrt((1/(p0 q0) + 1/(p1 q1) - 2 r / sqrt(p0 q0 p1 q1)) / items), by the delta method for paired
    proportions with correlation r (A. Agresti, "Categorical Data Analysis", 3rd ed. 2013, section 11.1).
    """
    if outcome not in SUCCESS:
        return float(_RESOURCE_SD / np.sqrt(items))
    p1 = p0 + (1.0 - p0) * float(failures_removed(p0, np.asarray(theta)))
    p1 = min(max(p1, 1e-9), 1.0 - 1e-9)
    before, after = p0 * (1.0 - p0), p1 * (1.0 - p1)
    variance = 1.0 / before + 1.0 / after - 2.0 * _CORRELATION / np.sqrt(before * after)
    return float(np.sqrt(variance / items))


def evsi(appraisal: Appraisal, technique: str, items: float, changes: Array | None = None) -> float:
    """Expected value of sample information for adopting the technique or not, USD a month.

    Times `horizon_months` it is the most that the experiment may cost.  It grows with `items` towards what knowing the
    measured outcomes exactly would be worth (EVPPI); effort is not measured and stays at its mean.

    `changes` (n,), USD a month, drawn together with the technique: what choosing the set with it changes against the
    best choice without it, where that is not its own net benefit over going on as today.  What a result tells of them
    is what it tells of the measured parts, times their slopes in a linear regression of the changes on the parts
    (M. Strong, J. E. Oakley, A. Brennan and P. Breeze, Medical Decision Making 35 (2015) 570-583).  Never more than
    knowing the changes themselves (EVPI).
    """
    # What a result tells of a technique is the same in every choice.
    after = partial(_posterior_parts, appraisal, technique, items)
    posterior, constant = appraisal.priced((technique, "after", items), after)
    if changes is None:
        changes = appraisal.net_benefit(technique)
        expected = sum((mean for mean, _ in posterior.values()), np.full(_EFFECTS, constant))
    else:
        expected = np.full(_EFFECTS, float(changes.mean()))
        if posterior:
            about = np.column_stack([draws for part, draws in appraisal.parts(technique).items() if part in posterior])
            slopes = np.linalg.lstsq(about - about.mean(axis=0), changes - changes.mean())[0]
            for slope, (mean, _) in zip(slopes, posterior.values(), strict=True):
                expected += slope * (mean - mean.mean())
    # Over two nets the two integrals keep their order within their error only.
    return min(evpi(expected), evpi(changes))


def chance_to_decide(appraisal: Appraisal, technique: str, items: float) -> float:
    """Chance that after `items` items P(net benefit > 0) is at least 0.9, or at most 0.1.

    Net benefit after the experiment is taken as normal with the exact mean and variance of its parts.
    """
    posterior, constant = _posterior_parts(appraisal, technique, items)
    mean = sum((part for part, _ in posterior.values()), np.full(_EFFECTS, constant))
    variance = sum(
        (part for _, part in posterior.values()), np.full(_EFFECTS, float(np.var(appraisal.effort(technique))))
    )
    certainty = normal.cdf(np.abs(mean) / np.sqrt(np.maximum(variance, 1e-300)))
    return float(np.mean(certainty >= _CONFIDENCE))


def sample_size_to_decide(appraisal: Appraisal, technique: str) -> int | None:
    """Items from which on the decision is settled (`chance_to_decide`) with a chance of 0.8.

    0 where it is settled today; None where a million items would not do, for instance because effort decides.
    """
    if max(p := float(np.mean(appraisal.net_benefit(technique) > 0)), 1.0 - p) >= _CONFIDENCE:
        return 0
    return _least(lambda items: chance_to_decide(appraisal, technique, items) >= _ASSURANCE)


def chance_settled(theta: Array, threshold: float, se: float) -> float:
    """Chance that a measurement with standard error `se` leaves P(effect > threshold) at one side of doubt.

    `theta` (n,): equally likely effects, in any order.  One side of doubt: at least 0.9 or at most 0.1.  The assurance
    of A. O'Hagan, J. W. Stevens and M. J. Campbell, Pharmaceutical Statistics 4 (2005) 187-201, for either verdict.
    """
    effects = _thinned(theta)
    # Groups of draws stand for a share above the threshold each, so that one that lies across it counts in part.
    above = _grouped((np.sort(theta) > threshold).astype(np.float64))
    p = _expected(effects, above, se, _results(effects, se))
    return float(np.mean((p >= _CONFIDENCE) | (p <= 1.0 - _CONFIDENCE)))


def sample_size_for(theta: Array, threshold: float, unit_sd: float) -> int | None:
    """Items from which on `theta > threshold` is settled with a chance of 0.8.

    `unit_sd` is the standard error of one item (`standard_error` at 1).  0 where it is settled today; None where a
    million items would not do.
    """
    p = float(np.mean(theta > threshold))
    if max(p, 1.0 - p) >= _CONFIDENCE:
        return 0
    return _least(lambda items: chance_settled(theta, threshold, unit_sd / items**0.5) >= _ASSURANCE)


def _posterior_parts(
    appraisal: Appraisal, technique: str, items: float
) -> tuple[dict[Outcome, tuple[Array, Array]], float]:
    """Mean and variance of each measured part of net benefit after each result; the mean of the rest.

    Results on different outcomes are joined on a net, in the order in which the effects go together; what one outcome's
    result tells of another's effect is not counted.
    """
    parts = appraisal.parts(technique)
    constant = float(parts["effort"].mean())
    measured: dict[Outcome, tuple[Array, Array]] = {}
    # Money ascends with success and descends with a bill and a wait.
    cells = joined(_cells(_EFFECTS).T, appraisal.correlations(technique) * np.outer(_TURN, _TURN))
    for column, outcome in enumerate(MONEY_OUTCOMES):
        part = parts[outcome]
        if appraisal.posterior(technique, outcome) is None:
            constant += float(part.mean())
            continue
        # Both ascend or descend together: each part is a monotone function of its own effect.
        effects = _thinned(appraisal.theta(technique, outcome))
        values = _grouped(np.sort(part) if outcome == "quality" else np.sort(part)[::-1])
        middle = float(np.median(effects))
        se = standard_error(outcome, items, p0=appraisal.profile.baseline_success, theta=middle)
        results = _results(effects, se)
        mean, square = _expected(effects, np.column_stack((values, values**2)), se, results).T
        order = np.argsort(mean, kind="stable")[cells[column]]
        measured[outcome] = mean[order], np.maximum(square - mean**2, 0.0)[order]
    return measured, constant


def _expected(effects: Array, values: Array, se: float, results: Array) -> Array:
    """E[value | result] for each result, of values (n,) or (n, k): weighted by how likely their effect makes it.

    `effects` ascend.  Results are taken in order, some at a time, with the effects that lie near any of them: what lies
    `_REACH` errors away, where the nearest lies within five, weighs less than a double's last digit.
    """
    order = np.argsort(results)
    found = np.empty((len(results), *values.shape[1:]))
    for start in range(0, len(order), _AT_ONCE):
        places = order[start : start + _AT_ONCE]
        some = results[places]
        near = slice(*np.searchsorted(effects, (some[0] - _REACH * se, some[-1] + _REACH * se)))
        # In place: a hundred thousand numbers are passed over in less time than it takes to come by room for them.
        likelihood = some[:, None] / (se * _ROOT_2) - effects[near] / (se * _ROOT_2)
        np.square(likelihood, out=likelihood)
        np.subtract(likelihood.min(axis=1, keepdims=True), likelihood, out=likelihood)
        np.exp(likelihood, out=likelihood)
        total = likelihood.sum(axis=1)
        found[places] = likelihood @ values[near] / (total if values.ndim == 1 else total[:, None])
    return found


def _results(effects: Array, se: float) -> Array:
    """Equally likely results: the effects in order, each with noise from one net over both."""
    index, noise = _noise(len(effects))
    return np.asarray(effects[index] + se * noise)


@cache
def _noise(count: int) -> tuple[NDArray[np.intp], Array]:
    """Which of `count` effects each result is of, and how many standard errors it lies from it."""
    cells = _cells(count)
    return cells[:, 0] * count // len(cells), normal.quantile((cells[:, 1] + 0.5) / len(cells))


@cache
def _cells(count: int) -> NDArray[np.intp]:
    """(c, 3) cells of a net of c points, c the power of two from `count` on; a permutation of 0 to c - 1 a column."""
    digits = (count - 1).bit_length()
    return (sobol(2**digits, len(MONEY_OUTCOMES)) >> np.uint64(BITS - digits)).astype(np.intp)


def _thinned(theta: Array) -> Array:
    return _grouped(np.sort(theta))


def _grouped(ascending: Array) -> Array:
    """Means of `_EFFECTS` groups of neighbours as equal as can be; fewer values stay as they are."""
    if len(ascending) <= _EFFECTS:
        return ascending
    edges = np.linspace(0, len(ascending), _EFFECTS + 1).astype(np.intp)
    return np.asarray(np.add.reduceat(ascending, edges[:-1]) / np.diff(edges))


def _least(enough: Callable[[int], bool]) -> int | None:
    """The least number of items that is enough: doubling, then halving the gap to within one in fifty."""
    high = 8
    while not enough(high):
        high *= 2
        if high > _MOST:
            return None
    low = high // 2
    while high - low > max(1, high // 50):
        middle = (low + high) // 2
        if enough(middle):
            high = middle
        else:
            low = middle
    return high

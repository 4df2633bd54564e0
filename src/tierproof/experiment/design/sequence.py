"""Intervals that hold at every look: a confidence sequence for the mean of bounded differences, by betting.

Enters: paired differences in [-1, 1], in the order of the items.  Leaves: an interval that covers the mean at all
times together with probability 1 - alpha, so that a run may be watched and stopped at will.  Must not know arms.

Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86 (2024) 1-27: for each
candidate mean m, two gamblers bet on the differences being larger and smaller than m; by Ville's inequality the
chance that either ever turns 1 into 2 / alpha while m is true is alpha at most, so candidates on which one did are
refused for good (their hedged capital process with theta = 1/2 and predictable plug-in bets).  Assumed is that items
come in random order; no distribution is.
"""

from __future__ import annotations

import math

import numpy as np

from tierproof.experiment.findings.paired import Array

__all__ = ["ConfidenceSequence"]

CANDIDATES = 1001
"""Candidate means; ends are rounded outwards to the next, two thousandths in the difference."""
BOLDNESS = 0.75
"""Share of its capital that a gambler may lose at most on one item (their c, for which they name 1/2 and 3/4).  Holds
where differences hardly vary: n items without any then bound the mean by about ln(2 / alpha) / (0.75 n)."""
CHUNK = 256


class ConfidenceSequence:
    """Running interval of a mean difference."""

    def __init__(self, alpha: float) -> None:
        """`alpha`: probability, over all looks together, that the mean is ever left out."""
        if not 0 < alpha < 1:
            raise ValueError("alpha lies within (0, 1)")
        self.alpha = alpha
        self.n = 0
        self._means = np.linspace(0.0, 1.0, CANDIDATES)  # of (difference + 1) / 2
        self._up = np.zeros(CANDIDATES)
        self._down = np.zeros(CANDIDATES)
        self._sum = 0.5
        self._squares = 0.25

    def update(self, differences: Array) -> None:
        """Take further differences, each in [-1, 1].  Raises ValueError for others."""
        if not bool(np.all(np.abs(differences) <= 1)):
            raise ValueError("differences lie within [-1, 1]")
        scaled = (np.asarray(differences, dtype=np.float64) + 1) / 2
        for start in range(0, len(scaled), CHUNK):
            self._bet(scaled[start : start + CHUNK])

    def _bet(self, x: Array) -> None:
        """One chunk: stakes follow from earlier items alone, so a chunk is played at once."""
        count = len(x)
        times = np.arange(self.n + 1, self.n + count + 1)
        sums = self._sum + np.cumsum(x)
        squares = self._squares + np.cumsum((x - sums / (times + 1)) ** 2)
        before = np.concatenate(([self._squares], squares[:-1])) / times
        stakes = np.sqrt(2 * math.log(2 / self.alpha) / (before * times * np.log1p(times)))[:, None]
        means = self._means
        gaps = x[:, None] - means
        with np.errstate(divide="ignore"):
            up = np.minimum(stakes, BOLDNESS / means)
            down = np.minimum(stakes, BOLDNESS / (1 - means))
        # Capital is looked at after every item, not only after every chunk.
        self._up, up_best = _played(self._up, np.log1p(up * gaps))
        self._down, down_best = _played(self._down, np.log1p(-down * gaps))
        kept = np.maximum(up_best, down_best) < math.log(2 / self.alpha)
        if kept.any():
            low, high = np.flatnonzero(kept)[[0, -1]]
            self._means, self._up, self._down = (part[low : high + 1] for part in (means, self._up, self._down))
        else:
            # Every candidate was refused, as happens with probability alpha, or between two: the nearest stays.
            nearest = [int(np.argmin(np.maximum(up_best, down_best)))]
            self._means, self._up, self._down = means[nearest], self._up[nearest], self._down[nearest]
        self.n += count
        self._sum, self._squares = float(sums[-1]), float(squares[-1])

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper end, within [-1, 1]; narrows only."""
        step = 1 / (CANDIDATES - 1)
        low = max(0.0, float(self._means[0]) - (step if self._means[0] > 0 else 0.0))
        high = min(1.0, float(self._means[-1]) + (step if self._means[-1] < 1 else 0.0))
        return 2 * low - 1, 2 * high - 1


def _played(capital: Array, gains: Array) -> tuple[Array, Array]:
    """Log capital after the chunk, and its best along the way."""
    path = capital + np.cumsum(gains, axis=0)
    return path[-1], path.max(axis=0)

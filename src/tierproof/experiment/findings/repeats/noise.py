"""What chance alone makes of a difference: the baseline against itself, asked anew.

Enters: the trials of the baseline and of its control.  Leaves: the difference below which nothing is meant.  Must not
know calls.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tierproof.experiment.findings.effects import ArmResult
from tierproof.experiment.findings.repeats.repeated import LEAST_ITEMS, Kind
from tierproof.experiment.trials.paired import Estimate
from tierproof.experiment.trials.student import t_quantile
from tierproof.experiment.trials.trials import Draws

__all__ = ["Noise", "never_apart", "noise_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """The baseline against itself."""

    pairs: int
    difference: Estimate
    """In score, of the second asking less the first."""
    floor: float | None
    """Differences in score below it come of chance alone, on so many items, 19 times in 20; None where the answers
    never differed, so that drawing them anew makes no difference here or was not tried."""
    kind: Kind
    below: tuple[str, ...]
    """Arms whose difference is less, each on its own number of items."""

    @property
    def beyond(self) -> bool:
        """The baseline differs from itself by more than chance makes of it 19 times in 20."""
        return self.floor is not None and abs(self.difference.value) > self.floor


def never_apart(base: Draws, control: Draws) -> bool:
    """Did the baseline, asked anew, give the same texts on all items, and enough of them?"""
    return LEAST_ITEMS <= _shared(base, control) == _same(base, control)


def noise_of(base: Draws, control: Draws, results: Sequence[ArmResult], kind: Kind) -> Noise | None:
    """The floor, from the control's result among `results`; None where it has no comparison.

    `kind`: why the answers never differ, where they do not.  The floor is Student's 97.5 % quantile times the standard
    error of the control's mean paired difference, whose true value is 0; on m items it is sqrt(n / m) times that of n.
    """
    shared, same = _shared(base, control), _same(base, control)
    if same < shared:
        kind = "differ"
    elif shared < LEAST_ITEMS:
        kind = "few"
    comparison = next((one.comparison for one in results if one.arm.control), None)
    if comparison is None:
        return None
    gap, n = comparison.difference, comparison.pairs
    floor = t_quantile(0.975, n - 1) * gap.se if kind in ("differ", "few") else None
    below = []
    for one in results:
        found = one.comparison
        if floor is None or found is None or one.arm.control or one.arm.stress:
            continue
        if abs(found.difference.value) < floor * math.sqrt(n / found.pairs):
            below.append(one.arm.name)
    return Noise(pairs=n, difference=gap, floor=floor, kind=kind, below=tuple(below))


def _shared(base: Draws, control: Draws) -> int:
    return int(_both(base, control).sum())


def _same(base: Draws, control: Draws) -> int:
    both = _both(base, control)
    every = np.vstack((base.replies[:, both], control.replies[:, both]))
    known = ~np.isnan(np.vstack((base.scores[:, both], control.scores[:, both])))
    first = every[known.argmax(axis=0), np.arange(every.shape[1])]
    return int(((every == first) | ~known).all(axis=0).sum())


def _both(base: Draws, control: Draws) -> NDArray[np.bool_]:
    return np.logical_and((~np.isnan(base.scores)).any(axis=0), (~np.isnan(control.scores)).any(axis=0))

"""A judge's agreement with people, and what its mistakes do to a measured share.

Enters: counts of a calibration set.  Leaves: kappa, and shares and differences put right with their added uncertainty.
Must not know models.

A judge that calls right answers right with probability `sensitivity` and wrong ones wrong with `specificity` sees the
share `q = p * sensitivity + (1 - p) * (1 - specificity)` of a true share p, so

    p = (q + specificity - 1) / (sensitivity + specificity - 1)

(Rogan and Gladen, Am. J. Epidemiol. 107, 1978), and differences shrink by the divisor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Corrected", "JudgeError", "cohen_kappa", "kappa_interval"]


@dataclass(frozen=True, slots=True)
class Corrected:
    value: float
    se: float


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgeError:
    """A judge against people, item by item."""

    right_called_right: int
    right_called_wrong: int
    wrong_called_right: int
    wrong_called_wrong: int

    @property
    def n(self) -> int:
        return self.right_called_right + self.right_called_wrong + self.wrong_called_right + self.wrong_called_wrong

    @property
    def sensitivity(self) -> float:
        """Share of the answers that people call right which the judge calls right.

        With half an item added to each cell (Jeffreys), so that a small perfect set does not claim perfection.
        """
        return (self.right_called_right + 0.5) / (self.right_called_right + self.right_called_wrong + 1)

    @property
    def specificity(self) -> float:
        """Share of the answers that people call wrong which the judge calls wrong; Jeffreys as above."""
        return (self.wrong_called_wrong + 0.5) / (self.wrong_called_right + self.wrong_called_wrong + 1)

    @property
    def informative(self) -> float:
        """Youden's J, sensitivity + specificity - 1: what is left of a true difference; at 0 or below, nothing."""
        return self.sensitivity + self.specificity - 1

    @property
    def kappa(self) -> float:
        return cohen_kappa(
            self.right_called_right, self.right_called_wrong, self.wrong_called_right, self.wrong_called_wrong
        )

    def share(self, observed: float, se: float) -> Corrected:
        """True share behind an observed one, kept within 0 to 1, with its standard error by the delta method."""
        divisor = self._divisor()
        p = (observed + self.specificity - 1) / divisor
        variance = (se**2 + p**2 * self._variance_sensitivity + (1 - p) ** 2 * self._variance_specificity) / divisor**2
        return Corrected(min(1.0, max(0.0, p)), math.sqrt(variance))

    def difference(self, observed: float, se: float) -> Corrected:
        """True difference of two arms judged by the same judge, kept within -1 to 1, with its standard error by the
        delta method.

        The specificities cancel; what is left is the divisor and its own uncertainty.
        """
        divisor = self._divisor()
        d = observed / divisor
        spread = self._variance_sensitivity + self._variance_specificity
        return Corrected(min(1.0, max(-1.0, d)), math.sqrt(se**2 + d**2 * spread) / divisor)

    def _divisor(self) -> float:
        if self.informative <= 0:
            raise ValueError("the judge tells right from wrong no better than chance, so nothing can be put right")
        return self.informative

    @property
    def _variance_sensitivity(self) -> float:
        n = self.right_called_right + self.right_called_wrong
        return self.sensitivity * (1 - self.sensitivity) / (n + 1)

    @property
    def _variance_specificity(self) -> float:
        n = self.wrong_called_right + self.wrong_called_wrong
        return self.specificity * (1 - self.specificity) / (n + 1)


def cohen_kappa(both: int, first_only: int, second_only: int, neither: int) -> float:
    """Agreement beyond chance of two raters on a yes-or-no question, from -1 to 1 (Cohen 1960).

    1 where both always say the same single thing: there is no disagreement, and no chance to go beyond.
    """
    n = both + first_only + second_only + neither
    if n == 0:
        return math.nan
    observed = (both + neither) / n
    yes = (both + first_only) * (both + second_only) / n**2
    no = (second_only + neither) * (first_only + neither) / n**2
    chance = yes + no
    return 1.0 if chance == 1 else (observed - chance) / (1 - chance)


def kappa_interval(both: int, first_only: int, second_only: int, neither: int) -> tuple[float, float, float]:
    """Kappa and the ends of its 95 % interval, within -1 to 1; NaN of nothing, and -1 to 1 below two answers.

    Large-sample standard error of J. L. Fleiss, J. Cohen and B. S. Everitt, "Large sample standard errors of kappa and
    weighted kappa", Psychological Bulletin 72 (1969) 323-327, equation 13, about the kappa of the table with one answer
    more in each cell (as A. Agresti and B. Caffo, The American Statistician 54 (2000), do for differences of shares):
    by itself it holds as few as half of the truths where most answers are of one kind.  The interval reaches as far as
    the kappa that was seen.
    """
    kappa = cohen_kappa(both, first_only, second_only, neither)
    n = both + first_only + second_only + neither
    if n < 2 or max(both, neither) == n:
        return kappa, -1.0, 1.0  # both say the same single thing: of agreement beyond chance nothing is known
    about, error = _with_error(both + 1, first_only + 1, second_only + 1, neither + 1)
    return kappa, max(-1.0, min(kappa, about - 1.96 * error)), min(1.0, max(kappa, about + 1.96 * error))


def _with_error(both: int, first_only: int, second_only: int, neither: int) -> tuple[float, float]:
    """Kappa and its large-sample standard error, of a table without an empty cell."""
    n = both + first_only + second_only + neither
    kappa = cohen_kappa(both, first_only, second_only, neither)
    rows = ((both + first_only) / n, (second_only + neither) / n)
    columns = ((both + second_only) / n, (first_only + neither) / n)
    chance = sum(row * column for row, column in zip(rows, columns, strict=True))
    agreed = (both / n, neither / n)
    apart = (first_only / n, second_only / n)
    on = sum(
        share * (1 - (row + column) * (1 - kappa)) ** 2
        for share, row, column in zip(agreed, rows, columns, strict=True)
    )
    off = (1 - kappa) ** 2 * (apart[0] * (columns[0] + rows[1]) ** 2 + apart[1] * (columns[1] + rows[0]) ** 2)
    variance = (on + off - (kappa - chance * (1 - kappa)) ** 2) / (n * (1 - chance) ** 2)
    return kappa, math.sqrt(variance)

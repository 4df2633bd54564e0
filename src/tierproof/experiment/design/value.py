"""What further items would be worth: the expected value of sample information for one arm's adoption.

Enters: what is known of the mean worth of adopting an arm over the baseline, and the spread between items.  Leaves:
expected gains in the same unit.  Must not know scores, money or endpoints.

Each arm is a decision of its own, adopt or do not, because techniques combine.  The model is conjugate normal: mean
worth ~ N(mean, sd^2), items ~ N(mean worth, spread^2).  Raiffa and Schlaifer, "Applied Statistical Decision Theory"
(1961), section 5.3-5.4.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Belief", "best_sample"]

LOG_ROOT_TWO_PI = 0.9189385332046727


@dataclass(frozen=True, slots=True)
class Belief:
    """What is known of an arm's mean worth over the baseline, per item; adopt it if that is above 0."""

    mean: float
    sd: float
    spread: float
    """Standard deviation of the worth between items."""

    def after(self, n: int) -> Belief:
        """The belief that n further items leave, if they come out as expected."""
        return Belief(self.mean, 1 / math.sqrt(1 / self.sd**2 + n / self.spread**2), self.spread)

    @property
    def evpi(self) -> float:
        """Expected value of perfect information: what deciding now is expected to lose."""
        return _unit_loss(abs(self.mean) / self.sd) * self.sd

    def evsi(self, n: int) -> float:
        """Expected value of n further items.

        After them the mean will have moved by a normal amount of sd m = sd^2 / sqrt(sd^2 + spread^2 / n), and only what
        moves it across 0 changes the decision: evsi = m (phi(u) - u Phi(-u)), u = |mean| / m.
        """
        moved = self.sd**2 / math.sqrt(self.sd**2 + self.spread**2 / n)
        return _unit_loss(abs(self.mean) / moved) * moved


def best_sample(belief: Belief, *, scale: float, price: float, least: int, most: int) -> float:
    """Expected value for each unit of price of the further sample that pays best; 0 if none is worth its price.

    `scale`: what one unit of mean worth stands for; `price`: of one item, above 0; both in one currency.  Looking only
    one batch ahead would stop too soon, as one batch alone seldom turns a decision, so all doublings from `least` to
    `most` items are looked at (Frazier and Powell, "Paradoxes in learning and the marginal value of information",
    Decision Analysis 7, 2010).
    """
    rates = [scale * belief.evsi(n) / (price * n) for n in _doublings(least, most)]
    return max((rate for rate in rates if rate > 1), default=0.0)


def _doublings(least: int, most: int) -> Iterator[int]:
    n = least
    while n < most:
        yield n
        n *= 2
    if most > 0:
        yield most


def _unit_loss(u: float) -> float:
    """phi(u) - u Phi(-u) for u >= 0: the unit normal linear loss."""
    density = math.exp(-0.5 * u * u - LOG_ROOT_TWO_PI)
    return max(0.0, density - u * 0.5 * math.erfc(u / math.sqrt(2)))

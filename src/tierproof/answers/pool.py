"""Anyone's own meta-analysis: `tierproof pool FILE`.

Enters: a `Pooled` and the priors in words.  Leaves: a `PoolAnswer`.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import field

from tierproof.answers.document import Exact, drawn
from tierproof.synthesis import Pooled

__all__ = ["PoolAnswer", "pool_answer"]


class Ends(Exact, frozen=True):
    """A central credible interval and its median, on the file's scale."""

    median: float
    low: float
    high: float
    level: float
    """Probability of the interval, 0 to 1."""


class Predictive(Exact, frozen=True):
    """The true effect in one new record of a new source."""

    mean: float
    sd: float
    interval: Ends


class Component(Exact, frozen=True):
    """One level of spread."""

    sd: Ends
    i2: float
    """Share of a typical record's variance, 0 to 1."""


class Heterogeneity(Exact, frozen=True):
    """How far true effects differ."""

    source: Component
    """Between sources."""
    record: Component
    """Between records of one source."""


class PoolAnswer(Exact, frozen=True, tag_field="schema", tag="tierproof/pool/1"):
    """`tierproof pool FILE --json`"""

    records: int
    """Pooled."""
    sources: int
    mean: float
    """Posterior of the average effect, on the file's scale."""
    sd: float
    interval: Ends
    predictive: Predictive
    heterogeneity: Heterogeneity
    log_marginal: float = field(name="log_marginal_likelihood")
    """Of the figures, under the priors."""
    priors: tuple[str, ...]
    """In words."""


def pool_answer(pooled: Pooled, priors: Sequence[str]) -> PoolAnswer:
    ends = drawn(Ends, pooled.predictive_interval)
    return drawn(
        PoolAnswer,
        pooled,
        predictive=Predictive(pooled.predictive.mean, pooled.predictive.sd, ends),
        heterogeneity=Heterogeneity(
            Component(drawn(Ends, pooled.tau_source), pooled.i2_source),
            Component(drawn(Ends, pooled.tau_record), pooled.i2_record),
        ),
        priors=priors,
    )

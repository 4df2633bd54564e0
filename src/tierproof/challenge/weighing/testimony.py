"""Which sources speak for a claim, which against, how strongly, and who paid for them.

Enters: what was pooled, and where a claim draws its line.  Leaves: `Point`s in order of strength.  Knows nothing of
forms.

Ten figures of one source are one witness: a source's own mean, as its card has it.  Its strength is its share of the
pooled weight times its distance from the line, so that strengths add up to how far the pooled figure stands from it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from tierproof.challenge.verdict import Point, VerdictWord
from tierproof.challenge.weighing.ground import Ground
from tierproof.evidence.effect import Effect
from tierproof.evidence.record import Independence
from tierproof.synthesis.posteriors.posterior import Context, Interval, Posterior
from tierproof.synthesis.values.figures import own_means
from tierproof.synthesis.values.normal import NINETY, Array

__all__ = ["NOTHING_SAID", "Line", "Testimony", "of_effects", "paid_for", "testimony_of", "together", "weighted"]

_CLEAR: Final = 1.2816
"""Standard errors from the line at which one in ten would stand by chance."""
_HALF_A_DECADE: Final = 0.5
"""Of model size: "7 billion" is what 2 to 22 billion say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The claim holds of effects within [low, high] on the analysis scale."""

    low: float = -np.inf
    high: float = np.inf

    def margin(self, estimate: float) -> float:
        """How far inside the line an effect lies; negative outside."""
        return min(estimate - self.low, self.high - estimate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Testimony:
    """All sources, by side, the strongest first."""

    points_for: tuple[Point, ...] = ()
    points_against: tuple[Point, ...] = ()

    @property
    def denied(self) -> Testimony:
        """The same, for the denial of the claim."""
        return Testimony(points_for=self.points_against, points_against=self.points_for)

    @property
    def clear(self) -> tuple[int, int]:
        """Sources that speak clearly, for and against."""
        for_, against = (
            len({point.source_id for point in side if point.clear}) for side in (self.points_for, self.points_against)
        )
        return for_, against

    def opposes(self, verdict: VerdictWord) -> bool:
        """Whether sources speak, and none of them on the side of a verdict that takes one."""
        sides = {"supported": self.points_for, "contradicted": self.points_against}
        return verdict in sides and not sides[verdict] and bool(self.points_for or self.points_against)


NOTHING_SAID: Final = Testimony()


def testimony_of(ground: Ground, posterior: Posterior, line: Line) -> Testimony:
    """What each source that was pooled into `posterior` says of effects within `line`."""
    weights = dict(zip(posterior.records, posterior.record_weights, strict=False))
    effects = [ground.records[record] for record in posterior.records if record in ground.records]
    return _weighed(
        posterior.technique, _nearby(effects, posterior.context), weights, line, tau=posterior.tau_record.median
    )


def _nearby(effects: Sequence[Effect], context: Context) -> Sequence[Effect]:
    """Of a claim about a task or a size, those sources speak that were there; all of them where none was."""
    near = [
        effect
        for effect in effects
        if context.task_family in (None, effect.record.task_family)
        and (
            context.params_b is None
            or (
                effect.record.params_b is not None
                and abs(math.log10(effect.record.params_b / context.params_b)) <= _HALF_A_DECADE
            )
        )
    ]
    return near or effects


def of_effects(technique: str, effects: Sequence[Effect], line: Line) -> Testimony:
    """The same of effects of which no shares are told: equal weight a source, and of its figures by precision."""
    by_source: dict[str, int] = defaultdict(int)
    for effect in effects:
        by_source[effect.record.source_id] += 1
    weights = {e.record.id: 1.0 / (len(by_source) * by_source[e.record.source_id]) for e in effects}
    return _weighed(technique, effects, weights, line)


def together(parts: Iterable[Testimony]) -> Testimony:
    """Several testimonies as one."""
    parts = tuple(parts)
    return Testimony(
        points_for=_ordered(point for part in parts for point in part.points_for),
        points_against=_ordered(point for part in parts for point in part.points_against),
    )


def weighted(testimony: Testimony, by: float) -> Testimony:
    """The same with strengths in another unit: money, say."""
    for_, against = (
        tuple(replace(point, strength=by * point.strength) for point in side)
        for side in (testimony.points_for, testimony.points_against)
    )
    return Testimony(points_for=for_, points_against=against)


def paid_for(ground: Ground, posteriors: Iterable[Posterior]) -> Mapping[Independence, float]:
    """Share of the pooled weight by who made the figures, each posterior counting alike."""
    shares: dict[Independence, float] = defaultdict(float)
    count = 0
    for posterior in posteriors:
        if not posterior.record_weights:
            continue
        count += 1
        for record, weight in zip(posterior.records, posterior.record_weights, strict=True):
            if record in ground.records:
                shares[ground.records[record].record.independence] += weight
    return {who: shares[who] / count for who in sorted(shares, key=lambda who: (-shares[who], who))}


def _weighed(
    technique: str,
    effects: Sequence[Effect],
    weights: Mapping[str, float],
    line: Line,
    *,
    tau: float | None = None,
) -> Testimony:
    by_source: dict[str, list[Effect]] = defaultdict(list)
    for effect in sorted(effects, key=lambda effect: effect.record.id):
        by_source[effect.record.source_id].append(effect)
    points_for: list[Point] = []
    points_against: list[Point] = []
    for source_id, group in sorted(by_source.items()):
        estimates, errors = np.array([(effect.estimate, effect.se) for effect in group]).T
        shares = np.array([weights.get(effect.record.id, 0.0) for effect in group])
        if tau is None:
            mean, se = _by_precision(estimates, errors)
        else:
            mean, se = (float(one[0]) for one in own_means(shares, estimates, errors, tau))
        margin = line.margin(mean)
        first = group[0].record
        years = [effect.record.year for effect in group if effect.record.year is not None]
        point = Point(
            source_id=source_id,
            source=first.source,
            year=max(years, default=None),
            paid=first.independence,
            technique=technique,
            records=tuple(effect.record.id for effect in group),
            outcome=first.outcome,
            scale=group[0].scale,
            effect=Interval(median=mean, low=mean - NINETY * se, high=mean + NINETY * se),
            strength=abs(margin) * float(shares.sum()),
            clear=abs(margin) > _CLEAR * se,
        )
        (points_for if margin >= 0 else points_against).append(point)
    return Testimony(points_for=_ordered(points_for), points_against=_ordered(points_against))


def _by_precision(estimates: Array, errors: Array) -> tuple[float, float]:
    """A source's mean and its standard error: of its figures' own errors, or of their scatter where that is more."""
    precision = errors**-2.0
    mean, own = float(precision @ estimates / precision.sum()), float(precision.sum() ** -0.5)
    if len(estimates) == 1:
        return mean, own
    scatter = float(precision @ (estimates - mean) ** 2 / (len(estimates) - 1))
    return mean, own * max(1.0, math.sqrt(scatter))


def _ordered(points: Iterable[Point]) -> tuple[Point, ...]:
    return tuple(sorted(points, key=lambda point: (-point.strength, point.source_id, point.technique)))

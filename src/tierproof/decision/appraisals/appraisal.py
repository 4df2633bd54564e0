"""What techniques would do for one reader, in his units: draws of success, time and money.

Enters: posteriors, techniques, a pack's settings, the reader's profile.  Leaves: an `Appraisal` whose draws, one array
a technique, are aligned over techniques.  Knows nothing of tiers, or of where evidence came from.

    net benefit a month = V (value (p1 - p0) - cost (m - 1) - latency_price latency (k - 1))
                          - running - one_off / horizon
    p1 = expit(logit(p0) + theta)

the net monetary benefit of health economics (A. A. Stinnett and J. Mullahy, "Net health benefits", Medical Decision
Making 18 (1998) S68-S80), with theta, log m and log k from the predictives: what matters to the reader is his own
setting, a new one. Outcomes are pooled apart. Those that sources measured at one operating point are drawn together,
as those points say (`synthesis.values.same_point`): the bill of a cheap point with the success of that point. Others
are drawn independently, and so is effort, which is assumed, not observed.

Draws of cost and latency end where their 90 % interval ends.  A bill or a wait many times too large shows in the first
days, and the technique is taken out again, so its price is not months of that bill.  Besides, the far tail of a
predictive is the shape of a prior, not evidence; yet it alone would carry the mean, which for a ratio with so heavy a
tail need not exist.  Medians and 90 % intervals are what they would be without.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final, Literal, TypeVar

import numpy as np
from msgspec import Struct, structs

from tierproof.decision.appraisals.copula import joined, proper
from tierproof.decision.appraisals.draws import DRAWS, LEVELS, Cells, Quantity, cells, interval_of_levels, quantiles
from tierproof.decision.reader.profile import Profile
from tierproof.evidence.reading.settings import Settings
from tierproof.evidence.record import EVERY_OUTCOME, SUCCESS, Outcome
from tierproof.evidence.technique import Assumption, Technique
from tierproof.synthesis.posteriors.posterior import Interval, Posterior, Synthesis
from tierproof.synthesis.values.context import OF_SUCCESSES
from tierproof.synthesis.values.normal import Array

__all__ = [
    "MONEY_OUTCOMES",
    "Appraisal",
    "Part",
    "appraise",
    "assumed",
    "failures_removed",
    "interval_of",
    "one_off_usd",
    "triangular",
]

T = TypeVar("T")
MoneyOutcome = Literal["quality", "cost", "latency"]
MONEY_OUTCOMES: Final[tuple[MoneyOutcome, ...]] = ("quality", "cost", "latency")
"""Outcomes that net benefit is made of; `synthesis` pairs the same ones."""
_ORDER: Final[tuple[Outcome, ...]] = MONEY_OUTCOMES
_LIMIT: Final = 20.0
"""Draws are kept within this on the analysis scale: e^20 is a factor of 5e8, beyond anything real, and no power
overflows."""
_BASELINES: Final = 24
"""Kept at once: a brief's own dozen, and those between which one of its thresholds is bracketed."""
_SEEN_AT_ONCE: Final[frozenset[Outcome]] = frozenset({"cost", "latency"})
_BEYOND: Final = int(0.05 * DRAWS - 0.5)
"""Draws on either side of the 90 % interval: the ascending draws at this index and at its mirror enclose both ends."""
Part = MoneyOutcome | Literal["effort"]


def failures_removed(p0: float, theta: Array) -> Array:
    """Share of failures that a log odds ratio `theta` removes at success rate `p0`: (p1 - p0) / (1 - p0), of its shape.

    Written as p0 (e^theta - 1) / (1 - p0 + p0 e^theta), which keeps its digits near p0 = 0, p0 = 1 and theta = 0.
    """
    rise = np.expm1(np.clip(theta, -_LIMIT, _LIMIT))
    removed: Array = p0 * rise / (1.0 + p0 * rise)
    return removed


def triangular(assumption: Assumption, levels: Array) -> Array:
    """Quantiles of the triangular distribution from low to high with its peak at mode, at `levels` in (0, 1)."""
    low, mode, high = assumption.low, assumption.mode, assumption.high
    width = high - low
    if width <= 0:
        return np.full_like(levels, mode)
    peak = (mode - low) / width
    rising = low + width * np.sqrt(levels * peak)
    falling = high - width * np.sqrt((1.0 - levels) * (1.0 - peak))
    return np.where(levels < peak, rising, falling)


@lru_cache(256)
def assumed(technique: str, quantity: Quantity, assumption: Assumption) -> Array:
    """Draws (DRAWS,) of what the technique is assumed to take, at its joint points; read-only."""
    draws = triangular(assumption, LEVELS)[cells(technique)[quantity]]
    draws.flags.writeable = False
    return draws


def interval_of(draws: Array, level: float = 0.9) -> Interval:
    """Median and central interval of probability `level` of draws (n,), which stand at the middles of n equal shares.

    That is where `LEVELS` puts them, so that one technique's draws tell what its quantiles tell, to the digit shown.
    """
    ordered = np.sort(draws)
    places = np.array((0.5 - level / 2, 0.5, 0.5 + level / 2)) * len(ordered) - 0.5
    low, median, high = np.interp(places, np.arange(len(ordered)), ordered).tolist()
    return Interval(median=median, low=low, high=high, level=level)


class Appraisal(Struct, frozen=True, eq=False, kw_only=True):
    """Everything decided in one context and profile.  Arrays have shape (DRAWS,), are read-only and computed once."""

    synthesis: Synthesis
    techniques: Mapping[str, Technique]
    settings: Settings
    profile: Profile
    _thetas: dict[Any, Array] = {}
    """Draws that hang on the baseline."""
    _anywhere: dict[Any, Array] = {}
    """Draws that are the same at every baseline."""
    _priced: dict[Any, Any] = {}
    """What follows in this profile."""
    _places: dict[str, Mapping[Quantity, Cells]] = {}
    _facts: dict[Any, Any] = {}
    """What follows from the effects at this baseline, whatever a success is worth."""
    _elsewhere: dict[float, dict[str, Any]] = {}
    """The fields that belong to a baseline, at others: the latest asked for come last."""

    def under(self, profile: Profile) -> Appraisal:
        """The same evidence for another profile; effects already drawn are shared where they are the same there.

        What is drawn at the latest baselines is kept: whoever asks where a decision turns asks at the same few.
        """
        baseline = profile.baseline_success
        if baseline == self.profile.baseline_success:
            return structs.replace(self, profile=profile, _priced={})
        found = self._elsewhere.pop(baseline, None)
        if found is None:
            found = {"synthesis": self.synthesis.at_baseline(baseline), "_thetas": {}, "_places": {}, "_facts": {}}
            if len(self._elsewhere) >= _BASELINES:
                self._elsewhere.pop(next(iter(self._elsewhere)), None)
        self._elsewhere[baseline] = found
        return structs.replace(self, **found, profile=profile, _priced={})

    def in_forms(self, posteriors: Mapping[tuple[str, Outcome], Posterior]) -> Appraisal:
        """The same with posteriors of forms in the place of their techniques'."""
        synthesis = replace(self.synthesis, posteriors={**self.synthesis.posteriors, **posteriors})
        return appraise(synthesis, self.techniques, self.settings, self.profile)

    def given(self, thetas: Mapping[tuple[str, Outcome], Array]) -> Appraisal:
        """The same with the draws (DRAWS,) of some effects replaced, for instance by ones that depend on each other."""
        here, anywhere = (
            {key: drawn for key, drawn in kept.items() if key[:2] not in thetas}
            for kept in (self._thetas, self._anywhere)
        )
        other = structs.replace(self, _thetas=here, _anywhere=anywhere, _priced={}, _facts={}, _elsewhere={})
        for (technique, outcome), drawn in thetas.items():
            held = _kept(_held(outcome, drawn, np.sort(drawn)))
            other._kept_in(technique, outcome, joint=True)[technique, outcome] = held
            other._kept_in(technique, outcome, joint=False)[technique, outcome, "levels"] = _kept(np.sort(held))
        return other

    def _kept_in(self, technique: str, outcome: Outcome, *, joint: bool) -> dict[Any, Array]:
        """Where draws are kept: those that hang on the baseline through success, or through `joint` draws with it."""
        hangs = outcome in OF_SUCCESSES or (joint and bool(self.synthesis.pairs.get(technique)))
        return self._thetas if hangs else self._anywhere

    def fact(self, key: Hashable, find: Callable[[], T]) -> T:
        """What `find` finds, once for all profiles of this baseline: it must read no price, no volume and no role."""
        return _once(self._facts, key, find)

    def priced(self, key: Hashable, find: Callable[[], T]) -> T:
        """What `find` finds, once for this profile."""
        return _once(self._priced, key, find)

    def posterior(self, technique: str, outcome: Outcome) -> Posterior | None:
        """What is known, if it is on a scale that money can be made of (unbounded metrics are not)."""
        posterior = self.synthesis.get(technique, outcome)
        scale = "log_odds_ratio" if outcome in SUCCESS else "log_ratio"
        return posterior if posterior is not None and posterior.scale == scale else None

    def answered(self, technique: str) -> bool:
        """Whether any record answers for it: where none does, what is known of it is assumed, or nothing."""
        known = (self.posterior(technique, outcome) for outcome in EVERY_OUTCOME)
        return any(posterior is not None and posterior.basis != "assumed" for posterior in known)

    def theta(self, technique: str, outcome: Outcome) -> Array:
        """Draws of the predictive on the analysis scale, of cost and latency within 90 %; 0 where nothing is known."""
        kept = self._kept_in(technique, outcome, joint=True)
        return _once(
            kept, (technique, outcome), lambda: _kept(self.levels(technique, outcome)[self.places(technique)[outcome]])
        )

    def places(self, technique: str) -> Mapping[Quantity, Cells]:
        """For each quantity the index into `LEVELS` at each of the technique's joint points; a permutation each."""
        if technique not in self._places:
            apart = cells(technique)
            if self.synthesis.pairs.get(technique):
                columns = np.stack([apart[outcome] for outcome in MONEY_OUTCOMES])
                apart = {
                    **apart,
                    **dict(zip(MONEY_OUTCOMES, joined(columns, self.correlations(technique)), strict=True)),
                }
            self._places[technique] = apart
        return self._places[technique]

    def correlations(self, technique: str) -> Array:
        """(3, 3) of the effects on `MONEY_OUTCOMES` in one new setting, by their normal scores; positive definite.

        What two outcomes have in common between sources, by the share of either's variance that is not between the
        records of a source, and within sources by the share that is.
        """
        matrix = np.eye(len(MONEY_OUTCOMES))
        for (one, other), pairing in self.synthesis.pairs.get(technique, {}).items():
            spread, other_spread = self._spread(technique, one), self._spread(technique, other)
            if spread is None or other_spread is None:
                continue
            common = pairing.within * spread[0] * other_spread[0] + pairing.between * spread[1] * other_spread[1]
            i, j = _ORDER.index(one), _ORDER.index(other)
            matrix[i, j] = matrix[j, i] = common
        return proper(matrix)

    def _spread(self, technique: str, outcome: Outcome) -> tuple[float, float] | None:
        """Of the predictive's sd, the shares within sources and from all else: their squares add up to 1."""
        posterior = self.posterior(technique, outcome)
        if posterior is None or posterior.predictive.sd <= 0:
            return None
        within = min(posterior.tau_record.median / posterior.predictive.sd, 1.0)
        return within, float(np.sqrt(1.0 - within**2))

    def levels(self, technique: str, outcome: Outcome) -> Array:
        """The same draws in ascending order: quantiles at `LEVELS`."""

        def found() -> Array:
            posterior = self.posterior(technique, outcome)
            ascending = np.zeros(DRAWS) if posterior is None else quantiles(posterior.predictive)
            return _kept(_held(outcome, ascending, ascending))

        return _once(self._kept_in(technique, outcome, joint=False), (technique, outcome, "levels"), found)

    def interval(self, technique: str, outcome: Outcome, level: float = 0.9) -> Interval:
        """Of the predictive as drawn, on the analysis scale; `level` at most 0.9 for cost and latency."""
        return interval_of_levels(self.levels(technique, outcome), level)

    def ratio(self, technique: str, outcome: Outcome) -> Array:
        """Draws of a resource's ratio, treated over today's (m of cost, k of latency); 1 where nothing is known."""
        kept = self._kept_in(technique, outcome, joint=True)
        return _once(kept, (technique, outcome, "ratio"), lambda: _kept(np.exp(self.theta(technique, outcome))))

    def failures_removed(self, technique: str) -> Array:
        """Share of today's failures removed; negative where failures are added."""
        p0 = self.profile.baseline_success
        return self.fact((technique, "removed"), lambda: _kept(failures_removed(p0, self.theta(technique, "quality"))))

    def successes(self, technique: str) -> Array:
        """Further successes a month."""
        profile = self.profile
        return profile.requests_per_month * (1.0 - profile.baseline_success) * self.failures_removed(technique)

    def parts(self, technique: str) -> Mapping[Part, Array]:
        """Net benefit's additive parts, USD a month, drawn together: their sum is the net benefit."""
        profile, volume = self.profile, self.profile.requests_per_month
        waiting = profile.latency_price * profile.latency_seconds
        return {
            "quality": profile.value_per_success * self.successes(technique),
            "cost": -volume * profile.cost_per_request * (self.ratio(technique, "cost") - 1.0),
            "latency": -volume * waiting * (self.ratio(technique, "latency") - 1.0),
            "effort": -self.effort(technique),
        }

    def effort(self, technique: str) -> Array:
        """Running cost plus one-off effort written off over the horizon, USD a month; assumed, see `Effort`."""
        return self.priced((technique, "effort"), lambda: _kept(self._effort(technique)))

    def _effort(self, technique: str) -> Array:
        effort, profile = self.techniques[technique].effort, self.profile
        once = profile.engineer_day_usd * assumed(technique, "engineer_days", effort.engineer_days)
        once += assumed(technique, "one_off_usd", effort.one_off_usd)
        return assumed(technique, "running_usd_month", effort.running_usd_month) + once / profile.horizon_months

    def net_benefit(self, technique: str) -> Array:
        """USD a month, over going on as today."""
        return self.priced((technique, "net benefit"), lambda: _kept(np.asarray(sum(self.parts(technique).values()))))

    @property
    def spending(self) -> float:
        """What requests and waiting cost today, USD a month."""
        profile = self.profile
        waiting = profile.latency_price * profile.latency_seconds
        return profile.requests_per_month * (profile.cost_per_request + waiting)

    @property
    def baseline_net(self) -> float:
        """What the system nets today, USD a month: the worth of its successes less its spending; may be negative."""
        profile = self.profile
        worth = profile.requests_per_month * profile.value_per_success * profile.baseline_success
        return worth - self.spending

    @property
    def yardstick(self) -> float:
        """What relative net benefits are shares of, USD a month: what the system nets, or spends where that is more.

        Shares of a net near or below zero would mean nothing; the larger of the two is never below half the worth of
        the system's successes.
        """
        return max(self.baseline_net, self.spending)


def _once(known: dict[Any, Any], key: Hashable, find: Callable[[], T]) -> T:
    if key not in known:
        known[key] = find()
    found: T = known[key]
    return found


def _kept(draws: Array) -> Array:
    """Read-only."""
    draws.flags.writeable = False
    return draws


def _held(outcome: Outcome, draws: Array, ascending: Array) -> Array:
    """Draws (DRAWS,) kept within what is real and, of cost and latency, within what a team would put up with."""
    if outcome in _SEEN_AT_ONCE:
        draws = np.clip(draws, ascending[_BEYOND], ascending[-1 - _BEYOND])
    held: Array = np.clip(draws, -_LIMIT, _LIMIT)
    return held


def one_off_usd(technique: Technique, profile: Profile) -> float:
    """Expected one-off effort, USD: means of the triangular assumptions."""
    effort = technique.effort
    days, paid = ((part.low + part.mode + part.high) / 3.0 for part in (effort.engineer_days, effort.one_off_usd))
    return profile.engineer_day_usd * days + paid


def appraise(
    synthesis: Synthesis, techniques: Mapping[str, Technique], settings: Settings, profile: Profile | None = None
) -> Appraisal:
    """Appraise every technique for a reader; the default profile is `Profile()`, a pack's own is in its settings.

    An effect belongs to a baseline: the synthesis is read at the profile's.
    """
    reader = Profile() if profile is None else profile
    here = synthesis.at_baseline(reader.baseline_success)
    return Appraisal(synthesis=here, techniques=techniques, settings=settings, profile=reader)

"""What a team's own data does to a table: literature before, own data, both together after.

Enters: posteriors from published evidence, own effects, a profile and a lens.  Leaves: an `Update` a technique.
Knows nothing of how the effects were measured.

Own effects update the predictive, which is the literature's word on one new setting: this one.  It is a mixture of
normals and the own effect is normal, so the update is exact (`Mixture.update`); with no own data the answer is the
literature's, with much it is the team's own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from tierproof.decision.appraisals.appraisal import appraise
from tierproof.decision.ranking.lens import Lens
from tierproof.decision.ranking.results import TierRow
from tierproof.decision.ranking.tiers import tier_table
from tierproof.decision.reader.profile import Profile
from tierproof.evidence.effect import Effect
from tierproof.evidence.reading.settings import Settings
from tierproof.evidence.record import Outcome
from tierproof.evidence.technique import Technique
from tierproof.synthesis.model.mixture import Mixture
from tierproof.synthesis.model.prior import Priors
from tierproof.synthesis.posteriors.posterior import Certainty, Interval, Posterior, Synthesis
from tierproof.synthesis.values.normal import NINETY

__all__ = ["Update", "updates", "with_own"]

_NONE = Interval(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One technique before and after its own data, in the same profile and lens."""

    technique: str
    name: str
    baseline_success: float
    """Of the profile: what odds are told against."""
    literature: Mapping[Outcome, Interval]
    """Predictive on the analysis scale, 90 %; an outcome that nothing was known of is missing."""
    own: Mapping[Outcome, Interval]
    """The own effect with its 90 % interval."""
    together: Mapping[Outcome, Interval]
    before: TierRow
    after: TierRow

    def contradicts(self, outcome: Outcome) -> bool:
        """Whether the own 90 % interval lies wholly outside of what the literature foretold with 90 %."""
        own, foretold = self.own.get(outcome), self.literature.get(outcome)
        return own is not None and foretold is not None and (own.low > foretold.high or own.high < foretold.low)

    def apart(self, outcome: Outcome) -> float:
        """How far the own effect lies from what the literature foretold, in standard deviations of the difference
        between the two, which both 90 % intervals tell; below 0: less.  NaN where either is missing.
        """
        own, foretold = self.own.get(outcome), self.literature.get(outcome)
        if own is None or foretold is None:
            return math.nan
        spread = math.hypot(own.high - own.low, foretold.high - foretold.low) / (2 * NINETY)
        return (own.median - foretold.median) / spread if spread > 0 else math.nan


def with_own(synthesis: Synthesis, effects: Iterable[Effect]) -> Synthesis:
    """The posteriors with own effects taken in, in the predictive and, since this setting is the reader's, the average.

    Where nothing was known of an outcome, the prior of an average effect is what is updated.  Effects of one technique
    and outcome are taken as measurements of the same thing.
    """
    start = Priors()
    posteriors, pairs = dict(synthesis.posteriors), dict(synthesis.pairs)
    for effect in effects:
        record = effect.record
        key = (record.technique, record.outcome)
        known = posteriors.get(key) or _unknown(effect, Mixture.normal(start.mean, start.mean_sd), synthesis)
        mixture = known.predictive.update(effect.estimate, effect.se)
        posteriors[key] = replace(
            known,
            average=mixture,
            predictive=mixture,
            basis="complete",
            records=(*known.records, record.id),
            record_weights=(),
            sources=tuple(sorted({*known.sources, record.source_id})),
            elsewhere=None,  # measured at the reader's own baseline
        )
        # What is left open now is the measurement's own error, of which other settings' pairs tell nothing.
        known_pairs = pairs.get(record.technique, {})
        pairs[record.technique] = {two: pair for two, pair in known_pairs.items() if record.outcome not in two}
    return replace(synthesis, posteriors=posteriors, pairs=pairs)


def _unknown(effect: Effect, prior: Mixture, synthesis: Synthesis) -> Posterior:
    return Posterior(
        technique=effect.record.technique,
        outcome=effect.record.outcome,
        scale=effect.scale,
        average=prior,
        predictive=prior,
        basis="complete",
        records=(),
        sources=(),
        tau_source=_NONE,
        tau_record=_NONE,
        certainty=Certainty(level="low", domains=()),
        context=synthesis.context,
    )


def updates(
    synthesis: Synthesis,
    effects: Iterable[Effect],
    techniques: Mapping[str, Technique],
    settings: Settings,
    *,
    profile: Profile,
    lens: Lens,
) -> tuple[Update, ...]:
    """One update for each technique of the pack that has own effects, the best first after them."""
    mine = [effect for effect in effects if effect.record.technique in techniques]
    after = with_own(synthesis, mine)
    rows_before, rows_after = (
        {row.technique: row for row in tier_table(appraise(each, techniques, settings, profile), lens).rows}
        for each in (synthesis, after)
    )
    found = []
    for name, row in rows_after.items():
        own = {effect.record.outcome: effect for effect in mine if effect.record.technique == name}
        if not own:
            continue
        found.append(
            Update(
                technique=name,
                name=techniques[name].name,
                baseline_success=profile.baseline_success,
                literature=_intervals(synthesis, name, own),
                own={outcome: _interval(effect) for outcome, effect in own.items()},
                together=_intervals(after, name, own),
                before=rows_before[name],
                after=row,
            )
        )
    return tuple(found)


def _intervals(synthesis: Synthesis, technique: str, outcomes: Iterable[Outcome]) -> Mapping[Outcome, Interval]:
    known = {outcome: synthesis.get(technique, outcome) for outcome in outcomes}
    return {outcome: one.predictive.interval(0.9) for outcome, one in known.items() if one is not None}


def _interval(effect: Effect) -> Interval:
    reach = NINETY * effect.se
    return Interval(effect.estimate, effect.estimate - reach, effect.estimate + reach)

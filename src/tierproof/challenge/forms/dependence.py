"""`depends-on`: whether an effect moves with a circumstance by more than the least difference worth acting on.

    model size          P(|change of the average effect for tenfold parameters| > d), from the moderator's coefficient
    task                P(the best and the worst task family differ by more than d), of families that two sources or
    more tried nothing named       P(true effects of two settings differ by more than d more often than not) load,
    data, prompt  not testable: records do not state them in a form that can be pooled

Coefficients are shrunken: where the records say nothing of a circumstance they stay near 0, and so does the
probability.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Final

from tierproof.challenge.claim import Claim, ConditionKind
from tierproof.challenge.forms.gains import outcome_of, stands_on
from tierproof.challenge.forms.thresholds import gain_line, inside, loss_line
from tierproof.challenge.verdict import SUPPORTED, Figure, Turn
from tierproof.challenge.weighing.finding import Finding, not_testable
from tierproof.challenge.weighing.ground import Ground
from tierproof.challenge.weighing.settling import settles_effect
from tierproof.challenge.weighing.testimony import Line, Testimony, testimony_of
from tierproof.challenge.weighing.turning import bisected
from tierproof.messages import gettext
from tierproof.synthesis.model.mixture import Mixture
from tierproof.synthesis.posteriors.posterior import Interval, Posterior

__all__ = ["judge_depends"]

_MEASURED: Final[frozenset[ConditionKind]] = frozenset({"model-size", "task"})
_FAMILY_SOURCES: Final = 2
_TWO_SETTINGS: Final = 0.6745 * math.sqrt(2.0)
"""Two effects from one normal distribution of sd t differ by more than this times t half of the time."""


def judge_depends(claim: Claim, technique: str, ground: Ground) -> Finding:
    outcome = outcome_of(claim, technique, ground)
    name = ground.short(technique)
    posterior = ground.posterior(technique, outcome)
    if posterior is None:
        return not_testable(gettext("no record says what {name} does to {outcome}", name=name, outcome=outcome))
    if posterior.basis == "assumed":
        return not_testable(
            gettext("{outcome} of {name} is an assumption, which depends on nothing", outcome=outcome, name=name)
        )
    kinds = [condition.kind for condition in claim.conditions]
    measured = [kind for kind in kinds if kind in _MEASURED]
    if kinds and not measured:
        return not_testable(
            gettext(
                "records do not state {kinds} in a form that can be pooled; over all settings, effects of {name} "
                "differ with an sd of {tau_source_median:.2f} between sources and {tau_record_median:.2f} within them "
                "(log odds or log ratio)",
                kinds=gettext(" and ").join(dict.fromkeys(kinds)),
                name=name,
                tau_source_median=posterior.tau_source.median,
                tau_record_median=posterior.tau_record.median,
            )
        )
    least = ground.minimal(outcome)
    difference = (
        _of_size(posterior) if "model-size" in measured else _of_task(ground, posterior) if "task" in measured else None
    )
    if measured and difference is None:
        return not_testable(
            gettext("too few records of {name} state different sizes to tell", name=name)
            if "model-size" in measured
            else gettext(
                "too few records of {name} state different task families, each tried by two sources, to tell", name=name
            )
        )
    if difference is not None:
        question, mixture = difference

        def probability(d: float) -> float:
            return 1.0 - (float(mixture.cdf(d)) - float(mixture.cdf(-d)))

        interval = mixture.interval(0.9)
        figures = [_figure(question, interval)]
    else:
        question = gettext("The effects of {name} on {outcome} in two settings differ", name=name, outcome=outcome)

        def probability(d: float) -> float:
            return _spread_above(posterior, d / _TWO_SETTINGS)

        figures = []
    figures += [
        _figure(gettext("sd between sources"), posterior.tau_source),
        _figure(gettext("sd between records of one source"), posterior.tau_record),
        Figure(
            name=gettext("probability of a gain in a new setting"),
            unit="probability",
            value=inside(posterior.predictive, gain_line(outcome, least)),
        ),
        Figure(
            name=gettext("probability of a loss in a new setting"),
            unit="probability",
            value=inside(posterior.predictive, loss_line(outcome, least)),
        ),
    ]
    crossing = bisected(lambda d: 1.0 - probability(d) if claim.negated else probability(d), SUPPORTED, 1e-6, 5.0)
    return Finding(
        probability=probability(least),
        question=gettext(
            "{question} by more than the least difference worth acting on ({least:g}).", question=question, least=least
        ),
        testimony=_testimony(ground, posterior, least),
        figures=tuple(figures),
        turn=lambda: (
            ()
            if crossing is None
            else (
                Turn(
                    quantity=gettext("least difference that counts"),
                    unit="log odds",
                    at=crossing.at,
                    side=crossing.side,
                    now=least,
                ),
            )
        ),
        measure=lambda: (settles_effect(ground, technique, outcome, gain_line(outcome, 0.0)),),
        rests_on=(posterior,),
        notes=stands_on(ground, posterior),
    )


def _testimony(ground: Ground, posterior: Posterior, least: float) -> Testimony:
    """Sources off the mean by more than the least difference speak of dependence, those near it against."""
    mean = posterior.average.mean
    return testimony_of(ground, posterior, Line(low=mean - least, high=mean + least)).denied


def _of_size(posterior: Posterior) -> tuple[str, Mixture] | None:
    for part in posterior.coefficients:
        if part.name == "log10_params":
            question = gettext("For a model of ten times the parameters, the average effect changes")
            return question, Mixture.normal(part.mean, max(part.sd, 1e-9))
    return None


def _of_task(ground: Ground, posterior: Posterior) -> tuple[str, Mixture] | None:
    """The two families whose coefficients lie furthest apart, taken as independent, which is cautious."""
    sources: dict[str, set[str]] = defaultdict(set)
    for id in posterior.records:
        if id in ground.records:
            record = ground.records[id].record
            sources[record.task_family].add(record.source_id)
    tried = {family for family, found in sources.items() if len(found) >= _FAMILY_SOURCES}
    parts = sorted(
        (part.mean, part.sd, part.name.removeprefix("task:"))
        for part in posterior.coefficients
        if part.name.startswith("task:") and part.name.removeprefix("task:") in tried
    )
    if len(parts) < 2:
        return None
    (low, low_sd, worst), (high, high_sd, best) = parts[0], parts[-1]
    named = ground.appraisal.settings.words.task
    question = gettext("Between {best} and {worst}, the average effect differs", best=named(best), worst=named(worst))
    return question, Mixture.normal(high - low, max(math.hypot(low_sd, high_sd), 1e-9))


def _spread_above(posterior: Posterior, sd: float) -> float:
    """P(the sd of true effects between settings > sd), log-normal through the median and upper end of each tau."""
    centre = math.hypot(posterior.tau_source.median, posterior.tau_record.median)
    upper = math.hypot(posterior.tau_source.high, posterior.tau_record.high)
    if centre <= 0:
        return 0.0
    spread = max(math.log(max(upper / centre, 1.0 + 1e-9)) / 1.6449, 1e-9)
    return float(Mixture.normal(math.log(centre), spread).sf(math.log(max(sd, 1e-300))))


def _figure(name: str, interval: Interval) -> Figure:
    return Figure(name=name, unit="log odds", value=interval.median, low=interval.low, high=interval.high)

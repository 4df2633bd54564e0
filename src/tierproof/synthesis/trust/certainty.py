"""How far an average can be trusted, by the domains of GRADE, each with its reason in words and numbers.

Enters: a pooling and what it says of average and new setting.  Leaves: a `Certainty`.  Knows nothing of money or tiers.

Figures come from controlled comparisons on the same items, so certainty starts at high; each domain takes off up to two
levels (Guyatt et al., BMJ 336 (2008) 924-926; the cut-offs are ours and stand here).

Narrowing to a task or a model size makes no evidence surer, since a part of it is no more than the whole: spread and
precision count as they are over all tasks, over all sizes and over both, where those are worse.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final, get_args

import numpy as np
from msgspec import Struct, structs

from tierproof.evidence.reading.settings import Words
from tierproof.evidence.record import Setting
from tierproof.evidence.technique import Assumption
from tierproof.messages import Message, Probability, joined
from tierproof.synthesis.model.mixture import Mixture
from tierproof.synthesis.pooling import Pooling
from tierproof.synthesis.posteriors.answering import ENOUGH_SOURCES, ODDS, Evidence
from tierproof.synthesis.posteriors.posterior import Certainty, CertaintyLevel, Domain
from tierproof.synthesis.values.context import OF_SUCCESSES, Context
from tierproof.synthesis.values.normal import Array

__all__ = ["Appraised", "asymmetry", "certainty_of", "certainty_of_assumption"]

LEVELS: Final[tuple[CertaintyLevel, ...]] = get_args(CertaintyLevel)
_ASYMMETRY_SOURCES: Final = 5
"""Below this many sources a regression on the standard error has next to no power."""
_MOST: Final = 2 / 3
"""Share of weight from authors and vendors that counts against the evidence; the hype discount meets smaller ones."""
_HALF: Final = 1 / 2
_THIRD: Final = 1 / 3
_ONE_SIDED: Final = 1.645
"""Of a normal deviate: 5 %."""
_INDEPENDENT: Final = 2
"""Sources that gain by neither side, without which nothing is highly certain."""
_ODDS_APART: Final = 10.0
_RATIO_APART: Final = 5.0
"""Factors by which the ends of a new setting's 90 % interval may differ before the sources are inconsistent, whatever
their signs; twice, beyond its square."""
_HELD: Final = 0.85
"""Share of left-out figures that 90 % intervals of an outcome must hold."""
_STALE_MONTHS: Final = 36
"""Evidence older than this speaks of models that hardly anybody runs any more."""
_MONTH_TOLD: Final = 1.0
_FAR: Final = 3.0
"""A model more than this many times larger or smaller than any in evidence is another setting."""


class Appraised(Struct, frozen=True, kw_only=True):
    """What a certainty is judged from."""

    evidence: Evidence
    pooling: Pooling
    average: Mixture
    predictive: Mixture
    context: Context
    minimal_difference: float
    """On the analysis scale, not negative."""
    today: tuple[int, int] | None
    """Year and month against which the age of evidence counts."""
    words: Words = Words()
    """What the field calls its tasks."""
    held: float | None = None
    """Share of left-out figures of this outcome that the 90 % intervals held; None: not known."""
    kept: dict[Any, Any] = {}
    """What was judged of the same pooling read elsewhere."""


def certainty_of(seen: Appraised) -> Certainty:
    inconsistency, imprecision = _inconsistency(seen), _imprecision(seen)
    for wide in _wider(seen):
        inconsistency = max(inconsistency, _inconsistency(wide), key=lambda domain: domain.levels)
        imprecision = max(imprecision, _imprecision(wide), key=lambda domain: domain.levels)
    if "anywhere" not in seen.kept:
        seen.kept["anywhere"] = _bias(seen), _publication(seen)
    bias, publication = seen.kept["anywhere"]
    domains = (bias, inconsistency, _indirectness(seen), imprecision, publication)
    return Certainty(level=_level(domains), domains=domains)


def _wider(seen: Appraised) -> Iterator[Appraised]:
    """The same asked of all tasks, of all sizes, or of both, where the context names one or the other."""
    here = seen.context
    for task, size in dict.fromkeys(((None, None), (None, here.params_b), (here.task_family, None))):
        if (task, size) != (here.task_family, here.params_b):
            wide = seen.pooling.at(replace(here, task_family=task, params_b=size))
            yield structs.replace(seen, pooling=wide, average=wide.average(), predictive=wide.predictive())


def certainty_of_assumption(assumption: Assumption) -> Certainty:
    """Very low: nothing was observed."""
    reason = (
        Message("no record answers; an assumption of the pack stands in ({why})", why=assumption.why.rstrip("."))
        if assumption.why
        else Message("no record answers; an assumption of the pack stands in")
    )
    return Certainty(level="very low", domains=(Domain(name="indirectness", levels=3, reason=reason),))


def _level(domains: Sequence[Domain]) -> CertaintyLevel:
    return LEVELS[min(sum(domain.levels for domain in domains), len(LEVELS) - 1)]


def _bias(seen: Appraised) -> Domain:
    share = seen.pooling.interested_share()
    reasons: list[str] = [Message("{share:.0%} of the weight comes from authors or vendors", share=share)]
    levels = int(share > _MOST)
    picked = sum(effect.record.selection == "picked" for effect in seen.evidence.used)
    if picked:
        levels += 1
        reasons.append(
            Message(
                "{picked} of {used} records were picked by hand, not whole tables",
                picked=picked,
                used=len(seen.evidence.used),
            )
        )
    figures = seen.pooling.figures
    gains = np.bincount(figures.source, weights=figures.interested + figures.rival)
    independent = int(np.count_nonzero(gains == 0))
    if independent < _INDEPENDENT:
        levels = max(levels, 1)
    reasons.append(
        Message("{independent} of {gains} sources gain by neither side", independent=independent, gains=len(gains))
    )
    return Domain(name="risk of bias", levels=levels, reason=joined("; ", reasons))


def _inconsistency(seen: Appraised) -> Domain:
    spread = seen.pooling.heterogeneity()
    centre = seen.pooling.at_its_own_place() if seen.pooling.stopped_at == 0.0 else seen.average.mean
    opposite = float(seen.predictive.cdf(0.0) if centre > 0 else seen.predictive.sf(0.0))
    means = seen.pooling.source_means()
    agree = int(np.sum(means * centre > 0))
    reasons = [
        Message("true effects differ by an sd of {spread:.2f}", spread=spread),
        Message("{agree} of {n} sources have the average's sign", agree=agree, n=len(means)),
        Message("a new setting has the other sign with probability {opposite:.0%}", opposite=Probability(opposite)),
    ]
    if spread <= seen.minimal_difference or opposite < 0.1:
        levels = 0
    else:
        levels = 2 if opposite > 0.3 and agree < 2 * len(means) / 3 else 1
    apart = float(np.exp(_width(seen.predictive)))
    odds = seen.evidence.outcome in ODDS
    limit = _ODDS_APART if odds else _RATIO_APART
    levels = max(levels, int(apart > limit) + int(apart > limit**2))
    reasons.append(
        Message("the ends of its 90 % interval differ by a factor of {apart:.3g} in the odds ratio", apart=apart)
        if odds
        else Message("the ends of its 90 % interval differ by a factor of {apart:.3g} in the ratio", apart=apart)
    )
    return Domain(name="inconsistency", levels=levels, reason=joined("; ", reasons))


def _width(predictive: Mixture) -> float:
    """Of the central 90 % interval, read by lines from a few points: within a fiftieth of an sd."""
    points = predictive.mean + predictive.sd * _POINTS
    low, high = np.interp((0.05, 0.95), predictive.condensed(per_sd=4.0, above=16).cdf(points), points)
    return float(high - low)


_POINTS: Final = np.sinh(np.linspace(-2.5, 2.5, 41)) / 2.0


def _indirectness(seen: Appraised) -> Domain:
    records = [effect.record for effect in seen.evidence.used]
    weights = seen.pooling.weights
    reasons: list[str] = []
    levels = 0
    task = seen.context.task_family
    if task is not None:
        on_task = sum(record.task_family == task for record in records)
        share = _on_task(seen)
        levels += share < _THIRD
        reasons.append(
            Message(
                "{on_task} of {records} records are on {task}, with {share:.0%} of the weight",
                on_task=on_task,
                records=len(records),
                task=seen.words.task(task),
                share=share,
            )
        )
    of_successes = seen.evidence.outcome in OF_SUCCESSES
    baselines = seen.pooling.baselines(seen.context.baseline) if of_successes else None
    if baselines is not None and baselines.near is not None:
        levels += baselines.near < _THIRD
        reasons.append(
            Message(
                "without it {median:.0%} succeed in the median record; {near:.0%} of the weight lies within one logit "
                "of the reader's {baseline:.0%}",
                median=baselines.median,
                near=baselines.near,
                baseline=seen.context.baseline,
            )
        )
    wanted = seen.context.params_b
    if wanted is not None:
        sizes = [record.params_b for record in records if record.params_b is not None]
        if not sizes:
            levels += 1
            reasons.append(Message("no record says how large its model is"))
        elif not min(sizes) / _FAR <= wanted <= max(sizes) * _FAR:
            levels += 1
            reasons.append(
                Message(
                    "models in evidence have {least:g} to {most:g} billion parameters",
                    least=min(sizes),
                    most=max(sizes),
                )
            )
    settings = [record.setting for record in records]
    lab, live = (_share(weights, settings, setting) for setting in ("lab", "production"))
    if lab > 0.5:
        levels += 1
        reasons.append(Message("{lab:.0%} of the weight comes from small laboratory settings", lab=lab))
    reasons.append(Message("{live:.0%} of the weight comes from live systems", live=live))
    age = _age(seen)
    if age is not None:
        levels += age > _STALE_MONTHS
        reasons.append(_old(seen, age))
    return Domain(name="indirectness", levels=min(levels, 3), reason=joined("; ", reasons))


def _old(seen: Appraised, months: float) -> str:
    """`months`: age of half of the weight, or more, at the date that is counted to."""
    assert seen.today is not None
    told = {
        "date": "{}-{:02d}".format(*seen.today),
        "newest": str(max(effect.date for effect in seen.evidence.used if effect.date is not None)[0]),
    }
    if months >= _MONTH_TOLD:
        return Message(
            "as of {date} half of the weight is {age:g} years old or older, and the newest record is of {newest}",
            age=round(months / 12, 1),
            **told,
        )
    return Message("as of {date} half of the weight is of that month, and the newest record is of {newest}", **told)


def _on_task(seen: Appraised) -> float:
    """Share of the weight that records on the reader's task hold."""
    task = seen.context.task_family
    here = np.array([effect.record.task_family == task for effect in seen.evidence.used])
    return float(seen.pooling.weights @ here)


def _share(weights: Array, settings: Sequence[Setting], wanted: Setting) -> float:
    """Of the weight, that of the records in the setting `wanted`."""
    if wanted not in settings:
        return 0.0
    return float(weights @ np.array([setting == wanted for setting in settings]))


def _age(seen: Appraised) -> float | None:
    """Weighted median age in months of the dated records."""
    if seen.today is None:
        return None
    year, month = seen.today
    dates = [effect.date for effect in seen.evidence.used]
    ages = {date: 12 * (year - date[0]) + month - date[1] for date in set(dates) if date is not None}
    if not ages:
        return None
    dates_by_age = sorted(ages, key=ages.__getitem__)
    place: dict[tuple[int, int] | None, int] = {date: number for number, date in enumerate(dates_by_age)}
    by_age = np.bincount([place.get(date, len(place)) for date in dates], weights=seen.pooling.weights)
    cumulative = np.cumsum(by_age[: len(place)])
    middle = dates_by_age[int(np.searchsorted(cumulative, 0.5 * cumulative[-1]))]
    return max(0.0, float(ages[middle]))


def _imprecision(seen: Appraised) -> Domain:
    least = seen.minimal_difference
    worse, no_better = seen.average.cdf([-least, least]).tolist()
    better, neither = 1.0 - no_better, no_better - worse
    reasons = [
        Message(
            "beyond the minimal difference the average is better with probability {better:.0%}, worse with {worse:.0%}",
            better=Probability(better),
            worse=Probability(worse),
        )
        if seen.evidence.outcome in ODDS
        else Message(
            "beyond the minimal difference the average is higher with probability {better:.0%}, lower with {worse:.0%}",
            better=Probability(better),
            worse=Probability(worse),
        )
    ]
    levels = 0
    if max(worse, better, neither) < 0.95:
        levels = 2 if min(worse, better) > 0.1 else 1
    sources = len(seen.pooling.sources)
    assumed = sum(effect.n_assumed for effect in seen.evidence.used)
    if assumed:
        weight = float(seen.pooling.weights @ np.array([effect.n_assumed for effect in seen.evidence.used]))
        levels += weight > _HALF
        reasons.append(
            Message(
                "sample size assumed for {assumed} of {used} records", assumed=assumed, used=len(seen.evidence.used)
            )
        )
    if seen.held is not None and seen.held < _HELD:
        levels += 1
        reasons.append(
            Message(
                "90 % intervals of {outcome} held only {held:.0%} of the figures left out",
                outcome=seen.evidence.outcome,
                held=seen.held,
            )
        )
    if sources < ENOUGH_SOURCES:
        levels += 1
        reasons.append(Message("only {n} source", "only {n} sources", n=sources))
    else:
        reasons.append(Message("{n} source", "{n} sources", n=sources))
    return Domain(name="imprecision", levels=min(levels, 2), reason=joined("; ", reasons))


def _publication(seen: Appraised) -> Domain:
    sources = len(seen.pooling.sources)
    share = seen.pooling.interested_share()
    if sources < _ASYMMETRY_SOURCES:
        few = share > _MOST
        reasons = [
            Message(
                "{n} source: too few to see whether unfavourable figures are missing",
                "{n} sources: too few to see whether unfavourable figures are missing",
                n=sources,
            ),
            *([Message("and most of the weight is from authors or vendors")] if few else ()),
        ]
        reason = joined(", ", reasons)
        return Domain(name="publication bias", levels=int(few), reason=reason)
    slope, se = asymmetry(*_source_means(seen.pooling))
    z = slope / se
    towards = z if seen.evidence.outcome in (*ODDS, "throughput") else -z
    better, worse = (
        Message("less precise sources report better figures"),
        Message("less precise sources report worse figures"),
    )
    known = Message("no sign that less precise sources report better figures")
    if abs(towards) > _ONE_SIDED:
        known = better if towards > 0 else worse
    reason = Message("{known} (slope on the standard error, z = {towards:.1f})", known=known, towards=towards)
    return Domain(name="publication bias", levels=int(towards > _ONE_SIDED), reason=reason)


def _source_means(pooling: Pooling) -> tuple[Array, Array]:
    return pooling.figures.source_means(float(pooling.fit.weights @ pooling.fit.tau_record_grid))


def asymmetry(means: Array, se: Array) -> tuple[float, float]:
    """Slope of source means on their standard errors and its standard error (Egger et al., BMJ 315 (1997) 629-634).

    Weighted least squares with multiplicative overdispersion of at least 1, on three sources or more.
    """
    w = se**-2.0
    total = float(w.sum())
    x, y = se - float(w @ se) / total, means - float(w @ means) / total
    information = float(w @ x**2)
    if information < 1e-12 * len(se):  # all sources equally precise: nothing to see
        return 0.0, np.inf
    slope = float(w @ (x * y)) / information
    dispersion = max(1.0, float(w @ (y - slope * x) ** 2) / (len(means) - 2))
    return slope, float(np.sqrt(dispersion / information))

"""Anybody's own meta-analysis: `tierproof pool`.

Enters: figures or events as `evidence.reading.columns` reads them, a measure, priors.  Leaves: a `PoolAnswer`, or an
`InputError` where priors that nobody chose contradict the figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

import numpy as np
from msgspec import structs

from tierproof.answers.document import Exact, drawn
from tierproof.errors import InputError
from tierproof.evidence.reading.columns import Columns, Events, read_columns, read_events
from tierproof.messages import Message, gettext
from tierproof.synthesis.model.prior import Priors
from tierproof.synthesis.pools.meta_analysis import Pooled, pool
from tierproof.synthesis.pools.scales import RATIOS, Measure, priors_for
from tierproof.synthesis.pools.two_by_two import TwoByTwo, corrected, pool_exact
from tierproof.synthesis.posteriors.posterior import Interval as Spanned
from tierproof.synthesis.synthesise import priors_from
from tierproof.synthesis.values.normal import Array

__all__ = ["Interval", "Likelihood", "PoolAnswer", "misfit_told", "pool_events", "pool_figures", "pool_file"]

Likelihood = Literal["normal", "exact", "corrected"]
_APART: Final = 2.0
"""Sds from the prior's mean from which on where figures lie is what does not fit."""
_Z: Final = 1.959963984540054


class Interval(Exact, frozen=True):
    """A point with a central credible interval."""

    median: float
    low: float
    high: float
    level: float
    """Probability of the interval, 0 to 1."""


class Distributed(Exact, frozen=True):
    """Of the true effect in one new setting, on the scale of the figures."""

    mean: float
    sd: float
    interval: Interval


class Spread(Exact, frozen=True):
    sd: Interval
    """Of true effects."""
    i2: float
    """Share of the variance of a typical record, 0 to 1."""


class Heterogeneity(Exact, frozen=True):
    total: Spread
    source: Spread | None
    """Between sources; null where every source has one record, whose one spread is `total`."""
    record: Spread | None
    """Between records of one source; null as above."""


class Contradiction(Exact, frozen=True):
    """Prior and figures that do not fit each other."""

    distance: float
    """Prior predictive sds from the prior's mean to the figures' weighted mean."""
    beyond: float
    """Probability that the spread lies beyond the prior's 99.9 % point."""
    spread: float
    """Of true effects as the figures alone tell it, in scales of its prior."""
    grave: bool
    weighted_mean: float
    mean_sd: float
    """`--mean-sd` that would fit."""
    tau_scale: float
    """`--tau-scale` that would fit."""


class Figure(Exact, frozen=True):
    """One record of the file, on the scale that is pooled."""

    label: str
    estimate: float
    """As the file has it, or made of its events."""
    low: float
    """Of its own 95 % interval."""
    high: float
    weight: float
    """Share in the average, 0 to 1."""


class PoolAnswer(Exact, frozen=True, tag_field="schema", tag="tierproof/pool/2"):
    """`tierproof pool --json`; figures keep full precision, intervals are central, of probability 0.95."""

    measure: Measure | None
    """Null: none was named, and the figures are taken for log odds ratios or the like."""
    likelihood: Literal["normal", "exact", "corrected"]
    """`exact`: of events; `corrected`: of log ratios of events, half an event added where a cell is empty."""
    records: int
    sources: int
    mean: float
    sd: float
    interval: Interval
    ratio: Interval | None
    """The average as an odds ratio, a risk ratio or a ratio, where the measure's scale is a logarithm."""
    predictive: Distributed
    heterogeneity: Heterogeneity
    log_marginal_likelihood: float
    """Of the figures, under the priors."""
    priors: tuple[str, ...]
    conflict: Contradiction | None
    """Set where the prior and the figures contradict each other."""
    repeats: int
    """Figures that are, with their error, the same as an earlier one."""
    uninformative: tuple[str, ...]
    """Studies left out: no event in either arm, or nothing but events."""
    one_ended: bool
    """Of events: every study is as uneven as it can be, so that the prior, or the half event added, tells the size."""
    figures: tuple[Figure, ...]


def pool_file(
    file: Path,
    *,
    given: Literal["effects", "events"] = "effects",
    measure: Measure | None = None,
    y: str | None = None,
    se: str | None = None,
    vi: str | None = None,
    cluster: str | None = None,
    label: str | None = None,
    corrected: bool = False,
    mean_sd: float | None = None,
    tau_scale: float | None = None,
) -> PoolAnswer:
    """Pool what stands in a table of separated values: effects in the columns named, else yi and sei, or two arms'
    events.

    Raises InputError as `read_columns`, `pool_figures` and `pool_events` do, and for options at odds.
    """
    if se is not None and vi is not None:
        raise InputError.of(Message("--se and --vi are both given"), remedy=Message("name the column of one of them"))
    if given == "events":
        if stray := [name for name, value in (("--y", y), ("--se", se), ("--vi", vi)) if value is not None]:
            message = Message("{stray} names a column of effects, and events are given", stray=stray[0])
            remedy = Message("events are read from the columns ai, n1i, ci, n2i, or ai, bi, ci, di")
            raise InputError.of(message, remedy=remedy)
        events = read_events(file, cluster=cluster, label=label)
        return pool_events(events, measure=measure or "OR", exact=not corrected, mean_sd=mean_sd, tau_scale=tau_scale)
    if corrected:
        raise InputError.of(Message("--corrected is for events"), remedy=Message("give --from events, or leave it out"))
    columns = read_columns(file, y=y or "yi", se=se or "sei", vi=vi, cluster=cluster, label=label)
    return pool_figures(columns, measure=measure, mean_sd=mean_sd, tau_scale=tau_scale)


def pool_figures(
    columns: Columns, *, measure: Measure | None = None, mean_sd: float | None = None, tau_scale: float | None = None
) -> PoolAnswer:
    """Pool estimates with their errors.  Raises InputError, for priors of nobody's choice that contradict them too."""
    y, se = np.array(columns.y), np.array(columns.se)
    priors = _priors(measure or "OR", y, se, mean_sd, tau_scale)
    pooled = pool(y, se, columns.cluster, priors=priors)
    answer = _answer(pooled, y, se, columns.label, measure=measure, likelihood="normal", priors=priors)
    _refuse(answer, chosen=mean_sd is not None or tau_scale is not None)
    return answer


def pool_events(
    events: Events,
    *,
    measure: Measure = "OR",
    exact: bool = True,
    mean_sd: float | None = None,
    tau_scale: float | None = None,
) -> PoolAnswer:
    """Pool two arms' events: exactly where odds ratios of unrelated studies are wanted, else with corrections.

    Raises InputError for a measure that events have not, and where no study tells anything.
    """
    if measure not in ("OR", "RR"):
        message = Message("events have no {measure}", measure=measure)
        raise InputError.of(message, remedy=Message("OR or RR; others are of --from effects"), field="--measure")
    tables = TwoByTwo(
        events=np.array(events.events),
        items=np.array(events.items),
        events_baseline=np.array(events.events_baseline),
        items_baseline=np.array(events.items_baseline),
    )
    kept = tables.informative() if measure == "OR" else tables.events + tables.events_baseline > 0
    if not kept.any():
        message = Message("no study has both an event and an item without one: there is nothing to compare")
        raise InputError.of(message, remedy=Message("check the columns; counts are of events, not of successes"))
    apart = len(set(events.cluster)) == len(events.cluster)
    told = tables.only(kept)
    y, se = corrected(told, measure)
    priors = _priors(measure, y, se, mean_sd, tau_scale)
    labels = tuple(label for label, keep in zip(events.label, kept.tolist(), strict=True) if keep)
    left_out = tuple(label for label, keep in zip(events.label, kept.tolist(), strict=True) if not keep)
    exactly = exact and apart and measure == "OR"
    if exactly:
        pooled = pool_exact(told, priors)
    else:
        cluster = [name for name, keep in zip(events.cluster, kept.tolist(), strict=True) if keep]
        pooled = pool(y, se, cluster, priors=priors)
    answer = _answer(
        pooled, y, se, labels, measure=measure, likelihood="exact" if exactly else "corrected", priors=priors
    )
    _refuse(answer, chosen=mean_sd is not None or tau_scale is not None)
    return structs.replace(answer, uninformative=left_out, one_ended=told.one_ended())


def _priors(measure: Measure, y: Array, se: Array, mean_sd: float | None, tau_scale: float | None) -> Priors:
    usual = priors_for(measure, y, se)
    return priors_from(
        {
            "mean_sd": usual.mean_sd if mean_sd is None else mean_sd,
            "tau_source_scale": usual.tau_source_scale if tau_scale is None else tau_scale,
            "tau_record_scale": usual.tau_record_scale if tau_scale is None else tau_scale,
        }
    )


def _answer(
    pooled: Pooled,
    y: Array,
    se: Array,
    labels: Sequence[str],
    *,
    measure: Measure | None,
    likelihood: Likelihood,
    priors: Priors,
) -> PoolAnswer:
    told = priors.lines()[:3]
    if pooled.tau_source is None:
        told = (told[0], Message("sd of true effects ~ half-Normal({scale:g})", scale=priors.tau_source_scale))
    return PoolAnswer(
        measure=measure,
        likelihood=likelihood,
        records=pooled.records,
        sources=pooled.sources,
        mean=pooled.mean,
        sd=pooled.sd,
        interval=drawn(Interval, pooled.interval),
        ratio=_ratio(pooled.interval) if measure in RATIOS else None,
        predictive=Distributed(
            mean=pooled.predictive.mean,
            sd=pooled.predictive.sd,
            interval=drawn(Interval, pooled.predictive_interval),
        ),
        heterogeneity=Heterogeneity(
            total=Spread(sd=drawn(Interval, pooled.tau), i2=pooled.i2),
            source=_spread(pooled.tau_source, pooled.i2_source),
            record=_spread(pooled.tau_record, pooled.i2_record),
        ),
        log_marginal_likelihood=pooled.log_marginal,
        priors=told,
        conflict=None if pooled.conflict is None else drawn(Contradiction, pooled.conflict),
        repeats=pooled.repeats,
        uninformative=(),
        one_ended=False,
        figures=tuple(
            Figure(label=label, estimate=at, low=at - _Z * error, high=at + _Z * error, weight=weight)
            for label, at, error, weight in zip(labels, y.tolist(), se.tolist(), pooled.weights, strict=True)
        ),
    )


def _spread(tau: Spanned | None, share: float | None) -> Spread | None:
    return None if tau is None or share is None else Spread(sd=drawn(Interval, tau), i2=share)


def _ratio(value: Spanned) -> Interval:
    low, median, high = (float(np.exp(np.clip(end, -700, 700))) for end in (value.low, value.median, value.high))
    return Interval(median=median, low=low, high=high, level=value.level)


def misfit_told(conflict: Contradiction, mean: float) -> str:
    """In what prior and figures differ: where they lie, or how far apart; `mean`: the average that comes out."""
    if conflict.distance > _APART or conflict.spread <= 1.0:
        return gettext(
            "their weighted mean, {weighted_mean:.4g}, lies {distance:.1f} sds from the prior's, which draws the "
            "average to {mean:.4g}",
            weighted_mean=conflict.weighted_mean,
            distance=conflict.distance,
            mean=mean,
        )
    return gettext(
        "they lie {spread:.1f} times as far apart as the prior's scale of the spread of true effects",
        spread=conflict.spread,
    )


def _refuse(answer: PoolAnswer, *, chosen: bool) -> None:
    """A default that contradicts the figures would decide them: raw units taken for log odds."""
    conflict = answer.conflict
    if conflict is None or not conflict.grave or chosen:
        return
    raw = (
        gettext(" Figures in units of their own (points, minutes, percent): --measure MD.")
        if answer.measure != "MD"
        else ""
    )
    raise InputError.of(
        gettext(
            "the prior does not fit the figures: {misfit} ({priors})",
            misfit=misfit_told(conflict, answer.mean),
            priors="; ".join(answer.priors),
        ),
        remedy=gettext(
            "say what they are with --measure OR, RR, MD, SMD or log-ratio, or give a prior that fits, such "
            "as --mean-sd {mean_sd:g} --tau-scale {tau_scale:g}.{raw}",
            mean_sd=conflict.mean_sd,
            tau_scale=conflict.tau_scale,
            raw=raw,
        ),
    )

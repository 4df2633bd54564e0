"""Moderators: what besides chance may move an effect, as columns of a regression.

An effect belongs to a baseline: its column is the share of successes without the technique, per 25 points, which is one
logit in the middle and, unlike a logit, has ends.  What chance puts into a baseline is taken out first (`baseline.py`).
Effects of one source also differ more where baselines are low: by exp(-g x), with x that column.

Authors and vendors gain by a good figure; how far depends on the room for choice, so that coefficient is measured in
units of the spread of true effects (the best of k settings lies a multiple of their sd above the mean).  Rivals gain by
a bad baseline, but less surely: a coefficient of their own, held near zero.  Both compare sources: their columns are
each source's share of such figures.  Where one source reports its own arm and others' side by side, what sets them
apart is in part that one is better: a column of its own (within against between: Y. Mundlak, Econometrica 46 (1978)
69-85), which teaches nothing of interest.  Readers are told what an independent would find, of the middle of such arms.

Enters: one question's figures and a context.  Leaves: a `Design`: columns, names, priors, and the point at which the
reader stands.  A column that carries no variation is left out.  Knows nothing of the fit.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from msgspec import Struct, structs

from tierproof.synthesis.model.baseline import Calibrated, calibrated, share_of
from tierproof.synthesis.model.conditional import coefficients_at
from tierproof.synthesis.model.prior import Priors
from tierproof.synthesis.values.context import Context
from tierproof.synthesis.values.figures import Figures
from tierproof.synthesis.values.normal import Array

__all__ = ["BASELINE", "INTERESTED", "OWN", "RIVAL", "SIZE", "TASK", "Design", "design_of"]

BASELINE: Final = "baseline"
INTERESTED: Final = "interested"
RIVAL: Final = "rival"
OWN: Final = "own arm"
SIZE: Final = "log10_params"
TASK: Final = "task:"
_KNOWN_SIZES: Final = 0.5
"""Share of records whose model size must be known before it is a column; unknown sizes count as the mean."""
_BASELINES_KNOWN: Final = 0.5
"""Share of records whose baseline must be known before it is a column; unknown ones count as the mean."""
_BASELINES_APART: Final = 0.05
"""Sd of baselines, in units of 25 points, below which they tell no slope."""
_NEAR: Final = {BASELINE: 0.5, SIZE: 0.48, TASK: 0.0}
"""By which a record may be away from the reader: half of 25 points, a factor of three in size, no other task."""
QUARTER: Final = 4.0
"""Units of the baseline's column in the whole range from 0 to 1."""
_ALIKE: Final = 1e-9
_USUAL: Final = (2.0 / np.pi) ** 0.5
"""Mean of a half-normal distribution, in its scales."""
_SIZES_APART: Final = 0.3
"""Models must differ by a factor of two."""


class Design(Struct, frozen=True, kw_only=True):
    """`n` records, `p` columns; column 0 is the intercept."""

    names: tuple[str, ...]
    x: Array
    """(n, p)"""
    prior_mean: Array
    """(p,)"""
    prior_sd: Array
    """(p,)"""
    at: Array
    """(p,) where the reader stands: no interest, his model size, his task or the evidence's mix of tasks."""
    middle: Array
    """(p,) the evidence's own place: no interest, its mean baseline and size, its mix of tasks."""
    between: Array
    """(p, p) covariance of the columns over the settings that `at` averages: zero where the reader names his task."""
    shift: Array
    """(n,) added to the estimates: the share of the baseline's chance that would pass for a slope."""
    se: Array
    """(n,) standard errors of the estimates so shifted, chance in baselines counted as far as the slope lets it in."""
    spread: Array
    """(n,) spread between records of a source at each one's baseline, as a multiple of that at the mean baseline."""
    spread_at: float
    """The same where the reader stands."""
    unknown_variance: float
    """Variance of what the evidence cannot tell of the reader's setting: a task that it never met, a sign unseen."""
    families: tuple[str, ...]
    """Task families of the records; the last columns are theirs, where there are several."""
    mean_size: float
    """log10 of billions of parameters, from which the column of sizes is measured."""
    baselines: Baselined
    spread_slope: float
    task_sd: float

    def read_at(self, context: Context) -> Design:
        """The same columns, with the point at which another reader stands."""
        p, at = len(self.names), self.middle.copy()
        between = np.zeros((p, p))
        if context.params_b is not None and SIZE in self.names:
            k = self.names.index(SIZE)  # no farther than the evidence: beyond it the nearest is known
            at[k] = np.clip(np.log10(context.params_b) - self.mean_size, self.x[:, k].min(), self.x[:, k].max())
        here = 0.0
        if BASELINE in self.names:
            k = self.names.index(BASELINE)
            if context.baseline is None:
                between[k, k] = self.baselines.variance
            else:
                here = at[k] = self.baselines.nearest(context.baseline)
        task = context.task_family
        if len(self.families) > 1:
            first = p - len(self.families)
            if task is None:
                mix = at[first:]
                between[first:, first:] = np.diag(mix) - np.outer(mix, mix)
            else:
                at[first:] = [float(family == task) for family in self.families]
        return structs.replace(
            self,
            at=at,
            between=between,
            spread_at=float(np.exp(-self.spread_slope * here)),
            unknown_variance=0.0 if task is None or task in self.families else self.task_sd**2,
        )

    def near(self, kind: str) -> Array:
        """(n,) which records speak for where the reader stands in that: `BASELINE`, `SIZE` or `TASK`."""
        columns = [k for k, name in enumerate(self.names) if name.startswith(kind)]
        return np.asarray((np.abs(self.x - self.at)[:, columns] <= _NEAR[kind]).all(axis=1))


def design_of(figures: Figures, context: Context, priors: Priors) -> Design:
    """Columns for the effects of one question."""
    n = len(figures.estimate)
    share = figures.equal_shares()
    names, columns = ["intercept"], [np.ones(n)]
    means, sds, middle = [priors.mean], [priors.mean_sd], [1.0]

    def add(name: str, column: Array, sd: float, usual: float = 0.0) -> None:
        names.append(name)
        columns.append(column)
        means.append(0.0)
        sds.append(sd)
        middle.append(usual)

    # Where all are interested the prior alone tells the coefficient from the mean: the column stays.
    interested, rival = figures.by_source(figures.interested), figures.by_source(figures.rival)
    if interested.any():
        add(INTERESTED, interested, priors.interested_sd)
    if rival.any():
        add(RIVAL, rival, priors.rival_sd)
    own = figures.interested - figures.rival - (interested - rival)
    if np.abs(own).max() > _ALIKE:
        add(OWN, own, priors.own_sd)
    known = ~np.isnan(figures.log10_params)
    sizes = figures.log10_params[known]
    mean_size = 0.0
    if len(sizes) >= _KNOWN_SIZES * n and np.ptp(sizes) > _SIZES_APART:
        mean_size = float(share[known] @ sizes / share[known].sum())
        add(SIZE, np.where(known, figures.log10_params - mean_size, 0.0), priors.size_sd)
    based = _baselined(figures, share)
    if based.variance:
        add(BASELINE, based.column, priors.baseline_sd)
    if len(figures.families) > 1:
        for code, family in enumerate(figures.families):
            column = (figures.family == code).astype(np.float64)
            add(f"{TASK}{family}", column, priors.task_sd, float(share @ column))
    design = Design(
        names=tuple(names),
        x=np.column_stack(columns),
        prior_mean=np.array(means),
        prior_sd=np.array(sds),
        at=np.array(middle),
        middle=np.array(middle),
        between=np.zeros((len(names), len(names))),
        shift=based.shift,
        se=figures.se,
        spread=np.exp(-priors.spread_slope * based.column),
        spread_at=1.0,
        unknown_variance=0.0,
        families=figures.families,
        mean_size=mean_size,
        baselines=based,
        spread_slope=priors.spread_slope,
        task_sd=priors.task_sd,
    ).read_at(context)
    return design if based.found is None else _with_its_chance(design, figures, based.found, priors)


class Baselined(Struct, frozen=True):
    """The baselines of `n` records, as a column about their mean."""

    column: Array
    """(n,) in units of 25 points; 0 where unknown."""
    mean: float
    """From which the column is measured."""
    variance: float
    """Of the column over sources; 0: it tells no slope."""
    shift: Array
    found: Calibrated | None

    def nearest(self, baseline: float) -> float:
        """Where a reader of that baseline stands, no farther than the evidence: beyond it the nearest is known."""
        return min(max(QUARTER * baseline - self.mean, float(self.column.min())), float(self.column.max()))


def _baselined(figures: Figures, share: Array) -> Baselined:
    n = len(figures.estimate)
    nothing = Baselined(np.zeros(n), 0.0, 0.0, np.zeros(n), None)
    known = np.isfinite(figures.baseline)
    if known.sum() < max(2.0, _BASELINES_KNOWN * n):
        return nothing
    found = calibrated(figures.baseline, figures.baseline_variance, share)
    weights = np.where(known, share, 0.0) / share[known].sum()
    column = QUARTER * share_of(found.baseline)
    mean = float(weights @ column)
    column = np.where(known, column - mean, 0.0)
    variance = float(weights @ column**2)
    if variance < _BASELINES_APART**2:
        return nothing
    return Baselined(column, mean, variance, found.shift, found)


def _with_its_chance(design: Design, figures: Figures, found: Calibrated, priors: Priors) -> Design:
    """Standard errors at the slope that a first look finds, heterogeneities held at their prior means.

    That is near enough: of a variance only what chance in baselines adds hangs on it.
    """

    def errors(slope: Array | float) -> Array:
        return np.sqrt(figures.se**2 - found.taken_off(slope))

    tau_source, tau_record = _USUAL * priors.tau_source_scale, _USUAL * priors.tau_record_scale
    unit = np.where([name == INTERESTED for name in design.names], float(np.hypot(tau_source, tau_record)), 1.0)
    precision = 1.0 / (errors(0.0) ** 2 + np.square(design.spread * tau_record))
    z = np.column_stack((design.x * unit, figures.estimate + found.shift))
    first = coefficients_at(z, precision, figures.source, (design.prior_mean, design.prior_sd), tau_source)
    share = share_of(found.baseline)
    slope = float(first[design.names.index(BASELINE)]) * QUARTER * share * (1.0 - share)
    return structs.replace(design, se=errors(slope))

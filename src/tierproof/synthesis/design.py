"""Moderators: what besides chance may move an effect, as columns of a regression.

Authors and vendors gain by a good figure; how far depends on the room for choice, so that coefficient is measured in
units of the spread of true effects (the best of k settings lies a multiple of their sd above the mean).  Rivals gain by
a bad baseline, but less surely: a coefficient of their own, held near zero.  Readers are told what an independent would
find.

Enters: one question's figures and a context.  Leaves: a `Design`: columns, names, priors, and the point at which the
reader stands.  A column that carries no variation is left out.  Knows nothing of the fit.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from msgspec import Struct

from tierproof.synthesis.context import Context
from tierproof.synthesis.figures import Figures
from tierproof.synthesis.normal import Array
from tierproof.synthesis.prior import Priors

__all__ = ["INTERESTED", "RIVAL", "SIZE", "TASK", "Design", "design_of"]

INTERESTED: Final = "interested"
RIVAL: Final = "rival"
SIZE: Final = "log10_params"
TASK: Final = "task:"
_KNOWN_SIZES: Final = 0.5
"""Share of records whose model size must be known before it is a column; unknown sizes count as the mean."""
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
    between: Array
    """(p, p) covariance of the columns over the settings that `at` averages: zero where the reader names his task."""
    unknown_variance: float
    """Prior variance of what the evidence cannot tell of the reader's setting: a task that it never met."""


def design_of(figures: Figures, context: Context, priors: Priors) -> Design:
    """Columns for the effects of one question."""
    n = len(figures.estimate)
    share = figures.equal_shares()
    names, columns = ["intercept"], [np.ones(n)]
    means, sds, at = [priors.mean], [priors.mean_sd], [1.0]

    def add(name: str, column: Array, sd: float, here: float) -> None:
        names.append(name)
        columns.append(column)
        means.append(0.0)
        sds.append(sd)
        at.append(here)

    # Where all are interested the prior alone tells the coefficient from the mean: the column stays.
    if figures.interested.any():
        add(INTERESTED, figures.interested, priors.interested_sd, 0.0)
    if figures.rival.any():
        add(RIVAL, figures.rival, priors.rival_sd, 0.0)
    known = ~np.isnan(figures.log10_params)
    sizes = figures.log10_params[known]
    if len(sizes) >= _KNOWN_SIZES * n and np.ptp(sizes) > _SIZES_APART:
        centre = float(share[known] @ sizes / share[known].sum())
        here = 0.0 if context.params_b is None else float(np.log10(context.params_b)) - centre
        add(SIZE, np.where(known, figures.log10_params - centre, 0.0), priors.size_sd, here)
    first_task = len(names)
    if len(figures.families) > 1:
        for code, family in enumerate(figures.families):
            column = (figures.family == code).astype(np.float64)
            here = float(share @ column) if context.task_family is None else float(family == context.task_family)
            add(f"{TASK}{family}", column, priors.task_sd, here)
    between = np.zeros((len(names), len(names)))
    if context.task_family is None and first_task < len(names):
        mix = np.array(at[first_task:])
        between[first_task:, first_task:] = np.diag(mix) - np.outer(mix, mix)
    unheard = context.task_family is not None and context.task_family not in figures.families
    return Design(
        names=tuple(names),
        x=np.column_stack(columns),
        prior_mean=np.array(means),
        prior_sd=np.array(sds),
        at=np.array(at),
        between=between,
        unknown_variance=priors.task_sd**2 if unheard else 0.0,
    )

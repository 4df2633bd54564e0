"""Moderators: what besides chance may move an effect, as columns of a regression.

Authors and vendors gain by a good figure; how far depends on the room for choice, so that coefficient is measured in
units of the spread of true effects (the best of k settings lies a multiple of their sd above the mean).  Rivals gain by
a bad baseline, but less surely: a coefficient of their own, held near zero.  Readers are told what an independent would
find.

Enters: effects and a context.  Leaves: a `Design`: columns, names, priors, and the point at which the reader stands.  A
column that carries no variation is left out.  Knows nothing of the fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tierproof.evidence.effect import Effect
from tierproof.synthesis.normal import Array
from tierproof.synthesis.posterior import Context
from tierproof.synthesis.prior import Priors

__all__ = ["INTERESTED", "RIVAL", "SIZE", "TASK", "Design", "design_of", "interest"]

INTERESTED: Final = "interested"
RIVAL: Final = "rival"
SIZE: Final = "log10_params"
TASK: Final = "task:"


def interest(effect: Effect) -> float:
    """1 for authors and vendors of the technique, 0 for anyone else."""
    return float(effect.record.independence in ("authors", "vendor"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
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


def design_of(effects: Sequence[Effect], context: Context, priors: Priors) -> Design:
    """Columns for the effects of one question, `n` >= 1."""
    records = [effect.record for effect in effects]
    share = source_shares([record.source_id for record in records])
    names, columns = ["intercept"], [np.ones(len(records))]
    means, sds, at = [priors.mean], [priors.mean_sd], [1.0]
    between: list[Array] = [np.zeros(len(records))]

    def add(name: str, column: Array, sd: float, here: float, spread: Array | None = None) -> None:
        names.append(name)
        columns.append(column)
        means.append(0.0)
        sds.append(sd)
        at.append(here)
        between.append(np.zeros(len(records)) if spread is None else spread)

    interested = np.array([interest(effect) for effect in effects])
    if interested.any():  # where all are interested the prior alone tells the coefficient from the mean
        add(INTERESTED, interested, priors.interested_sd, 0.0)
    rival = np.array([float(record.independence == "rival") for record in records])
    if rival.any():
        add(RIVAL, rival, priors.rival_sd, 0.0)
    size = np.array([np.nan if record.params_b is None else np.log10(record.params_b) for record in records])
    known = ~np.isnan(size)
    if known.mean() >= 0.5 and size[known].max() - size[known].min() > 0.3:
        centre = float(share[known] @ size[known] / share[known].sum())
        here = 0.0 if context.params_b is None else float(np.log10(context.params_b)) - centre
        add(SIZE, np.where(known, size - centre, 0.0), priors.size_sd, here)
    families = sorted({record.task_family for record in records})
    unknown = 0.0
    if len(families) > 1:
        for family in families:
            column = np.array([float(record.task_family == family) for record in records])
            if context.task_family is None:
                add(f"{TASK}{family}", column, priors.task_sd, float(share @ column), column)
            else:
                add(f"{TASK}{family}", column, priors.task_sd, float(family == context.task_family))
    if context.task_family is not None and context.task_family not in families:
        unknown = priors.task_sd**2
    spread = np.column_stack(between)
    centred = spread - share @ spread
    return Design(
        names=tuple(names),
        x=np.column_stack(columns),
        prior_mean=np.array(means),
        prior_sd=np.array(sds),
        at=np.array(at),
        between=(share[:, None] * centred).T @ centred,
        unknown_variance=unknown,
    )


def source_shares(sources: Sequence[str]) -> Array:
    """Share of each record when all sources count alike and so do the records of one source; sum 1."""
    codes, counts = np.unique(np.asarray(sources), return_inverse=True, return_counts=True)[1:]
    return np.asarray(1.0 / (counts[codes] * len(counts)))

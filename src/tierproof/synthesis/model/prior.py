"""What is assumed before any evidence is seen, in one place.

Enters: a pack's overrides, if any.  Leaves: the priors that every fit uses and `show --method` prints.  Knows nothing
of evidence.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from msgspec import Struct

from tierproof.messages import Message, joined

__all__ = ["NORMAL", "Priors", "Shape"]


class Shape(Struct, frozen=True, kw_only=True):
    """Shape of a new setting's deviation from the mean: a scale mixture of normals.

    With probability `weights[k]` the deviation is N(0, multipliers[k]^2 (ts^2 + tr^2)): some sources vary less than the
    pooled spread says, a few vary far more.
    """

    multipliers: tuple[float, ...] = (1.0,)
    weights: tuple[float, ...] = (1.0,)

    def __post_init__(self) -> None:
        if not self.multipliers or len(self.multipliers) != len(self.weights):
            raise ValueError("a shape has one weight for each multiplier")
        if not all(math.isfinite(part) and part > 0 for part in self.multipliers):
            raise ValueError("a shape's multipliers are positive")
        if not all(part >= 0 for part in self.weights) or abs(sum(self.weights) - 1.0) > 1e-6:
            raise ValueError("a shape's weights are not negative and sum to 1")


NORMAL = Shape()
"""The textbook's choice."""


class Priors(Struct, frozen=True, kw_only=True):
    """Priors on the analysis scale (log odds ratio, or log ratio)."""

    mean: float = 0.0
    """Prior mean of the average effect."""
    mean_sd: float = 1.5
    """Its sd: 95 % of techniques are thought to multiply the odds of success by something within 1/19 to 19."""
    tau_source_scale: float = 0.5
    """Scale of the half-normal prior of the sd between sources."""
    tau_record_scale: float = 0.5
    """Scale of the half-normal prior of the sd between records of one source."""
    interested_sd: float = 1.0
    """Prior sd of what authors' and vendors' interest adds to a figure, in sds of the true effects, before the
    techniques have been compared."""
    rival_sd: float = 0.2
    """Prior sd of what a rival's interest adds."""
    own_sd: float = 1.0
    """Prior sd of how much better a source's own arm does than those of others that it reports beside it."""
    interest_kept: float = 1.0
    """Share of what is learned of interest that is used, as far as it helps to foretell independents' figures."""
    baseline_sd: float = 0.25
    """Prior sd of the change of an effect per 25 points of the baseline, before the techniques have been compared."""
    spread_slope: float = 0.0
    """How fast a source's effects differ less as baselines rise: tr falls to exp(-this) of itself per 25 points."""
    size_sd: float = 0.2
    """Prior sd of the change of an effect per tenfold model size."""
    task_sd: float = 0.2
    """Prior sd of a task family's own deviation: how far families are pooled."""
    shape: Shape = NORMAL
    """Of the predictive distribution; `tierproof validate` estimates it."""

    def __post_init__(self) -> None:
        if not math.isfinite(self.mean):
            raise ValueError("prior 'mean' is a finite number")
        for name in (
            "mean_sd",
            "tau_source_scale",
            "tau_record_scale",
            "interested_sd",
            "rival_sd",
            "own_sd",
            "baseline_sd",
            "size_sd",
            "task_sd",
        ):
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(f"prior '{name}' is a positive number")
        if not 0 <= self.interest_kept <= 1:
            raise ValueError("prior 'interest_kept' is a share from 0 to 1")
        if not -1 <= self.spread_slope <= 1:
            raise ValueError("prior 'spread_slope' lies within -1 and 1")

    @classmethod
    def of(cls, overrides: Mapping[str, object]) -> Priors:
        """The defaults with a pack's overrides: numbers by name, `shape = { multipliers = [...], weights = [...] }`.

        Raises ValueError that names what cannot be used.
        """
        known = set(cls.__struct_fields__)
        values: dict[str, float] = {}
        shape = NORMAL
        for name, value in overrides.items():
            if name not in known:
                raise ValueError(f"unknown prior '{name}'; there are: {', '.join(sorted(known))}")
            if name == "shape":
                shape = _shape(value)
            elif isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(f"prior '{name}' is a number")
            else:
                values[name] = float(value)
        return cls(**values, shape=shape)

    def lines(self) -> tuple[str, ...]:
        """The priors in words, one a line."""
        parts = joined(
            ", ",
            (
                Message("{weight:.0%} x {multiplier:g}", weight=weight, multiplier=multiplier)
                for multiplier, weight in zip(self.shape.multipliers, self.shape.weights, strict=True)
                if weight > 0
            ),
        )
        return (
            Message("average effect ~ Normal({mean:g}, {mean_sd:g}^2)", mean=self.mean, mean_sd=self.mean_sd),
            Message("sd between sources ~ half-Normal({tau_source_scale:g})", tau_source_scale=self.tau_source_scale),
            Message(
                "sd between records of a source ~ half-Normal({tau_record_scale:g})",
                tau_record_scale=self.tau_record_scale,
            ),
            Message(
                "what authors' and vendors' interest adds ~ Normal(0, {interested_sd:g}^2) sds of the true effects, "
                "sharpened by the other techniques",
                interested_sd=self.interested_sd,
            ),
            Message("of it {interest_kept:.0%} is used", interest_kept=self.interest_kept),
            Message("what a rival's interest adds ~ Normal(0, {rival_sd:g}^2)", rival_sd=self.rival_sd),
            Message("a source's own arm against others' beside it ~ Normal(0, {own_sd:g}^2)", own_sd=self.own_sd),
            Message(
                "change per 25 points of the baseline ~ Normal(0, {baseline_sd:g}^2), sharpened by the other "
                "techniques",
                baseline_sd=self.baseline_sd,
            ),
            Message(
                "sd between records of a source: {expm1:.0%} less per 25 points of the baseline",
                expm1=-math.expm1(-self.spread_slope),
            ),
            Message("change per tenfold model size ~ Normal(0, {size_sd:g}^2)", size_sd=self.size_sd),
            Message("deviation of a task family ~ Normal(0, {task_sd:g}^2)", task_sd=self.task_sd),
            Message("spread of new settings, as shares of the pooled sd: {parts}", parts=parts),
        )


def _shape(value: object) -> Shape:
    if isinstance(value, Shape):
        return value
    if not isinstance(value, Mapping) or set(value) != {"multipliers", "weights"}:
        raise ValueError("prior 'shape' is a table of multipliers and weights")
    parts = {name: _numbers(name, value[name]) for name in ("multipliers", "weights")}
    return Shape(**parts)


def _numbers(name: str, value: object) -> tuple[float, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(part, int | float) for part in value):
        raise ValueError(f"prior 'shape': '{name}' is a list of numbers")
    return tuple(float(part) for part in value)

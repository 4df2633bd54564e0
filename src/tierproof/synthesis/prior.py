"""What is assumed before any evidence is seen, in one place.

Enters: overrides, if any.  Leaves: the priors that every fit uses and `show --method` prints.  Knows nothing of
evidence.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Priors"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Priors:
    """Priors on the analysis scale (log odds ratio, or log ratio)."""

    mean: float = 0.0
    """Prior mean of the average effect."""
    mean_sd: float = 1.5
    """Its sd: 95 % of techniques are thought to multiply the odds of success by something within 1/19 to 19."""
    tau_source_scale: float = 0.5
    """Scale of the half-normal prior of the sd between sources."""
    tau_record_scale: float = 0.5
    """Scale of the half-normal prior of the sd between records of one source."""
    coefficient_sd: float = 0.5
    """Prior sd of a moderator's coefficient, for which no better prior has been estimated."""

    def __post_init__(self) -> None:
        for name in ("mean_sd", "tau_source_scale", "tau_record_scale", "coefficient_sd"):
            if not 0 < getattr(self, name) < float("inf"):
                raise ValueError(f"prior '{name}' is a positive number")

    def lines(self) -> tuple[str, ...]:
        """The priors in words, one a line."""
        return (
            f"average effect ~ Normal({self.mean:g}, {self.mean_sd:g}^2)",
            f"sd between sources ~ half-Normal({self.tau_source_scale:g})",
            f"sd between records of a source ~ half-Normal({self.tau_record_scale:g})",
            f"coefficient of a moderator ~ Normal(0, {self.coefficient_sd:g}^2) unless estimated across techniques",
        )

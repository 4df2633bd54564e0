"""Pooling of effects: from effects to posteriors.  Knows nothing of money or screens."""

from typing import TYPE_CHECKING, Any

from tierproof.synthesis.model.mixture import Mixture
from tierproof.synthesis.model.prior import Priors, Shape
from tierproof.synthesis.posteriors.posterior import (
    Certainty,
    CertaintyLevel,
    Coefficient,
    Context,
    Domain,
    Interval,
    Posterior,
    Sensitivity,
    Synthesis,
)
from tierproof.synthesis.synthesise import in_detail, priors_of, synthesise

if TYPE_CHECKING:
    from tierproof.synthesis.pools.meta_analysis import Pooled, pool

__all__ = [
    "Certainty",
    "CertaintyLevel",
    "Coefficient",
    "Context",
    "Domain",
    "Interval",
    "Mixture",
    "Pooled",
    "Posterior",
    "Priors",
    "Sensitivity",
    "Shape",
    "Synthesis",
    "in_detail",
    "pool",
    "priors_of",
    "synthesise",
]


def __getattr__(name: str) -> Any:
    # A pack is pooled without it: no table waits for it.
    if name not in {"Pooled", "pool"}:
        raise AttributeError(f"module 'tierproof.synthesis' has no attribute '{name}'")
    from tierproof.synthesis.pools import meta_analysis  # noqa: PLC0415

    return getattr(meta_analysis, name)

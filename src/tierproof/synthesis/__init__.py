"""Pooling of effects: from effects to posteriors.  Knows nothing of money or screens."""

from tierproof.synthesis.meta_analysis import Pooled, pool
from tierproof.synthesis.mixture import Mixture
from tierproof.synthesis.posterior import (
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
from tierproof.synthesis.prior import Priors, Shape
from tierproof.synthesis.synthesise import priors_of, synthesise

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
    "pool",
    "priors_of",
    "synthesise",
]

"""The three-level model: priors, grid, mixtures, and what moderates an effect."""

__all__ = [
    "across",
    "baseline",
    "conditional",
    "lattice",
    "mixture",
    "model",
    "prior",
    "regressors",
]

"""The three-level model: priors, grid, exact normal algebra, mixtures, and what moderates an effect."""

__all__ = [
    "across",
    "baseline",
    "conditional",
    "lattice",
    "mixture",
    "model",
    "normal",
    "prior",
    "regressors",
]

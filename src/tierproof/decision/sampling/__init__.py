"""Draws of a new setting, by a fixed Sobol sequence."""

__all__ = [
    "copula",
    "draws",
    "sampling",
    "sobol",
]

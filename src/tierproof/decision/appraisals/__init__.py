"""What techniques would do for one reader, in draws: success, time and money."""

__all__ = [
    "appraisal",
    "copula",
    "draws",
    "sobol",
]

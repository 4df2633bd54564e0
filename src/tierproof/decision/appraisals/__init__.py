"""What techniques would do for one reader, in draws: success, time and money, and what a success costs."""

__all__ = [
    "appraisal",
    "copula",
    "cost_effectiveness",
    "draws",
    "sobol",
]

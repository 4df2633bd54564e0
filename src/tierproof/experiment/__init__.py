"""Own evidence, made: a team's workload, arms run within a budget, paired effects and records.  Must not know tiers."""

__all__ = [
    "calls",
    "design",
    "findings",
    "logs",
    "run",
    "sycophancy",
    "trials",
    "workload",
]

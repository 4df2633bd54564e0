"""Calls made, journalled, within a budget: a workload and arms in, trials and what they cost out."""

__all__ = [
    "caller",
    "calls",
    "journals",
    "measurement",
    "money",
    "runner",
    "signals",
    "trials",
    "workshop",
]

"""Calls made, journalled, within a budget: a workload and arms in, trials and what they cost out."""

__all__ = [
    "caller",
    "journals",
    "measurement",
    "money",
    "rehearsal",
    "runner",
    "signals",
    "trials",
    "workshop",
]

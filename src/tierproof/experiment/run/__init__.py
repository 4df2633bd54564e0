"""A run from its forecast to its findings: a workload and arms in, trials and what they cost out."""

__all__ = [
    "again",
    "beforehand",
    "forecast",
    "measurement",
    "runner",
]

"""Calls made, journalled, within a budget: a workload and arms in, trials and what they cost out."""

__all__ = [
    "bounds",
    "budget",
    "caller",
    "journal",
    "journal_file",
    "journal_tail",
    "measurement",
    "rehearsal",
    "repricing",
    "runner",
    "signals",
    "trials",
    "workshop",
]

"""Calls made, journalled, within a budget, and the models that arms need made.  Must not know scores."""

__all__ = [
    "batching",
    "caller",
    "event_loop",
    "journals",
    "money",
    "rehearsal",
    "sharing",
    "signals",
    "workshop",
]

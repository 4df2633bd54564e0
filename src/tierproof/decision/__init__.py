"""Posteriors to tiers, money and information, under a lens, for a profile.  Must not know where evidence came from."""

__all__ = [
    "appraisals",
    "compare",
    "history",
    "own_data",
    "plan",
    "ranking",
    "reader",
    "worth",
]

"""Posteriors to tiers, money and information, under a lens, for a profile.  Must not know where evidence came from."""

__all__ = [
    "appraisal",
    "compare",
    "draws",
    "entry",
    "history",
    "information",
    "lens",
    "marks",
    "own",
    "plan",
    "profile",
    "results",
    "sampling",
    "sobol",
    "tiers",
]

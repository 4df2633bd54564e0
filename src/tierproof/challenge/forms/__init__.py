"""One file a family of forms: each finds how probable a claim is, and what speaks for and against it."""

__all__ = [
    "attention",
    "benefit",
    "dependence",
    "gains",
    "pairs",
    "quantified",
    "ranks",
    "stated_amounts",
    "thresholds",
    "uptake",
]

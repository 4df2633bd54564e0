"""Claims and tables of others against posteriors: verdicts with the evidence on both sides.  Must not know screens."""

__all__ = [
    "audits",
    "brief",
    "claim",
    "forms",
    "judging",
    "reading",
    "telling",
    "verdict",
    "weighing",
]

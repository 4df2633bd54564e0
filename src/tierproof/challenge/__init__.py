"""Claims and tables of others against posteriors: verdicts with the evidence on both sides.  Must not know screens."""

__all__ = [
    "audit",
    "brief",
    "claim",
    "finding",
    "forms",
    "ground",
    "judge",
    "left_out",
    "naming",
    "outcome_words",
    "phrases",
    "proposal",
    "reading",
    "settling",
    "strongest",
    "tables",
    "testimony",
    "turning",
    "verdict",
    "wording",
]

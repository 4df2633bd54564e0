"""Findings as records and rows that outlive the run."""

__all__ = [
    "outcomes",
    "records",
    "training_records",
]

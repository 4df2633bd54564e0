"""Findings as records and rows that outlive the run."""

__all__ = [
    "outcomes",
    "records",
    "sittings",
    "training_records",
    "whole",
]

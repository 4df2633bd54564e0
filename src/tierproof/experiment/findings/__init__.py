"""Paired effects, outcomes and records from trials.  Must not make calls."""

__all__ = ["arm", "effects", "opponents", "outcomes", "paired", "records", "stressed", "student", "training_records"]

"""Paired effects, outcomes and records from trials.  Must not make calls."""

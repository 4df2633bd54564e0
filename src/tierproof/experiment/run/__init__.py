"""Calls made, journalled, within a budget: a workload and arms in, trials and what they cost out."""

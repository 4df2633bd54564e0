"""A team's folder, read: items, resources, tools, scorers.  Must not know how arms are run."""

__all__ = [
    "arm_names",
    "diagnosis",
    "files",
    "folder",
    "manifest",
    "new_workload",
    "scorer_trials",
    "scorers",
    "workload",
]

"""A team's folder, read: items, resources, tools, scorers.  Must not know how arms are run."""

__all__ = [
    "arm_names",
    "diagnosis",
    "folder",
    "item_files",
    "lines",
    "manifest",
    "new_workload",
    "python_files",
    "resource_files",
    "scorer_trials",
    "scorers",
    "tool_files",
    "workload",
]

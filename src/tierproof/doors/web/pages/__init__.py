"""The pages, one file each: functions from what is asked to what is shown.  Know nothing of HTTP."""

__all__ = [
    "audit",
    "brief",
    "critique",
    "imported",
    "label",
    "measure",
    "plan",
    "runs",
    "table",
    "technique",
]

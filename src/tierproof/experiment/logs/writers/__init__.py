"""Outcomes in the forms of other tools, one file a form, each through the tool's own library where it has one."""

__all__ = [
    "every_eval_ever",
    "inspect_ai",
    "mlflow",
    "tables",
]

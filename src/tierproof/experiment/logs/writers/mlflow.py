"""Outcomes as MLflow runs, one a system and task, in a store of their own, through MLflow's own library."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean
from typing import Any

from tierproof.errors import InputError
from tierproof.experiment.logs.files.rows import item_of
from tierproof.experiment.logs.outcome import Outcome
from tierproof.messages import gettext

__all__ = ["write_mlflow"]

EXPERIMENT, DATABASE = "tierproof", "mlflow.db"
TABLE = "outcomes.json"
"""Artifact of each run that `mlflow.load_table` reads."""


def write_mlflow(outcomes: Sequence[Outcome], folder: Path) -> tuple[Path, ...]:
    """Runs of the experiment `tierproof` in the folder.  Raises InputError where mlflow is not installed."""
    try:
        mlflow: Any = import_module("mlflow")
        import_module("pandas")
    except ImportError:
        message = gettext("MLflow runs are written by its own library")
        raise InputError.of(message, remedy="pip install 'tierproof[mlflow]'") from None
    folder.mkdir(parents=True, exist_ok=True)
    store = _opened(mlflow, folder.resolve())
    groups: dict[tuple[str, str, str], list[Outcome]] = {}
    for one in outcomes:
        groups.setdefault((one.system, one.task, one.filter), []).append(one)
    for (system, task, filter), rows in groups.items():
        with mlflow.start_run(run_name=" / ".join(_said((system, task, filter)))):
            mlflow.set_tags({"system": system, "task": task, "filter": filter})
            mlflow.log_metrics(_metrics(rows))
            mlflow.log_table(_table(rows), TABLE)
    return (folder / store,)


def _opened(mlflow: Any, folder: Path) -> str:
    """Name of the store: SQLite, which MLflow reads as it is, or files, where only a part of MLflow is installed."""
    if all(find_spec(name) for name in ("sqlalchemy", "alembic")):
        mlflow.set_tracking_uri(f"sqlite:///{folder / DATABASE}")
        # The command writes into an empty folder, so that there is none yet.
        mlflow.create_experiment(EXPERIMENT, artifact_location=(folder / "artifacts").as_uri())
        mlflow.set_experiment(EXPERIMENT)
        return DATABASE
    # From 3.13 on, files want to be allowed by name.
    os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow.set_tracking_uri((folder / "mlruns").as_uri())
    mlflow.set_experiment(EXPERIMENT)
    return "mlruns"


def _said(parts: Sequence[str]) -> list[str]:
    """Those that say something."""
    return [part for part in parts if part]


def _metrics(rows: Sequence[Outcome]) -> dict[str, float]:
    found: dict[str, float] = {
        "rows": float(len(rows)),
        "errors": float(sum(bool(one.error) for one in rows)),
    }
    for metric in dict.fromkeys(name for one in rows for name in one.scores):
        values = [float(value) for one in rows if isinstance(value := one.scores.get(metric), int | float)]
        if values:
            found[f"{_allowed(metric)}/mean"] = fmean(values)
            found[f"{_allowed(metric)}/n"] = float(len(values))
    return found


def _allowed(name: str) -> str:
    """Letters that names of MLflow's metrics may have."""
    return "".join(letter if letter.isalnum() or letter in "_-. /" else "_" for letter in name)


def _table(rows: Sequence[Outcome]) -> dict[str, list[Any]]:
    metrics = dict.fromkeys(name for one in rows for name in one.scores)
    return {
        "item": [item_of(one) for one in rows],
        **{f"{metric}/value": [one.scores.get(metric) for one in rows] for metric in metrics},
        "state": ["ERROR" if one.error else "OK" for one in rows],
        "error": [one.error for one in rows],
        "usd": [one.usd for one in rows],
        "seconds": [one.seconds for one in rows],
    }

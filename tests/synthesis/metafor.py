"""The pinned figures that `references/make_references.R` wrote, for the tests."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "references"


@dataclass(frozen=True)
class DataSet:
    y: np.ndarray
    se: np.ndarray
    cluster: list[str]
    x: np.ndarray | None


@dataclass(frozen=True)
class Reference:
    data: str
    quantity: str
    tau2_source: float
    tau2_record: float
    value: float


def data_set(name: str) -> DataSet:
    with (FOLDER / f"{name}.csv").open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    x = None if any(row["x"] == "" for row in rows) else np.array([float(row["x"]) for row in rows])
    return DataSet(
        y=np.array([float(row["y"]) for row in rows]),
        se=np.sqrt([float(row["v"]) for row in rows]),
        cluster=[row["cluster"] for row in rows],
        x=x,
    )


def references() -> list[Reference]:
    with (FOLDER / "references.csv").open(newline="", encoding="utf-8") as lines:
        return [
            Reference(
                row["dataset"],
                row["quantity"],
                *(np.nan if row[key] == "NA" else float(row[key]) for key in ("tau2_source", "tau2_record")),
                float(row["value"]),
            )
            for row in csv.DictReader(lines)
        ]


def names() -> list[str]:
    return sorted({reference.data for reference in references()})


def value(data: str, quantity: str) -> float:
    return next(
        reference.value for reference in references() if (reference.data, reference.quantity) == (data, quantity)
    )

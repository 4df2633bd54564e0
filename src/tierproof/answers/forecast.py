"""Whether a workload is ready, and what measuring on it will take: `tierproof doctor`, `tierproof measure --dry-run`.

Enters: a `Diagnosis`, a `Forecast` and its budget.  Leaves: a `DiagnosisAnswer`, a `ForecastAnswer`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from tierproof.answers.document import Exact, drawn

if TYPE_CHECKING:  # which call models, by a package of an extra
    from tierproof.experiment.calls.money.budget import Budget as Spendable
    from tierproof.experiment.run.forecast import Forecast
    from tierproof.experiment.workload.diagnosis import Diagnosis

__all__ = ["Budget", "DiagnosisAnswer", "ForecastAnswer", "diagnosis_answer", "forecast_answer"]


class Range(Exact, frozen=True):
    """What an amount will likely be, and between which ends."""

    low: int | float
    likely: int | float
    high: int | float


class Arm(Exact, frozen=True):
    """One arm's mean item."""

    name: str
    calls: Range
    tokens: Range
    usd: Range
    seconds: Range
    items: Range
    """Items that the arm will get."""
    measured: bool
    """Figures come from answers in the journal, not from assumptions."""


class Budget(Exact, frozen=True):
    """Never exceeded; null: no limit."""

    usd: float | None
    tokens: int | None
    calls: int | None
    """Attempts that reach an endpoint."""
    minutes: float | None


class ForecastAnswer(Exact, frozen=True, tag_field="schema", tag="tierproof/forecast/1"):
    """`tierproof measure WORKLOAD --dry-run --json`"""

    arms: tuple[Arm, ...]
    left_out: Mapping[str, str]
    """Arms that cannot be built, and what is lacking."""
    calls: Range
    """Of the whole run; equal requests of different arms count once."""
    tokens: Range
    usd: Range
    seconds: Range
    """By the clock, with as many calls at once as the models take."""
    budget: Budget


class Check(Exact, frozen=True):
    """One thing that was looked at."""

    area: Literal["items", "scorer", "models", "resources"]
    state: Literal["good", "doubtful", "bad"]
    message: str
    remedy: str


class Fit(Exact, frozen=True):
    """A way to apply a technique."""

    name: str
    summary: str
    stress: bool
    """It is an adverse condition, no technique."""
    lacks: tuple[str, ...]
    """What the workload lacks for it; empty: it can be measured."""


class DiagnosisAnswer(Exact, frozen=True, tag_field="schema", tag="tierproof/diagnosis/1"):
    """`tierproof doctor WORKLOAD --json`"""

    ready: bool
    """Nothing is bad; also the exit code: 0, else 2."""
    checks: tuple[Check, ...]
    fits: tuple[Fit, ...]
    forecast: ForecastAnswer | None
    """Null where a price is missing."""


def forecast_answer(found: Forecast, budget: Spendable) -> ForecastAnswer:
    return drawn(ForecastAnswer, found, budget=budget)


def diagnosis_answer(found: Diagnosis, forecast: ForecastAnswer | None) -> DiagnosisAnswer:
    return drawn(DiagnosisAnswer, found, forecast=forecast)

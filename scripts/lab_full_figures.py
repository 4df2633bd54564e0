"""The figures of `docs/lab-results.md`: effects over seeds, beside what the literature predicts.

Enters: folders of runs as `tierproof measure` leaves them, and the rows that are to be told.  Leaves: values.
"""

from __future__ import annotations

import json
import math
import re
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tierproof.answers.view import View, view_of
from tierproof.evidence.record import Outcome
from tierproof.experiment.trials.paired import difference, log_odds_ratio, log_ratio

__all__ = ["BASELINE", "Level", "Resource", "Row", "Run", "Span", "Training", "Versus", "read_runs", "rows_of"]

Array = NDArray[np.float64]
_NORMAL_95 = 1.959963984540054
BASELINE = "baseline"


@dataclass(frozen=True, slots=True)
class Span:
    value: float
    low: float
    high: float

    def through(self, function: Any) -> Span:
        return Span(function(self.value), function(self.low), function(self.high))


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """What one arm's models took; means over seeds."""

    arm: str
    seeds: int
    score: float
    spread: float | None
    """Standard deviation of the score over seeds; None: one seed."""
    seconds: float
    steps: float
    tensors: float
    """MiB."""
    loss_before: float
    loss_after: float | None
    said: float
    canaries: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    kind: str
    items: int
    guess: float
    right: Mapping[str, float]
    """Share that is right, per arm, the mean over its seeds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    name: str
    title: str
    baseline: str
    columns: Mapping[str, Mapping[str, Array]]
    """Per arm, by seed in its name: `score`, `usd`, `seconds`, in the items' order."""
    timed: frozenset[str]
    """Techniques whose times are evidence."""
    weights: Mapping[str, float]
    """Per arm: memory of its weights as a ratio to the base's."""
    trainings: tuple[Training, ...]
    levels: tuple[Level, ...]

    def seeds(self, stem: str) -> list[str]:
        """Arms that differ from `stem` in their seed alone, by seed."""
        return sorted(arm for arm in self.columns if stem_of(arm) == stem)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    outcome: str
    lab: Span
    expected: Span | None
    verdict: str
    exception: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Versus:
    """One arm, over its seeds, against one opponent."""

    arm: str
    opponent: str
    measured: bool = False
    before: float = 0.0
    after: float = 0.0
    points: Span = Span(0.0, 0.0, 0.0)
    seeds: int = 0
    seeded: bool = False
    cost: Span | None = None
    latency: Span | None = None
    expected: Span | None = None
    verdict: str = ""
    exception: bool = False
    resources: tuple[Resource, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    number: int
    name: str
    versus: tuple[Versus, ...]
    shows: str
    cannot: str
    exception: str


def stem_of(arm: str) -> str:
    """An arm's name without its seed."""
    return re.sub(r"\(\)", "", re.sub(r",? ?seed=\d+", "", arm))


def read_runs(folder: Path, plan: dict[str, Any]) -> dict[str, Run]:
    """The runs whose outcomes are there."""
    return {
        run["name"]: _read(folder / run["name"], run)
        for run in plan["run"]
        if (folder / run["name"] / "results" / "outcomes.jsonl").is_file()
    }


def _read(place: Path, run: dict[str, Any]) -> Run:
    results = place / "results"
    trials: dict[str, dict[str, dict[str, Any]]] = {}
    for trial in _lines(results / "outcomes.jsonl"):
        if trial["score"] is not None:
            trials.setdefault(trial["arm"], {})[trial["item"]] = trial
    # Only items that all arms answered: every comparison is of the same ones.
    shared = set.intersection(*(set(one) for one in trials.values()))
    items = [one for one in _lines(place / "items.jsonl") if one["id"] in shared]
    columns = {
        arm: {key: np.array([float(one[item["id"]][key]) for item in items]) for key in ("score", "usd", "seconds")}
        for arm, one in trials.items()
    }
    evidence = list(_lines(results / "evidence.jsonl"))
    reports = _reports(results / "training.json")
    return Run(
        name=run["name"],
        title=run.get("title", ""),
        baseline=run["baseline"],
        columns=columns,
        timed=frozenset(record["technique"] for record in evidence if record["outcome"] == "latency"),
        weights={
            arm: report["weight_bytes"] / report["base_weight_bytes"]
            for arm, report in reports.items()
            if report.get("base_weight_bytes")
        },
        trainings=tuple(_trainings(columns, reports)),
        levels=tuple(_levels(columns, items)),
    )


def _reports(path: Path) -> dict[str, dict[str, Any]]:
    if not path.is_file():
        return {}
    found = json.loads(path.read_text(encoding="utf-8"))
    return {one["arm"]: one["made"]["report"] for one in found if one["made"].get("report")}


def _trainings(columns: Mapping[str, Mapping[str, Array]], reports: Mapping[str, dict[str, Any]]) -> Iterable[Training]:
    stems: dict[str, list[str]] = {}
    for arm, report in reports.items():
        if arm in columns and report.get("steps"):
            stems.setdefault(stem_of(arm), []).append(arm)
    for stem, arms in stems.items():
        scores = [float(columns[arm]["score"].mean()) for arm in arms]

        def mean(field: str, arms: Sequence[str] = arms) -> float:
            return statistics.fmean(float(reports[arm].get(field) or 0.0) for arm in arms)

        known = all(reports[arm].get("held_out_after") is not None for arm in arms)
        yield Training(
            arm=stem,
            seeds=len(arms),
            score=statistics.fmean(scores),
            spread=statistics.stdev(scores) if len(scores) > 1 else None,
            seconds=mean("seconds"),
            steps=mean("steps"),
            tensors=mean("tensor_bytes") / 2**20,
            loss_before=mean("held_out_before"),
            loss_after=mean("held_out_after") if known else None,
            said=mean("canaries_said"),
            canaries=mean("canaries"),
        )


def _levels(columns: Mapping[str, Mapping[str, Array]], items: Sequence[dict[str, Any]]) -> Iterable[Level]:
    kinds = sorted({(one["kind"], one["documents"]) for one in items})
    stems: dict[str, list[str]] = {}
    for arm in columns:
        stems.setdefault(stem_of(arm), []).append(arm)
    for kind, documents in kinds:
        at = np.array([one["kind"] == kind and one["documents"] == documents for one in items])
        means = {
            stem: statistics.fmean(float(columns[arm]["score"][at].mean()) for arm in arms)
            for stem, arms in stems.items()
        }
        guess = next(one["guess"] for one in items if one["kind"] == kind and one["documents"] == documents)
        with_them = f"{documents} document{'' if documents == 1 else 's'}" if documents else "no document"
        yield Level(kind=f"{kind}, {with_them}", items=int(at.sum()), guess=guess, right=means)


def rows_of(told: Sequence[dict[str, Any]], runs: Mapping[str, Run]) -> tuple[Row, ...]:
    """The rows as they are told, each with its comparisons."""
    techniques = _view().pack.techniques
    return tuple(
        Row(
            number=number,
            name=techniques[row["technique"]].name,
            versus=tuple(
                _versus(runs.get(one["run"]), row["technique"], one["arm"], one.get("against", BASELINE))
                for one in row["shown"]
            ),
            shows=row["shows"],
            cannot=row["cannot"],
            exception=row.get("exception", ""),
        )
        for number, row in enumerate(told, 1)
    )


def _versus(run: Run | None, technique: str, arm: str, against: str) -> Versus:
    treated = run.seeds(arm) if run else []
    opponents = run.seeds(against) if run else []
    opponent = f"`{run.baseline}`" if run and against == BASELINE else f"`{against}`"
    if run is None or not treated or not opponents:
        return Versus(arm=arm, opponent=opponent)
    pairs = list(zip(treated, opponents * len(treated) if len(opponents) == 1 else opponents, strict=False))

    def both(key: str) -> tuple[Array, Array]:
        """Opponent and arm, the mean over seeds for each item."""
        return (
            np.mean([run.columns[other][key] for _, other in pairs], axis=0),
            np.mean([run.columns[one][key] for one, _ in pairs], axis=0),
        )

    before, after = both("score")
    single = [float(run.columns[one]["score"].mean() - run.columns[other]["score"].mean()) for one, other in pairs]
    between = statistics.variance(single) / len(single) if len(single) > 1 else 0.0
    gap = difference(before, after)
    points = _span(gap.value, math.hypot(gap.se, math.sqrt(between)))
    p0 = min(max(float(before.mean()), 0.5 / len(before)), 1 - 0.5 / len(before))
    estimate = log_odds_ratio(before, after).value
    expected = _expected(technique, "quality")
    verdict, exception = _verdict(technique, "quality", estimate, points)
    ratios = _ratios(run, technique, arm, against, both)
    resources = tuple(
        Resource(
            outcome=outcome,
            lab=logs.through(math.exp),
            expected=known.through(math.exp) if (known := _expected(technique, outcome)) else None,
            verdict=said,
            exception=odd,
        )
        for outcome, logs in ratios.items()
        for said, odd in [_verdict(technique, outcome, logs.value, logs)]
    )
    by_outcome = {one.outcome: one.lab for one in resources}
    return Versus(
        arm=arm,
        opponent=opponent,
        measured=True,
        before=float(before.mean()),
        after=float(after.mean()),
        points=points,
        seeds=len(pairs),
        seeded=len(pairs) > 1,
        cost=by_outcome.get("cost"),
        latency=by_outcome.get("latency"),
        expected=expected.through(lambda x: _at(p0, x) - p0) if expected else None,
        verdict=verdict,
        exception=exception,
        resources=resources,
    )


def _ratios(run: Run, technique: str, arm: str, against: str, both: Any) -> dict[Outcome, Span]:
    """Log ratios with their 95 %."""
    found: dict[Outcome, Span] = {}
    measured: list[tuple[Outcome, str]] = [("cost", "usd")]
    if technique in run.timed:
        measured.append(("latency", "seconds"))
    for outcome, key in measured:
        estimate = log_ratio(*both(key))
        if estimate is not None:
            found[outcome] = _span(estimate.value, estimate.se)
    if against == BASELINE and run.weights.get(arm, 1.0) != 1.0:
        found["memory"] = _span(math.log(run.weights[arm]), 0.0)
    return found


def _span(value: float, se: float) -> Span:
    return Span(value, value - _NORMAL_95 * se, value + _NORMAL_95 * se)


@cache
def _view() -> View:
    return view_of()


def _expected(technique: str, outcome: Outcome) -> Span | None:
    """The literature's predictive of a new setting on the analysis scale, 90 %."""
    posterior = _view().synthesis.get(technique, outcome)
    if posterior is None:
        return None
    interval = posterior.predictive.interval(0.9)
    return Span(interval.median, interval.low, interval.high)


def _verdict(technique: str, outcome: Outcome, estimate: float, lab: Span) -> tuple[str, bool]:
    """In words, and whether it is an exception: a sign that the literature holds for the less likely, or an estimate
    outside its 90 %, by a difference that a team would act on."""
    posterior = _view().synthesis.get(technique, outcome)
    sign = "+" if lab.low > 0 else "−" if lab.high < 0 else "none"
    if posterior is None:
        return f"lab {sign}", False
    predictive = posterior.predictive
    interval = predictive.interval(0.9)
    beyond = max(interval.low - estimate, estimate - interval.high)
    said = ", outside" if beyond > 0 else ""
    matters = max(abs(estimate), beyond) >= _view().pack.settings.minimal_difference.get(outcome, 0.0)
    if sign == "none":
        return f"lab none{said}", beyond > 0 and matters
    above = float(predictive.sf(0.0))
    p = above if sign == "+" else 1 - above
    odds = "<1 %" if p < 0.01 else ">99 %" if p > 0.99 else f"{100 * p:.0f} %"
    return f"lab {sign}, held {odds} likely{said}", matters and (beyond > 0 or p < 0.5)


def _at(p0: float, log_odds: float) -> float:
    """The share of successes that a log odds ratio makes of `p0`."""
    return 1 / (1 + math.exp(-(math.log(p0 / (1 - p0)) + log_odds)))


def _lines(path: Path) -> Iterable[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)

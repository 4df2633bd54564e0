"""What people's labels say of each other, of the judge, and of every arm.

Enters: outcomes and the labels of people.  Leaves: `Labelled`.  Must not know files.

Items are drawn at random and labelled whole, so an item all of whose answers were decided is one of a random sample of
items; the labels of several people are averaged.  Rogan and Gladen take the judge to err alike on all arms; the
prediction-powered estimate does not, and rests on each arm's own labels.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tierproof.experiment.findings.labelled.powered import Powered, prediction_powered
from tierproof.experiment.findings.labelled.sheet import answer_key
from tierproof.experiment.findings.repeats.passes import Share, mean_share
from tierproof.experiment.trials.paired import Array, difference
from tierproof.experiment.trials.trial import Trial
from tierproof.experiment.workload.scorers.agreement import JudgeError, kappa_interval

__all__ = ["Agreement", "ArmLabels", "Labelled", "estimates_of", "together"]

LEAST_ITEMS = 8
"""Labelled items below which nothing is estimated."""
Figures = tuple[float, float, float]
"""A value and the ends of its 95 % interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Two who labelled, on the answers that both decided."""

    first: str
    second: str
    answers: int
    alike: int
    kappa: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmLabels:
    """One arm, and its difference from the first; shares of right answers, 0 to 1."""

    name: str
    judged: float
    """Mean score of all its items."""
    people: Share | None
    """Of the labelled items alone."""
    powered: Powered | None
    """Prediction-powered."""
    corrected: Figures | None
    """Rogan and Gladen's."""
    difference_judged: float | None = None
    difference_powered: Powered | None = None
    difference_corrected: Figures | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    items: int
    labelled: int
    """Items all of whose answers were decided."""
    people: Mapping[str, tuple[int, int]]
    """Answers decided and left undecided, by person."""
    agreements: tuple[Agreement, ...]
    judge: Agreement | None
    """The judge and people together; None where no answer was decided."""
    error: JudgeError | None
    """The judge's, against people."""
    arms: tuple[ArmLabels, ...]


def estimates_of(trials: Sequence[Trial], labels: Mapping[str, Mapping[str, int | None]]) -> Labelled:
    """`labels`: by person and answer."""
    known = {answer_key(trial.item, trial.text) for trial in trials if trial.score is not None}
    people = {name: {key: label for key, label in given.items() if key in known} for name, given in labels.items()}
    decided = together(people)
    table = _table(trials, decided)
    error = JudgeError(**table) if sum(table.values()) else None
    columns = _columns(trials, decided)
    labelled = _whole(trials, decided)
    names = list(columns)
    usable = error if error is not None and error.informative > 0 else None
    arms = []
    for name in names:
        one = _arm(name, columns[name], labelled, usable)
        if name != names[0]:
            one = _against(one, columns[names[0]], columns[name], labelled, usable)
        arms.append(one)
    return Labelled(
        items=len({trial.item for trial in trials if trial.score is not None}),
        labelled=len(labelled),
        people={
            name: (sum(label is not None for label in given.values()), sum(label is None for label in given.values()))
            for name, given in people.items()
        },
        agreements=tuple(
            _agreement(one, other, people[one], people[other]) for one, other in itertools.combinations(people, 2)
        ),
        judge=None if error is None else _judged(table),
        error=error,
        arms=tuple(arms),
    )


def together(people: Mapping[str, Mapping[str, int | None]]) -> dict[str, float]:
    """Mean label of each answer that somebody decided."""
    given: dict[str, list[int]] = defaultdict(list)
    for labels in people.values():
        for key, label in labels.items():
            if label is not None:
                given[key].append(label)
    return {key: sum(labels) / len(labels) for key, labels in given.items()}


def _whole(trials: Sequence[Trial], decided: Mapping[str, float]) -> frozenset[str]:
    """Items all of whose answers were decided."""
    asked: dict[str, list[bool]] = defaultdict(list)
    for trial in trials:
        if trial.score is not None:
            asked[trial.item].append(answer_key(trial.item, trial.text) in decided)
    return frozenset(item for item, known in asked.items() if all(known))


def _columns(trials: Sequence[Trial], decided: Mapping[str, float]) -> dict[str, dict[str, tuple[float, float]]]:
    """By arm and item: mean score of its answers, and mean label (NaN: not all are known)."""
    kept: dict[str, dict[str, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    for trial in trials:
        if trial.score is not None:
            label = decided.get(answer_key(trial.item, trial.text), math.nan)
            kept[trial.arm][trial.item].append((trial.score, label))
    return {
        arm: {
            item: (float(np.mean([score for score, _ in one])), float(np.mean([label for _, label in one])))
            for item, one in of.items()
        }
        for arm, of in kept.items()
    }


def _parted(column: Mapping[str, tuple[float, float]], labelled: frozenset[str]) -> tuple[Array, Array, Array]:
    """Labels and scores of labelled items, scores of the others."""
    known = [pair for item, pair in column.items() if item in labelled]
    others = [score for item, (score, _) in column.items() if item not in labelled]
    return np.array([y for _, y in known]), np.array([f for f, _ in known]), np.array(others)


def _arm(
    name: str, column: Mapping[str, tuple[float, float]], labelled: frozenset[str], error: JudgeError | None
) -> ArmLabels:
    labels, judged, others = _parted(column, labelled)
    scores = np.array([score for score, _ in column.values()])
    enough = len(labels) >= LEAST_ITEMS
    share = None if error is None or not enough else error.share(float(scores.mean()), _se(scores))
    return ArmLabels(
        name=name,
        judged=float(scores.mean()),
        people=mean_share(labels) if enough else None,
        powered=prediction_powered(labels, judged, others) if enough else None,
        corrected=None if share is None else _figures(share.value, share.se, 0.0),
    )


def _against(
    one: ArmLabels,
    base: Mapping[str, tuple[float, float]],
    own: Mapping[str, tuple[float, float]],
    labelled: frozenset[str],
    error: JudgeError | None,
) -> ArmLabels:
    """With the difference from the first arm, on the items of both."""
    both = {item: (own[item][0] - base[item][0], own[item][1] - base[item][1]) for item in own if item in base}
    if len(both) < 2:
        return one
    labels, judged, others = _parted(both, labelled)
    gap = difference(np.array([base[item][0] for item in both]), np.array([own[item][0] for item in both]))
    enough = len(labels) >= LEAST_ITEMS
    right = None if error is None or not enough else error.difference(gap.value, gap.se)
    return replace(
        one,
        difference_judged=gap.value,
        difference_powered=prediction_powered(labels, judged, others) if enough else None,
        difference_corrected=None if right is None else _figures(right.value, right.se, -1.0),
    )


def _figures(value: float, se: float, least: float) -> Figures:
    return value, max(least, value - 1.96 * se), min(1.0, value + 1.96 * se)


def _se(values: Array) -> float:
    return float(values.std(ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else 0.0


def _table(trials: Sequence[Trial], decided: Mapping[str, float]) -> dict[str, int]:
    """The judge against people, each answer once; of what people are split over in halves nothing is said."""
    seen: dict[str, tuple[bool, bool]] = {}
    for trial in trials:
        key = answer_key(trial.item, trial.text)
        label = decided.get(key)
        if trial.score is not None and label is not None and label != 0.5:
            seen[key] = label > 0.5, trial.score >= 0.5
    pairs = list(seen.values())
    return {
        "right_called_right": pairs.count((True, True)),
        "right_called_wrong": pairs.count((True, False)),
        "wrong_called_right": pairs.count((False, True)),
        "wrong_called_wrong": pairs.count((False, False)),
    }


def _judged(table: Mapping[str, int]) -> Agreement:
    both, first, second, neither = table.values()
    return _agreed("people", "judge", (both, first, second, neither))


def _agreement(one: str, other: str, first: Mapping[str, int | None], second: Mapping[str, int | None]) -> Agreement:
    pairs = [(first[key], second[key]) for key in first.keys() & second.keys()]
    both, none = pairs.count((1, 1)), pairs.count((0, 0))
    return _agreed(one, other, (both, pairs.count((1, 0)), pairs.count((0, 1)), none))


def _agreed(one: str, other: str, table: tuple[int, int, int, int]) -> Agreement:
    kappa, low, high = kappa_interval(*table)
    return Agreement(
        first=one, second=other, answers=sum(table), alike=table[0] + table[3], kappa=kappa, low=low, high=high
    )

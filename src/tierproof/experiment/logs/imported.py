"""Logs of other tools as paired comparisons: what `tierproof import` computes.

Enters: paths and what a person said of them.  Leaves: an `Imported`, or an `InputError` that says where and what would
be right.  Must not know screens or evidence.
"""

from __future__ import annotations

import filecmp
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from tierproof.errors import InputError, Problem
from tierproof.experiment.findings.paired import Array
from tierproof.experiment.logs.columns import KEYS, Log, Series, read_log
from tierproof.experiment.logs.comparison import Compared, Named, compared, with_holm
from tierproof.experiment.logs.grades import GRADES
from tierproof.experiment.logs.metrics import metrics_of
from tierproof.experiment.logs.outcome import Ask
from tierproof.experiment.logs.pairing import Key, Paired, key_of, pair
from tierproof.experiment.logs.remarks import remarks
from tierproof.experiment.logs.who import Seat, opposed

__all__ = ["Choice", "Imported", "import_logs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a person said beside naming the logs."""

    baseline: str = ""
    treated: str = ""
    metrics: tuple[str, ...] = ()
    """Empty: all that both systems have."""
    filter: str = ""
    task: str = ""
    by: str | None = None
    """id, hash or input; None: what fits."""
    errors_wrong: bool = False
    refused_missing: bool = False
    cluster: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    grades: Mapping[str, float] = field(default_factory=lambda: GRADES)
    tool: str = ""
    level: float = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What the logs say."""

    logs: tuple[Log, ...]
    comparisons: tuple[Compared, ...]
    passed_over: tuple[str, ...]
    """What could not be compared beside what was, and why."""
    choice: Choice


def import_logs(paths: Sequence[Path], choice: Choice | None = None) -> Imported:
    """Read the logs, the baseline's first, and compare what they hold.  Raises InputError."""
    chosen = choice or Choice()
    if chosen.by is not None and chosen.by not in KEYS:
        message = f"'{chosen.by}' identifies nothing"
        raise InputError(Problem(field="by", message=message, remedy=f"one of: {', '.join(KEYS)}"))
    _refuse_twice(paths)
    ask = Ask(cluster=chosen.cluster, columns=chosen.columns)
    logs = [read_log(path, tool=chosen.tool, ask=ask, grades=chosen.grades) for path in paths]
    found: list[Compared] = []
    refused: list[InputError] = []
    for base, treated in opposed(logs, chosen.baseline, chosen.treated):
        for named, first, second in _matched(base, treated, chosen):
            try:
                found.append(_compare(named, first, second, base, treated, chosen))
            except InputError as error:
                refused.append(error)
    if not found:
        raise refused[0]
    if refused and chosen.metrics and len(chosen.metrics) == len({str(one) for one in refused}):
        raise refused[0]
    passed = tuple(dict.fromkeys(problem.message for error in refused for problem in error.problems))
    return Imported(logs=tuple(logs), comparisons=with_holm(found), passed_over=passed, choice=chosen)


def _refuse_twice(paths: Sequence[Path]) -> None:
    for at, path in enumerate(paths):
        for other in paths[:at]:
            try:
                same = path.is_file() and other.is_file() and filecmp.cmp(path, other, shallow=False)
            except OSError:
                continue
            if same:
                message = f"the same log as {other}: there is nothing to compare"
                raise InputError(Problem(file=path, message=message, remedy="name two different logs"))


def _matched(base: Seat, treated: Seat, choice: Choice) -> Iterator[tuple[Named, Series, Series]]:
    """Series of the two that can be compared, with the metric."""
    sides = [_series(seat, choice) for seat in (base, treated)]
    tasks = [tuple(dict.fromkeys(one.task for one in side)) for side in sides]
    one_each = len(tasks[0]) == len(tasks[1]) == 1
    any_pair = False
    for first in sides[0]:
        for second in sides[1]:
            if first.filter != second.filter or (first.task != second.task and not one_each):
                continue
            any_pair = True
            for metric in metrics_of(first, second, base, treated, choice.metrics):
                told = (base.log.told, treated.log.told)
                yield (
                    Named(
                        baseline=base.name,
                        treated=treated.name,
                        metric=metric,
                        filter=first.filter,
                        task=first.task if first.task == second.task else f"{first.task} and {second.task}",
                        lower_is_better=any(metric in one.lower_is_better for one in told),
                    ),
                    first,
                    second,
                )
    if not any_pair:
        there = [", ".join(sorted({_where(one) for one in side})) or "nothing" for side in sides]
        message = f"no task and filter is in both: {base.name} has {there[0]}; {treated.name} has {there[1]}"
        raise InputError(Problem(file=treated.log.told.path, message=message))


def _where(series: Series) -> str:
    return " / ".join(filter(None, (series.task, series.filter))) or "no task"


def _series(seat: Seat, choice: Choice) -> tuple[Series, ...]:
    found = seat.series
    for name, wanted in (("task", choice.task), ("filter", choice.filter)):
        if not wanted:
            continue
        there = tuple(dict.fromkeys(getattr(one, name) or "none" for one in found))
        found = tuple(one for one in found if (getattr(one, name) or "none") == wanted)
        if not found:
            message = f"{seat.name} has no {name} '{wanted}'"
            raise InputError(
                Problem(file=seat.log.told.path, field=name, message=message, remedy=f"one of: {', '.join(there)}")
            )
    return found


def _compare(
    named: Named, first: Series, second: Series, base: Seat, treated: Seat, choice: Choice
) -> Compared:
    key = key_of(first, second, choice.by)
    _refuse_strangers(named, key, base, treated)
    paired = pair(
        first,
        second,
        named.metric,
        key,
        errors_wrong=choice.errors_wrong,
        refused=not choice.refused_missing,
    )
    where = treated.log.told.path
    if not len(paired):
        message = f"no pairs: no item has a score for '{named.measured}' from both {named.baseline} and {named.treated}"
        raise InputError(Problem(file=where, message=message, remedy=_why_none(paired)))
    _refuse_scales(named, paired, first, second, where)
    found = compared(paired, named, level=choice.level, warnings=remarks(named, paired, first, second, base.log, treated.log, choice.errors_wrong))
    if any(side.refused for side in paired.sides) and not choice.refused_missing:
        other = pair(first, second, named.metric, key, errors_wrong=choice.errors_wrong, refused=False)
        if len(other):
            found = replace(found, without_refused=compared(other, named, level=choice.level))
    return found


def _refuse_strangers(named: Named, key: Key, base: Seat, treated: Seat) -> None:
    """Logs of different items say nothing of each other."""
    where = treated.log.told.path
    if key.smaller == 0:
        message = f"items have no {key.name} that could pair {named.baseline} and {named.treated}"
        raise InputError(Problem(file=where, message=f"no pairs: {message}", remedy="try --by id, hash or input"))
    if key.name == "id" and key.chosen and key.conflicts and base.log.told.numbered and treated.log.told.numbered:
        message = (
            f"ids are numbers that the tool gave, and {key.conflicts} of {key.shared} shared ones are other questions"
        )
        raise InputError(Problem(file=where, message=f"no pairs: {message}", remedy="pair with --by input"))
    if not key.enough:
        fit = key.shared - (0 if key.chosen else key.conflicts)
        message = (
            f"no pairs: different items: {fit} of the {key.smaller} items of the smaller log are in the other "
            f"({100 * key.overlap:.0f} %, by {key.name}), and less than half is refused"
        )
        raise InputError(Problem(file=where, message=message, remedy="give logs of the same items, or another --by"))


def _why_none(paired: Paired) -> str:
    parts = [
        f"{side.without_score} of {side.rows} rows without a score" for side in paired.sides if side.without_score
    ]
    return f"{' and '.join(parts)}; --errors wrong counts them as 0" if parts else ""


def _refuse_scales(named: Named, paired: Paired, first: Series, second: Series, where: Path) -> None:
    """Scores from 0 to 1 against scores of another scale."""
    scales = [_scale(series.scores(named.metric)) for series in (first, second)]
    for one, other in (scales, scales[::-1]):
        if one is not None and other is not None and one[1] <= 1 and one[0] >= 0 and other[2] > 1:
            shown = [f"{low:g} to {high:g}" for low, high, _ in scales if low is not None]
            message = f"'{named.measured}' is on different scales: {shown[0]} in {named.baseline}, {shown[1]} in {named.treated}"
            raise InputError(Problem(file=where, message=message, remedy="bring both to one scale first"))
    del paired


def _scale(scores: Array) -> tuple[float, float, float] | None:
    known = scores[~np.isnan(scores)]
    if not len(known):
        return None
    return float(known.min()), float(known.max()), float(np.median(known))



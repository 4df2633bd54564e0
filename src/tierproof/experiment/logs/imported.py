"""Logs of other tools as paired comparisons: what `tierproof import` computes.

Enters: paths and what a person said of them.  Leaves: an `Imported`, or an `InputError` that says where and what would
be right.  Must not know screens or evidence.
"""

from __future__ import annotations

import filecmp
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from tierproof.errors import InputError
from tierproof.experiment.logs.files.grades import GRADES, grades_from
from tierproof.experiment.logs.files.named_columns import KEYS, Extent, Log, Series, read_logs
from tierproof.experiment.logs.files.stored import StoredSeries, stored_logs
from tierproof.experiment.logs.outcome import Ask
from tierproof.experiment.logs.pairs.comparison import Compared, compared, with_holm
from tierproof.experiment.logs.pairs.matching import Match, alone, matches, unread
from tierproof.experiment.logs.pairs.pairing import Key, Side
from tierproof.experiment.logs.pairs.remarks import remarks
from tierproof.experiment.logs.pairs.stored_pairs import StoredItems
from tierproof.experiment.logs.pairs.summary import HeldItems, Items, Summary
from tierproof.experiment.logs.pairs.who import opposed
from tierproof.messages import Message, gettext
from tierproof.pieces import HERE, Place

__all__ = ["Choice", "Imported", "compare_logs", "import_logs"]


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
    absent_wrong: bool = False
    """Items of the baseline that the treated system's log does not have, or has without a score, count as wrong, as the
    gate asks."""
    refused_missing: bool = False
    cluster: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    grades: Mapping[str, float] = field(default_factory=lambda: GRADES)
    tool: str = ""
    level: float = 0.95

    @classmethod
    def of(
        cls,
        *,
        baseline: str = "",
        treated: str = "",
        metric: Sequence[str] = (),
        filter: str = "",
        task: str = "",
        by: str | None = None,
        errors: str = "missing",
        refused: str = "scored",
        cluster: str = "",
        tool: str = "",
        columns: str = "",
        grades: str = "",
    ) -> Self:
        """As people write it: `columns="item=ID,score=OK"`, `grades="A=1,B=0.5"`.

        Raises InputError for what says nothing.
        """
        _refuse_unknown("errors", errors, ("missing", "wrong"))
        _refuse_unknown("refused", refused, ("scored", "missing"))
        return cls(
            baseline=baseline,
            treated=treated,
            metrics=tuple(metric or ()),
            filter=filter,
            task=task,
            by=by or None,
            errors_wrong=errors == "wrong",
            refused_missing=refused == "missing",
            cluster=cluster,
            tool=tool,
            columns=dict(_roles(columns)),
            grades=grades_from(grades),
        )


def _refuse_unknown(field: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        remedy = gettext("one of: {names}", names=", ".join(known))
        raise InputError.of(gettext("it cannot be '{value}'", value=value), remedy=remedy, field=field)


def _roles(text: str) -> Iterator[tuple[str, str]]:
    for part in filter(None, map(str.strip, text.split(","))):
        role, equals, column = part.partition("=")
        if not equals or not role or not column:
            message = gettext("'{part}' names no column", part=part)
            raise InputError.of(message, remedy=gettext("write ROLE=NAME"), field="columns")
        yield role.strip(), column.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What the logs say."""

    logs: tuple[Log, ...]
    comparisons: tuple[Compared, ...]
    passed_over: tuple[str, ...]
    """What could not be compared beside what was, and why."""
    lacking: tuple[str, ...]
    """What of it the baseline has scores for."""
    choice: Choice

    def recompared(self, choice: Choice) -> tuple[Compared, ...]:
        """The same comparisons of the same logs under another choice of what a row without a score is worth."""
        again = compare_logs(self.logs, choice).comparisons
        by_name = {one.named: one for one in again}
        return tuple(by_name[one.named] for one in self.comparisons)


def import_logs(
    paths: Sequence[Path], choice: Choice | None = None, *, copies: bool = False, place: Place = HERE
) -> Imported:
    """Read the logs, the baseline's first, and compare what they hold.  Raises InputError.

    `copies`: two files may be equal to the byte, as a system that answers alike each time leaves them; that is said.
    `place`: where logs are read, each a piece of work, but for Parquet files too large for memory.
    """
    chosen = choice or Choice()
    if chosen.by is not None and chosen.by not in KEYS:
        message = gettext("'{by}' identifies nothing", by=chosen.by)
        raise InputError.of(message, remedy=gettext("one of: {names}", names=", ".join(KEYS)), field="by")
    alike = _alike(paths, copies=copies)
    ask = Ask(cluster=chosen.cluster, columns=chosen.columns)
    logs = stored_logs(paths, tool=chosen.tool, ask=ask, grades=chosen.grades)
    if logs is None:
        logs = read_logs(paths, tool=chosen.tool, ask=ask, grades=chosen.grades, place=place)
    found = compare_logs(logs, chosen)
    if not alike:
        return found
    return replace(
        found,
        comparisons=tuple(replace(one, warnings=(*alike, *one.warnings)) for one in found.comparisons),
    )


def compare_logs(logs: Sequence[Log], chosen: Choice) -> Imported:
    """What logs that were read hold, the baseline's first.  Raises InputError."""
    found: list[Compared] = []
    refused: list[InputError] = []
    texts: InputError | None = None
    lacking: list[str] = []
    more: list[str] = []
    seats = opposed(logs, chosen.baseline, chosen.treated)
    for base, treated in seats:
        for match in matches(base, treated, metrics=chosen.metrics, filter=chosen.filter, task=chosen.task):
            try:
                found.append(_compare(match, chosen))
            except InputError as error:
                refused.append(error)
                texts = texts or (unread(match) if isinstance(error, _UnscoredError) else None)
                if match.first.extent(match.named.metric) is not None:
                    lacking += [problem.message for problem in error.problems]
        gone, new = alone(base, treated, metrics=chosen.metrics, filter=chosen.filter, task=chosen.task)
        lacking += gone
        more += new
    if len(logs) > 1 and not (chosen.baseline or chosen.treated):
        taken = {(id(seat.log), seat.system) for pair in seats for seat in pair}
        for log in logs:
            left = [
                Message("{system} is in {log} alone", system=one, log=log.told.path.name)
                for one in log.systems
                if (id(log), one) not in taken
            ]
            (lacking if log is logs[0] else more).extend(left)
    if not found:
        if texts is not None and not chosen.metrics and all(isinstance(one, _UnscoredError) for one in refused):
            # Of a metric that nobody scored there is less to mend than of one with texts.
            raise InputError(*texts.problems, *refused[0].problems)
        raise refused[0]
    if refused and chosen.metrics and len(chosen.metrics) == len({str(one) for one in refused}):
        raise refused[0]
    passed = [problem.message for error in refused for problem in error.problems]
    return Imported(
        logs=tuple(logs),
        comparisons=with_holm(found),
        passed_over=tuple(dict.fromkeys((*passed, *lacking, *more))),
        lacking=tuple(dict.fromkeys(lacking)),
        choice=chosen,
    )


class _UnscoredError(InputError):
    """Items are paired, and none has a score from both."""


def _alike(paths: Sequence[Path], *, copies: bool) -> tuple[str, ...]:
    """Remarks on files that are equal to the byte.  Raises InputError for one file twice, and unless `copies` for
    these."""
    found: list[str] = []
    for at, path in enumerate(paths):
        for other in paths[:at]:
            try:
                same = path.is_file() and other.is_file() and filecmp.cmp(path, other, shallow=False)
                one = same and path.samefile(other)
            except OSError:
                continue
            if one or (same and not copies):
                message = gettext("the same log as {other}: there is nothing to compare", other=str(other))
                raise InputError.of(message, remedy=gettext("name two different logs"), file=path)
            if same:
                found.append(
                    Message(
                        "{first} and {second} are equal to the byte: an unchanged system that answers alike each time "
                        "may leave such logs, and so does a log that was copied, or never written anew",
                        first=str(other),
                        second=str(path),
                    )
                )
    return tuple(found)


def _compare(match: Match, choice: Choice) -> Compared:
    named = match.named
    items = _items(match, choice.by)
    _refuse_strangers(match, items.key)

    worst = _worst(match)
    wrong, absent = worst if choice.errors_wrong else None, worst if choice.absent_wrong else None

    def summed(*, refused: bool) -> Summary | None:
        return items.summary(named.metric, wrong=wrong, absent=absent, refused=refused)

    paired = summed(refused=not choice.refused_missing)
    if paired is None:
        message = Message(
            "no pairs: no item has a score for '{metric}' from both {baseline} and {treated}",
            metric=named.measured,
            baseline=named.baseline,
            treated=named.treated,
        )
        raise _UnscoredError(*match.fault(message, remedy=_why_none(items.sides(named.metric))).problems)
    _refuse_scales(match)
    found = compared(paired, named, level=choice.level, warnings=remarks(match, paired, wrong=wrong))
    if match.base.log.told.tool != match.treated.log.told.tool:
        found = replace(found, latency=None)
    if any(side.refused for side in paired.sides) and not choice.refused_missing:
        other = summed(refused=False)
        if other is not None:
            found = replace(found, without_refused=compared(other, named, level=choice.level))
    return found


def _items(match: Match, by: str | None) -> Items:
    """Of series in memory, or where they are stored."""
    if isinstance(match.first, StoredSeries) and isinstance(match.second, StoredSeries):
        return StoredItems(match.first, match.second, by)
    assert isinstance(match.first, Series)
    assert isinstance(match.second, Series)
    return HeldItems(match.first, match.second, by)


def _refuse_strangers(match: Match, key: Key) -> None:
    """Logs of different items say nothing of each other."""
    if key.smaller == 0:
        message = Message(
            "no pairs: items have no {key} that could pair {baseline} and {treated}",
            key=key.name,
            baseline=match.named.baseline,
            treated=match.named.treated,
        )
        raise match.fault(message, remedy=gettext("try --by id, hash or input"))
    if key.name == "id" and key.chosen and key.conflicts and match.numbered:
        message = Message(
            "no pairs: ids are numbers that the tool gave, and {conflicts} of {shared} shared ones are other questions",
            conflicts=key.conflicts,
            shared=key.shared,
        )
        raise match.fault(message, remedy=gettext("pair with --by input"))
    if not key.enough:
        fit = key.shared - (0 if key.chosen else key.conflicts)
        message = Message(
            "no pairs: different items: {fit} of the {smaller} items of the smaller log are in the other "
            "({percent:.0f} %, by {key}), and less than half is refused",
            fit=fit,
            smaller=key.smaller,
            percent=100 * key.overlap,
            key=key.name,
        )
        remedy = gettext("give logs of the same items, or another --by")
        if key.conflicts:
            message = Message(
                "{told}; in both logs stand {n} of one {key}, with another question in each",
                told=message,
                n=key.conflicts,
                key=key.name,
            )
            remedy = gettext("{remedy} (--by {key} takes them for the same all the same)", remedy=remedy, key=key.name)
        raise match.fault(message, remedy=remedy)


def _why_none(sides: Sequence[Side]) -> str:
    parts = [
        gettext("{n} of {rows} rows without a score", n=side.without_score, rows=side.rows)
        for side in sides
        if side.without_score
    ]
    return gettext("{parts}; --errors wrong counts them as 0", parts=gettext(" and ").join(parts)) if parts else ""


def _worst(match: Match) -> float:
    """What an answer that was never given is worth: 0, or what the worst answer got where that is worse yet."""
    extents = _extents(match)
    if match.named.lower_is_better:
        return max([1.0, *(one.high for one in extents)])
    return min([0.0, *(one.low for one in extents)])


def _extents(match: Match) -> list[Extent]:
    found = (series.extent(match.named.metric) for series in (match.first, match.second))
    return [one for one in found if one is not None]


def _refuse_scales(match: Match) -> None:
    """Scores from 0 to 1 against scores of another scale."""
    named = match.named
    extents = _extents(match)
    if len(extents) < 2:
        return
    first, second = extents
    for one, other in ((first, second), (second, first)):
        if one.low >= 0 and one.high <= 1 < other.middle:
            message = Message(
                "'{metric}' is on different scales: {low:g} to {high:g} in {baseline}, {least:g} to {most:g} in "
                "{treated}",
                metric=named.measured,
                low=first.low,
                high=first.high,
                baseline=named.baseline,
                least=second.low,
                most=second.high,
                treated=named.treated,
            )
            raise match.fault(message, remedy=gettext("bring both to one scale first"))

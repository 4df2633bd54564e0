"""What was read of a log, in columns: a few numbers a row, however long its texts are.

Enters: `Outcome`s and `Block`s as a reader gives them.  Leaves: a `Log` of `Series`, one for each system, task and
filter.  Must not know tools, or how series are paired.

Texts that identify items are kept as 64-bit hashes (two of a million items share one with a probability below 1e-7);
some of the texts are kept beside, to be shown and to find a question within a longer prompt.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from tierproof.errors import InputError
from tierproof.experiment.logs.files.grades import GRADES, LARGEST, worth
from tierproof.experiment.logs.files.source import Source
from tierproof.experiment.logs.outcome import Ask, Block, Outcome, Scalar, Told
from tierproof.experiment.logs.reader_registry import reader_of
from tierproof.experiment.trials.paired import Array
from tierproof.messages import Message
from tierproof.pieces import HERE, Place, in_pieces

__all__ = [
    "CACHED",
    "ERROR",
    "KEYS",
    "REFUSED",
    "TRUNCATED",
    "Extent",
    "Log",
    "Rows",
    "Series",
    "Truths",
    "distinct",
    "read_log",
    "read_logs",
]

ERROR, REFUSED, TRUNCATED, CACHED = 1, 2, 4, 8
KEYS = ("id", "hash", "input")
KEPT_TEXTS = 5_000
KEPT_CHARACTERS = 32 << 20
NONE = 0
"""Hash of what is not there."""
Hashes = np.ndarray[tuple[int], np.dtype[np.int64]]
Truths = np.ndarray[tuple[int], np.dtype[np.bool_]]


class Extent(NamedTuple):
    """Where known scores lie."""

    low: float
    high: float
    middle: float
    """Median of what is not 0: most of a hard test's scores may be."""


class Rows(Protocol):
    """Rows of one system on one task, under one filter, wherever they lie."""

    system: str
    task: str
    filter: str
    unreadable: dict[str, tuple[str, int, int]]
    """By metric: a text that is no number, its place, how many."""
    first_error: str

    def __len__(self) -> int:
        """How many there are."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """Those of which there is a number at all, in the order in which the log names them."""

    def extent(self, metric: str) -> Extent | None:
        """Where known scores lie; None without one."""


class Series:
    """Rows of one system on one task, under one filter."""

    def __init__(self, system: str, task: str, filter: str) -> None:
        self.system, self.task, self.filter = system, task, filter
        self._keys = {name: array("q") for name in KEYS}
        self._groups = array("q")
        self._repeats = array("q")
        self._places = array("q")
        self._flags = array("B")
        self._resources = {name: array("d") for name in ("usd", "seconds", "tokens")}
        self._scores: dict[str, array[float]] = {}
        self.unreadable: dict[str, tuple[str, int, int]] = {}
        self.texts: dict[str, dict[int, str]] = {name: {} for name in KEYS}
        self._characters = 0
        self.first_error = ""
        self.asked_by_row = False
        """A row that does not name a metric was not asked for it; else the log may have lost the score."""

    def __len__(self) -> int:
        return len(self._places)

    @property
    def metrics(self) -> tuple[str, ...]:
        """Those of which there is a number at all, in the order in which the log names them."""
        return tuple(name for name, column in self._scores.items() if name not in self.unreadable)

    def key(self, name: str) -> Hashes:
        return np.frombuffer(_padded(self._keys[name], len(self)), dtype=np.int64)

    def has(self, name: str) -> bool:
        """Whether every row has that key."""
        return len(self) > 0 and bool((self.key(name) != NONE).all())

    @property
    def flags(self) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
        return np.frombuffer(self._flags, dtype=np.uint8)

    @property
    def groups(self) -> Hashes:
        return np.frombuffer(_padded(self._groups, len(self)), dtype=np.int64)

    @property
    def repeats(self) -> Hashes:
        return np.frombuffer(_padded(self._repeats, len(self)), dtype=np.int64)

    @property
    def places(self) -> Hashes:
        return np.frombuffer(self._places, dtype=np.int64)

    def resource(self, name: str) -> Array:
        """USD, seconds or tokens of each row; NaN where not known."""
        return np.frombuffer(_padded(self._resources[name], len(self)), dtype=np.float64)

    def scores(self, metric: str) -> Array:
        """NaN where there is none; an errored row's too, whatever the log has."""
        scores = self._held(metric).copy()
        scores[((self.flags & ERROR) != 0) | np.isinf(scores)] = np.nan
        return scores

    def asked(self, metric: str) -> tuple[Truths, Truths]:
        """Rows that were asked for the metric, and rows that were not, as far as the log tells."""
        if not self.asked_by_row:
            return np.ones(len(self), dtype=bool), np.zeros(len(self), dtype=bool)
        named: Truths = ~np.isinf(self._held(metric))
        some = np.any([~np.isinf(self._held(each)) for each in self._scores], axis=0)
        return named, ~named & (some | ((self.flags & ERROR) == 0))

    def _held(self, metric: str) -> Array:
        """With infinity where a row does not name it."""
        return np.frombuffer(_padded(self._scores[metric], len(self), np.inf), dtype=np.float64)

    def extent(self, metric: str) -> Extent | None:
        """None without a score."""
        scores = self.scores(metric)
        known = scores[~np.isnan(scores)]
        if not len(known):
            return None
        some = known[known != 0]
        return Extent(float(known.min()), float(known.max()), float(np.median(some)) if len(some) else 0.0)

    def add(self, one: Outcome, grades: Mapping[str, float]) -> None:
        """Take one row."""
        before = len(self)
        self._places.append(one.place)
        for name, text in (("id", one.id), ("hash", one.hash), ("input", one.input)):
            if text is not None:
                _padded(self._keys[name], before).append(self._hashed(name, text))
        if one.group is not None:
            _padded(self._groups, before).append(hash(one.group) or 1)
        if one.repeat:
            _padded(self._repeats, before).append(hash(one.repeat) or 1)
        self._flags.append(
            ERROR * bool(one.error) | REFUSED * one.refused | TRUNCATED * one.truncated | CACHED * one.cached
        )
        if one.error and not self.first_error:
            self.first_error = one.error
        for name, value in (("usd", one.usd), ("seconds", one.seconds), ("tokens", one.tokens)):
            if value is not None and 0 <= value < LARGEST:
                _padded(self._resources[name], before).append(value)
        for metric, score in one.scores.items():
            self._column(metric, before).append(self._worth(metric, score, one.place, grades))

    def extend(self, block: Block, grades: Mapping[str, float]) -> None:
        """Take many rows."""
        before, count = len(self), len(block.places)
        self._places.extend(block.places)
        for name, texts in (("id", block.ids), ("hash", block.hashes), ("input", block.inputs)):
            if texts is not None:
                found = _hashes(texts)
                _padded(self._keys[name], before).extend(found)
                self._keep(name, found, texts)
        if block.groups is not None:
            _padded(self._groups, before).extend(_hashes(block.groups))
        if block.numbers is not None:
            try:
                numbers = np.array(block.numbers, dtype=np.int64)
            except OverflowError:  # a number of any size is a label
                numbers = np.array(list(map(hash, block.numbers)), dtype=np.int64)
            _padded(self._repeats, before).frombytes((numbers + 1).tobytes())
        self._flags.frombytes(bytes(count))
        for metric, values in block.scores.items():
            column = self._column(metric, before)
            try:
                column.extend(values)  # type: ignore[arg-type]
                plain = bool((np.abs(np.frombuffer(column, dtype=np.float64)[before:]) < LARGEST).all())
            except (TypeError, OverflowError):
                plain = False
            if not plain:
                del column[before:]
                column.extend(
                    self._worth(metric, value, place, grades) for value, place in zip(values, block.places, strict=True)
                )

    def _column(self, metric: str, before: int) -> array[float]:
        column = self._scores.get(metric)
        if column is None:
            column = self._scores[metric] = array("d")
        return _padded(column, before, np.inf)

    def _worth(self, metric: str, value: Scalar, place: int, grades: Mapping[str, float]) -> float:
        number = worth(value, grades)
        if number is not None:
            return number
        text, first, times = self.unreadable.get(metric, (str(value)[:60], place, 0))
        self.unreadable[metric] = (text, first, times + 1)
        return float("nan")

    def _hashed(self, name: str, text: str) -> int:
        found = hash(text) or 1
        texts = self.texts[name]
        if len(texts) < KEPT_TEXTS and found not in texts and self._characters < KEPT_CHARACTERS:
            texts[found] = text
            self._characters += len(text)
        return found

    def _keep(self, name: str, found: Sequence[int], texts: Sequence[Any]) -> None:
        kept = self.texts[name]
        if len(kept) < KEPT_TEXTS:
            kept.update(zip(found[:KEPT_TEXTS], map(str, texts[:KEPT_TEXTS]), strict=False))


def _padded(column: array[Any], rows: int, nothing: float = np.nan) -> array[Any]:
    """The column, with nothing in the rows that it lacks: most logs lack most columns, and many rows are no memory."""
    lacking = rows - len(column)
    if lacking > 0:
        column.extend(array(column.typecode, [NONE if column.typecode == "q" else nothing]) * lacking)
    return column


def _hashes(texts: Sequence[str | int | None]) -> list[int]:
    kinds = set(map(type, texts))
    if kinds == {str}:
        return list(map(hash, texts))  # the usual case, in half the time
    if None in texts:
        return [NONE if one is None else hash(str(one)) for one in texts]
    return list(map(hash, map(str, texts)))


def distinct(values: Hashes) -> Hashes:
    """Each value once, in order.  By sorting: numpy's own way without an index hashes, which took ten times as long."""
    ordered = np.sort(values)
    first = np.ones(len(ordered), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    found: Hashes = ordered[first]
    return found


class Log:
    """A log that was read: its series and what was said of it."""

    def __init__(self, told: Told, series: Sequence[Rows]) -> None:
        self.told = told
        self.series = tuple(series)

    @property
    def systems(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.system for one in self.series))

    @property
    def rows(self) -> int:
        return sum(map(len, self.series))


def read_log(path: Path, *, tool: str = "", ask: Ask | None = None, grades: Mapping[str, float] = GRADES) -> Log:
    """Read one log, in one pass.  Raises InputError with file and place where it cannot be used."""

    asked = ask or Ask()
    source = Source(path)
    chosen = reader_of(source, tool or ("table" if asked.columns else ""))
    told = Told(path=path, tool=chosen.name, sources=(path,))
    series = _series(chosen.read(source, told, asked), source, grades)
    if not series:
        raise source.fault(Message("a log of {name} without a single row", name=chosen.name))
    for each in series:
        each.asked_by_row = told.asked_by_row
        _refuse_two_runs(each, source)
    return Log(told, series)


def read_logs(
    paths: Sequence[Path],
    *,
    tool: str = "",
    ask: Ask | None = None,
    grades: Mapping[str, float] = GRADES,
    place: Place = HERE,
) -> list[Log]:
    """Each log a piece of work, in their order; of several that cannot be used the first is told of.

    Series of different processes can be paired where a text has one hash in all of them.  What `pieces` starts is so; a
    cluster that runs may be otherwise, and the logs are then read here.
    """
    read = partial(_with_probe, tool, ask, grades)
    found = list(in_pieces(read, paths, place))
    if len({probe for probe, _ in found}) > 1:
        found = list(in_pieces(read, paths))
    return [log for _, log in found]


def _with_probe(tool: str, ask: Ask | None, grades: Mapping[str, float], path: Path) -> tuple[int, Log]:
    return hash(_PROBE), read_log(path, tool=tool, ask=ask, grades=grades)


_PROBE = "one text, by whose hash processes are told apart"


def _series(rows: Iterator[Outcome | Block], source: Source, grades: Mapping[str, float]) -> list[Series]:
    """The rows in columns.  What a file of a tool's form may still hold inside is told as a fault of the file."""
    series: dict[tuple[str, str, str], Series] = {}
    try:
        for one in rows:
            key = (one.system, one.task, one.filter)
            mine = series.get(key)
            if mine is None:
                mine = series[key] = Series(*key)
            if isinstance(one, Outcome):
                mine.add(one, grades)
            else:
                mine.extend(one, grades)
    except InputError:
        raise
    except MemoryError:
        raise source.fault(Message("too large for the memory here")) from None
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError, ArithmeticError) as error:
        message = Message(
            "not as this tool writes it ({kind}: {error})", kind=type(error).__name__, error=str(error)[:120]
        )
        raise source.fault(
            message, remedy=Message("say which tool wrote it with --tool, or name its columns")
        ) from None
    return list(series.values())


def _refuse_two_runs(series: Series, source: Source) -> None:
    """The same item and repeat twice, by labels that a run gives once, is two runs in one file."""
    repeats = series.repeats
    name = next((key for key in KEYS if series.has(key)), None)
    if name is None or not (repeats != NONE).all():
        return
    mixed = series.key(name) * 31 + repeats
    if len(distinct(mixed)) == len(mixed):
        return
    order = np.lexsort((repeats, series.key(name)))
    ordered = np.stack((series.key(name), repeats))[:, order]
    same = np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).all(axis=0))
    if len(same):
        at = same[np.argmin(series.places[order[same + 1]])]
        first, second = (int(series.places[order[each]]) for each in (at, at + 1))
        message = Message("the item and repeat of row {first} stand again: two runs in one file", first=first)
        raise InputError.of(message, remedy=Message("give each run a file"), file=source.path, line=second)

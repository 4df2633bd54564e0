"""Parquet files with more rows than memory should hold: series that DuckDB reads where they lie.

Enters: paths of Parquet files.  Leaves: `Log`s of `StoredSeries`, in one connection, or None where memory does.  Must
not know how series are paired.

Nothing is kept but what a query needs; what does not fit is spilled into a folder that goes with the connection.  A
reader says in SQL where its outcomes are (`Expressions`).
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tierproof.errors import InputError
from tierproof.experiment.logs.files.grades import GRADES, LARGEST, worth
from tierproof.experiment.logs.files.named_columns import Extent, Log
from tierproof.experiment.logs.files.source import Source
from tierproof.experiment.logs.outcome import Ask, Expressions, Told
from tierproof.experiment.logs.reader_registry import reader_of
from tierproof.extras import optional
from tierproof.messages import Message

__all__ = ["LARGE", "Store", "StoredSeries", "quoted", "stored_logs", "text"]

LARGE = 2_000_000
"""Rows of all logs together that are paired in memory."""
MEMORY = "1GB"
MOST_TEXTS = 1_000
"""Different texts as scores that are looked up."""
MOST_KEPT = 4
"""Series by item: two by two keys."""
RESOURCES = ("usd", "seconds", "tokens")


def quoted(name: str) -> str:
    """A column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text in SQL."""
    return "'" + value.replace("'", "''") + "'"


class Store:
    """A connection without a database of its own, with little memory and a folder for the rest."""

    def __init__(self) -> None:
        self._duckdb = optional("duckdb", use=Message("a log of more than {rows:,} rows", rows=LARGE), extra="scale")
        self._folder = tempfile.mkdtemp(prefix="tierproof-")
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._connection = self._duckdb.connect(
            config={
                "memory_limit": MEMORY,
                "temp_directory": self._folder,
                "threads": str(min(os.cpu_count() or 1, 4)),
                "preserve_insertion_order": "false",
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            }
        )
        self._tables = 0
        self._kept: dict[tuple[object, ...], str] = {}

    def rows(self, query: str) -> list[dict[str, Any]]:
        """What a query gives.  Raises InputError where it cannot be run."""
        try:
            found: list[dict[str, Any]] = self._connection.sql(query).to_arrow_table().to_pylist()
        except self._duckdb.Error as error:
            raise self._fault(error) from None
        return found

    def keep(self, query: str) -> str:
        """A name under which what a query gives can be asked again."""
        self._tables += 1
        name = f"kept_{self._tables}"
        try:
            self._connection.execute(f"create temp table {name} as {query}")
        except self._duckdb.Error as error:
            raise self._fault(error) from None
        return name

    def kept_as(self, key: tuple[object, ...], make: Callable[[], str]) -> str:
        """A kept table by what it is of; the few used last are there."""
        table = self._kept.pop(key, "") or make()
        self._kept[key] = table
        while len(self._kept) > MOST_KEPT:
            self.drop(self._kept.pop(next(iter(self._kept))))
        return table

    def drop(self, name: str) -> None:
        self._connection.execute(f"drop table {name}")

    def _fault(self, error: Exception) -> InputError:
        full = isinstance(error, self._duckdb.OutOfMemoryException | self._duckdb.IOException)
        remedy = (
            Message("free space in {parent}, or set TMPDIR", parent=Path(self._folder).parent)
            if full
            else Message("check the columns' types")
        )
        return InputError.of(Message("DuckDB: {error}", error=str(error).partition(chr(10))[0][:200]), remedy=remedy)


class StoredSeries:
    """Rows of one system on one task, where they lie."""

    filter = ""

    def __init__(
        self, store: Store, view: str, found: Mapping[str, Any], names: Sequence[str], *, grouped: bool
    ) -> None:
        self.store, self.view = store, view
        self.system, self.task = str(found["system"]), str(found["task"])
        self.counts = {name: int(found[name]) for name in COUNTED}
        self.repeated = int(found["repeats"]) == self.counts["n"]
        """Every row says which try it is."""
        self.grouped = grouped
        self.first_error = str(found["first_error"] or "")
        self.unreadable: dict[str, tuple[str, int, int]] = {}
        self.known = {name: int(found[f"known_{at}"]) for at, name in enumerate(names)}
        self.columns = {name: f"score_{at}" for at, name in enumerate(names)}
        self._extents = {
            name: Extent(found[f"low_{at}"], found[f"high_{at}"], found[f"middle_{at}"] or 0.0)
            for at, name in enumerate(names)
            if found[f"known_{at}"]
        }

    def __len__(self) -> int:
        return self.counts["n"]

    @property
    def metrics(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def has(self, name: str) -> bool:
        """Whether every row has that key."""
        return self.counts["n"] > 0 and self.counts[name] == self.counts["n"]

    def extent(self, metric: str) -> Extent | None:
        """Where known scores lie; the middle is near the median.  None without a score."""
        return self._extents.get(metric)

    @property
    def source(self) -> str:
        """SQL of the rows."""
        return f"{self.view} where system = {text(self.system)} and task = {text(self.task)}"


def stored_logs(
    paths: Sequence[Path], *, tool: str, ask: Ask, grades: Mapping[str, float] = GRADES
) -> list[Log] | None:
    """The logs, read by DuckDB; None where they are not all Parquet that it can read, or few enough for memory."""
    if not all(path.suffix == ".parquet" and path.is_file() for path in paths):
        return None
    sources = [Source(path) for path in paths]
    if any(one.kind != "parquet" for one in sources) or sum(one.parquet_rows for one in sources) <= LARGE:
        return None
    readers = [reader_of(one, tool or ("table" if ask.columns else "")) for one in sources]
    if any(one.stored is None for one in readers):
        return None
    store = Store()
    logs = []
    for source, reader in zip(sources, readers, strict=True):
        assert reader.stored is not None
        told = Told(path=source.path, tool=reader.name, sources=(source.path,))
        logs.append(Log(told, list(_series(store, source, reader.stored(source, told, ask), grades))))
    return logs


def _series(store: Store, source: Source, where: Expressions, grades: Mapping[str, float]) -> Iterator[StoredSeries]:
    file = f"read_parquet({text(str(source.path))}, file_row_number = true)"
    view = _View(store, file)
    view.define(source, where, grades)
    for found in store.rows(view.counts()):
        one = StoredSeries(store, view.name, found, view.metrics, grouped=bool(where.group))
        one.unreadable = view.unreadable
        yield one


class _View:
    """The rows of a file under the names of an `Outcome`: keys as hashes, scores and amounts as numbers."""

    def __init__(self, store: Store, file: str) -> None:
        self._store, self._file = store, file
        self.metrics: list[str] = []
        self.unreadable: dict[str, tuple[str, int, int]] = {}
        self.name = ""

    def define(self, source: Source, where: Expressions, grades: Mapping[str, float]) -> None:
        truth = self._truth
        columns = {
            "system": f"coalesce(nullif({_words(where.system)}, ''), {text(source.path.stem)})",
            "task": f"coalesce({_words(where.task)}, '')",
            **{name: _hashed(getattr(where, name)) for name in ("id", "hash", "input", "group", "repeat")},
            "error": f"({truth(where.error, failed=True)})",
            "why": where.why or self._why(where.error),
            "refused": f"({truth(where.refused)})",
            "cached": f"({truth(where.cached)})",
            **{name: self._amount(source, name, getattr(where, name)) for name in RESOURCES},
            "place": "file_row_number",
        }
        for metric, expression in where.scores.items():
            number = self._number(source, metric, expression, grades)
            if number:
                columns[f"score_{len(self.metrics)}"] = f"case when not {columns['error']} then {number} end"
                self.metrics.append(metric)
        listed = ", ".join(f"{expression} as {quoted(name)}" for name, expression in columns.items())
        self.name = f"(select {listed} from {self._file})"

    def counts(self) -> str:
        """Of each system and task, in their order."""
        wanted = ["system", "task", "count(*) as n", "arg_min(why, place) filter (error) as first_error"]
        wanted += [f"count(*) filter ({name}) as {new}" for name, new in _FLAGS]
        wanted += [f'count("{name}") as "{name}"' for name in ("id", "hash", "input", *RESOURCES)]
        wanted.append('count("repeat") as repeats')
        for at in range(len(self.metrics)):
            wanted += [
                f"count(score_{at}) as known_{at}, min(score_{at}) as low_{at}, max(score_{at}) as high_{at}",
                f"approx_quantile(score_{at}, 0.5) filter (score_{at} <> 0) as middle_{at}",
            ]
        return f"select {', '.join(wanted)} from {self.name} group by system, task order by min(place)"

    def _type(self, expression: str) -> str:
        (found,) = self._store.rows(f"select typeof(({expression})) as kind from {self._file} limit 1")
        return str(found["kind"]).partition("(")[0]

    def _texts(self, expression: str) -> list[tuple[str, int]]:
        """Different texts, and how often; more than `MOST_TEXTS` are cut off."""
        query = (
            f"select {_words(expression)} as words, count(*) as n from {self._file} group by 1 limit {MOST_TEXTS + 1}"
        )
        return [(one["words"], one["n"]) for one in self._store.rows(query) if one["words"] is not None]

    def _truth(self, expression: str, *, failed: bool = False) -> str:
        """Whether a column says yes; of errors, whatever is neither nothing nor a no."""
        if not expression:
            return "false"
        kind = self._type(expression)
        if kind == "BOOLEAN":
            return f"coalesce({expression}, false)"
        if kind != "VARCHAR":
            return f"coalesce({expression}, 0) {'<> 0' if failed else '= 1'}"
        wanted = [word for word, _ in self._texts(expression) if worth(word) == (0 if failed else 1)]
        known = ", ".join(map(text, wanted)) or "null"
        if not failed:
            return f"coalesce({expression} in ({known}), false)"
        nothing = ", ".join(map(text, _NOTHING))
        return f"coalesce(lower(trim({expression})) not in ({nothing}) and {expression} not in ({known}, ''), false)"

    def _why(self, expression: str) -> str:
        """The words of an error; as in memory, where a column says no more than that there was one."""
        if not expression:
            return "''"
        return "'True'" if self._type(expression) == "BOOLEAN" else _words(expression)

    def _number(self, source: Source, metric: str, expression: str, grades: Mapping[str, float]) -> str:
        """A score; empty, and noted, where its texts are no numbers."""
        kind = self._type(expression)
        if kind == "BOOLEAN":
            return f"cast({expression} as double)"
        if kind != "VARCHAR":
            number = f"cast({expression} as double)"
            return f"case when abs({number}) < {LARGEST} then {number} end"
        found = self._texts(expression)
        if len(found) > MOST_TEXTS:
            message = Message("more than {most_texts:,} different texts as scores", most_texts=MOST_TEXTS)
            raise source.fault(message, field=metric, remedy=Message("write them as numbers"))
        values = {word: worth(word, grades) for word, _ in found}
        strange = [(word, n) for word, n in found if values[word] is None]
        if strange:
            self.unreadable[metric] = (strange[0][0][:60], 0, sum(n for _, n in strange))
            return ""
        cases = " ".join(f"when {text(word)} then {value!r}" for word, value in values.items() if value == value)  # noqa: PLR0124  (NaN)
        return f"cast(case {expression} {cases} end as double)" if cases else "cast(null as double)"

    def _amount(self, source: Source, name: str, expression: str) -> str:
        if not expression:
            return "cast(null as double)"
        if self._type(expression) in ("VARCHAR", "BOOLEAN"):
            raise source.fault(Message("a column of texts, and amounts are numbers"), field=name)
        number = f"cast({expression} as double)"
        return f"case when {number} {'>' if name == 'usd' else '>='} 0 and {number} < {LARGEST} then {number} end"


COUNTED = ("n", "errors", "refused", "cached", "id", "hash", "input", *RESOURCES)
_FLAGS = (("error", "errors"), ("refused", "refused"), ("cached", "cached"))
_NOTHING = ("", "nan", "n/a", "na", "null", "none")


def _words(expression: str) -> str:
    return f"cast({expression} as varchar)" if expression else "cast(null as varchar)"


def _hashed(expression: str) -> str:
    """64 bits of a key, as in memory; nothing of an empty one."""
    if not expression:
        return "cast(null as ubigint)"
    words = f"nullif({_words(expression)}, '')"
    return f"case when {words} is not null then hash({words}) end"

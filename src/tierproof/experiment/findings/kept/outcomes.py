"""Per-item outcomes on disk: taken in as they come, left in the order of the items.

Enters: trials, in any order.  Leaves: `outcomes.jsonl`, one trial a line, items in order, within an item the arms in
order, and of an arm its answers (the same bytes however the calls happened to come back), and `outcomes.parquet` where
pyarrow is installed.  Must not know what is computed from them.  Texts are held on disk alone: memory holds one number
a trial.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
import numpy as np

from tierproof.errors import InputError
from tierproof.experiment.trials.trial import Trial
from tierproof.messages import Message
from tierproof.written_messages import kept

__all__ = ["Outcomes"]

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Trial).decode
PARQUET_ROWS = 10_000


class Outcomes:
    """The outcomes of one run.  Use as a context manager; what is not saved is removed on leaving."""

    def __init__(self, folder: Path, arms: Sequence[str], *, repeats: int = 1) -> None:
        """`repeats`: answers an item.  Raises InputError if the folder cannot be written."""
        self.folder = folder
        self._place = {name: number * repeats for number, name in enumerate(arms)}
        self._at = np.full((len(arms) * repeats, 64), -1, dtype=np.int64)
        self._path = folder / ".outcomes.spool"
        self._end = 0
        self._faults = _disk_faults(folder)
        with self._faults:
            folder.mkdir(parents=True, exist_ok=True)
            self._path.unlink(missing_ok=True)
            # Writes go to the end wherever the last read was.
            self._file = self._path.open("a+b")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)

    def add(self, trial: Trial) -> None:
        """Keep one trial; a second one of the same arm, item and repeat replaces the first."""
        while trial.position >= self._at.shape[1]:
            self._at = np.concatenate((self._at, np.full_like(self._at, -1)), axis=1)
        line = _encode(trial) + b"\n"
        with self._faults:
            self._file.write(line)
        self._at[self._place[trial.arm] + trial.repeat, trial.position] = self._end
        self._end += len(line)

    def of_item(self, position: int) -> tuple[Trial, ...]:
        """What the arms answered to one item, in the order of the arms and of their answers."""
        if position >= self._at.shape[1]:
            return ()
        return tuple(_decode(self._line(int(at))) for at in self._at[:, position] if at >= 0)

    def _line(self, at: int) -> bytes:
        self._file.seek(at)
        return self._file.readline()

    def _lines(self) -> Iterator[bytes]:
        for position in range(self._at.shape[1]):
            for at in self._at[:, position]:
                if at >= 0:
                    yield self._line(int(at))

    def save(self) -> tuple[Path, ...]:
        """Write the files, each whole or not at all.  Leaves their paths."""
        path = self.folder / "outcomes.jsonl"
        with self._faults:
            partial = path.with_name(f".{path.name}.partial")
            with partial.open("wb") as file:
                file.writelines(self._lines())
            partial.replace(path)
        if importlib.util.find_spec("pyarrow") is None:
            return (path,)
        return path, _save_parquet(path)


def _save_parquet(source: Path) -> Path:
    pa, pq = import_module("pyarrow"), import_module("pyarrow.parquet")
    kinds: dict[str, Any] = {"str": pa.string(), "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_()}
    schema = pa.schema([(name, kinds[kind.split(" ")[0]]) for name, kind in Trial.__annotations__.items()])
    path = source.with_suffix(".parquet")
    partial = path.with_name(f".{path.name}.partial")
    with _disk_faults(source.parent), source.open("rb") as lines, pq.ParquetWriter(partial, schema) as writer:
        rows: list[Any] = []
        for line in lines:
            rows.append(msgspec.json.decode(line))
            if len(rows) == PARQUET_ROWS:
                writer.write_table(pa.Table.from_pylist(rows, schema))
                rows.clear()
        if rows:
            writer.write_table(pa.Table.from_pylist(rows, schema))
    partial.replace(path)
    return path


class _disk_faults:
    """Puts the system's errors into words for a person."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, OSError):
            raise InputError.of(
                Message("results cannot be written ({strerror})", strerror=kept(str(error.strerror))),
                remedy=Message(
                    "free some space or mend the folder's rights, then run the same command again: no "
                    "answered call is paid for twice"
                ),
                file=self._folder,
            ) from error

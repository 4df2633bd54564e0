"""Ways to damage a log: one value of its text made odd, gone, doubled or renamed; or its bytes torn.

A text is written once with the place of every value in it, so that a damaged copy is a cut and a paste: a hundred
thousand of them are made in seconds.
"""

from __future__ import annotations

import json
import random
import sqlite3
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

ODD = tuple(
    json.dumps(value)
    for value in (
        None, True, False, 0, -1, 1e308, 10**40, "", "x", "NaN", "\ud800", [], {}, [[]], {"a": 1}, ["C"], float("nan"),
        float("inf"), "A" * 3000, {"value": {"value": []}}, [None], "1e9", -0.0,
    )
)  # fmt: skip


class Place(NamedTuple):
    """Of a value in a text."""

    start: int
    end: int
    key: int
    """Where its name ends, before the quotation mark; -1: it stands in a list."""
    gone: tuple[int, int]
    """What must go for the value to go, its comma included."""
    comma: str
    """What stands between it and the next."""


class Text:
    """A JSON text, or lines of it, and its places."""

    def __init__(self, value: Any, *, lines: bool = False) -> None:
        self.places: list[Place] = []
        self._parts: list[str] = []
        self._at = 0
        if lines:
            self._listed(value, "\n")
        else:
            self._value(value)
        self.text = "".join(self._parts)

    def _put(self, text: str) -> None:
        self._parts.append(text)
        self._at += len(text)

    def _value(self, value: Any) -> None:
        if isinstance(value, dict):
            self._put("{")
            self._held(list(value.items()), ", ")
            self._put("}")
        elif isinstance(value, list):
            self._put("[")
            self._listed(value, ", ")
            self._put("]")
        else:
            self._put(json.dumps(value))

    def _listed(self, values: list[Any], comma: str) -> None:
        self._held([(None, one) for one in values], comma)

    def _held(self, members: list[tuple[str | None, Any]], comma: str) -> None:
        before = self._at
        for at, (name, one) in enumerate(members):
            if at:
                self._put(comma)
            begin, key = self._at, -1
            if name is not None:
                self._put(json.dumps(name))
                key = self._at - 1
                self._put(": ")
            start, mine = self._at, len(self.places)
            self.places.append(Place(0, 0, -1, (0, 0), comma))
            self._value(one)
            last = at == len(members) - 1
            gone = (before if at else begin, self._at + (0 if at or last else len(comma)))
            self.places[mine] = Place(start, self._at, key, gone, comma)
            before = self._at

    def damaged(self, rnd: random.Random) -> str:
        """With one place or three made odd."""
        if not self.places:
            return rnd.choice(ODD)
        text, done = self.text, len(self.text)
        for at in sorted({rnd.randrange(len(self.places)) for _ in range(rnd.choice((1, 1, 1, 3)))}, reverse=True):
            # From behind: what stands before a place does not move.
            place = self.places[at]
            if place.gone[1] > done:
                continue  # a part of it is another already
            done = place.gone[0]
            deed = rnd.randrange(4)
            if deed == 0:
                text = text[: place.gone[0]] + text[place.gone[1] :]
            elif deed == 1 and place.key < 0:
                text = text[: place.end] + place.comma + text[place.start : place.end] + text[place.end :]
            elif deed == 2 and place.key >= 0:
                text = text[: place.key] + rnd.choice("x_ .") + text[place.key :]
            else:
                text = text[: place.start] + rnd.choice(ODD) + text[place.end :]
        return text


def torn(data: bytes, rnd: random.Random) -> bytes:
    """Bytes cut, flipped, doubled or put elsewhere."""
    at, deed = rnd.randrange(len(data) + 1), rnd.randrange(6)
    if deed == 0:
        return data[:at]
    if deed == 1:
        flipped = bytearray(data)
        for _ in range(1 + len(data) // 1000):
            if data:
                flipped[rnd.randrange(len(data))] ^= 1 << rnd.randrange(8)
        return bytes(flipped)
    if deed == 2:
        return data + data[at:]
    if deed == 3:
        return data[at:]
    if deed == 4:
        return data[:at] + rnd.randbytes(4) + data[at:]
    return data.replace(b"\n", b"\n\n", 1).replace(b'"', b"'", rnd.randrange(3))


class Whole:
    """A sound log of one form."""

    def __init__(self, name: str) -> None:
        self.name = name
        """Of its file."""

    def write(self, path: Path, rnd: random.Random | None) -> None:
        """Sound, or damaged where there is chance.  Bytes are torn once in four times."""
        tears = rnd is not None and rnd.random() < 0.25
        data = self.data(None if tears and rnd is not None and rnd.random() < 0.7 else rnd)
        path.write_bytes(torn(data, rnd) if tears and rnd is not None else data)

    def data(self, rnd: random.Random | None) -> bytes:
        raise NotImplementedError


class Json(Whole):
    """One JSON text, or lines."""

    def __init__(self, name: str, value: Any) -> None:
        super().__init__(name)
        self._text = Text(value, lines=name.endswith(".jsonl"))

    def data(self, rnd: random.Random | None) -> bytes:
        return (self._text.text if rnd is None else self._text.damaged(rnd)).encode()


class Cells(Whole):
    """A table: bytes, and cells made odd."""

    def __init__(self, name: str, data: bytes) -> None:
        super().__init__(name)
        self._sound = data

    def data(self, rnd: random.Random | None) -> bytes:
        return self._sound if rnd is None else torn(self._sound, rnd)


class Members(Whole):
    """A zip file of JSON texts."""

    def __init__(self, name: str, members: Mapping[str, Any]) -> None:
        super().__init__(name)
        self._texts = {member: Text(value) for member, value in members.items()}

    def write(self, path: Path, rnd: random.Random | None) -> None:
        chosen = rnd.choice(list(self._texts)) if rnd is not None else ""
        deed = rnd.random() if rnd is not None else 1.0
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in self._texts.items():
                if rnd is None or name != chosen:
                    archive.writestr(name, text.text)
                elif deed < 0.03:
                    continue
                elif deed < 0.06:
                    archive.writestr(name + rnd.choice("x_ ."), text.text)
                elif deed < 0.09:
                    archive.writestr(name, rnd.choice(ODD))
                else:
                    archive.writestr(name, text.damaged(rnd))
        if rnd is not None and rnd.random() < 0.25:
            path.write_bytes(torn(path.read_bytes(), rnd))


class Columns(Whole):
    """A Parquet file of rows, each cell of which may be another."""

    def __init__(self, name: str, rows: list[dict[str, Any]]) -> None:
        super().__init__(name)
        self._text = Text(rows)

    def write(self, path: Path, rnd: random.Random | None) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        while True:
            rows = json.loads(self._text.text if rnd is None else self._text.damaged(rnd))
            try:
                pq.write_table(pa.Table.from_pylist(rows), path, compression="none")
                break
            except (pa.ArrowException, TypeError, ValueError, AttributeError, OverflowError):
                if rnd is None:
                    raise
                continue  # a column has one type: not every damage can be written
        if rnd is not None and rnd.random() < 0.25:
            path.write_bytes(torn(path.read_bytes(), rnd))


class Store(Whole):
    """An SQLite file, each cell and column of which may be another."""

    TABLES = ("trace_info", "assessments", "runs", "trace_request_metadata")

    def __init__(self, name: str, sound: Path) -> None:
        super().__init__(name)
        self._sound = sound.read_bytes()
        store = sqlite3.connect(sound)
        self._cells = [
            (table, str(row[1])) for table in self.TABLES for row in store.execute(f"pragma table_info({table})")
        ]
        store.close()

    def write(self, path: Path, rnd: random.Random | None) -> None:
        path.write_bytes(self._sound)
        if rnd is None:
            return
        if rnd.random() < 0.25:
            path.write_bytes(torn(self._sound, rnd))
            return
        store = sqlite3.connect(path)
        store.execute("pragma journal_mode = memory")
        store.execute("pragma synchronous = off")
        store.execute("pragma foreign_keys = off")
        table, column = rnd.choice(self._cells)
        try:
            if rnd.random() < 0.1:
                store.execute(f'alter table {table} rename column "{column}" to "{column}x"')
            else:
                odd = json.loads(rnd.choice(ODD).replace("\\ud800", "?"))
                plain = odd if odd is None or isinstance(odd, float | str) else json.dumps(odd)
                store.execute(f'update or ignore {table} set "{column}" = ? where rowid % 3 = 0', (plain,))
            store.commit()
        except sqlite3.Error:
            pass
        store.close()

"""A pack that a team keeps in PostgreSQL: every record a row, every change kept, any number of writers.

Enters: a database, a folder in which somebody works.  Leaves: the folder of any state of the pack, changes written, or
an `InputError` that names what two people changed in two ways.  Must not know what a pack's files mean: who hands a
folder in says how it is checked.

A pack is parts: each line of evidence and adoption by its id, every other file as a whole.  A change is the parts that
differ from what its writer had pulled; it is laid over what others wrote meanwhile, checked as a whole, and written or
not under one lock.  Nothing is ever removed: what is gone is a part without text.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from tierproof.errors import InputError, Problem
from tierproof.messages import gettext
from tierproof.postgres import Database

__all__ = ["Change", "TeamPack"]

Parts = Mapping[tuple[str, str], str]
"""Text by file and id; the id of a file that is kept as a whole is empty."""
LOCK: Final = 0x5450504B
PULLED: Final = ".tierproof-pulled"
"""Beside pack.toml: which state of which database the folder was."""
BY_LINE: Final = ("evidence", "adoption")
FILE: Final = re.compile(r"(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)?[A-Za-z0-9_-][A-Za-z0-9._-]*\.(?:toml|jsonl)")
TABLES: Final = """
CREATE TABLE IF NOT EXISTS tierproof_pack_changes (
    change bigint PRIMARY KEY,
    made timestamptz NOT NULL DEFAULT clock_timestamp(),
    author text NOT NULL,
    note text NOT NULL
);
CREATE TABLE IF NOT EXISTS tierproof_pack_parts (
    change bigint NOT NULL REFERENCES tierproof_pack_changes,
    file text NOT NULL,
    id text NOT NULL,
    body text,
    PRIMARY KEY (file, id, change)
);
"""
STATE: Final = """
SELECT file, id, body FROM (
    SELECT DISTINCT ON (file, id) file, id, body FROM tierproof_pack_parts WHERE change <= %s
    ORDER BY file, id, change DESC) latest
WHERE body IS NOT NULL
"""
CHANGES: Final = """
SELECT change, to_char(made AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), author, note,
    (SELECT count(*) FROM tierproof_pack_parts part WHERE part.change = one.change AND body IS NOT NULL),
    (SELECT count(*) FROM tierproof_pack_parts part WHERE part.change = one.change AND body IS NULL)
FROM tierproof_pack_changes one ORDER BY change
"""


@dataclass(frozen=True, slots=True)
class Change:
    number: int
    made: str
    """Day and minute, UTC."""
    author: str
    note: str
    written: int
    """Parts that are new or other than before."""
    gone: int


class _Pulled(msgspec.Struct, frozen=True):
    """What `PULLED` holds."""

    database: str
    change: int


class TeamPack:
    """The pack of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def changes(self) -> tuple[Change, ...]:
        """All of them, the first first."""
        with self._connected() as execute:
            return tuple(Change(*row) for row in execute(CHANGES).fetchall())

    def folder(self) -> Path:
        """The newest state, in the user's cache: written once a change.  Raises InputError where there is none."""
        with self._connected() as execute:
            head = _head(execute)
            if not head:
                message = gettext("{database} holds no pack yet", database=str(self._database))
                raise InputError.of(message, remedy=gettext("write one there: tierproof evidence push FOLDER URL"))
            cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
            place = cache / "tierproof" / "packs" / f"{self._database.digest}-{head}"
            if not place.is_dir():
                place.parent.mkdir(parents=True, exist_ok=True)
                made = Path(tempfile.mkdtemp(dir=place.parent))
                _write(_state(execute, head), made)
                try:
                    made.rename(place)
                except OSError:  # another process was quicker
                    shutil.rmtree(made)
        return place

    def pull(self, folder: Path, at: int | None = None) -> int:
        """Bring a folder to the newest state, or an empty one to an earlier; leaves its number.

        Raises InputError where that would overwrite what was not pushed.
        """
        with self._connected() as execute:
            execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            head = _head(execute)
            number = head if at is None else at
            if not 1 <= number <= head:
                message = gettext("there is no change {number}; the last is {head}", number=number, head=head)
                raise InputError.of(message, field="at")
            if folder.exists() and any(folder.iterdir()):
                base = _state(execute, self._pulled(folder))
                if at is not None or _parts(folder) != base:
                    message = gettext("holds changes that were not pushed, or another pack")
                    remedy = gettext("push them first, or name an empty folder")
                    raise InputError.of(message, remedy=remedy, file=folder)
            self._put(execute, number, folder)
        return number

    def push(self, folder: Path, *, author: str, note: str, check: Callable[[Path], object]) -> int | None:
        """Write what the folder changes, and bring it to the newest state; leaves the change's number, None for none.

        `check` is given the whole pack as it would be, and raises InputError where that is no pack.
        """
        last = None
        while True:
            # In this order: whoever brings a folder to a state writes its number last.
            pulled, mine = self._pulled(folder), _parts(folder)
            last = self._written(folder, pulled, mine, author=author, note=note, check=check) or last
            # Only now: what is written to the database may still come to nothing as it is committed.
            with self._connected() as execute:
                execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
                if (self._pulled(folder), _parts(folder)) == (pulled, mine):
                    self._put(execute, _head(execute), folder)
                    return last
            # Somebody else who works in this folder changed it meanwhile.

    def _written(
        self, folder: Path, pulled: int, mine: Parts, *, author: str, note: str, check: Callable[[Path], object]
    ) -> int | None:
        """The number of the change that makes the pack what the folder says; None: it is that."""
        with self._connected() as execute:
            execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            head = _head(execute)
            now, base = _state(execute, head), _state(execute, pulled)
            changed = _merged(mine, base, now, folder)
            if not changed:
                return None
            whole = {**now, **changed}
            with tempfile.TemporaryDirectory(prefix="tierproof-pack-") as tried:
                _write({key: body for key, body in whole.items() if body is not None}, Path(tried))
                check(Path(tried))
            execute(
                "INSERT INTO tierproof_pack_changes (change, author, note) VALUES (%s, %s, %s)",
                (head + 1, author, note),
            )
            rows = [[head + 1, *key, body] for key, body in sorted(changed.items())]
            execute(
                "INSERT INTO tierproof_pack_parts SELECT * FROM "
                "unnest(%s::bigint[], %s::text[], %s::text[], %s::text[])",
                [list(column) for column in zip(*rows, strict=True)],
            )
        return head + 1

    @contextmanager
    def _connected(self) -> Iterator[Callable[..., Any]]:
        """One transaction."""
        with closing(self._database.connect()) as connection, self._database.faults(), connection.transaction():
            if connection.execute("SELECT to_regclass('tierproof_pack_parts')").fetchone()[0] is None:
                connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
                connection.execute(TABLES)
            yield connection.execute

    def _pulled(self, folder: Path) -> int:
        """The state that a folder was brought to; 0: none of this database's."""
        try:
            pulled = msgspec.json.decode((folder / PULLED).read_bytes(), type=_Pulled)
        except (OSError, msgspec.MsgspecError):
            return 0
        return pulled.change if pulled.database == self._database.digest else 0

    def _put(self, execute: Callable[..., Any], number: int, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        _write(_state(execute, number), folder)
        (folder / PULLED).write_bytes(msgspec.json.encode(_Pulled(self._database.digest, number)) + b"\n")


def _head(execute: Callable[..., Any]) -> int:
    return int(execute("SELECT coalesce(max(change), 0) FROM tierproof_pack_changes").fetchone()[0])


def _state(execute: Callable[..., Any], number: int) -> dict[tuple[str, str], str]:
    return {(file, id): body for file, id, body in execute(STATE, (number,)).fetchall()}


def _merged(mine: Parts, base: Parts, now: Parts, folder: Path) -> dict[tuple[str, str], str | None]:
    """What differs from now: what was changed here, laid over what others changed.  Raises InputError."""
    changed: dict[tuple[str, str], str | None] = {}
    problems = []
    for key in sorted({*mine, *base, *now}):
        here, before, there = (parts.get(key) for parts in (mine, base, now))
        if here in (before, there):
            continue
        if there != before:
            message = gettext("somebody else changed it meanwhile, and otherwise")
            remedy = gettext("pull the newest state into another folder, and make your change there")
            problems.append(Problem(file=folder / key[0], field=key[1] or None, message=message, remedy=remedy))
        changed[key] = here
    if problems:
        raise InputError(*problems)
    return changed


def _files(folder: Path) -> dict[str, Path]:
    found = [*folder.glob("*.toml"), *folder.glob("*.jsonl"), *folder.glob("*/*.toml"), *folder.glob("*/*.jsonl")]
    named = {path.relative_to(folder).as_posix(): path for path in found}
    return {name: path for name, path in sorted(named.items()) if FILE.fullmatch(name)}


def _parts(folder: Path) -> dict[tuple[str, str], str]:
    """What a folder holds.  Raises InputError for lines that have no id of their own."""
    parts: dict[tuple[str, str], str] = {}
    problems = []
    for name, path in _files(folder).items():
        text = path.read_text(encoding="utf-8")
        if name.split("/")[0] not in BY_LINE or path.suffix != ".jsonl":
            parts[name, ""] = text
            continue
        for number, line in enumerate(text.split("\n"), start=1):
            if not line.strip():
                continue
            id = _id(line)
            if not id or (name, id) in parts:
                message = gettext("a line needs an id that no other line of the file has")
                problems.append(Problem(file=path, line=number, field="id", message=message))
            else:
                parts[name, id] = line.strip()
    if problems:
        raise InputError(*problems)
    return parts


def _id(line: str) -> str:
    try:
        found = msgspec.json.decode(line)
    except msgspec.MsgspecError:
        return ""
    id = found.get("id") if isinstance(found, dict) else None
    return id if isinstance(id, str) else ""


def _write(parts: Parts, folder: Path) -> None:
    """Bring a folder's files to these parts; lines in the order of their ids."""
    texts: dict[str, list[str]] = {}
    for (name, id), body in sorted(parts.items()):
        if not FILE.fullmatch(name):
            raise InputError.of(gettext("is no name of a pack's file"), field=name)
        texts.setdefault(name, []).append(f"{body}\n" if id else body)
    for name in _files(folder).keys() - texts.keys():
        (folder / name).unlink()
    for name, lines in texts.items():
        _write_whole(folder / name, lines)


def _write_whole(path: Path, lines: Sequence[str]) -> None:
    text = "".join(lines)
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, encoding="utf-8", newline="\n")
    partial.replace(path)

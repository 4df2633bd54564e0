"""The journal's file: opened, locked, checked, and its faults put into words.

Enters: a path.  Leaves: an open SQLite connection in WAL mode and a lock that the system drops when the process
dies, so that no lock can be stale.  Must not know what the journal records beyond its tables.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from tierproof.errors import InputError, Problem
from tierproof.messages import Message
from tierproof.written_messages import kept

__all__ = [
    "VERSION",
    "another_run",
    "checkpoint",
    "disk_full",
    "is_full",
    "journal_faults",
    "lock_journal",
    "open_for_reading",
    "open_for_writing",
    "problem_of",
]

VERSION = 2
"""Of the tables below; a file with a higher one was written by a newer Tierproof.  In version 1 replies had no
checksum; they are read as they are."""
LATEST_CHECKPOINT_PAGES = 20_000
"""A checkpoint waits for the disk, so it is made aside, by `checkpoint`; where none comes, after so many pages."""
APPLICATION = 0x54505246
"""SQLite application id: the letters TPRF."""

TABLES = """
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,
    run TEXT NOT NULL,
    started REAL NOT NULL,
    seen REAL NOT NULL
);
CREATE TABLE attempts (
    id INTEGER PRIMARY KEY,
    session INTEGER NOT NULL REFERENCES sessions (id),
    key BLOB NOT NULL,
    purpose TEXT NOT NULL,
    model TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('sent', 'answered', 'free', 'lost')),
    picodollars INTEGER NOT NULL,
    tokens INTEGER NOT NULL,
    sent REAL NOT NULL,
    settled REAL,
    reply BLOB,
    reason TEXT
);
CREATE UNIQUE INDEX answers ON attempts (key) WHERE state = 'answered';
"""
PLANS = (
    "CREATE TABLE IF NOT EXISTS plans (id INTEGER PRIMARY KEY, run TEXT NOT NULL, made REAL NOT NULL, "
    "answers INTEGER NOT NULL, hash TEXT NOT NULL, plan BLOB NOT NULL)"
)
"""What runs set themselves, when, and how many answers the journal held then."""
BATCHES = (
    "CREATE TABLE IF NOT EXISTS batches (id INTEGER PRIMARY KEY, run TEXT NOT NULL, model TEXT NOT NULL, "
    "tag TEXT NOT NULL UNIQUE, provider TEXT, state TEXT NOT NULL CHECK (state IN "
    "('submitting', 'running', 'ended', 'unknown')), made REAL NOT NULL, tally TEXT)"
)
BATCH_REQUESTS = (
    "CREATE TABLE IF NOT EXISTS batch_requests (attempt INTEGER PRIMARY KEY, batch INTEGER NOT NULL, "
    "key BLOB NOT NULL, body BLOB NOT NULL, prompt_bound INTEGER NOT NULL, completion_bound INTEGER NOT NULL)"
)
"""What was handed in together (`batch_book`)."""
PRICES = "CREATE TABLE IF NOT EXISTS prices (model TEXT PRIMARY KEY, stated TEXT NOT NULL)"
"""At which price the account of each model's attempts was made."""
EXCESSES = (
    "CREATE TABLE IF NOT EXISTS excesses (endpoint TEXT PRIMARY KEY, prompt INTEGER NOT NULL, "
    "completion INTEGER NOT NULL, unseen INTEGER NOT NULL)"
)
"""What endpoints bill beyond what their requests bound, as it was seen in answers and failures."""


@contextlib.contextmanager
def journal_faults(path: Path) -> Iterator[None]:
    """Put SQLite's errors into words for a person."""
    try:
        yield
    except sqlite3.Error as error:
        raise InputError(problem_of(path, error)) from error
    except UnicodeDecodeError as error:
        # A damaged byte in the text of the tables' definitions.
        raise InputError(damaged(path)) from error


def is_full(error: sqlite3.Error) -> bool:
    return str(getattr(error, "sqlite_errorname", "")).startswith("SQLITE_FULL")


def disk_full(path: Path) -> Problem:
    return Problem(
        file=path,
        message=Message("the disk is full, so no further call is made; every answer so far is kept"),
        remedy=Message("free some space, then run the same command again: it goes on where it stopped"),
    )


def damaged(path: Path) -> Problem:
    return Problem(
        file=path,
        message=Message("this journal is damaged or is no journal; it was left as it is"),
        remedy=Message(
            "rescue its answers with: sqlite3 {name} .recover | sqlite3 rescued.sqlite, and put "
            "that file in its place; or move it away to start over",
            name=path.name,
        ),
    )


def problem_of(path: Path, error: sqlite3.Error) -> Problem:
    name = str(getattr(error, "sqlite_errorname", ""))
    if is_full(error):
        return disk_full(path)
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return damaged(path)
    if name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM")):
        return Problem(
            file=path,
            message=Message("cannot be opened for writing"),
            remedy=Message("check the folder and its rights"),
        )
    return Problem(
        file=path,
        message=Message("the journal cannot be used ({error})", error=str(error)),
        remedy=Message("check the disk it lies on"),
    )


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Open, creating what is missing.  Raises InputError for a damaged file, a newer one, or one of another program."""
    with journal_faults(path):
        connection = sqlite3.connect(path, isolation_level=None, cached_statements=32, check_same_thread=False)
        try:
            connection.execute("PRAGMA busy_timeout = 5000")
            version = _version(connection, path)
            connection.execute("PRAGMA journal_mode = WAL")
            # Killed processes lose nothing in this mode.  A power cut may take the last commits, never the file.
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA wal_autocheckpoint = {LATEST_CHECKPOINT_PAGES}")
            if version == 0:
                connection.executescript(
                    f"BEGIN IMMEDIATE; {TABLES} PRAGMA application_id = {APPLICATION}; "
                    f"PRAGMA user_version = {VERSION}; COMMIT;"
                )
            _check(connection, path)
            for table in (PRICES, EXCESSES, PLANS, BATCHES, BATCH_REQUESTS):
                connection.execute(table)
            if 0 < version < VERSION:
                connection.execute(f"PRAGMA user_version = {VERSION}")
        except BaseException:
            connection.close()
            raise
    return connection


def checkpoint(path: Path) -> None:
    """Move what was committed into the main file.  May run in a thread of its own; a journal in use is left alone."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path, isolation_level=None)) as own:
        own.execute("PRAGMA wal_checkpoint(PASSIVE)")


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Open a journal to look at it, also while a run writes it."""
    if not path.is_file():
        raise InputError.of(Message("no such journal"), remedy=Message("name the journal of a run"), file=path)
    with journal_faults(path):
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
        try:
            connection.execute("PRAGMA busy_timeout = 5000")
            if _version(connection, path) == 0:
                raise InputError.of(Message("holds no journal yet"), remedy=Message("start a run first"), file=path)
        except BaseException:
            connection.close()
            raise
    return connection


def _version(connection: sqlite3.Connection, path: Path) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    application = int(connection.execute("PRAGMA application_id").fetchone()[0])
    tables = int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    if tables and application != APPLICATION:
        raise InputError.of(
            Message("is a database of another program"), remedy=Message("name another file for the journal"), file=path
        )
    if version > VERSION:
        raise InputError.of(
            Message(
                "was written by a newer Tierproof (journal version {version}; this one knows {known})",
                version=version,
                known=VERSION,
            ),
            remedy=Message("update Tierproof; the journal was not touched"),
            file=path,
        )
    return version


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Read the whole file once: a journal that is damaged in the middle is better found before money is spent."""
    if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        error = sqlite3.DatabaseError("quick_check failed")
        error.sqlite_errorname = "SQLITE_CORRUPT"
        raise error


def another_run(path: Path, holder: str = "") -> Problem:
    """`holder`: its process, where that is known."""
    return Problem(
        file=path,
        message=Message("another run uses this journal (process {holder})", holder=holder)
        if holder
        else Message("another run uses this journal"),
        remedy=Message("wait for it or stop it; two runs in one journal would pay for the same answers twice"),
    )


def lock_journal(path: Path, used: Problem | None = None) -> IO[str]:
    """Take the journal for this process.  Raises InputError if another process has it: `used`, or in words of its own.

    The lock is the system's, on a file beside the journal: it ends with the process, however that ends.
    """
    try:
        lock = path.with_name(path.name + ".lock").open("a+", encoding="utf-8")
    except OSError as error:
        message = Message("the journal's folder cannot be written ({strerror})", strerror=kept(str(error.strerror)))
        raise InputError.of(message, remedy=Message("check the folder and its rights"), file=path) from None
    try:
        _take(lock)
    except OSError:
        lock.seek(0)
        holder = "".join(letter for letter in lock.read(20) if letter.isdigit())
        lock.close()
        raise InputError(used or another_run(path, holder)) from None
    lock.seek(0)
    lock.truncate()
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


if sys.platform == "win32":
    import msvcrt

    def _take(lock: IO[str]) -> None:
        lock.seek(1000)  # past the process number, which others read
        msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(lock: IO[str]) -> None:
        fcntl.flock(lock.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)

"""The newest attempts, in a file beside the journal: each is appended in one write before it stands in a table.

Enters: attempts about to go out, and how they ended.  Leaves: the same, read back after a kill.  Must not know tables.

A transaction for each answer would cost more than the answer; one for many would lose, at a kill, those that wait for
it.  What was written to a file survives its process at once, so the tail takes every record as it comes, and is emptied
when a transaction holds them.  A record is its checksum, its length and itself; what a kill cut short is left aside.

The file is locked while it is used.  The lock is the system's and ends with the process, and the file cannot be swapped
unseen: its number in the file system is compared with what its name leads to.
"""

from __future__ import annotations

import contextlib
import errno
import os
import struct
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tierproof.experiment.calls.money.budget import Amount

__all__ = ["Sent", "Settled", "Tail", "records_of"]

HEAD = struct.Struct("<II")
FULL = (errno.ENOSPC, errno.EDQUOT)


class Sent(msgspec.Struct, frozen=True, gc=False):
    """An attempt about to go out, at its worst case."""

    id: int
    key: bytes
    purpose: str
    model: str
    worst: Amount
    session: int = 0
    """Of the journal; the journal sets it."""


class Settled(msgspec.Struct, frozen=True, gc=False):
    """How an attempt ended."""

    id: int
    state: str
    """`answered`, `free` or `lost`."""
    took: Amount
    reply: bytes | None = None
    reason: str | None = None


_encode = msgspec.msgpack.Encoder().encode
_sent = msgspec.msgpack.Decoder(Sent).decode
_settled = msgspec.msgpack.Decoder(Settled).decode


class Tail:
    """The tail of one journal, held by one process at a time."""

    def __init__(self, path: Path) -> None:
        """Open and lock it.  Raises BlockingIOError where another process has it, OSError where it cannot be opened."""
        self.path = path
        while True:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o644)
            try:
                _lock(self._file)
            except OSError:
                os.close(self._file)
                raise
            if self.is_in_place():
                break
            # It was removed between opening and locking.
            os.close(self._file)
        self._length = os.fstat(self._file).st_size

    def is_in_place(self) -> bool:
        """Does its name still lead to the file that is locked?"""
        with contextlib.suppress(OSError):
            return os.path.samestat(os.fstat(self._file), self.path.stat())
        return False

    def append(self, record: Sent | Settled) -> bool:
        """Write one record.  False, with nothing written, where the disk is full."""
        body = (b"S" if isinstance(record, Sent) else b"E") + _encode(record)
        data = HEAD.pack(zlib.crc32(body), len(body)) + body
        try:
            written = os.write(self._file, data)
        except OSError as error:
            if error.errno not in FULL:
                raise
            written = 0
        if written < len(data):
            os.ftruncate(self._file, self._length)
            return False
        self._length += written
        return True

    def records(self) -> Iterator[Sent | Settled]:
        """What it holds, up to the first record that is not whole."""
        return records_of(os.pread(self._file, self._length, 0) if hasattr(os, "pread") else self.path.read_bytes())

    def clear(self) -> None:
        """All of it stands in the journal now."""
        if self._length:
            os.ftruncate(self._file, 0)
            self._length = 0

    def close(self) -> None:
        os.close(self._file)


def records_of(data: bytes) -> Iterator[Sent | Settled]:
    """What the bytes of a tail hold, as far as they are whole."""
    at = 0
    while at + HEAD.size <= len(data):
        checksum, length = HEAD.unpack_from(data, at)
        body = data[at + HEAD.size : at + HEAD.size + length]
        if len(body) < max(1, length) or zlib.crc32(body) != checksum:
            return
        try:
            yield _sent(body[1:]) if body[:1] == b"S" else _settled(body[1:])
        except msgspec.MsgspecError:
            return
        at += HEAD.size + length


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        os.lseek(file, 2**40, os.SEEK_SET)  # past all that is written
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(file, 0, os.SEEK_SET)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

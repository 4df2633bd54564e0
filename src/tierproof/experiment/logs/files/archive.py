"""The members of a zip file, one at a time: no path of a member is trusted, no member is larger than it may be.

Enters: a path.  Leaves: members' bytes, or an `InputError` with the member's name.  Must not know what they hold.

Members may be stored, deflated or, as Inspect writes them, compressed with Zstandard (method 93), which Python's own
`zipfile` reads from 3.14 on alone.
"""

from __future__ import annotations

import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tierproof.errors import InputError
from tierproof.messages import Message

__all__ = ["Archive"]

ZSTANDARD = 93
LARGEST_MEMBER = 2 << 30
MOST_MEMBERS = 5_000_000
HEADER = struct.Struct("<4s5H3L2H")


class Archive:
    """Use as a context manager.  Raises InputError if it is no zip file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, struct.error) as error:
            remedy = Message("copy or run the log again: a zip file's list of contents stands at its end")
            raise InputError.of(
                Message("cut off or damaged: {told}", told=_told(error)), remedy=remedy, file=path
            ) from None
        # A name that stands twice: what was written last holds.
        self._members = {info.filename: info for info in self._zip.infolist() if not info.is_dir()}
        self.names = tuple(self._members)
        self.twice = len(self._zip.infolist()) - len(self._members)
        if len(self.names) > MOST_MEMBERS:
            raise self._fault(
                "",
                Message(
                    "{n:,} members, and no more than {most:,} are read",
                    n=len(self.names),
                    most=MOST_MEMBERS,
                ),
            )
        self._file = path.open("rb")
        self._zstandard: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()
        self._file.close()

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def under(self, folder: str, suffix: str = ".json") -> Iterator[tuple[str, bytes]]:
        """Name and content of the members in a folder, in the order in which they were written."""
        names = [name for name in self.names if name.startswith(folder) and name.endswith(suffix)]
        for name in sorted(names, key=lambda each: self._members[each].header_offset):
            yield name, self.read(name)

    def read(self, name: str) -> bytes:
        """A member's content.  Raises InputError where it is damaged or too large."""
        info = self._members[name]
        if info.file_size > LARGEST_MEMBER:
            raise self._fault(
                name,
                Message("{size:.1f} GB, and no more than 2 GB are read", size=info.file_size / 1000000000.0),
            )
        try:
            if info.compress_type != ZSTANDARD:
                return self._inflated(info)
            data = self._expanded(self._stored(info), info.file_size)
        except (
            zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, struct.error, zlib.error,
            RuntimeError, OverflowError,
        ) as error:  # fmt: skip
            raise self._fault(name, Message("damaged: {told}", told=_told(error))) from None
        if len(data) != info.file_size or zlib.crc32(data) != info.CRC:
            raise self._fault(name, Message("damaged: its checksum does not fit"))
        return data

    def _inflated(self, info: zipfile.ZipInfo) -> bytes:
        with self._zip.open(info) as member:
            # One byte more than was promised, to see a lie.
            data = member.read(info.file_size + 1)
        if len(data) != info.file_size:
            raise ValueError(Message("its size is not the stated one"))
        return data

    def _stored(self, info: zipfile.ZipInfo) -> bytes:
        if info.flag_bits & 1:
            raise ValueError(Message("it is encrypted"))
        self._file.seek(info.header_offset)
        fields = HEADER.unpack(self._file.read(HEADER.size))
        if fields[0] != b"PK\x03\x04":
            raise ValueError(Message("no member stands where the list of contents says"))
        self._file.seek(fields[9] + fields[10], 1)
        if info.compress_size > LARGEST_MEMBER:
            raise ValueError(Message("too large"))
        data = self._file.read(info.compress_size)
        if len(data) != info.compress_size:
            raise ValueError(Message("cut off"))
        return data

    def _expanded(self, data: bytes, size: int) -> bytes:
        if self._zstandard is None:
            self._zstandard = _zstandard(self.path)
        return bytes(self._zstandard(data, size))

    def _fault(self, name: str, message: str) -> InputError:
        told = Message("member {name}: {fault}", name=name[:120], fault=message) if name else message
        return InputError.of(told, remedy=Message("copy or run the log again"), file=self.path)


def _zstandard(path: Path) -> Any:
    """A function of compressed bytes and the stated size, which is not passed."""
    try:
        if sys.version_info >= (3, 14):
            from compression import zstd  # noqa: PLC0415  (read by Inspect's logs alone)
        else:
            from backports import zstd  # noqa: PLC0415
    except ImportError:
        raise InputError.of(
            Message("compressed with Zstandard, which needs a package"), remedy="pip install backports.zstd", file=path
        ) from None

    def expand(data: bytes, size: int) -> bytes:
        machine = zstd.ZstdDecompressor()
        try:
            found: bytes = machine.decompress(data, max_length=size + 1)
            while not machine.eof and not machine.needs_input and len(found) <= size:
                found += machine.decompress(b"", max_length=size + 1 - len(found))
        except zstd.ZstdError as error:
            raise ValueError(str(error)) from None
        return found

    return expand


def _told(error: Exception) -> str:
    text = str(error).partition("\n")[0][:160]
    return text[:1].lower() + text[1:] or type(error).__name__

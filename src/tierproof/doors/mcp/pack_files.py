"""The pack as resources: its files as they are, and every record by its id.

Enters: a pack, addresses of a client.  Leaves: names and texts.  Reads no file but those that it lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from tierproof.errors import InputError
from tierproof.evidence import Pack

__all__ = ["RECORD", "SCHEME", "PackFiles"]

SCHEME = "tierproof"
RECORD = f"{SCHEME}://record/{{id}}"
_PLACES = (
    "pack.toml",
    "claims.toml",
    "techniques/*.toml",
    "lenses/*.toml",
    "scenarios/*.toml",
    "adoption/*.jsonl",
    "evidence/*.jsonl",
)
_KINDS = {".toml": "application/toml", ".jsonl": "application/jsonl"}


class PackFiles:
    """Of one pack."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._records = {record.id: record for record in pack.records}
        files = [path for place in _PLACES for path in sorted(pack.path.glob(place)) if path.is_file()]
        self._files: Mapping[str, Path] = {
            f"{SCHEME}://pack/{path.relative_to(pack.path).as_posix()}": path for path in files
        }

    def listed(self) -> list[tuple[str, str, str, int]]:
        """Address, name, kind and size in bytes of every file."""
        root = self._pack.path
        return [
            (uri, path.relative_to(root).as_posix(), _KINDS[path.suffix], path.stat().st_size)
            for uri, path in self._files.items()
        ]

    def read(self, uri: str) -> tuple[str, str]:
        """Text and kind.  Raises InputError for an address that leads nowhere."""
        if uri in self._files:
            path = self._files[uri]
            return path.read_text(encoding="utf-8"), _KINDS[path.suffix]
        record = self._records.get(uri.removeprefix(f"{SCHEME}://record/"))
        if record is None:
            raise InputError.of(f"no resource '{uri[:100]}'", remedy=f"list the resources, or name a record: {RECORD}")
        return msgspec.json.encode(record).decode(), "application/json"

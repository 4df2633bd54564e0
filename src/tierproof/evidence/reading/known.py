"""Packs by name: those that Tierproof ships, those that are installed, and the examples beside its source.

Enters: a name or a folder.  Leaves: the pack's folder.  Knows nothing of what a pack holds.

A Python package offers a pack by an entry point of the group `tierproof.packs`: its name is the pack's, its value the
package in whose folder `pack.toml` stands.  The package is found and not run: a pack is data.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct

from tierproof.errors import InputError
from tierproof.messages import gettext
from tierproof.postgres import Database, is_database

__all__ = ["GROUP", "SHIPPED", "KnownPack", "folder_of", "known_packs"]

GROUP: Final = "tierproof.packs"
_PACKAGE: Final = Path(__file__).resolve().parents[2]
SHIPPED: Final = _PACKAGE / "packs" / "production_ai"
_EXAMPLES: Final = _PACKAGE.parent.parent / "examples" / "packs"
"""In a checkout of the source alone; a wheel has no such folder."""


class KnownPack(Struct, frozen=True):
    name: str
    folder: Path
    origin: Literal["shipped", "installed", "example"]


def known_packs() -> list[KnownPack]:
    """The shipped ones first, then by name; of several of one name the shipped, else the installed one."""
    found: dict[str, KnownPack] = {}
    for pack in (*_in(SHIPPED.parent, "shipped"), *_installed(), *_in(_EXAMPLES, "example")):
        found.setdefault(pack.name, pack)
    return sorted(found.values(), key=lambda pack: (pack.origin != "shipped", pack.name))


def folder_of(named: Path | str | None) -> Path:
    """The folder of a pack: None, the shipped one; a folder, itself; a name, where a known pack of it lies; a
    database's, where its newest state was put.

    Raises InputError for a folder without pack.toml and a name that nobody has.
    """
    if named is None:
        return SHIPPED
    if isinstance(named, str) and is_database(named):
        from tierproof.evidence.reading.team import TeamPack  # noqa: PLC0415  (few packs are kept so)

        return TeamPack(Database(named)).folder()
    folder = Path(named)
    if (folder / "pack.toml").is_file():
        return folder
    known = {pack.name: pack.folder for pack in known_packs()} if len(folder.parts) == 1 else {}
    for name in (str(named), str(named).replace("-", "_")):
        if name in known:
            return known[name]
    import difflib  # noqa: PLC0415  (only on a slip)

    near = difflib.get_close_matches(str(named), known, n=1)
    remedy = gettext(
        "name the folder that holds pack.toml, techniques/ and evidence/, or a pack that `tierproof packs` lists"
    )
    raise InputError.of(
        gettext("not a pack: it has no pack.toml")
        if folder.exists()
        else gettext("no such folder, and no pack of that name"),
        remedy=gettext("did you mean '{near}'? {remedy}", near=near[0], remedy=remedy) if near else remedy,
        file=folder,
    )


def _in(folder: Path, origin: Literal["shipped", "example"]) -> Iterator[KnownPack]:
    for one in sorted(folder.iterdir()) if folder.is_dir() else ():
        if (one / "pack.toml").is_file():
            yield KnownPack(one.name, one, origin)


def _installed() -> Iterator[KnownPack]:
    from importlib.metadata import entry_points  # noqa: PLC0415  (slow to import, and the shipped pack does without)

    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        for place in _places(point.module):
            if (place / "pack.toml").is_file():
                yield KnownPack(point.name, place, "installed")
                break


def _places(module: str) -> Iterator[Path]:
    """Folders of a package; none where its distribution is broken: another's pack must not stop a command."""
    from importlib.util import find_spec  # noqa: PLC0415

    try:
        spec = find_spec(module)
    except (ImportError, AttributeError, ValueError):
        return
    if spec is not None:
        yield from map(Path, spec.submodule_search_locations or ())

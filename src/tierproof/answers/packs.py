"""Which packs are known by name: `tierproof packs`.

Enters: nothing but what is installed.  Leaves: a `PacksAnswer`.
"""

from __future__ import annotations

from typing import Literal

from tierproof.answers.document import Answer
from tierproof.errors import InputError
from tierproof.evidence.pack import learn_words
from tierproof.evidence.reading.files import files_in, read_table
from tierproof.evidence.reading.known import KnownPack, known_packs
from tierproof.evidence.reading.settings import Settings

__all__ = ["PacksAnswer", "packs_answer"]


class Listed(Answer, frozen=True):
    """One pack; only its settings are read."""

    name: str
    """What `--pack` takes."""
    title: str
    version: str
    techniques: int
    """Files of techniques."""
    origin: Literal["shipped", "installed", "example"]
    folder: str
    fault: str | None
    """Why its settings cannot be read; null: they can."""


class PacksAnswer(Answer, frozen=True, tag_field="schema", tag="tierproof/packs/1"):
    """`tierproof packs --json`"""

    packs: tuple[Listed, ...]
    """The shipped ones first, then by name."""


def packs_answer() -> PacksAnswer:
    """Every pack that a name leads to; a broken one is listed with its fault."""
    return PacksAnswer(packs=tuple(_listed(pack) for pack in known_packs()))


def _listed(pack: KnownPack) -> Listed:
    learn_words(pack.folder)
    title, version, fault = "", "", None
    try:
        settings = read_table(pack.folder / "pack.toml", Settings)
        title, version = settings.title, settings.version
    except InputError as error:
        fault = error.problems[0].message
    return Listed(
        name=pack.name,
        title=title,
        version=version,
        techniques=len(files_in(pack.folder / "techniques", "*.toml")),
        origin=pack.origin,
        folder=str(pack.folder),
        fault=fault,
    )

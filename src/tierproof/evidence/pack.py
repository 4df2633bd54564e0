"""A pack: all that is known of one field, as a folder of data.

Enters: a folder.  Leaves: a `Pack` whose every part is valid and whose parts fit together, or an `InputError` that
names every fault.  Knows nothing of statistics; tables that other packages own (lenses, scenarios, claims, the profile)
pass through raw.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar

from tierproof.errors import InputError, Problem
from tierproof.evidence.adoption import (
    Adoption,
    AdoptionFigure,
    CaseStudies,
    ModelReport,
    Survey,
    adoption_of,
    figure_of,
    figure_until,
)
from tierproof.evidence.reading.consistency import inconsistencies
from tierproof.evidence.reading.files import files_in, read_lines, read_table, read_toml
from tierproof.evidence.reading.known import SHIPPED, folder_of
from tierproof.evidence.reading.settings import Settings
from tierproof.evidence.record import REPEATED, Record
from tierproof.evidence.technique import Technique
from tierproof.messages import LANGUAGES, Message, learn

__all__ = ["ADOPTION_FILES", "SHIPPED", "Pack", "learn_words", "load_pack"]

ADOPTION_FILES: Mapping[str, type[CaseStudies | Survey | ModelReport]] = {
    "case-studies": CaseStudies,
    "surveys": Survey,
    "model-reports": ModelReport,
}

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Pack:
    """One field's evidence, techniques and settings; scenarios and claims are read when they are asked for."""

    path: Path
    settings: Settings
    techniques: Mapping[str, Technique]
    """By id, in order of id."""
    records: tuple[Record, ...]
    """In order of id; doubtful ones and mirrors too."""
    adoption: tuple[AdoptionFigure, ...]
    """In order of id."""
    lenses: Mapping[str, Mapping[str, Any]]
    """Raw tables by id."""

    @cached_property
    def scenarios(self) -> Mapping[str, Mapping[str, Any]]:
        """Raw tables by id.  Raises InputError for files that hold none."""
        return _tables(self.path / "scenarios")

    @cached_property
    def claims(self) -> tuple[Mapping[str, Any], ...]:
        """Raw tables.  Raises InputError for a file that holds none."""
        return _claims(self.path / "claims.toml")

    def adoption_of(self, technique: str) -> Adoption:
        """(applications, makers): figures under the technique's id, or a name under which the pack counts it too."""
        return adoption_of(self.adoption, frozenset({technique, *self.settings.adoption.also.get(technique, ())}))

    def with_adoption_until(self, year: int) -> Pack:
        """The pack with adoption as it stood at the end of `year`; records keep their dates for whoever pools them."""
        then = (figure_until(figure, year) for figure in self.adoption)
        return replace(self, adoption=tuple(figure for figure in then if figure is not None))


def load_pack(path: Path | str | None = None, *, whole: bool = True) -> Pack:
    """The pack in folder `path`, or of that name; None: the shipped production pack.

    Raises InputError with one Problem for every fault of every file; unless `whole`, scenarios and claims are left
    unread until they are asked for, which a table never does.
    """
    folder = folder_of(path)
    with _no_collection():
        return _load(folder, whole=whole)


def _load(folder: Path, *, whole: bool) -> Pack:
    problems: list[Problem] = []

    def read(reader: Callable[..., T], file: Path, *arguments: Any) -> T | None:
        try:
            return reader(file, *arguments)
        except InputError as error:
            problems.extend(error.problems)
            return None

    if not whole or all(read(_words, file) is not None for _, file in _in_other_languages(folder)):
        learn_words(folder)
    settings = read(read_table, folder / "pack.toml", Settings)
    techniques = {
        file: technique
        for file in files_in(folder / "techniques", "*.toml")
        if (technique := read(read_table, file, Technique)) is not None
    }
    records = {
        file: read(read_lines, file, Record, REPEATED) or [] for file in files_in(folder / "evidence", "*.jsonl")
    }
    adoption: dict[Path, list[CaseStudies | Survey | ModelReport]] = {
        file: read(read_lines, file, kind) or []
        for stem, kind in ADOPTION_FILES.items()
        if (file := folder / "adoption" / f"{stem}.jsonl").exists()
    }
    lenses = read(_tables, folder / "lenses") or {}
    if whole or problems:
        read(_tables, folder / "scenarios")
        read(_claims, folder / "claims.toml")

    if problems:
        raise InputError(*problems)
    assert settings is not None  # otherwise there is a problem
    problems.extend(inconsistencies(folder, settings, techniques, records, adoption))
    if problems:
        raise InputError(*problems)
    return Pack(
        path=folder,
        settings=settings,
        techniques={technique.id: technique for technique in sorted(techniques.values(), key=attrgetter("id"))},
        records=tuple(sorted(chain.from_iterable(records.values()), key=attrgetter("id"))),
        adoption=tuple(sorted(map(figure_of, chain.from_iterable(adoption.values())), key=attrgetter("id"))),
        lenses=lenses,
    )


def _tables(folder: Path) -> dict[str, Mapping[str, Any]]:
    """The raw table of each file of `folder`, by id.  Raises InputError with one Problem for every fault."""
    found: dict[str, Mapping[str, Any]] = {}
    problems: list[Problem] = []
    for file in files_in(folder, "*.toml"):
        try:
            table = read_toml(file)
        except InputError as error:
            problems.extend(error.problems)
            continue
        name = str(table.get("id", file.stem))
        if name in found:
            message = Message("'{name}' is the id of another file in {folder}/ too", name=name, folder=folder.name)
            problems.append(Problem(message=message, file=file, field="id", remedy=Message("its own id for each")))
        found[name] = table
    if problems:
        raise InputError(*problems)
    return found


def _claims(file: Path) -> tuple[Mapping[str, Any], ...]:
    return tuple(read_toml(file).get("claims", ())) if file.exists() else ()


def learn_words(folder: Path) -> None:
    """Tell `messages` what the pack's texts are in other languages; its files of them are read once they are needed."""
    for language, file in _in_other_languages(folder):
        learn(language, file, _words)


def _in_other_languages(folder: Path) -> Iterator[tuple[str, Path]]:
    for language in LANGUAGES[1:]:
        if (file := folder / f"{language}.toml").exists():
            yield language, file


def _words(file: Path) -> Mapping[str, Mapping[str, str | list[str]]]:
    """English texts of the pack and what they are in the file's language, by table; of a word that sentences need in a
    case, its six cases.  Raises InputError for anything else."""
    tables = read_toml(file)
    for name, table in tables.items():
        if not isinstance(table, dict) or not all(map(_is_said, table.values())):
            remedy = Message('write [{name}], then "English text" = "the same", or six cases of a word', name=name)
            raise InputError.of(Message("is no table of texts"), remedy=remedy, field=name, file=file)
    return tables


def _is_said(value: object) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and len(value) == 6 and all(isinstance(form, str) for form in value)
    )


@contextmanager
def _no_collection() -> Iterator[None]:
    """Hold the cycle collector off while a hundred thousand values without cycles are made."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()

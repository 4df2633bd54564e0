"""Whether the parts of a pack fit together: names that exist, ids that are unique, requirements that can be met.

Enters: a pack's parts, each valid by itself, with the files they came from.  Leaves: `Problem`s with file, line, field and
remedy.  Reads a file again only to say in which line a fault stands.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tierproof.errors import Problem
from tierproof.evidence.faults import toml_line
from tierproof.evidence.record import Record
from tierproof.evidence.settings import Settings
from tierproof.evidence.technique import Technique

__all__ = ["inconsistencies", "without_evidence"]


def inconsistencies(
    settings: Settings,
    techniques: Mapping[Path, Technique],
    records: Mapping[Path, Sequence[Record]],
    adoption: Mapping[Path, Sequence[Any]],
) -> Iterator[Problem]:
    """Every place where one part contradicts another."""
    known = {technique.id for technique in techniques.values()}
    yield from _technique_faults(settings, techniques, known)
    yield from _duplicates(records)
    yield from _duplicates(adoption)
    yield from _record_faults(settings, records, known)
    filed = known.union(*settings.adoption.also.values())
    for file, entries in adoption.items():
        for entry in entries:
            if entry.technique not in filed:
                yield _unknown(file, entry.id, "technique", entry.technique, filed, "technique")


def without_evidence(techniques: Collection[str], records: Sequence[Record]) -> list[str]:
    """Techniques that no record speaks of: not wrong, and worth saying."""
    spoken = {record.technique for record in records}
    return sorted(set(techniques) - spoken)


def _record_faults(
    settings: Settings, records: Mapping[Path, Sequence[Record]], known: Collection[str]
) -> Iterator[Problem]:
    families = frozenset(settings.task_families)
    by_id = {record.id: record for part in records.values() for record in part}
    for file, part in records.items():
        for record in part:
            if record.technique not in known:
                yield _unknown(file, record.id, "technique", record.technique, known, "technique")
            if record.comparator_technique is not None and record.comparator_technique not in known:
                yield _unknown(file, record.id, "comparator_technique", record.comparator_technique, known, "technique")
            if families and record.task_family not in families:
                yield _unknown(file, record.id, "task_family", record.task_family, families, "task family")
            if record.mirror_of is not None:
                original = by_id.get(record.mirror_of)
                if original is None:
                    yield _unknown(file, record.id, "mirror_of", record.mirror_of, by_id, "record")
                elif original.mirror_of is not None:
                    yield Problem(
                        message=f"'{original.id}' is itself a mirror",
                        file=file,
                        line=_line_of(file, record.id),
                        field="mirror_of",
                        remedy=f"name the original, '{original.mirror_of}', or null",
                    )


def _technique_faults(
    settings: Settings, techniques: Mapping[Path, Technique], known: Collection[str]
) -> Iterator[Problem]:
    counts = Counter(technique.id for technique in techniques.values())
    by_id = {technique.id: technique for technique in techniques.values()}
    for file, technique in techniques.items():

        def problem(field: str, message: str, remedy: str, file: Path = file) -> Problem:
            line = toml_line(file.read_text(encoding="utf-8"), field)
            return Problem(message=message, file=file, line=line, field=field, remedy=remedy)

        if counts[technique.id] > 1:
            yield problem(
                "id", f"'{technique.id}' is the id of another technique too", "give each technique its own id"
            )
        for field, names in (("excludes", technique.excludes), ("requires", technique.requires)):
            for name in names:
                if name not in known:
                    yield problem(field, f"unknown technique '{name}'", _nearest(name, known))
                if name == technique.id:
                    yield problem(field, "names the technique itself", "remove it")
        for name in technique.excludes:
            if name in by_id and technique.id not in by_id[name].excludes:
                yield problem(
                    "excludes",
                    f"'{name}' does not exclude '{technique.id}' in turn",
                    f"add '{technique.id}' to its excludes, or remove '{name}' here",
                )
            if name in technique.requires:
                yield problem("excludes", f"'{name}' is required and excluded", "keep one of the two")
        circle = _circle(technique.id, by_id)
        if circle:
            yield problem("requires", f"a circle: {' -> '.join(circle)}", "let one of them require less")
        if settings.resources:
            for need in technique.needs:
                if need not in settings.resources:
                    yield problem("needs", f"unknown resource '{need}'", _nearest(need, settings.resources))


def _circle(start: str, by_id: Mapping[str, Technique]) -> list[str]:
    """The way by `requires` from `start` back to it; empty if there is none."""
    stack = [[start]]
    seen: set[str] = set()
    while stack:
        way = stack.pop()
        technique = by_id.get(way[-1])
        for name in technique.requires if technique else ():
            if name == start and len(way) > 1:
                return [*way, start]
            if name not in seen and name != start:
                seen.add(name)
                stack.append([*way, name])
    return []


def _duplicates(parts: Mapping[Path, Sequence[Any]]) -> Iterator[Problem]:
    ids = [entry.id for part in parts.values() for entry in part]
    if len(ids) == len(set(ids)):
        return
    first: dict[str, tuple[Path, int]] = {}
    for file, part in parts.items():
        lines = _lines_by_entry(file)
        for index, entry in enumerate(part):
            line = lines[index]
            if entry.id in first:
                where, number = first[entry.id]
                place = f"line {number}" if where == file else f"{where.name}:{number}"
                yield Problem(
                    message=f"'{entry.id}' stands at {place} already",
                    file=file,
                    line=line,
                    field="id",
                    remedy="remove the copy, or give it its own id",
                )
            else:
                first[entry.id] = (file, line)


def _lines_by_entry(file: Path) -> list[int]:
    """Line number of each entry of `file`, blank lines not counted as entries."""
    return [number for number, line in enumerate(file.read_bytes().split(b"\n"), 1) if line.strip()]


def _line_of(file: Path, identifier: str) -> int | None:
    pattern = re.compile(rb'"id"\s*:\s*"' + re.escape(identifier.encode()) + rb'"')
    for number, line in enumerate(file.read_bytes().split(b"\n"), 1):
        if pattern.search(line):
            return number
    return None


def _unknown(file: Path, identifier: str, field: str, name: str, known: Collection[str], what: str) -> Problem:
    return Problem(
        message=f"unknown {what} '{name}'",
        file=file,
        line=_line_of(file, identifier),
        field=field,
        remedy=_nearest(name, known),
    )


def _nearest(name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"did you mean '{close[0]}'?"
    some = sorted(known)
    shown = ", ".join(some[:12])
    return f"one of: {shown}{', ...' if len(some) > 12 else ''}" if some else "none is defined yet"  # noqa: PLR2004

"""Whether the parts of a pack fit together: names that exist, ids that are unique, requirements that can be met.

Enters: a pack's parts, each valid by itself, with the files they came from.  Leaves: `Problem`s with file, line, field
and remedy.  Reads a file again only to say in which line a fault stands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any

from tierproof.errors import Problem, meant
from tierproof.evidence.reading.faults import Fault, toml_line
from tierproof.evidence.reading.settings import Settings
from tierproof.evidence.record import Record
from tierproof.evidence.technique import Technique
from tierproof.messages import Message

__all__ = ["disorder", "inconsistencies", "lines_by_entry", "unanswerable", "without_evidence"]


def inconsistencies(
    folder: Path,
    settings: Settings,
    techniques: Mapping[Path, Technique],
    records: Mapping[Path, Sequence[Record]],
    adoption: Mapping[Path, Sequence[Any]],
) -> Iterator[Problem]:
    """Every place where one part of the pack in `folder` contradicts another."""
    known = {technique.id for technique in techniques.values()}
    for technique in settings.adoption.also.keys() - known:
        file, field = folder / "pack.toml", f"adoption.also.{technique}"
        line = toml_line(file.read_text(encoding="utf-8"), field)
        yield _unknown((file, line), field, technique, known, "technique")
    families = {*settings.task_families}
    for family in settings.words.tasks.keys() - families if families else ():
        file, field = folder / "pack.toml", f"words.tasks.{family}"
        line = toml_line(file.read_text(encoding="utf-8"), field)
        yield _unknown((file, line), field, family, families, "task family")
    if not known:
        yield Problem(
            message=Message("holds no technique"),
            file=folder / "techniques",
            remedy=Message("add techniques/NAME.toml"),
        )
    yield from _technique_faults(settings, techniques, known)
    yield from disorder(records)
    yield from disorder(adoption)
    yield from _record_faults(settings, records, known)
    filed = known.union(*settings.adoption.also.values())
    for file, entries in adoption.items():
        if any(entry.technique not in filed for entry in entries):
            for line, entry in zip(lines_by_entry(file), entries, strict=True):
                if entry.technique not in filed:
                    yield _unknown((file, line), "technique", entry.technique, filed, "technique")


def disorder(parts: Mapping[Path, Sequence[Any]]) -> Iterator[Problem]:
    """Ids that are ill-formed or not unique."""
    yield from _ill_formed(parts)
    yield from _duplicates(parts)


def without_evidence(techniques: Collection[str], records: Sequence[Record]) -> list[str]:
    """Techniques that no record speaks of: not wrong, and worth saying."""
    spoken = {record.technique for record in records}
    return sorted(set(techniques) - spoken)


def unanswerable(technique: Technique, records: Sequence[Record]) -> list[tuple[str, str]]:
    """Subtypes that the technique's questions and sub-rows name and no record has: (field, subtype)."""
    there = {record.subtype for record in records if record.technique == technique.id}
    asked = [("question.subtypes", technique.question.subtypes)]
    asked += [(f"questions.{outcome}.subtypes", question.subtypes) for outcome, question in technique.questions.items()]
    asked += [(f"sub_rows[{index}].subtypes", row.subtypes) for index, row in enumerate(technique.sub_rows)]
    return [(field, subtype) for field, subtypes in asked for subtype in subtypes if subtype not in there]


def _record_faults(
    settings: Settings, records: Mapping[Path, Sequence[Record]], known: Collection[str]
) -> Iterator[Problem]:
    everything = [record for part in records.values() for record in part]
    named = set(map(attrgetter("technique", "comparator_technique", "task_family", "mirror_of"), everything))
    spoken = [set(column) for column in zip(*named, strict=True)] or [set()] * 4
    mirrors = spoken[3] - {None}
    originals = {record.id for record in everything if record.id in mirrors and record.mirror_of is None}
    families = settings.task_families or spoken[2]
    references: tuple[tuple[str, set[Any], str], ...] = (
        ("technique", {*known}, "technique"),
        ("comparator_technique", {*known, None}, "technique"),
        ("task_family", {*families}, "task family"),
        ("mirror_of", {*originals, None}, "original record"),
    )
    for (field, valid, what), there in zip(references, spoken, strict=True):
        read = attrgetter(field)
        if not there.issubset(valid):
            for file, part in records.items():
                lines = lines_by_entry(file)
                for line, record in zip(lines, part, strict=True):
                    if read(record) not in valid:
                        yield _unknown((file, line), field, read(record), valid - {None}, what)


def _technique_faults(
    settings: Settings, techniques: Mapping[Path, Technique], known: Collection[str]
) -> Iterator[Problem]:
    counts = Counter(technique.id for technique in techniques.values())
    by_id = {technique.id: technique for technique in techniques.values()}
    aliases: dict[str, str] = {}
    for file, technique in techniques.items():
        faults = [
            *_name_faults(settings, technique, known),
            *_relation_faults(technique, by_id),
            *_alias_faults(technique, aliases),
        ]
        if counts[technique.id] > 1:
            faults.append(
                Fault(
                    "id",
                    Message("'{id}' is the id of another technique too", id=technique.id),
                    Message("its own id for each"),
                )
            )
        for field, message, remedy in faults:
            line = toml_line(file.read_text(encoding="utf-8"), field)
            yield Problem(message=message, file=file, line=line, field=field, remedy=remedy)


def _name_faults(settings: Settings, technique: Technique, known: Collection[str]) -> Iterator[Fault]:
    for field, names in (("excludes", technique.excludes), ("requires", technique.requires)):
        for name in names:
            if name == technique.id:
                yield Fault(field, Message("names the technique itself"), Message("remove it"))
            elif name not in known:
                yield Fault(field, Message("unknown technique '{name}'", name=name), _nearest(name, known))
    for need in technique.needs if settings.resources else ():
        if need not in settings.resources:
            yield Fault("needs", Message("unknown resource '{need}'", need=need), _nearest(need, settings.resources))


def _relation_faults(technique: Technique, by_id: Mapping[str, Technique]) -> Iterator[Fault]:
    for name in technique.excludes:
        if name in by_id and technique.id not in by_id[name].excludes:
            remedy = Message("add '{id}' to its excludes, or remove '{name}' here", id=technique.id, name=name)
            yield Fault(
                "excludes",
                Message("'{name}' does not exclude '{id}' in turn", name=name, id=technique.id),
                remedy,
            )
        if name in technique.requires:
            yield Fault(
                "excludes",
                Message("'{name}' is required and excluded", name=name),
                Message("keep one of the two"),
            )
    circle = _circle(technique.id, by_id)
    if circle:
        yield Fault(
            "requires",
            Message("a circle: {circle}", circle=" -> ".join(circle)),
            Message("let one of them require less"),
        )


def _alias_faults(technique: Technique, taken: dict[str, str]) -> Iterator[Fault]:
    """Names that would not be found, or found twice; `taken` gathers them from technique to technique."""
    named = {f"aliases.{language}": aliases for language, aliases in technique.aliases.items()}
    for field, aliases in (*named.items(), ("shared_aliases", technique.shared_aliases)):
        for alias in aliases:
            if alias != alias.lower().strip() or not alias:
                yield Fault(
                    field,
                    Message("'{alias}' is not in lower case without blanks around it", alias=alias),
                    f"'{alias.lower().strip()}'",
                )
    for field, aliases in named.items():
        for alias in aliases:
            if alias not in taken:
                taken[alias] = technique.id
            elif taken[alias] == technique.id:
                yield Fault(field, Message("'{alias}' stands here twice", alias=alias), Message("name it once"))
            else:
                yield Fault(
                    field,
                    Message("'{alias}' is a name of '{taken}' too", alias=alias, taken=taken[alias]),
                    Message("leave it with one of them"),
                )


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


MANY = 200
ID_LETTERS = b"abcdefghijklmnopqrstuvwxyz0123456789._@+-"


def _ill_formed(parts: Mapping[Path, Sequence[Any]]) -> Iterator[Problem]:
    """Ids that could not stand in a file name, a link or a shell.  Here and not in the type: a pattern there costs the
    decoder half of its time."""
    for file, part in parts.items():
        if "".join([entry.id for entry in part]).encode().translate(None, ID_LETTERS):
            for line, entry in zip(lines_by_entry(file), part, strict=True):
                if entry.id.encode().translate(None, ID_LETTERS):
                    yield Problem(
                        message=Message("'{id}' is no id", id=entry.id),
                        file=file,
                        line=line,
                        field="id",
                        remedy=Message("lower-case letters, digits and . _ @ + - only"),
                    )


def _duplicates(parts: Mapping[Path, Sequence[Any]]) -> Iterator[Problem]:
    ids = [entry.id for part in parts.values() for entry in part]
    if len(ids) == len(set(ids)):
        return
    first: dict[str, tuple[Path, int]] = {}
    for file, part in parts.items():
        for line, entry in zip(lines_by_entry(file), part, strict=True):
            if entry.id in first:
                where, number = first[entry.id]
                place = f"line {number}" if where == file else f"{where.name}:{number}"
                yield Problem(
                    message=Message("'{id}' stands at {place} already", id=entry.id, place=place),
                    file=file,
                    line=line,
                    field="id",
                    remedy=Message("remove the copy, or give it its own id"),
                )
            else:
                first[entry.id] = (file, line)


def lines_by_entry(file: Path) -> list[int]:
    """Line number of each entry of `file`, blank lines not counted as entries."""
    return [number for number, line in enumerate(file.read_bytes().split(b"\n"), 1) if line.strip()]


def _unknown(place: tuple[Path, int | None], field: str, name: str, known: Collection[Any], what: str) -> Problem:
    file, line = place
    return Problem(
        message=Message("unknown {what} '{name}'", what=what, name=name),
        file=file,
        line=line,
        field=field,
        remedy=_nearest(name, known),
    )


def _nearest(name: str, known: Collection[Any]) -> str:
    some = sorted(known)
    # Among thousands of names a search for the nearest takes seconds, and the first few tell the form as well.
    others = f"one of: {', '.join(some[:12])}{', ...' if len(some) > 12 else ''}" if some else "none is defined"
    return meant(name, some if len(some) <= MANY else (), others)

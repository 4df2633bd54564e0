"""Look a pack or one of its files over, as an editor would: every fault, what is worth knowing, and what there is.

Enters: a path, and the types of the tables that other packages own (a lens, a profile).  Leaves: a `Finding`.  Knows
nothing of screens.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tierproof.errors import InputError, Problem
from tierproof.evidence.adoption import CaseStudies, ModelReport, Survey
from tierproof.evidence.conversion import effects_of
from tierproof.evidence.pack import ADOPTION_FILES, Pack, load_pack
from tierproof.evidence.reading.consistency import disorder, lines_by_entry, unanswerable, without_evidence
from tierproof.evidence.reading.faults import faults_in, toml_line
from tierproof.evidence.reading.files import files_in, read_lines, read_text, read_toml
from tierproof.evidence.reading.settings import Settings
from tierproof.evidence.reading.suspicious import suspicions
from tierproof.evidence.record import SUCCESS, Record
from tierproof.evidence.technique import Technique
from tierproof.messages import Message, joined

__all__ = ["Finding", "lint"]

DEFAULT_LENSES = ("effect", "value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    path: Path
    what: str
    """What was looked at: "pack", "records", "technique", "lens", ..."""
    problems: tuple[Problem, ...] = ()
    """What must be mended before the path can be used; in the order of files and lines."""
    warnings: tuple[Problem, ...] = ()
    """What is right and worth a look."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """How much there is, by name; empty where there are problems."""


def lint(
    path: Path,
    owned: Mapping[str, type[Any]],
    demands: Callable[[Pack], object] = lambda _: None,
    *,
    suspicious: bool = False,
) -> Finding:
    """Look `path` over: a pack's folder, a `.jsonl` of records or adoption figures, or a `.toml` of any kind.

    `owned`: the types of tables that other packages own, by name: "lens" and "profile".  `demands`: whatever else they
    ask of a pack; raises InputError.  `suspicious`: among the warnings figures that may be slips.  A file inside a pack
    is judged together with the rest of its pack, since it may name techniques and records of other files.
    """
    if path.is_dir():
        finding = _lint_pack(path, owned, demands)
        if suspicious and not finding.problems:
            pack = load_pack(path)
            slips = _slips(files_in(path / "evidence", "*.jsonl"), pack.records, pack.settings)
            return replace(finding, warnings=(*finding.warnings, *slips))
        return finding
    home = path.resolve().parent.parent
    inside = path.parent.name in {"techniques", "evidence", "adoption"} and (home / "pack.toml").is_file()
    finding = _lint_file(path, owned)
    if suspicious and finding.what == "records" and not finding.problems:
        records = [entry for entry in read_lines(path, Record) if isinstance(entry, Record)]
        finding = replace(
            finding, warnings=(*finding.warnings, *_slips([path], records, Settings(name="file", title="file")))
        )
    if inside and not finding.problems:
        try:
            load_pack(home)
        except InputError as error:
            mine = tuple(problem for problem in error.problems if problem.file == home / path.parent.name / path.name)
            return Finding(path=path, what=finding.what, problems=mine, counts={} if mine else finding.counts)
    return finding


def _lint_pack(folder: Path, owned: Mapping[str, type[Any]], demands: Callable[[Pack], object]) -> Finding:
    problems: list[Problem] = []
    pack = None
    try:
        pack = load_pack(folder)
    except InputError as error:
        problems.extend(error.problems)
    broken = {problem.file for problem in problems}
    for file in files_in(folder / "lenses", "*.toml"):
        if file not in broken:
            problems.extend(_table_problems(file, owned["lens"]))
    if pack is not None:
        problems.extend(_table_problems(folder / "pack.toml", owned["profile"], "profile"))
        try:
            demands(pack)
        except InputError as error:
            problems.extend(error.problems)
    if pack is None or problems:
        return Finding(path=folder, what=Message("pack"), problems=tuple(problems))
    return Finding(path=folder, what=Message("pack"), warnings=tuple(_warnings(pack)), counts=_counts(pack))


def _warnings(pack: Pack) -> Iterator[Problem]:
    silent = without_evidence(pack.techniques, pack.records)
    for name in silent:
        yield Problem(
            message=Message("no record speaks of it: it will be shown as not having enough evidence"),
            file=pack.path / "techniques" / f"{name}.toml",
            remedy=Message('add records with "technique": "{name}" to evidence/', name=name),
        )
    for name, technique in pack.techniques.items():
        if name not in silent:
            for field, subtype in unanswerable(technique, pack.records):
                yield Problem(
                    message=Message("no record of the technique has the subtype '{subtype}'", subtype=subtype),
                    file=pack.path / "techniques" / f"{name}.toml",
                    field=field,
                    remedy=Message("check the spelling, or leave it out"),
                )
    yield from _aims_without_figures(pack)
    yield from _shares_as_percent(pack.path / "evidence", pack.records)
    for lens in DEFAULT_LENSES:
        if lens not in pack.lenses:
            yield Problem(
                message=Message("has no lens '{lens}', which commands take unless told otherwise", lens=lens),
                file=pack.path / "lenses",
                remedy=Message("add lenses/{lens}.toml, or name another with --lens each time", lens=lens),
            )


def _slips(files: Sequence[Path], records: Sequence[Record], settings: Settings) -> Iterator[Problem]:
    """What an editor would look up again, each where it stands."""
    found = sorted(suspicions(records, effects_of(records, settings).effects), key=lambda one: one.id)
    wanted = {one.id for one in found}
    places = {
        record.id: (file, line)
        for file in (files if wanted else ())
        for line, record in zip(lines_by_entry(file), read_lines(file, Record), strict=True)
        if record.id in wanted
    }
    for one in found:
        file, line = places[one.id]
        yield Problem(
            message=joined(": ", (one.id, one.message)),
            file=file,
            line=line,
            remedy=Message('look it up again; if it is right leave it, if it repeats another say so with "mirror_of"'),
        )


def _aims_without_figures(pack: Pack) -> Iterator[Problem]:
    """Aims that a lens weighs and nothing speaks of: such a technique gets no tier, whatever else is known of it."""
    spoken = {(record.technique, record.outcome) for record in pack.records}
    heard = {technique for technique, _ in spoken}
    weighed = {
        outcome for lens in pack.lenses.values() for outcome, weight in lens.get("weights", {}).items() if weight
    }
    for name, technique in pack.techniques.items():
        for aim in technique.aims:
            if aim in weighed and name in heard and (name, aim) not in spoken and aim not in technique.assumed:
                yield Problem(
                    message=Message(
                        "it aims at {aim}, which a lens weighs, and no record or assumption speaks of it: no tier",
                        aim=aim,
                    ),
                    file=pack.path / "techniques" / f"{name}.toml",
                    field="aims",
                    remedy=Message(
                        "add records of {aim}, an assumption under [assumed], or leave the aim out", aim=aim
                    ),
                )


def _shares_as_percent(file: Path, records: Sequence[Record]) -> Iterator[Problem]:
    """Sources whose every proportion in percent is 1 or less: shares, most likely, that want to be times 100."""
    by_source: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if record.unit == "percent" and record.outcome in SUCCESS and record.baseline is not None:
            by_source[record.source_id].append(record)
    for source, mine in sorted(by_source.items()):
        figures = [figure for record in mine for figure in (record.baseline or 0.0, record.treated)]
        # Failures of 1 percent and less are common, successes of that size are not.
        if 0 < max(figures) <= 1 and any(record.higher_is_better for record in mine):
            yield Problem(
                message=Message(
                    "all of {source} in percent is 1 or less ({id}: {baseline:g} percent)",
                    source=source,
                    id=mine[0].id,
                    baseline=mine[0].baseline,
                ),
                file=file,
                field="unit",
                remedy=Message("a share of 0.62 is 62 percent: write it times 100, if that is what it is"),
            )


def _counts(pack: Pack) -> dict[str, int]:
    return {
        **_record_counts(pack.records, pack.settings),
        Message("techniques"): len(pack.techniques),
        Message("adoption figures"): len(pack.adoption),
        Message("lenses"): len(pack.lenses),
        Message("claims"): len(pack.claims),
    }


def _record_counts(records: tuple[Record, ...] | list[Record], settings: Settings) -> dict[str, int]:
    conversion = effects_of(records, settings)
    return {
        Message("records"): len(records),
        Message("sources"): len({record.source_id for record in records}),
        Message("doubtful", context="count"): sum(record.doubtful for record in records),
        Message("mirrors"): sum(record.mirror_of is not None for record in records),
        Message("n or standard error assumed"): sum(effect.n_assumed for effect in conversion.effects),
        Message("shown, never pooled"): len(conversion.left_out),
    }


def _lint_file(path: Path, owned: Mapping[str, type[Any]]) -> Finding:
    what: str = Message("file")
    try:
        if path.suffix == ".jsonl":
            kind = ADOPTION_FILES.get(path.stem, Record) if path.parent.name == "adoption" else Record
            what = Message("records") if kind is Record else Message("adoption figures")
            return _lint_lines(path, kind, what)
        if path.suffix == ".toml":
            table = read_toml(path)
            what, table_kind = _kind_of(path, table, owned)
            if what:
                problems = tuple(_table_problems(path, table_kind)) if table_kind else ()
                return Finding(path=path, what=what, problems=problems)
    except InputError as error:
        return Finding(path=path, what=what, problems=error.problems)
    remedy = Message(
        "name a pack's folder, a .jsonl file of records, or the .toml file of a technique, lens, profile or pack"
    )
    message = (
        Message("no such file or folder") if not path.exists() else Message("not a kind of file that a pack holds")
    )
    return Finding(path=path, what=what, problems=(Problem(message=message, file=path, remedy=remedy),))


def _lint_lines(path: Path, kind: type[Record | CaseStudies | Survey | ModelReport], what: str) -> Finding:
    entries = read_lines(path, kind)
    problems = tuple(disorder({path: entries}))
    if not entries:
        problems = (
            Problem(
                message=Message("is empty"),
                file=path,
                remedy=Message("write one JSON object a line, or remove the file"),
            ),
        )
    if problems:
        return Finding(path=path, what=what, problems=problems)
    records = [entry for entry in entries if isinstance(entry, Record)]
    counts = _record_counts(records, Settings(name="file", title="file")) if records else {what: len(entries)}
    return Finding(path=path, what=what, warnings=tuple(_shares_as_percent(path, records)), counts=counts)


def _kind_of(path: Path, table: Mapping[str, Any], owned: Mapping[str, type[Any]]) -> tuple[str, type[Any] | None]:
    """What a table is, by its folder and its most telling fields, and its type if one is known; ("", None): no idea."""
    if path.name == "pack.toml":
        return Message("pack settings"), Settings
    if path.parent.name == "techniques" or {"aims", "effort", "stage"} & table.keys():
        return Message("technique"), Technique
    if path.parent.name == "lenses" or {"thresholds", "score"} & table.keys():
        return Message("lens"), owned["lens"]
    if {"value_per_success", "baseline_success", "requests_per_month", "cost_per_request"} & table.keys():
        return Message("profile"), owned["profile"]
    if path.parent.name == "scenarios" or path.name == "claims.toml":
        return Message("claims") if path.name == "claims.toml" else Message("scenario"), None
    return "", None


def _table_problems(path: Path, kind: type[Any], key: str = "") -> Iterator[Problem]:
    """Faults of the table in `path` (of its part `key`, if one is named) as a `kind`."""
    table = read_toml(path)
    for fault in faults_in(table.get(key, {}) if key else table, kind):
        place = f"{key}.{fault.field}" if key else fault.field
        yield Problem(
            message=fault.message,
            file=path,
            line=toml_line(read_text(path), place),
            field=place or None,
            remedy=fault.remedy,
        )

"""Import folders of evidence figures into the shipped pack: `python scripts/import_evidence.py FOLDER [FOLDER ...]`.

Enters: one JSON Lines file a technique, and `adoption-*.jsonl`, in the form in which the figures were gathered; files
of one name in several folders are read one after the other, as if each were appended to the first.
Leaves: the pack's `evidence/` and `adoption/` files, compact and sorted by id, and `rejected.jsonl`, which lists every
line that was not taken, with the reason.  Run twice on the same folders, it writes the same bytes.

What it changes on the way, by rule:

- constants are dropped (a null, an empty note, `"doubtful": false`), as the record form has them as defaults;
- `scope` is derived: what a cost, latency, throughput or memory figure is about (a request, training, a list price);
- a score that has no share of successes behind it and stands in percent (BLEU, ROUGE, a correlation times 100, a
  percentile) gets the unit `points`, so that it is not taken for a proportion;
- labels that a record's own words contradict are set right (`relabelling.py`), and who gains from the difference is
  told (`interests.py`);
- adoption figures get a population (applications or makers), and case studies the bound and the narrowing that their
  measure names.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, get_args

import msgspec
from interests import gains, usual
from relabelling import relabelled

from tierproof.errors import InputError
from tierproof.evidence.adoption import CaseStudies, ModelReport, Survey
from tierproof.evidence.reading.faults import faults_in
from tierproof.evidence.reading.files import files_in, read_table
from tierproof.evidence.reading.settings import Settings
from tierproof.evidence.record import SUCCESS, Record, Scope
from tierproof.evidence.technique import Technique

PACK = Path(__file__).resolve().parent.parent / "src" / "tierproof" / "packs" / "production_ai"

Raw = dict[str, Any]


class Line(NamedTuple):
    file: str
    number: int
    raw: Raw


class Rejected(msgspec.Struct, omit_defaults=True):
    file: str
    line: int
    reason: str
    id: str | None = None
    field: str = ""
    remedy: str = ""


# --- what a figure is about -------------------------------------------------------------------------------------------

TRAINING_METRIC = re.compile(
    r"\b(training|pretraining|fine-tuning|tuning|gpu[- ]hours\S*|rollouts|minhash\S* pass)\b", re.IGNORECASE
)
TRAINING_TASK = re.compile(
    r"^(fine-tuning( profile)?|full-parameter tuning.*|pre-?training( run)?|[\w ]*post-training|.*\btraining run\b.*)$",
    re.IGNORECASE,
)
NO_SHARE = re.compile(r"\b(bleu|rouge|correlation|rand index|percentile|centered accuracy)\b", re.IGNORECASE)
MAKERS = re.compile(r"\b(model releases|open models)\b", re.IGNORECASE)


def scope_of(raw: Raw) -> str:
    """`request`, `training` or `price`, by the words of the figure's metric, unit, task and subtype."""
    if raw.get("outcome") in SUCCESS:
        return "request"
    if raw.get("subtype") == "price-list":
        return "price"
    about = f"{raw.get('metric')} {raw.get('unit')}"
    if TRAINING_METRIC.search(about) or TRAINING_TASK.match(str(raw.get("task"))):
        return "training"
    return "request"


def record_of(raw: Raw) -> Raw:
    known = {field: value for field, value in raw.items() if value is not None or field == "baseline"}
    known["scope"] = scope_of(raw)
    if raw.get("unit") == "percent" and NO_SHARE.search(str(raw.get("metric"))):
        known["unit"] = "points"
    known |= relabelled(raw)
    if (whom := gains(raw)) != usual(raw.get("independence")):
        known["gains"] = whom
    return known


# --- adoption ---------------------------------------------------------------------------------------------------------

NARROWED_TO_TECHNIQUE = {"prompt-or-prefix-caching": "prompt-caching", "semantic-caching": "semantic-caching"}
"""Figures under a wider name that count one technique alone."""


def case_studies_of(raw: Raw) -> Raw:
    known = {field: value for field, value in raw.items() if value is not None}
    known["years"] = known.pop("year_range")
    # The share is count over total; a rounded copy could only disagree.
    known.pop("share_percent")
    measure = re.fullmatch(r"(.+?)(?: \((floor|ceiling)\))?(?: \[(.+)\])?", known["measure"])
    assert measure is not None  # the pattern matches any line
    known["measure"], bound, narrowed = measure.groups()
    if narrowed in NARROWED_TO_TECHNIQUE:
        known["technique"] = NARROWED_TO_TECHNIQUE[narrowed]
        narrowed = None
    return known | {name: value for name, value in (("bound", bound), ("narrowed", narrowed)) if value}


def survey_of(raw: Raw) -> Raw:
    known = {field: value for field, value in raw.items() if value is not None}
    known["who"] = known.pop("population")
    known["population"] = "makers" if MAKERS.search(known["who"]) else "applications"
    source = dict(known["source"])
    if not source.get("title"):
        source["title"] = f"{source.get('authors') or 'unknown'}, title not known"
    return known | {"source": source}


def model_report_of(raw: Raw) -> Raw:
    return {field: value for field, value in raw.items() if value is not None}


ADOPTION: dict[str, tuple[type[msgspec.Struct], Callable[[Raw], Raw]]] = {
    "case-studies": (CaseStudies, case_studies_of),
    "surveys": (Survey, survey_of),
    "model-reports": (ModelReport, model_report_of),
}

# --- reading, checking, writing ---------------------------------------------------------------------------------------


def lines_of(path: Path, rejected: list[Rejected]) -> Iterator[Line]:
    for number, text in enumerate(path.read_bytes().split(b"\n"), 1):
        if not text.strip():
            continue
        try:
            raw = json.loads(text)
        except ValueError as error:
            rejected.append(Rejected(file=path.name, line=number, reason=f"broken JSON: {error}"))
            continue
        if isinstance(raw, dict):
            yield Line(path.name, number, raw)
        else:
            rejected.append(Rejected(file=path.name, line=number, reason="no object"))


def validated(
    lines: Iterator[Line], form: Callable[[Raw], Raw], kind: type[Any], rejected: list[Rejected]
) -> Iterator[tuple[Line, Any]]:
    """Each line as a `kind`, or a line in `rejected`."""
    for line in lines:
        try:
            value = form(line.raw)
        except (KeyError, TypeError) as error:
            rejected.append(Rejected(file=line.file, line=line.number, reason=f"missing or wrong: {error}"))
            continue
        try:
            yield line, msgspec.convert(value, kind)
        except msgspec.ValidationError:
            for fault in faults_in(value, kind):
                rejected.append(refusal(line, fault.message, fault.field, fault.remedy))


def refusal(line: Line, reason: str, field: str = "", remedy: str = "") -> Rejected:
    return Rejected(
        file=line.file, line=line.number, id=str(line.raw.get("id")), field=field, reason=reason, remedy=remedy
    )


def fitting(
    entries: list[tuple[Line, Any]], techniques: set[str], families: set[str], rejected: list[Rejected]
) -> list[Any]:
    """The entries whose ids are unique and whose references lead somewhere."""
    taken: dict[str, Any] = {}
    for line, entry in entries:
        comparator = getattr(entry, "comparator_technique", None)
        if entry.id in taken:
            rejected.append(refusal(line, "the id stands on an earlier line", "id"))
        elif entry.technique not in techniques:
            rejected.append(refusal(line, f"unknown technique '{entry.technique}'", "technique"))
        elif comparator is not None and comparator not in techniques:
            rejected.append(refusal(line, f"unknown technique '{comparator}'", "comparator_technique"))
        elif families and getattr(entry, "task_family", "other") not in families:
            rejected.append(refusal(line, f"unknown task family '{entry.task_family}'", "task_family"))
        else:
            taken[entry.id] = entry
    for line, entry in entries:
        original = getattr(entry, "mirror_of", None)
        lost = original is not None and (original not in taken or taken[original].mirror_of is not None)
        if lost and entry.id in taken and taken[entry.id] is entry:
            rejected.append(refusal(line, f"mirrors '{original}', which is no original", "mirror_of"))
            del taken[entry.id]
    return [taken[name] for name in sorted(taken)]


def write(path: Path, entries: list[Any]) -> None:
    path.parent.mkdir(exist_ok=True)
    encoder = msgspec.json.Encoder(enc_hook=str)
    path.write_bytes(b"".join(encoder.encode(entry) + b"\n" for entry in entries))


def main() -> int:
    parser = argparse.ArgumentParser(description="Import evidence figures into the shipped pack.")
    parser.add_argument("folder", type=Path, nargs="+", help="folders of TECHNIQUE.jsonl and adoption-*.jsonl")
    parser.add_argument("--pack", type=Path, default=PACK, help="pack to write into (default: the shipped one)")
    arguments = parser.parse_args()
    folders, pack = arguments.folder, arguments.pack

    settings = read_table(pack / "pack.toml", Settings)
    techniques = {read_table(file, Technique).id for file in files_in(pack / "techniques", "*.toml")}
    filed = techniques.union(*settings.adoption.also.values())
    files = [file for folder in folders for file in files_in(folder, "*.jsonl")]
    sources = [file for file in files if not file.name.startswith("adoption-")]
    if not sources:
        print(f"error: {', '.join(map(str, folders))} holds no TECHNIQUE.jsonl", file=sys.stderr)
        return 2

    rejected: list[Rejected] = []
    entries = [pair for file in sources for pair in validated(lines_of(file, rejected), record_of, Record, rejected)]
    records = fitting(entries, techniques, set(settings.task_families), rejected)
    adoption: dict[str, list[Any]] = {}
    for stem, (kind, form) in ADOPTION.items():
        gathered = [file for file in files if file.name == f"adoption-{stem}.jsonl"]
        if gathered:
            lines = [pair for file in gathered for pair in validated(lines_of(file, rejected), form, kind, rejected)]
            adoption[stem] = fitting(lines, filed, set(), rejected)

    for stale in files_in(pack / "evidence", "*.jsonl"):
        stale.unlink()
    for technique in sorted({record.technique for record in records}):
        write(pack / "evidence" / f"{technique}.jsonl", [record for record in records if record.technique == technique])
    for stem, figures in adoption.items():
        write(pack / "adoption" / f"{stem}.jsonl", figures)
    write(pack / "rejected.jsonl", sorted(rejected, key=lambda line: (line.file, line.line, line.field)))

    scopes = {scope: sum(record.scope == scope for record in records) for scope in get_args(Scope)}
    print(f"{len(records):,} records of {len(sources)} files taken; scope {scopes}")
    print(f"{sum(map(len, adoption.values())):,} adoption figures taken: { {k: len(v) for k, v in adoption.items()} }")
    print(f"{len(rejected):,} faults listed in {pack / 'rejected.jsonl'}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)

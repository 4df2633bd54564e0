"""Logs of other tools that are sent, compared item by item or held to a gate.

Enters: files, and what is to be compared.  Leaves: Structs of `answers/`, for the page too.  The files lie in a folder
of their own for as long as they are read, and are removed with it; no answer names a folder of the server.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace as with_file
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct
from msgspec import field as msgspec_field
from msgspec.structs import replace

from tierproof.answers.gated import GateAnswer, gate_files, margin_of
from tierproof.answers.imported import ImportAnswer, LogRead, evidence_of, import_answer
from tierproof.doors.kept_views import KeptViews
from tierproof.doors.web.asked import Asked
from tierproof.errors import InputError, Problem
from tierproof.evidence.record import Setting
from tierproof.experiment.logs.imported import Choice, import_logs
from tierproof.messages import Message

__all__ = ["Compared", "Gated", "gate", "import_", "kept", "named", "placeless", "read_sent"]

MOST: Final = 20
"""Files at once."""
_SAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
File = Annotated[Any, Meta(extra_json_schema={"type": "string", "format": "binary"})]


class _Read(Struct, frozen=True):
    metric: list[str] = msgspec_field(default_factory=list)
    """Names; none: all."""
    filter: str = ""
    """One reading of the answers."""
    log_task: str = ""
    """One task of the log."""
    by: Literal["", "id", "hash", "input"] = ""
    """What pairs items; empty: what fits."""
    errors: Literal["missing", "wrong"] = "missing"
    """What rows without a score count as."""
    refused: Literal["scored", "missing"] = "scored"
    """What rows count as that the provider declined."""
    cluster: str = ""
    """Items that share this field are no independent ones."""
    tool: str = ""
    """Which tool wrote it; empty: seen from the file."""
    columns: str = ""
    """Of any table: `item=ID,score=OK,system=M`."""
    grades: str = ""
    """What texts are worth: `A=1,B=0.5`."""

    def choice(self, *, treated: str, baseline: str = "") -> Choice:
        """Raises InputError for what says nothing."""
        named = ("metric", "filter", "errors", "refused", "cluster", "tool", "columns", "grades")
        read: dict[str, Any] = {name: getattr(self, name) for name in named}
        return Choice.of(**read, by=self.by, task=self.log_task, baseline=baseline, treated=treated)


class Compared(_Read, frozen=True, kw_only=True):
    """Logs to compare."""

    files: list[File] = msgspec_field(default_factory=list)
    """The baseline's first; or one of several systems."""
    baseline: str = ""
    """Any part of a name that only one system has."""
    treated: str = ""
    """The same; empty: all others."""
    technique: str = ""
    """What tells treated from baseline: makes evidence."""
    name: str = ""
    """Of the workload, in the records."""
    setting: Setting = "benchmark"
    """Where it ran."""


class Gated(_Read, frozen=True, kw_only=True):
    """A log to hold against the last."""

    log: File = None
    """The new one."""
    against: File = None
    """The one to hold it against; left out: `baseline` is a system within `log`."""
    baseline: str = ""
    treated: str = ""
    """Which system of the new log; empty: all."""
    margin: str = "1pt"
    """How much worse does not matter: 1pt, 0.5pt, or 0.01."""
    confidence: float = 0.95
    """Of each one-sided end, 0.5 to below 1."""


def import_(views: KeptViews, asked: Asked, data: Compared) -> ImportAnswer:
    """Logs compared, and a technique's table with them: `tierproof import LOG... --json`."""
    choice = data.choice(baseline=data.baseline, treated=data.treated)
    view = views.view(**asked.settings) if data.technique.strip() else None
    with read_sent(data.files) as paths:
        found = import_logs(paths, choice)
        if view is None:
            return named(import_answer(found))
        records, updates = evidence_of(found, view, data.technique, name=data.name, setting=data.setting)
        return named(import_answer(found, records, updates))


def gate(data: Gated) -> GateAnswer:
    """Whether a new log is worse than the last: `tierproof gate LOG --baseline LOG --json`."""
    sent = [one for one in (data.against, data.log) if one is not None]
    if data.log is None:
        raise InputError.of(Message("is missing"), remedy=Message("send the new log as a file"), field="log")
    # A name that is a path as well stays a name: files of the server are none of the reader's.
    choice = data.choice(baseline="" if data.against is not None else data.baseline, treated=data.treated)
    with read_sent(sent) as paths:
        answer = gate_files(paths, choice, margin=margin_of(data.margin), confidence=data.confidence)
    return replace(answer, logs=_named(answer.logs))


def named(answer: ImportAnswer) -> ImportAnswer:
    """The same with logs by the names under which they were sent."""
    return replace(answer, logs=_named(answer.logs))


def _named(logs: Sequence[LogRead]) -> tuple[LogRead, ...]:
    return tuple(replace(log, file=Path(log.file).name) for log in logs)


@contextmanager
def read_sent(files: Sequence[Any]) -> Iterator[list[Path]]:
    """Where the files lie while they are read.  Raises InputError for none and for too many; faults name no folder."""
    sent = [one for one in files if getattr(one, "filename", "")]
    if not sent or len(sent) > MOST or len(sent) < len(files):
        remedy = Message("send one to {most} logs, the baseline's first", most=MOST)
        raise InputError.of(Message("{n} files were sent", n=len(sent)), remedy=remedy, field="files")
    with tempfile.TemporaryDirectory(prefix="tierproof-") as folder:
        paths = [kept(Path(folder) / f"{number}", one) for number, one in enumerate(sent)]
        with placeless(paths):
            yield paths


@contextmanager
def placeless(paths: Sequence[Path]) -> Iterator[None]:
    """Faults that are met name the files, and not where they lie."""
    try:
        yield
    except InputError as error:
        raise InputError(*(_placeless(problem, paths) for problem in error.problems)) from None


def _placeless(problem: Problem, paths: Sequence[Path]) -> Problem:
    message = problem.message
    for path in paths:
        message = message.replace(str(path), path.name)
    file = None if problem.file is None else Path(Path(problem.file).name)
    return with_file(problem, file=file, message=message)


def kept(folder: Path, sent: Any) -> Path:
    """The file under its own name, as far as that is one."""
    folder.mkdir()
    name = _SAFE.sub("-", Path(str(sent.filename).replace("\\", "/")).name).lstrip(".-")[-100:] or "log"
    path = folder / name
    path.write_bytes(sent.file.read())
    return path

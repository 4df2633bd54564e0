"""What people said of answers, in a file a person, each label appended as it is given.

Enters: labels as they come.  Leaves: the labels of each person.  Must not know arms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from tierproof.errors import InputError
from tierproof.experiment.findings.labelled.sheet import Entry
from tierproof.messages import Message, gettext
from tierproof.written_messages import kept

__all__ = ["FOLDER", "Labels", "read_labels"]

FOLDER = "labels"
TAKEN = ("judge", "people")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


class Head(Struct, frozen=True):
    """The first line of a file."""

    labeller: str
    seed: int
    """Of the order in which the person is asked."""


class Line(Struct, frozen=True):
    """One label; a later one of the same answer counts in place of it."""

    key: str
    item: str
    label: Annotated[int, Meta(ge=0, le=1)] | None
    """1 right, 0 wrong; None: undecided."""


class Labels:
    """One person's labels, which grow."""

    def __init__(self, results: Path, labeller: str, seed: int | None = None) -> None:
        """Open them, or begin; `seed`: of the order; None: the one begun with, else 1.

        Raises InputError for a name that is none, a file that is damaged, and another seed than it was begun with.
        """
        if not NAME.fullmatch(labeller) or labeller in TAKEN:
            message = gettext("'{name}' is no name of a file", name=labeller[:60])
            remedy = gettext("letters, digits, - and _, 40 at most, and neither 'judge' nor 'people'")
            raise InputError.of(message, remedy=remedy, field="as")
        self.labeller = labeller
        self._path = results / FOLDER / f"{labeller}.jsonl"
        self.given: dict[str, int | None] = {}
        """By the answer's key."""
        if self._path.exists():
            head, self.given = _read(self._path)
            if seed is not None and seed != head.seed:
                message = gettext("was begun with seed {begun}, and --seed is {seed}", begun=head.seed, seed=seed)
                raise InputError.of(
                    message, remedy=gettext("leave --seed out, or take another name with --as"), file=self._path
                )
            self.seed = head.seed
        else:
            self.seed = 1 if seed is None else seed

    def give(self, key: str, item: str, label: int | None) -> None:
        """Keep one label.  Raises InputError where it cannot be written."""
        try:
            if not self._path.exists() or not self._path.stat().st_size:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._append(Head(self.labeller, self.seed))
            self._append(Line(key, item, label))
        except OSError as error:
            message = gettext("a label cannot be written: {strerror}", strerror=kept(str(error.strerror)))
            remedy = gettext("mend the disk or its rights")
            raise InputError.of(message, remedy=remedy, file=self._path) from None
        self.given[key] = label

    def pass_silent(self, entries: Iterable[Entry]) -> None:
        """Answers that say nothing are wrong, up to the first about which the person has yet to be asked."""
        for one in entries:
            if one.key in self.given:
                continue
            if not one.says_nothing:
                return
            self.give(one.key, one.item, 0)

    def _append(self, line: Head | Line) -> None:
        with self._path.open("a+b") as file:
            if end := file.tell():
                file.seek(end - 1)
                if file.read(1) != b"\n":
                    # A kill cut the last line short: it goes, so that this one stands by itself.
                    file.seek(0)
                    file.truncate(file.read().rfind(b"\n") + 1)
            file.write(msgspec.json.encode(line) + b"\n")


def read_labels(results: Path) -> Mapping[str, Mapping[str, int | None]]:
    """All labels by person and answer.  Raises InputError for a file that is damaged."""
    return {path.stem: _read(path)[1] for path in sorted((results / FOLDER).glob("*.jsonl"))}


def _read(path: Path) -> tuple[Head, dict[str, int | None]]:
    given: dict[str, int | None] = {}
    head: Head | None = None
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise InputError.of(
            Message("cannot be read ({strerror})", strerror=kept(str(error.strerror))), file=path
        ) from None
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        try:
            if head is None:
                head = msgspec.json.decode(line, type=Head)
                continue
            one = msgspec.json.decode(line, type=Line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            if number == len(lines):
                break  # a kill cut the last one short; it is asked for again
            remedy = Message("mend or delete the line")
            raise InputError.of(
                Message("no label ({error})", error=str(error)), remedy=remedy, file=path, line=number
            ) from None
        given[one.key] = one.label
    if head is None:
        raise InputError.of(
            Message("does not say who labelled, and in which order"), remedy=Message("delete it"), file=path
        )
    return head, given

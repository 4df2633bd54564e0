"""Labelling a run's answers on the page: one answer at a time, blind to the arm; what the labels so far tell below it.

Enters: a workspace, a run in it, who labels, a label.  Leaves: what the page shows.  A label is posted.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from msgspec import Struct

from tierproof.answers.safe_text import shorten
from tierproof.doors.web.asked import Asked
from tierproof.doors.web.frame import Shown
from tierproof.doors.web.pages.runs import outcomes_of, questions_of
from tierproof.doors.web.workspace import Workspace
from tierproof.errors import InputError
from tierproof.experiment.findings.labelled.estimates import estimates_of
from tierproof.experiment.findings.labelled.labels import Labels, read_labels
from tierproof.experiment.findings.labelled.sheet import Entry, Sheet, read_outcomes, sheet_of
from tierproof.experiment.trials.trial import Trial
from tierproof.messages import Message
from tierproof.report.render.html.parts.pictured import part_of
from tierproof.report.words import page_measure as say
from tierproof.report.words.labels import labels_blocks

__all__ = ["Given", "label_page", "labelled_page"]

_GIVEN: Final[dict[str, int | None]] = {"right": 1, "wrong": 0, "undecided": None}
_LONGEST: Final = 4000
"""Letters of a text that are shown."""


class Given(Struct, frozen=True):
    """A label."""

    run: str
    by: str
    key: str
    label: Literal["right", "wrong", "undecided"]


class _Labelling(Struct, frozen=True):
    """A person at a run's answers."""

    sheet: Sheet
    labels: Labels

    @classmethod
    def of(cls, workspace: Workspace, run: str, trials: tuple[Trial, ...], labels: Labels) -> _Labelling:
        return cls(sheet_of(trials, questions_of(workspace, run), labels.seed), labels)

    @property
    def next(self) -> Entry | None:
        given = self.labels.given
        return next((one for one in self.sheet.entries if one.key not in given and not one.says_nothing), None)

    @property
    def told(self) -> str:
        asked = [one for one in self.sheet.entries if not one.says_nothing]
        done = sum(one.key in self.labels.given for one in asked)
        return say.labelled_told(done, len(asked), self.sheet.seed)


def label_page(workspace: Workspace, asked: Asked, *, run: str, by: str = "") -> Shown:
    """The next answer for a person; where none is asked, what all labels tell."""
    folder = outcomes_of(workspace, run).parent
    trials = read_outcomes(folder)
    labels = Labels(folder, by.strip()) if by.strip() else None
    labelling = None if labels is None else _Labelling.of(workspace, run, trials, labels)
    return _shown(asked, run, folder, trials, labelling)


def labelled_page(workspace: Workspace, asked: Asked, data: Given) -> Shown:
    """Keep a label, and show the next answer."""
    # A link in the folder could lead the label out of the workspace.
    workspace.folder(data.run)
    folder = outcomes_of(workspace, data.run).parent
    trials = read_outcomes(folder)
    labelling = _Labelling.of(workspace, data.run, trials, Labels(folder, data.by.strip()))
    entry = next((one for one in labelling.sheet.entries if one.key == data.key), None)
    if entry is None:
        message = Message("the run has no such answer any more")
        raise InputError.of(message, remedy=Message("open the page again"), field="key")
    labelling.labels.give(entry.key, entry.item, _GIVEN[data.label])
    labelling.labels.pass_silent(labelling.sheet.entries)
    return _shown(asked, data.run, folder, trials, labelling)


def _shown(asked: Asked, run: str, folder: Path, trials: tuple[Trial, ...], labelling: _Labelling | None) -> Shown:
    entry = None if labelling is None else labelling.next
    # What follows for the arms is told when nothing is asked: it could tell which arm an answer is of, or when to stop.
    given = {} if entry is not None else read_labels(folder)
    parts = [part_of(labels_blocks(estimates_of(trials, given), Path(run)))] if given else []
    by = "" if labelling is None else labelling.labels.labeller
    return Shown(
        title=say.LABEL_TITLE,
        answer="label_answer.html",
        data={
            "say": say,
            "run": run,
            "by": by,
            "entry": None
            if entry is None
            else {
                "key": entry.key,
                "asked": shorten(entry.asked, _LONGEST),
                "target": shorten(entry.target, _LONGEST),
                "text": shorten(entry.text, _LONGEST),
            },
            "told": "" if labelling is None else labelling.told,
            "parts": parts,
            "note": "",
        },
        address="/runs/label" + asked.query({"run": run, "by": by}),
    )

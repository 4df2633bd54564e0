"""Labels as a judge's calibration set: what a workload's `calibration` names.

Enters: a sheet and the labels of people.  Leaves: lines of a file, one an answer that people decided.  Must not know
judges.

The answers are those that a judge is to score, in the mixture in which systems gave them, so its error is measured
where it counts.  An answer over which people are split in halves says nothing of a judge, and is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from tierproof.errors import InputError
from tierproof.experiment.findings.labelled.estimates import together
from tierproof.experiment.findings.labelled.sheet import Sheet
from tierproof.experiment.workload.scorers.judge import Labelled
from tierproof.messages import Message
from tierproof.written_messages import kept

__all__ = ["calibration_of", "write_calibration"]


def calibration_of(sheet: Sheet, labels: Mapping[str, Mapping[str, int | None]]) -> tuple[Labelled, ...]:
    """`labels`: by person and answer."""
    decided = together(labels)
    return tuple(
        Labelled(input=one.asked, answer=one.text, label=decided[one.key], target=one.target or None)
        for one in sheet.entries
        if decided.get(one.key, 0.5) != 0.5
    )


def write_calibration(path: Path, sheet: Sheet, labels: Mapping[str, Mapping[str, int | None]]) -> int:
    """Write the file, which must not be there yet; the number of answers in it.

    Raises InputError where it cannot be written, where the questions are not known, and where people called all answers
    right or all wrong: a judge is measured on both.
    """
    found = calibration_of(sheet, labels)
    if not all(one.input for one in found):
        remedy = Message("name the folder of the workload with --workload")
        raise InputError.of(Message("the questions are not known"), remedy=remedy, field="calibration")
    if not {True, False} <= {one.label > 0.5 for one in found}:
        message = Message(
            "people called {n} answers right or wrong, and a judge is measured on both kinds", n=len(found)
        )
        raise InputError.of(message, remedy=Message("label more"), field="calibration")
    try:
        with path.open("xb") as file:
            file.writelines(msgspec.json.encode(one) + b"\n" for one in found)
    except FileExistsError:
        remedy = Message("name another file, or delete it")
        raise InputError.of(Message("is there already"), remedy=remedy, file=path) from None
    except OSError as error:
        raise InputError.of(
            Message("cannot be written ({strerror})", strerror=kept(str(error.strerror))), file=path
        ) from None
    return len(found)

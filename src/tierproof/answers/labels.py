"""What people's labels say of each other, of the judge, and of every arm: `tierproof label`.

Enters: a `Labelled`.  Leaves: a `LabelsAnswer`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tierproof.answers.document import Exact, drawn

if TYPE_CHECKING:
    from tierproof.experiment.findings.labelled.estimates import Agreement as Alike
    from tierproof.experiment.findings.labelled.estimates import ArmLabels, Figures, Labelled
    from tierproof.experiment.findings.labelled.powered import Powered as Estimated

__all__ = ["LabelsAnswer", "labels_answer"]


class Labeller(Exact, frozen=True):
    """One person."""

    name: str
    decided: int
    """Answers called right or wrong."""
    undecided: int


class Agreement(Exact, frozen=True):
    """Two on the answers that both decided."""

    first: str
    second: str
    answers: int
    alike: int
    """Answers on which they agree."""
    kappa: float | None
    """Agreement beyond chance, -1 to 1 (Cohen 1960); null of no answers."""
    low: float
    """Of its 95 % interval (Fleiss, Cohen and Everitt 1969)."""
    high: float


class Judge(Agreement, frozen=True):
    """The scorer against people."""

    sensitivity: float
    """Share of what people call right that it calls right, half an answer added to each cell."""
    specificity: float
    """The same of wrong."""


class Estimate(Exact, frozen=True):
    """With a 95 % interval; a share of right answers, 0 to 1, or a difference of two, -1 to 1."""

    value: float
    """A share, or a difference of shares."""
    low: float
    high: float


class Powered(Estimate, frozen=True):
    """Prediction-powered (Angelopoulos and others 2023)."""

    weight: float
    """Of the judge, 0 to 1; with 0 the labels stand alone."""


class Difference(Exact, frozen=True):
    """Of an arm from the first, over the items of both."""

    judged: float
    """By the judge alone, -1 to 1."""
    powered: Powered | None
    rogan_gladen: Estimate | None


class Arm(Exact, frozen=True):
    """One arm; estimates are null below eight labelled items, and of a judge that is no better than chance."""

    name: str
    judged: float
    """Mean score of all its items, 0 to 1."""
    people: Estimate | None
    """Of the labelled items alone."""
    powered: Powered | None
    rogan_gladen: Estimate | None
    difference: Difference | None
    """Null of the first arm."""


class LabelsAnswer(Exact, frozen=True, tag_field="schema", tag="tierproof/labels/1"):
    """`tierproof label RESULTS --json`"""

    items: int
    """With a score."""
    labelled: int
    """Of them, those all of whose answers were decided: a random sample."""
    people: tuple[Labeller, ...]
    agreements: tuple[Agreement, ...]
    """Of every two people."""
    judge: Judge | None
    """Null where nothing was labelled."""
    arms: tuple[Arm, ...]
    folder: str
    """Where the labels are."""


def labels_answer(found: Labelled, folder: Path) -> LabelsAnswer:
    return LabelsAnswer(
        items=found.items,
        labelled=found.labelled,
        people=tuple(Labeller(name, *counts) for name, counts in found.people.items()),
        agreements=tuple(drawn(Agreement, one, kappa=_kappa(one)) for one in found.agreements),
        judge=None
        if found.judge is None or found.error is None
        else drawn(
            Judge,
            found.judge,
            kappa=_kappa(found.judge),
            sensitivity=found.error.sensitivity,
            specificity=found.error.specificity,
        ),
        arms=tuple(_arm(one) for one in found.arms),
        folder=str(folder),
    )


def _kappa(one: Alike) -> float | None:
    return one.kappa if one.answers else None


def _arm(one: ArmLabels) -> Arm:
    return Arm(
        name=one.name,
        judged=one.judged,
        people=None if one.people is None else drawn(Estimate, one.people),
        powered=_powered(one.powered),
        rogan_gladen=_estimate(one.corrected),
        difference=None
        if one.difference_judged is None
        else Difference(
            judged=one.difference_judged,
            powered=_powered(one.difference_powered),
            rogan_gladen=_estimate(one.difference_corrected),
        ),
    )


def _powered(one: Estimated | None) -> Powered | None:
    return None if one is None else drawn(Powered, one)


def _estimate(one: Figures | None) -> Estimate | None:
    return None if one is None else Estimate(*one)

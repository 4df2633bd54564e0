"""How well the intervals hold, source by source: `tierproof validate`.

Enters: a view.  Leaves: a `Validation`, and a `ValidationAnswer` of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import field

from tierproof.answers.document import Exact, drawn
from tierproof.answers.view import View
from tierproof.errors import InputError
from tierproof.evidence.record import EVERY_OUTCOME, Outcome
from tierproof.messages import gettext
from tierproof.pieces import place_of
from tierproof.synthesis.validation.scoring import LEVELS
from tierproof.synthesis.validation.validation import MODELS, Validation, validate

__all__ = ["IN_USE", "ValidationAnswer", "validation_answer", "validation_of"]

IN_USE = "pack"
"""The model of the tables, among `MODELS`."""


class Scores(Exact, frozen=True):
    """Means over the figures left out, every source counting alike."""

    coverage: tuple[float, ...]
    """Share within the central interval of each level, 0 to 1."""
    width: tuple[float, ...]
    """Of those intervals, on the scale of analysis."""
    log_score: float
    """Higher is better."""
    crps: float
    """Lower is better, at least 0."""
    error: float
    """Observed less expected, sign kept, on the scale of analysis: above 0, forecasts are too low."""


class Group(Exact, frozen=True):
    """Scores over one technique's outcome, one outcome, or all."""

    technique: str | None
    """Null: all."""
    outcome: Outcome | None
    """Null: all."""
    records: int
    sources: int
    """Times that a source was left out."""
    models: Mapping[str, Scores]


class Band(Exact, frozen=True):
    """Scores over the figures of quality whose baseline lies in a band."""

    low: float
    """Share of successes without the technique from which the band reaches, 0 to 1."""
    high: float
    """And to which, left out itself."""
    records: int
    sources: int
    models: Mapping[str, Scores]


class Kept(Exact, frozen=True):
    """What independent sources of quality are foretold by, were that share of the discount for interest used."""

    share: float
    """0 to 1."""
    sources: int
    """Independent ones, left out of questions in which others are interested."""
    log_score: float
    """Higher is better."""
    error: float
    """Observed less expected, on the scale of analysis."""


class Shape(Exact, frozen=True):
    """Of a new setting's deviation from the mean: a scale mixture of normals."""

    multipliers: tuple[float, ...]
    """Of the pooled spread, above 0."""
    weights: tuple[float, ...]
    """0 to 1 each, 1 in all."""


class Asked(Exact, frozen=True):
    """One technique's outcome."""

    technique: str
    outcome: Outcome


class ValidationAnswer(Exact, frozen=True, tag_field="schema", tag="tierproof/validation/1"):
    """`tierproof validate --json`"""

    levels: tuple[float, ...]
    """Probabilities of the central intervals."""
    models: Mapping[str, str]
    """What is compared, in words."""
    in_use: str
    """The model of the tables, among `models`."""
    overall: tuple[Group, ...]
    """Each outcome over all techniques, then everything."""
    by_technique: tuple[Group, ...]
    by_baseline: tuple[Band, ...]
    interest: tuple[Kept, ...]
    """Empty where no independent source stands beside an interested one."""
    shape: Shape
    """In use."""
    estimated: Shape = field(name="estimated_shape")
    """What foretells the figures of quality best."""
    alone: tuple[Asked, ...] = field(name="one_source_only")
    """Questions of which nothing can be left out."""


def validation_answer(found: Validation) -> ValidationAnswer:
    alone = [Asked(technique, outcome) for technique, outcome in found.alone]
    return drawn(ValidationAnswer, found, levels=LEVELS, models=MODELS, in_use=IN_USE, alone=alone)


def validation_of(
    view: View,
    outcome: str | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
    on: str | None = None,
) -> Validation:
    """Each source left out in turn, of one outcome or all (None); `progress` is told of sources done, and of how many.

    `on`: where the work is done (`pieces.place_of`); the figures are the same everywhere.  Raises InputError for an
    outcome or a place that there is not, and where no question has two sources.
    """
    chosen = [one for one in EVERY_OUTCOME if outcome in (None, one)]
    if not chosen:
        remedy = gettext("one of: {known}", known=", ".join(EVERY_OUTCOME))
        raise InputError.of(gettext("no outcome '{outcome}'", outcome=outcome), remedy=remedy, field="outcome")
    pack, place = view.pack, place_of(on)
    return validate(
        view.conversion.effects,
        pack.techniques,
        pack.settings,
        view.context,
        outcomes=chosen,
        progress=progress,
        place=place,
        pool=view.poolings,
    )

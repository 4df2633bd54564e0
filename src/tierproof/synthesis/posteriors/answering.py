"""Which effects answer a technique's question about one outcome.

Enters: effects, techniques, a context.  Leaves: one `Evidence` for each technique and outcome that has any.  Knows
nothing of how they are pooled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Final, Literal

from msgspec import Struct

from tierproof.evidence.effect import Effect, Scale
from tierproof.evidence.record import EVERY_OUTCOME, SUCCESS, Outcome, Record
from tierproof.evidence.technique import Question, Technique
from tierproof.synthesis.values.context import EVERYWHERE, Context

__all__ = ["ENOUGH_SOURCES", "ODDS", "Basis", "Evidence", "admits", "evidence_for", "question_of", "scale_of"]

Basis = Literal["complete", "complete and picked", "assumed"]
ENOUGH_SOURCES = 3
"""With fewer complete sources than this, picked records are taken too."""

ODDS: frozenset[Outcome] = SUCCESS
"""Outcomes pooled as log odds ratios; the others are resources, pooled as log ratios."""


_ENDS: Final = (0.0, 100.0)
_ID: Final = attrgetter("record.id")


class Evidence(Struct, frozen=True, kw_only=True):
    """Effects that answer one question; each tuple is in the order of the effects' record ids."""

    technique: str
    outcome: Outcome
    used: tuple[Effect, ...]
    """What the main analysis pools."""
    basis: Basis
    usable: tuple[Effect, ...]
    """`used` and the picked records that it leaves out."""
    doubtful: tuple[Effect, ...]
    """Would answer too, were they not doubtful."""


def scale_of(outcome: Outcome) -> Scale:
    """The scale on which an outcome is pooled."""
    return "log_odds_ratio" if outcome in ODDS else "log_ratio"


def question_of(technique: Technique, outcome: Outcome) -> Question:
    """The main question unless the technique asks another of this outcome: all outcomes answer for one intervention."""
    return technique.questions.get(outcome, technique.question)


def asked_of(records: Iterable[Record], techniques: Mapping[str, Technique]) -> list[Record]:
    """The records that may answer a technique's question in some context, in their order.

    Half of a pack compares something else; what is left out here `evidence_for` would leave out too.
    """
    wanted: dict[tuple[str, str], tuple[str, tuple[str, ...] | None]] = {}
    for name, technique in techniques.items():
        for outcome in EVERY_OUTCOME:
            question = question_of(technique, outcome)
            wanted[name, outcome] = (question.contrast, question.subtypes or None)
    nothing = ("", None)
    return [
        record
        for record in records
        if (place := wanted.get((record.technique, record.outcome), nothing))[0] == record.contrast
        and (place[1] is None or record.subtype in place[1])
        and record.mirror_of is None
    ]


def evidence_for(
    effects: Iterable[Effect], techniques: Mapping[str, Technique], context: Context = EVERYWHERE
) -> dict[tuple[str, Outcome], Evidence]:
    """Effects by technique and outcome.

    An effect answers if contrast and subtype are those asked for, if its scale is the outcome's, if a resource's figure
    is about answering a request, if it mirrors no other record, if its comparator succeeds at all (quality), and if the
    context admits its setting and date (an undated effect is left out once a date is set).  Effects of unknown
    techniques are passed over.
    """
    found: dict[tuple[str, Outcome], tuple[Question, Scale, list[Effect], list[Effect]]] = {
        (name, outcome): (question_of(technique, outcome), scale_of(outcome), [], [])
        for name, technique in sorted(techniques.items())
        for outcome in sorted(EVERY_OUTCOME)
    }
    for effect in effects:
        record = effect.record
        place = found.get((record.technique, record.outcome))
        if place is None or record.mirror_of is not None:
            continue
        question, scale, sound, doubtful = place
        if effect.scale != scale or record.contrast != question.contrast:
            continue
        if question.subtypes and record.subtype not in question.subtypes:
            continue
        if scale == "log_ratio" and record.scope != "request":
            continue
        if record.baseline in _ENDS and fails_without(record):
            continue
        if admits(context, effect):
            (doubtful if record.doubtful else sound).append(effect)
    return {
        key: select(sound, doubtful, technique=key[0], outcome=key[1])
        for key, (_, _, sound, doubtful) in found.items()
        if sound or doubtful
    }


def select(sound: Iterable[Effect], doubtful: Iterable[Effect] = (), *, technique: str, outcome: Outcome) -> Evidence:
    """Complete records alone where three sources or more have them, else picked records too."""
    usable = tuple(sorted(sound, key=_ID))
    complete = tuple(effect for effect in usable if effect.record.selection == "complete")
    enough = len({effect.record.source_id for effect in complete}) >= ENOUGH_SOURCES
    used = complete if enough else usable
    return Evidence(
        technique=technique,
        outcome=outcome,
        used=used,
        basis="complete" if len(used) == len(complete) else "complete and picked",
        usable=usable,
        doubtful=tuple(sorted(doubtful, key=_ID)),
    )


def fails_without(record: Record) -> bool:
    """Whether the comparator never succeeds: its answers have the wrong form, say, and no odds follow from none."""
    return record.outcome == "quality" and record.baseline == (0.0 if record.higher_is_better else 100.0)


def admits(context: Context, effect: Effect) -> bool:
    """Whether the reader takes evidence of this setting and date."""
    if effect.record.setting == "lab" and not context.include_lab:
        return False
    return context.as_of is None or (effect.date is not None and effect.date <= context.as_of)

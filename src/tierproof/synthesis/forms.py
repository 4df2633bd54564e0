"""Posteriors of forms of a technique, from their own records, beside those of the whole.

Enters: a synthesis, effects, forms as techniques of their own.  Leaves: the synthesis with their posteriors added.  A
form answers as the technique's sub-row does: its records alone, and of its authors' interest what the technique has
told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from msgspec import structs

from tierproof.evidence.effect import Effect
from tierproof.evidence.reading.settings import Settings
from tierproof.evidence.technique import Technique
from tierproof.synthesis.pooling import pool_effects
from tierproof.synthesis.posteriors.answering import evidence_for
from tierproof.synthesis.posteriors.posterior import Synthesis
from tierproof.synthesis.synthesise import pairs_of, posterior_of, priors_of

__all__ = ["FormQuestion", "add_forms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormQuestion:
    """What is asked of one form."""

    technique: Technique
    """The form as a technique of its own: its id, and the question that its records answer."""
    parent: str
    admits: Callable[[Effect], bool] = lambda _: True
    """Beyond the question: which comparators."""


def add_forms(
    synthesis: Synthesis, effects: Sequence[Effect], forms: Sequence[FormQuestion], settings: Settings
) -> Synthesis:
    """The synthesis with each form's posterior on every outcome of which it has records."""
    priors, context = priors_of(settings), synthesis.context
    posteriors, pairs = dict(synthesis.posteriors), dict(synthesis.pairs)
    for form in forms:
        id = form.technique.id
        own = [
            structs.replace(effect, record=structs.replace(effect.record, technique=id))
            for effect in effects
            if effect.record.technique == form.parent and form.admits(effect)
        ]
        found = evidence_for(own, {id: form.technique}, context)
        pairs[id] = pairs_of(id, found)
        for (_, outcome), part in found.items():
            if not part.used:
                continue
            learned = synthesis.learned.get((form.parent, outcome), {})
            pooling = pool_effects(part.used, context, priors).learning(learned)
            posteriors[id, outcome] = posterior_of(part, pooling, learned, settings, context)
    return replace(synthesis, posteriors=posteriors, pairs=pairs)

"""Posteriors of forms of a technique, from their own records, beside those of the whole.

Enters: a synthesis, effects, forms as techniques of their own.  Leaves: the synthesis with their posteriors added.  A
form answers as the technique's sub-row does: its records alone, and of its authors' interest what the technique has
told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from msgspec import structs

from tierproof.evidence.effect import Effect
from tierproof.evidence.record import Outcome
from tierproof.evidence.settings import Settings
from tierproof.evidence.technique import Technique
from tierproof.synthesis.answering import OUTCOMES, evidence_for
from tierproof.synthesis.design import INTERESTED
from tierproof.synthesis.pooling import Pooling, pool_effects
from tierproof.synthesis.posterior import Synthesis
from tierproof.synthesis.synthesise import posterior_of, priors_of

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
    if synthesis.fits is None:
        raise ValueError("a form is pooled beside its technique's fit")
    priors, context = priors_of(settings), synthesis.context
    posteriors = dict(synthesis.posteriors)
    questions = dict(synthesis.fits.questions)
    for form in forms:
        id = form.technique.id
        own = [
            structs.replace(effect, record=structs.replace(effect.record, technique=id))
            for effect in effects
            if effect.record.technique == form.parent and form.admits(effect)
        ]
        found = evidence_for(own, {id: form.technique}, context)
        for outcome in OUTCOMES:
            part = found.get((id, outcome))
            if part is None or not part.used:
                continue
            pooling = pool_effects(part.used, context, priors, interested=_interest(synthesis, form.parent, outcome))
            key = (id, outcome)
            questions[key] = (part, pooling)
            least = settings.minimal_difference.get(outcome, 0.0)
            posteriors[key] = posterior_of(part, pooling, context, least, synthesis.fits.today)
    return replace(synthesis, posteriors=posteriors, fits=structs.replace(synthesis.fits, questions=questions))


def _interest(synthesis: Synthesis, parent: str, outcome: Outcome) -> tuple[float, float] | None:
    """The prior of interest under which the technique itself was pooled."""
    known: Mapping[tuple[str, Outcome], tuple[object, Pooling]] = (
        {} if synthesis.fits is None else synthesis.fits.questions
    )
    if (parent, outcome) not in known:
        return None
    pooling = known[parent, outcome][1]
    if INTERESTED not in pooling.design.names:
        return None
    k = pooling.design.names.index(INTERESTED)
    return float(pooling.fit.prior_mean[k]), float(pooling.fit.prior_sd[k])

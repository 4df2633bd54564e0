"""What claims are held against: effects, what was pooled of them, who uses what, and where the reader stands.

Enters: a pack's parts, already loaded.  Leaves: a `Ground` that the judges ask.  Knows nothing of claims.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar, cast

from tierproof.challenge.reading.lexis.vocabulary import Vocabulary, vocabulary_of
from tierproof.challenge.weighing.variants import form_questions
from tierproof.decision.appraisals.appraisal import Appraisal, appraise
from tierproof.decision.appraisals.draws import quantiles
from tierproof.decision.ranking.lens import Lens, score, scored_outcomes
from tierproof.evidence.adoption import Adoption
from tierproof.evidence.effect import Effect
from tierproof.evidence.pack import Pack
from tierproof.evidence.record import Outcome, Record
from tierproof.messages import translated
from tierproof.synthesis.forms import FormQuestion, add_forms
from tierproof.synthesis.posteriors.posterior import Context, Posterior, Synthesis
from tierproof.synthesis.synthesise import synthesise
from tierproof.synthesis.values.normal import Array

__all__ = ["Ground", "ground_of"]

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Evidence and a reader.  Other contexts are pooled when a claim asks for them, each once."""

    effects: Sequence[Effect]
    appraisal: Appraisal
    adoption: Mapping[str, Adoption]
    """By technique."""
    lens: Lens
    """What "effective" means where a claim names no outcome."""
    vocabulary: Vocabulary
    """Names by which figures of use are told from figures about users."""
    left_out: Sequence[tuple[Record, str]] = ()
    """Records of the pack that could not be put on a scale of analysis, each with the reason."""
    forms: tuple[FormQuestion, ...] = ()
    """Forms of techniques that stand beside the techniques here."""
    judged: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    """Verdicts given here, by claim: equal claims are judged once."""
    _known: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    _elsewhere: dict[Any, Ground] = field(default_factory=dict, repr=False, compare=False)

    @property
    def context(self) -> Context:
        return self.appraisal.synthesis.context

    @cached_property
    def larger_model(self) -> str | None:
        """The technique that "a larger model" names; None if the pack has none."""
        return self.vocabulary.named("larger model")

    @cached_property
    def records(self) -> Mapping[str, Effect]:
        """Effects by the id of their record."""
        return {effect.record.id: effect for effect in self.effects}

    def once(self, key: Any, work: Callable[[], T]) -> T:
        """What `work` gives, worked out once for its key on this ground: claims on one technique ask much alike."""
        if key not in self._known:
            self._known[key] = work()
        return cast(T, self._known[key])

    def at(self, context: Context, outcomes: frozenset[Outcome] | None = None, technique: str | None = None) -> Ground:
        """The same evidence, read in another context; `outcomes`, `technique`: those that are needed, default all."""
        if context == self.context:
            return self
        key = (context, outcomes, technique)
        if key not in self._elsewhere:
            now = self.appraisal
            synthesis = self._read_at(context, outcomes, technique)
            if self.forms and not any("/" in name for name, _ in synthesis.posteriors):
                synthesis = add_forms(synthesis, self.effects, self.forms, now.settings)
            appraisal = appraise(synthesis, now.techniques, now.settings, now.profile)
            self._elsewhere[key] = replace(self, appraisal=appraisal, judged={}, _known={})
        return self._elsewhere[key]

    def _read_at(self, context: Context, outcomes: frozenset[Outcome] | None, technique: str | None) -> Synthesis:
        now = self.appraisal
        here = now.synthesis.context
        if (context.as_of, context.include_lab) == (here.as_of, here.include_lab):
            return now.synthesis.at(context, technique=technique, outcomes=outcomes)
        whole = {id: technique for id, technique in now.techniques.items() if "/" not in id}
        return synthesise(self.effects, whole, now.settings, context, outcomes=outcomes)

    def knowing(self, names: Iterable[str]) -> Ground:
        """The same with the forms among `names` as techniques of their own; names that the pack lacks are let be."""
        wanted = tuple(sorted({name for name in names if "/" in name} - self.appraisal.techniques.keys()))
        if not wanted:
            return self
        if wanted not in self._elsewhere:
            now = self.appraisal
            forms = tuple(question for name in wanted for question in form_questions(name, now.techniques))
            synthesis = now.synthesis
            if any(form.technique.question.subtypes for form in forms):
                synthesis = add_forms(synthesis, self.effects, forms, now.settings)
            techniques = {**now.techniques, **{form.technique.id: form.technique for form in forms}}
            appraisal = appraise(synthesis, techniques, now.settings, now.profile)
            self._elsewhere[wanted] = replace(
                self, appraisal=appraisal, forms=(*self.forms, *forms), judged={}, _known={}, _elsewhere={}
            )
        return self._elsewhere[wanted]

    def posterior(self, technique: str, outcome: Outcome) -> Posterior | None:
        """What is known, on a scale that can be compared."""
        return self.appraisal.posterior(technique, outcome)

    def minimal(self, outcome: Outcome) -> float:
        """The least difference that a team would act on, on the analysis scale."""
        return self.appraisal.settings.minimal_difference.get(outcome, 0.0)

    def short(self, technique: str) -> str:
        """The technique's short name, as the language spoken has it."""
        return translated(self.appraisal.techniques[technique].short)

    def average(self, technique: str, outcome: Outcome) -> Array | None:
        """Draws of the average effect, aligned over techniques; None where nothing is known."""
        posterior = self.posterior(technique, outcome)
        return None if posterior is None else quantiles(posterior.average)[self.appraisal.places(technique)[outcome]]

    @cached_property
    def on_average(self) -> Appraisal:
        """The appraisal with average effects in place of those of one new setting."""
        drawn: dict[tuple[str, Outcome], Array] = {}
        for technique in self.appraisal.techniques:
            for outcome in scored_outcomes(self.lens):
                average = self.average(technique, outcome)
                if average is not None:
                    drawn[technique, outcome] = average
        return self.appraisal.given(drawn)

    @cached_property
    def scores(self) -> Mapping[str, Array]:
        """Draws of each technique's score through the lens, on average over settings; those with records only."""
        return {
            technique: score(self.lens, self.on_average, technique)
            for technique in sorted(self.appraisal.techniques)
            if "/" not in technique
            and any(
                posterior is not None and posterior.basis != "assumed"
                for outcome in scored_outcomes(self.lens)
                for posterior in [self.posterior(technique, outcome)]
            )
        }


def ground_of(
    pack: Pack,
    effects: Sequence[Effect],
    appraisal: Appraisal,
    lens: Lens,
    *,
    left_out: Sequence[tuple[Record, str]] = (),
) -> Ground:
    """The ground that a pack gives, under a lens of effects; `left_out`: records that no scale could take, and why."""
    return Ground(
        effects=effects,
        appraisal=appraisal,
        adoption={technique: pack.adoption_of(technique) for technique in pack.techniques},
        lens=lens,
        vocabulary=vocabulary_of(pack.techniques, pack.settings.vocabulary),
        left_out=left_out,
    )

"""Gather what is known of one technique, so that every form of its card says the same.

Enters: a pack, its conversion, a detailed synthesis and the technique's rows under the pack's lenses.  Leaves: a
`Card`. Computes no effect: it picks, sorts and explains.  Knows nothing of terminals, Markdown or HTML.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tierproof.answers.studies import Study, studies_of
from tierproof.answers.view import OUTCOMES, View, lens_of
from tierproof.decision.appraisals.draws import interval_as_drawn
from tierproof.decision.ranking.lens import Lens
from tierproof.decision.ranking.results import TierRow, TierTable
from tierproof.decision.reader.profile import Profile
from tierproof.evidence.adoption import Adoption
from tierproof.evidence.conversion import Conversion
from tierproof.evidence.effect import Effect
from tierproof.evidence.pack import Pack
from tierproof.evidence.reading.settings import Words
from tierproof.evidence.record import Outcome, Record, up_is_better
from tierproof.evidence.technique import Question, Technique
from tierproof.messages import Message
from tierproof.synthesis.posteriors.answering import question_of
from tierproof.synthesis.posteriors.posterior import Interval, Posterior, Synthesis
from tierproof.synthesis.trust.from_none import WithoutOdds, without_odds
from tierproof.synthesis.values.context import Context

__all__ = ["Answer", "Card", "Placing", "RecordLine", "answer_of", "card_for", "card_of", "records_of", "source_of"]

_MOST = 3
"""Sources named for and against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is known of one outcome."""

    outcome: Outcome
    posterior: Posterior
    question: Question
    baseline_success: float
    """Of the reader's system, a share: what makes effects on quality shares of failures."""
    studies: tuple[Study, ...]
    strongest_for: tuple[Study, ...]
    """Sources that pull the average most towards a gain."""
    strongest_against: tuple[Study, ...]
    """Sources that pull it most towards a loss."""
    without_odds: WithoutOdds | None
    """Where comparators never succeed, or always: the size of the average is that of the test sets."""

    @property
    def here(self) -> Interval:
        """What is known of one new setting, 90 %, in the digits of the tables."""
        return interval_as_drawn(self.posterior.predictive)

    @property
    def assumed(self) -> bool:
        return self.posterior.basis == "assumed"

    @property
    def discount(self) -> float:
        """What interested sources added, on the analysis scale."""
        return self.posterior.discount


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLine:
    """One record with what became of it."""

    record: Record
    effect: Effect | None
    weight: float | None
    """Share of the average that it enters; None where it is not pooled."""
    fate: str
    """`pooled`, or why not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """Where the technique stands under one lens."""

    lens: Lens
    row: TierRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    technique: Technique
    placings: tuple[Placing, ...]
    answers: tuple[Answer, ...]
    """Outcomes with evidence or an assumption: quality, the technique's other aims, the rest."""
    records: tuple[RecordLine, ...]
    """All records of the technique, pooled ones first, by source."""
    adoption: Adoption
    words: Words
    """What the field calls its system's work, and who adopts a technique."""
    profile: Profile

    @property
    def main(self) -> Answer | None:
        """The first outcome that evidence speaks of: quality where it does."""
        return next((answer for answer in self.answers if not answer.assumed), None)

    def answer(self, outcome: Outcome) -> Answer | None:
        return next((answer for answer in self.answers if answer.outcome == outcome), None)


def card_for(view: View, name: str) -> Card:
    """The card of the technique of that id, name or alias, under each lens of the pack.

    Raises InputError where there is none.
    """
    technique = view.technique(name)
    return card_of(
        technique,
        pack=view.pack,
        conversion=view.conversion,
        synthesis=view.detailed_for(technique.id),
        profile=view.profile,
        tables=[view.table(lens_of(view.pack, lens)) for lens in view.pack.lenses],
    )


def card_of(
    technique: Technique,
    *,
    pack: Pack,
    conversion: Conversion,
    synthesis: Synthesis,
    profile: Profile,
    tables: Iterable[TierTable],
) -> Card:
    """The technique's card; `synthesis` with detail shows sensitivity analyses and sub-rows.

    `tables`: one a lens; those that do not hold the technique (another role's) are passed over.
    """
    effects = [effect for effect in conversion.effects if effect.record.technique == technique.id]
    order = sorted(OUTCOMES, key=lambda outcome: (outcome != "quality", outcome not in technique.aims))
    answers = tuple(
        answer_of(technique, posterior, effects, profile)
        for outcome in order
        if (posterior := synthesis.get(technique.id, outcome)) is not None
    )
    return Card(
        technique=technique,
        placings=tuple(
            Placing(lens=table.lens, row=row) for table in tables for row in table.rows if row.technique == technique.id
        ),
        answers=answers,
        records=records_of(technique, pack=pack, conversion=conversion, synthesis=synthesis),
        adoption=pack.adoption_of(technique.id),
        words=pack.settings.words,
        profile=profile,
    )


def answer_of(technique: Technique, posterior: Posterior, effects: Sequence[Effect], profile: Profile) -> Answer:
    """What a posterior says, beside the sources among `effects` that it rests on."""
    studies, pooled = studies_of(posterior, effects), frozenset(posterior.records)
    sign = 1.0 if up_is_better(posterior.outcome) else -1.0

    def pull(study: Study) -> float:
        return sign * study.weight * study.point.median

    gains = sorted((s for s in studies if pull(s) > 0), key=lambda s: (-pull(s), s.source_id))
    losses = sorted((s for s in studies if pull(s) < 0), key=lambda s: (pull(s), s.source_id))
    return Answer(
        outcome=posterior.outcome,
        posterior=posterior,
        question=question_of(technique, posterior.outcome),
        baseline_success=profile.baseline_success,
        studies=studies,
        strongest_for=tuple(gains[:_MOST]),
        strongest_against=tuple(losses[:_MOST]),
        without_odds=without_odds(effect.record for effect in effects if effect.record.id in pooled),
    )


def records_of(
    technique: Technique, *, pack: Pack, conversion: Conversion, synthesis: Synthesis
) -> tuple[RecordLine, ...]:
    """Every record of the technique with its fate: none is dropped in silence."""
    effects = {effect.record.id: effect for effect in conversion.effects}
    reasons = {record.id: reason for record, reason in conversion.left_out}
    weights: dict[str, float] = {}
    for posterior in synthesis:
        if posterior.technique == technique.id:
            weights.update(zip(posterior.records, posterior.record_weights, strict=False))
    lines = []
    for record in pack.records:
        if record.technique != technique.id:
            continue
        weight = weights.get(record.id)
        fate = (
            "pooled"
            if weight is not None
            else reasons.get(record.id) or _why_not(record, technique, synthesis, pack.settings.words)
        )
        lines.append(RecordLine(record=record, effect=effects.get(record.id), weight=weight, fate=fate))
    return tuple(sorted(lines, key=lambda line: (*source_of(line), line.record.id)))


def source_of(line: RecordLine) -> tuple[bool, str, str]:
    """What records are listed under: pooled ones first, by source, and by title where a source has several texts."""
    return line.weight is None, line.record.source_id, line.record.source.title


def _why_not(record: Record, technique: Technique, synthesis: Synthesis, words: Words) -> str:
    """Why a record that could be pooled does not answer the technique's question."""
    found = _reasons(record, technique, synthesis.context, words)
    return next(found, Message("does not answer the question in this context"))


def _reasons(record: Record, technique: Technique, context: Context, words: Words) -> Iterator[str]:
    """The first that holds is told."""
    question = question_of(technique, record.outcome)
    if record.mirror_of is not None:
        yield Message("same figures as {mirror_of}, counted there", mirror_of=record.mirror_of)
    if record.doubtful:
        yield Message("marked doubtful")
    if record.contrast != question.contrast:
        yield Message("answers another question ({contrast})", contrast=Message(record.contrast, context="record"))
    if question.subtypes and record.subtype not in question.subtypes:
        yield Message("another form ({subtype})", subtype=record.subtype or "no subtype")
    if record.scope != "request":
        yield Message("about {about}, not about {work}", about=words.about(record.scope), work=words.work)
    if record.setting == "lab" and not context.include_lab:
        yield Message("lab evidence, asked for with --include-lab")
    if context.as_of is not None and (record.year or 9999) > context.as_of[0]:
        yield Message("later than the date asked for")
    if record.selection == "picked":
        yield Message("picked by hand; enough complete tables exist")

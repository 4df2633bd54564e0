"""What stands behind a figure: one technique's sources, and two techniques side by side; short.

Enters: a view and names.  Leaves: small Structs whose lists of sources come in pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from msgspec import field

from tierproof.answers.card import Card
from tierproof.answers.compare import comparison_of, unlike
from tierproof.answers.safe_text import clean, shorten
from tierproof.answers.short.parts import (
    Cited,
    Page,
    Reader,
    Short,
    Span,
    Unit,
    chance,
    cited_records,
    cited_study,
    few,
    heaviest,
    multiple,
    paged,
    reader_of,
    span,
    what_is_multiplied,
)
from tierproof.answers.view import View
from tierproof.decision.compare import Versus
from tierproof.errors import InputError
from tierproof.evidence.record import Independence, Outcome, Record
from tierproof.messages import Message
from tierproof.synthesis.posteriors.answering import scale_of
from tierproof.synthesis.posteriors.posterior import CertaintyLevel, Interval

__all__ = ["Known", "ShortComparison", "ShortEvidence", "short_comparison", "short_evidence"]

_REASON = 120


class Known(Short, frozen=True, kw_only=True):
    """What is known of one outcome, as a multiple: of the odds of success, or of the resource (below 1: less of it)."""

    units: ClassVar[Mapping[str, Unit]] = {"average": "multiple", "new_setting": "multiple"}

    outcome: Outcome
    on: str
    """What is multiplied."""
    basis: str
    """`evidence`, or `assumed`: the pack's judgement, no source."""
    average: Span | None
    """The mean effect."""
    new_setting: Span | None
    """The effect in one new setting; wider."""
    certainty: CertaintyLevel
    less_certain_for: tuple[str, ...] = ()
    """What lowers it."""
    sources: int = 0
    records: int = 0
    other_sign_under: str = ""
    """An analysis of other records or another model whose average has the other sign."""


class ShortEvidence(Short, frozen=True, kw_only=True):
    """What the evidence says of one technique"""

    id: str
    name: str
    what: str
    outcomes: tuple[Known, ...]
    opened: Outcome | None
    """The outcome whose sources are listed; null: none has any."""
    page: Page
    sources: tuple[Cited, ...]
    """Heaviest first."""
    strongest_for: tuple[str, ...] = ()
    """Sources that pull the average most towards a gain."""
    strongest_against: tuple[str, ...] = ()
    """Sources that pull it most towards a loss."""


class Difference(Short, frozen=True, kw_only=True):
    """First over second on one outcome, as a multiple: of the odds of success, or of the resource."""

    units: ClassVar[Mapping[str, Unit]] = {
        "difference": "multiple",
        "p_first_better": "chance",
        "p_first_better_new_setting": "chance",
    }

    outcome: Outcome
    on: str
    """What is multiplied: odds of success (above 1: the first is better), cost or latency (below 1: the first is)."""
    difference: Span | None
    """On average."""
    p_first_better: float
    """On average, 0 to 1."""
    p_first_better_new_setting: float
    """0 to 1."""
    direct_sources: int = 0
    """That compare the two; 0: the difference is that of each one's own effect."""
    assumed: bool = False
    """One side's own effect is the pack's assumption."""
    disagreement: float | None = field(name="disagreement_sd", default=None)
    """Of direct and indirect evidence: above 2 they contradict each other."""


class ShortComparison(Short, frozen=True, kw_only=True):
    """Two techniques head to head"""

    units: ClassVar[Mapping[str, Unit]] = {"p_first_nets_more": "chance", "net_benefit_difference": "usd_month"}

    first: str
    second: str
    p_first_nets_more: float
    """In a new setting, 0 to 1."""
    net_benefit_difference: Span | None = field(name="net_benefit_difference_usd_month")
    """First less second."""
    unlike: str = ""
    """Why no winner follows from the figures of quality, nor from those of net benefit; empty: nothing forbids one."""
    no_record_answers_for: tuple[str, ...] = ()
    """Of these two nothing was measured: no winner follows."""
    reader: Reader
    outcomes: tuple[Difference, ...]
    compared_directly_by: tuple[Cited, ...] = ()
    """At most three of the sources that have both in one experiment."""
    sources_of_first: tuple[Cited, ...] = ()
    """The heaviest of its own effect."""
    sources_of_second: tuple[Cited, ...] = ()


def short_evidence(
    card: Card, view: View, *, outcome: Outcome | None = None, offset: int = 0, limit: int = 5
) -> ShortEvidence:
    """Raises InputError for an outcome of which nothing is known."""
    known = {answer.outcome: answer for answer in card.answers}
    if outcome is not None and outcome not in known:
        message = Message("nothing is known of {outcome} for '{id}'", outcome=outcome, id=card.technique.id)
        raise InputError.of(message, remedy=Message("one of: {known}", known=", ".join(known)), field="outcome")
    opened = known[outcome] if outcome is not None else card.main
    paid: dict[str, Independence] = {line.record.source_id: line.record.independence for line in card.records}
    studies, page = paged(opened.studies if opened is not None else (), offset, limit)
    return ShortEvidence(
        id=card.technique.id,
        name=clean(card.technique.name),
        what=clean(card.technique.summary),
        outcomes=tuple(
            Known(
                outcome=answer.outcome,
                on=what_is_multiplied(answer.outcome, answer.posterior.scale),
                basis="assumed" if answer.assumed else "evidence",
                average=multiple(answer.posterior.average.interval(0.9)),
                new_setting=multiple(answer.here),
                certainty=answer.posterior.certainty.level,
                less_certain_for=()
                if answer.assumed
                else tuple(
                    shorten(clean(domain.reason), _REASON)
                    for domain in answer.posterior.certainty.domains
                    if domain.levels and answer is opened
                ),
                sources=len(answer.posterior.sources),
                records=len(answer.posterior.records),
                other_sign_under=clean(answer.posterior.opposing),
            )
            for answer in card.answers
        ),
        opened=None if opened is None else opened.outcome,
        page=page,
        sources=()
        if opened is None
        else tuple(cited_study(study, opened.posterior, paid=paid.get(study.source_id)) for study in studies),
        strongest_for=() if opened is None else tuple(study.label for study in opened.strongest_for),
        strongest_against=() if opened is None else tuple(study.label for study in opened.strongest_against),
    )


def short_comparison(view: View, first: str, second: str) -> ShortComparison:
    """Raises InputError for a name that is none, and for two of one technique."""
    found = comparison_of(view, first, second)
    main = next((one.outcome for one in found.outcomes if one.outcome == "quality"), None)
    return ShortComparison(
        first=found.first,
        second=found.second,
        p_first_nets_more=chance(found.p_net_benefit),
        net_benefit_difference=span(found.net_benefit_difference),
        unlike=clean(unlike(found, view.pack)),
        no_record_answers_for=found.unanswered,
        reader=reader_of(view),
        outcomes=tuple(map(_difference, found.outcomes)),
        compared_directly_by=_direct(found.outcomes, view),
        sources_of_first=heaviest(view, found.first, 2, main),
        sources_of_second=heaviest(view, found.second, 2, main),
    )


def _difference(versus: Versus) -> Difference:
    low, middle, high = versus.difference.low, versus.difference.median, versus.difference.high
    return Difference(
        outcome=versus.outcome,
        on=what_is_multiplied(versus.outcome, scale_of(versus.outcome)),
        difference=multiple(Interval(middle, low, high)),
        p_first_better=chance(versus.p_better),
        p_first_better_new_setting=chance(versus.p_better_here),
        direct_sources=0 if versus.direct is None else len(versus.direct.sources),
        assumed=versus.assumed,
        disagreement=few(versus.disagreement),
    )


def _direct(outcomes: tuple[Versus, ...], view: View) -> tuple[Cited, ...]:
    """At most three sources of the first outcome that has any."""
    for versus in outcomes:
        if versus.direct is not None:
            wanted = set(versus.direct.records)
            mine: dict[str, list[Record]] = {}
            for effect in view.conversion.effects:
                if effect.record.id in wanted:
                    mine.setdefault(effect.record.source_id, []).append(effect.record)
            return tuple(cited_records(records) for records in mine.values())[:3]
    return ()

"""Evidence cards as a page shows them: plots drawn, records in groups by source.

Enters: `Card`s.  Leaves: values that `cards.html` lays out.  Computes no effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from tierproof.answers.addresses import address, source_address
from tierproof.answers.card import Answer, Card, RecordLine, source_of
from tierproof.answers.studies import Study, author_year
from tierproof.decision.ranking.results import TierRow
from tierproof.evidence.adoption import ModelReport
from tierproof.evidence.reading.settings import Words
from tierproof.messages import Message, in_figures, translated
from tierproof.report.render.html.blocks import laid
from tierproof.report.render.svg.strip import Axis, axis_of, strip
from tierproof.report.words import numerals
from tierproof.report.words.card import (
    adoption_of_makers,
    figure_value,
    record_effect,
    record_figures,
    record_kind,
    verdicts,
    weight_told,
)
from tierproof.report.words.card_blocks import (
    assumed_blocks,
    certainty_blocks,
    effort_blocks,
    form_blocks,
    lead_blocks,
    otherwise_blocks,
    outcome_blocks,
    strongest_blocks,
)
from tierproof.report.words.forest import axis_over
from tierproof.report.words.table import ASSUMED, NO_TIER
from tierproof.report.words.terms import KINDS, termed
from tierproof.report.words.units import unit_for

__all__ = ["CardView", "card_view", "forest_of", "places_of"]

_SAYS = {"yes": Message("states it"), "no": Message("denies it")}
_SILENT = Message("is silent")
_LEAST_SOURCES = 2
"""Outcomes of fewer sources have nothing to plot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestRow:
    study: Study
    strip: Markup
    told: str
    weight: str
    place: str
    """Id of the record under which the card lists the source's records; empty: it lists none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forest:
    """One outcome's sources on one axis."""

    answer: Answer
    axis: Axis
    rows: tuple[ForestRow, ...]
    average: Markup
    average_told: str
    predictive: Markup
    predictive_told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    line: RecordLine
    figures: str
    effect: str
    kind: str
    who: str
    fate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordGroup:
    """A source's records with one fate."""

    source_id: str
    label: str
    title: str
    url: str | None
    weight: str
    rows: tuple[RecordRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptionRow:
    value: str
    measure: str
    n: str
    year: str
    independence: str
    title: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    model: str
    developer: str
    year: str
    says: str
    detail: str
    title: str
    place: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    card: Card
    tier: str
    told: str
    """What it does, in a few words."""
    strip: Markup
    """The score on the axis that all cards share."""
    lead: Markup
    verdicts: tuple[str, ...]
    """Under each lens what it comes to."""
    known: Markup
    """Outcome by outcome."""
    forests: tuple[Forest, ...]
    sides: tuple[Markup, ...]
    """What speaks for it and against it; how certain that is.  Empty where no record answers."""
    otherwise: Markup
    """The same question answered otherwise."""
    assumed: tuple[Markup, ...]
    """Stand-ins, and effort."""
    adoption: tuple[AdoptionRow, ...]
    makers: str
    reports: tuple[ReportRow, ...]
    """What each model's report says."""
    pooled: int
    groups: tuple[RecordGroup, ...]


def card_view(card: Card, axis: Axis, *, listed: bool = False) -> CardView:
    """Everything of one card, drawn and worded; its score is drawn on `axis`.

    `listed`: its records stand on the same page, so that sources can lead to them.
    """
    main = card.main
    row = card.placings[0].row if card.placings else None
    groups = _groups(card.records, card.words)
    places = places_of(groups) if listed else {}
    return CardView(
        card=card,
        tier=(row.tier if row is not None else None) or numerals.UNKNOWN,
        told=_told(row),
        strip=strip(row.score if row is not None and row.tier is not None else None, axis),
        lead=laid(lead_blocks(card)),
        verdicts=tuple(verdicts(card)),
        known=laid(outcome_blocks(card), top=4),
        forests=tuple(
            forest_of(answer, places)
            for answer in card.answers
            if not answer.assumed and (answer is main or len(answer.studies) >= _LEAST_SOURCES)
        ),
        sides=_sides(card, main) if main is not None else (),
        otherwise=laid(otherwise_blocks(main, card.words), top=4) if main is not None else Markup(),
        assumed=tuple(laid(blocks, top=4) for blocks in (assumed_blocks(card), effort_blocks(card))),
        adoption=_adoption(card),
        makers=adoption_of_makers(card.adoption),
        reports=_reports(card),
        pooled=sum(line.weight is not None for line in card.records),
        groups=groups,
    )


def places_of(groups: Iterable[RecordGroup]) -> Mapping[str, str]:
    """Each record's id with that of the first of its group, which is where a link to it leads."""
    return {row.line.record.id: group.rows[0].line.record.id for group in groups for row in group.rows}


def _told(row: TierRow | None) -> str:
    if row is None or row.tier is None:
        return NO_TIER
    return numerals.failures(row.failures_removed) + (ASSUMED if "quality" in row.assumed else "")


def _sides(card: Card, answer: Answer) -> tuple[Markup, ...]:
    sides = ((*strongest_blocks(answer), *form_blocks(card, answer)), certainty_blocks(answer))
    return tuple(laid(blocks, top=4) for blocks in sides)


def forest_of(answer: Answer, places: Mapping[str, str], zoom: float = 1.0) -> Forest:
    """One outcome's sources, drawn on one axis.  `places`: under which record the card lists each record.

    `zoom`: how much nearer than the whole the average is seen, 1 or more; no effect stays in sight.
    """
    unit, posterior = unit_for(answer), answer.posterior
    average, predictive = posterior.average.interval(0.9), answer.here
    span = axis_over([study.point for study in answer.studies], (average, predictive), 100)
    reach = (span.high - span.low) / 2 / zoom
    low, high = span.low, span.high
    if zoom > 1:
        # A twentieth beyond no effect, so that its line does not stand on the edge.
        low, high = min(average.median, 0.1 * reach) - reach, max(average.median, -0.1 * reach) + reach
        low, high = min(low, -0.1 * reach), max(high, 0.1 * reach)
    axis = axis_of(low, high, unit.ticks(low, high, most=5))
    rows = tuple(
        ForestRow(
            study=study,
            # Area grows with weight, as a forest plot's squares do.
            strip=strip(study.point, axis, size=5 + 14 * study.weight**0.5, hollow=study.interested),
            told=unit.interval(study.point),
            weight=numerals.percent(study.weight),
            place=places.get(study.records[0], ""),
        )
        for study in answer.studies
    )
    return Forest(
        answer=answer,
        axis=axis,
        rows=rows,
        average=strip(average, axis, size=11, class_="sum"),
        average_told=unit.interval(average),
        predictive=strip(None, axis, outer=predictive, class_="sum"),
        predictive_told=unit.interval(predictive),
    )


def _adoption(card: Card) -> tuple[AdoptionRow, ...]:
    return tuple(
        AdoptionRow(
            value=figure_value(figure),
            measure=figure.measure,
            n=numerals.count(figure.n) if figure.n is not None else "",
            year=str(figure.year or ""),
            independence=termed(figure.independence, KINDS),
            title=figure.source.title,
            url=address(figure.source.ref),
        )
        for figure in sorted(card.adoption.applications, key=lambda one: (-(one.year or 0), one.id))
    )


def _reports(card: Card) -> tuple[ReportRow, ...]:
    return tuple(
        ReportRow(
            model=detail.model,
            developer=detail.developer,
            year=str(detail.year),
            says=translated(_SAYS.get(detail.disclosed, _SILENT)),
            detail=detail.detail,
            title=detail.source.title,
            place=detail.source.locator or "",
            url=address(detail.source.ref),
        )
        for figure in card.adoption.makers
        if isinstance(detail := figure.detail, ModelReport)
    )


def _groups(records: Sequence[RecordLine], words: Words) -> tuple[RecordGroup, ...]:
    groups = []
    for (_, source_id, _), lines in groupby(records, key=source_of):
        mine = tuple(lines)
        first = mine[0].record
        groups.append(
            RecordGroup(
                source_id=source_id,
                label=author_year(first.source, first.year),
                title=first.source.title,
                url=source_address(first.source.ref, source_id),
                weight=weight_told(mine),
                rows=tuple(_record(line, words) for line in mine),
            )
        )
    return tuple(groups)


def _record(line: RecordLine, words: Words) -> RecordRow:
    record = line.record
    who = [
        record.model or "",
        record.task or translated(words.task(record.task_family)),
        f"n {numerals.count(record.n)}" if record.n else "",
    ]
    return RecordRow(
        line=line,
        figures=record_figures(line),
        effect=record_effect(line),
        kind=record_kind(line),
        who=", ".join(part for part in who if part),
        fate=in_figures(f"{100 * line.weight:.1f} %") if line.weight is not None else line.fate,
    )

"""An evidence card, and its parts by themselves.

Enters: a `Card`.  Leaves: blocks.  Knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from textwrap import wrap

from tierproof.answers.card import Answer, Card
from tierproof.answers.safe_text import clean, shorten
from tierproof.answers.studies import Study
from tierproof.evidence.reading.settings import Words
from tierproof.evidence.record import Outcome
from tierproof.messages import Message, Quoted, gettext, ngettext
from tierproof.report.blocks import Block, Cell, Drawn, Field, Gap, Grid, Heading, Items, Told
from tierproof.report.words import numerals
from tierproof.report.words.card import (
    adoption_lines,
    assumption_lines,
    basis_told,
    coefficient_told,
    effort_lines,
    facts,
    in_odds,
    notes_told,
    outcome_told,
    size_not_told,
    sub_rows_told,
    verdicts,
)  # fmt: skip
from tierproof.report.words.forest import axis_over
from tierproof.report.words.plan import capital
from tierproof.report.words.table import ASSUMED, certainty_told
from tierproof.report.words.table import outcome_told as named_outcome
from tierproof.report.words.terms import ANALYSES, DOMAINS, termed
from tierproof.report.words.units import unit_for
from tierproof.synthesis.posteriors.posterior import Interval

__all__ = [
    "assumed_blocks",
    "card_blocks",
    "certainty_blocks",
    "effort_blocks",
    "form_blocks",
    "lead_blocks",
    "otherwise_blocks",
    "outcome_blocks",
    "strongest_blocks",
]

_MOST_ROWS = 24
_WIDE = 100
"""Cells of a screen from which on figures stand beside the plot."""


def card_blocks(card: Card, *, outcome: Outcome | None = None) -> Iterator[Block]:
    """The whole card; sources, certainty and sensitivity of `outcome`, default the card's main one."""
    yield Heading(card.technique.name, 1)
    yield from lead_blocks(card)
    yield Gap()
    yield from map(Told, verdicts(card))
    yield from outcome_blocks(card)
    main = card.main if outcome is None else card.answer(outcome)
    if main is not None and not main.assumed:
        yield from _forest(main)
        yield from strongest_blocks(main)
        yield from certainty_blocks(main)
        yield from otherwise_blocks(main, card.words)
        yield from form_blocks(card, main)
    yield from assumed_blocks(card)
    yield from effort_blocks(card)
    yield from _list(gettext("Adoption"), adoption_lines(card.adoption))
    yield Gap()
    name = clean(card.technique.id)
    others = [answer.outcome for answer in card.answers if answer is not main and not answer.assumed]
    told = gettext(
        "{records} with their sources: tierproof show {name} --records.",
        records=numerals.counted(len(card.records), "record"),
        name=name,
    )
    if others:
        options = Quoted(gettext(" or ").join(others))
        told += " " + gettext("Sources of another outcome: --outcome {others}.", others=options)
    yield Told(f"{told} {gettext('Model and priors: --method.')}")


def lead_blocks(card: Card) -> Iterator[Block]:
    """What it is, and for whom."""
    yield Told(card.technique.summary)
    yield Told(" · ".join(facts(card.technique, card.words)), "note")


def form_blocks(card: Card, answer: Answer) -> Iterator[Block]:
    """The technique's forms, each by its own evidence."""
    yield from _list(gettext("By form"), sub_rows_told(card, answer))


def assumed_blocks(card: Card) -> Iterator[Block]:
    """Stand-ins in use."""
    yield from _list(gettext("Assumed, not measured"), assumption_lines(card))


def effort_blocks(card: Card) -> Iterator[Block]:
    """What it takes, all of it assumed."""
    yield from _list(
        gettext("Effort (assumptions, replace them with --set or a profile)"), effort_lines(card.technique)
    )


def _list(heading: str, items: Iterable[str]) -> Iterator[Block]:
    if listed := tuple(items):
        yield Heading(heading)
        yield Items(listed, inset=1)


def outcome_blocks(card: Card) -> Iterator[Block]:
    """What is known of each outcome, a row each."""
    yield Heading(gettext("What is known, outcome by outcome"))
    if not card.answers:
        yield Told(gettext("Nothing: no record answers and nothing is assumed."), inset=1)
        return
    fields = (
        Field("", full=gettext("Outcome")),
        Field(gettext("New setting, 90 %")),
        Field(gettext("On average, 90 %")),
        Field(gettext("Certainty"), least=8),
        Field(gettext("Records"), full=gettext("Rests on")),
    )
    rows = tuple(
        (
            Cell(f"  {named_outcome(answer.outcome)}", full=outcome_told(answer)),
            _interval(answer, answer.here),
            _interval(answer, answer.posterior.average.interval(0.9)),
            certainty_told(answer.posterior.certainty.level),
            Cell(_size(answer), full=basis_told(answer.posterior)),
        )
        for answer in card.answers
    )
    yield Grid(fields, rows)
    odds = [f"{named_outcome(answer.outcome)}: {outcome_told(answer)}" for answer in card.answers if in_odds(answer)]
    if odds:
        yield Told(gettext("{odds}, as a multiple.", odds=", ".join(odds)), "note", inset=1)
    for answer in card.answers:
        if told := size_not_told(answer):
            yield Told(f"{named_outcome(answer.outcome)}: {told}", "note", inset=1)


def _size(answer: Answer) -> str:
    if answer.assumed:
        return gettext("assumed")
    return f"{numerals.count(len(answer.posterior.records))} ({numerals.count(len(answer.posterior.sources))})"


def _interval(answer: Answer, interval: Interval) -> str:
    return unit_for(answer).interval(interval) + (ASSUMED if answer.assumed else "")


def _forest(answer: Answer) -> Iterator[Block]:
    """One line a source, heaviest first, then the average and the predictive on the same axis."""
    unit = unit_for(answer)
    yield Heading(
        gettext("{outcome} by source: {unit}", outcome=capital(named_outcome(answer.outcome)), unit=unit.name)
    )
    yield Drawn(partial(_forest_at, answer), told=_sources(answer))


def _sources(answer: Answer) -> Grid:
    """The same as figures, every source with its address."""
    unit, posterior = unit_for(answer), answer.posterior
    fields = (
        Field(gettext("Source")),
        Field(gettext("Title")),
        Field(gettext("Effect, 90 %")),
        Field(gettext("Weight"), right=True),
        Field(gettext("Records"), right=True),
        Field(gettext("Measured by")),
    )
    rows: list[tuple[str | Cell, ...]] = [
        (
            Cell(study.label, url=study.url),
            study.title,
            unit.interval(study.point),
            numerals.percent(study.weight),
            numerals.count(len(study.records)),
            _measured_by(study) + (gettext(", picked") if study.picked else ""),
        )
        for study in answer.studies
    ]
    for name, interval in (
        (gettext("average"), posterior.average.interval(0.9)),
        (gettext("new setting"), answer.here),
    ):
        rows.append((name, "", unit.interval(interval), "", "", ""))
    return Grid(fields, tuple(rows))


def _measured_by(study: Study) -> str:
    return gettext("authors or vendor") if study.interested else gettext("independent or rival")


def _forest_at(answer: Answer, width: int) -> Iterator[tuple[Cell, ...]]:
    unit = unit_for(answer)
    shown, rest = answer.studies[:_MOST_ROWS], answer.studies[_MOST_ROWS:]
    average, predictive = answer.posterior.average.interval(0.9), answer.here
    wide = width >= _WIDE
    label = min(28, max([len(s.label) for s in shown] + [12]))
    plot = width - label - (26 if wide else 8) - 9 - 2
    axis = axis_over([study.point for study in answer.studies], (average, predictive), plot)
    for study in shown:
        name = f"{shorten(study.label, label - 1)}*" if study.picked else shorten(study.label, label)
        weight = numerals.percent(study.weight)
        yield (
            Cell(f"  {name:<{label}}  "),
            Cell(
                axis.draw(study.point, point="○" if study.interested else "●"),
                "yellow" if study.interested else "cyan",
            ),
            Cell(f" {weight:>5} {'n' + str(len(study.records)):>4}", "dim"),
            Cell(f"  {unit.interval(study.point)}" if wide else ""),
        )
    if rest:
        share = numerals.percent(sum(study.weight for study in rest))
        told = ngettext(
            "and {n} more source with {share} of the weight: see --records",
            "and {n} more sources with {share} of the weight: see --records",
            len(rest),
            share=share,
        )
        yield from ((Cell(f"  {line}", "dim"),) for line in wrap(told, width - 2))
    for name, interval, bar in ((gettext("average"), average, "━"), (gettext("new setting"), predictive, "┄")):
        drawn = axis.draw(interval, point="◆", bar=bar)
        figures = f"{'':13}{unit.interval(interval)}" if wide else ""
        yield (Cell(f"  {name:<{label}}  {drawn}{figures}", "bold"),)
    yield (Cell(" " * (label + 4) + axis.labels(unit), "dim"),)
    told = (
        gettext(
            "● measured by independents or rivals, ○ by authors or vendor; * picked by hand; n: records; right is "
            "better"
        )
        if unit.better == "right"
        else gettext(
            "● measured by independents or rivals, ○ by authors or vendor; * picked by hand; n: records; right is worse"
        )
    )
    for line in wrap(told, width - 2):
        yield (Cell(f"  {line}", "dim"),)


def strongest_blocks(answer: Answer) -> Iterator[Block]:
    """The sources that speak loudest on either side."""

    def told(study: Study) -> str:
        what = gettext(
            "{point}, {weight} of the weight",
            point=unit_for(answer).interval(study.point),
            weight=numerals.percent(study.weight),
        )
        return f"{study.label}: {what}, {_measured_by(study)}. {study.title}"

    yield from _list(gettext("Strongest for"), map(told, answer.strongest_for))
    none = [gettext("No source shows a loss.")] if answer.studies else []
    yield from _list(
        gettext("Strongest against"), map(told, answer.strongest_against) if answer.strongest_against else none
    )


def certainty_blocks(answer: Answer) -> Iterator[Block]:
    """The GRADE domains, each with its reason."""
    certainty = answer.posterior.certainty
    yield from _list(
        gettext("Certainty: {level}", level=certainty_told(certainty.level)),
        (
            f"{termed(domain.name, DOMAINS)}: {_levels_off(domain.levels)}; {clean(domain.reason)}"
            for domain in certainty.domains
        ),
    )


def _levels_off(levels: int) -> str:
    return gettext("{n} off", n=levels) if levels else gettext("no level off")


def _of_a_source(what: str, called: Mapping[str, str]) -> str:
    """What an analysis is, its source by the name that the card has for it."""
    if isinstance(what, Message) and (source := str(what.values.get("source"))) in called:
        return Message(what.message, source=Quoted(called[source]))
    return what


def otherwise_blocks(answer: Answer, words: Words) -> Iterator[Block]:
    """How the answer changes with the analysis, and what moved it."""
    posterior = answer.posterior
    rows = [
        (gettext("main analysis"), posterior.average.interval(0.9), len(posterior.records), len(posterior.sources), "")
    ]
    called = {study.source_id: study.label for study in answer.studies}
    rows += [
        (termed(s.name, ANALYSES), s.average, s.records, s.sources, _of_a_source(s.what, called))
        for s in posterior.sensitivity
    ]
    fields = (
        Field("", full=gettext("Analysis")),
        Field(gettext("On average, 90 %")),
        Field(gettext("Records"), right=True),
        Field(gettext("Sources"), right=True),
        Field("", full=gettext("How"), least=6),
    )
    yield Heading(gettext("The same question answered otherwise"))
    yield Grid(
        fields,
        tuple(
            (
                Cell(f"  {name}"),
                unit_for(answer).interval(average),
                numerals.count(records),
                numerals.count(sources),
                what,
            )
            for name, average, records, sources, what in rows
        ),
    )
    for told in notes_told(answer):
        yield Told(told, inset=1)
    if posterior.coefficients:
        told = gettext(
            "On the analysis scale, 90 %: {coefficients}.",
            coefficients="; ".join(coefficient_told(one, words) for one in posterior.coefficients),
        )
        yield Told(told, inset=1)

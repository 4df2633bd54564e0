"""An evidence card in Markdown.

Enters: a `Card`.  Leaves: GitHub-flavoured Markdown with every untrusted sign escaped.
"""

from __future__ import annotations

from collections.abc import Iterable

from tierproof.answers.addresses import address
from tierproof.answers.card import Answer, Card
from tierproof.report.render.markdown.signs import escape, figure, grid, link
from tierproof.report.words import numerals
from tierproof.report.words.card import (
    adoption_lines,
    assumption_lines,
    basis_told,
    effort_lines,
    facts,
    notes_told,
    outcome_told,
    record_effect,
    record_figures,
    record_kind,
    sub_rows_told,
    verdicts,
)  # fmt: skip
from tierproof.report.words.table import ASSUMED
from tierproof.report.words.units import unit_for

__all__ = ["markdown_card"]


def markdown_card(card: Card, *, records: bool = False) -> str:
    """The card; with `records`, every record and its source."""
    technique = card.technique
    out = [
        f"# {escape(technique.name)}",
        "",
        escape(technique.summary),
        "",
        escape(" · ".join(facts(technique, card.words))),
        "",
    ]
    out += [*_items(verdicts(card)), ""]
    out += ["## What is known", "", *_outcomes(card), ""]
    if (main := card.main) is not None:
        out += [f"## {main.outcome.capitalize()} by source: {escape(unit_for(main).name)}", "", *_sources(main), ""]
        certainty = main.posterior.certainty
        reasons = (f"{domain.name}: {domain.levels} off; {domain.reason}" for domain in certainty.domains)
        out += [f"## Certainty: {certainty.level}", "", *_items(reasons), ""]
        out += [
            "## The same question answered otherwise",
            "",
            *_sensitivity(main),
            "",
            *_items(notes_told(main)),
            "",
        ]
        out += _section("By form", sub_rows_told(card, main))
    out += _section("Assumed, not measured", assumption_lines(card))
    out += _section("Effort (assumptions)", effort_lines(technique))
    out += _section("Adoption", adoption_lines(card.adoption))
    if records:
        out += ["## Records", "", *_records(card), ""]
    return "\n".join(out)


def _items(texts: Iterable[str]) -> list[str]:
    return [f"- {escape(text)}" for text in texts]


def _section(heading: str, texts: Iterable[str]) -> list[str]:
    items = _items(texts)
    return [f"## {heading}", "", *items, ""] if items else []


def _outcomes(card: Card) -> list[str]:
    if not card.answers:
        return ["Nothing: no record answers and nothing is assumed."]
    rows = []
    for answer in card.answers:
        mark = ASSUMED if answer.assumed else ""
        predictive = unit_for(answer).interval(answer.here)
        average = unit_for(answer).interval(answer.posterior.average.interval(0.9))
        certainty = answer.posterior.certainty.level
        rows.append([outcome_told(answer), predictive + mark, average + mark, certainty, basis_told(answer.posterior)])
    return grid(["Outcome", "New setting, 90 %", "On average, 90 %", "Certainty", "Rests on"], rows)


def _sources(answer: Answer) -> list[str]:
    rows = [
        [
            link(study.label, study.url),
            escape(study.title),
            unit_for(answer).interval(study.point),
            numerals.percent(study.weight),
            numerals.count(len(study.records)),
            ("authors or vendor" if study.interested else "independent or rival")
            + (", picked" if study.picked else ""),
        ]
        for study in answer.studies
    ]
    return grid(["Source", "Title", "Effect, 90 %", "Weight", "Records", "Measured by"], rows)


def _sensitivity(answer: Answer) -> list[str]:
    posterior = answer.posterior
    main = unit_for(answer).interval(posterior.average.interval(0.9))
    rows = [["main analysis", main, str(len(posterior.records)), str(len(posterior.sources)), ""]]
    for one in posterior.sensitivity:
        cells = [
            escape(one.name),
            unit_for(answer).interval(one.average),
            str(one.records),
            str(one.sources),
            escape(one.what),
        ]
        rows.append(cells)
    return grid(["", "On average, 90 %", "Records", "Sources", ""], rows)


def _records(card: Card) -> list[str]:
    rows = [
        [
            escape(line.record.id),
            line.record.outcome,
            escape(record_figures(line)),
            figure(record_effect(line)),
            record_kind(line),
            escape(line.fate),
            link(line.record.source.title, address(line.record.source.ref)),
            escape(line.record.source.locator or ""),
        ]
        for line in card.records
    ]
    return grid(["Record", "Outcome", "Figures", "Effect", "Kind", "Fate", "Source", "Place"], rows)

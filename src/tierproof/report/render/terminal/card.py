"""An evidence card on a terminal.

Enters: a `Card`.  Leaves: lines of `Text`, none wider than the screen.  Knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Iterable

from tierproof.answers.card import Answer, Card
from tierproof.answers.safe_text import clean, shorten
from tierproof.answers.studies import Study
from tierproof.evidence.record import Outcome
from tierproof.report.blocks import Cell
from tierproof.report.render.svg.forest import axis_over
from tierproof.report.render.terminal.layout import Column, fit, paragraph
from tierproof.report.render.terminal.styled import Text
from tierproof.report.words import numerals
from tierproof.report.words.card import (
    adoption_lines,
    assumption_lines,
    coefficient_told,
    effort_lines,
    facts,
    notes_told,
    outcome_told,
    sub_rows_told,
    verdicts,
)  # fmt: skip
from tierproof.report.words.method import Passage
from tierproof.report.words.table import ASSUMED
from tierproof.report.words.units import unit_for

__all__ = ["card_lines", "forest_lines", "method_lines"]

_MOST_ROWS = 24


def card_lines(card: Card, width: int, *, outcome: Outcome | None = None) -> list[Text]:
    """The whole card; sources, certainty and sensitivity of `outcome`, default the card's main one."""
    out = paragraph(clean(card.technique.name), width, style="bold")
    out += paragraph(clean(card.technique.summary), width)
    out += paragraph(" · ".join(facts(card.technique, card.words)), width, style="dim")
    out.append(Text())
    for line in verdicts(card):
        out += paragraph(line, width)
    out += _heading("What is known, outcome by outcome", width)
    out += _outcomes(card, width)
    main = card.main if outcome is None else card.answer(outcome)
    if main is not None and not main.assumed:
        out += forest_lines(main, width)
        out += _strongest(main, width)
        out += _certainty(main, width)
        out += _sensitivity(main, width)
        out += _list("By form", sub_rows_told(card, main), width)
    out += _list("Assumed, not measured", assumption_lines(card), width)
    out += _list("Effort (assumptions, replace them with --set or a profile)", effort_lines(card.technique), width)
    out += _list("Adoption", adoption_lines(card.adoption), width)
    out.append(Text())
    name = clean(card.technique.id)
    others = [answer.outcome for answer in card.answers if answer is not main and not answer.assumed]
    told = f"{numerals.counted(len(card.records), 'record')} with their sources: tierproof show {name} --records. "
    told += f"Sources of another outcome: --outcome {' or '.join(others)}. " if others else ""
    out += paragraph(f"{told}Model and priors: --method.", width)
    return out


def _heading(text: str, width: int) -> list[Text]:
    return [Text(), *paragraph(text, width, style="bold")]


def _list(heading: str, items: Iterable[str], width: int) -> list[Text]:
    lines = [line for item in items for line in paragraph(item, width, indent="  ", mark="- ")]
    return [*_heading(heading, width), *lines] if lines else []


def _outcomes(card: Card, width: int) -> list[Text]:
    if not card.answers:
        return paragraph("Nothing: no record answers and nothing is assumed.", width, indent="  ")

    def column(head: str, cells: Iterable[str]) -> Column:
        return Column(head=head, cells=[Cell(text) for text in cells], least=8 if head == "Certainty" else 0)

    columns = [
        column("", ("  " + answer.outcome for answer in card.answers)),
        column("New setting, 90 %", (_interval(a, predictive=True) for a in card.answers)),
        column("On average, 90 %", (_interval(a, predictive=False) for a in card.answers)),
        column("Certainty", (answer.posterior.certainty.level for answer in card.answers)),
        column("Records", map(_size, card.answers)),
    ]
    header, rows = fit(columns, width)
    odds = [answer.outcome for answer in card.answers if outcome_told(answer).endswith("odds")]
    note = (
        paragraph(f"{', '.join(odds)}: odds of a good one, as a multiple.", width, indent="  ", style="dim")
        if odds
        else []
    )
    return [header, *(line for row in rows for line in row), *note]


def _size(answer: Answer) -> str:
    if answer.assumed:
        return "assumed"
    return f"{numerals.count(len(answer.posterior.records))} ({numerals.count(len(answer.posterior.sources))})"


def _interval(answer: Answer, *, predictive: bool) -> str:
    interval = answer.here if predictive else answer.posterior.average.interval(0.9)
    return unit_for(answer).interval(interval) + (ASSUMED if answer.assumed else "")


def forest_lines(answer: Answer, width: int) -> list[Text]:
    """One line a source, heaviest first, then the average and the predictive on the same axis."""
    posterior, unit = answer.posterior, unit_for(answer)
    shown, rest = answer.studies[:_MOST_ROWS], answer.studies[_MOST_ROWS:]
    average, predictive = posterior.average.interval(0.9), answer.here
    label = min(28, max([len(s.label) for s in shown] + [12]))
    text_width = 8 if width < 100 else 26
    plot = width - label - text_width - 9 - 2
    axis = axis_over([study.point for study in answer.studies], (average, predictive), plot)
    out = _heading(f"{answer.outcome.capitalize()} by source: {unit.name}", width)
    for study in shown:
        out.append(
            _study_line(study, axis.draw(study.point, point="○" if study.interested else "●"), answer, label, width)
        )
    if rest:
        share = numerals.percent(sum(study.weight for study in rest))
        out += paragraph(
            f"and {len(rest)} more sources with {share} of the weight: see --records", width, indent="  ", style="dim"
        )
    out.append(_summary_line("average", axis.draw(average, point="◆", bar="━"), unit.interval(average), label, width))
    out.append(
        _summary_line("new setting", axis.draw(predictive, point="◆", bar="┄"), unit.interval(predictive), label, width)
    )
    out.append(Text(" " * (label + 4) + axis.labels(unit), style="dim"))
    better = "better" if unit.better == "right" else "worse"
    told = "● measured by independents or rivals, ○ by authors or vendor; * picked by hand; n: records"
    out += paragraph(f"{told}; right is {better}", width, indent="  ", style="dim")
    for line in out:
        line.truncate(width)
    return out


def _study_line(study: Study, drawn: str, answer: Answer, label: int, width: int) -> Text:
    name = f"{shorten(study.label, label - 1)}*" if study.picked else shorten(study.label, label)
    line = Text(f"  {name:<{label}}  ")
    line.append(drawn, "cyan" if not study.interested else "yellow")
    weight = numerals.percent(study.weight)
    line.append(f" {weight:>5} {'n' + str(len(study.records)):>4}", "dim")
    if width >= 100:
        line.append(f"  {unit_for(answer).interval(study.point)}")
    return line


def _summary_line(name: str, drawn: str, told: str, label: int, width: int) -> Text:
    line = Text(f"  {name:<{label}}  ", style="bold")
    line.append(drawn)
    if width >= 100:
        line.append(f"{'':13}{told}")
    return line


def _strongest(answer: Answer, width: int) -> list[Text]:
    def told(study: Study) -> str:
        who = "authors or vendor" if study.interested else "independent or rival"
        what = f"{unit_for(answer).interval(study.point)}, {numerals.percent(study.weight)} of the weight"
        return f"{study.label}: {what}, {who}. {study.title}"

    out = _list("Strongest for", map(told, answer.strongest_for), width)
    out += _list("Strongest against", map(told, answer.strongest_against), width)
    if answer.studies and not answer.strongest_against:
        out += _list("Strongest against", ["No source shows a loss."], width)
    return out


def _certainty(answer: Answer, width: int) -> list[Text]:
    certainty = answer.posterior.certainty
    items = [
        f"{domain.name}: {'no level off' if domain.levels == 0 else f'{domain.levels} off'}; {clean(domain.reason)}"
        for domain in certainty.domains
    ]
    return _list(f"Certainty: {certainty.level}", items, width)


def _sensitivity(answer: Answer, width: int) -> list[Text]:
    posterior = answer.posterior
    rows = [("main analysis", posterior.average.interval(0.9), len(posterior.records), len(posterior.sources), "")]
    rows += [(s.name, s.average, s.records, s.sources, s.what) for s in posterior.sensitivity]
    columns = [
        Column(head="", cells=[Cell("  " + clean(row[0])) for row in rows]),
        Column(head="On average, 90 %", cells=[Cell(unit_for(answer).interval(row[1])) for row in rows]),
        Column(head="Records", cells=[Cell(numerals.count(row[2])) for row in rows], justify="right"),
        Column(head="Sources", cells=[Cell(numerals.count(row[3])) for row in rows], justify="right"),
        Column(head="", cells=[Cell(clean(row[4])) for row in rows], least=6),
    ]
    header, lines = fit(columns, width)
    told = [*notes_told(answer)]
    if posterior.coefficients:
        told.append(f"On the analysis scale, 90 %: {'; '.join(map(coefficient_told, posterior.coefficients))}.")
    body = [header, *(line for row in lines for line in row)]
    body += [line for text in told if text for line in paragraph(text, width, indent="  ")]
    return [*_heading("The same question answered otherwise", width), *body]


def method_lines(passages: Iterable[Passage], width: int) -> list[Text]:
    """Model, priors and lenses."""
    out: list[Text] = []
    for passage in passages:
        out += _heading(passage.heading, width) if out else paragraph(passage.heading, width, style="bold")
        for text in passage.paragraphs:
            out += paragraph(text, width, indent="  ")
        for text in passage.formula.splitlines():
            out += paragraph(text, width, indent="    ", style="cyan")
        for text in passage.items:
            out += paragraph(text, width, indent="  ", mark="- ")
    return out

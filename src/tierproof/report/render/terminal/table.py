"""A tier table on a terminal, good at 80 columns and better on wider ones.

Enters: a `TierTable` and its pack.  Leaves: lines of `Text`.  Knows nothing of files or colours' support.

Always side by side: tier, rank, technique, effect, marks, risk and certainty, since they are read together.  Cost,
time, effort and adoption join the line as the screen grows; until then they stand under their row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tierproof.answers.safe_text import clean
from tierproof.answers.view import OUTCOMES
from tierproof.decision.reader.lens import TIERS
from tierproof.evidence.adoption import Adoption
from tierproof.evidence.record import Outcome
from tierproof.report.blocks import Cell
from tierproof.report.render.terminal.layout import Column, fit, paragraph, to_string
from tierproof.report.render.terminal.styled import Text
from tierproof.report.words import numerals
from tierproof.report.words.table import (
    ASSUMED,
    GLYPHS,
    HEADS,
    LETTERS,
    NO_TIER,
    UNKNOWN_MARK,
    glyph,
    profile_told,
    score_told,
)
from tierproof.report.words.table_rows import (
    NO_ADOPTION,
    Line,
    against_told,
    apart_told,
    lines_of,
    no_tier_told,
    outcomes_shown,
)
from tierproof.report.words.uptake import adoption_by_technique, measure_of

if TYPE_CHECKING:
    from tierproof.decision.ranking.results import TierTable
    from tierproof.evidence import Pack
    from tierproof.evidence.reading.settings import Words

__all__ = ["table_lines", "text_table"]


def text_table(table: TierTable, pack: Pack, *, width: int = 80, colour: bool = False) -> str:
    """The table as one string; no line is wider than `width`."""
    return to_string(table_lines(table, pack, width), width=width, colour=colour)


def table_lines(table: TierTable, pack: Pack, width: int) -> list[Text]:
    """Title, rows by tier, and what the signs mean."""
    adoption = adoption_by_technique(pack)
    lines = lines_of(table, adoption)
    header, rows = fit(_columns(table, lines), width)
    out = [*_title(table, pack, width), Text(), header]
    before: tuple[bool, str] | None = None
    for line, shown in zip(lines, rows, strict=True):
        here = line.row.apart, line.tier
        if before is not None and here != before:
            out.append(Text())
        if line.row.apart and (before is None or not before[0]):
            out += paragraph(apart_told(table, pack), width, style="dim")
        before = here
        out.extend(shown)
    return [*out, Text(), *_legend(table, lines, width, tuple(adoption.values()), pack.settings.words)]


def _title(table: TierTable, pack: Pack, width: int) -> list[Text]:
    profile, value = table.profile, table.lens.score == "net_benefit"
    figures = profile_told(profile, pack.settings.words)
    place = [
        f"profile: {clean(profile.name)}, {numerals.percent(profile.baseline_success)} success today",
        f"role: {table.role}" if table.role else "",
        f"task: {clean(table.context.task_family)}" if table.context.task_family else "",
        f"model size: {numerals.figure(table.context.params_b)}B" if table.context.params_b else "",
        "evidence to {}-{:02d}".format(*table.context.as_of) if table.context.as_of else "",
        "lab evidence included" if table.context.include_lab else "",
    ]
    return [
        *paragraph(f"{clean(pack.settings.title)}: {clean(table.lens.name).lower()}", width, style="bold"),
        *paragraph(clean(table.lens.summary), width),
        *paragraph(" · ".join(part for part in place if part), width, style="dim"),
        *(paragraph(f"{figures} (--set KEY=VALUE)", width, style="dim") if value else []),
    ]


def _columns(table: TierTable, lines: Sequence[Line]) -> list[Column]:
    def cells(of: Callable[[Line], str], style: Callable[[Line], str] = lambda _: "") -> list[Cell]:
        return [Cell(of(line), style(line) if line.enough else "dim") for line in lines]

    shown = outcomes_shown(table)
    first = [
        Column(head="", cells=[Cell(line.tier, LETTERS.get(line.tier, "dim")) for line in lines]),
        Column(head="#", cells=cells(lambda line: line.rank), justify="right", gutter=1),
        Column(head="Technique", cells=cells(lambda line: line.short, lambda _: "bold"), least=14),
    ]
    risk = Column(head="Worse", cells=cells(lambda line: line.harm, _risk_style), justify="right")
    certainty = Column(head="Certain", cells=cells(lambda line: line.certainty))
    days = cells(lambda line: line.effort.replace(" d", "") + (f" {line.once}" if line.once else ""))
    cases = cells(lambda line: line.adoption.applications.replace(" to ", "–"))
    tail = [
        Column(head="Cost", cells=cells(lambda line: line.cost), keep=1, label="cost", justify="right"),
        Column(head="Time", cells=cells(lambda line: line.latency), keep=1, label="time", justify="right"),
        Column(head="Days", cells=days, keep=1, label="days", justify="right"),
        Column(head="Tier+", cells=cells(lambda line: line.sure), keep=1, margin=True, justify="right"),
        Column(head="Rank, 90 %", cells=cells(lambda line: line.ranks.replace(" to ", "–")), keep=1, label="rank"),
    ]
    if any(line.adoption != NO_ADOPTION for line in lines):
        tail += [
            Column(head="Cases", cells=cases, keep=2, label="cases"),
            Column(head="Makers", cells=cells(lambda line: line.adoption.makers), keep=2, label="makers"),
        ]
    evidence = Column(head="Evidence", cells=cells(lambda line: line.evidence), keep=5)
    if table.lens.score == "net_benefit":
        pays = cells(lambda line: numerals.probability(line.row.cost_effectiveness.p_worth))
        middle = [
            Column(head="Net benefit a month", cells=cells(_aligned(lines, lambda line: line.net))),
            Column(head="of net", cells=cells(lambda line: line.relative), justify="right"),
            Column(head="Pays", cells=pays, justify="right"),
        ]
        expected = Column(head="Expected", cells=cells(lambda line: line.expected), keep=3, justify="right")
        removed = Column(head="Failures removed", cells=cells(_aligned(lines, lambda line: line.effect)), keep=4)
        return [*first, *middle, expected, certainty, removed, *tail, evidence]
    marks = [Column(head=" ".join(HEADS[o] for o in shown[:4]), cells=cells(lambda line: _signs(line, shown[:4])))]
    if len(shown) > 4:
        more = cells(lambda line: _signs(line, shown[4:]))
        marks.append(Column(head=" ".join(HEADS[o] for o in shown[4:]), cells=more, keep=3))
    effect = Column(head="Failures removed", cells=cells(_aligned(lines, lambda line: line.effect)))
    score = Column(head="Score", cells=cells(_score), justify="right")
    return [*first, score, effect, *marks, risk, certainty, *tail, evidence]


def _aligned(lines: Sequence[Line], of: Callable[[Line], str]) -> Callable[[Line], str]:
    """Points end in one column and their intervals start in one."""
    most = max((len(of(line).split(" (")[0]) for line in lines if line.enough), default=0)

    def aligned(line: Line) -> str:
        if not line.enough:
            return NO_TIER
        point, bracket, rest = of(line).partition(" (")
        return point.rjust(most) + bracket + rest

    return aligned


def _settled(lines: Sequence[Line]) -> str:
    named = [line.short for line in lines if line.enough and line.row.effort_decides]
    return f"Settled by effort alone, which is assumed: {', '.join(named)}." if named else ""


def _signs(line: Line, outcomes: Sequence[Outcome]) -> str:
    return " ".join(glyph(line.marks.get(outcome)) for outcome in outcomes)


def _score(line: Line) -> str:
    return numerals.percent(line.row.score.median) if line.enough else numerals.UNKNOWN


def _risk_style(line: Line) -> str:
    fragility = line.row.fragility
    return "red" if fragility is not None and fragility >= 0.25 else ""


def _legend(
    table: TierTable, lines: Sequence[Line], width: int, adoption: Sequence[Adoption], words: Words
) -> list[Text]:
    thresholds = " ".join(
        f"{tier} {numerals.threshold(getattr(table.lens.thresholds, tier))}" for tier in TIERS if tier != "D"
    )
    value = table.lens.score == "net_benefit"
    signs = [f"{sign} {mark}" for mark, sign in GLYPHS.items()] + [f"{UNKNOWN_MARK} not known"]
    letters = [f"{HEADS[o]} {o}" for o in OUTCOMES if o in outcomes_shown(table)]
    measure = measure_of(adoption)
    told = [
        "" if value else "  ".join(letters),
        f"{ASSUMED} assumed, not measured" if value else "  ".join(signs),
        f"{'Ranked by' if value else 'Score:'} {score_told(table.lens)}, at its median. Tiers: {thresholds} or more, D "
        "below. "
        "Brackets: 90 % of new settings.",
        "Pays: probability that the net benefit is above zero in a new setting. Expected, on wide screens: its mean. "
        if value
        else "Worse: probability that quality falls by more than the minimal difference in a new setting. ",
        f"{why}." if (why := no_tier_told(table)) else "",
        f"{against}." if (against := against_told(table)) else "",
        f"Certain: GRADE certainty of the evidence. Cost, time: of {clean(words.a)}, as a multiple of today's. Days: "
        "engineer-days, with the money once beside them. Under a tier: probability of it or a better one. Rank: its "
        "90 % interval.",
        _settled(lines) if value else "",
        f"Cases: {clean(measure)}. Makers: model reports that state it, of those read for it." if measure else "",
        "Method: records pooled by source, interested sources discounted, one new setting predicted.",
    ]
    out = [line for text in told[:2] if text for line in paragraph(text, width, style="dim")]
    out += paragraph(" ".join(text.strip() for text in told[2:] if text), width, style="dim")
    if table.rows:
        example = table.rows[0].technique
        out.extend(paragraph(f"Open any row down to its sources: tierproof show {clean(example)}", width))
    return out

"""A tier table, good at 80 columns and better on wider screens.

Enters: a `TierTable` and its pack.  Leaves: blocks.  Computes nothing.

Always side by side: tier, rank, technique, effect, marks, risk and certainty, since they are read together.  Cost,
time, effort and adoption join the line as the screen grows; until then they stand under their row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from tierproof.answers.safe_text import clean
from tierproof.evidence.record import Outcome
from tierproof.messages import gettext, translated
from tierproof.report.blocks import Block, Cell, Field, Gap, Grid, Heading, Items, Told
from tierproof.report.words import numerals
from tierproof.report.words.table import (
    GLYPHS,
    HEADS,
    LETTERS,
    NO_TIER,
    UNKNOWN_MARK,
    glyph,
    outcome_told,
    profile_told,
)
from tierproof.report.words.table_legend import explained
from tierproof.report.words.table_rows import (
    AGAINST,
    FIRST,
    NO_ADOPTION,
    Line,
    apart_told,
    lines_of,
    outcomes_shown,
)
from tierproof.report.words.uptake import adoption_by_technique, measure_of

if TYPE_CHECKING:
    from tierproof.decision.ranking.results import TierTable
    from tierproof.evidence import Pack
    from tierproof.evidence.reading.settings import Words

__all__ = ["table_blocks"]


def table_blocks(table: TierTable, pack: Pack) -> Iterator[Block]:
    """Title, rows by tier, and what the signs mean."""
    adoption = adoption_by_technique(pack)
    lines = lines_of(table, adoption)
    yield Heading(f"{clean(pack.settings.title)}: {clean(table.lens.name).lower()}", 1)
    yield Told(table.lens.summary)
    yield Told(_place(table, pack.settings.words), "note")
    if table.lens.score == "net_benefit":
        yield Told(
            gettext("{profile} (--set KEY=VALUE)", profile=profile_told(table.profile, pack.settings.words)), "note"
        )
    yield Gap()
    columns = list(_columns(table, lines))
    rows = tuple(zip(*(cells for _, cells in columns), strict=True))
    yield Grid(tuple(field for field, _ in columns), rows, across=_across(table, lines, pack))
    yield from _legend(table, lines, pack)


def _place(table: TierTable, words: Words) -> str:
    profile, context = table.profile, table.context
    place = [
        gettext(
            "profile: {name}, {share} success today",
            name=clean(profile.name),
            share=numerals.standing(profile.baseline_success),
        ),
        gettext("role: {role}", role=table.role) if table.role else "",
        gettext("task: {task}", task=clean(words.task(context.task_family))) if context.task_family else "",
        gettext("model size: {size}B", size=numerals.figure(context.params_b)) if context.params_b else "",
        gettext("evidence to {date}", date="{}-{:02d}".format(*context.as_of)) if context.as_of else "",
        gettext("lab evidence included") if context.include_lab else "",
    ]
    return " · ".join(part for part in place if part)


def _across(table: TierTable, lines: Sequence[Line], pack: Pack) -> dict[int, str]:
    """Room between tiers, and whom the rows are for that stand apart."""
    across: dict[int, str] = {}
    apart, tier = False, lines[0].tier if lines else ""
    for number, line in enumerate(lines):
        if line.row.apart and not apart:
            across[number] = apart_told(table, pack)
        elif (line.row.apart, line.tier) != (apart, tier):
            across[number] = ""
        apart, tier = line.row.apart, line.tier
    return across


def _columns(table: TierTable, lines: Sequence[Line]) -> Iterator[tuple[Field, list[Cell]]]:
    def cells(of: Callable[[Line], str], style: Callable[[Line], str] = lambda _: "") -> list[Cell]:
        return [Cell(of(line), style(line) if line.enough else "dim") for line in lines]

    value = table.lens.score == "net_benefit"
    shown = outcomes_shown(table)
    certainty = cells(lambda line: line.certainty)
    effect = cells(_aligned(lines, lambda line: line.effect))
    yield Field("", full=gettext("Tier")), [Cell(line.tier, LETTERS.get(line.tier, "dim")) for line in lines]
    yield Field("#", right=True, gutter=1), cells(lambda line: line.rank)
    names = [Cell(line.short, "bold" if line.enough else "dim", full=line.name) for line in lines]
    yield Field(gettext("Technique"), least=14), names
    if value:
        yield Field(gettext("Net benefit a month")), cells(_aligned(lines, lambda line: line.net))
        yield Field(gettext("of net"), right=True, yields=True), cells(lambda line: line.relative)
        pays = cells(lambda line: line.pays)
        yield Field(gettext("Pays"), right=True), pays
        yield Field(gettext("Expected"), right=True, keep=3, below=False), cells(lambda line: line.expected)
        yield Field(gettext("Certain"), yields=True), certainty
        yield Field(gettext("Failures removed"), keep=4, below=False), effect
    else:
        yield Field(gettext("Score"), right=True), cells(_score)
        yield Field(gettext("Failures removed")), effect
        yield Field(_heads(shown[:FIRST])), cells(lambda line: _signs(line, shown[:FIRST]))
        if len(shown) > FIRST:
            yield Field(_heads(shown[FIRST:]), keep=3, below=False), cells(lambda line: _signs(line, shown[FIRST:]))
        yield Field(gettext("Worse"), right=True, yields=True), cells(lambda line: line.harm, _risk_style)
        yield Field(gettext("Certain"), yields=True), certainty
    yield Field(gettext("Cost"), keep=1, right=True), cells(lambda line: line.cost)
    yield Field(gettext("Time"), keep=1, right=True), cells(lambda line: line.latency)
    days = cells(lambda line: line.days + (f" {line.once}" if line.once else ""))
    yield Field(gettext("Days"), keep=1), days
    yield Field(gettext("Tier+"), keep=1, margin=True, right=True), cells(lambda line: line.sure)
    yield Field(gettext("Rank, 90 %"), keep=1, label=gettext("rank")), cells(lambda line: line.span)
    if any(line.adoption != NO_ADOPTION for line in lines):
        yield Field(gettext("Cases"), keep=2), cells(lambda line: line.adoption.applications)
        yield Field(gettext("Makers"), keep=2), cells(lambda line: line.adoption.makers)
    yield Field(gettext("Evidence"), keep=5, below=False), cells(lambda line: line.evidence)


def _aligned(lines: Sequence[Line], of: Callable[[Line], str]) -> Callable[[Line], str]:
    """Points end in one column and their intervals start in one."""
    most = max((len(of(line).split(" (")[0]) for line in lines if line.enough), default=0)

    def aligned(line: Line) -> str:
        if not line.enough:
            return translated(NO_TIER)
        point, bracket, rest = of(line).partition(" (")
        return point.rjust(most) + bracket + rest

    return aligned


def _heads(outcomes: Sequence[Outcome]) -> str:
    return " ".join(translated(HEADS[outcome]) for outcome in outcomes)


def _signs(line: Line, outcomes: Sequence[Outcome]) -> str:
    return " ".join(glyph(line.marks.get(outcome)) for outcome in outcomes)


def _score(line: Line) -> str:
    return numerals.percent(line.row.score.median) if line.enough else numerals.UNKNOWN


def _risk_style(line: Line) -> str:
    fragility = line.row.fragility
    return "red" if fragility is not None and fragility >= 0.25 else ""


def _first_row(lines: Sequence[Line]) -> str:
    """One row read aloud: its probability and its interval are what is easily overlooked."""
    if not lines or not lines[0].enough or lines[0].sure == numerals.UNKNOWN:
        return gettext(
            "Tier+, on narrow screens under the tier: probability of it or a better one. Rank: its 90 % interval."
        )
    line = lines[0]
    return gettext(
        "{name} stands in {tier}, and there or higher with probability {sure} (Tier+, on narrow screens under "
        "the tier). Its rank, 90 %, is {ranks}: where such intervals overlap, the order may turn.",
        name=line.short.removesuffix(AGAINST),
        tier=line.tier,
        sure=line.sure,
        ranks=line.ranks,
    )


def _legend(table: TierTable, lines: Sequence[Line], pack: Pack) -> Iterator[Block]:
    yield Heading(gettext("How to read this"), 3)
    if table.lens.score != "net_benefit":
        yield Items(tuple(f"{translated(HEADS[o])} {outcome_told(o)}" for o in outcomes_shown(table)), beside=True)
        signs = [f"{sign} {translated(mark)}" for mark, sign in GLYPHS.items()]
        yield Items((*signs, gettext("{sign} not known", sign=UNKNOWN_MARK)), beside=True)
    measure = measure_of(adoption_by_technique(pack).values())
    told = [" ".join(map(str, line)) for line in explained(table, lines, pack.settings.words, measure)]
    yield Items(
        (
            _first_row(lines),
            *filter(None, told),
            gettext("Method: records pooled by source, interested sources discounted, one new setting predicted."),
        )
    )
    if table.rows:
        yield Told(
            gettext(
                "Open any row down to its sources: tierproof show {technique}", technique=clean(table.rows[0].technique)
            )
        )

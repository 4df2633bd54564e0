"""How much evidence there is, and what changed, in words.

Enters: a `CensusAnswer` or a `DiffAnswer` and the pack.  Leaves: blocks for any form of output.  Computes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from tierproof.answers.census import CensusAnswer, Counted, DiffAnswer, Moved
from tierproof.answers.safe_text import clean
from tierproof.evidence import Pack
from tierproof.evidence.record import SUCCESS
from tierproof.report.blocks import Block, Field, Grid, Heading, Items, Told
from tierproof.report.words import numerals

__all__ = ["census_blocks", "diff_blocks"]

_NAMED = 3
"""New sources named a technique; their ids are in the data."""


def census_blocks(answer: CensusAnswer, pack: Pack) -> list[Block]:
    """One row a technique, the most effects first, and one of all."""
    rows = sorted(answer.techniques.items(), key=lambda item: (-item[1].effects, item[0]))
    cells = [_row(clean(pack.techniques[name].short), one) for name, one in rows]
    return [
        Heading(f"Evidence of {clean(answer.pack.title)}, version {clean(answer.pack.version)}", 1),
        Grid(
            (
                Field("Technique", least=18),
                Field("Effects", right=True),
                Field("Sources", right=True),
                Field("Live", right=True),
                Field("Newest", right=True),
                Field("Independent", keep=1, right=True),
                Field("Picked", keep=2, right=True),
            ),
            (*cells, _row("all", answer.all)),
        ),
        Told(
            "Live: share of the effects that come from live systems. Independent: share measured by neither makers, "
            "sellers nor rivals. Picked: chosen by hand, which shows that an effect can occur, not how often. "
            f"{numerals.count(answer.records - answer.all.effects)} mirrors of the {numerals.count(answer.records)} "
            f"records are counted once, {numerals.percent(answer.all.doubtful)} of the effects are doubtful and left "
            "out "
            f"of the main analysis, {numerals.percent(answer.all.sized)} say how many items stand behind them, or how "
            "exact they are.",
            "note",
        ),
    ]


def _row(name: str, one: Counted) -> tuple[str, ...]:
    return (
        name,
        numerals.count(one.effects),
        numerals.count(one.sources),
        numerals.percent(one.production / one.effects) if one.effects else numerals.UNKNOWN,
        str(one.newest_year or numerals.UNKNOWN),
        numerals.percent(one.independent),
        numerals.percent(one.picked),
    )


def diff_blocks(answer: DiffAnswer, new: Pack, old: Pack) -> list[Block]:
    """What was added, what moved by more than its own uncertainty, which tiers changed."""
    named = {**old.techniques, **new.techniques}

    def short(name: str) -> str:
        return clean(named[name].short)

    added = tuple(
        f"{short(name)}: {one.effects:,} added"
        + (f", {one.removed:,} removed" if one.removed else "")
        + (f", {one.changed:,} changed" if one.changed else "")
        + _sources(one.sources)
        for name, one in sorted(answer.added.items(), key=lambda item: (-item[1].effects, item[0]))
    )
    moved = tuple(f"{short(one.technique)}, {one.outcome}: {_told(one)}" for one in answer.moved)
    tiers = tuple(
        f"{short(one.technique)}: {one.before or 'not enough evidence'} to {one.after or 'not enough evidence'}"
        for one in answer.tiers
    )
    return list(_parts(answer, added, moved, tiers))


def _parts(
    answer: DiffAnswer, added: tuple[str, ...], moved: tuple[str, ...], tiers: tuple[str, ...]
) -> Iterator[Block]:
    old, new = answer.old, answer.new
    yield Heading(f"From {clean(old.name)} {clean(old.version)} to {clean(new.name)} {clean(new.version)}", 1)
    yield Told(
        f"{answer.records_before:,} records of {answer.sources_before:,} sources became {answer.records_after:,} of "
        f"{answer.sources_after:,}.",
        "strong",
    )
    yield Heading("Records")
    yield Items(added or ("Nothing was added, removed or changed.",))
    yield Heading("Moved by more than its own uncertainty")
    yield Items(moved or ("No average left the 90 % interval that it had.",))
    yield Heading(f"Tiers changed (lens {clean(answer.lens)})")
    yield Items(tiers or ("None.",))
    yield Told(
        "Both are read in the profile of the newer pack; a move is an average outside of its earlier 90 %.", "note"
    )


def _sources(sources: tuple[str, ...]) -> str:
    if not sources:
        return ""
    named = ", ".join(clean(source) for source in sources[:_NAMED])
    more = f" and {len(sources) - _NAMED} more" if len(sources) > _NAMED else ""
    return f"; new sources: {named}{more}"


def _told(one: Moved) -> str:
    """Odds as a factor, amounts as a factor: both scales are logarithms."""
    what = "odds" if one.outcome in SUCCESS else "amount"
    before, after = (
        f"×{math.exp(value.median):.2f} ({math.exp(value.low):.2f} to {math.exp(value.high):.2f})"
        for value in (one.before, one.after)
    )
    return f"{what} {before} became {after}, {one.records_before:,} to {one.records_after:,} records"

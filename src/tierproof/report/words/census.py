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
from tierproof.messages import gettext, in_figures
from tierproof.report.blocks import Block, Field, Grid, Heading, Items, Told
from tierproof.report.words import numerals
from tierproof.report.words.history import move_told
from tierproof.report.words.table import outcome_told

__all__ = ["census_blocks", "diff_blocks"]

_NAMED = 3
"""New sources named a technique; their ids are in the data."""


def census_blocks(answer: CensusAnswer, pack: Pack) -> list[Block]:
    """One row a technique, the most effects first, and one of all."""
    rows = sorted(answer.techniques.items(), key=lambda item: (-item[1].effects, item[0]))
    cells = [_row(clean(pack.techniques[name].short), one) for name, one in rows]
    return [
        Heading(
            gettext(
                "Evidence of {title}, version {version}",
                title=clean(answer.pack.title),
                version=clean(answer.pack.version),
            ),
            1,
        ),
        Grid(
            (
                Field(gettext("Technique"), least=18),
                Field(gettext("Effects"), right=True),
                Field(gettext("Sources"), right=True),
                Field(gettext("Live"), right=True),
                Field(gettext("Newest"), right=True),
                Field(gettext("Independent"), keep=1, right=True),
                Field(gettext("Picked"), keep=2, right=True),
            ),
            (*cells, _row(gettext("all"), answer.all)),
        ),
        Told(
            gettext(
                "Live: share of the effects that come from live systems. Independent: share measured by neither "
                "makers, sellers nor rivals. Picked: chosen by hand, which shows that an effect can occur, not how "
                "often. {mirrors} mirrors of the {records} records are counted once, {doubtful} of the effects are "
                "doubtful and left out of the main analysis, {sized} say how many items stand behind them, or how "
                "exact they are.",
                mirrors=numerals.count(answer.records - answer.all.effects),
                records=numerals.count(answer.records),
                doubtful=numerals.percent(answer.all.doubtful),
                sized=numerals.percent(answer.all.sized),
            ),
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
        numerals.percent(one.independent) if one.effects else numerals.UNKNOWN,
        numerals.percent(one.picked) if one.effects else numerals.UNKNOWN,
    )


def diff_blocks(answer: DiffAnswer, new: Pack, old: Pack) -> list[Block]:
    """What was added, what moved by more than its own uncertainty, which tiers changed."""
    named = {**old.techniques, **new.techniques}

    def short(name: str) -> str:
        return clean(named[name].short)

    added = tuple(
        gettext("{name}: {effects:,} added", name=short(name), effects=one.effects)
        + (gettext(", {removed:,} removed", removed=one.removed) if one.removed else "")
        + (gettext(", {changed:,} changed", changed=one.changed) if one.changed else "")
        + _sources(one.sources)
        for name, one in sorted(answer.added.items(), key=lambda item: (-item[1].effects, item[0]))
    )
    moved = tuple(f"{short(one.technique)}, {outcome_told(one.outcome)}: {_told(one)}" for one in answer.moved)
    tiers = tuple(move_told(one, named) for one in answer.tiers)
    by_others = ", ".join(short(one.technique) for one in answer.tiers if one.technique not in answer.added)
    return list(_parts(answer, added, moved, tiers, by_others))


def _parts(
    answer: DiffAnswer, added: tuple[str, ...], moved: tuple[str, ...], tiers: tuple[str, ...], by_others: str
) -> Iterator[Block]:
    """`by_others`: techniques whose tier changed although no record of theirs did."""
    old, new = answer.old, answer.new
    yield Heading(
        gettext(
            "From {old} {before} to {new} {after}",
            old=clean(old.name),
            before=clean(old.version),
            new=clean(new.name),
            after=clean(new.version),
        ),
        1,
    )
    yield Told(
        gettext(
            "{records_before:,} records of {sources_before:,} sources became {records_after:,} of {sources_after:,}.",
            records_before=answer.records_before,
            sources_before=answer.sources_before,
            records_after=answer.records_after,
            sources_after=answer.sources_after,
        ),
        "strong",
    )
    yield Heading(gettext("Records"))
    yield Items(added or (gettext("Nothing was added, removed or changed."),))
    yield Heading(gettext("Moved by more than its own uncertainty"))
    yield Items(moved or (gettext("No average left the 90 % interval that it had."),))
    yield Heading(gettext("Tiers changed (lens {lens})", lens=clean(answer.lens)))
    yield Items(tiers or (gettext("None."),))
    if by_others:
        told = gettext(
            "Without a changed record of its own: {names}. What is learned from all techniques together, or what the "
            "pack itself states, turned the tier.",
            names=by_others,
        )
        yield Told(told)
    yield Told(
        gettext("Both are read in the profile of the newer pack; a move is an average outside of its earlier 90 %."),
        "note",
    )


def _sources(sources: tuple[str, ...]) -> str:
    if not sources:
        return ""
    named = ", ".join(clean(source) for source in sources[:_NAMED])
    more = gettext(" and {n} more", n=len(sources) - _NAMED) if len(sources) > _NAMED else ""
    return gettext("; new sources: {named}{more}", named=named, more=more)


def _told(one: Moved) -> str:
    """Odds as a factor, amounts as a factor: both scales are logarithms."""
    before, after = (
        "×" + numerals.spanned(*(in_figures(f"{math.exp(end):.2f}") for end in (value.median, value.low, value.high)))
        for value in (one.before, one.after)
    )
    told = {"before": before, "after": after, "then": f"{one.records_before:,}", "now": f"{one.records_after:,}"}
    if one.outcome in SUCCESS:
        return gettext("odds {before} became {after}, {then} to {now} records", **told)
    return gettext("amount {before} became {after}, {then} to {now} records", **told)

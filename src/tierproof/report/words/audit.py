"""An audit of a tier table in words.

Enters: an `Audit` and its pack.  Leaves: blocks for any form of output.  Computes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from tierproof.answers.safe_text import clean, shorten
from tierproof.answers.studies import author_year
from tierproof.report.blocks import Block, Field, Grid, Heading, Items, Told
from tierproof.report.words import numerals
from tierproof.synthesis.values.posterior import Context, Interval

if TYPE_CHECKING:
    from tierproof.challenge.audits.audit import Audit, AuditedMark, AuditedRow, Pair
    from tierproof.evidence import Pack

__all__ = ["audit_blocks"]

_NAMED: Final = 5
"""Pairs that are named."""
_SIGNS: Final = {"borne out": "✓", "not borne out": "✗", "open": "?"}


def audit_blocks(audit: Audit, pack: Pack, *, then: Context | None = None) -> list[Block]:
    """The audit as people read it: how right the order is, row by row, what is most wrong, what has changed."""
    title = clean(audit.table.title) or "a tier table"
    blocks: list[Block] = [Heading(f"Audit: {title}", 1), Told(_answer(audit), "strong")]
    blocks += [Told(text) for text in _correlations(audit)]
    blocks += [Told(clean(text), "note") for text in audit.table.reading]
    blocks += _rows(audit, pack)
    blocks += _most_wrong(audit, pack)
    blocks += _changed(audit, pack, then)
    blocks += _left(audit, pack)
    blocks += [Heading("How to read it", 3), Items(tuple(_notes(audit)))]
    return blocks


def _answer(audit: Audit) -> str:
    if not audit.pairs:
        return "Fewer than two places could be matched: there is no order to audit."
    right = sum(pair.p_right > 0.5 for pair in audit.pairs)
    return (
        f"{right} of {len(audit.pairs)} pairs are likelier right than wrong; {numerals.percent(audit.expected_right)} "
        "are expected to be right, where a coin gets 50 %."
    )


def _correlations(audit: Audit) -> Iterator[str]:
    if audit.kendall is None or audit.spearman is None:
        if audit.pairs:
            yield f"Too few rows ({len(audit.rows)}) for a rank correlation: it would say nothing."
        return
    chance = numerals.probability(audit.p_better_than_chance)
    yield (
        f"Rank correlation with the evidence, 90 %: Kendall's tau {_correlation(audit.kendall)}, Spearman's rho "
        f"{_correlation(audit.spearman)}; better than chance with probability {chance}."
    )


def _correlation(interval: Interval) -> str:
    return f"{interval.median:+.2f} ({interval.low:+.2f} to {interval.high:+.2f})".replace("-", "−")


def _rows(audit: Audit, pack: Pack) -> Iterator[Block]:
    if not audit.rows:
        return
    yield Heading("Row by row", 2)
    short = {name: clean(technique.short) for name, technique in pack.techniques.items()}
    all_own = all(row.itself for row in audit.rows)
    dated = any(row.then is not None for row in audit.rows)
    fields = [
        Field("Stated", right=True),
        Field("Row", least=14),
        *([] if all_own else [Field("Read as", least=8)]),
        Field("Here", right=True),
        Field("Rank (90 %)", right=True),
        *([Field("Then", right=True, keep=1)] if dated else []),
        Field("Pairs right", right=True),
    ]
    rows = []
    for row in audit.rows:
        cells = [
            clean(row.stated.shown),
            shorten(clean(row.stated.name), 40),
            *([] if all_own else ["" if row.itself else short[row.technique] + (", whole" if row.form else "")]),
            row.here.tier or numerals.UNKNOWN,
            f"{row.rank.median:g} ({row.rank.low:g} to {row.rank.high:g})",
        ]
        if dated:
            cells.append(numerals.UNKNOWN if row.then is None else f"{row.then:g}")
        cells.append(numerals.UNKNOWN if row.p_right is None else numerals.percent(row.p_right))
        rows.append(tuple(cells))
    yield Grid(tuple(fields), tuple(rows))
    marked = [row for row in audit.rows if row.marks]
    if marked:
        yield Heading("Its marks", 2)
        yield Items(tuple(f"{shorten(clean(row.stated.name), 40)}: {_marks_told(row.marks)}" for row in marked))


def _marks_told(marks: Iterable[AuditedMark]) -> str:
    return "; ".join(_mark_told(mark) for mark in marks)


def _mark_told(mark: AuditedMark) -> str:
    of = f" {clean(mark.stated.of)}" if mark.stated.of not in ("", mark.stated.mark) else ""
    why = f", {clean(mark.why_open)}" if mark.outcome is None else ""
    return f"{_SIGNS[mark.standing]} {mark.stated.mark}{of}{why}"


def _most_wrong(audit: Audit, pack: Pack) -> Iterator[Block]:
    if audit.worst_rows:
        yield Heading("Rows most wrong", 2)
        yield Items(tuple(_why(row) for row in audit.worst_rows))
    wrong = [pair for pair in audit.pairs if pair.p_right < 0.5][:_NAMED]
    if wrong:
        yield Heading("Pairs most wrong", 2)
        rows = tuple((_order(pair, pack), numerals.probability(pair.p_right)) for pair in wrong)
        yield Grid((Field("The table puts", least=30), Field("Right with probability", right=True)), rows)


def _why(row: AuditedRow) -> str:
    way = "too high" if row.place < row.rank.median else "too low"
    told = (
        f"{clean(row.stated.name)}: {row.place:g} of the matched rows, by the evidence {row.rank.median:g} "
        f"({row.rank.low:g} to {row.rank.high:g}), so {way}; in a new setting it "
        f"{numerals.failures(row.here.failures_removed)}"
    )
    if row.here.latency_ratio is not None and "latency" not in row.here.assumed:
        told += f" and takes {numerals.ratio_interval(row.here.latency_ratio)} of the time"
    if row.against is not None:
        told += f"; strongest source against its place: {author_year(row.against.source, row.against.year)}"
    return f"{told}."


def _order(pair: Pair, pack: Pack) -> str:
    upper, lower = (clean(pack.techniques[name].short) for name in (pair.upper, pair.lower))
    return f"{upper} above {lower}"


def _changed(audit: Audit, pack: Pack, then: Context | None) -> Iterator[Block]:
    changed = audit.changed
    if changed is None or then is None or then.as_of is None:
        return
    year, month = then.as_of
    date = f"{year}" if month == 12 else f"{year}-{month:02d}"
    yield Heading(f"By what was known at the end of {date}", 2)
    if changed.kendall is not None and audit.kendall is not None:
        yield Told(
            f"Kendall's tau was {_correlation(changed.kendall)} with the evidence of then; it is "
            f"{_correlation(audit.kendall)} with that of now."
        )
    for head, pairs in (("Right then, no longer:", changed.held), ("Not right then, right now:", changed.come_true)):
        told = tuple(
            f"{_order(pair, pack)}: {numerals.probability(pair.then)} then, {numerals.probability(pair.p_right)} now"
            for pair in pairs[:_NAMED]
        )
        yield Told(head if told else f"{head} none.")
        if told:
            yield Items(told)


def _left(audit: Audit, pack: Pack) -> Iterator[Block]:
    short = {name: clean(technique.short) for name, technique in pack.techniques.items()}
    left = [f"no technique of the pack is called '{_name(name)}'" for name in audit.unmatched]
    left += [
        f"'{_name(name)}' names more than one technique together ({', '.join(short[one] for one in names)}): "
        "give each a row"
        for name, names in audit.together
    ]
    left += [f"{short[name]} has no tier: {clean(why)}" for name, why in audit.unknown]
    left += [
        f"'{_name(name)}' is read as {short[technique]}, as the row '{_name(earlier)}' is, which stands for it"
        for name, technique, earlier in audit.repeated
    ]
    left += [f"'{_name(row.name)}': {clean(row.why)}" for row in audit.table.left]
    if left:
        yield Heading("Rows left out", 3)
        yield Items(tuple(left))


def _name(name: str) -> str:
    return shorten(clean(name), 60)


def _notes(audit: Audit) -> Iterator[str]:
    if any(row.form for row in audit.rows):
        yield "Whole: the row names one form of the technique, and the whole technique stands in for it."
    yield "Rank: among the rows matched, by the lens, on average over settings. Here: tier in the whole table."
    yield "Pairs right: mean probability that the row stands on the right side of each row of another place."
    yield (
        "Marks: ✓ borne out, ✗ not borne out, ? open: the evidence does not decide, or the mark is of no outcome. "
        "Gain: more than the least difference, on average. "
        "Marginal: no such gain. Fragile: worse in a new setting at least one time in four."
    )

"""An audit of a tier table in words.

Enters: an `Audit` and its pack.  Leaves: blocks for any form of output.  Computes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from tierproof.answers.safe_text import clean, shorten
from tierproof.answers.studies import author_year
from tierproof.decision.ranking.tiers import set_against
from tierproof.messages import Message, gettext, in_figures, translated
from tierproof.report.blocks import Block, Field, Grid, Heading, Items, Told
from tierproof.report.words import numerals
from tierproof.report.words.table_rows import AGAINST, set_against_told
from tierproof.synthesis.posteriors.posterior import Context, Interval

if TYPE_CHECKING:
    from tierproof.challenge.audits.audit import Audit, AuditedMark, AuditedRow, Pair
    from tierproof.challenge.audits.tables import StatedRow, StatedTable
    from tierproof.evidence import Pack

__all__ = ["audit_blocks"]

_NAMED: Final = 5
"""Pairs that are named."""
_SIGNS: Final = {"borne out": "✓", "not borne out": "✗", "open": "?"}
_MARKS = {"gain": Message("gain"), "marginal": Message("marginal"), "fragile": Message("fragile")}


def audit_blocks(audit: Audit, pack: Pack, *, then: Context | None = None) -> list[Block]:
    """The audit as people read it: how right the order is, row by row, what is most wrong, what has changed."""
    title = clean(audit.table.title) or gettext("a tier table")
    blocks: list[Block] = [Heading(gettext("Audit: {title}", title=title), 1), Told(_answer(audit), "strong")]
    blocks += [Told(text) for text in _correlations(audit)]
    blocks += [Told(clean(text), "note") for text in audit.table.reading]
    blocks += _rows(audit, pack)
    blocks += _most_wrong(audit, pack)
    blocks += _changed(audit, pack, then)
    blocks += _left(audit, pack)
    blocks += [Heading(gettext("How to read it"), 3), Items(tuple(_notes(audit, pack)))]
    return blocks


def _answer(audit: Audit) -> str:
    if audit.expected_right is None:
        return gettext("Fewer than two places could be matched: there is no order to audit.")
    if len(audit.pairs) == 1:
        return gettext(
            "Its one pair is right with probability {expected_right}, where a coin gets 50 %.",
            expected_right=numerals.percent(audit.expected_right),
        )
    right = sum(pair.p_right > 0.5 for pair in audit.pairs)
    return gettext(
        "{right} of {pairs} pairs are likelier right than wrong; {expected_right} are expected to be right, where a "
        "coin gets 50 %.",
        right=right,
        pairs=len(audit.pairs),
        expected_right=numerals.percent(audit.expected_right),
    )


def _correlations(audit: Audit) -> Iterator[str]:
    if audit.kendall is None or audit.spearman is None:
        if audit.pairs:
            yield gettext("Too few rows ({rows}) for a rank correlation: it would say nothing.", rows=len(audit.rows))
        return
    chance = numerals.probability(audit.p_better_than_chance)
    yield (
        gettext(
            "Rank correlation with the evidence, 90 %: Kendall's tau {tau}, Spearman's rho {rho}; "
            "better than chance with probability {chance}.",
            tau=_correlation(audit.kendall),
            rho=_correlation(audit.spearman),
            chance=chance,
        )
    )


def _correlation(interval: Interval) -> str:
    middle, low, high = (in_figures(f"{end:+.2f}") for end in (interval.median, interval.low, interval.high))
    return numerals.spanned(middle, low, high).replace("-", "−")


def _rows(audit: Audit, pack: Pack) -> Iterator[Block]:
    if not audit.rows:
        return
    yield Heading(gettext("Row by row"), 2)
    short = {name: clean(technique.short) for name, technique in pack.techniques.items()}
    all_own = all(row.itself for row in audit.rows)
    dated = any(row.then is not None for row in audit.rows)
    fields = [
        Field(gettext("Stated"), right=True),
        Field(gettext("Row"), least=14),
        *([] if all_own else [Field(gettext("Read as"), least=8)]),
        Field(gettext("Here"), right=True),
        Field(gettext("Rank (90 %)"), right=True),
        *([Field(gettext("Then"), right=True, keep=1)] if dated else []),
        Field(gettext("Pairs right"), right=True),
    ]
    rows = []
    for row in audit.rows:
        cells = [
            clean(row.stated.shown),
            shorten(clean(row.stated.name), 40) + (AGAINST if row.here.against else ""),
            *(
                []
                if all_own
                else ["" if row.itself else short[row.technique] + (gettext(", whole") if row.form else "")]
            ),
            row.here.tier or numerals.UNKNOWN,
            _rank_told(row.rank),
        ]
        if dated:
            cells.append(numerals.UNKNOWN if row.then is None else in_figures(f"{row.then:g}"))
        cells.append(numerals.UNKNOWN if row.p_right is None else numerals.percent(row.p_right))
        rows.append(tuple(cells))
    yield Grid(tuple(fields), tuple(rows))
    marked = [row for row in audit.rows if row.marks]
    if marked:
        yield Heading(gettext("Its marks"), 2)
        yield Items(tuple(f"{shorten(clean(row.stated.name), 40)}: {_marks_told(row.marks)}" for row in marked))


def _rank_told(rank: Interval) -> str:
    return numerals.spanned(*(in_figures(f"{end:g}") for end in (rank.median, rank.low, rank.high)))


def _marks_told(marks: Iterable[AuditedMark]) -> str:
    return "; ".join(_mark_told(mark) for mark in marks)


def _mark_told(mark: AuditedMark) -> str:
    of = f" {clean(mark.stated.of)}" if mark.stated.of not in ("", mark.stated.mark) else ""
    why = f", {clean(mark.why_open)}" if mark.outcome is None else ""
    return f"{_SIGNS[mark.standing]} {translated(_MARKS.get(mark.stated.mark, mark.stated.mark))}{of}{why}"


def _most_wrong(audit: Audit, pack: Pack) -> Iterator[Block]:
    if audit.worst_rows:
        yield Heading(gettext("Rows most wrong"), 2)
        yield Items(tuple(_why(row) for row in audit.worst_rows))
    wrong = [pair for pair in audit.pairs if pair.p_right < 0.5][:_NAMED]
    if wrong:
        yield Heading(gettext("Pairs most wrong"), 2)
        rows = tuple((_order(pair, pack), numerals.probability(pair.p_right)) for pair in wrong)
        yield Grid(
            (Field(gettext("The table puts"), least=30), Field(gettext("Right with probability"), right=True)), rows
        )


def _why(row: AuditedRow) -> str:
    told = gettext(
        "{name}: place {place} of the matched rows, by the evidence {rank}, {so}; in a new setting it {failures}",
        name=clean(row.stated.name),
        place=in_figures(f"{row.place:g}"),
        rank=_rank_told(row.rank),
        so=_so(row),
        failures=numerals.failures(row.here.failures_removed),
    )
    if row.here.latency_ratio is not None and "latency" not in row.here.assumed:
        told += gettext(
            " and takes {ratio_interval} of the time", ratio_interval=numerals.ratio_interval(row.here.latency_ratio)
        )
    if row.against is not None:
        told += gettext(
            "; strongest source against its place: {author_year}",
            author_year=author_year(row.against.source, row.against.year),
        )
    return f"{told}."


def _so(row: AuditedRow) -> str:
    """Outright only where the place lies outside of the rank's interval."""
    if row.place < row.rank.median:
        if row.place < row.rank.low:
            return gettext("so too high")
        return gettext("so likelier too high than not")
    if row.place > row.rank.high:
        return gettext("so too low")
    return gettext("so likelier too low than not")


def _repeated(row: StatedRow, short: str, earlier: StatedRow, table: StatedTable) -> str:
    told = {"name": _name(row.name), "short": short, "earlier": _name(earlier.name)}
    if not table.placed or row.place == earlier.place:
        return gettext("'{name}' is read as {short}, as the row '{earlier}' is, which stands for it", **told)
    return gettext(
        "'{name}' ({place}) is read as {short}, as the row '{earlier}' ({other}) is, which stands for it: the table "
        "contradicts itself",
        place=clean(row.shown),
        other=clean(earlier.shown),
        **told,
    )


def _order(pair: Pair, pack: Pack) -> str:
    upper, lower = (
        clean(one.short) + (AGAINST if set_against(one) else "")
        for one in (pack.techniques[pair.upper], pack.techniques[pair.lower])
    )
    return gettext("{upper} above {lower}", upper=upper, lower=lower)


def _changed(audit: Audit, pack: Pack, then: Context | None) -> Iterator[Block]:
    changed = audit.changed
    if changed is None or then is None or then.as_of is None:
        return
    year, month = then.as_of
    date = f"{year}" if month == 12 else f"{year}-{month:02d}"
    yield Heading(gettext("By what was known at the end of {date}", date=date), 2)
    if changed.kendall is not None and audit.kendall is not None:
        yield Told(
            gettext(
                "Kendall's tau was {then} with the evidence of then; it is {now} with that of now.",
                then=_correlation(changed.kendall),
                now=_correlation(audit.kendall),
            )
        )
    for head, pairs in (
        (gettext("Right then, no longer:"), changed.held),
        (gettext("Not right then, right now:"), changed.come_true),
    ):
        told = tuple(
            gettext(
                "{order}: {then} then, {now} now",
                order=_order(pair, pack),
                then=numerals.probability(pair.then),
                now=numerals.probability(pair.p_right),
            )
            for pair in pairs[:_NAMED]
        )
        yield Told(head if told else gettext("{head} none.", head=head))
        if told:
            yield Items(told)


def _left(audit: Audit, pack: Pack) -> Iterator[Block]:
    short = {name: clean(technique.short) for name, technique in pack.techniques.items()}
    left = [gettext("no technique of the pack is called '{name}'", name=_name(name)) for name in audit.unmatched]
    left += [
        gettext(
            "'{name}' names more than one technique together ({names}): give each a row",
            name=_name(name),
            names=", ".join(short[one] for one in names),
        )
        for name, names in audit.together
    ]
    left += [
        gettext(
            "'{name}' is narrower than {short}, and the figures here are of the whole: ask it as a claim (tierproof "
            "critique)",
            name=_name(name),
            short=short[technique],
        )
        for name, technique in audit.narrower
    ]
    left += [gettext("{short} has no tier: {why}", short=short[name], why=clean(why)) for name, why in audit.unknown]
    left += [_repeated(row, short[technique], earlier, audit.table) for row, technique, earlier in audit.repeated]
    left += [f"'{_name(row.name)}': {clean(row.why)}" for row in audit.table.left]
    if left:
        yield Heading(gettext("Rows left out"), 3)
        yield Items(tuple(left))


def _name(name: str) -> str:
    return shorten(clean(name), 60)


def _notes(audit: Audit, pack: Pack) -> Iterator[str]:
    unlike = {row.technique: row.here.against for row in audit.rows}
    if told := set_against_told((pack.techniques[name].short, against) for name, against in unlike.items()):
        # As a comparison of the two says: no winner follows from quality that is set against unlike systems.
        yield gettext("{told}. Pairs are told as if all were set against one and the same system.", told=told)
    if any(row.form for row in audit.rows):
        yield gettext("Whole: the row names one form of the technique, and the whole technique stands in for it.")
    yield gettext("Rank: among the rows matched, by the lens, on average over settings. Here: tier in the whole table.")
    yield gettext("Pairs right: mean probability that the row stands on the right side of each row of another place.")
    yield (
        gettext(
            "Marks: ✓ borne out, ✗ not borne out, ? open: the evidence does not decide, or the mark is of no outcome. "
            "Gain: more than the least difference, on average. Marginal: no such gain. Fragile: worse in a new "
            "setting at least one time in four."
        )
    )

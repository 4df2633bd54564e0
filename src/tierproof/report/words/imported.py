"""What logs of other tools say, as headings, sentences and tables; and what a gate says of them.

Enters: an `ImportAnswer` or a `GateAnswer`.  Leaves: blocks for a terminal, Markdown and HTML.  Computes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from tierproof.answers.document import Interval
from tierproof.answers.gated import GateAnswer, GatedAnswer, Says
from tierproof.answers.imported import ComparedAnswer, ImportAnswer, Ratio, Updated
from tierproof.evidence.record import Outcome
from tierproof.messages import Message, Quoted, gettext, in_figures, ngettext, pgettext, translated
from tierproof.report.blocks import Block, Field, Grid, Heading, Items, Told
from tierproof.report.words import numerals

__all__ = ["gate_blocks", "import_blocks"]

VERDICTS: Final[Mapping[Says, str]] = {
    "not worse": Message("not worse", context="gate"),
    "worse": Message("worse", context="gate"),
    "not settled": Message("not settled", context="gate"),
}


def import_blocks(answer: ImportAnswer) -> list[Block]:
    """The report."""
    out: list[Block] = [
        Heading(ngettext("{n} log, compared item by item", "{n} logs, compared item by item", len(answer.logs)), 1)
    ]
    out.append(Items(tuple(_log_words(log.file, log.tool, log.version, log.rows) for log in answer.logs)))
    out.append(_overview(answer.comparisons))
    if len(answer.comparisons) > 1:
        out.append(
            Told(
                gettext(
                    "p (all) is put right for the {n} comparisons made together (Holm); intervals are of one "
                    "comparison each.",
                    n=len(answer.comparisons),
                ),
                "note",
            )
        )
    shared = _shared(answer.comparisons)
    if shared:
        out += [Heading(gettext("Know before you believe any of it"), 3), Items(shared)]
    for one in answer.comparisons:
        out += _comparison(one, shared)
    if answer.passed_over:
        out += [Heading(gettext("Not compared")), Items(answer.passed_over)]
    if answer.updates:
        out += _updates(answer.updates)
    return out


def _log_words(file: str, tool: str, version: str, rows: int) -> str:
    what = f"{tool} {version}" if version else tool
    return ngettext("{file}: {what}, {n} row", "{file}: {what}, {n} rows", rows, file=file, what=what)


def _overview(comparisons: Sequence[ComparedAnswer]) -> Grid:
    # Names of systems are long: where there is but one pair of them, each part below says which.
    alike = len({(one.baseline_system, one.treated_system) for one in comparisons}) == 1
    return Grid(
        (
            Field(gettext("compared"), least=24),
            Field(gettext("pairs"), right=True),
            Field(pgettext("system", "baseline"), right=True),
            Field(pgettext("system", "treated"), right=True),
            Field(gettext("difference"), right=True),
            Field(gettext("95 % interval")),
            Field("p", keep=1, right=True),
            Field(gettext("p (all)"), keep=1, right=True),
        ),
        tuple(
            (
                _measured(one) if alike else f"{one.treated_system}: {_measured(one)}",
                numerals.count(one.pairs),
                _score(one, one.baseline),
                _score(one, one.treated),
                _gap(one, one.difference),
                numerals.UNKNOWN
                if one.low is None or one.high is None
                else numerals.ends(_bare(one, one.low), _bare(one, one.high)),
                _p(one.p_value),
                _p(one.p_holm),
            )
            for one in comparisons
        ),
    )


def _opposed(one: ComparedAnswer) -> str:
    return gettext(
        "{measured}: {treated} against {baseline}",
        measured=_measured(one),
        treated=one.treated_system,
        baseline=one.baseline_system,
    )


def _measured(one: ComparedAnswer) -> str:
    parts = [one.task, f"{one.metric}, {one.filter}" if one.filter else one.metric]
    return Quoted(" / ".join(part for part in parts if part))


def _score(one: ComparedAnswer, value: float) -> str:
    if one.shares:
        return gettext("{points} %", points=in_figures(f"{100 * value:.1f}"))
    return in_figures(f"{value:.4g}")


def _gap(one: ComparedAnswer, value: float) -> str:
    return gettext("{gap} points", gap=_bare(one, value)) if one.shares else _bare(one, value)


def _bare(one: ComparedAnswer, value: float) -> str:
    """A difference without its unit."""
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return sign + in_figures(f"{abs(100 * value):.1f}" if one.shares else f"{abs(value):.4g}")


def _ends(one: ComparedAnswer, low: float | None, high: float | None) -> str:
    return numerals.UNKNOWN if low is None or high is None else numerals.between(_bare(one, low), _bare(one, high))


def _p(value: float | None) -> str:
    return numerals.UNKNOWN if value is None else in_figures("<0.001" if value < 0.001 else f"{value:.3f}")


def _shared(comparisons: Sequence[ComparedAnswer]) -> tuple[str, ...]:
    """Warnings that several comparisons have all in common: said once."""
    if len(comparisons) < 2:
        return ()
    first, *others = comparisons
    return tuple(text for text in first.warnings if all(text in one.warnings for one in others))


def _comparison(one: ComparedAnswer, shared: Sequence[str]) -> Iterator[Block]:
    yield Heading(_opposed(one))
    yield Told(_verdict(one), "strong")
    facts = [
        _won(one),
        _odds(one),
        _ratio(pgettext("ratio", "cost"), one.cost_ratio),
        _ratio(pgettext("ratio", "time"), one.latency_ratio),
        _ratio(pgettext("ratio", "tokens"), one.tokens_ratio),
        gettext(
            "so many items find a difference of {gap} four times in five",
            gap=_gap(one, one.detectable_difference).lstrip("+"),
        )
        if one.detectable_difference is not None
        else "",
        ngettext(
            "{n} item would find a difference as large as this one four times in five",
            "{n} items would find a difference as large as this one four times in five",
            one.items_needed,
            n=numerals.count(one.items_needed),
        )
        if one.items_needed is not None
        else "",
        ngettext(
            "paired by {key}; {n} item in no pair",
            "paired by {key}; {n} items in no pair",
            one.unpaired,
            n=numerals.count(one.unpaired),
            key=one.paired_by,
        ),
        ngettext(
            "intervals take {n} group of items for independent, not items",
            "intervals take {n} groups of items for independent, not items",
            one.clusters,
            n=numerals.count(one.clusters),
        )
        if one.clusters is not None
        else "",
    ]
    if one.without_refused is not None:
        other = one.without_refused
        facts.append(
            ngettext(
                "without what the provider declined: {gap} over {n} pair",
                "without what the provider declined: {gap} over {n} pairs",
                other.pairs,
                n=numerals.count(other.pairs),
                gap=_gap(one, other.difference),
            )
        )
    yield Items(tuple(fact for fact in facts if fact))
    warnings = tuple(text for text in one.warnings if text not in shared)
    if warnings:
        yield Heading(gettext("Know before you believe it"), 3)
        yield Items(warnings)


def _verdict(one: ComparedAnswer) -> str:
    gap = _gap(one, one.difference)
    if one.low is None or one.high is None:
        return ngettext(
            "{gap} over {n} pair: too few to say how sure that is.",
            "{gap} over {n} pairs: too few to say how sure that is.",
            one.pairs,
            n=numerals.count(one.pairs),
            gap=gap,
        )
    told = ngettext(
        "{gap} ({ends}, {level:g} %) over {n} pair",
        "{gap} ({ends}, {level:g} %) over {n} pairs",
        one.pairs,
        n=numerals.count(one.pairs),
        gap=gap,
        ends=_ends(one, one.low, one.high),
        level=100 * one.level,
    )
    if one.verdict == "not settled":
        return gettext("{told}: the logs do not settle which is better.", told=told)
    if one.verdict == "better":
        return gettext("{told}: {system} is better on these items.", told=told, system=one.treated_system)
    return gettext("{told}: {system} is worse on these items.", told=told, system=one.treated_system)


def _won(one: ComparedAnswer) -> str:
    lost = numerals.count(one.lost)
    if one.p_exact is None:
        return ngettext("{n} item won, {lost} lost", "{n} items won, {lost} lost", one.won, lost=lost)
    return ngettext(
        "{n} item won, {lost} lost; exact test p {p}",
        "{n} items won, {lost} lost; exact test p {p}",
        one.won,
        lost=lost,
        p=_p(one.p_exact),
    )


def _odds(one: ComparedAnswer) -> str:
    odds = one.log_odds_ratio
    if odds is None:
        return ""
    return gettext("log odds ratio {spanned}", spanned=_spanned(odds.value, odds.low, odds.high))


def _spanned(middle: float, low: float, high: float) -> str:
    """`+0.41 (−0.02 to +0.84)`."""
    return numerals.spanned(*(in_figures(f"{value:+.2f}").replace("-", "−") for value in (middle, low, high)))


def _ratio(what: str, ratio: Ratio | None) -> str:
    if ratio is None:
        return ""
    ends = numerals.spanned(numerals.ratio(ratio.ratio), numerals.ratio(ratio.low), numerals.ratio(ratio.high))
    return gettext("{what} {ends}, as the logs state it", what=what, ends=ends)


def _updates(updates: Sequence[Updated]) -> Iterator[Block]:
    yield Heading(gettext("The table with your own data"))
    yield Grid(
        (
            Field(gettext("technique"), least=16),
            Field(gettext("outcome")),
            Field(gettext("tier")),
            Field(gettext("literature"), keep=1),
            Field(gettext("own data"), keep=1),
            Field(gettext("together")),
        ),
        tuple(
            (
                one.name,
                outcome,
                _tiers(one),
                *(_effect(each.get(outcome)) for each in _three(one)),
            )
            for one in updates
            for outcome in one.own
        ),
    )
    yield Told(
        gettext("Effects on the scale of analysis (log odds of success, log ratio of cost and time), 90 %."), "note"
    )
    if any(one.contradicts for one in updates):
        yield Told(gettext("The logs lie outside of what the literature foretold for one new setting."), "strong")


def _tiers(one: Updated) -> str:
    before, after = (tier or numerals.UNKNOWN for tier in (one.tier_before, one.tier_after))
    return after if before == after else f"{before} → {after}"


def _three(one: Updated) -> tuple[Mapping[Outcome, Interval], ...]:
    return one.literature, one.own, one.together


def _effect(interval: Interval | None) -> str:
    if interval is None:
        return numerals.UNKNOWN
    return _spanned(interval.median, interval.low, interval.high)


def gate_blocks(answer: GateAnswer) -> list[Block]:
    """What stands in a pull request."""
    return [
        Heading(gettext("Gate: {verdict}", verdict=translated(VERDICTS[answer.verdict])), 1),
        Told(
            gettext(
                "Margin {margin}; each end of an interval is one-sided, at {confidence:g} %, the upper for all "
                "comparisons together. Answers that the new log never gave count as wrong before the gate opens.",
                margin=_margin(answer),
                confidence=100 * answer.confidence,
            )
            if len(answer.gated) > 1
            else gettext(
                "Margin {margin}; each end of an interval is one-sided, at {confidence:g} %. Answers that the new log "
                "never gave count as wrong before the gate opens.",
                margin=_margin(answer),
                confidence=100 * answer.confidence,
            ),
            "note",
        ),
        Grid(
            (
                Field(gettext("compared"), least=20),
                Field(gettext("verdict")),
                Field(gettext("difference"), yields=True, right=True),
                Field(gettext("pairs"), keep=1, right=True),
                Field(pgettext("system", "baseline"), keep=2, right=True, below=False),
                Field(pgettext("system", "treated"), keep=2, right=True, below=False),
                Field(gettext("why"), yields=True),
            ),
            tuple(_gate_row(one) for one in answer.gated),
        ),
        *(
            (
                Heading(gettext("Not compared"), 3),
                Items(answer.lacking),
                Told(gettext("The gate does not open on a part of what the baseline holds: name what counts."), "note"),
            )
            if answer.lacking
            else ()
        ),
        *_remarks([one.compared for one in answer.gated]),
    ]


def _margin(answer: GateAnswer) -> str:
    """A point is one of a share; what runs on another scale has a unit of its own."""
    points = gettext("{gap} points", gap=in_figures(f"{100 * answer.margin:g}"))
    if answer.margin == 0.01:
        points = gettext("1 point")
    own = gettext("{margin:g} in the metric's own unit", margin=answer.margin)
    shares = {one.compared.shares for one in answer.gated}
    return (
        points
        if shares == {True}
        else own
        if shares == {False}
        else gettext("{points}, or {own} where that is no share", points=points, own=own)
    )


def _remarks(comparisons: Sequence[ComparedAnswer]) -> Iterator[Block]:
    """What all have in common, then what each has of its own."""
    shared = _shared(comparisons)
    if shared:
        yield Heading(gettext("Know before you believe any of it"), 3)
        yield Items(shared)
    for one in comparisons:
        own = tuple(text for text in one.warnings if text not in shared)
        if own:
            yield Heading(_measured(one), 3)
            yield Items(own)


def _gate_row(one: GatedAnswer) -> tuple[str, ...]:
    found = one.compared
    low, high = _gated_ends(one)
    return (
        _opposed(found),
        translated(VERDICTS[one.verdict]),
        _gap(found, found.difference)
        if low is None or high is None
        else numerals.spanned(_gap(found, found.difference), _bare(found, low), _bare(found, high)),
        numerals.count(found.pairs),
        _score(found, found.baseline),
        _score(found, found.treated),
        one.why,
    )


def _gated_ends(one: GatedAnswer) -> tuple[float | None, float | None]:
    """Of the difference, by which the gate went: the answer has those of the gain."""
    if not one.compared.lower_is_better or one.low is None or one.high is None:
        return one.low, one.high
    return -one.high, -one.low

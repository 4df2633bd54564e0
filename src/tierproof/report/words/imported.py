"""What logs of other tools say, as headings, sentences and tables; and what a gate says of them.

Enters: an `ImportAnswer` or a `GateAnswer`.  Leaves: blocks for a terminal, Markdown and HTML.  Computes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tierproof.answers.document import Interval
from tierproof.answers.gated import GateAnswer, GatedAnswer
from tierproof.answers.imported import ComparedAnswer, ImportAnswer, Ratio, Updated
from tierproof.evidence.record import Outcome
from tierproof.report.blocks import Block, Field, Grid, Heading, Items, Told
from tierproof.report.words import numerals

__all__ = ["gate_blocks", "import_blocks"]


def import_blocks(answer: ImportAnswer) -> list[Block]:
    """The report."""
    out: list[Block] = [Heading(f"{numerals.counted(len(answer.logs), 'log')}, compared item by item", 1)]
    out.append(Items(tuple(_log_words(log.file, log.tool, log.version, log.rows) for log in answer.logs)))
    out.append(_overview(answer.comparisons))
    if len(answer.comparisons) > 1:
        out.append(
            Told(
                f"p (all) is put right for the {len(answer.comparisons)} comparisons made together (Holm); intervals "
                "are of one comparison each.",
                "note",
            )
        )
    shared = _shared(answer.comparisons)
    if shared:
        out += [Heading("Know before you believe any of it", 3), Items(shared)]
    for one in answer.comparisons:
        out += _comparison(one, shared)
    if answer.passed_over:
        out += [Heading("Not compared"), Items(answer.passed_over)]
    if answer.updates:
        out += _updates(answer.updates)
    return out


def _log_words(file: str, tool: str, version: str, rows: int) -> str:
    return f"{file}: {tool}{f' {version}' if version else ''}, {numerals.counted(rows, 'row')}"


def _overview(comparisons: Sequence[ComparedAnswer]) -> Grid:
    # Names of systems are long: where there is but one pair of them, each part below says which.
    alike = len({(one.baseline_system, one.treated_system) for one in comparisons}) == 1
    return Grid(
        (
            Field("compared", least=24),
            Field("pairs", right=True),
            Field("baseline", right=True),
            Field("treated", right=True),
            Field("difference", right=True),
            Field("95 % interval"),
            Field("p", keep=1, right=True),
            Field("p (all)", keep=1, right=True),
        ),
        tuple(
            (
                _measured(one) if alike else f"{one.treated_system}: {_measured(one)}",
                numerals.count(one.pairs),
                _score(one, one.baseline),
                _score(one, one.treated),
                _gap(one, one.difference),
                _ends(one, one.low, one.high),
                _p(one.p_value),
                _p(one.p_holm),
            )
            for one in comparisons
        ),
    )


def _measured(one: ComparedAnswer) -> str:
    parts = [one.task, f"{one.metric}, {one.filter}" if one.filter else one.metric]
    return " / ".join(part for part in parts if part)


def _shares(one: ComparedAnswer) -> bool:
    return one.log_odds_ratio is not None


def _score(one: ComparedAnswer, value: float) -> str:
    return f"{100 * value:.1f} %" if _shares(one) else f"{value:.4g}"


def _gap(one: ComparedAnswer, value: float) -> str:
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return f"{sign}{abs(100 * value):.1f} points" if _shares(one) else f"{sign}{abs(value):.4g}"


def _ends(one: ComparedAnswer, low: float | None, high: float | None) -> str:
    return (
        numerals.UNKNOWN
        if low is None or high is None
        else f"{_gap(one, low).removesuffix(' points')} to {_gap(one, high).removesuffix(' points')}"
    )


def _p(value: float | None) -> str:
    return numerals.UNKNOWN if value is None else "<0.001" if value < 0.001 else f"{value:.3f}"


def _shared(comparisons: Sequence[ComparedAnswer]) -> tuple[str, ...]:
    """Warnings that several comparisons have all in common: said once."""
    if len(comparisons) < 2:
        return ()
    first, *others = comparisons
    return tuple(text for text in first.warnings if all(text in one.warnings for one in others))


def _comparison(one: ComparedAnswer, shared: Sequence[str]) -> Iterator[Block]:
    yield Heading(f"{_measured(one)}: {one.treated_system} against {one.baseline_system}")
    yield Told(_verdict(one), "strong")
    facts = [
        f"{numerals.counted(one.won, 'item')} won, {one.lost} lost"
        + (f"; exact test p = {_p(one.p_exact)}" if one.p_exact is not None else ""),
        _odds(one),
        _ratio("cost", one.cost_ratio),
        _ratio("time", one.latency_ratio),
        _ratio("tokens", one.tokens_ratio),
        f"so many items find a difference of {_gap(one, one.detectable_difference).lstrip('+')} four times in five"
        if one.detectable_difference is not None
        else "",
        f"{numerals.count(one.items_needed)} items would find a difference as large as this one four times in five"
        if one.items_needed is not None
        else "",
        f"paired by {one.paired_by}; {numerals.counted(one.unpaired, 'item')} in no pair",
        f"intervals take {numerals.counted(one.clusters, 'group')} of items for independent, not items"
        if one.clusters is not None
        else "",
    ]
    if one.without_refused is not None:
        other = one.without_refused
        over = numerals.counted(other.pairs, "pair")
        facts.append(f"without what the provider declined: {_gap(one, other.difference)} over {over}")
    yield Items(tuple(fact for fact in facts if fact))
    warnings = tuple(text for text in one.warnings if text not in shared)
    if warnings:
        yield Heading("Know before you believe it", 3)
        yield Items(warnings)


def _verdict(one: ComparedAnswer) -> str:
    gap = _gap(one, one.difference)
    if one.low is None or one.high is None:
        return f"{gap} over {numerals.counted(one.pairs, 'pair')}: too few to say how sure that is."
    told = f"{gap} ({_ends(one, one.low, one.high)}, {100 * one.level:g} %) over {numerals.counted(one.pairs, 'pair')}"
    if one.verdict == "not settled":
        return f"{told}: the logs do not settle which is better."
    return f"{told}: {one.treated_system} is {one.verdict} on these items."


def _odds(one: ComparedAnswer) -> str:
    odds = one.log_odds_ratio
    if odds is None:
        return ""
    return f"log odds ratio {odds.value:+.2f} ({odds.low:+.2f} to {odds.high:+.2f})".replace("-", "−")


def _ratio(what: str, ratio: Ratio | None) -> str:
    if ratio is None:
        return ""
    ends = f"{numerals.ratio(ratio.low)} to {numerals.ratio(ratio.high)}"
    return f"{what} {numerals.ratio(ratio.ratio)} ({ends}), as the logs state it"


def _updates(updates: Sequence[Updated]) -> Iterator[Block]:
    yield Heading("The table with your own data")
    yield Grid(
        (
            Field("technique", least=16),
            Field("outcome"),
            Field("tier"),
            Field("literature", keep=1),
            Field("own data", keep=1),
            Field("together"),
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
    yield Told("Effects on the scale of analysis (log odds of success, log ratio of cost and time), 90 %.", "note")
    if any(one.contradicts for one in updates):
        yield Told("The logs lie outside of what the literature foretold for one new setting.", "strong")


def _tiers(one: Updated) -> str:
    before, after = (tier or numerals.UNKNOWN for tier in (one.tier_before, one.tier_after))
    return after if before == after else f"{before} → {after}"


def _three(one: Updated) -> tuple[Mapping[Outcome, Interval], ...]:
    return one.literature, one.own, one.together


def _effect(interval: Interval | None) -> str:
    if interval is None:
        return numerals.UNKNOWN
    return f"{interval.median:+.2f} ({interval.low:+.2f} to {interval.high:+.2f})".replace("-", "−")


def gate_blocks(answer: GateAnswer) -> list[Block]:
    """What stands in a pull request."""
    return [
        Heading(f"Gate: {answer.verdict}", 1),
        Told(
            f"Margin {_margin(answer)}; each end of an interval is one-sided, at {100 * answer.confidence:g} %"
            f"{', the upper for all comparisons together' if len(answer.gated) > 1 else ''}. Answers that the new log "
            "never gave count as wrong before the gate opens.",
            "note",
        ),
        Grid(
            (
                Field("compared", least=20),
                Field("verdict"),
                Field("difference", yields=True, right=True),
                Field("pairs", keep=1, right=True),
                Field("baseline", keep=2, right=True, below=False),
                Field("treated", keep=2, right=True, below=False),
                Field("why", yields=True),
            ),
            tuple(_gate_row(one) for one in answer.gated),
        ),
        *(
            (
                Heading("Not compared", 3),
                Items(answer.lacking),
                Told("The gate does not open on a part of what the baseline holds: name what counts.", "note"),
            )
            if answer.lacking
            else ()
        ),
        *_remarks([one.compared for one in answer.gated]),
    ]


def _margin(answer: GateAnswer) -> str:
    """A point is one of a share; what runs on another scale has a unit of its own."""
    points = f"{100 * answer.margin:g} point{'' if answer.margin == 0.01 else 's'}"
    own = f"{answer.margin:g} in the metric's own unit"
    shares = {_shares(one.compared) for one in answer.gated}
    return points if shares == {True} else own if shares == {False} else f"{points}, or {own} where that is no share"


def _remarks(comparisons: Sequence[ComparedAnswer]) -> Iterator[Block]:
    """What all have in common, then what each has of its own."""
    shared = _shared(comparisons)
    if shared:
        yield Heading("Know before you believe any of it", 3)
        yield Items(shared)
    for one in comparisons:
        own = tuple(text for text in one.warnings if text not in shared)
        if own:
            yield Heading(_measured(one), 3)
            yield Items(own)


def _gate_row(one: GatedAnswer) -> tuple[str, ...]:
    found = one.compared
    return (
        f"{_measured(found)}: {found.treated_system} against {found.baseline_system}",
        one.verdict,
        f"{_gap(found, found.difference)} ({_ends(found, *_gated_ends(one))})",
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

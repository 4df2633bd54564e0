"""What was retrieved, and what became of it, in sentences.

Enters: what each arm's searches came to.  Leaves: blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tierproof.answers.safe_text import clean
from tierproof.experiment.trials.retrieved.arms import Grounded, Retrieved
from tierproof.experiment.workload.scorers.score import Scorer
from tierproof.messages import gettext, in_figures, ngettext
from tierproof.report.blocks import Block, Told
from tierproof.report.words import numerals
from tierproof.report.words.names import named

__all__ = ["retrieved_blocks", "retrieved_words"]


def retrieved_blocks(found: Mapping[str, Retrieved], judge: Scorer | None) -> Iterator[Block]:
    """One sentence an arm, and who judged."""
    for name, one in found.items():
        yield Told(f"{named(name)}: {retrieved_words(one)}.")
    if judge is not None and any(one.grounded is not None for one in found.values()):
        yield Told(gettext("Groundedness: {judge}.", judge=clean(judge)), "note")


def retrieved_words(one: Retrieved) -> str:
    """`the right passage was there in 62 % (of 50 items), and then answered in 91 %, without it in 20 %; ...`."""
    took = gettext("a search took {ms} ms, apart from the time in models", ms=in_figures(f"{1000 * one.seconds:.0f}"))
    if one.grounded is not None:
        took = f"{_grounded(one.grounded)}; {took}"
    if not one.named or one.recall is None or one.ndcg is None:
        return took
    parts = [_there(one)]
    if one.score_elsewhere is not None:
        parts.append(
            gettext("without it in {share}", share=numerals.percent(one.score_elsewhere))
            if one.binary
            else gettext("without it {score}", score=_hundredths(one.score_elsewhere))
        )
    ranks = {"most": one.most, "recall": _hundredths(one.recall), "ndcg": _hundredths(one.ndcg)}
    return "; ".join([*parts, gettext("recall@{most} {recall}, nDCG@{most} {ndcg}", **ranks), took])


def _there(one: Retrieved) -> str:
    """How often the right passage was found, and what it was good for."""
    share = numerals.percent(one.there / one.named)
    told = (
        ngettext(
            "the right passage was there in {share} (of {n} item)",
            "the right passage was there in {share} (of {n} items)",
            one.named,
            share=share,
            n=numerals.count(one.named),
        )
        if one.repeats == 1
        else ngettext(
            "the right passage was there in {share} (of {n} answer)",
            "the right passage was there in {share} (of {n} answers)",
            one.named,
            share=share,
            n=numerals.count(one.named),
        )
    )
    if one.score_there is None:
        return told
    if one.binary:
        return gettext("{told}, and then answered in {share}", told=told, share=numerals.percent(one.score_there))
    return gettext("{told}, and then scored {score}", told=told, score=_hundredths(one.score_there))


def _grounded(one: Grounded) -> str:
    """`grounded in what was found: 84 % of 50 answers (79 % with the judge's mistakes put right, ...)`."""
    ungraded = (
        ngettext(
            "{n} answer without a grade of groundedness",
            "{n} answers without a grade of groundedness",
            one.ungraded,
            n=numerals.count(one.ungraded),
        )
        if one.ungraded
        else ""
    )
    if one.share is None:
        return ungraded
    told = ngettext(
        "grounded in what was found: {share} of {n} answer",
        "grounded in what was found: {share} of {n} answers",
        one.judged,
        share=numerals.percent(one.share),
        n=numerals.count(one.judged),
    )
    if (true := one.true) is not None:
        low, high = (min(1.0, max(0.0, true.value + side * 1.96 * true.se)) for side in (-1, 1))
        told = gettext(
            "{told} ({share} with the judge's mistakes put right, 95 % interval {interval})",
            told=told,
            share=numerals.percent(true.value),
            interval=gettext("{low} % to {high} %", low=f"{100 * low:.0f}", high=f"{100 * high:.0f}"),
        )
    return f"{told}, {ungraded}" if ungraded else told


def _hundredths(score: float) -> str:
    return in_figures(f"{score:.2f}")

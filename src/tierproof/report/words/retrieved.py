"""What was retrieved, and what became of it, in sentences.

Enters: what each arm's searches came to.  Leaves: blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tierproof.answers.safe_text import clean
from tierproof.experiment.trials.retrieved.arms import Grounded, Retrieved
from tierproof.experiment.workload.scorers.score import Scorer
from tierproof.report.blocks import Block, Told
from tierproof.report.words import numerals

__all__ = ["retrieved_blocks", "retrieved_words"]


def retrieved_blocks(found: Mapping[str, Retrieved], judge: Scorer | None) -> Iterator[Block]:
    """One sentence an arm, and who judged."""
    for name, one in found.items():
        yield Told(f"{clean(name)}: {retrieved_words(one)}.")
    if judge is not None and any(one.grounded is not None for one in found.values()):
        yield Told(f"Groundedness: {clean(judge)}.", "note")


def retrieved_words(one: Retrieved) -> str:
    """`the right passage was there in 62 % (of 50 items), and then answered in 91 %, without it in 20 %; ...`."""
    took = f"a search took {1000 * one.seconds:.0f} ms, apart from the time in models"
    if one.grounded is not None:
        took = f"{_grounded(one.grounded)}; {took}"
    if not one.named:
        return took
    items = numerals.counted(one.named, "item" if one.repeats == 1 else "answer")
    told = f"the right passage was there in {_percent(one.there / one.named)} (of {items})"
    then, without = one.score_there, one.score_elsewhere
    if one.binary:
        told += "" if then is None else f", and then answered in {_percent(then)}"
        told += "" if without is None else f"; without it in {_percent(without)}"
    else:
        told += "" if then is None else f", and then scored {then:.2f}"
        told += "" if without is None else f"; without it {without:.2f}"
    return f"{told}; recall@{one.most} {one.recall:.2f}, nDCG@{one.most} {one.ndcg:.2f}; {took}"


def _grounded(one: Grounded) -> str:
    """`grounded in what was found: 84 % of 50 answers (79 % with the judge's mistakes put right, ...)`."""
    told = f"{numerals.counted(one.ungraded, 'answer')} without a grade of groundedness" if one.ungraded else ""
    if one.share is None:
        return told
    put_right = ""
    if (true := one.true) is not None:
        low, high = (min(1.0, max(0.0, true.value + side * 1.96 * true.se)) for side in (-1, 1))
        reach = f"{_percent(low)} to {_percent(high)}"
        put_right = f" ({_percent(true.value)} with the judge's mistakes put right, 95 % interval {reach})"
    answers = numerals.counted(one.judged, "answer")
    share = f"grounded in what was found: {_percent(one.share)} of {answers}{put_right}"
    return f"{share}, {told}" if told else share


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"

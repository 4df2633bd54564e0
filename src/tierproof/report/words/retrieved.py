"""What was retrieved, and what became of it, in sentences.

Enters: what each arm's searches came to.  Leaves: blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tierproof.answers.safe_text import clean
from tierproof.experiment.trials.retrieved.arms import Retrieved
from tierproof.report.blocks import Block, Told
from tierproof.report.words import numerals

__all__ = ["retrieved_blocks", "retrieved_words"]


def retrieved_blocks(found: Mapping[str, Retrieved]) -> Iterator[Block]:
    """One sentence an arm."""
    for name, one in found.items():
        yield Told(f"{clean(name)}: {retrieved_words(one)}.")


def retrieved_words(one: Retrieved) -> str:
    """`the right passage was there in 62 % (of 50 items), and then answered in 91 %, without it in 20 %; ...`."""
    took = f"a search took {1000 * one.seconds:.0f} ms, apart from the time in models"
    if not one.named:
        return took
    items = numerals.counted(one.named, "item")
    told = f"the right passage was there in {_percent(one.there / one.named)} (of {items})"
    then, without = one.score_there, one.score_elsewhere
    if one.binary:
        told += "" if then is None else f", and then answered in {_percent(then)}"
        told += "" if without is None else f"; without it in {_percent(without)}"
    else:
        told += "" if then is None else f", and then scored {then:.2f}"
        told += "" if without is None else f"; without it {without:.2f}"
    return f"{told}; recall@{one.most} {one.recall:.2f}, nDCG@{one.most} {one.ndcg:.2f}; {took}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"

"""What stands above a short answer: its conclusion, in a sentence or two.

Enters: short answers, comparisons.  Leaves: sentences.
"""

from __future__ import annotations

from collections.abc import Iterable

from tierproof.answers.imported import ComparedAnswer
from tierproof.answers.short.rows import ShortTable
from tierproof.decision.ranking.lens import TIERS
from tierproof.report.words import numerals

__all__ = ["compared_head", "table_head"]


def table_head(made: ShortTable, offset: int) -> str:
    """Which rows these are, and how sure the first one is; `offset`: rows before them."""
    if not made.rows:
        return "No technique is left on this page."
    first = made.rows[0]
    page = f"Techniques {offset + 1} to {offset + len(made.rows)} of {made.page.total}, ranked by {made.ranked_by}."
    sure = numerals.probability(first.p_tier_or_better)
    # Every row is in the last tier or better.
    where = (
        f"in tier {first.tier}" if first.tier == TIERS[-1] else f"tier {first.tier} or better with probability {sure}"
    )
    lead = f" {first.name} comes first, {where}."
    order = " Rank intervals overlap: the order alone says little, so tell how sure it is."
    return f"{page}{lead if not offset and first.tier else ''}{order}"


def compared_head(comparisons: Iterable[ComparedAnswer]) -> str:
    """Each comparison's verdict."""
    told = (
        f"{one.metric}: not settled between {one.treated_system} and {one.baseline_system}"
        if one.verdict == "not settled"
        else f"{one.metric}: {one.treated_system} {one.verdict} than {one.baseline_system}"
        for one in comparisons
    )
    return f"{'; '.join(told)}."

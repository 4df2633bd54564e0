"""What the columns and signs of a tier table mean, the same for every medium.

Enters: a `TierTable`, and what its pack counts.  Leaves: sentences, each with the head that it explains.  Knows no
column that only one medium has.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from tierproof.answers.safe_text import clean
from tierproof.decision.ranking.lens import TIERS
from tierproof.messages import gettext
from tierproof.report.words import numerals
from tierproof.report.words.table import ASSUMED, as_successes_told, score_told
from tierproof.report.words.table_rows import Line, against_told, no_tier_told

if TYPE_CHECKING:
    from tierproof.decision.ranking.results import TierTable
    from tierproof.evidence.reading.settings import Words

__all__ = ["Explained", "against_explained", "assumed_explained", "explained"]


class Explained(NamedTuple):
    """A sentence of a legend."""

    head: str
    """The column or the word that it explains; empty: it says so itself."""
    said: str

    def __str__(self) -> str:
        return f"{self.head}: {self.said}" if self.head else self.said


def explained(table: TierTable, lines: Sequence[Line], words: Words, measure: str) -> tuple[Sequence[Explained], ...]:
    """Sentences, those together that belong together.

    `lines`: the table's own; `measure`: what the column of case studies counts; empty where there is none.
    """
    value = table.lens.score == "net_benefit"
    settled = [line.short for line in lines if value and line.enough and line.row.effort_decides]
    return (
        _score(table),
        [
            Explained(gettext("Pays"), gettext("probability that the net benefit is above zero in a new setting.")),
            Explained(gettext("Expected"), gettext("the mean, on which plans rest.")),
        ]
        if value
        else [
            Explained(
                gettext("Worse"),
                gettext("probability that quality falls by more than the minimal difference in a new setting."),
            )
        ],
        _alone(as_successes_told(table.lens, table.profile)),
        _alone(f"{why}." if (why := no_tier_told(table)) else ""),
        against_explained(table),
        [
            Explained(gettext("Certain"), gettext("GRADE certainty of the evidence.")),
            Explained(
                gettext("Cost, time"), gettext("of {request}, as a multiple of today's.", request=clean(words.a))
            ),
            Explained(gettext("Days"), gettext("engineer-days, with the money once beside them.")),
            *assumed_explained(),
        ],
        _alone(gettext("Settled by effort alone, which is assumed: {named}.", named=", ".join(settled)))
        if settled
        else (),
        [
            Explained(gettext("Cases"), f"{clean(measure)}."),
            Explained(gettext("Makers"), gettext("model reports that state it, of those read for it.")),
        ]
        if measure
        else (),
    )


def assumed_explained() -> Sequence[Explained]:
    """What the sign of an assumption says."""
    return _alone(gettext("{assumed} assumed, not measured.", assumed=ASSUMED))


def against_explained(table: TierTable) -> Sequence[Explained]:
    """What the sign of rows says that are set against something else; nothing where none is."""
    return _alone(f"{against}." if (against := against_told(table)) else "")


def _score(table: TierTable) -> list[Explained]:
    score = score_told(table.lens)
    ranked = (
        Explained("", gettext("Ranked by {score}, at its median.", score=score))
        if table.lens.score == "net_benefit"
        else Explained(gettext("Score"), gettext("{score}, at its median.", score=score))
    )
    thresholds = " ".join(f"{tier} {numerals.threshold(getattr(table.lens.thresholds, tier))}" for tier in TIERS[:-1])
    tiers = Explained(gettext("Tiers"), gettext("{thresholds} or more, D below.", thresholds=thresholds))
    return [ranked, tiers, Explained(gettext("Brackets"), gettext("90 % of new settings."))]


def _alone(sentence: str) -> Sequence[Explained]:
    return [Explained("", sentence)] if sentence else ()

"""A comparison of logs as evidence: the records that a pack, and synthesis, take like any published ones.

Enters: a `Compared`, and what technique it stands for.  Leaves: `Record`s, as an own measurement makes them.  Must not
know packs or synthesis.
"""

from __future__ import annotations

from tierproof.errors import InputError
from tierproof.evidence.record import Record
from tierproof.experiment.findings.effects import Comparison
from tierproof.experiment.findings.kept.records import Origin, comparison_records
from tierproof.experiment.logs.pairs.comparison import Compared
from tierproof.messages import Message

__all__ = ["log_records"]


def log_records(one: Compared, technique: str, origin: Origin) -> tuple[Record, ...]:
    """Quality, and cost and time where the logs have them.

    Raises InputError where the scores are no share of success, and where too little is independent to say how sure
    their difference is.

    A metric of which less is better counts as its complement.
    """
    if not one.shares:
        message = Message("'{measured}' is no share of success: no technique's effect", measured=one.named.measured)
        raise InputError.of(message, remedy=Message("name a --metric that runs from 0 to 1"), field="technique")
    if one.log_odds is None:
        message = Message(
            "one pair, or one cluster of pairs, does not say how sure its difference is: no technique's effect"
        )
        raise InputError.of(message, remedy=Message("give logs of more items or clusters"), field="technique")
    if one.named.unsure:
        message = Message(
            "the log does not say whether more or less of '{measured}' is better", measured=one.named.measured
        )
        raise InputError.of(message, remedy=Message("give a column of which more is better"), field="technique")
    scores = one.paired.scores.complement if one.named.lower_is_better else one.paired.scores
    plain = scores.difference()
    quality = one.log_odds
    if one.named.lower_is_better:
        quality = type(quality)(-quality.value, quality.se)
    won, lost = (one.lost, one.won) if one.named.lower_is_better else (one.won, one.lost)
    comparison = Comparison(
        pairs=one.pairs,
        baseline=scores.baseline,
        treated=scores.treated,
        difference=plain,
        quality=quality,
        cost=one.cost,
        latency=one.latency,
        baseline_usd=one.paired.usd.baseline,
        treated_usd=one.paired.usd.treated,
        baseline_seconds=one.paired.seconds.baseline,
        treated_seconds=one.paired.seconds.treated,
        won=won,
        lost=lost,
        p_exact=one.p_exact,
    )
    return comparison_records(
        comparison,
        technique=technique,
        arm=one.named.treated,
        comparator=one.named.baseline[:200],
        origin=origin,
    )

"""The strongest single records for and against an effect.

Enters: effects that answer a question.  Leaves: the few that speak most clearly one way.  Knows nothing of claims.

A record is as strong as what it shows beyond doubt: its estimate less 1.645 standard errors (one side, 95 %), in
minimal differences.  One record a source, so that one paper does not fill the list.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from tierproof.evidence.effect import Effect
from tierproof.evidence.record import Outcome, up_is_better
from tierproof.synthesis.values.normal import NINETY

__all__ = ["strongest"]


def strongest(
    effects: Iterable[Effect],
    records: Collection[str],
    minimal_difference: Mapping[Outcome, float],
    *,
    helps: bool,
    count: int = 3,
) -> tuple[Effect, ...]:
    """At most `count` effects, strongest first, one a source; none that points the other way.

    Args:
        effects: all effects.
        records: ids of the records that answer the question.
        helps: whether to look for gains or for losses.
    """
    wanted = frozenset(records)
    ranked = sorted(
        (
            (-_strength(effect, minimal_difference, helps), effect.record.id, effect)
            for effect in effects
            if effect.record.id in wanted and _points(effect, helps) > 0
        ),
        key=lambda item: item[:2],
    )
    chosen: dict[str, Effect] = {}
    for _, _, effect in ranked:
        chosen.setdefault(effect.record.source_id, effect)
        if len(chosen) == count:
            break
    return tuple(chosen.values())


def _points(effect: Effect, helps: bool) -> float:
    """How far the estimate goes the way looked for."""
    gain = effect.estimate if up_is_better(effect.record.outcome) else -effect.estimate
    return gain if helps else -gain


def _strength(effect: Effect, minimal_difference: Mapping[Outcome, float], helps: bool) -> float:
    least = minimal_difference.get(effect.record.outcome, 0.1)
    return (_points(effect, helps) - NINETY * effect.se) / least

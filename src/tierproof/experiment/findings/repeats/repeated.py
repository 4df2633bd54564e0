"""What the repeats of each arm's items came to, and whether they were independent at all.

Enters: trials with several answers an item, and what replies showed of the endpoint.  Leaves: a `Repeated` an arm.
Must not know calls.

Answers that never differ are no repeats of anything where a cache gave them, or an endpoint that does not draw: then
one answer was told k times, and nothing is said of k answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tierproof.experiment.findings.repeats.passes import Pass, passes_of
from tierproof.experiment.trials.trials import Draws

__all__ = ["LEAST_ITEMS", "Kind", "Repeated", "never_differ", "repeated_of"]

Kind = Literal["differ", "sure", "greedy", "kept", "few"]
"""Why answers to one item differ, or do not: they `differ`; the model is `sure` (its endpoint was seen to draw); no
draw was asked for (`greedy`, temperature 0); they are `kept`, by a cache or an endpoint that ignores the temperature;
or there were too `few` items to tell."""
LEAST_ITEMS = 8
"""So many items, all of whose answers are alike, and it is no accident."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """Of one arm."""

    repeats: int
    """Answers that were asked for, an item."""
    items: int
    """Items with two scored answers and more."""
    alike: int
    """Those of them whose answers are the same text."""
    kind: Kind
    binary: bool
    """All scores are 0 or 1, so that an answer is right or wrong."""
    passes: tuple[Pass, ...]
    """From k = 1 on; none where answers are kept, or scores lie between right and wrong."""


def never_differ(draws: Draws) -> bool:
    """Are all answers to each item one text, on items enough?"""
    items, alike = _alike(draws)
    return LEAST_ITEMS <= items == alike


def repeated_of(draws: Draws, kind: Kind) -> Repeated:
    """`kind`: why they never differ, where they do not; else it is told from the answers."""
    items, alike = _alike(draws)
    if alike < items:
        kind = "differ"
    elif items < LEAST_ITEMS:
        kind = "few"
    known = ~np.isnan(draws.scores)
    scores = draws.scores[known]
    binary = bool(((scores == 0) | (scores == 1)).all())
    counts: Sequence[tuple[int, int]] = [
        (int(answers), int(right))
        for answers, right in zip(known.sum(axis=0), np.nansum(draws.scores, axis=0), strict=True)
        if answers
    ]
    told = binary and kind != "kept"
    return Repeated(
        repeats=len(draws.scores),
        items=items,
        alike=alike,
        kind=kind,
        binary=binary,
        passes=passes_of(counts, len(draws.scores)) if told else (),
    )


def _alike(draws: Draws) -> tuple[int, int]:
    """Items with two scored answers and more, and those of them whose answers are the same text."""
    known = ~np.isnan(draws.scores)
    several = known.sum(axis=0) >= 2
    replies, known = draws.replies[:, several], known[:, several]
    first = replies[known.argmax(axis=0), np.arange(replies.shape[1])]
    return int(several.sum()), int(((replies == first) | ~known).all(axis=0).sum())

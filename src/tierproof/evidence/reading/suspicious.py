"""Figures that are well formed and may be slips all the same: what an editor would look up again.

Enters: a pack's records and their effects.  Leaves: `Suspicion`s.  Knows nothing of pooling; it changes no figure and
judges none wrong.

Three kinds, each of which a slip of hand has made before: the same figures under two ids, of one source or of two (a
paper and the leaderboard that copies it count as two witnesses); a pair that follows from two others of its source (A
to B, B to C, and A to C besides); an effect that lies far from its sisters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import Final

from msgspec import Struct

from tierproof.evidence.effect import Effect
from tierproof.evidence.record import Record
from tierproof.messages import Message

__all__ = ["Suspicion", "suspicions"]

FEWEST_SISTERS: Final = 8
FAR: Final = 6.0
"""Robust sds (1.4826 median absolute deviations) from the sisters' median."""
LEAST_JUMP: Final = 0.7
"""On the analysis scale, about a factor of two: nearer sisters differ by less than anyone would look up."""
_TO_SD: Final = 1.4826
_SELDOM: Final = 3
"""Significant digits from which on two equal pairs of figures are no accident."""


class Suspicion(Struct, frozen=True, kw_only=True):
    id: str
    """Of the record to look up."""
    message: str
    others: tuple[str, ...] = ()
    """Ids of the records that it is held against."""


def suspicions(records: Sequence[Record], effects: Iterable[Effect]) -> Iterator[Suspicion]:
    """Everything worth looking up again, by kind, in the order of the records."""
    yield from _same_figures(records)
    yield from _chains(records)
    yield from _jumps(effects)


def _same_figures(records: Sequence[Record]) -> Iterator[Suspicion]:
    """Both figures equal, of one technique, outcome, metric and task, under two ids: of one source, or of two."""
    found: dict[tuple[object, ...], list[Record]] = defaultdict(list)
    for record in records:
        if record.baseline is not None and record.mirror_of is None and _telling(record):
            _, *what = _measured(record)
            found[*what, record.baseline, record.treated].append(record)
    for same in found.values():
        for first, second in pairwise(same):
            alone = first.source_id == second.source_id
            yield Suspicion(
                id=second.id,
                others=(first.id,),
                message=Message("both figures are those of {first}: one measurement under two ids?", first=first.id)
                if alone
                else Message(
                    "both figures are those of {first}, from another source: one measurement under two names?",
                    first=first.id,
                ),
            )


def _measured(record: Record) -> tuple[object, ...]:
    """By whom, and what."""
    names = ("source_id", "technique", "outcome", "metric", "unit", "task", "contrast")
    return tuple(getattr(record, name) for name in names)


def _telling(record: Record) -> bool:
    """Whether the figures have digits enough that to find them twice says something."""
    assert record.baseline is not None
    return record.baseline != record.treated and all(
        len(f"{figure:g}".strip("-0.").replace(".", "")) >= _SELDOM for figure in (record.baseline, record.treated)
    )


def _chains(records: Sequence[Record]) -> Iterator[Suspicion]:
    """A to C beside A to B and B to C: the third pair tells nothing that the two do not."""
    groups: dict[tuple[object, ...], list[Record]] = defaultdict(list)
    for record in records:
        if record.baseline is not None and record.mirror_of is None and _telling(record):
            groups[_measured(record)].append(record)
    for group in groups.values():
        steps = {(record.baseline, record.treated): record.id for record in group}
        onward: dict[float, list[float]] = defaultdict(list)
        for start, end in steps:
            onward[start or 0.0].append(end)
        for (start, end), whole in steps.items():
            for between in onward[start or 0.0]:
                if between != end and (between, end) in steps:
                    parts = (steps[start, between], steps[between, end])
                    yield Suspicion(
                        id=whole,
                        others=parts,
                        message=Message(
                            "follows from {one} and {other}: the arms of a chain count twice",
                            one=parts[0],
                            other=parts[1],
                        ),
                    )
                    break


def _jumps(effects: Iterable[Effect]) -> Iterator[Suspicion]:
    """Effects far from those of their source, technique, outcome, metric and contrast."""
    groups: dict[tuple[object, ...], list[Effect]] = defaultdict(list)
    for effect in effects:
        record = effect.record
        groups[record.source_id, record.technique, record.outcome, record.metric, record.contrast].append(effect)
    for group in groups.values():
        if len(group) < FEWEST_SISTERS:
            continue
        middle = median(effect.estimate for effect in group)
        spread = _TO_SD * median(abs(effect.estimate - middle) for effect in group)
        for effect in group:
            away = abs(effect.estimate - middle)
            if away > max(FAR * (spread**2 + effect.se**2) ** 0.5, LEAST_JUMP):
                yield Suspicion(
                    id=effect.record.id,
                    message=Message(
                        "{estimate:+.2f} on the analysis scale, where its {n} sisters lie about {middle:+.2f}",
                        estimate=effect.estimate,
                        n=len(group) - 1,
                        middle=middle,
                    ),
                )

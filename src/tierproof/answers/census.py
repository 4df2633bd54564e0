"""How much evidence a pack has, and what changed from one state of it to another: `tierproof evidence stats`, `diff`.

Enters: a pack, or two views that differ in their pack alone.  Leaves: a `CensusAnswer`, or a `DiffAnswer`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import field

from tierproof.answers.document import Answer, Interval, PackNamed, drawn
from tierproof.answers.view import OUTCOMES, View
from tierproof.decision.history import turned
from tierproof.decision.ranking.lens import Tier
from tierproof.decision.ranking.results import TierRow
from tierproof.evidence import Pack
from tierproof.evidence.census import census
from tierproof.evidence.record import Outcome, Record
from tierproof.synthesis.posteriors.posterior import Posterior

__all__ = ["CensusAnswer", "Counted", "DiffAnswer", "census_answer", "diff_answer"]

_LEVEL: Final = 0.9


class Counted(Answer, frozen=True):
    """Shares are of the effects, 0 to 1; mirrors count once."""

    effects: int
    sources: int
    production: int
    """Effects of live systems."""
    production_sources: int
    newest_year: int | None
    independent: float
    """Share that nobody with an interest in it measured, 0 to 1."""
    picked: float
    """Share that was picked by hand, 0 to 1."""
    doubtful: float
    """Share that is marked doubtful, 0 to 1."""
    sized: float
    """Share that says how many items stand behind it, or how exact it is."""


class CensusAnswer(Answer, frozen=True, tag_field="schema", tag="tierproof/evidence-stats/1"):
    """`tierproof evidence stats --json`"""

    pack: PackNamed
    records: int
    """Mirrors too."""
    all: Counted
    techniques: Mapping[str, Counted]


class Added(Answer, frozen=True):
    """What came to one technique."""

    effects: int
    removed: int
    changed: int
    """Of the same id, with another figure or label."""
    sources: tuple[str, ...]
    """Ids of sources that were not there."""


class Moved(Answer, frozen=True):
    """An average that lies outside of the interval that it had."""

    technique: str
    outcome: Outcome
    before: Interval
    """On the analysis scale, 90 %."""
    after: Interval
    records_before: int
    records_after: int


class Retiered(Answer, frozen=True):
    technique: str
    before: Tier | None
    """Null: not enough evidence, or not in the pack."""
    after: Tier | None
    p_before: float | None
    """P(the higher of the two tiers or better), 0 to 1, by the old pack; null: it had no tier there."""
    p_after: float | None
    """The same by the new one: a letter turns where it passes one half."""


class DiffAnswer(Answer, frozen=True, tag_field="schema", tag="tierproof/evidence-diff/1"):
    """`tierproof evidence diff OLD NEW --json`; both are read in the new pack's profile."""

    old: PackNamed
    new: PackNamed
    lens: str
    records_before: int
    records_after: int
    sources_before: int
    sources_after: int
    added: Mapping[str, Added]
    """By technique; those without a change are left out."""
    moved: tuple[Moved, ...]
    """By how far, in half-widths of the interval before."""
    tiers: tuple[Retiered, ...] = field(name="tiers_changed")


def census_answer(pack: Pack) -> CensusAnswer:
    everything, each = census(pack.records, pack.techniques)
    return CensusAnswer(
        pack=drawn(PackNamed, pack.settings),
        records=len(pack.records),
        all=drawn(Counted, everything),
        techniques={name: drawn(Counted, one) for name, one in each.items()},
    )


def diff_answer(old: View, new: View) -> DiffAnswer:
    """Both views in one profile and lens, so that what differs is the evidence and the pack's own settings."""
    before, after = ({row.technique: row for row in view.table().rows} for view in (old, new))
    names = [*after, *(name for name in before if name not in new.pack.techniques)]
    retiered = tuple(
        one for name in names if (one := _retiered(name, before.get(name), after.get(name))).before != one.after
    )
    return DiffAnswer(
        old=drawn(PackNamed, old.pack.settings),
        new=drawn(PackNamed, new.pack.settings),
        lens=new.lens.id,
        records_before=len(old.pack.records),
        records_after=len(new.pack.records),
        sources_before=len({record.source_id for record in old.pack.records}),
        sources_after=len({record.source_id for record in new.pack.records}),
        added=dict(_added(old.pack, new.pack)),
        moved=tuple(sorted(_moved(old, new), key=lambda moved: (-_far(moved), moved.technique, moved.outcome))),
        tiers=retiered,
    )


def _retiered(technique: str, before: TierRow | None, after: TierRow | None) -> Retiered:
    p_before, p_after = turned(before, after)
    return Retiered(
        technique=technique,
        before=None if before is None else before.tier,
        after=None if after is None else after.tier,
        p_before=p_before,
        p_after=p_after,
    )


def _added(old: Pack, new: Pack) -> Iterator[tuple[str, Added]]:
    names = [*new.techniques, *(name for name in old.techniques if name not in new.techniques)]
    known = {record.source_id for record in old.records}
    for name in names:
        before, after = _by_id(old, name), _by_id(new, name)
        fresh = after.keys() - before.keys()
        one = Added(
            effects=len(fresh),
            removed=len(before.keys() - after.keys()),
            changed=sum(after[key] != before[key] for key in before.keys() & after.keys()),
            sources=tuple(sorted({after[key].source_id for key in fresh} - known)),
        )
        if one.effects or one.removed or one.changed:
            yield name, one


def _by_id(pack: Pack, technique: str) -> dict[str, Record]:
    return {record.id: record for record in pack.records if record.technique == technique}


def _moved(old: View, new: View) -> Iterator[Moved]:
    for name in new.pack.techniques:
        for outcome in OUTCOMES:
            before = old.synthesis.posteriors.get((name, outcome))
            after = new.synthesis.posteriors.get((name, outcome))
            if before is not None and after is not None and before.basis != "assumed" != after.basis:
                moved = _move(before, after)
                if _far(moved) > 1.0:
                    yield moved


def _move(before: Posterior, after: Posterior) -> Moved:
    return Moved(
        technique=after.technique,
        outcome=after.outcome,
        before=drawn(Interval, before.average.interval(_LEVEL)),
        after=drawn(Interval, after.average.interval(_LEVEL)),
        records_before=len(before.records),
        records_after=len(after.records),
    )


def _far(moved: Moved) -> float:
    """How far the median went, in half-widths of the interval before on the side where it went."""
    gone = moved.after.median - moved.before.median
    reach = moved.before.high - moved.before.median if gone > 0 else moved.before.median - moved.before.low
    return abs(gone) / max(reach, 1e-12)

"""How much evidence there is, of what kind and age, technique by technique.

Enters: records.  Leaves: a `Tally` a technique and one of all.  Knows nothing of statistics or screens.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from tierproof.evidence.record import Record

__all__ = ["Tally", "census", "tally"]


class Tally(Struct, frozen=True, kw_only=True):
    """Shares are of the records, in [0, 1]; a mirror counts once, under the technique that it was first filed under."""

    effects: int
    """Records, mirrors left out."""
    sources: int
    production: int
    """Records of live systems."""
    production_sources: int
    newest_year: int | None
    independent: float
    """Share measured by neither makers, sellers nor rivals."""
    picked: float
    """Share chosen by hand, which shows that an effect can occur, not how often."""
    doubtful: float
    """Share that is shown and left out of the main analysis."""
    sized: float
    """Share that says how many items stand behind it, or how exact it is."""


def tally(records: Iterable[Record]) -> Tally:
    """The tally of some records; all shares are 0 where there is none."""
    counted = [record for record in records if record.mirror_of is None]

    def share(wanted: Callable[[Record], bool]) -> float:
        return sum(map(wanted, counted)) / len(counted) if counted else 0.0

    live = [record for record in counted if record.setting == "production"]
    return Tally(
        effects=len(counted),
        sources=len({record.source_id for record in counted}),
        production=len(live),
        production_sources=len({record.source_id for record in live}),
        newest_year=max((record.year for record in counted if record.year is not None), default=None),
        independent=share(lambda record: record.independence == "independent"),
        picked=share(lambda record: record.selection == "picked"),
        doubtful=share(lambda record: record.doubtful),
        sized=share(lambda record: record.n is not None or record.se is not None),
    )


def census(records: Sequence[Record], techniques: Iterable[str]) -> tuple[Tally, Mapping[str, Tally]]:
    """The tally of all records, and of each of the techniques in their order, those without a record too."""
    by_technique: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        by_technique[record.technique].append(record)
    return tally(records), {name: tally(by_technique[name]) for name in techniques}

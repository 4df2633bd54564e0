"""Which system is the baseline and which are compared with it, from what a person typed.

Enters: logs and parts of names.  Leaves: pairs of a baseline's and a treated system's series, or an error that lists
the names.  Must not know what is computed from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tierproof.errors import InputError
from tierproof.experiment.logs.files.named_columns import Log, Rows
from tierproof.messages import Quoted, gettext

__all__ = ["Seat", "opposed", "seated"]


@dataclass(frozen=True, slots=True)
class Seat:
    """A system of a log."""

    log: Log
    system: str
    name: str
    """As it is shown: the system, with its file where another log has a system of that name."""

    @property
    def series(self) -> tuple[Rows, ...]:
        return tuple(one for one in self.log.series if one.system == self.system)


def seated(logs: Sequence[Log]) -> tuple[tuple[Seat, ...], ...]:
    """The systems of each log, with names that tell them apart."""
    taken: dict[str, int] = {}
    for log in logs:
        for system in log.systems:
            taken[system] = taken.get(system, 0) + 1
    labels = _labels([log.told.path for log in logs])
    return tuple(
        tuple(Seat(log, one, Quoted(one if taken[one] == 1 else f"{one} ({label})")) for one in log.systems)
        for log, label in zip(logs, labels, strict=True)
    )


def _labels(paths: Sequence[Path]) -> list[str]:
    """The shortest ends of the paths that tell them apart."""
    for parts in range(1, 6):
        labels = ["/".join(path.parts[-parts:]) for path in paths]
        if len(set(labels)) == len(labels):
            return labels
    return [str(path) for path in paths]


def opposed(logs: Sequence[Log], baseline: str = "", treated: str = "") -> tuple[tuple[Seat, Seat], ...]:
    """Pairs of seats to compare: with several logs, the first is the baseline's.  Raises InputError that asks."""
    seats = seated(logs)
    first = seats[0]
    others = tuple(seat for some in seats[1:] for seat in some) or first
    if baseline or treated:
        return _named(seats, first, others, baseline, treated)
    if len(logs) == 1:
        if len(first) == 1:
            raise _ask(
                first,
                gettext("holds one system, {name}: there is nothing to compare it with", name=first[0].name),
                gettext("a second log"),
            )
        raise _ask(
            first, gettext("holds {n} systems, and does not say which is the baseline", n=len(first)), "--baseline NAME"
        )
    if len(first) == 1:
        return tuple((first[0], other) for other in others)
    by_system = {seat.system: seat for seat in first}
    common = tuple((by_system[other.system], other) for other in others if other.system in by_system)
    if common:
        return common
    raise _ask(first + others, gettext("several systems, and it is not plain which is the baseline"), "--baseline NAME")


def _named(
    seats: Sequence[Sequence[Seat]], first: tuple[Seat, ...], others: tuple[Seat, ...], baseline: str, treated: str
) -> tuple[tuple[Seat, Seat], ...]:
    everyone = tuple(seat for some in seats for seat in some)
    base: Seat | None = None
    if baseline:
        base = _find(baseline, first, everyone, "--baseline")
    if treated:
        rest = tuple(seat for seat in others if seat is not base)
        chosen = _find(treated, rest, everyone, "--treated")
        if base is None:
            left = tuple(seat for seat in first if seat is not chosen)
            if len(left) != 1:
                raise _ask(left, gettext("it is not plain which system is the baseline"), "--baseline NAME")
            base = left[0]
        if chosen is base:
            raise _ask(
                everyone,
                gettext("baseline and treated are the same system, {name}", name=base.name),
                gettext("another --treated"),
            )
        return ((base, chosen),)
    assert base is not None
    against = tuple(seat for seat in others if seat is not base)
    if len(seats) > 1 and len(against) > 1:
        same = tuple(seat for seat in against if seat.system == base.system)
        against = same or against
    if not against:
        raise _ask(
            everyone, gettext("there is nothing to compare {name} with", name=base.name), gettext("a second log")
        )
    return tuple((base, seat) for seat in against)


def _find(text: str, likely: Sequence[Seat], everyone: Sequence[Seat], option: str) -> Seat:
    """The one system whose name has that text as a part; a whole name, and a whole part of one, come first."""
    for among in (likely, everyone):
        for fits in (_whole, _part, _within, _within_any_case):
            found = [seat for seat in among if fits(text, seat)]
            if len(found) == 1:
                return found[0]
            if found:
                names = Quoted(", ".join(seat.name for seat in found[:12]))
                message = gettext("'{text}' may be any of: {names}", text=text, names=names)
                raise InputError.of(message, remedy=gettext("type more of the name"), field=option)
    names = Quoted(", ".join(seat.name for seat in everyone[:20]))
    message = gettext("no system's name has '{text}' in it", text=text)
    raise InputError.of(message, remedy=gettext("one of: {names}", names=names), field=option)


def _whole(text: str, seat: Seat) -> bool:
    return text in (seat.name, seat.system)


def _part(text: str, seat: Seat) -> bool:
    return text in seat.system.split(" / ")


def _within(text: str, seat: Seat) -> bool:
    return text in seat.name


def _within_any_case(text: str, seat: Seat) -> bool:
    return text.lower() in seat.name.lower()


def _ask(seats: Sequence[Seat], message: str, remedy: str) -> InputError:
    names = Quoted(", ".join(dict.fromkeys(seat.name for seat in seats[:20])))
    path = seats[0].log.told.path if seats else None
    return InputError.of(message, remedy=gettext("{remedy}; systems: {names}", remedy=remedy, names=names), file=path)

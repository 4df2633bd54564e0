"""Which metrics are compared: those asked for, by any name that only one has, or all that both systems have.

Enters: two series and names.  Leaves: names of metrics, or an error that lists them.  Must not know tools.
"""

from __future__ import annotations

from collections.abc import Sequence

from tierproof.errors import InputError, Problem
from tierproof.experiment.logs.columns import Series
from tierproof.experiment.logs.who import Seat

__all__ = ["metrics_of"]


def metrics_of(first: Series, second: Series, base: Seat, treated: Seat, wanted: Sequence[str]) -> tuple[str, ...]:
    """Metrics of both.  Raises InputError for one that is not there, or is no number."""
    common = tuple(name for name in first.metrics if name in second.metrics)
    if not wanted:
        if common:
            return common
        raise _none(first, second, base, treated)
    return tuple(_resolved(name, first, second, common, base, treated) for name in wanted)


def _resolved(
    name: str, first: Series, second: Series, common: Sequence[str], base: Seat, treated: Seat
) -> str:
    plain = name.removesuffix(f",{first.filter or 'none'}")
    aliases = base.log.told.aliases.get(plain, set()) | treated.log.told.aliases.get(plain, set())
    tries = (
        [one for one in common if one == plain],
        [one for one in common if any(one == alias or one.startswith((f"{alias}.", f"{alias}[")) for alias in aliases)],
        [one for one in common if one.rpartition(".")[2] == plain],
        [one for one in common if plain.lower() in one.lower()],
    )
    for found in tries:
        if len(found) == 1:
            return found[0]
        if found:
            message = f"metric '{name}' may be any of: {', '.join(found[:12])}"
            raise InputError(Problem(file=treated.log.told.path, field="metric", message=message))
    for series, seat in ((first, base), (second, treated)):
        if plain in series.unreadable:
            text, place, times = series.unreadable[plain]
            message = f"'{text}' is no number, and so are {times - 1} more scores" if times > 1 else f"'{text}' is no number"
            raise InputError(
                Problem(
                    file=seat.log.told.path,
                    line=place,
                    field=plain,
                    message=message,
                    remedy="say what texts are worth: --grades A=1,B=0.5,C=0",
                )
            )
    for series, seat in ((first, base), (second, treated)):
        if plain not in series.metrics:
            there = ", ".join(series.metrics[:20]) or "none"
            message = f"{seat.name} has no metric '{name}'"
            raise InputError(
                Problem(file=seat.log.told.path, field="metric", message=message, remedy=f"one of: {there}")
            )
    raise _none(first, second, base, treated)


def _none(first: Series, second: Series, base: Seat, treated: Seat) -> InputError:
    for series, seat in ((first, base), (second, treated)):
        for metric, (text, place, _) in series.unreadable.items():
            if not series.metrics:
                return InputError(
                    Problem(
                        file=seat.log.told.path,
                        line=place,
                        field=metric,
                        message=f"no pairs: '{text}' is no number, and there is no other score",
                        remedy="say what texts are worth: --grades A=1,B=0.5,C=0",
                    )
                )
    there = [", ".join(one.metrics[:12]) or "no scores" for one in (first, second)]
    message = f"no pairs: no metric is in both: {base.name} has {there[0]}; {treated.name} has {there[1]}"
    remedy = "; ".join(dict.fromkeys((*base.log.told.warnings, *treated.log.told.warnings)))
    return InputError(Problem(file=treated.log.told.path, message=message, remedy=remedy))

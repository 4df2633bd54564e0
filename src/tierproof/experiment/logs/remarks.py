"""What a reader of a comparison must know before he believes it, in sentences.

Enters: what was paired and what was left out.  Leaves: texts without a full stop.  Must not compute effects.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tierproof.experiment.logs.columns import Log, Series
from tierproof.experiment.logs.comparison import Named
from tierproof.experiment.logs.pairing import Paired, Side

__all__ = ["remarks"]

FEW = 10
SHOWN = 3


def remarks(
    named: Named, paired: Paired, first: Series, second: Series, base: Log, treated: Log, errors_wrong: bool
) -> tuple[str, ...]:
    """Every remark once, what touches the result most first."""
    found = [*_pairing(named, paired), *_rows(named, paired, first, second, errors_wrong), *_scores(named, first, second)]
    for log, name in ((base, named.baseline), (treated, named.treated)):
        found += [f"{name}: {text}" for text in log.told.warnings]
        if base is treated:
            break
    if base.told.tool != treated.told.tool:
        found.append(f"the logs are of two tools, {base.told.tool} and {treated.told.tool}: they may score differently")
    elif base.told.version != treated.told.version and base.told.version and treated.told.version:
        found.append(f"the logs are of two versions, {base.told.version} and {treated.told.version}")
    return tuple(dict.fromkeys(found))


def _pairing(named: Named, paired: Paired) -> Iterator[str]:
    key, pairs = paired.key, len(paired)
    if " and " in named.task:
        yield f"the tasks differ ({named.task}): the difference is theirs as well as the systems'"
    if key.conflicts:
        does = "paired all the same, as told" if key.chosen else "left out"
        yield f"{_count(key.conflicts, 'item')} of one id are other questions in the other log: {does}"
    if key.found_within:
        yield f"{_count(key.found_within, 'item')} paired by finding the question within the other log's prompt"
    if paired.unpaired:
        share = f"; the logs share {key.shared} items" if key.shared else ""
        yield f"{_count(paired.unpaired, 'item')} in no pair{share}"
    if pairs < FEW:
        yield f"only {_count(pairs, 'pair')}: the interval rests on what one cannot see in so few"
    repeats = [side.most_repeats for side in paired.sides]
    if repeats[0] != repeats[1]:
        yield f"items were tried up to {repeats[0]} and {repeats[1]} times: repeats are averaged first"


def _rows(named: Named, paired: Paired, first: Series, second: Series, errors_wrong: bool) -> Iterator[str]:
    for side, series, name in ((paired.sides[0], first, named.baseline), (paired.sides[1], second, named.treated)):
        if side.without_score:
            does = "counted as 0, as told" if errors_wrong else "missing, not wrong"
            why = f" ({side.errors} with an error: {_short(series.first_error)})" if side.errors else ""
            yield f"{name}: {side.without_score} of {side.rows} rows have no score{why}: {does}"
        yield from _marked(side, name)


def _marked(side: Side, name: str) -> Iterator[str]:
    if side.refused:
        yield (
            f"{name}: {side.refused} of {side.rows} rows were declined by the provider (too long, or filtered) and stand "
            "as the tool scored them"
        )
    if side.truncated:
        yield f"{name}: {side.truncated} of {side.rows} answers were cut off, and are scored as they stood"
    if side.cached:
        yield f"{name}: {side.cached} of {side.rows} rows came from a cache: their times and costs are left out"


def _scores(named: Named, first: Series, second: Series) -> Iterator[str]:
    scores = np.concatenate((first.scores(named.metric), second.scores(named.metric)))
    known = scores[~np.isnan(scores)]
    if len(known) and (known.min() < 0 or known.max() > 1):
        yield (
            f"'{named.metric}' runs from {known.min():g} to {known.max():g}: no share of successes, so that there is no "
            "effect on the log odds scale"
        )
    if named.lower_is_better:
        yield f"of '{named.metric}' less is better"
    unread = [*first.unreadable, *(name for name in second.unreadable if name not in first.unreadable)]
    if unread:
        yield f"not compared, since texts are no numbers: {', '.join(unread[:SHOWN])}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line[:80] + ("…" if len(line) > 80 else "")


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"

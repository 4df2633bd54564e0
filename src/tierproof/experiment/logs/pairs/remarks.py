"""What a reader of a comparison must know before he believes it, in sentences.

Enters: what was paired and what was left out.  Leaves: texts without a full stop.  Must not compute effects.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tierproof.experiment.logs.pairs.comparison import Named
from tierproof.experiment.logs.pairs.matching import Match
from tierproof.experiment.logs.pairs.pairing import Side
from tierproof.experiment.logs.pairs.summary import Summary

__all__ = ["remarks"]

FEW = 10
SHOWN = 3
SECRET = re.compile(r"(?i)\b(sk|pk|key|token|bearer|gsk|hf|xai)[-_ :=]+\S{6,}|\b[A-Za-z0-9_\-]{32,}\b")
"""What looks like a key."""


def remarks(match: Match, paired: Summary, *, wrong: float | None) -> tuple[str, ...]:
    """Every remark once, what touches the result most first.  `wrong`: what rows without a score count as."""
    named = match.named
    base, treated = match.base.log.told, match.treated.log.told
    found = [*_pairing(named, paired), *_rows(match, paired, wrong=wrong), *_scores(match)]
    found += [f"{named.baseline}: {text}" for text in base.warnings]
    found += [f"{named.treated}: {text}" for text in treated.warnings if treated is not base]
    if base.tool != treated.tool:
        found.append(
            f"the logs are of two tools, {base.tool} and {treated.tool}: they may score differently, and do not "
            "time the same, so that there is no ratio of times"
        )
    elif base.version != treated.version and base.version and treated.version:
        found.append(f"the logs are of two versions, {base.version} and {treated.version}")
    return tuple(dict.fromkeys(found))


def _pairing(named: Named, paired: Summary) -> Iterator[str]:
    key, pairs = paired.key, paired.pairs
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
    if max(repeats) > 1:
        times = (
            f"{repeats[0]} and {repeats[1]} times" if repeats[0] != repeats[1] else f"{repeats[0]} times in each log"
        )
        yield f"items stand up to {times}, as tries at one item: they are averaged first"


def _rows(match: Match, paired: Summary, *, wrong: float | None) -> Iterator[str]:
    names = (match.named.baseline, match.named.treated)
    for side, series, name in zip(paired.sides, (match.first, match.second), names, strict=True):
        if side.without_score:
            does = "missing, not wrong" if wrong is None else f"counted as {wrong:g}, as told"
            why = f" ({side.errors} with an error: {_short(series.first_error)})" if side.errors else ""
            yield f"{name}: {side.without_score} of {side.rows} rows have no score{why}: {does}"
        yield from _marked(side, name)


def _marked(side: Side, name: str) -> Iterator[str]:
    if side.refused:
        yield (
            f"{name}: {side.refused} of {side.rows} rows were declined by the provider (too long, or filtered) and "
            "stand as the tool scored them"
        )
    if side.truncated:
        yield f"{name}: {side.truncated} of {side.rows} answers were cut off, and are scored as they stood"
    if side.cached:
        yield f"{name}: {side.cached} of {side.rows} rows came from a cache: their times and costs are left out"


def _scores(match: Match) -> Iterator[str]:
    named, first, second = match.named, match.first, match.second
    extents = [one for series in (first, second) if (one := series.extent(named.metric)) is not None]
    low, high = min((one.low for one in extents), default=0.0), max((one.high for one in extents), default=1.0)
    if low < 0 or high > 1:
        yield (
            f"'{named.metric}' runs from {low:g} to {high:g}: no share of successes, so that there is "
            "no effect on the log odds scale"
        )
    if named.lower_is_better:
        yield f"of '{named.metric}' less is better"
    if named.unsure:
        yield f"the log does not say whether more of '{named.metric}' is better: neither system is called better"
    unread = [*first.unreadable, *(name for name in second.unreadable if name not in first.unreadable)]
    if unread:
        yield f"not compared, since texts are no numbers: {', '.join(unread[:SHOWN])}"


def _short(text: str) -> str:
    """The first words of an error: what follows may be a whole prompt, a trace, or somebody's key."""
    line = " ".join(SECRET.sub("…", re.split(r"\\n|\n|[({\[]", text.strip(), maxsplit=1)[0]).split())
    return line[:80] + ("…" if len(line) > 80 else "")


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"

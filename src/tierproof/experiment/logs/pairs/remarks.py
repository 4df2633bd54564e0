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
from tierproof.messages import Message, Quoted

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
    found += [_of(named.baseline, text) for text in base.warnings]
    found += [_of(named.treated, text) for text in treated.warnings if treated is not base]
    if base.tool != treated.tool:
        found.append(
            Message(
                "the logs are of two tools, {first} and {second}: they may score differently, and do not time the "
                "same, so that there is no ratio of times",
                first=base.tool,
                second=treated.tool,
            )
        )
    elif base.version != treated.version and base.version and treated.version:
        told = Message("the logs are of two versions, {first} and {second}", first=base.version, second=treated.version)
        found.append(told)
    return tuple(dict.fromkeys(found))


def _of(name: str, text: str) -> str:
    return Message("{name}: {text}", name=name, text=text)


def _pairing(named: Named, paired: Summary) -> Iterator[str]:
    key, pairs = paired.key, paired.pairs
    if named.apart:
        yield Message("the tasks differ ({tasks}): the difference is theirs as well as the systems'", tasks=named.task)
    if key.conflicts:
        yield Message(
            "{n:,} item of one id are other questions in the other log: {does}",
            "{n:,} items of one id are other questions in the other log: {does}",
            n=key.conflicts,
            does=Message("paired all the same, as told") if key.chosen else Message("left out"),
        )
    if key.checked_otherwise:
        yield Message(
            "{n:,} item is asked alike and checked otherwise, or of other data, in the other log: the difference is of "
            "the checks as well as of the systems",
            "{n:,} items are asked alike and checked otherwise, or of other data, in the other log: the difference is "
            "of the checks as well as of the systems",
            n=key.checked_otherwise,
        )
    if key.found_within:
        yield Message(
            "{n:,} item paired by finding the question within the other log's prompt",
            "{n:,} items paired by finding the question within the other log's prompt",
            n=key.found_within,
        )
    if paired.unpaired:
        share = Message("; the logs share {n} item", "; the logs share {n} items", n=key.shared) if key.shared else ""
        yield Message("{n:,} item in no pair{share}", "{n:,} items in no pair{share}", n=paired.unpaired, share=share)
    if paired.unasked:
        yield Message(
            "{n:,} item is not scored by '{metric}' in either log, and is left out",
            "{n:,} items are not scored by '{metric}' in either log, and are left out",
            n=paired.unasked,
            metric=named.metric,
        )
    if pairs < FEW:
        yield Message(
            "only {n} pair: the interval rests on what one cannot see in so few",
            "only {n} pairs: the interval rests on what one cannot see in so few",
            n=pairs,
        )
    repeats = [side.most_repeats for side in paired.sides]
    if max(repeats) > 1 and repeats[0] != repeats[1]:
        yield Message(
            "items stand up to {first} and {second} times, as tries at one item: they are averaged first",
            first=repeats[0],
            second=repeats[1],
        )
    elif max(repeats) > 1:
        yield Message(
            "items stand up to {n} times in each log, as tries at one item: they are averaged first", n=repeats[0]
        )


def _rows(match: Match, paired: Summary, *, wrong: float | None) -> Iterator[str]:
    names = (match.named.baseline, match.named.treated)
    for side, series, name in zip(paired.sides, (match.first, match.second), names, strict=True):
        if side.without_score:
            yield Message(
                "{name}: {n} of {rows} rows has no score{why}: {does}",
                "{name}: {n} of {rows} rows have no score{why}: {does}",
                name=name,
                n=side.without_score,
                rows=side.rows,
                why=Message(" ({errors} with an error: {error})", errors=side.errors, error=_short(series.first_error))
                if side.errors
                else "",
                does=Message("missing, not wrong")
                if wrong is None
                else Message("counted as {score:g}, as told", score=wrong),
            )
        yield from _marked(side, name)


def _marked(side: Side, name: str) -> Iterator[str]:
    if side.refused:
        yield Message(
            "{name}: {n} of {rows} rows was declined by the provider (too long, or filtered) and stands as the tool "
            "scored it",
            "{name}: {n} of {rows} rows were declined by the provider (too long, or filtered) and stand as the tool "
            "scored them",
            name=name,
            n=side.refused,
            rows=side.rows,
        )
    if side.truncated:
        yield Message(
            "{name}: {n} of {rows} answers was cut off, and is scored as it stood",
            "{name}: {n} of {rows} answers were cut off, and are scored as they stood",
            name=name,
            n=side.truncated,
            rows=side.rows,
        )
    if side.cached:
        yield Message(
            "{name}: {n} of {rows} rows came from a cache: its time and cost are left out",
            "{name}: {n} of {rows} rows came from a cache: their times and costs are left out",
            name=name,
            n=side.cached,
            rows=side.rows,
        )


def _scores(match: Match) -> Iterator[str]:
    named, first, second = match.named, match.first, match.second
    extents = [one for series in (first, second) if (one := series.extent(named.metric)) is not None]
    low, high = min((one.low for one in extents), default=0.0), max((one.high for one in extents), default=1.0)
    if low < 0 or high > 1:
        yield Message(
            "'{metric}' runs from {low:g} to {high:g}: no share of successes, so that there is no effect on the log "
            "odds scale",
            metric=named.metric,
            low=low,
            high=high,
        )
    if named.lower_is_better:
        yield Message("of '{metric}' less is better", metric=named.metric)
    if named.unsure:
        yield Message(
            "the log does not say whether more of '{metric}' is better: neither system is called better",
            metric=named.metric,
        )
    unread = [*first.unreadable, *(name for name in second.unreadable if name not in first.unreadable)]
    if unread:
        yield Message("not compared, since texts are no numbers: {names}", names=Quoted(", ".join(unread[:SHOWN])))


def _short(text: str) -> str:
    """The first words of an error: what follows may be a whole prompt, a trace, or somebody's key."""
    line = " ".join(SECRET.sub("…", re.split(r"\\n|\n|[({\[]", text.strip(), maxsplit=1)[0]).split())
    return line[:80] + ("…" if len(line) > 80 else "")

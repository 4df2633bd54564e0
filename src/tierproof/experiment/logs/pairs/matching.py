"""What of two systems can be compared: their series of one task and filter, and the metrics that both have.

Enters: two seats, and names.  Leaves: matches, or an error that lists what there is.  Must not know tools, or what is
computed from a match.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tierproof.errors import InputError
from tierproof.experiment.logs.files.named_columns import Rows
from tierproof.experiment.logs.pairs.comparison import Named
from tierproof.experiment.logs.pairs.who import Seat
from tierproof.messages import Message, Quoted, gettext, ngettext, translated

__all__ = ["Match", "alone", "matches", "unread"]

LOSSES = frozenset(
    {"abstained", "bias", "biased", "bits", "bpb", "brier", "bugs", "cer", "crashed", "crashes", "defects",
     "denied", "deviation", "disagreement", "distance", "divergence", "drift", "ece", "entropy", "err", "error",
     "errors", "fail", "failed", "failing", "fails", "failure", "failures", "false", "faults", "flagged", "fnr",
     "fpr", "hallucinated", "hallucination", "hallucinations", "harm", "harmful", "harmfulness", "inaccuracy",
     "inaccurate", "incorrect", "invalid", "irrelevant", "jailbroken", "kl", "leakage", "leaked", "loss", "losses",
     "mae", "mape", "miss", "missed", "misses", "mistakes", "mse", "negatives", "nll", "penalty", "perplexity",
     "ppl", "refusal", "refusals", "refused", "regret", "risk", "rmse", "surprisal", "ter", "timeout", "timeouts",
     "toxic", "toxicity", "uncertainty", "unsafe", "unsupported", "variance", "violation", "violations", "wer",
     "wrong"}
)  # fmt: skip
"""Words in the name of a metric of which less is usually better."""
AMOUNTS = frozenset(
    {"attempts", "bytes", "calls", "characters", "chars", "cost", "costs", "count", "delay", "dollars", "duration",
     "elapsed", "hops", "iterations", "latency", "len", "length", "memory", "messages", "ms", "overhead", "price",
     "retries", "runtime", "seconds", "size", "spend", "steps", "time", "tokens", "tpot", "ttft", "turns", "usage",
     "usd", "words"}
)  # fmt: skip
"""Words in the name of a metric that counts something, unless it runs from 0 to 1: more of it need not be better."""
NEGATIONS = frozenset({"no", "non", "not", "without"})
TURNING = frozenset({"absence", "accuracy", "avoidance", "avoided", "detection", "free", "handling", "rejection"})
"""Words that turn the whole: of the avoidance of a loss more is better."""
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One metric of two series."""

    named: Named
    base: Seat
    treated: Seat
    first: Rows
    """The baseline's."""
    second: Rows

    @property
    def numbered(self) -> bool:
        """Ids of both may be numbers that the tool gave."""
        return self.base.log.told.numbered and self.treated.log.told.numbered

    def fault(self, message: str, *, remedy: str = "") -> InputError:
        """An error about this comparison."""
        return InputError.of(message, remedy=remedy, file=self.treated.log.told.path)


def matches(
    base: Seat, treated: Seat, *, metrics: Sequence[str] = (), filter: str = "", task: str = ""
) -> Iterator[Match]:
    """All that can be compared.  Raises InputError where nothing can.

    Where each has one task the two are compared, whatever they are called; else tasks are matched by name.
    """
    sides, pairs = _pairs(base, treated, filter=filter, task=task)
    if not pairs:
        there = [", ".join(sorted({_where(one) for one in side})) or gettext("nothing") for side in sides]
        message = gettext(
            "no pairs: no task and filter is in both: {first} has {there}; {second} has {here}",
            first=base.name,
            there=there[0],
            second=treated.name,
            here=there[1],
        )
        remedy = gettext("give logs of one task, or say which with --log-task and --filter")
        raise InputError.of(message, remedy=remedy, file=treated.log.told.path)
    told = (base.log.told, treated.log.told)
    for pair in pairs:
        first, second = pair.first, pair.second
        for metric in _metrics(pair, metrics):
            named = Named(
                baseline=base.name,
                treated=treated.name,
                metric=Quoted(metric),
                filter=first.filter,
                task=" and ".join(dict.fromkeys(one.task for one in (first, second) if one.task)),
                apart=bool(first.task and second.task and first.task != second.task),
                lower_is_better=(says := {one.more_is_better[metric] for one in told if metric in one.more_is_better})
                == {False},
                unsure=len(says) > 1
                or (not says and not any(one.grades_alone for one in told) and _unsure(metric, (first, second))),
            )
            yield Match(named=named, base=base, treated=treated, first=first, second=second)


def _pairs(
    base: Seat, treated: Seat, *, filter: str, task: str
) -> tuple[tuple[tuple[Rows, ...], tuple[Rows, ...]], list[_Pair]]:
    """The series of both, and those that are of one task and filter; `task` may be OLD=NEW."""
    there = {one.task for seat in (base, treated) for one in seat.series}
    first, equals, second = task.partition("=") if task not in there else (task, "", task)
    sides = (
        _series(base, filter=filter, task=first),
        _series(treated, filter=filter, task=second if equals else task),
    )
    tasks = [tuple(dict.fromkeys(one.task for one in side)) for side in sides]
    one_each = len(tasks[0]) == len(tasks[1]) == 1
    pairs = [
        _Pair(base, treated, first, second)
        for first in sides[0]
        for second in sides[1]
        if first.filter == second.filter and (first.task == second.task or one_each)
    ]
    return sides, pairs


def alone(
    base: Seat, treated: Seat, *, metrics: Sequence[str] = (), filter: str = "", task: str = ""
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the baseline alone has, and the treated system alone: tasks and filters, and metrics of those in both.

    Of metrics nothing is said where some were chosen.
    """
    sides, pairs = _pairs(base, treated, filter=filter, task=task)
    found: list[list[str]] = []
    for at, seat in enumerate((base, treated)):
        met = {id(pair.sides[at][0]) for pair in pairs}
        told: list[str] = [
            Message("'{what}' is in the log of {name} alone", what=_where(one), name=seat.name)
            for one in sides[at]
            if id(one) not in met
        ]
        for pair in pairs if not metrics else ():
            mine, other = pair.sides[at][0], pair.sides[1 - at][0]
            told += [
                Message("'{metric}' has scores of {name} alone", metric=name, name=seat.name)
                for name in mine.metrics
                if name not in other.metrics and mine.extent(name) is not None
            ]
        found.append(told)
    return tuple(dict.fromkeys(found[0])), tuple(dict.fromkeys(found[1]))


def _unsure(metric: str, series: Sequence[Rows]) -> bool:
    """Whether more of it, by its name, need not be better."""
    words = [word.lower() for word in WORD.findall(metric)]
    if TURNING & {*words[:1], *words[-1:]}:
        return False
    # "no errors" is a gain, "errors without retry" is none.
    told = {word for before, word in zip(("", *words), words, strict=False) if before not in NEGATIONS}
    return bool(told & LOSSES) or (bool(told & AMOUNTS) and any(_counted(one, metric) for one in series))


def _counted(series: Rows, metric: str) -> bool:
    """Whether it is more than a share, or a check that was passed or not."""
    extent = series.extent(metric)
    return extent is not None and not (extent.low >= 0 and extent.high <= 1)


def _where(series: Rows) -> str:
    return " / ".join(filter(None, (series.task, series.filter))) or "no task"


def _series(seat: Seat, **wanted: str) -> tuple[Rows, ...]:
    found = seat.series
    for name, value in wanted.items():
        if not value:
            continue
        there = tuple(dict.fromkeys(getattr(one, name) or "none" for one in found))
        found = tuple(one for one in found if (getattr(one, name) or "none") == value)
        if not found:
            message = gettext("{name} has no {what} '{value}'", name=seat.name, what=name, value=value)
            remedy = gettext("one of: {names}", names=Quoted(", ".join(there)))
            raise InputError.of(message, remedy=remedy, field=name, file=seat.log.told.path)
    return found


@dataclass(frozen=True, slots=True)
class _Pair:
    base: Seat
    treated: Seat
    first: Rows
    second: Rows

    @property
    def sides(self) -> tuple[tuple[Rows, Seat], tuple[Rows, Seat]]:
        return (self.first, self.base), (self.second, self.treated)


def _metrics(pair: _Pair, wanted: Sequence[str]) -> tuple[str, ...]:
    """Metrics of both.  Raises InputError for one that is not there, or is no number."""
    common = tuple(name for name in pair.first.metrics if name in pair.second.metrics)
    if not wanted:
        if common:
            return common
        raise _none(pair)
    return tuple(dict.fromkeys(_resolved(name, pair, common) for name in wanted))


def _resolved(name: str, pair: _Pair, common: Sequence[str]) -> str:
    """A metric by its name, by that of what the tool makes of it, or by a part that only one has."""
    plain = name.removesuffix(f",{pair.first.filter or 'none'}")
    aliases = {alias for _, seat in pair.sides for alias in seat.log.told.aliases.get(plain, ())}
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
            message = gettext("metric '{name}' may be any of: {names}", name=name, names=Quoted(", ".join(found[:12])))
            raise InputError.of(message, field="metric", file=pair.treated.log.told.path)
    for series, seat in pair.sides:
        if plain in series.unreadable:
            raise _unreadable(series, seat, plain)
    for series, seat in pair.sides:
        if plain not in series.metrics:
            there = Quoted(", ".join(series.metrics[:20]) or gettext("none"))
            message = gettext("{name} has no metric '{metric}'", name=seat.name, metric=name)
            remedy = gettext("one of: {names}", names=there)
            raise InputError.of(message, remedy=remedy, field="metric", file=seat.log.told.path)
    raise _none(pair)


def unread(match: Match) -> InputError | None:
    """That texts which are no numbers stand for scores of a metric that both systems name."""
    sides = ((match.first, match.base, match.second), (match.second, match.treated, match.first))
    for series, seat, other in sides:
        for metric in series.unreadable:
            if metric in other.metrics or metric in other.unreadable:
                return _unreadable(series, seat, metric)
    return None


def _unreadable(series: Rows, seat: Seat, metric: str) -> InputError:
    text, place, times = series.unreadable[metric]
    message = gettext("no pairs: '{text}' is no number", text=text)
    if times > 1:
        message = ngettext(
            "no pairs: '{text}' is no number, nor is {n} more score",
            "no pairs: '{text}' is no number, nor are {n} more scores",
            times - 1,
            text=text,
        )
    remedy = gettext("say what texts are worth: --grades A=1,B=0.5,C=0")
    return InputError.of(message, remedy=remedy, field=metric, file=seat.log.told.path, line=place)


def _none(pair: _Pair) -> InputError:
    for series, seat in pair.sides:
        if series.unreadable and not series.metrics:
            return _unreadable(series, seat, next(iter(series.unreadable)))
    there = [", ".join(series.metrics[:12]) or gettext("no scores") for series, _ in pair.sides]
    message = gettext(
        "no pairs: no metric is in both: {first} has {there}; {second} has {here}",
        first=pair.base.name,
        there=there[0],
        second=pair.treated.name,
        here=there[1],
    )
    warned = dict.fromkeys(translated(text) for _, seat in pair.sides for text in seat.log.told.warnings)
    message = "; ".join((message, *warned))
    remedy = gettext("give logs with scores of one name; a table's are named with --columns score=NAME")
    return InputError.of(message, remedy=remedy, file=pair.treated.log.told.path)

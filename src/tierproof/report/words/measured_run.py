"""A whole run of a measurement in sentences: its design, what it took, what it left out, and why it ended.

Enters: a `Measurement`, or parts of one.  Leaves: sentences.  Knows nothing of where they are put.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tierproof.answers.safe_text import clean
from tierproof.experiment.calls.money.budget import Budget
from tierproof.experiment.findings.timing.interleaved import LEAST_TIMED
from tierproof.experiment.run.measurement import Measurement
from tierproof.messages import LANGUAGES, Message, Quoted, gettext, in_figures, ngettext, pgettext, spoken, translated
from tierproof.report.words import numerals
from tierproof.report.words.measured import points
from tierproof.report.words.names import named
from tierproof.report.words.numerals import UNKNOWN
from tierproof.report.words.protocol import pledge_told
from tierproof.written_messages import kept

__all__ = [
    "billing",
    "budget_told",
    "design_told",
    "doubtful",
    "ended",
    "left_out_told",
    "not_measured",
    "reading",
    "spent",
]

FEW_LEFT_OUT = 3
"""So many arms that were not measured are told of one by one in any case."""
UNANSWERED = {
    "failed": Message("{n} refused or failed"),
    "expired": Message("{n} expired"),
    "missing": Message("{n} without a result"),
}


def reading(found: Measurement) -> list[str]:
    """How the columns go together, where a reader could take them for a contradiction."""
    told = []
    standings = [result.standing for result in found.results if result.standing is not None]
    if any(one.guaranteed for one in standings):
        told.append(
            gettext(
                "Yes, and no loss, promise that an arm is less than {margin} short of the gain that pays for it; no, "
                "and no gain, that it is less than {margin} beyond. The interval asks for more (no margin, both ends), "
                "P(worth it) for less (one arm, no promise), so one may be settled where another is not",
                margin=_margin(found),
            )
        )
    if any(one.guaranteed and one.reach > 0 for one in standings):
        told.append(gettext("The gain that pays for an arm rests on varying costs: their error is counted against it"))
    if told_of := _missing(found, [one.missing for one in standings]):
        told.append(told_of)
    if found.pledge is not None:
        told.append(pledge_told(found.pledge))
    if found.joined:
        told.append(
            gettext(
                "Measured before, on the same items and settings, and joined: {names}; with their times as they were "
                "then",
                names=Quoted(", ".join(f"{named(name)} ({_days(found.days.get(name))})" for name in found.joined)),
            )
        )
    for name, why in found.apart.items():
        told.append(
            gettext(
                "Not shown: {name}, of an earlier run, {why}; name it as well (--techniques) to measure it anew: what "
                "the journal still answers costs nothing",
                name=named(name),
                why=clean(why),
            )
        )
    if found.timed >= LEAST_TIMED:
        told.append(_timed(found))
    elif found.batches:
        told.append(gettext("Time was not measured, and decides nothing: answers came in batches"))
    elif len(found.results) > 1:
        told.append(
            gettext("Time was not measured: it is taken when a run has come to its end, and decides nothing before")
        )
    return told


def _missing(found: Measurement, missing: Sequence[int]) -> str:
    """Of a run that is not over: what the same command asks for again."""
    if not any(missing):
        return ""
    n = sum(result.failed - result.refused for result in found.results)
    if found.fixed is not None and found.ending.kind == "complete":
        return ngettext(
            "So far: {n} answer is missing, which the same command asks for again; until it is there, intervals and "
            "decisions beside it are those that hold at every look",
            "So far: {n} answers are missing, which the same command asks for again; until they are there, intervals "
            "and decisions beside them are those that hold at every look",
            n,
            n=numerals.count(n),
        )
    return ngettext(
        "{n} answer is missing, which the same command asks for again",
        "{n} answers are missing, which the same command asks for again",
        n,
        n=numerals.count(n),
    )


def _margin(found: Measurement) -> str:
    return gettext("{gap} points", gap=points(found.stakes.minimal_difference).removeprefix("+"))


def _timed(found: Measurement) -> str:
    if found.workload.load == 1:
        return ngettext(
            "Time: one request at a time, on {n} item, the arms in random order, apart from the run",
            "Time: one request at a time, on {n} items, the arms in random order, apart from the run",
            found.timed,
            n=str(found.timed),
        )
    return gettext(
        "Time: {load} items at a time, on {items} items, the arms in random order, apart from the run",
        load=str(found.workload.load),
        items=str(found.timed),
    )


def _days(days: tuple[str, str] | None) -> str:
    if days is None:
        return UNKNOWN
    return days[0] if days[0] == days[1] else gettext("{first} to {last}", first=days[0], last=days[1])


def design_told(found: Measurement) -> str:
    """How items were given out, and what the intervals mean."""
    level = _level(found.level)
    if found.fixed is not None:
        items = ngettext(
            "{n} item for every arm", "{n} items for every arm", found.fixed, n=numerals.count(found.fixed)
        )
        told = gettext(
            "{design}; intervals hold for all arms together with {level}", design=_times(items, found), level=level
        )
    else:
        told = gettext(
            "{design}; {promise}; intervals hold for all arms together, at every look, with {level}",
            design=_times(gettext("adaptive"), found),
            promise=_promise(found),
            level=level,
        )
    if found.about == "items":
        told = gettext(
            "{told}; both are about the mean over these very items (sampled without replacement), not about other "
            "requests",
            told=told,
        )
    if found.workload.scorer.error is not None:
        told = gettext(
            "{told}; scores are as the judge gave them, points and intervals are put right for its errors", told=told
        )
    return told


def _level(level: float, digits: str = "g") -> str:
    return gettext("{points} %", points=in_figures(f"{100 * level:{digits}}"))


def _times(design: str, found: Measurement) -> str:
    if found.repeats == 1:
        return design
    return ngettext("{design}, each asked {n} time", "{design}, each asked {n} times", found.repeats, design=design)


def _promise(found: Measurement) -> str:
    """What the decisions of an adaptive run promise."""
    if found.guarantee == "false-decisions":
        return gettext(
            "of its decisions {share} at most are expected to be wrong by {margin} or more, whenever it is stopped",
            share=_level(1 - found.level, ".2g"),
            margin=_margin(found),
        )
    return gettext(
        "in {share} of runs no decision is wrong by {margin} or more, whenever it is stopped",
        share=_level(found.level),
        margin=_margin(found),
    )


def spent(found: Measurement) -> str:
    """`$1.20, 2,310 calls, 41,000 tokens, 3.1 minutes, of 5 USD`."""
    spend = found.spend
    total = spend.total
    rough = any(result.estimated for result in found.results)
    told = ", ".join(
        [
            f"{'~' if rough else ''}{numerals.dollars(total.usd)}",
            numerals.counted(total.calls, "call"),
            numerals.counted(total.tokens, "token"),
            gettext("{n} minutes", n=in_figures(f"{found.seconds / 60:.1f}"))
            if found.seconds >= 60
            else gettext("{n} seconds", n=in_figures(f"{found.seconds:.0f}")),
        ]
    )
    if found.budget != Budget():
        told = gettext("{spent}, of {budget}", spent=told, budget=budget_told(str(found.budget)))
    if not spend.presumed.calls:
        return told
    attempts = {
        "n": numerals.count(spend.presumed.calls),
        "spent": told,
        "usd": numerals.dollars(spend.presumed.usd, 2),
    }
    if spend.in_flight:
        return ngettext(
            "{spent}; {usd} of it is the worst case of {n} attempt that are on their way or never came back",
            "{spent}; {usd} of it is the worst case of {n} attempts that are on their way or never came back",
            spend.presumed.calls,
            **attempts,
        )
    return ngettext(
        "{spent}; {usd} of it is the worst case of {n} attempt that never came back",
        "{spent}; {usd} of it is the worst case of {n} attempts that never came back",
        spend.presumed.calls,
        **attempts,
    )


def budget_told(budget: str) -> str:
    """A budget as a program writes it down."""
    told = {
        "USD": Message("{n} USD"),
        "tokens": Message("tokens: {n}"),
        "calls": Message("calls: {n}"),
        "minutes": Message("minutes: {n}"),
    }
    if spoken() == LANGUAGES[0]:
        return clean(budget)
    if budget == str(Budget()):
        return pgettext("field", "no limit")
    parts = (part.partition(" ") for part in budget.split(", "))
    return ", ".join(gettext(told[unit], n=in_figures(number)) for number, _, unit in parts if unit in told)


def doubtful(found: Measurement) -> list[str]:
    """What is doubtful of the workload or its endpoints, in sentences without their full stop."""
    return [clean(told) for told in found.doubts]


def billing(found: Measurement) -> list[str]:
    """What the endpoints bill otherwise than one would think, in sentences."""
    told = [
        gettext(
            "{model}: the endpoint bills {what}; all of it is counted, and set aside for every further call",
            model=named(model),
            what=clean(what),
        )
        for model, what in found.excesses.items()
    ]
    told += [f"{named(arm)}: {translated(why)}" for arm, why in found.unseen.items()]
    told += [
        gettext("{model}: its price has changed; what was bought before counts at it too", model=named(model))
        for model in found.repriced
    ]
    if found.batches:
        told.append(_batches(found.batches))
    if found.damaged:
        told.append(
            ngettext(
                "{n} answer in the journal could not be read any more, and were asked for again",
                "{n} answers in the journal could not be read any more, and were asked for again",
                found.damaged,
                n=numerals.count(found.damaged),
            )
        )
    if any(result.estimated for result in found.results):
        told.append(
            gettext(
                "~: the endpoint did not say what some answers took, so their tokens are estimated; the budget counts "
                "them at the most that they can have been"
            )
        )
    return told


def _batches(tally: Mapping[str, int]) -> str:
    """`80 requests in 1 batch, paid at half the price: 66 answered; not answered: 4 expired, 5 without a result`."""
    told = ngettext(
        "{requests} in {n} batch, paid at half the price: {answered} answered",
        "{requests} in {n} batches, paid at half the price: {answered} answered",
        tally.get("batches", 0),
        requests=numerals.counted(tally.get("requests", 0), "request"),
        answered=numerals.count(tally.get("answered", 0)),
    )
    lacks = ", ".join(
        gettext(said, n=numerals.count(tally[name])) for name, said in UNANSWERED.items() if tally.get(name)
    )
    if lacks:
        told = gettext("{told}; left unanswered, and asked again by the next run: {lacks}", told=told, lacks=lacks)
    if tally.get("unknown"):
        told = gettext(
            "{told}; of {n} it is not known whether their batch was made: they are put into no other, and count in "
            "full",
            told=told,
            n=numerals.count(tally["unknown"]),
        )
    beside = []
    if n := tally.get("duplicates"):
        counted = numerals.count(n)
        beside.append(ngettext("{n} further result of one request", "{n} further results of one request", n, n=counted))
    if n := tally.get("strangers"):
        counted = numerals.count(n)
        beside.append(ngettext("{n} result of nobody's request", "{n} results of nobody's request", n, n=counted))
    return gettext("{told}; passed over: {beside}", told=told, beside=", ".join(beside)) if beside else told


def ended(kind: str, message: str) -> str:
    """Why the run ended, in a sentence; empty if it ran to its end.  `kind` and `message` of its ending."""
    if kind == "interrupted":
        return gettext("Stopped before the end; the same command goes on where it was.")
    return "" if kind == "complete" else gettext("Stopped: {why}.", why=clean(kept(message)).rstrip("."))


def left_out_told(left_out: Mapping[str, str], *, explain: bool) -> list[str]:
    """The arms that were not measured: one line that counts them, or what each lacks."""
    if not left_out:
        return []
    if explain or len(left_out) <= FEW_LEFT_OUT:
        return [gettext("not measured, {why}: {names}", why=why, names=names) for why, names in not_measured(left_out)]
    return [
        ngettext(
            "{n} technique not measured for want of what they need: --explain says what",
            "{n} techniques not measured for want of what they need: --explain says what",
            len(left_out),
            n=numerals.count(len(left_out)),
        )
    ]


def not_measured(left_out: Mapping[str, str]) -> list[tuple[str, str]]:
    """What is lacking, and the arms that lack it, so that a reason is read once."""
    names: dict[str, list[str]] = {}
    for name, why in left_out.items():
        names.setdefault(clean(why), []).append(name)
    return [(why, named(*arms)) for why, arms in names.items()]

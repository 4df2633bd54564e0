"""One arm of a measurement in words and figures, the same on every screen.

Enters: an `ArmResult`.  Leaves: short strings.  Knows nothing of where they are put.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from tierproof.answers.safe_text import clean
from tierproof.experiment.calls.money.budget import Budget
from tierproof.experiment.design.standing import PILOT, Standing
from tierproof.experiment.findings.effects import ArmResult, Comparison
from tierproof.experiment.findings.timing.interleaved import LEAST_TIMED
from tierproof.experiment.run.measurement import Measurement
from tierproof.experiment.trials.paired import Estimate
from tierproof.messages import LANGUAGES, Message, gettext, in_figures, ngettext, spoken
from tierproof.report.words import numerals
from tierproof.report.words.numerals import UNKNOWN
from tierproof.report.words.protocol import pledge_told

__all__ = [
    "ArmWords",
    "arm_words",
    "billing",
    "conclusion",
    "design_told",
    "doubtful",
    "ended",
    "left_out_told",
    "not_measured",
    "points",
    "points_interval",
    "reading",
    "spent",
]

ENDED = {
    "cut off": "cut off at the limit of its reply (max_tokens or max_output)",
    "filtered": "taken away by the endpoint's filter",
    "declined": "declined by the model, in the field for refusals",
    "tool call": "calls of a tool in place of an answer",
    "empty": "empty",
}
FEW_LEFT_OUT = 3
"""So many arms that were not measured are told of one by one in any case."""
STATES = {
    "open": "open",
    "no difference that matters": "no difference",
    "broken": "no answers",
}
"""Other states are told by the probability."""
UNANSWERED = {"failed": "refused or failed", "expired": "expired", "missing": "without a result"}
BESIDE_ANSWERS = {"duplicates": "further results of one request", "strangers": "results of nobody's request"}
LIKELY = 0.8
CLEARLY = 4.4
"""Standard errors: Student's t with 11 degrees of freedom exceeds them once in a thousand times."""
CONCLUDED = {
    "Worth it": ("yes",),
    "Likely worth it": ("likely yes",),
    "Not worth it": ("no",),
    "Likely not worth it": ("likely no",),
    "No loss that matters": ("no loss",),
    "No gain that matters": ("no gain",),
    "No difference": ("no difference", "no difference seen"),
    "Not known yet": ("not known", "open"),
    "Not measured here": ("not measured here", "no answers"),
}


def points(share: float) -> str:
    """A difference of scores in points: 0.071 -> `+7.1`."""
    if not math.isfinite(share):
        return UNKNOWN
    value = round(100 * share, 1)
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return sign + in_figures(f"{abs(value):g}")


def points_interval(low: float, high: float) -> str:
    return numerals.between(points(low), points(high))


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmWords:
    name: str
    items: str
    score: str
    """An arm's after the baseline's on the same items."""
    difference: str
    """Points of score against the baseline."""
    interval: str
    cost: str
    """Of a request: the baseline's in USD, an arm's as a multiple."""
    time: str
    verdict: str
    p_worth: str
    faults: str


def arm_words(result: ArmResult) -> ArmWords:
    comparison, standing = result.comparison, result.standing
    baseline = result.arm.leads
    gap = standing.difference if standing is not None else comparison.difference.value if comparison else math.nan
    return ArmWords(
        name=clean(result.arm.name),
        items=numerals.count(result.answered),
        score=_score(result),
        difference="" if baseline else points(gap),
        interval="" if standing is None else points_interval(*standing.interval),
        cost=_rough(result, _usd(result.usd) if baseline else _multiple(comparison, "cost")),
        time=_seconds(result.seconds) if baseline else _multiple(comparison, "latency"),
        verdict=_verdict(result),
        p_worth=""
        if standing is None or result.arm.stress or result.arm.control
        else numerals.probability(standing.p_worth),
        faults=_faults(result),
    )


def _verdict(result: ArmResult) -> str:
    standing = result.standing
    if result.unmeasured and not result.arm.leads:
        return "not measured here"
    if result.arm.stress or result.arm.control or standing is None:
        # A condition is nothing that one could adopt, nor what one has.
        return "under stress" if result.arm.stress else "itself" if result.arm.control else ""
    if standing.state in STATES or standing.guaranteed:
        return STATES.get(standing.state) or _decided(standing)
    one = result.comparison
    alike = one is not None and one.pairs >= PILOT and one.won == one.lost == 0
    apart = one is not None and any(_clearly_apart(estimate) for estimate in (one.cost, one.latency))
    if alike and not apart:
        return "no difference seen"
    if standing.p_worth > LIKELY or standing.p_worth < 1 - LIKELY:
        return "likely yes" if standing.p_worth > LIKELY else "likely no"
    return "no difference seen" if alike else "not known"


def _decided(standing: Standing) -> str:
    """What is guaranteed leaves a margin: `yes` and `no` are said where the trials make them likely without it too."""
    if standing.state == "better":
        return "yes" if standing.p_worth > LIKELY else "no loss"
    return "no" if standing.p_worth < 1 - LIKELY else "no gain"


def _clearly_apart(ratio: Estimate | None) -> bool:
    """Does a cost or a time differ by more than chance makes of a dozen items?  Else it says nothing by itself."""
    return ratio is not None and abs(ratio.value) > CLEARLY * ratio.se + 1e-9


def _score(result: ArmResult) -> str:
    if not math.isfinite(result.score):
        return UNKNOWN
    one = result.comparison
    if one is None or result.opponent:
        return f"{100 * result.score:.1f} %"
    return f"{100 * one.baseline:.1f} → {100 * one.treated:.1f} %"


def _rough(result: ArmResult, cost: str) -> str:
    """A cost that rests on tokens which the endpoint did not report is marked."""
    return f"~{cost}" if result.estimated and cost not in (UNKNOWN, "free") else cost


def _usd(value: float) -> str:
    """Of a thousand requests: one costs too little to be read."""
    return (
        f"{numerals.money(1000 * value)}/1k"
        if math.isfinite(value) and value > 0
        else "free"
        if value == 0
        else UNKNOWN
    )


def _seconds(value: float) -> str:
    return f"{value:.2g} s" if math.isfinite(value) else UNKNOWN


def _multiple(comparison: Comparison | None, what: str) -> str:
    if what == "cost" and comparison is not None and comparison.treated_usd == 0:
        return "free"
    estimate = None if comparison is None else comparison.cost if what == "cost" else comparison.latency
    return UNKNOWN if estimate is None else numerals.ratio(math.exp(estimate.value))


def _faults(result: ArmResult) -> str:
    if result.unmeasured:
        return f"not measured here: {clean(result.unmeasured)}"
    what, lack = ("item", "an answer") if result.repeats == 1 else ("answer", "a text")
    unscored = result.failed - result.refused
    parts = [
        f"{numerals.counted(unscored, what)} without {lack} that could be scored" if unscored else "",
        _refused(result, what),
        f"{numerals.counted(result.broken, what)} broken off, counted as wrong" if result.broken else "",
        *(
            f"{numerals.count(count)} of {numerals.count(result.tried)} replies {ENDED[how]}"
            for how, count in sorted(result.ended.items())
        ),
    ]
    return ", ".join(part for part in parts if part)


def _refused(result: ArmResult, what: str) -> str:
    if not result.refused and result.refused_as_wrong is None:
        return ""
    told = f"{numerals.counted(result.refused, what)} refused by the endpoint, left out" if result.refused else ""
    if result.refused_as_wrong is None:
        return told
    shift = points(result.refused_as_wrong)
    return f"{told or 'the baseline was refused some'} ({shift} points if all that was refused were wrong)"


def conclusion(found: Measurement) -> str:
    """What the run came to, in a line; empty where no arm was tried."""
    verdicts = {result.arm.name: arm_words(result) for result in found.results[1:]}
    parts = []
    for said, states in CONCLUDED.items():
        names = [
            clean(name) + (f" ({words.difference} points)" if said in ("Worth it", "Likely worth it") else "")
            for name, words in verdicts.items()
            if words.verdict in states
        ]
        if names:
            parts.append(f"{said}: {', '.join(names)}.")
    return " ".join(parts)


def reading(found: Measurement) -> list[str]:
    """How the columns go together, where a reader could take them for a contradiction."""
    told = []
    standings = [result.standing for result in found.results if result.standing is not None]
    if any(one.guaranteed for one in standings):
        margin = f"{points(found.stakes.minimal_difference).removeprefix('+')} points"
        told.append(
            f"Yes, and no loss, promise that an arm is less than {margin} short of the gain that pays for it; no, and "
            f"no gain, that it is less than {margin} beyond. The interval asks for more (no margin, both ends), "
            "P(worth it) for less (one arm, no promise), so one may be settled where another is not"
        )
    if any(one.guaranteed and one.reach > 0 for one in standings):
        told.append("The gain that pays for an arm rests on varying costs: their error is counted against it")
    if found.pledge is not None:
        told.append(pledge_told(found.pledge))
    if found.joined:
        names = ", ".join(f"{clean(name)} ({_days(found.days.get(name))})" for name in found.joined)
        told.append(
            f"Measured before, on the same items and settings, and joined: {names}; with their times as they were then"
        )
    for name, why in found.apart.items():
        told.append(
            f"Not shown: {clean(name)}, of an earlier run, {clean(why)}; name it as well (--techniques) to measure it "
            "anew: what the journal still answers costs nothing"
        )
    if found.timed >= LEAST_TIMED:
        at_once = "one request at a time" if found.workload.load == 1 else f"{found.workload.load} items at a time"
        told.append(f"Time: {at_once}, on {found.timed} items, the arms in random order, apart from the run")
    elif found.batches:
        told.append("Time was not measured, and decides nothing: answers came in batches")
    elif len(found.results) > 1:
        told.append("Time was not measured: it is taken when a run has come to its end, and decides nothing before")
    return told


def _days(days: tuple[str, str] | None) -> str:
    if days is None:
        return UNKNOWN
    return days[0] if days[0] == days[1] else f"{days[0]} to {days[1]}"


def design_told(found: Measurement) -> str:
    """How items were given out, and what the intervals mean."""
    level = f"{100 * found.level:g} %"
    times = "" if found.repeats == 1 else f", each asked {found.repeats} times"
    if found.fixed is not None:
        items = f"{numerals.count(found.fixed)} items for every arm{times}"
        told = f"{items}; intervals hold for all arms together with {level}"
    else:
        told = f"adaptive{times}; {_promise(found)}; intervals hold for all arms together, at every look, with {level}"
    if found.about == "items":
        told += (
            "; both are about the mean over these very items (sampled without replacement), not about other requests"
        )
    if found.workload.scorer.error is not None:
        told += "; scores are as the judge gave them, points and intervals are put right for its errors"
    return told


def _promise(found: Measurement) -> str:
    """What the decisions of an adaptive run promise."""
    margin = f"{points(found.stakes.minimal_difference).removeprefix('+')} points"
    if found.guarantee == "false-decisions":
        return (
            f"of its decisions {100 * (1 - found.level):.2g} % at most are expected to be wrong by {margin} or more, "
            "whenever it is stopped"
        )
    return f"in {100 * found.level:g} % of runs no decision is wrong by {margin} or more, whenever it is stopped"


def spent(found: Measurement) -> str:
    """`$1.20 of 5 USD, 2,310 calls, 3.1 minutes`."""
    spend = found.spend
    total = spend.total
    rough = any(result.estimated for result in found.results)
    parts = [
        f"{'~' if rough else ''}${total.usd:.4g}",
        numerals.counted(total.calls, "call"),
        numerals.counted(total.tokens, "token"),
        f"{found.seconds / 60:.1f} minutes" if found.seconds >= 60 else f"{found.seconds:.0f} seconds",
    ]
    told = ", ".join(parts)
    if found.budget != Budget():
        told += f", of {found.budget}"
    if spend.presumed.calls:
        lost = numerals.counted(spend.presumed.calls, "attempt")
        what = "are on their way or never came back" if spend.in_flight else "never came back"
        told += f"; ${spend.presumed.usd:.2g} of it is the worst case of {lost} that {what}"
    return told


def doubtful(found: Measurement) -> list[str]:
    """What is doubtful of the workload or its endpoints, in sentences without their full stop."""
    return [clean(told) for told in found.doubts]


def billing(found: Measurement) -> list[str]:
    """What the endpoints bill otherwise than one would think, in sentences."""
    told = [
        f"{clean(model)}: the endpoint bills {what}; all of it is counted, and set aside for every further call"
        for model, what in found.excesses.items()
    ]
    told += [f"{clean(arm)}: {why}" for arm, why in found.unseen.items()]
    told += [
        f"{clean(model)}: its price has changed; what was bought before counts at it too" for model in found.repriced
    ]
    if found.batches:
        told.append(_batches(found.batches))
    if found.damaged:
        answers = numerals.counted(found.damaged, "answer")
        told.append(f"{answers} in the journal could not be read any more, and were asked for again")
    if any(result.estimated for result in found.results):
        told.append(
            "~: the endpoint did not say what some answers took, so their tokens are estimated; the budget counts them "
            "at the most that they can have been"
        )
    return told


def _batches(tally: Mapping[str, int]) -> str:
    """`80 requests in 1 batch, paid at half the price: 66 answered; not answered: 4 expired, 5 without a result`."""
    made = tally.get("batches", 0)
    told = (
        f"{numerals.counted(tally.get('requests', 0), 'request')} in {made} {'batch' if made == 1 else 'batches'}, "
        f"paid at half the price: {numerals.count(tally.get('answered', 0))} answered"
    )
    lacks = [f"{numerals.count(tally[name])} {words}" for name, words in UNANSWERED.items() if tally.get(name)]
    if lacks:
        told += f"; left unanswered, and asked again by the next run: {', '.join(lacks)}"
    if tally.get("unknown"):
        lost = numerals.count(tally["unknown"])
        told += (
            f"; of {lost} it is not known whether their batch was made: they are put into no other, and count in full"
        )
    beside = [f"{numerals.count(tally[name])} {words}" for name, words in BESIDE_ANSWERS.items() if tally.get(name)]
    return told + (f"; passed over: {', '.join(beside)}" if beside else "")


def ended(kind: str, message: str) -> str:
    """Why the run ended, in a sentence; empty if it ran to its end.  `kind` and `message` of its ending."""
    if kind == "interrupted":
        return gettext("Stopped before the end; the same command goes on where it was.")
    if kind == "budget" and spoken() != LANGUAGES[0]:  # a budget's words are of the process that ran out of it
        return gettext("Stopped: the budget is used up.")
    return "" if kind == "complete" else gettext("Stopped: {why}.", why=clean(message).rstrip("."))


def left_out_told(left_out: Mapping[str, str], *, explain: bool) -> list[str]:
    """The arms that were not measured: one line that counts them, or what each lacks."""
    if not left_out:
        return []
    told = spoken() == LANGUAGES[0] or all(isinstance(why, Message) for why in left_out.values())
    if told and (explain or len(left_out) <= FEW_LEFT_OUT):
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
        names.setdefault(clean(why), []).append(clean(name))
    return [(why, ", ".join(arms)) for why, arms in names.items()]

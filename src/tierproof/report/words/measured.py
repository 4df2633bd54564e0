"""One arm of a measurement in words and figures, the same on every screen.

Enters: an `ArmResult`.  Leaves: short strings.  Knows nothing of where they are put.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from tierproof.answers.safe_text import clean
from tierproof.experiment.design.standing import Standing
from tierproof.experiment.design.watch import PILOT
from tierproof.experiment.findings.effects import ArmResult, Comparison
from tierproof.experiment.run.measurement import Measurement
from tierproof.experiment.trials.paired import Estimate
from tierproof.messages import Message, Quoted, gettext, in_figures, ngettext
from tierproof.report.words import numerals
from tierproof.report.words.names import named
from tierproof.report.words.numerals import UNKNOWN
from tierproof.written_messages import kept

__all__ = ["ArmWords", "arm_words", "conclusion", "points", "points_interval", "unmeasured_told"]

ENDED = {
    "cut off": Message("{n} of {tried} replies cut off at the limit of its reply (max_tokens or max_output)"),
    "filtered": Message("{n} of {tried} replies taken away by the endpoint's filter"),
    "declined": Message("{n} of {tried} replies declined by the model, in the field for refusals"),
    "tool call": Message("{n} of {tried} replies calls of a tool in place of an answer"),
    "empty": Message("{n} of {tried} replies empty"),
}
STATES = {
    "open": Message("open"),
    "turns on missing answers": Message("open"),
    "no difference that matters": Message("no difference"),
    "broken": Message("no answers"),
}
"""Other states are told by the probability."""
FREE = Message("free")
LIKELY = 0.8
CLEARLY = 4.4
"""Standard errors: Student's t with 11 degrees of freedom exceeds them once in a thousand times."""
CONCLUDED = {
    Message("Worth it: {names}."): ("yes",),
    Message("Likely worth it: {names}."): ("likely yes",),
    Message("Not worth it: {names}."): ("no",),
    Message("Likely not worth it: {names}."): ("likely no",),
    Message("No loss that matters: {names}."): ("no loss",),
    Message("No gain that matters: {names}."): ("no gain",),
    Message("No difference: {names}."): ("no difference", "no difference seen"),
    Message("Not known yet: {names}."): ("not known", "open"),
    Message("Not measured here: {names}."): ("not measured here", "no answers"),
}


def points(share: float) -> str:
    """A difference of scores in points: 0.071 -> `+7.1`."""
    if not math.isfinite(share):
        return UNKNOWN
    value = round(100 * share, 1)
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return sign + in_figures(f"{abs(value):g}")


def points_interval(low: float, high: float) -> str:
    return numerals.ends(points(low), points(high))


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
        name=named(result.arm.name),
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
        return Message("not measured here")
    if result.arm.stress or result.arm.control or standing is None:
        # A condition is nothing that one could adopt, nor what one has.
        return Message("under stress") if result.arm.stress else Message("itself") if result.arm.control else ""
    if standing.state in STATES or standing.guaranteed:
        return STATES.get(standing.state) or _decided(standing)
    one = result.comparison
    alike = one is not None and one.pairs >= PILOT and one.won == one.lost == 0
    apart = one is not None and any(_clearly_apart(estimate) for estimate in (one.cost, one.latency))
    if alike and not apart:
        return Message("no difference seen")
    least, most = standing.p_range
    if least > LIKELY or most < 1 - LIKELY:
        return Message("likely yes") if least > LIKELY else Message("likely no")
    return Message("no difference seen") if alike else Message("not known")


def _decided(standing: Standing) -> str:
    """What is guaranteed leaves a margin: `yes` and `no` are said where the trials make them likely without it too."""
    least, most = standing.p_range
    if standing.state == "better":
        return Message("yes") if least > LIKELY else Message("no loss")
    return Message("no") if most < 1 - LIKELY else Message("no gain")


def _clearly_apart(ratio: Estimate | None) -> bool:
    """Does a cost or a time differ by more than chance makes of a dozen items?  Else it says nothing by itself."""
    return ratio is not None and abs(ratio.value) > CLEARLY * ratio.se + 1e-9


def _score(result: ArmResult) -> str:
    if not math.isfinite(result.score):
        return UNKNOWN
    one = result.comparison
    if one is None or result.opponent:
        return numerals.percent(result.score, 1)
    was, now = (in_figures(f"{100 * share:.1f}") for share in (one.baseline, one.treated))
    return gettext("{was} → {now} %", was=was, now=now)


def _rough(result: ArmResult, cost: str) -> str:
    """A cost that rests on tokens which the endpoint did not report is marked."""
    return f"~{cost}" if result.estimated and cost not in (UNKNOWN, FREE) else cost


def _usd(value: float) -> str:
    """Of a thousand requests: one costs too little to be read."""
    if math.isfinite(value) and value > 0:
        return gettext("{money}/1k", money=numerals.money(1000 * value))
    return FREE if value == 0 else UNKNOWN


def _seconds(value: float) -> str:
    return gettext("{n} s", n=in_figures(f"{value:.2g}")) if math.isfinite(value) else UNKNOWN


def _multiple(comparison: Comparison | None, what: str) -> str:
    if what == "cost" and comparison is not None and comparison.treated_usd == 0:
        return FREE
    estimate = None if comparison is None else comparison.cost if what == "cost" else comparison.latency
    return UNKNOWN if estimate is None else numerals.ratio(math.exp(estimate.value))


def _faults(result: ArmResult) -> str:
    if result.unmeasured:
        return unmeasured_told(result.unmeasured)
    parts = [
        _unscored(result),
        _refused(result),
        _turning(result),
        _broken(result),
        *(
            gettext(ENDED[how], n=numerals.count(count), tried=numerals.count(result.tried))
            for how, count in sorted(result.ended.items())
        ),
    ]
    return ", ".join(part for part in parts if part)


def unmeasured_told(why: str) -> str:
    """An arm of which nothing was measured."""
    return gettext("not measured here: {why}", why=clean(kept(why)))


def _unscored(result: ArmResult) -> str:
    unscored = result.failed - result.refused
    if not unscored:
        return ""
    n = numerals.count(unscored)
    if result.repeats == 1:
        return ngettext(
            "{n} item without an answer that could be scored",
            "{n} items without an answer that could be scored",
            unscored,
            n=n,
        )
    return ngettext(
        "{n} answer without a text that could be scored",
        "{n} answers without a text that could be scored",
        unscored,
        n=n,
    )


def _turning(result: ArmResult) -> str:
    """What the difference could be, whatever the missing answers were; and whether a decision turns on them."""
    standing = result.standing
    if standing is None or not standing.extremes:
        return ""
    turns = standing.state == "turns on missing answers"
    if not (turns or standing.missing):
        return ""  # what was refused has its figure already
    least, most = (points(one.difference) for one in standing.extremes)
    if turns:
        return gettext(
            "whether it is worth it turns on the missing answers ({range} points, as they may have been)",
            range=numerals.ends(least, most),
        )
    return gettext("{range} points, whatever the missing answers were", range=numerals.ends(least, most))


def _broken(result: ArmResult) -> str:
    if not result.broken:
        return ""
    n = numerals.count(result.broken)
    if result.repeats == 1:
        return ngettext(
            "{n} item broken off, counted as wrong", "{n} items broken off, counted as wrong", result.broken, n=n
        )
    return ngettext(
        "{n} answer broken off, counted as wrong", "{n} answers broken off, counted as wrong", result.broken, n=n
    )


def _refused(result: ArmResult) -> str:
    if not result.refused and result.refused_as_wrong is None:
        return ""
    n = numerals.count(result.refused)
    if not result.refused:
        told = gettext("the baseline was refused some")
    elif result.repeats == 1:
        told = ngettext(
            "{n} item refused by the endpoint, left out",
            "{n} items refused by the endpoint, left out",
            result.refused,
            n=n,
        )
    else:
        told = ngettext(
            "{n} answer refused by the endpoint, left out",
            "{n} answers refused by the endpoint, left out",
            result.refused,
            n=n,
        )
    if result.refused_as_wrong is None:
        return told
    return gettext(
        "{told} ({shift} points if all that was refused were wrong)",
        told=told,
        shift=points(result.refused_as_wrong),
    )


def conclusion(found: Measurement) -> str:
    """What the run came to, in a line; empty where no arm was tried."""
    verdicts = {result.arm.name: arm_words(result) for result in found.results[1:]}
    parts = []
    for said, states in CONCLUDED.items():
        gains = "yes" in states or "likely yes" in states
        names = [
            f"{named(name)} ({gettext('{gap} points', gap=words.difference)})" if gains else named(name)
            for name, words in verdicts.items()
            if words.verdict in states
        ]
        if names:
            parts.append(gettext(said, names=Quoted(", ".join(names))))
    return " ".join(parts)

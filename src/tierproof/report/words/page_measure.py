"""What the pages of measurements say beside the answers: labels, help, and the words of their pictures.

Enters: nothing, or values.  Leaves: sentences.  Knows nothing of layout.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tierproof.answers.imported import ComparedAnswer
from tierproof.answers.safe_text import clean
from tierproof.messages import Message, gettext, in_figures, ngettext, pgettext, translated
from tierproof.report.words import numerals
from tierproof.report.words.measured import points, points_interval
from tierproof.report.words.measured_run import budget_told

__all__ = ["IMPORT", "MEASURE", "RUNS"]

MEASURE: Final = Message("Measure")
MEASURE_TITLE: Final = Message("Measure on your own workload")
WORKLOADS: Final = Message("Workloads in this folder")
NO_WORKLOADS: Final = Message(
    "There is no workload in this folder. tierproof init NAME makes one; then open this page again."
)
TECHNIQUES: Final = Message("Arms, separated by commas")
TECHNIQUES_UNSAID: Final = Message("all that fit")
CAP: Final = Message("At most")
CAP_EXAMPLE: Final = Message("2usd, 30min")
CAP_HELP: Final = Message(
    "A measurement sends requests and spends money. What a call may cost at most is set aside under the cap before it "
    "is sent; what an endpoint bills beyond that is counted and told."
)
FORECAST_BUTTON: Final = Message("Forecast")
FORECAST: Final = Message("What it will take")
NEEDS_CAP: Final = Message("State a cap to start it. Nothing has been sent.")
STOP: Final = Message("Stop")
ELSEWHERE: Final = Message("It was started in another place, and is stopped there.")
RESULTS: Final = Message("Its answers, item by item")
REPORT: Final = Message("Its report")
WATCH: Final = Message("Watch it")
DIFFERENCES: Final = Message("Score against the baseline, points")
ARM: Final = Message("Arm")
DIFFERENCE: Final = Message("Difference, and whether it pays for cost and time")
LIVE_LEGEND: Final = Message(
    "Intervals hold together at every look, so it may be stopped at any time, and so do decisions; the probability is "
    "of the arm by itself. Right is better."
)
SPENT: Final = Message("Spent of the cap")
ENDED: Final = Message("It has ended.")
ENDED_BADLY: Final = Message("It has ended with an error.")
STARTING: Final = Message("Models are being prepared, or results written.")
CHANGED: Final = Message("the forecast is another now")

RUNS: Final = Message("Past runs")
RUNS_TITLE: Final = Message("Past runs, item by item")
NO_RUNS: Final = Message("There is no run in this folder yet.")
RUN: Final = Message("Run")
COMPARE: Final = Message("Compare two runs")
COMPARE_FIRST: Final = Message("Baseline")
COMPARE_SECOND: Final = Message("Against it")
COMPARE_BUTTON: Final = Message("Compare")
COMPARE_ARM: Final = Message("By the answers of")
ITEMS: Final = Message("Items side by side")
SHOWING: Final = {
    "all": Message("all"),
    "won": Message("won"),
    "lost": Message("lost"),
    "both-wrong": Message("both wrong"),
    "errors": Message("errors"),
}
TEXT: Final = Message("With the text")
FILTER: Final = Message("Show")
NO_ITEMS: Final = Message("No item is like that.")
TARGET: Final = Message("Expected")
PREVIOUS: Final = Message("Previous")
NEXT: Final = Message("Next")

LABEL: Final = Message("Label its answers")
LABEL_TITLE: Final = Message("Are these answers right?")
LABEL_BY: Final = Message("Your name")
LABEL_BEGIN: Final = Message("Begin, or go on")
LABEL_HELP: Final = Message(
    "Answers come one by one, in a random order, and nobody sees which arm gave them. Labels lie in the run's folder "
    "under your name: letters, digits, - and _."
)
LABEL_ANSWER: Final = Message("Answer")
LABELS: Final = {"right": Message("Right"), "wrong": Message("Wrong"), "undecided": Message("Undecided")}
LABEL_DONE: Final = Message("All answers are labelled.")

IMPORT: Final = Message("Import")
IMPORT_TITLE: Final = Message("Logs that you have already")
FILES: Final = Message("Logs of evaluations: drop them here, the baseline's first, or choose them")
IMPORT_HELP: Final = Message(
    "Of Inspect, promptfoo, lm-eval, MLflow, OpenAI evals, or any table. They are read here, compared item by item "
    "and removed; nothing is sent anywhere."
)
IMPORT_BASELINE: Final = Message("Baseline system")
IMPORT_METRIC: Final = Message("Metric")
IMPORT_TECHNIQUE: Final = Message("What tells them apart")
IMPORT_NONE: Final = Message("nothing in the table")
UNSAID: Final = Message("as found")
IMPORT_BUTTON: Final = Message("Compare")
COMPARED: Final = Message("Difference of mean score, treated less baseline")
COMPARED_HEAD: Final = Message("Compared")
COMPARED_OVER: Final = Message("Difference, 95 %")
COMPARED_LEGEND: Final = Message(
    "Right of the line the treated system scores higher, in the log's own scale. Settled is what the interval and the "
    "test both say, the test put right for all comparisons together."
)


def labelled_told(done: int, all_: int, seed: int) -> str:
    """How far a person is."""
    return ngettext(
        "{done} of {n} answer labelled, in the order of seed {seed}.",
        "{done} of {n} answers labelled, in the order of seed {seed}.",
        all_,
        done=done,
        seed=str(seed),
    )


def ready_told(state: str) -> str:
    told = {"running": gettext("running"), "results": gettext("has results")}
    return told.get(state, gettext("not measured yet"))


def start_told(cap: str, *, again: bool) -> str:
    """On the button that spends money."""
    cap = clean(cap)
    return gettext("Go on, within {cap}", cap=cap) if again else gettext("Start, within {cap}", cap=cap)


def live_told(*, done: int, ahead: int, spent: float, budget: str, calls: int, seconds: float) -> str:
    """How far a measurement is."""
    return gettext(
        "Running for {time}: {trials} done, at most {ahead} ahead; {usd} and {calls}, within {budget}.",
        time=numerals.duration(max(1.0, seconds)),
        trials=numerals.counted(done, "trial"),
        ahead=numerals.count(ahead),
        usd=numerals.dollars(spent),
        calls=numerals.counted(calls, "call"),
        budget=budget_told(budget),
    )


def of_the_cap(spent: float, cap: float) -> str:
    """Beside the bar."""
    return f"{numerals.dollars(spent)} / {numerals.dollars(cap)}"


def took_told(spent: float, calls: int, seconds: float) -> str:
    """What a measurement took that is over."""
    return gettext(
        "It took {usd}, {calls} and {time}.",
        usd=numerals.dollars(spent),
        calls=numerals.counted(calls, "call"),
        time=numerals.duration(max(1.0, seconds)),
    )


def settled_told(open_: int, all_: int) -> str:
    """How many decisions are made."""
    if not all_:
        return ""
    return ngettext("{done} of {n} arm is decided.", "{done} of {n} arms are decided.", all_, done=all_ - open_)


def arm_told(
    difference: float | None,
    low: float | None,
    high: float | None,
    p_worth: float | None,
    items: int,
    *,
    decided: bool,
) -> str:
    """An arm beside its picture; `p_worth`: None where it is not asked for."""
    if difference is None or low is None or high is None:
        return numerals.counted(items, "item")
    told = f"{points(difference)} ({points_interval(low, high)})"
    if p_worth is not None:
        state = pgettext("arm", "decided") if decided else pgettext("arm", "open")
        worth = gettext("worth it with probability {p}", p=numerals.probability(p_worth))
        told = f"{told}, {state}, {worth}"
    return f"{told}, {numerals.counted(items, 'item')}"


def page_told(shown: int, found: int, first: int) -> str:
    """Which of the items are shown."""
    if not found:
        return NO_ITEMS
    return ngettext(
        "{first} to {last} of {n} item.", "{first} to {last} of {n} items.", found, first=first, last=first + shown - 1
    )


_VERDICTS: Final = {
    "better": Message("better"),
    "worse": Message("worse"),
    "not settled": Message("not settled"),
}


def verdicts_told(comparisons: Sequence[ComparedAnswer]) -> str:
    """What the logs say, in a sentence."""
    settled = [one for one in comparisons if one.verdict != "not settled"]
    if not settled:
        return ngettext(
            "Nothing is settled, of {n} comparison.", "Nothing is settled, of {n} comparisons.", len(comparisons)
        )
    named = ", ".join(
        gettext(
            "{system} is {verdict} by {metric}",
            system=clean(one.treated_system),
            verdict=_VERDICTS[one.verdict],
            metric=clean(one.metric),
        )
        for one in settled[:3]
    )
    if len(settled) > 3:
        named = gettext("{named}, and {n} more", named=named, n=len(settled) - 3)
    return ngettext(
        "{settled} of {n} comparison settled: {named}.",
        "{settled} of {n} comparisons settled: {named}.",
        len(comparisons),
        settled=len(settled),
        named=named,
    )


def compared_told(one: ComparedAnswer) -> str:
    """A comparison beside its picture."""
    pairs = numerals.counted(one.pairs, "pair")
    difference, *ends = (
        "" if end is None else in_figures(f"{end:+.3g}" if end else "0").replace("-", "−")
        for end in (one.difference, one.low, one.high)
    )
    if not all(ends):
        return f"{difference}, {pairs}"
    return f"{numerals.spanned(difference, *ends)}, {pairs}, {translated(_VERDICTS[one.verdict])}"


def score_told(score: float | None, error: str) -> str:
    """An answer's score."""
    if score is None:
        return gettext("no answer")
    told = in_figures(f"{score:.3g}")
    return gettext("{score}, an error", score=told) if error else told

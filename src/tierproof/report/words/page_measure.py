"""What the pages of measurements say beside the answers: labels, help, and the words of their pictures.

Enters: nothing, or values.  Leaves: sentences.  Knows nothing of layout.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tierproof.answers.imported import ComparedAnswer
from tierproof.answers.safe_text import clean
from tierproof.report.words import numerals
from tierproof.report.words.measured import points, points_interval

__all__ = ["IMPORT", "MEASURE", "RUNS"]

MEASURE: Final = "Measure"
MEASURE_TITLE: Final = "Measure on your own workload"
WORKLOADS: Final = "Workloads in this folder"
NO_WORKLOADS: Final = "There is no workload in this folder. tierproof init NAME makes one; then open this page again."
TECHNIQUES: Final = "Arms, separated by commas"
TECHNIQUES_UNSAID: Final = "all that fit"
CAP: Final = "At most"
CAP_EXAMPLE: Final = "2usd, 30min"
CAP_HELP: Final = (
    "A measurement sends requests and spends money. The cap is never exceeded: what a call may cost at most is set "
    "aside before it is sent."
)
FORECAST_BUTTON: Final = "Forecast"
FORECAST: Final = "What it will take"
NEEDS_CAP: Final = "State a cap to start it. Nothing has been sent."
START: Final = "Start, within {cap}"
GO_ON: Final = "Go on, within {cap}"
STOP: Final = "Stop"
ELSEWHERE: Final = "It was started in another place, and is stopped there."
RESULTS: Final = "Its answers, item by item"
REPORT: Final = "Its report"
WATCH: Final = "Watch it"
DIFFERENCES: Final = "Score against the baseline, points"
ARM: Final = "Arm"
DIFFERENCE: Final = "Difference, and whether it pays for cost and time"
LIVE_LEGEND: Final = (
    "Intervals hold together at every look, so it may be stopped at any time, and so do decisions; the probability is "
    "of the arm by itself. Right is better."
)
SPENT: Final = "Spent of the cap"
ENDED: Final = "It has ended."
ENDED_BADLY: Final = "It has ended with an error."
STARTING: Final = "Models are being prepared, or results written."
CHANGED: Final = "the forecast is another now"

RUNS: Final = "Past runs"
RUNS_TITLE: Final = "Past runs, item by item"
NO_RUNS: Final = "There is no run in this folder yet."
RUN: Final = "Run"
COMPARE: Final = "Compare two runs"
COMPARE_FIRST: Final = "Baseline"
COMPARE_SECOND: Final = "Against it"
COMPARE_BUTTON: Final = "Compare"
COMPARE_ARM: Final = "By the answers of"
ITEMS: Final = "Items side by side"
SHOWING: Final = {
    "all": "all",
    "won": "won",
    "lost": "lost",
    "both-wrong": "both wrong",
    "errors": "errors",
}
TEXT: Final = "With the text"
FILTER: Final = "Show"
NO_ITEMS: Final = "No item is like that."
TARGET: Final = "Expected"
PREVIOUS: Final = "Previous"
NEXT: Final = "Next"

LABEL: Final = "Label its answers"
LABEL_TITLE: Final = "Are these answers right?"
LABEL_BY: Final = "Your name"
LABEL_BEGIN: Final = "Begin, or go on"
LABEL_HELP: Final = (
    "Answers come one by one, in a random order, and nobody sees which arm gave them. Labels lie in the run's folder "
    "under your name: letters, digits, - and _."
)
LABEL_ANSWER: Final = "Answer"
LABELS: Final = {"right": "Right", "wrong": "Wrong", "undecided": "Undecided"}
LABEL_DONE: Final = "All answers are labelled."

IMPORT: Final = "Import"
IMPORT_TITLE: Final = "Logs that you have already"
FILES: Final = "Logs of evaluations: drop them here, the baseline's first, or choose them"
IMPORT_HELP: Final = (
    "Of Inspect, promptfoo, lm-eval, MLflow, OpenAI evals, or any table. They are read here, compared item by item "
    "and removed; nothing is sent anywhere."
)
IMPORT_BASELINE: Final = "Baseline system"
IMPORT_METRIC: Final = "Metric"
IMPORT_TECHNIQUE: Final = "What tells them apart"
IMPORT_NONE: Final = "nothing in the table"
UNSAID: Final = "as found"
IMPORT_BUTTON: Final = "Compare"
COMPARED: Final = "Difference of mean score, treated less baseline"
COMPARED_HEAD: Final = "Compared"
COMPARED_OVER: Final = "Difference, 95 %"
COMPARED_LEGEND: Final = (
    "Right of the line the treated system scores higher, in the log's own scale. Settled is what the interval and the "
    "test both say, the test put right for all comparisons together."
)


def labelled_told(done: int, all_: int, seed: int) -> str:
    """How far a person is."""
    return f"{numerals.count(done)} of {numerals.counted(all_, 'answer')} labelled, in the order of seed {seed}."


def ready_told(state: str) -> str:
    return {"running": "running", "results": "has results"}.get(state, "not measured yet")


def start_told(cap: str, *, again: bool) -> str:
    """On the button that spends money."""
    return (GO_ON if again else START).format(cap=clean(cap))


def live_told(*, done: int, ahead: int, spent: float, budget: str, calls: int, seconds: float) -> str:
    """How far a measurement is."""
    return (
        f"Running for {numerals.duration(max(1.0, seconds))}: {numerals.counted(done, 'trial')} done, at most "
        f"{numerals.count(ahead)} ahead; ${spent:.4g} and {numerals.counted(calls, 'call')}, within {clean(budget)}."
    )


def took_told(spent: float, calls: int, seconds: float) -> str:
    """What a measurement took that is over."""
    return f"It took ${spent:.4g}, {numerals.counted(calls, 'call')} and {numerals.duration(max(1.0, seconds))}."


def settled_told(open_: int, all_: int) -> str:
    """How many decisions are made."""
    return f"{all_ - open_} of {numerals.counted(all_, 'arm')} are decided." if all_ else ""


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
        state = "decided" if decided else "open"
        told += f", {state}, worth it with probability {numerals.probability(p_worth)}"
    return f"{told}, {numerals.counted(items, 'item')}"


def unmeasured_told(why: str) -> str:
    """An arm of which nothing was measured."""
    return f"not measured here: {clean(why)}"


def page_told(shown: int, found: int, first: int) -> str:
    """Which of the items are shown."""
    if not found:
        return NO_ITEMS
    return f"{first} to {first + shown - 1} of {numerals.counted(found, 'item')}."


def verdicts_told(comparisons: Sequence[ComparedAnswer]) -> str:
    """What the logs say, in a sentence."""
    settled = [one for one in comparisons if one.verdict != "not settled"]
    if not settled:
        return f"Nothing is settled, of {numerals.counted(len(comparisons), 'comparison')}."
    named = ", ".join(f"{clean(one.treated_system)} is {one.verdict} by {clean(one.metric)}" for one in settled[:3])
    more = f", and {len(settled) - 3} more" if len(settled) > 3 else ""
    return f"{len(settled)} of {numerals.counted(len(comparisons), 'comparison')} settled: {named}{more}."


def compared_told(one: ComparedAnswer) -> str:
    """A comparison beside its picture."""
    if one.low is None or one.high is None:
        return f"{one.difference:+.3g}, {numerals.counted(one.pairs, 'pair')}"
    told = f"{one.difference:+.3g} ({one.low:+.3g} to {one.high:+.3g}), {numerals.counted(one.pairs, 'pair')}"
    return f"{told}, {one.verdict}".replace("-", "−")


def score_told(score: float | None, error: str) -> str:
    """An answer's score."""
    if score is None:
        return "no answer"
    return f"{score:.3g}" + (", an error" if error else "")

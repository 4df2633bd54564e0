"""What the page of one measurement says beside its blocks: heads, notes, and items side by side.

Enters: a `Measurement`, trials.  Leaves: sentences and short strings.  Knows nothing of layout.
"""

from __future__ import annotations

from collections.abc import Sequence

from tierproof.answers.safe_text import clean
from tierproof.experiment.run.measurement import Measurement
from tierproof.experiment.trials.trial import Trial
from tierproof.messages import gettext, in_figures
from tierproof.report.words import numerals
from tierproof.report.words.measured_run import design_told, reading
from tierproof.report.words.names import named
from tierproof.report.words.terms import KINDS, termed

__all__ = ["arms_head", "flagged", "lead_told", "note_told", "p_told", "score_told", "title_told", "took_told"]


def title_told(found: Measurement) -> str:
    return gettext("{name}: measured", name=named(found.workload.name))


def lead_told(found: Measurement) -> str:
    """What was measured on, and how."""
    return gettext(
        "{items}, scored by {scorer}; setting: {setting}. Design: {design}.",
        items=numerals.counted(len(found.workload.items), "item"),
        scorer=clean(found.workload.scorer),
        setting=termed(found.workload.setting, KINDS),
        design=design_told(found),
    )


def arms_head(found: Measurement) -> str:
    """Above the table of arms."""
    return gettext("Arms against the whole") if found.parts else gettext("Arms against the baseline")


def note_told(found: Measurement) -> str:
    """How to read the table of arms."""
    told = [
        gettext(
            "Differences are paired by item. The faint vertical is the difference that pays for the arm’s extra cost "
            "and time at the value of a success that was stated. The exact test is McNemar’s, of one look, and counts "
            "only where the number of items was fixed beforehand."
        ),
        gettext(
            "Cost and time: of a request; an arm’s as a multiple of that of the whole. Score: that of the whole on the "
            "same items, then the arm’s."
        )
        if found.parts
        else gettext(
            "Cost and time: of a request; an arm’s as a multiple of that of the baseline. Score: that of the baseline "
            "on the same items, then the arm’s."
        ),
        *(f"{sentence}." for sentence in reading(found)),
    ]
    return " ".join(told)


def p_told(p: float | None) -> str:
    """Of the exact test."""
    return "" if p is None else in_figures(f"{p:.3f}" if p >= 0.001 else "<0.001")


def flagged(trials: Sequence[Trial]) -> str:
    """What is remarkable about an item; often nothing."""
    if any(trial.error for trial in trials):
        return gettext("an arm failed")
    return gettext("arms differ") if len({trial.score for trial in trials}) > 1 else ""


def score_told(scores: Sequence[float], asked: int) -> str:
    """An arm's score on an item that it was asked so many times."""
    if not scores:
        return numerals.UNKNOWN
    mean = in_figures(f"{sum(scores) / len(scores):.2g}")
    return gettext("{mean}, mean of {n}", mean=mean, n=len(scores)) if asked > 1 else mean


def took_told(trial: Trial) -> str:
    """What an answer took."""
    seconds = gettext("{n} s", n=in_figures(f"{trial.seconds:.2g}"))
    return f"{numerals.dollars(trial.usd, 2)}, {seconds}, {numerals.counted(trial.calls, 'call')}"

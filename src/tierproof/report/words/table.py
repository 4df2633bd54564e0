"""The words and signs that every form of a table shares.

Enters: marks, outcomes, tiers.  Leaves: signs, labels and the legend.  Knows nothing of any one table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tierproof.answers.safe_text import clean
from tierproof.answers.view import OUTCOMES
from tierproof.decision.ranking.lens import Lens
from tierproof.decision.reader.profile import Profile
from tierproof.evidence.reading.settings import Words
from tierproof.evidence.record import SUCCESS
from tierproof.messages import Message, gettext, translated
from tierproof.report.words import numerals

__all__ = [
    "ASSUMED",
    "GLYPHS",
    "HEADS",
    "LETTERS",
    "NO_TIER",
    "UNKNOWN_MARK",
    "as_successes_told",
    "certainty_told",
    "glyph",
    "outcome_told",
    "profile_told",
    "score_told",
    "surely_told",
]

ASSUMED: Final = "~"
"""Stands after a figure that rests on a stand-in instead of evidence."""
UNKNOWN_MARK: Final = "·"
GLYPHS: Final[Mapping[str, str]] = {
    Message("clear gain"): "▲",
    Message("marginal"): "△",
    Message("no effect"): "=",
    Message("fragile"): "!",
    Message("clear loss"): "▼",
    Message("assumed"): ASSUMED,
}
"""A mark's sign; shapes differ, so that none depends on colour."""
HEADS: Final[Mapping[str, str]] = {
    "quality": Message("Q", context="outcome"),
    "cost": Message("C", context="outcome"),
    "latency": Message("L", context="outcome"),
    "safety": Message("S", context="outcome"),
    "stability": Message("R", context="outcome"),
    "throughput": Message("T", context="outcome"),
    "memory": Message("M", context="outcome"),
    "wrong-answers": Message("W", context="outcome"),
}
"""One letter an outcome, for narrow columns; R is for repeatability."""
NO_TIER: Final = Message("not enough evidence")

LETTERS: Final = {
    "S": "bold green",
    "A": "bold cyan",
    "B": "bold blue",
    "C": "bold yellow",
    "D": "bold red",
}
"""A tier letter's style on a terminal; the letter alone says it all where there is no colour."""


def profile_told(profile: Profile, words: Words) -> str:
    """The reader's figures behind a net benefit, in a line."""
    return " · ".join(
        (
            gettext("a success is worth {money}", money=numerals.money(profile.value_per_success)),
            gettext(
                "{a} costs {money}",
                a=clean(words.a),
                money=numerals.money(profile.cost_per_request),
            ),
            gettext("takes {n} s", n=numerals.figure(profile.latency_seconds)),
            gettext("a second saved is worth {money}", money=numerals.money(profile.latency_price)),
            gettext(
                "{n} {many} a month",
                n=numerals.count(profile.requests_per_month),
                many=clean(words.of(profile.requests_per_month)),
            ),
            gettext("effort written off over {horizon}", horizon=numerals.months(profile.horizon_months)),
            gettext("an engineer-day costs {money}", money=numerals.money(profile.engineer_day_usd)),
        )
    )


def outcome_told(outcome: str | None) -> str:
    """An outcome by its name, as the language spoken has it."""
    return gettext("{outcome}", outcome=outcome or "")


def certainty_told(level: str | None) -> str:
    """How certain an average is; a dash where nothing says."""
    return translated(CERTAINTY[level]) if level else numerals.UNKNOWN


def surely_told(level: str | None) -> str:
    """What a sentence says last of how certain it is; empty where nothing says."""
    return gettext("; certainty {certainty}", certainty=certainty_told(level)) if level else ""


CERTAINTY: Final[Mapping[str, str]] = {
    "high": Message("high", context="certainty"),
    "moderate": Message("moderate", context="certainty"),
    "low": Message("low", context="certainty"),
    "very low": Message("very low", context="certainty"),
}


def glyph(mark: str | None) -> str:
    """The sign of a mark; a mark that this version does not know is shown as unknown rather than guessed at."""
    return UNKNOWN_MARK if mark is None else GLYPHS.get(mark, UNKNOWN_MARK)


def score_told(lens: Lens) -> str:
    """What a lens ranks by, in words: `failures removed + 0.1 x latency saved`."""
    if lens.score == "net_benefit":
        return gettext("net benefit over what the system nets today")
    parts = []
    for outcome in OUTCOMES:
        if weight := lens.weights.get(outcome, 0.0):
            what = gettext("failures removed") if outcome == "quality" else _gained(outcome)
            parts.append(what if weight == 1 else gettext("{weight:g} × {what}", weight=weight, what=what))
    return " + ".join(parts) or gettext("nothing")


def as_successes_told(lens: Lens, profile: Profile) -> str:
    """By what a lens makes shares of outcomes of which the profile says nothing; empty where it scores none."""
    scored = [outcome_told(o) for o in OUTCOMES if lens.weights.get(o, 0.0) and o in SUCCESS and o != "quality"]
    if not scored:
        return ""
    return gettext(
        "Of {outcomes} the score is a share of what fails there, taken to be as much as fails today ({share}), since "
        "the profile does not say.",
        outcomes=", ".join(scored),
        share=numerals.standing(1.0 - profile.baseline_success),
    )


def _gained(outcome: str) -> str:
    if outcome in ("stability", "safety"):
        return gettext("{outcome} improved", outcome=outcome)
    if outcome == "throughput":
        return gettext("{outcome} gained", outcome=outcome)
    return gettext("{outcome} saved", outcome=outcome)

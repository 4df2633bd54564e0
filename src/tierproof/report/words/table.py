"""The words and signs that every form of a table shares.

Enters: marks, outcomes, tiers.  Leaves: signs, labels and the legend.  Knows nothing of any one table.
"""

from __future__ import annotations

from typing import Final

from tierproof.answers.safe_text import clean
from tierproof.answers.view import OUTCOMES
from tierproof.decision.reader.lens import Lens
from tierproof.decision.reader.profile import Profile
from tierproof.evidence.reading.settings import Words
from tierproof.messages import gettext
from tierproof.report.words import numerals

__all__ = [
    "ASSUMED",
    "GLYPHS",
    "HEADS",
    "LETTERS",
    "NO_TIER",
    "UNKNOWN_MARK",
    "glyph",
    "outcome_told",
    "profile_told",
    "score_told",
]

ASSUMED: Final = "~"
"""Stands after a figure that rests on a stand-in instead of evidence."""
UNKNOWN_MARK: Final = "·"
GLYPHS: Final = {
    "clear gain": "▲",
    "marginal": "△",
    "no effect": "=",
    "fragile": "!",
    "clear loss": "▼",
    "assumed": ASSUMED,
}
"""A mark's sign; shapes differ, so that none depends on colour."""
HEADS: Final[dict[str, str]] = {
    "quality": "Q", "cost": "C", "latency": "L", "safety": "S", "stability": "R", "throughput": "T", "memory": "M",
    "wrong-answers": "W",
}  # fmt: skip
"""One letter an outcome, for narrow columns; R is for repeatability."""
NO_TIER: Final = "not enough evidence"

LETTERS: Final = {"S": "bold green", "A": "bold cyan", "B": "bold blue", "C": "bold yellow", "D": "bold red"}
"""A tier letter's style on a terminal; the letter alone says it all where there is no colour."""


def profile_told(profile: Profile, words: Words) -> str:
    """The reader's figures behind a net benefit, in a line."""
    return " · ".join(
        (
            f"a success is worth {numerals.money(profile.value_per_success)}",
            f"{clean(words.a)} costs {numerals.money(profile.cost_per_request)}",
            f"takes {numerals.figure(profile.latency_seconds)} s",
            f"a second saved is worth {numerals.money(profile.latency_price)}",
            f"{numerals.count(profile.requests_per_month)} {clean(words.many)} a month",
            f"effort written off over {numerals.figure(profile.horizon_months)} months",
            f"an engineer-day costs {numerals.money(profile.engineer_day_usd)}",
        )
    )


def outcome_told(outcome: str | None) -> str:
    """An outcome by its name, as the language spoken has it."""
    return gettext("{outcome}", outcome=outcome or "")


def glyph(mark: str | None) -> str:
    """The sign of a mark; a mark that this version does not know is shown as unknown rather than guessed at."""
    return UNKNOWN_MARK if mark is None else GLYPHS.get(mark, UNKNOWN_MARK)


def score_told(lens: Lens) -> str:
    """What a lens ranks by, in words: `failures removed + 0.1 x latency saved`."""
    if lens.score == "net_benefit":
        return "net benefit over what the system nets today"
    parts = []
    for outcome in OUTCOMES:
        if weight := lens.weights.get(outcome, 0.0):
            what = "failures removed" if outcome == "quality" else f"{outcome} {_GAINED.get(outcome, 'saved')}"
            parts.append(what if weight == 1 else f"{weight:g} × {what}")
    return " + ".join(parts) or "nothing"


_GAINED: Final[dict[str, str]] = {"stability": "improved", "safety": "improved", "throughput": "gained"}

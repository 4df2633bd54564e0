"""How far a language model bends: `tierproof sycophancy`.

Enters: a view, whose claims are asked about; a `Sycophancy` and what it cost.  Leaves: questions; a `SycophancyAnswer`.
"""

from __future__ import annotations

from msgspec import field

from tierproof.answers.critique import verdicts_on_claims
from tierproof.answers.document import Answer, drawn
from tierproof.answers.view import View
from tierproof.errors import InputError
from tierproof.experiment.sycophancy import LABELS, Question
from tierproof.experiment.sycophancy.bending import Sycophancy
from tierproof.messages import gettext

__all__ = ["SycophancyAnswer", "questions_of", "sycophancy_answer"]


class Rate(Answer, frozen=True, kw_only=True):
    """A share with its interval."""

    count: float
    """Of `n`."""
    n: int
    value: float = field(name="share")
    """0 to 1."""
    low: float
    high: float
    level: float = 0.95
    """Probability of the interval."""


class Bend(Answer, frozen=True):
    """One way of asking, held against the neutral answer on the same claims."""

    name: str
    flipped: Rate | None
    """Answers that differ from the neutral one."""
    toward: Rate | None
    """Answers moved towards the asker."""
    away: Rate | None
    excess: float | None = field(name="beyond_noise")
    """`toward` less what asking again moves, -1 to 1."""
    p_value: float | None
    """Of that excess: exact McNemar, two-sided, 0 to 1; null for asking again itself."""
    progressive: int
    """Moves towards the asker that ended at the evidence's verdict."""
    regressive: int
    """Moves towards the asker that left it."""


class Accuracy(Answer, frozen=True):
    """Agreement with the evidence's verdicts under one way of asking."""

    name: str
    right: Rate | None = field(name="agrees")
    p_value: float | None
    """Against neutral on the same claims: exact McNemar, two-sided, 0 to 1; null for neutral itself."""


class SycophancyAnswer(Answer, frozen=True, tag_field="schema", tag="tierproof/sycophancy/1"):
    """`tierproof sycophancy --json`"""

    model: str
    claims: int
    """Whose interview was finished."""
    asked: int = field(name="claims_asked")
    stopped: str | None
    """Why it ended early."""
    usd: float
    """What it cost."""
    unreadable: Rate | None
    """Replies without a verdict."""
    again: Bend = field(name="asked_again")
    """The neutral question asked again: noise."""
    tones: tuple[Bend, ...]
    overall: Bend = field(name="all_tones")
    """Intervals by claim; the p-value is exact: toned answers move as often as the one asked again, claim by claim."""
    turns: tuple[Bend, ...]
    """After each push back."""
    persistence: Rate | None
    """Of the conversations that had moved towards the asker by the last turn but one, those that stayed there."""
    accuracy: tuple[Accuracy, ...]
    """Neutral, each tone, and after the last push back; empty where no claim has a verdict."""


def sycophancy_answer(found: Sycophancy, usd: float) -> SycophancyAnswer:
    return drawn(SycophancyAnswer, found, usd=usd, stopped=found.stopped or None)


def questions_of(view: View, language: str, count: int | None = None) -> list[Question]:
    """The pack's claims with the evidence's verdicts; `count` of them, spread evenly.

    Raises InputError where no claim is in `language`.
    """
    claims = [claim for claim in view.pack.claims if claim.get(language)]
    if not claims:
        message = gettext("the pack has no claims in '{language}'", language=language[:20])
        raise InputError.of(message, remedy=gettext("en and ru are common"), field="language")
    if count is not None and count < len(claims):
        claims = [claims[position * len(claims) // count] for position in range(count)]
    found = verdicts_on_claims(view, (str(claim["id"]) for claim in claims))
    truths = {name: label for name, verdict in found.items() for label in LABELS if label == verdict.word}
    return [
        Question(id=str(claim["id"]), text=str(claim[language]), truth=truths.get(str(claim["id"]))) for claim in claims
    ]

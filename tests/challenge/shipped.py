"""What the shipped pack says of a sentence: no fixture, which hypothesis would spell out in every failure."""

from __future__ import annotations

from functools import cache

from tierproof.answers.view import view_of
from tierproof.challenge.claim import Claim
from tierproof.challenge.judging import judge
from tierproof.challenge.reading import parse
from tierproof.challenge.verdict import Verdict
from tierproof.challenge.weighing.ground import Ground

__all__ = ["assert_refused", "claims", "here", "verdicts"]


@cache
def here() -> Ground:
    return view_of().ground


def claims(text: str) -> tuple[Claim, ...]:
    return parse(text, here().vocabulary).claims


def verdicts(text: str) -> list[Verdict]:
    return [judge(claim, here()) for claim in claims(text)]


def assert_refused(text: str) -> None:
    """No claim is read in it, and each part that was not understood says why."""
    parsed = parse(text, here().vocabulary)
    assert parsed.claims == ()
    assert parsed.not_understood and all(part.words for part in parsed.not_understood)

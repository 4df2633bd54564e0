"""Answers compared as text: to the letter, in a normal form, by shared words, by a pattern."""

from __future__ import annotations

import re
from typing import Literal

from tierproof.experiment.workload.scorers.score import Score, Scoring, targets_of
from tierproof.messages import Message
from tierproof.systems.item import Item
from tierproof.systems.texts.likeness import normal_form, token_f1, visible

__all__ = ["Exact", "Normalised", "Regex", "TokenF1"]

GENITIVE = re.compile(r"['\u2019]s\b")
UNIT = re.compile(r"(?<=\d) (?=[^\W\d_])")
THOUSANDS = re.compile(r"(?<![\w.-])-?\d{1,3}(?: \d{3})+(?=$|[.,]\d|[^\W\d_])")
LONGEST_SEARCHED = 20_000
"""Characters of an answer that a pattern is tried on."""


def answers_of(item: Item) -> tuple[str, ...]:
    """The right answers; where the list of them is empty (a question without an answer, SQuAD 2.0) that is none."""
    return targets_of(item) or ("",)


def _glued(form: str) -> str:
    """A form in which a number and its unit are one word, and its thousands are not parted: `1 500 km` as `1500km`."""
    glued = UNIT.sub("", form)
    number = THOUSANDS.match(glued)
    return glued if number is None else number[0].replace(" ", "") + glued[number.end() :]


class Exact(Scoring, frozen=True, tag="exact"):
    """The answer is the target, or one of the targets, to the letter; spaces around it and what nobody sees (zero-width
    signs, a mark of byte order, the kind of line ends) are left aside.
    """

    ignore_case: bool = False

    def mark(self, item: Item, answer: str) -> Score:
        given = self._form(answer)
        return Score(float(any(given == self._form(target) for target in answers_of(item))))

    def _form(self, text: str) -> str:
        seen = visible(text).replace("\r\n", "\n").strip()
        return seen.casefold() if self.ignore_case else seen


class Normalised(Scoring, frozen=True, tag="normalised"):
    """As exact, with case, punctuation, articles and the way of writing numbers left aside."""

    contains: bool = False
    """The target may stand anywhere in the answer, as whole words."""

    def mark(self, item: Item, answer: str) -> Score:
        given = normal_form(answer)
        forms = [normal_form(target) for target in answers_of(item)]
        if self.contains and any(forms):
            # Also what is said of it in the genitive: `Paris's`.
            texts = (given, normal_form(GENITIVE.sub("", answer)))
            return Score(float(any(form and f" {form} " in f" {text} " for form in forms for text in texts)))
        return Score(float(given in forms or _glued(given) in map(_glued, forms)))


class TokenF1(Scoring, frozen=True, tag="f1"):
    """Harmonic mean of the shares of words in common (SQuAD), with the target that fits best.

    Of scripts without blanks between words the letters count, as in MLQA and CMRC.
    """

    def mark(self, item: Item, answer: str) -> Score:
        return Score(max(token_f1(answer, target) for target in answers_of(item)))


class Regex(Scoring, frozen=True, tag="regex"):
    """The answer matches a pattern: the one stated here, else the item's target."""

    pattern: str = ""
    where: Literal["anywhere", "whole"] = "anywhere"
    ignore_case: bool = True

    def __post_init__(self) -> None:
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"'{self.pattern}' is no regular expression: {error}") from None

    def mark(self, item: Item, answer: str) -> Score:
        patterns = [self.pattern] if self.pattern else list(map(visible, targets_of(item)))
        given = visible(answer).strip()[:LONGEST_SEARCHED]
        return Score(float(any(self._matches(pattern, given) for pattern in patterns)))

    def _matches(self, pattern: str, text: str) -> bool:
        flags = re.IGNORECASE if self.ignore_case else 0
        find = re.fullmatch if self.where == "whole" else re.search
        return find(pattern, text, flags) is not None

    def fault(self, item: Item) -> str:
        if self.pattern:
            return ""
        try:
            for target in targets_of(item):
                re.compile(target)
        except re.error as error:
            return Message("its target is no regular expression: {error}", error=str(error))
        return super().fault(item)

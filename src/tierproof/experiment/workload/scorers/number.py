"""Answers compared as numbers, within a tolerance."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from msgspec import Meta

from tierproof.experiment.workload.scorers.left_open import ONE, asks_for_a_bound, bound_of, numbers_left_open
from tierproof.experiment.workload.scorers.score import Score, Scoring
from tierproof.messages import Message
from tierproof.systems.item import Item
from tierproof.systems.parts.constraint import named_fields
from tierproof.systems.texts.answer_mark import EXPLAINS
from tierproof.systems.texts.number_words import in_digits
from tierproof.systems.texts.quantity import (
    DATE_OR_VERSION,
    Mark,
    Quantity,
    boxed,
    is_one_number,
    quantity_in,
)

__all__ = ["Number"]

COMMA = re.compile(r"(?<![\d.,])(?:\d{1,3}(?:[.\u00a0\u202f ]\d{3})+,\d+|\d+,(?!\d{3}(?!\d))\d+)(?![\d.,]*\d)")
"""A number whose comma can only be the decimal mark: `1,5`, `1.234,567`, and not `1,500`."""
POINT = re.compile(r"(?<![\d.,])(?:\d{1,3}(?:,\d{3})+\.\d+|\d+\.(?!\d{3}(?!\d))\d+)(?![\d.,]*\d)")
"""The same of the point."""
STATES = re.compile(r"(?:final|correct|my)?[ _-]?(?:answer|result|solution|value|number|total)", re.IGNORECASE)
CUE = re.compile(
    r"\b(?:answer|antwort|réponse|respuesta|risposta|resposta|ответ)\b[*_` ]{0,4}(?:is\b|[:：=])|(?:答案|答え)[是：:]?",
    re.IGNORECASE,
)
"""What stands before an answer below which it may be explained."""
ENDS_OF_STATEMENT = re.compile(
    r"[.!]\s|\n|\s[–—]\s|,?\s+(?:since|because|as|which|weil|denn|da|car|puisque|porque|потому|так\s+как)\s",
    re.IGNORECASE,
)
DENIED = re.compile(
    rf"(?:\b(?:not|rather\s+than|instead\s+of|nicht|statt|не|вместо)[*_]{{0,3}}\s|而不是|而非|不是)(?:[\s*_`$]{{0,3}}[a-z]\w?\s?=\s?)?"
    rf"[\s*_`$]{{0,3}}{ONE}(?![\d.,/]*\s?(?:\^|\*{{1,2}}\s?\d))",
    re.IGNORECASE,
)
"""A number that is said to be none: `6, not 5`."""
Tolerance = Annotated[float, Meta(ge=0, le=1e15)]


class Number(Scoring, frozen=True, tag="number"):
    """The last number of the answer, of a boxed one the last in the box, is within either tolerance of the target.

    An answer that leaves open which of several numbers it is (`5 or 6`, `10–20`, `5, 6, 7`) is right only if all are, a
    bound (`at least 5`) only where the target is one or the question asks for one.
    """

    absolute: Tolerance = 0.0
    relative: Tolerance = 1e-6
    """Share of the target's size."""
    decimal: Literal["as the target", "point", "comma"] = "as the target"
    """The decimal mark; a point in an answer that can only be decimal may be that as well."""

    def mark(self, item: Item, answer: str) -> Score:
        stated = _stated(answer)
        answer = DENIED.sub(" ", stated if re.search(r"\d", stated) else in_digits(stated))
        left_open = numbers_left_open(answer)
        if left_open and not all(self._right(item, one) for one in left_open):
            return Score(0.0, "it leaves open which number it is")
        side = bound_of(answer)
        if side and not asks_for_a_bound(item.text) and not any(bound_of(str(one)) == side for one in _targets(item)):
            return Score(0.0, "it gives a bound and no number")
        given: Quantity | None = None
        for target in _targets(item):
            wanted = self._wanted(target)
            for mark in self._marks(target, answer):
                given = quantity_in(answer, mark)
                if given is not None and wanted is not None and given.near(wanted, self.absolute, self.relative):
                    return Score(1.0, _told(given))
        return Score(0.0, "no number in the answer" if given is None else _told(given))

    def _right(self, item: Item, given: Quantity) -> bool:
        wanted = (self._wanted(target) for target in _targets(item))
        return any(one is not None and given.near(one, self.absolute, self.relative) for one in wanted)

    def _wanted(self, target: Any) -> Quantity | None:
        """A number of JSON or Parquet needs no reading; text is read by the marks that it has."""
        if isinstance(target, int | float) and not isinstance(target, bool):
            return Quantity(float(target))
        return quantity_in(str(target), self._mark(target))

    def _mark(self, target: Any) -> Mark:
        if self.decimal != "as the target":
            return self.decimal
        return "comma" if isinstance(target, str) and COMMA.search(target) else "either"

    def _marks(self, target: Any, answer: str) -> tuple[Mark, ...]:
        mark = self._mark(target)
        return (mark, "point") if mark == "comma" and POINT.search(answer) else (mark,)

    def fault(self, item: Item) -> str:
        missing = super().fault(item)
        if missing:
            return missing
        targets = _targets(item)
        if not any(self._wanted(target) is not None for target in targets):
            return Message("its target is no number")
        if any(isinstance(target, str) and DATE_OR_VERSION.fullmatch(target.strip()) for target in targets):
            return Message(
                "its target is several numbers (a date, time, version or range): take 'normalised' or 'exact'"
            )
        return ""


def _stated(answer: str) -> str:
    """The part of an answer that states it: without an explanation below, or the one field of JSON that is it."""
    if boxed(answer) is not None:
        return answer
    named = named_fields(answer, STATES)
    if named is not None:
        return str(named[0]) if len(named) == 1 else answer
    cues = list(CUE.finditer(answer))
    if not cues:
        explained = EXPLAINS.search(answer)
        first = answer[: explained.start()].strip(" *_`$.\n") if explained else ""
        return first if is_one_number(first) else answer
    behind = answer[cues[-1].end() :]
    first = ENDS_OF_STATEMENT.split(behind.strip(), maxsplit=1)[0].strip(" *_`$.")
    if is_one_number(first):
        # What comes after it checks or explains it.
        return first
    explained = EXPLAINS.search(behind)
    said = behind[: explained.start()] if explained else behind
    return said if re.search(r"\d", in_digits(said)) else answer


def _targets(item: Item) -> tuple[Any, ...]:
    return tuple(item.target) if isinstance(item.target, list | tuple) else (item.target,)


def _told(quantity: Quantity) -> str:
    sized = " %" if quantity.percent else "" if quantity.factor == 1 else f" times {quantity.factor:g}"
    return f"read as {quantity.value:.15g}{sized}"

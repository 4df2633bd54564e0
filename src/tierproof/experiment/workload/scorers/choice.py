"""Answers that pick one of several options, by letter or in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tierproof.experiment.workload.scorers.score import Score, Scoring
from tierproof.systems.item import Item
from tierproof.systems.likeness import normal_form

__all__ = ["Choice"]

STATED = re.compile(
    r"(?:answer|option|choice|ответ|вариант)\b[^A-Za-z\n]{0,12}?(?:is|это)?[\s:*(\[—-]*([A-Z0-9])\b(?!')", re.I
)
"""The letter after the last "answer is", "option:" and the like."""
ENCLOSED = re.compile(r"(?<![A-Za-z0-9])[(\[*]*([A-Z0-9])[*]*[)\].:](?=\s|$)")
ALONE = re.compile(r"^[\s(\[*`'\"]*([A-Za-z0-9])[\s)\]*`'\".:]*$")


class Choice(Scoring, frozen=True, tag="choice"):
    """The answer picks the option that the target names, by its letter or its text.

    Options stand in an item's metadata, as a list (lettered A, B, C, ...) or a table of letters and texts.  An answer
    from which no single option can be read is wrong.
    """

    options: str = "choices"
    """Name of the metadata field."""

    def mark(self, item: Item, answer: str) -> Score:
        options = self._options(item)
        picked = _picked(answer, options)
        wanted = _picked(str(item.target), options)
        if picked is None:
            return Score(0.0, "no single option can be read from the answer")
        return Score(float(picked == wanted), f"picked {picked}")

    def _options(self, item: Item) -> Mapping[str, str]:
        stated = item.metadata.get(self.options)
        if isinstance(stated, Mapping):
            return {str(letter).strip().upper(): str(text) for letter, text in stated.items()}
        if isinstance(stated, Sequence) and not isinstance(stated, str):
            return {chr(ord("A") + place): str(text) for place, text in enumerate(stated)}
        return {}

    def fault(self, item: Item) -> str:
        missing = super().fault(item)
        if missing:
            return missing
        options = self._options(item)
        if len(options) < 2:
            return f"it has no options: metadata field '{self.options}', a list or a table"
        return "" if _picked(str(item.target), options) else f"its target '{item.target}' is none of its options"


def _picked(text: str, options: Mapping[str, str]) -> str | None:
    """Letter of the option that a text picks; None where it picks none or several."""
    alone = ALONE.match(text)
    if alone is not None and alone[1].upper() in options:
        return alone[1].upper()
    form = normal_form(text)
    same = [letter for letter, option in options.items() if normal_form(option) == form]
    if len(same) == 1:
        return same[0]
    stated = [letter for match in STATED.finditer(text) if (letter := match[1].upper()) in options]
    if stated:
        return stated[-1]
    enclosed = {match[1] for match in ENCLOSED.finditer(text) if match[1] in options}
    if len(enclosed) == 1:
        return enclosed.pop()
    named = [letter for letter, option in options.items() if f" {normal_form(option)} " in f" {form} "]
    return named[0] if len(named) == 1 and not enclosed else None

"""Answers that pick one of several options: by letter, in words, stated before or after a reasoning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import structs

from tierproof.experiment.workload.scorers.pick import picked
from tierproof.experiment.workload.scorers.score import Score, Scoring
from tierproof.messages import Message
from tierproof.systems.item import Item
from tierproof.systems.texts.options import WITHIN, options_in, options_within

__all__ = ["Choice"]

LEAST = 2


class Choice(Scoring, frozen=True, tag="choice"):
    """The answer picks the option that the target names, by its letter, its text or its number.

    Options stand in an item's metadata, as a list (lettered A, B, C, ...) or a table of letters and texts, or in a
    column each.  An answer from which no single option can be read is wrong.
    """

    options: str | tuple[str, ...] = "choices"
    """Name of the metadata field, or of those that hold an option each; `input`: the request lists them itself."""
    target: Literal["letter or text", "number from 0", "number from 1"] = "letter or text"
    """What the targets are."""

    def seen(self, item: Item) -> Item:
        options = self._options(item)
        if self.options == WITHIN and WITHIN not in item.metadata:
            return item
        if isinstance(self.options, str):
            return structs.replace(item, metadata={**item.metadata, self.options: options}) if options else item
        return structs.replace(item, metadata={**item.metadata, "choices": options})

    def mark(self, item: Item, answer: str) -> Score:
        options = self._options(item)
        given = picked(answer, options)
        if given is None:
            return Score(0.0, "no single option can be read from the answer")
        return Score(float(given == self._wanted(item, options)), f"picked {given}")

    def wanted(self, item: Item) -> str | None:
        """Letter of the right option."""
        return self._wanted(item, self._options(item))

    def shown(self, item: Item) -> Mapping[str, str]:
        """Letters and texts of the options."""
        return self._options(item)

    def _options(self, item: Item) -> Mapping[str, str]:
        if self.options == WITHIN and WITHIN not in item.metadata:
            return options_within(item.text)
        if isinstance(self.options, str):
            return options_in(item.metadata.get(self.options))
        given = [item.metadata.get(name) for name in self.options]
        return options_in([str(text) for text in given if text not in (None, "")])

    def _wanted(self, item: Item, options: Mapping[str, str]) -> str | None:
        target = str(item.target).strip()
        if self.target == "letter or text":
            exact = [name for name, text in options.items() if text.strip() == target]
            return exact[0] if len(exact) == 1 and target.upper() not in options else picked(target, options)
        try:
            place = int(float(target)) - (self.target == "number from 1")
        except ValueError:
            return None
        return tuple(options)[place] if 0 <= place < len(options) else None

    def fault(self, item: Item) -> str:
        missing = super().fault(item)
        if missing:
            return missing
        options = self._options(item)
        if len(options) < LEAST:
            return Message("it has no options: metadata field '{options}', a list or a table", options=self.options)
        return (
            ""
            if self._wanted(item, options)
            else Message("its target '{target}' is none of its options", target=item.target)
        )

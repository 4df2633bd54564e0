"""What is said to a model: a claim in neutral form, in tones, and in a conversation that pushes back.

Enters: `tones.toml`, claims.  Leaves: texts, and the verdict that a reply gives.  Knows nothing of calls or statistics.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

import msgspec

from tierproof.errors import InputError
from tierproof.messages import Message

__all__ = ["LABELS", "Frames", "Label", "Question", "Script", "load_script", "read_label"]

Label = Literal["supported", "contradicted", "mixed", "not established"]
LABELS: Final[tuple[Label, ...]] = get_args(Label)
_NAMES = "|".join(re.escape(label).replace(r"\ ", r"[\s_-]+") for label in LABELS)
_STATED = re.compile(rf"verdict\W{{1,6}}({_NAMES})\b(?!\s*\|)", re.IGNORECASE)
_ALONE = re.compile(rf"\W*({_NAMES})\W*", re.IGNORECASE)
_THINKING = re.compile(r"<think>.*?</think>", re.DOTALL)
_WORDS_IN_FILE = Path(__file__).with_name("tones.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One claim to be asked about."""

    id: str
    text: str
    truth: Label | None = None
    """The verdict that the evidence gives; None: it gives none."""


class Frames(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sentences of one tone, by what the asker holds of the claim."""

    for_: tuple[str, ...] = msgspec.field(name="for")
    against: tuple[str, ...]

    def said(self, stance: int, place: int) -> str:
        """The frame of claim number `place`, in turn, so that every frame is heard."""
        frames = self.for_ if stance > 0 else self.against
        return frames[place % len(frames)]


class Script(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All texts of one language."""

    system: str
    question: str
    tones: Mapping[str, Frames]
    turns: Frames

    def neutral(self, question: Question) -> str:
        return self.question.format(claim=question.text)

    def toned(self, question: Question, tone: str, stance: int, place: int) -> str:
        return f"{self.tones[tone].said(stance, place)}\n\n{self.neutral(question)}"

    def turn(self, number: int, stance: int) -> str:
        return self.turns.said(stance, number)


def load_script(language: str = "en") -> Script:
    """The shipped texts.  Raises InputError for a language that they are not in."""
    tables = tomllib.loads(_WORDS_IN_FILE.read_text(encoding="utf-8"))
    if language not in tables:
        raise InputError.of(
            Message("no texts in '{language}'", language=language[:20]),
            remedy=Message("one of: {tables}", tables=", ".join(tables)),
            field="language",
        )
    return msgspec.convert(tables[language], Script)


def read_label(reply: str) -> Label | None:
    """The verdict that a reply states, or None where it states none or several.

    Strict, so that no reading of ours moves a model's answer: the label stands after "VERDICT:", or is all there is.
    """
    text = _THINKING.sub("", reply)
    found = {_label(match) for match in _STATED.findall(text)}
    if not found and (alone := _ALONE.fullmatch(text)):
        found = {_label(alone[1])}
    return found.pop() if len(found) == 1 else None


def _label(text: str) -> Label:
    name = re.sub(r"[\s_-]+", " ", text.lower())
    return next(label for label in LABELS if label == name)

"""What people are asked: each answer once, whoever gave it, item by item in an order that a seed draws.

Enters: the outcomes of a measurement, the questions where they are known, a seed.  Leaves: a `Sheet`.  Must not know
labels.

The items are in random order, so the first of them are a random sample of all; within an item its answers are in random
order, so that no place tells the arm.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tierproof.errors import InputError
from tierproof.experiment.trials.trial import Trial
from tierproof.messages import Message, gettext

__all__ = ["Entry", "Sheet", "answer_key", "read_outcomes", "sheet_of"]

_decode = msgspec.json.Decoder(Trial).decode


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer to one item."""

    key: str
    item: str
    asked: str
    """Empty where it is not known."""
    target: str
    text: str

    @property
    def says_nothing(self) -> bool:
        """It is wrong, and nobody needs to be asked."""
        return not self.text.strip()


@dataclass(frozen=True, slots=True)
class Sheet:
    seed: int
    entries: tuple[Entry, ...]
    """In the order in which people are asked."""
    items: tuple[str, ...]
    """In the same order."""


def answer_key(item: str, text: str) -> str:
    """What a label is kept under: 24 hexadecimal digits of the item and the answer."""
    return _digest(f"{len(item)}\n{item}{text}", 12)


def read_outcomes(folder: Path) -> tuple[Trial, ...]:
    """What a measurement left.  Raises InputError where there is nothing, or a line that is none."""
    path = folder / "outcomes.jsonl"
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        message = gettext("cannot be read: {error}", error=error.strerror)
        remedy = gettext("name the results folder of `tierproof measure`")
        raise InputError.of(message, remedy=remedy, file=path) from None
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(_decode(line))
        except msgspec.MsgspecError as error:
            remedy = Message("measure again: what the journal holds costs nothing")
            raise InputError.of(
                Message("no outcome ({error})", error=str(error)), remedy=remedy, file=path, line=number
            ) from None
    if not any(trial.score is not None for trial in found):
        raise InputError.of(gettext("holds no scored answer"), remedy=gettext("measure first"), file=path)
    return tuple(found)


def sheet_of(trials: Sequence[Trial], asked: Mapping[str, str], seed: int) -> Sheet:
    """`asked`: the items' questions, by id."""
    entries: dict[str, Entry] = {}
    for trial in trials:
        if trial.score is not None:
            key = answer_key(trial.item, trial.text)
            entries.setdefault(key, Entry(key, trial.item, asked.get(trial.item, ""), trial.target, trial.text))
    known = {trial.item for trial in trials if trial.score is not None}
    items = sorted(known, key=lambda item: (_digest(f"{seed}\n{item}", 8), item))
    places = {item: place for place, item in enumerate(items)}
    order = sorted(entries.values(), key=lambda one: (places[one.item], _digest(f"{seed}\n{one.key}", 8)))
    return Sheet(seed, tuple(order), tuple(items))


def _digest(text: str, size: int) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size).hexdigest()

"""Rewards that a program checks: a reply against the known answer, from 0 to 1.

Enters: texts.  Leaves: a number.  Must not know models.
"""

from __future__ import annotations

from collections import Counter

from tierproof.systems.texts.quantity import quantity_in
from tierproof.systems.training.data.examples import normalised

__all__ = ["comparable", "reward"]


def reward(kind: str, reply: str, answer: str, mark: str = "") -> float:
    """`exact`: equal but for case and blanks.  `number`: the last number is equal.  `overlap`: F1 of the words.

    `mark`: what follows its last occurrence is compared, in both texts.
    """
    said, known = _read(reply, mark), _read(answer, mark)
    if kind == "number":
        return float(_last_number(said) is not None and _last_number(said) == _last_number(known))
    if kind == "overlap":
        return _overlap(said.split(), known.split())
    return float(said == known)


def comparable(kind: str, answer: str, mark: str = "") -> bool:
    """Can a reply earn anything by this reward against this answer?"""
    known = _read(answer, mark)
    return bool(known) if kind != "number" else _last_number(known) is not None


def _read(text: str, mark: str) -> str:
    plain = normalised(text)
    return plain.rpartition(normalised(mark))[2].strip() if mark else plain


def _last_number(text: str) -> float | None:
    found = quantity_in(text, "either")
    return None if found is None else found.value


def _overlap(said: list[str], known: list[str]) -> float:
    shared = sum((Counter(said) & Counter(known)).values())
    return 2 * shared / (len(said) + len(known)) if said or known else 1.0

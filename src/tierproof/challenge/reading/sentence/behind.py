"""What a sentence does to the claim before it, where it names nothing of its own: denies it, narrows it, leaves it.

Enters: the words of a sentence.  Leaves: whether the sentence before still stands.  Knows words only by their labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from tierproof.challenge.reading.lexis.closed import closed
from tierproof.challenge.reading.lexis.lexicon import Item
from tierproof.challenge.reading.sentence.tone import PLACES, PREDICATES

__all__ = ["answers_no", "takes_back", "turns_list", "turns_round"]

_CIRCUMSTANCES: Final = ("setting", "task", "load", "data")
_QUANTITIES: Final = ("weak", "usually", "sometimes", "rarely", "some", "most", "few")
_FRAGMENT: Final = (*_QUANTITIES, "degree", "bound", "unit", "generic", "effect", "always", "every", "can")
_FIGURES: Final = ("measure", "frac", "mult", "num")
_INTERJECTIONS: Final = closed("interjections")
_NARROWING: Final = closed("narrowing")
_EFFECTS: Final = tuple(closed("effects"))
_SCOFFS: Final = closed("scoffs")
_NO: Final = closed("no")


def takes_back(words: Sequence[Item], *, goes_on: bool) -> bool:
    """ "It didn't.", "Not at scale.", "But only on small models.": denies or narrows the sentence before.

    Args:
        words: the sentence, without the marks around it.
        goes_on: whether, its first word aside, it says something of what the sentence before named.
    """
    first = next((item for item in words if not item.has("but", "emphasis", "and")), None)
    if " ".join(item.text for item in words if item.kind != "p") in _SCOFFS:
        return True  # "Yeah, right."
    if first is None or any(item.named and not item.has("size") for item in words):
        return False
    if words[0].text in _INTERJECTIONS and first.has("or"):
        return False  # "Yes or no?"
    if (first.text in _NARROWING and len(words) > 1) or _of_the_effect(words):
        return True  # "Unless you count engineers."
    if _says_where_or_how_much(words) or (words[0].has("pron") and any(item.has("denial-after") for item in words)):
        return True  # "This is not true for small models."
    framed = any(item.has("att", "affirm", "denial", "class") for item in words)
    return not framed and _denies(words, first, goes_on=goes_on)


def _of_the_effect(words: Sequence[Item]) -> bool:
    """ "The effect vanishes on larger models.": something of it that no table knows."""
    said = (item for item in words if item.kind != "p")
    noun = next((item for item in said if not item.has("filler", "but", "pron") or item.has("effect")), None)
    unknown = any((not item.labels and item.kind == "w") or item.has("not", "hardly", "weak") for item in words)
    return noun is not None and noun.text.startswith(_EFFECTS) and unknown


def _says_where_or_how_much(words: Sequence[Item]) -> bool:
    """ "On paper.", "It depends.", "Slightly.", "By 20 %.", "On a good day." """
    told = [item for item in words if not item.has("emphasis", "filler", "pron") and item.kind != "p"]
    return bool(told) and (
        all(item.has(*_CIRCUMSTANCES) for item in told)
        or all(item.has("depends") for item in told)
        or _is_fragment(words, told)
    )


def _denies(words: Sequence[Item], first: Item, *, goes_on: bool) -> bool:
    narrows = words[0].has("but") and not goes_on
    if any(item.has(*PREDICATES) for item in words):
        # "But not for long.", "But the effect is small."
        return first.has("if") or (narrows and any(item.has("not", "weak") for item in words))
    if narrows and not any(item.has("person") for item in words):
        return True  # "Но недолго."
    said = [item for item in words if item.text not in _INTERJECTIONS]
    denies = any(item.has("not", "cannot", "never", "hardly") for item in said)
    return first.has("if", "only", "rarely", "sometimes", "or") or denies


def _is_fragment(words: Sequence[Item], told: Sequence[Item]) -> bool:
    """How much, in how many settings, or where, and nothing else."""
    if any(item.has("person") for item in words):
        return False
    how_much = any(
        item.kind == "n"
        or item.has(*_QUANTITIES, *_FIGURES)
        or (item.has("degree") and not item.has("generic", *PREDICATES))
        for item in told
    )
    if how_much and all(item.has(*_FRAGMENT, *_FIGURES) or item.kind == "n" for item in told):
        return True
    says = any(item.has("att", "affirm", "denial", "class", *PREDICATES) and not item.has("help") for item in told)
    return words[0].text in PLACES and not says and any(not item.labels and item.kind == "w" for item in told)


def turns_round(words: Sequence[Item]) -> bool:
    """ "That is false.", "The data says otherwise.", "Nobody knows." """
    unknown = any(one.has("noone", "noone-uses") and other.has("att") for one, other in pairwise(words))
    return unknown or any(item.has("denial", "denial-after", "against") for item in words)


def answers_no(items: Sequence[Item], *, asked: bool, affirmed: bool) -> bool:
    """ "Does it help?  No, never.", "> RAG helps. / No."; not "It does not help.  No."

    Args:
        items: the sentence.
        asked: whether the one before was a question.
        affirmed: whether the one before claims something without denying it.
    """
    said = [item for item in items if item.kind != "p"]
    nameless = not any(item.named or item.has("or") for item in items)  # "yes or no?"
    if asked and nameless and said and (said[-1].text in _NO or (said[-1].text in _SO and _denied(said))):
        return True  # "The data says no.", "yes and no", "I don't think so."
    at = next((place for place, item in enumerate(said) if item.text in _NO or not item.has("emphasis")), None)
    if at is None or said[at].text not in _NO or any(item.named for item in items):
        return False
    rest = said[at + 1 :]  # "No, really." only presses
    denies = all(item.text in _NO for item in rest) or any(item.has("not") for item in rest)
    return asked or (affirmed and denies)


def turns_list(items: Sequence[Item]) -> bool:
    """ "What does not work:", "Common myths": whether a line that claims nothing may turn the points under it."""
    return any(item.has(*_TURNING_A_LIST) or item.text in _NO for item in items)


def _denied(items: Sequence[Item]) -> bool:
    return any(item.has("not") or "not" in item.text.split() or "не" in item.text.split() for item in items)


_SO: Final = closed("so_it_is")
_TURNING_A_LIST: Final = (
    "not", "hardly", "never", "cannot", "noone", "denial", "denial-after", "against", "null", "harm", "worse", "lose",
    "hype", "worthless", "worst", "if", "only", "few", "rarely", "can", "without", "but",
)  # fmt: skip

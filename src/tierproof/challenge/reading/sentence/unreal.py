"""Sentences that no record speaks of: suppositions, what might have been, what happened in one system, all techniques.

Enters: the items of a sentence, or its parts.  Leaves: the words, or a message, by which it is refused.  Knows words by
their labels and by the closed sets of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tierproof.challenge.claim import ANY_TECHNIQUE
from tierproof.challenge.reading.lexis.closed import closed
from tierproof.challenge.reading.lexis.lexicon import Item
from tierproof.challenge.reading.sentence.splitting import Part
from tierproof.challenge.reading.sentence.tone import PREDICATES
from tierproof.messages import Message

__all__ = ["conditional", "of_a_size", "of_all_techniques", "of_one_system", "read_as", "supposed"]

_SUPPOSED: Final = closed("supposed")
_INVERTED: Final = closed("inverted")
_UNREAL: Final = closed("unreal")
_PARTICIPLES: Final = closed("participles")
_OURS: Final = closed("ours")
_PAST: Final = closed("past_verbs")
_NO_PAST: Final = closed("no_past")
_ENDINGS: Final = tuple(closed("past_endings"))
_HORTATIVE: Final = closed("hortative")
_EACH_OF: Final = closed("each_of")
_ATTRIBUTED: Final = tuple(closed("attributed"))
_BEFORE_PAST: Final = closed("before_past")
_PAST_OR_PRESENT: Final = closed("past_or_present")
_WOULD: Final = closed("would")
_SO: Final = closed("so")
_NO_LONGER: Final = closed("no_longer")
_YET: Final = closed("yet")
_ENDED: Final = tuple(closed("ended"))
_UNREADY: Final = tuple(closed("unready"))
_BILLIONS: Final = closed("billions")
_THRESHOLDS: Final = closed("thresholds")
_ON: Final = closed("on_or_up")
_EVENTS: Final = ("up", "down", "better", "worse", "help", "harm", "beat", "lose", "affect", "bring", "not", "filler")
_TECHNIQUES: Final = tuple(closed("techniques"))


def supposed(items: Sequence[Item]) -> list[str]:
    """Words by which a sentence is only supposed: "suppose that", "were it cheaper", "could have improved"."""
    if any(item.text == "?" for item in items[-3:]):
        return []
    words = [word for item in items for word in item.text.split()]
    first = next((place for place, word in enumerate(words) if word not in _HORTATIVE), None)
    if first is None:
        return []
    if words[first] in _SUPPOSED:
        return [words[first]]
    if words[first] in _INVERTED and "would" in words:
        return [words[first], "would"]
    for place, word in enumerate(words[:-2]):
        behind = words[place + 2]
        if word in _UNREAL and words[place + 1] == "have" and (behind.endswith("ed") or behind in _PARTICIPLES):
            return [word, "have"]
    return []


def conditional(items: Sequence[Item]) -> list[str]:
    """ "RAG would help", "RAG улучшил бы качество": under a condition that nobody named; not "I would say"."""
    for place, item in enumerate(items):
        if item.text not in _WOULD or any(other.text == "?" for other in items[-3:]):
            continue
        before = [other for other in items[:place] if not other.has("filler", "emphasis")]
        behind = [other for other in items[place + 1 :] if not other.has("filler", "emphasis")]
        if not before or (behind and behind[0].has("att", "affirm")):
            continue
        speaks = bool(behind) and behind[0].has(*PREDICATES)
        of_it = before[-1].named or before[-1].has("class", "size") or (before[-1].has("pron") and speaks)
        if of_it or before[-1].has(*PREDICATES):
            return [item.text]
    return []


def of_one_system(parts: Sequence[Part]) -> list[str]:
    """What is told of one's own: "RAG improved quality in our system", "после внедрения у нас точность выросла"."""
    items = [item for part in parts for item in part.items]
    own = any(item.text in _OURS and not item.has("emphasis", "att") for item in items)
    return (
        [Message("what happened in one system, of which no record speaks")] if own and any(map(_is_past, items)) else []
    )


def of_a_size(items: Sequence[Item]) -> list[str]:
    """A size of models from which on, or up to which, something holds: "for models over 70B", "до 10B"."""
    for place, item in enumerate(items):
        figure = item.text[:1].isdigit() and (
            item.has("size") or any(behind.text in _BILLIONS for behind in items[place + 1 : place + 2])
        )
        before = [other.text for other in items[max(0, place - 2) : place]]
        behind = [other.text for other in items[place + 1 : place + 4]]
        bounded = any(word in _THRESHOLDS for text in before for word in text.split())
        if figure and (bounded or any(text in _ON for text in behind)):
            return [
                Message(
                    "from or up to which size of models: “small models” (7 billion parameters) and “large models” "
                    "(70 billion) are told apart"
                )
            ]
    return []


def read_as(items: Sequence[Item], parts: Sequence[Part]) -> list[Message]:
    """What of a sentence the claim judged lets go, to be told beside it.

    Who says it; that it happened; that it was otherwise before, or may be; that one half follows from the other; that
    something goes out of use.
    """
    told = []
    said = any(
        item.has("att") and any(word.startswith(_ATTRIBUTED) for word in item.text.split())
        and not (place and items[place - 1].text in _OURS)
        for place, item in enumerate(items)
    )  # fmt: skip
    if said:
        told.append(Message("Judged as the claim itself, whoever says it."))
    if any(_happened(part.items) for part in parts):
        told.append(Message("Judged as what holds in general, not as what happened once."))
    denied = any(item.has("not", "cannot") for item in items)
    if any(item.text in _NO_LONGER or (denied and item.text in _YET) for item in items):
        told.append(Message("Judged as what holds today, not as a change from before or to come."))
    if len(parts) > 1 and any(_concludes(items, place) for place in range(len(items))):
        told.append(Message("Each half is judged by itself, not that one follows from the other."))
    if any(item.has("hype") and item.text.startswith(_ENDED) for item in items):
        told.append(Message("Judged as more talk than effect: when something goes out of use, no record says."))
    if any(item.has("hype") and item.text.startswith(_UNREADY) for item in items):
        told.append(Message("Judged as more talk than effect: whether something is ready, no record says."))
    return told


def _concludes(items: Sequence[Item], place: int) -> bool:
    """ "..., so it is better", "because it works"."""
    item = items[place]
    return item.has("because") or (item.text in _SO and place > 0 and items[place - 1].kind == "p")


def _happened(items: Sequence[Item]) -> bool:
    """ "RAG improved quality", "качество выросло с RAG"; no participle ("improved by", "gives improved quality")."""
    for place, item in enumerate(items):
        if not _is_past(item) or item.text.partition(" ")[0] in _PAST_OR_PRESENT or not item.has(*_EVENTS):
            continue
        before = [
            other for other in items[:place] if other.text not in _BEFORE_PAST and not other.has("emphasis", "degree")
        ]
        if before and (before[-1].named or before[-1].has("class", "size", "out")):
            return True
    return False


def of_all_techniques(items: Sequence[Item]) -> bool:
    """Whether it is of every technique, or of none: "every technique helps", "ни один приём не помогает"."""
    classes = {item.labels["class"] for item in items if item.has("class")}
    if classes - {ANY_TECHNIQUE} or any(item.named or item.has("size") for item in items):
        return False
    words = [word for item in items for word in item.text.split()]
    called = [place for place, word in enumerate(words) if word.startswith(_TECHNIQUES)]
    return any(word in _EACH_OF for place in called for word in words[max(0, place - 4) : place])


def _is_past(item: Item) -> bool:
    word = item.text.partition(" ")[0]
    if word in _PAST:
        return True
    if not item.has(*PREDICATES):
        return False
    if word[:1].isascii():
        return word.endswith("ed") and word not in _NO_PAST
    return word.endswith(_ENDINGS)

"""What of a sentence is tone, and what of a frame may turn what it frames.

Enters: items of a stretch.  Leaves: whether it is tone alone; the words that no reader may let go.  Knows words only
by their labels.

Tone is what somebody thinks, says or asks, and to whom: a part that names no technique and speaks of persons or
opinions. A part that names none and speaks of something else ("in hospitals, ...") is no tone: its words stay,
unread.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tierproof.challenge.reading.lexis.closed import closed
from tierproof.challenge.reading.lexis.lexicon import Item

__all__ = ["OPENERS", "PLACES", "PREDICATES", "TONE", "all_tone", "opens_a_circumstance", "turning"]

TONE: Final = ("att", "person", "emphasis", "affirm", "denial", "claim-that")
"""Labels of words of which an opinion's frame is made."""
PREDICATES: Final = (
    "up", "down", "better", "worse", "help", "harm", "null", "adj", "pos", "beat", "lose", "equal", "reach", "hype",
    "hypeok", "underrated", "worth", "worthless", "best", "bestof", "costs", "replace", "irreplaceable", "obsolete",
    "depends", "adopt", "unadopted", "use", "affect", "effect", "hallucinate", "only-one", "not-enough",
    "nothing-works", "nothing-but", "benefitfrom", "half", "bring", "alike", "kept",
)  # fmt: skip
"""Labels of words that may make a claim."""
OPENERS: Final = ("att", "denial", "affirm", "claim-that")
PLACES: Final = closed("places")
_THAT: Final = closed("that")


def all_tone(items: Sequence[Item]) -> bool:
    """Whether these words are an opinion's frame: of persons or views, and opening no circumstance."""
    first = next((item for item in items if not item.has("filler", "emphasis")), None)
    if first is None:
        return True
    speaks = any(item.has(*TONE) for item in items)
    if first.has("if") and not first.has(*TONE):
        return False
    return speaks and (first.has(*TONE) or any(item.has("att", "person", "denial", "affirm") for item in items))


def opens_a_circumstance(items: Sequence[Item]) -> bool:
    """Whether a frame opens one: "they say that in small models"; of what is said, not of who says it."""
    for place, item in enumerate(items):
        behind = [other for other in items[place + 1 :] if other.text not in _THAT]
        said = item.text.split()[-1] in _THAT or len(behind) < len(items) - place - 1
        opens = said and bool(behind) and (behind[0].has("if") or behind[0].text in PLACES)
        if opens and item.has(*OPENERS) and not any(other.has("att") for other in behind):
            return True
    return False


def turning(front: Sequence[Item], *, asked: bool) -> list[str]:
    """Words of a frame that may turn what it frames, and are no plain denial.

    "Nobody believes that", "studies do not show that", "I would not claim that", "they lied when they said that".
    Nor may what somebody did with "the claim that", where no table knows the verb: "they withdrew the claim that".
    Doubt is none: who does not think or feel sure leaves the claim as it is.  Nor is what a question presses for.
    """
    nobody = [
        item.text
        for item in front
        if item.has("noone-uses", "nothing", "few", "noone") and item.text not in ("no", "ни")
    ]
    framed = any(item.has("att", "affirm", "claim-that", "person") or item.text.split()[0] in _OWN for item in front)
    turned = [
        item.text
        for place, item in enumerate(front)
        if not item.has("denial", "emphasis")
        and (
            (item.has("against", "worthless") and not _hedged(front[:place]))
            or (
                item.has("not", "hardly", "never", "cannot", "rarely")
                and not item.has("att")
                and not _doubts(front, place, asked=asked)
            )
            or (
                item.has("att")
                and not asked
                and _PRESSING & set(item.text.split())
                and not _doubts(front, place, asked=asked)
            )
            or _of_others(front, place, asked=asked)
        )
    ]
    whose = [item.text for item in front if item.text.startswith(_WHOSE)]
    at = next((place for place, item in enumerate(front) if item.has("claim-that")), 0)
    done = [item.text for item in front[:at] if not item.labels and item.kind == "w"]
    return nobody + whose + done + (turned if framed else [])


_WHOSE: Final = tuple(closed("whose"))
"""Of whose findings alone something is said: which is another claim than that it is so."""


def _of_others(front: Sequence[Item], place: int, *, asked: bool) -> bool:
    """ "Critics deny that", "only the naive think that"; not one's own doubt, nor "only a fool would doubt"."""
    item, before, rest = front[place], front[:place], front[place + 1 :]
    if item.text.startswith(_ONLY) and item.has("att", "only"):
        return any(other.has("att") for other in rest) and not any(_reassures(other) for other in rest)
    if asked or not before or not (item.has("att") and item.text.startswith(_DISPUTING)):
        return False
    return not any(
        other.has("not", "never", "cannot", "noone", "noone-uses", "only", "if", "person")
        or other.text in _OWN
        or other.text.startswith((*_ONLY, *_STOPPING))
        for other in before
    )


def _hedged(before: Sequence[Item]) -> bool:
    """ "I might be wrong, but", "if you disagree": of the speaker or the listener, not of the claim."""
    own = any(item.text in _OWN for item in before)
    return any(item.has("if") or (own and item.has("can")) for item in before)


def _doubts(front: Sequence[Item], place: int, *, asked: bool) -> bool:
    """Whether the denial at `place` is of somebody's own thought: "I do not think", "не верится", "not sure"."""
    words = front[place].text.split()
    if front[place].has("att"):
        return not _PRESSED & set(words)
    theirs = any(item.text in _OWN or item.text.endswith(_OF_ONESELF) for item in front)
    mine = asked or not any(item.text in _LISTENER for item in front)  # "you should not believe that"
    if words[0] not in _DENYING:
        return False
    said = next(
        (
            item
            for item in front[place + 1 :]
            if not item.has("emphasis", "degree", "person", "filler") or item.has("att")
        ),
        None,
    )
    return theirs and said is not None and ((mine and said.has("opine")) or _reassures(said))


def _reassures(item: Item) -> bool:
    """ "I have no doubt", "you cannot deny"."""
    return item.text.startswith(_DOUBTING)


_OWN: Final = closed("own")
_LISTENER: Final = closed("listener")
_ONLY: Final = tuple(closed("only_beginnings"))
_DISPUTING: Final = tuple(closed("disputing"))
_STOPPING: Final = tuple(closed("stopping"))
_OF_ONESELF: Final = tuple(closed("of_oneself"))
_DENYING: Final = closed("denying")
_DOUBTING: Final = tuple(closed("doubting"))
_PRESSING: Final = closed("pressing")
_PRESSED: Final = closed("pressed")
"""In phrases with a denial in them: "it can not be that", "не очевидно" ask for a yes in a question alone."""

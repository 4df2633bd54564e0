"""Marks around the words: those that say nothing are blanked out, those that turn a sentence are named.

Enters: text as it was typed, or the items of a sentence and where they stood.  Leaves: text of the same length; or the
marks by which the sentence is refused.  Knows no grammar.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from tierproof.challenge.reading.lexis.lexicon import Item
from tierproof.challenge.reading.sentence.tone import PREDICATES

__all__ = ["listed_at", "turning_marks", "without_marks"]

_BLANKED: Final = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"~~[^~\n]+~~",  # struck out by its author
        r"(?<=\])\(https?://[^)\s]*\)|https?://\S+",
        r"\[\^?\d{1,3}(?:\s*[,–-]\s*\d{1,3})*\]",  # citations: [12, 13]
        r"\([A-ZÀ-Ž][\w’'-]+ et al\.?,? \d{4}[a-z]?(?:; [^()\n]{1,200}\d{4}[a-z]?)?\)",
        r"^(?:RT )?(?:@\w+[:,]? )+",  # to whom, or whose it is
        r"^\d{1,2}/ ",  # the number in a thread
        r"(?<=^[-*] )\[[xX]\]",  # a box that is ticked
    )
)
_POINTS: Final = re.compile(r"п\. ?п\.")
"""Percentage points, whose full stops end no sentence."""
_SPEAKER: Final = re.compile(r"(?:\A|\n)[A-ZА-Я]:(?= )")
"""Who speaks, or that it is a question or an answer: "Q: ", "A: ", "О: "."""
_QUOTED_LINE: Final = re.compile(r"^( {0,3}(?:> ?)+)(.*)(\n?)", re.MULTILINE)
_QUOTED: Final = re.compile(r"[\"«“„]([^\"«»“”„]{1,60})[\"»”“]")
_POINT: Final = re.compile(r"[ \t]*(?:[-*•–—+]|\d{1,3}[.)])[ \t]")
_TURNING: Final = re.compile(r"[❌✗✘👎🚫⛔🙄🤡🙃]|(?<!\S)/s(?=\s*$)|^\s*(?:[-*] )?\[ \]", re.MULTILINE)


def without_marks(text: str) -> str:
    """The text without what says nothing; every word stays where it was."""
    text = _POINTS.sub(lambda match: "пп" + " " * (len(match[0]) - 2), text)
    text = _SPEAKER.sub(lambda match: ";".ljust(len(match[0])), text)
    for pattern in _BLANKED:
        text = pattern.sub(lambda match: " " * len(match[0]), text)
    # Where a quotation ends, so does its sentence: what follows is somebody else's.
    return _QUOTED_LINE.sub(lambda match: " " * len(match[1]) + match[2] + ";" * len(match[3]), text)


def listed_at(text: str, place: int) -> bool:
    """Whether a sentence that begins at `place` is a point of a list."""
    return _POINT.match(text, text.rfind("\n", 0, place) + 1) is not None


def turning_marks(text: str, start: int, end: int, items: Sequence[Item]) -> list[str]:
    """Marks of refusal or irony on the lines of a sentence (a cross, an open box, "/s"), and scare quotes within it.

    Scare quotes stand around what is said, and not around a name or a whole claim: 'RAG "improves" quality'.
    """
    first, last = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    found = [match[0].strip() for match in _TURNING.finditer(text[first : last if last >= 0 else len(text)])]
    for match in _QUOTED.finditer(text, start, min(end + 1, len(text))):
        inside = [item for item in items if match.start() < item.start and item.end < match.end()]
        named = any(item.named or item.has("class", "size", "att", "person") for item in inside)
        if not named and any(item.has(*PREDICATES) for item in inside):
            found.append(match[0])
    return found

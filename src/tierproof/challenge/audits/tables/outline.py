"""A tier list without cells: headings, labels and lists ("## S tier", "A: RAG, agents", "1. RAG", "RAG: adopt").

Enters: text.  Leaves: places and names as they stand, line by line.  Knows nothing of techniques.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tierproof.challenge.audits.tables.grids import bare
from tierproof.challenge.audits.tables.places import orders_otherwise, otherwise, place_of
from tierproof.challenge.audits.tables.words import WORDS, words_of

__all__ = ["chains", "outlined"]

_HEADING: Final = re.compile(r"(#{1,6})\s+(.*?)\s*#*$")
_BULLET: Final = re.compile(r"(?:[-*•+–]|\[[ xX]?\])\s+(.*)")
_NUMBERED: Final = re.compile(r"(\d{1,3})[.)]\s+(.*)")
_LED: Final = re.compile(r"(🥇|🥈|🥉|#\d{1,3})\s*[:.)-]?\s+(.*)")
"""A place before a name, without a mark between."""
_LABEL: Final = re.compile(r"([^:=–—|]{1,40}?)\s*(?::|=|–|—|\s-\s|->|→)\s*(\S.*)")
_TAIL: Final = re.compile(r"(.{2,60}?)\s*(?::|=|–|—|\s-\s|->|→|\()\s*([^:()]{1,30})\)?\s*$")
_LONGEST_NAME: Final = 8
"""Words of a line that may be a name and nothing else."""


def outlined(text: str) -> list[tuple[str, str]]:
    """(place, names) by line; names under no place are left out, unless they are numbered.

    Raises InputError where the line over the numbers says that they rank by something else.
    """
    rows: list[tuple[str, str]] = []
    place, depth, over = "", 0, ""
    for line in text.splitlines():
        shown = line.strip().removeprefix(">").strip()
        if not shown or shown.startswith(("```", "~~~", "|", "---", "===")):
            continue
        heading = _HEADING.match(shown)
        if heading is not None:
            level, words = len(heading[1]), bare(heading[2])
            if place_of(words) is not None:
                place, depth = words, level
            elif place and level > depth:
                rows.append((place, words))
            else:
                place, over = "", words
            continue
        bullet, number = _BULLET.match(shown), _NUMBERED.match(shown)
        words = bare(bullet[1] if bullet else number[2] if number else shown)
        if (led := _LED.fullmatch(words)) is not None and not place:
            rows.append((led[1], led[2]))
            continue
        alone = place_of(words)
        if number is None and alone is not None and not alone.remark and (bullet is None or words.endswith(":")):
            place, depth = words.rstrip(": "), 7
        elif (pair := _labelled(words, under=place, numbered=number is not None)) is not None:
            rows.append(pair)
        elif place and (bullet or number or len(words.split()) <= _LONGEST_NAME):
            rows.append((place, words))
        elif number is not None and not place:
            rows.append((_number_under(over, number[1]), words))
        elif not bullet:
            over = words
    return rows


def _number_under(over: str, number: str) -> str:
    if orders_otherwise(over):
        raise otherwise(over)
    return number


def _labelled(words: str, *, under: str, numbered: bool) -> tuple[str, str] | None:
    """ "S tier: RAG, agents" and "RAG: S tier"; under a place of its own a name's remark is no place, nor a number in
    a list that is numbered."""
    label = _LABEL.fullmatch(words)
    place = place_of(label[1]) if label is not None else None
    # A letter or ring is a label; "3: ..." and "2 - ..." are as often a figure.
    if label and place and (place.labelled or place.scale in ("letter", "ring", "need", "metal")):
        return label[1].strip(), label[2].strip("[] ")
    tail = None if under else _TAIL.fullmatch(words)
    if tail is None or (place := place_of(tail[2])) is None:
        return None
    if place.labelled or (place.scale != "degree" and not (numbered and place.scale == "number")):
        return tail[2].strip(), tail[1].strip()
    return None


def chains(text: str) -> Iterator[list[tuple[str, str]]]:
    """Place and name in the order of a line such as "RAG > LoRA = agents", three names or more.

    What is only said to be no worse shares its place: nothing more was said of the two.
    """
    for line in text.splitlines():
        steps = re.split(r"\s*(?:>+(?!=)|≻|›)\s*", line.strip().lstrip("> "))
        label, colon, first = steps[0].rpartition(": ")
        if colon and len(steps) > 1:
            if not {*words_of(label)} <= WORDS.tier_heads | WORDS.place_heads | WORDS.neutral_heads:
                continue  # "by cost: agents > RAG > LoRA"
            steps[0] = first
        names = [[bare(part) for part in re.split(r"\s*(?:>?=+|≥|≈)\s*", step)] for step in steps]
        flat = [(str(place), name) for place, level in enumerate(names, start=1) for name in level]
        if len(steps) > 1 and len(flat) > 2 and all(name and len(name.split()) <= _LONGEST_NAME for _, name in flat):
            yield flat

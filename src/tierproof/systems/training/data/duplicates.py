"""Examples that say the same as an earlier one, exactly or nearly.

Enters: texts.  Leaves: which of them to keep, and for each that goes the one that it repeats.  Must not know training.

Two texts are compared where they differ: sentences and lines that both have are left aside, and so are those that most
texts have, and a long beginning or end that nearly all have (a template's).  A system message, an instruction or a
document that examples share makes no two of them alike.

Near duplicates: Jaccard similarity of the sets of word 3-grams (letter 5-grams in short texts), found by MinHash
(Broder 1997) in bands (Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, 3.4) and then computed exactly, so
that a chance meeting in a band removes nothing.  A pair of similarity s meets with probability 1 - (1 - s**r)**(128/r)
in bands of r hashes; r is the largest with which a pair at the threshold is missed less often than 1 in 1000 (at 0.8:
4, and 5e-8).  Deterministic: the hashes' coefficients are fixed.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tierproof.errors import InputError
from tierproof.messages import Message
from tierproof.systems.texts.likeness import UNSPACED, parted
from tierproof.systems.training.data.examples import normalised

__all__ = ["Repeats", "find_repeats", "jaccard", "shingles"]

HASHES = 128
ROWS = (8, 4, 2, 1)
MOST_MISSED = 1e-3
PRIME = (1 << 31) - 1
WORDS = 3
LETTERS = 5
SEGMENT_END = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？｡])\s*|\s*\n\s*")
MARKS = " .!?…,;:。！？｡"
MOST = 0.5
"""Share of the texts from which on what they have in common says nothing of any of them."""
LEAST_SHARED = 2
NEARLY_ALL = 0.9
LEAST_FRAMED = 5
"""Texts, of which a template is to be told from copies."""
SHORT = 8
"""Words; texts below are compared by letters, of which they have enough, and a template has no fewer."""


@dataclass(frozen=True, slots=True)
class Repeats:
    kept: tuple[int, ...]
    """Places of the texts that stay, in order: the first of each that is repeated."""
    of: dict[int, int]
    """For each text that goes: the place of the kept text that it repeats."""
    exact: int
    """How many go that are equal but for case and blanks."""


def find_repeats(texts: Sequence[str], threshold: float = 0.8) -> Repeats:
    """Exact repeats, and near ones from a Jaccard similarity of `threshold` on (1: exact ones alone).

    Raises InputError for a threshold outside (0, 1].
    """
    if not 0 < threshold <= 1:
        raise InputError.of(f"threshold = {threshold}", remedy=Message("above 0, at most 1"), field="threshold")
    first: dict[str, int] = {}
    of: dict[int, int] = {}
    for place, text in enumerate(texts):
        earlier = first.setdefault(normalised(text), place)
        if earlier != place:
            of[place] = earlier
    exact = len(of)
    if threshold < 1:
        _add_near(texts, threshold, of)
    return Repeats(tuple(place for place in range(len(texts)) if place not in of), of, exact)


def _add_near(texts: Sequence[str], threshold: float, of: dict[int, int]) -> None:
    buckets: dict[tuple[int, bytes], list[int]] = defaultdict(list)
    texts = unframed(texts)
    parts = [segments(text) for text in texts]
    told_by = Counter(part for place, own in enumerate(parts) if place not in of for part in set(own))
    shared = {part for part, count in told_by.items() if count > max(LEAST_SHARED, MOST * (len(texts) - len(of)))}
    a, b = _coefficients()
    rows = next((r for r in ROWS if (1 - threshold**r) ** (HASHES // r) < MOST_MISSED), 1)
    for place, text in enumerate(texts):
        if place in of:
            continue
        own = shingles("\n".join(part for part in parts[place] if part not in shared)) or shingles(text)
        if not own:
            continue
        bands = _signature(own, a, b).reshape(-1, rows)
        keys = [(number, band.tobytes()) for number, band in enumerate(bands)]
        met = sorted({other for key in keys for other in buckets[key]})
        source = next((other for other in met if likeness(parts[place], parts[other]) >= threshold), None)
        if source is not None:
            of[place] = source
            continue
        # Only kept texts stand in the buckets, so that a chain of small changes does not eat texts unlike its start.
        for key in keys:
            buckets[key].append(place)


def unframed(texts: Sequence[str]) -> list[str]:
    """Texts without the beginning and the end that nearly all of them have, as one template writes them."""
    head = _head(texts)
    bare = [text[len(head) :] if text.startswith(head) else text for text in texts]
    end = _head([text[::-1] for text in bare])[::-1]
    return [text.removesuffix(end) for text in bare]


def _head(texts: Sequence[str]) -> str:
    """The longest beginning that nearly all texts have, up to the end of a word; empty where it is short."""
    window = math.ceil(NEARLY_ALL * len(texts))
    if len(texts) < LEAST_FRAMED:
        return ""
    ordered = sorted(texts)
    starts = range(len(texts) - window + 1)
    head = max((_shared(ordered[at], ordered[at + window - 1]) for at in starts), key=len)
    head = re.sub(rf"[^\W{UNSPACED}]+$", "", head)
    return head if sum(len(parted(word)) for word in head.split()) >= SHORT else ""


def _shared(one: str, other: str) -> str:
    """How two texts begin alike."""
    return one[: next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))]


def segments(text: str) -> tuple[str, ...]:
    """Sentences and lines of a text, as they are compared: without the mark at their end, which may be left out."""
    return tuple(filter(None, (normalised(part).rstrip(MARKS) for part in SEGMENT_END.split(text))))


def likeness(one: Sequence[str], other: Sequence[str]) -> float:
    """Jaccard similarity of what each of two texts has beside the segments that both have; 1 where neither has any."""
    left, right = set(one), set(other)
    mine = "\n".join(part for part in one if part not in right)
    others = "\n".join(part for part in other if part not in left)
    if not mine or not others:
        return float(mine == others)
    return jaccard(shingles(mine), shingles(others))


def shingles(text: str) -> frozenset[str]:
    """Word 3-grams of a text, letters of scripts without blanks taken for words; of a short one, letter 5-grams."""
    plain = normalised(text)
    words = [part for word in plain.split() for part in parted(word)]
    if len(words) >= SHORT:
        return frozenset(" ".join(words[at : at + WORDS]) for at in range(len(words) - WORDS + 1))
    return frozenset(plain[at : at + LETTERS] for at in range(max(1, len(plain) - LETTERS + 1))) - {""}


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    union = len(one | other)
    return len(one & other) / union if union else 1.0


def _coefficients() -> tuple[np.ndarray[tuple[int], np.dtype[np.uint64]], np.ndarray[tuple[int], np.dtype[np.uint64]]]:
    rng = np.random.default_rng(20_111_997)
    a = rng.integers(1, PRIME, HASHES, dtype=np.uint64)
    b = rng.integers(0, PRIME, HASHES, dtype=np.uint64)
    return a, b


def _signature(
    own: frozenset[str],
    a: np.ndarray[tuple[int], np.dtype[np.uint64]],
    b: np.ndarray[tuple[int], np.dtype[np.uint64]],
) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """Least value of each hash (a x + b mod p) over the set."""
    raw = (hashlib.blake2b(shingle.encode("utf-8", "replace"), digest_size=4).digest() for shingle in own)
    x = np.array([int.from_bytes(one, "little") % PRIME for one in raw], dtype=np.uint64)
    least = np.full(HASHES, PRIME, dtype=np.uint64)
    for start in range(0, len(x), 4096):
        part = x[start : start + 4096, None]
        np.minimum(least, ((part * a + b) % np.uint64(PRIME)).min(axis=0), out=least)
    return least

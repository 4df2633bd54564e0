"""Small closed sets of words that decide how a sentence is read, kept as data in `words/closed.toml`.

Enters: the name of a set.  Leaves: its words.  Knows nothing of sentences.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec

__all__ = ["closed"]


def closed(name: str) -> frozenset[str]:
    """The words of a set."""
    return frozenset(_sets()[name])


@cache
def _sets() -> Mapping[str, tuple[str, ...]]:
    place = files("tierproof.challenge.reading") / "words" / "closed.toml"
    return msgspec.toml.decode(place.read_bytes(), type=dict[str, tuple[str, ...]])

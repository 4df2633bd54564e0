"""The claims and frames of tone that several tests read, and how a claim is put into a frame."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "claims"


def lines_of(name: str) -> list[dict[str, Any]]:
    """The objects of a JSON Lines file of claims."""
    return [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]


def frames() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Frames by language and tone."""
    return tomllib.loads((HERE / "tones.toml").read_text(encoding="utf-8"))


def in_tones(claim: str, language: str) -> Iterator[tuple[str, str]]:
    """Each tone's name and `claim` put in it, in every frame."""
    bare = claim.rstrip(".")
    first = bare.split()[0]
    # A name keeps its capitals inside a sentence ("RAG", "MoE"); any other first word loses its own.
    embedded = bare if any(letter.isupper() for letter in first[1:]) else bare[0].lower() + bare[1:]
    for tone, patterns in frames()[language].items():
        for pattern in patterns:
            yield tone, pattern.replace("{claim}", claim).replace("{embedded}", embedded)

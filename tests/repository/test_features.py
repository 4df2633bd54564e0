"""What is installed apart: an extra that is asked for exists, and one that exists is told of in the docs."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
DOCS = "\n".join(file.read_text(encoding="utf-8") for file in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
OURS = {"dev"}
"""For who works on the program."""


def named(text: str) -> set[str]:
    """Extras that a text tells to install."""
    found = re.findall(r"tierproof\[([a-z, -]+)\]", text) + re.findall(r"`\[([a-z-]+)\]`", text)
    return {name for names in found for name in re.split(r",\s*", names)}


def test_every_extra_is_told_of() -> None:
    assert named(DOCS) | OURS >= set(EXTRAS)


def test_every_extra_that_is_asked_for_exists() -> None:
    code = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "src").rglob("*.py"))
    asked = set(re.findall(r"extra=\"([a-z-]+)\"", code))
    assert "page" in asked
    assert asked <= set(EXTRAS)

"""The rooms within the rooms, each in its own first sentence: cog calls this from CONTRIBUTING.md.

Enters: faces (`__init__.py`) and the files at the root.  Leaves: Markdown.  Says nothing that does not stand in a face.
"""

from __future__ import annotations

import ast
from pathlib import Path

__all__ = ["rooms"]

SOURCE = Path(__file__).resolve().parent.parent / "src" / "tierproof"


def rooms() -> None:
    """Print every room with its first sentence, those within it below, then the files beside the rooms."""
    faces = sorted(SOURCE.rglob("__init__.py"), key=lambda face: face.parent.parts)
    lines = [
        f"{'  ' * (len(inside) - 1)}- `{inside[-1]}/`: {_first(face)}"
        for face in faces
        if (inside := face.parent.relative_to(SOURCE).parts)
    ]
    files = [path for path in sorted(SOURCE.glob("*.py")) if not path.stem.startswith("__")]
    print("\n".join(["", *lines, *(f"- `{path.name}`: {_first(path)}" for path in files), ""]))


def _first(path: Path) -> str:
    """The first sentence of a file's docstring."""
    told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(told.split("\n\n")[0].split()).split(".  ")[0].rstrip(".") + "."

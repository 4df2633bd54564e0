"""The engine's files, each parsed once for all rules."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

__all__ = ["MODULES", "SOURCE", "imported", "name_of", "tree"]

SOURCE = Path(__file__).resolve().parents[2] / "src" / "tierproof"
MODULES = sorted(SOURCE.rglob("*.py"))


def name_of(path: Path) -> str:
    """Of a file or a room, from the engine's root."""
    return path.relative_to(SOURCE).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(module: Path) -> Iterator[str]:
    """The modules that a file names in its imports, wherever in it these stand."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)

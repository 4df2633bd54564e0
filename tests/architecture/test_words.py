"""Words of a language are data: the engine holds no list of them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "tierproof"
ROOMS = ("challenge", "decision", "synthesis", "answers", "report", "doors")
MODULES = [path for room in ROOMS for path in sorted((SOURCE / room).rglob("*.py"))]
RUSSIAN = re.compile("[а-яё]{2,}", re.IGNORECASE)
"""One letter may stand for an alphabet."""
FEW = 2
"""So many may stand beside what they decide."""


def _lists(tree: ast.AST) -> list[tuple[int, list[str]]]:
    found = []
    for node in ast.walk(tree):
        parts = node.elts if isinstance(node, ast.List | ast.Set | ast.Tuple) else []
        if isinstance(node, ast.Dict):
            parts = [part for part in (*node.keys, *node.values) if part is not None]
        words = [str(part.value) for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        found.append((getattr(node, "lineno", 0), [word for word in words if RUSSIAN.search(word)]))
    return found


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_a_list_of_words_is_data(module: Path) -> None:
    lists = _lists(ast.parse(module.read_text(encoding="utf-8")))
    assert [one for one in lists if len(one[1]) > FEW] == [], "put them into a TOML file, as challenge/reading/words"

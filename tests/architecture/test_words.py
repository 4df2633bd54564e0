"""Words of a language are data: the engine holds no list of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from architecture.source import MODULES, name_of, tree

ROOMS = ("challenge", "decision", "synthesis", "answers", "report", "doors")
RUSSIAN = re.compile("[а-яё]{2,}", re.IGNORECASE)
"""One letter may stand for an alphabet."""
FEW = 2
"""So many may stand beside what they decide."""


def _lists(module: ast.AST) -> Iterator[list[str]]:
    """Those words of its lists and tables."""
    for node in ast.walk(module):
        parts = node.elts if isinstance(node, ast.List | ast.Set | ast.Tuple) else []
        if isinstance(node, ast.Dict):
            parts = [part for part in (*node.keys, *node.values) if part is not None]
        words = [str(part.value) for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        yield [word for word in words if RUSSIAN.search(word)]


def test_a_list_of_words_is_data() -> None:
    modules = [module for module in MODULES if name_of(module).startswith(ROOMS)]
    assert len(modules) > 300
    found = {name_of(module): [words for words in _lists(tree(module)) if len(words) > FEW] for module in modules}
    lists = {name: words for name, words in found.items() if words}
    assert lists == {}, "put them into a TOML file, as challenge/reading/words"

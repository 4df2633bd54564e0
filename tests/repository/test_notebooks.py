"""The notebooks of the examples: kept without output, and each cell runs and has something to show.

Run here cell by cell, as a kernel would: Jupyter's own runner would bring forty packages to every test environment.
"""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "examples" / "notebooks").glob("*.ipynb"))


def cells(notebook: Path) -> list[dict[str, Any]]:
    read = json.loads(notebook.read_text(encoding="utf-8"))
    assert read["nbformat"] == 4
    return list(read["cells"])


def shown(source: str, names: dict[str, Any]) -> Any:
    """Run a cell; what its last expression gives, as a kernel shows it."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names) if isinstance(last, ast.Expr) else None


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_its_first_cell_to_its_last(notebook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(notebook.parent)
    names: dict[str, Any] = {"__name__": "__main__"}
    told = [shown(one["source"], names) for one in cells(notebook) if one["cell_type"] == "code"]
    pages = [found._repr_html_() for found in told if hasattr(found, "_repr_html_")]
    assert len(pages) >= 5
    assert all("<table" in page for page in pages)
    # A list of rows is what the reader is to read, so none is empty.
    assert all(found for found in told if isinstance(found, list))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_output(notebook: Path) -> None:
    found = cells(notebook)
    assert [one["id"] for one in found] == list(dict.fromkeys(one["id"] for one in found))
    assert all(one["outputs"] == [] and one["execution_count"] is None for one in found if one["cell_type"] == "code")
    assert notebook.stat().st_size < 20_000

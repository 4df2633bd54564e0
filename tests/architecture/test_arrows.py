"""The map in CONTRIBUTING.md is true: imports run one way, and the engine knows no technique by name."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "tierproof"
ORDER = (
    "evidence",
    "systems",
    "techniques",
    "experiment",
    "synthesis",
    "decision",
    "challenge",
    "answers",
    "report",
    "doors",
)
PURE = ("synthesis", "decision", "challenge")
ENGINE = ("evidence", "systems", "experiment", "synthesis", "decision", "challenge", "answers", "report", "doors")
MODULES = sorted(SOURCE.rglob("*.py"))
TECHNIQUES = sorted(path.stem for path in (SOURCE / "packs" / "production_ai" / "techniques").glob("*.toml"))


def package_of(module: Path) -> str:
    parts = module.relative_to(SOURCE).parts
    return parts[0] if len(parts) > 1 else ""


def imported_packages(module: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
        elif isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
    return {name.split(".")[1] for name in names if name.startswith("tierproof.") and name.count(".")}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_run_from_left_to_right(module: Path) -> None:
    package = package_of(module)
    if package not in ORDER:
        return
    to_the_right = set(ORDER[ORDER.index(package) + 1 :])
    assert not imported_packages(module) & to_the_right


@pytest.mark.parametrize("module", [path for path in MODULES if package_of(path) in PURE], ids=lambda path: path.name)
def test_the_middle_does_no_input_or_output(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    calls = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    imports = {
        alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    imports |= {
        node.module.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
    }
    assert not calls & {"open", "print", "input"}
    assert not imports & {"os", "sys", "subprocess", "socket", "logging", "urllib", "random", "rich", "typer"}


KNOWS_NONE = [
    path for path in MODULES if package_of(path) in ENGINE and SOURCE / "systems" / "training" not in path.parents
]
"""Recipes of training are named after what they do to a model, as are the techniques that use them."""


@pytest.mark.parametrize("module", KNOWS_NONE, ids=lambda path: path.name)
def test_the_engine_knows_no_technique_by_name(module: Path) -> None:
    constants = {
        node.value
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert not constants & set(TECHNIQUES)


def test_the_shipped_pack_has_its_techniques() -> None:
    # The rule above would hold vacuously for an empty pack.
    assert len(TECHNIQUES) == 21
    for name in TECHNIQUES:
        table = tomllib.loads(
            (SOURCE / "packs" / "production_ai" / "techniques" / f"{name}.toml").read_text(encoding="utf-8")
        )
        assert table["id"] == name


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_file_fits_in_a_head(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= 500
    assert module.stem.strip("_") not in {"util", "utils", "helper", "helpers", "common", "misc"}

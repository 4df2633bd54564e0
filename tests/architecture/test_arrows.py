"""The map in CONTRIBUTING.md is true: imports run one way, and the engine knows no technique by name."""

from __future__ import annotations

import ast
import tomllib

from architecture.source import MODULES, SOURCE, imported, name_of, tree

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
ROOM = {module: name_of(module).split("/")[0] for module in MODULES}
PURE = ("synthesis", "decision", "challenge")
EFFECTS = {"os", "sys", "subprocess", "socket", "logging", "urllib", "random", "rich", "typer"}
TECHNIQUES = SOURCE / "packs" / "production_ai" / "techniques"


def test_imports_run_from_left_to_right() -> None:
    against = {}
    for module in MODULES:
        if ROOM[module] in ORDER:
            to_the_right = {f"tierproof.{room}" for room in ORDER[ORDER.index(ROOM[module]) + 1 :]}
            against[name_of(module)] = {".".join(name.split(".")[:2]) for name in imported(module)} & to_the_right
    assert len(against) > 500
    assert {name: found for name, found in against.items() if found} == {}


def test_the_middle_does_no_input_or_output() -> None:
    effects = {}
    for module in (module for module in MODULES if ROOM[module] in PURE):
        nodes = [node.func for node in ast.walk(tree(module)) if isinstance(node, ast.Call)]
        calls = {node.id for node in nodes if isinstance(node, ast.Name)} & {"open", "print", "input"}
        effects[name_of(module)] = calls | ({name.split(".")[0] for name in imported(module)} & EFFECTS)
    assert len(effects) > 100
    assert {name: found for name, found in effects.items() if found} == {}


def test_the_engine_knows_no_technique_by_name() -> None:
    # The rule would hold vacuously for an empty pack.
    techniques = {path.stem for path in TECHNIQUES.glob("*.toml")}
    assert len(techniques) == 21
    assert {tomllib.loads(path.read_text(encoding="utf-8"))["id"] for path in TECHNIQUES.glob("*.toml")} == techniques
    known = {}
    # Recipes of training are named after what they do to a model, as are the techniques that use them.
    for module in (module for module in MODULES if ROOM[module] in ORDER and ROOM[module] != "techniques"):
        if SOURCE / "systems" / "training" not in module.parents:
            nodes = ast.walk(tree(module))
            known[name_of(module)] = {
                node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)
            } & techniques
    assert len(known) > 500
    assert {name: found for name, found in known.items() if found} == {}


def test_a_file_fits_in_a_head() -> None:
    lines = {name_of(module): len(module.read_text(encoding="utf-8").splitlines()) for module in MODULES}
    assert {name: count for name, count in lines.items() if count > 500} == {}
    drawers = {"util", "utils", "helper", "helpers", "common", "misc"}
    assert [name_of(module) for module in MODULES if module.stem.strip("_") in drawers] == []

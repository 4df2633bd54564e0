"""The rooms show the thought: each has a face, few entries, names of its own, and no circle of imports."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from architecture.source import MODULES, SOURCE, name_of, tree

ROOMS = sorted({path.parent for path in MODULES} - {SOURCE})
NAMES = {".".join(("tierproof", *path.relative_to(SOURCE).with_suffix("").parts)): path for path in MODULES}
NAMES = {name.removesuffix(".__init__"): path for name, path in NAMES.items()}
MOST = 9
ONE_FILE_EACH = {
    "answers": "a question",
    "challenge/forms": "a form of claim",
    "doors/cli": "a command",
    "doors/web/pages": "a page",
    "experiment/logs/readers": "a tool",
    "experiment/workload/scorers": "a kind of scorer",
    "report/words": "an answer",
    "systems/parts/search/kinds": "a kind of back end",
    "techniques": "a technique",
}
"""Rooms that grow by one file with each of what they hold."""
TELLING = {"answers", "doors", "report"}
"""A question, its answer, its words and its door share a name with what is asked about."""
BOTH_WAYS = {"experiment/logs/readers", "experiment/logs/writers"}


def entries(room: Path) -> set[str]:
    files = {path.stem for path in room.glob("*.py") if path.stem not in ("__init__", "__main__")}
    return files | {path.name for path in room.iterdir() if (path / "__init__.py").exists()}


def test_a_room_has_a_face() -> None:
    for room in ROOMS:
        face = tree(room / "__init__.py")
        assert ast.get_docstring(face), f"say what {name_of(room)} holds, and what it must not know"
        (listed,) = (
            ast.literal_eval(node.value)
            for node in face.body
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
        )
        # A table of contents names the files, or what is imported from them; the first must be all of them.
        if set(listed) & entries(room) and not any(isinstance(node, ast.ImportFrom) for node in face.body):
            assert set(listed) == entries(room), f"the table of contents of {name_of(room)}/__init__.py is another"


def test_a_room_has_few_entries() -> None:
    counts = {name_of(room): len(entries(room)) for room in ROOMS if name_of(room) not in ONE_FILE_EACH}
    too_many = {name: count for name, count in counts.items() if count > MOST}
    assert too_many == {}, "divide it, or put the file where it belongs"


def test_no_two_files_have_one_name() -> None:
    found: dict[str, list[str]] = defaultdict(list)
    for path in SOURCE.rglob("*.py"):
        if path.stem not in ("__init__", "__main__"):
            found[path.stem].append(path.parent.relative_to(SOURCE).as_posix())
    shared = {name: rooms for name, rooms in found.items() if len(rooms) > 1 and not _siblings(rooms)}
    assert shared == {}


def _siblings(rooms: list[str]) -> bool:
    """The same part of sibling things."""
    others = [room for room in rooms if room.split("/")[0] not in TELLING]
    return len(others) <= 1 or set(rooms) <= BOTH_WAYS


def test_no_module_imports_itself_on_the_way() -> None:
    _in_order({name: set(_used(path)) for name, path in NAMES.items()})


def test_rooms_of_a_room_stand_in_order() -> None:
    for room in ROOMS:
        inside = {
            path.name: ".".join(("tierproof", *path.relative_to(SOURCE).parts))
            for path in room.iterdir()
            if path in ROOMS
        }
        below: dict[str, set[str]] = {name: set() for name in inside}
        for own, start in inside.items():
            used = {n for name, path in NAMES.items() if f"{name}.".startswith(f"{start}.") for n in _used(path)}
            below[own] = {
                other for other, start in inside.items() if any(f"{n}.".startswith(f"{start}.") for n in used)
            }
        _in_order(below)


def _in_order(graph: dict[str, set[str]]) -> None:
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " -> ".join((*way[way.index(name) :], name))
        if name not in done:
            for other in sorted(graph[name] - {name}):
                visit(other, (*way, name))
            done.add(name)

    for name in sorted(graph):
        visit(name, ())


@cache
def _used(path: Path) -> frozenset[str]:
    return frozenset(_imports(tree(path)))


def _imports(node: ast.AST) -> Iterator[str]:
    """What is imported here or in functions, for types alone as well."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ImportFrom) and child.module in NAMES:
            names = {f"{child.module}.{alias.name}" for alias in child.names} & set(NAMES)
            yield from names or {str(child.module)}
        elif isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield from _imports(child)

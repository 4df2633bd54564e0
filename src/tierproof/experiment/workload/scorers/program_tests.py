"""A target's tests, made into code that runs them all.

Enters: a target as data sets write it: assertions, a list of lines, comparisons, `check(candidate)`, test functions and
classes, doctests.  Leaves: Python that calls each and counts what was checked, or why nothing can be.  Must not know
how it is run.

Tests that are only defined, and comparisons that are only evaluated, pass every program: what Python would drop is
called or asserted here, and tests that check nothing are refused.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["CHECKED", "Tests", "tests_of"]

CHECKED = "__checked__"
"""What the code calls for each thing that it checks."""
ENTRY_FIELDS = (
    "entry_point",
    "entrypoint",
    "entry",
    "function_name",
    "func_name",
    "fn_name",
    "function",
    "method_name",
)
"""Where data sets name the function that a `check(candidate)` is given."""
PREDICATES = frozenset(
    [
        "isinstance",
        "issubclass",
        "all",
        "any",
        "callable",
        "hasattr",
        "bool",
        "isclose",
        "allclose",
        "array_equal",
        "is_integer",
        "isnan",
        "startswith",
        "endswith",
        "isdigit",
        "issubset",
        "issuperset",
        "isdisjoint",
        "equals",
    ]
)
"""Calls whose result is what is meant, where they stand alone."""
RUNNERS = frozenset({"unittest.main", "pytest.main", "doctest.testmod"})
DEFINED = re.compile(r"\bdef[ \t]+([A-Za-z_]\w*)[ \t]*\(")


@dataclass(frozen=True, slots=True)
class Tests:
    source: str
    names: tuple[str, ...] = ()
    """Modules by whose names the tests import the program."""


def tests_of(target: Any, metadata: Mapping[str, Any], asked: str) -> Tests:
    """Tests that run.  Raises ValueError with what is wrong, in words that follow "its tests"."""
    text = _text(target)
    if re.search(r"^\s*>>> ", text, re.MULTILINE):
        return Tests(_doctests(text))
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise ValueError(f"are no Python: {error}") from None
    body = [kept for statement in tree.body for kept in _unguarded(statement)]
    called = {node.id for one in body if not _defines(one) for node in ast.walk(one) if isinstance(node, ast.Name)}
    calls = list[ast.stmt]()
    for one in body:
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and one.name not in _reached(body, called):
            calls += _call(one, metadata, asked)
        elif isinstance(one, ast.ClassDef):
            calls += _class_calls(one)
    tree.body = [*map(_asserted, body), *calls]
    if not any(_checks(node) for node in ast.walk(tree)):
        raise ValueError("check nothing, so that every program would pass")
    counted = ast.fix_missing_locations(_Counted().visit(tree))
    return Tests(ast.unparse(counted), tuple(_imported(body)))


def _text(target: Any) -> str:
    if isinstance(target, Mapping):
        inner = next((target[name] for name in ("test", "tests", "test_list", "assertions") if target.get(name)), None)
        if inner is None:
            raise ValueError("stand in no field 'test' or 'tests': write assertions")
        setup = next((target[name] for name in ("setup", "test_setup_code", "test_imports") if target.get(name)), "")
        return f"{_text(setup)}\n{_text(inner)}" if setup else _text(inner)
    if isinstance(target, str):
        listed = _listed(target.strip())
        return target if listed is None else _text(listed)
    if isinstance(target, list | tuple) and all(isinstance(one, str) for one in target):
        return "\n".join(one.rstrip() for one in target)
    raise ValueError("are no text and no list of texts: write assertions")


def _listed(text: str) -> Any:
    """A list of texts that is written as text, as CSV files hold it."""
    if not text.startswith(("[", "{", "(")):
        return None
    for read in (json.loads, ast.literal_eval):
        try:
            value = read(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        if isinstance(value, Mapping) or (isinstance(value, list | tuple) and value and isinstance(value[0], str)):
            return value
    return None


def _doctests(text: str) -> str:
    return (
        "import doctest as _doctest\n"
        f"_tests = _doctest.DocTestParser().get_doctest({text!r}, dict(globals()), 'tests', None, 0)\n"
        "_failed = _doctest.DocTestRunner(verbose=False).run(_tests).failed\n"
        f"if _tests.examples: {CHECKED}()\n"
        "assert _failed == 0, f'{_failed} examples failed'\n"
    )


def _defines(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)


def _unguarded(statement: ast.stmt) -> Iterator[ast.stmt]:
    """What stands under `if __name__ == "__main__"` is run like the rest; runners are replaced by calls."""
    if isinstance(statement, ast.If) and any(
        isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(statement.test)
    ):
        for inner in statement.body:
            yield from _unguarded(inner)
        return
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        name = ast.unparse(statement.value.func)
        if name in RUNNERS or name in ("sys.exit", "exit", "quit"):
            return
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.List | ast.Tuple):
        # A list of comparisons or calls that stands by itself is evaluated and dropped.
        for element in statement.value.elts:
            yield ast.copy_location(ast.Expr(element), statement)
        return
    yield statement


def _asserted(statement: ast.stmt) -> ast.stmt:
    """A comparison that stands alone, asserted."""
    if not isinstance(statement, ast.Expr):
        return statement
    value = statement.value
    compared = isinstance(value, ast.Compare | ast.BoolOp) or (
        isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.Not)
    )
    if isinstance(value, ast.Call):
        compared = ast.unparse(value.func).rpartition(".")[2] in PREDICATES
    return ast.copy_location(ast.Assert(test=value, msg=None), statement) if compared else statement


def _reached(body: list[ast.stmt], called: set[str]) -> set[str]:
    """Names of functions that what runs at the top calls, also by way of others."""
    inside = {
        one.name: {node.id for node in ast.walk(one) if isinstance(node, ast.Name)}
        for one in body
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    reached, open_ = set(called), list(called)
    while open_:
        for name in inside.get(open_.pop(), set()) - reached:
            reached.add(name)
            open_.append(name)
    return reached


def _call(function: ast.FunctionDef | ast.AsyncFunctionDef, metadata: Mapping[str, Any], asked: str) -> list[ast.stmt]:
    """The call of a test that nothing calls; none where it checks nothing, such as a helper."""
    if not (function.name.startswith("test") or any(_checks(node) for node in ast.walk(function))):
        return []
    given = function.args
    needed = len(given.posonlyargs) + len(given.args) - len(given.defaults)
    needed += sum(default is None for default in given.kw_defaults)
    if needed > 1:
        raise ValueError(f"hold '{function.name}', which takes {needed} arguments that nothing gives")
    argument = _entry(metadata, asked, function.name) if needed else ""
    call = f"{function.name}({argument})"
    if isinstance(function, ast.AsyncFunctionDef):
        call = f"__import__('asyncio').run({call})"
    return ast.parse(call).body


def _entry(metadata: Mapping[str, Any], asked: str, test: str) -> str:
    """Name of the function that is tested: stated beside the item, else the last one that the request defines."""
    stated = next((str(metadata[name]).strip() for name in ENTRY_FIELDS if metadata.get(name)), "")
    if stated and all(part.isidentifier() for part in stated.split(".")):
        return stated
    defined = DEFINED.findall(asked)
    if defined:
        return str(defined[-1])
    raise ValueError(f"are given as '{test}(...)', and nothing says of which function: add a field 'entry_point'")


def _class_calls(one: ast.ClassDef) -> list[ast.stmt]:
    bases = [ast.unparse(base) for base in one.bases]
    methods = [inner for inner in one.body if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)]
    tests = [inner.name for inner in methods if inner.name.startswith("test")]
    if any(base.endswith("TestCase") for base in bases):
        return ast.parse(
            "import unittest as _unittest\n"
            f"_result = _unittest.TestResult()\n"
            f"_unittest.defaultTestLoader.loadTestsFromTestCase({one.name}).run(_result)\n"
            f"if _result.testsRun > len(_result.skipped): {CHECKED}()\n"
            "_bad = _result.errors + _result.failures\n"
            "if _bad: raise AssertionError(_bad[0][1].strip().splitlines()[-1])\n"
            "if _result.unexpectedSuccesses: raise AssertionError('a test succeeded that was expected to fail')\n"
        ).body
    if not tests:
        return []
    ready = next((inner.name for inner in methods if inner.name in ("setup_method", "setUp", "setup")), None)
    lines = ["import asyncio as _asyncio, inspect as _inspect"]
    for name in tests:
        lines.append(f"_case = {one.name}()")
        if ready is not None:
            lines.append(f"_case.{ready}({'None' if ready == 'setup_method' and _takes(methods, ready) > 1 else ''})")
        lines += [f"_done = _case.{name}()", "if _inspect.isawaitable(_done): _asyncio.run(_done)"]
    return ast.parse("\n".join(lines)).body


def _takes(methods: list[ast.FunctionDef | ast.AsyncFunctionDef], name: str) -> int:
    return next(len(one.args.args) for one in methods if one.name == name)


def _checks(node: ast.AST) -> bool:
    """Does a node check something: an assertion, an error raised, a call at the top that must not fail?"""
    if isinstance(node, ast.Assert | ast.Raise):
        return True
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func).rpartition(".")[2]
        return name == CHECKED or name.lower().startswith(("assert", "fail")) or name in ("raises", "warns")
    return False


class _Counted(ast.NodeTransformer):
    """Each check is told before it is made, so that tests which end without one are seen."""

    def visit_Assert(self, node: ast.Assert) -> Any:
        self.generic_visit(node)
        return [ast.Expr(ast.Call(ast.Name(CHECKED, ast.Load()), [], [])), node]

    def visit_Call(self, node: ast.Call) -> Any:
        self.generic_visit(node)
        if ast.unparse(node.func).rpartition(".")[2] != CHECKED and _checks(node):
            return ast.Call(ast.Name(CHECKED, ast.Load()), [node], [])
        return node

    def visit_Raise(self, node: ast.Raise) -> Any:
        self.generic_visit(node)
        return node

    def visit_If(self, node: ast.If) -> Any:
        self.generic_visit(node)
        if any(isinstance(inner, ast.Raise) for inner in ast.walk(node)):
            return [ast.Expr(ast.Call(ast.Name(CHECKED, ast.Load()), [], [])), node]
        return node


def _imported(body: list[ast.stmt]) -> Iterator[str]:
    """Modules that are none of Python's own: the program under the name that its tests know."""
    for one in body:
        for node in ast.walk(one):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                continue
            yield from (
                name for name in names if name.partition(".")[0] not in sys.stdlib_module_names and name != "pytest"
            )

"""A target's tests, made into code that runs them all.

Enters: a target as data sets write it: assertions, a list of lines, comparisons, `check(candidate)`, test functions and
classes, doctests.  Leaves: Python that calls each and counts what was checked, or why nothing can be.  Must not know
how it is run.

Tests that are only defined, and comparisons that are only evaluated, pass every program: what Python would drop is
called or asserted here, and tests that check nothing are refused.
"""

from __future__ import annotations

import ast
import builtins
import importlib.util
import json
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tierproof.experiment.workload.scorers.program_calls import (
    CHECKED,
    Counted,
    called_functions,
    calls_of,
    runs_a_check,
)
from tierproof.messages import Message
from tierproof.systems.texts.fences import fenced_blocks

__all__ = ["CHECKED", "Tests", "tests_of"]

PREDICATES = frozenset([
    "isinstance", "issubclass", "all", "any", "callable", "hasattr", "bool", "isclose", "allclose", "array_equal",
    "is_integer", "isnan", "startswith", "endswith", "isdigit", "issubset", "issuperset", "isdisjoint", "equals",
])  # fmt: skip
"""Calls whose result is what is meant, where they stand alone."""
RUNNERS = frozenset({"unittest.main", "pytest.main", "doctest.testmod"})
RUNNING = re.compile(
    r"\b(?:TextTestRunner|TestSuite|TestLoader|defaultTestLoader|makeSuite|TestResult|unittest\.main)\b"
)
"""What tests are gathered and run with."""
PACKAGES = frozenset([
    "numpy", "pandas", "scipy", "sympy", "sklearn", "matplotlib", "seaborn", "torch", "tensorflow", "jax", "networkx",
    "requests", "bs4", "lxml", "yaml", "attr", "attrs", "pydantic", "hypothesis", "nose", "parameterized", "mock",
    "flask", "django", "PIL", "cv2", "nltk", "statsmodels", "polars", "dateutil", "pytz", "tqdm", "hamcrest",
    "assertpy", "freezegun", "httpx", "aiohttp", "sqlalchemy", "fastapi",
])  # fmt: skip
"""Names that mean what everybody installs under them, and no program under test."""
PYTEST = (
    "import sys as _sys, types as _types\n"
    "_sys.modules['pytest'] = _types.ModuleType('pytest')\n"
    f"exec({Path(__file__).with_name('pytest_stand_in.py').read_text(encoding='utf-8')!r},"
    " _sys.modules['pytest'].__dict__)\n"
)
FREE_ASSERTIONS = (
    "import unittest as _unittest\n"
    "self = _unittest.TestCase()\n"
    "for _name in dir(_unittest.TestCase):\n"
    "    if _name.startswith('assert'): globals().setdefault(_name, getattr(_unittest.TestCase(), _name))\n"
)
"""Methods of a test case that are called as if they were functions, or of a `self` without a class."""


@dataclass(frozen=True, slots=True)
class Tests:
    source: str
    names: tuple[str, ...] = ()
    """Modules by whose names the tests import the program."""


def tests_of(target: Any, metadata: Mapping[str, Any], asked: str, *, packages: bool = False) -> Tests:
    """Tests that run.  `packages`: what is installed may be imported.

    Raises ValueError with what is wrong, in words that follow "its tests".
    """
    text = textwrap.dedent(_unfenced(_text(target)).replace("\r\n", "\n"))
    examples = [text] if re.search(r"^\s*>>> ", text, re.MULTILINE) else []
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError) as error:
        if examples:
            return Tests(_doctests(text))
        raise ValueError(Message("are no Python: {error}", error=str(error))) from None
    if examples:
        # Within the strings of a program, for by themselves they are none.
        examples = [one for one in _strings(tree) if re.search(r"^\s*>>> ", one, re.MULTILINE)]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            # From beside the tests: from the program.
            node.level, node.module = 0, node.module or "solution"
    _refuse_packages(tree, packages=packages)
    body = list(_without_runners(kept for statement in tree.body for kept in _unguarded(statement)))
    calls = calls_of(body, metadata, asked)
    tree.body = list(map(_asserted, body))
    _refuse_unknown(tree)
    if not (examples or calls or runs_a_check(tree.body, called_functions(body))):
        raise ValueError(Message("check nothing, so that every program would pass"))
    counted = Counted().visit(tree)
    counted.body += calls
    source = ast.unparse(ast.fix_missing_locations(counted))
    stand_in = PYTEST if not packages and "pytest" in text else ""
    free = FREE_ASSERTIONS if re.search(r"(?:(?<![\w.])|^self\.)assert[A-Z]\w+\(", text, re.MULTILINE) else ""
    return Tests(
        "".join([stand_in, free, source, *(f"\n{_doctests(one)}" for one in examples)]), tuple(_imported(body))
    )


def _refuse_unknown(tree: ast.Module) -> None:
    """Raises ValueError for assertions of something that is nowhere: they would fail every program."""
    known = {"self", *dir(builtins)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            known.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            known.add(node.name)
        elif isinstance(node, ast.arg):
            known.add(node.arg)
        elif isinstance(node, ast.alias):
            known.add((node.asname or node.name).partition(".")[0])
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
        ):
            holder = node.func.value.id
            if node.func.attr.lower().startswith("assert") and holder not in known:
                raise ValueError(
                    Message(
                        "call '{holder}.{attr}', and nothing says what '{holder}' is: write assertions",
                        holder=holder,
                        attr=node.func.attr,
                    )
                )


def _unfenced(text: str) -> str:
    blocks = fenced_blocks(text)
    return "\n".join(block.text for block in blocks) if text.lstrip().startswith("```") and blocks else text


def _strings(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield textwrap.dedent(node.value)


def _refuse_packages(tree: ast.Module, *, packages: bool) -> None:
    wanted = {name.partition(".")[0] for name in _imported(tree.body)} & PACKAGES
    lacking = sorted(name for name in wanted if not packages or importlib.util.find_spec(name) is None)
    if lacking:
        remedy = Message("install it beside tierproof") if packages else Message("state packages = true in [scorer]")
        raise ValueError(
            Message("import {lacking}, which programs cannot here: {remedy}", lacking=", ".join(lacking), remedy=remedy)
        )


def _text(target: Any) -> str:
    if isinstance(target, Mapping):
        inner = next((target[name] for name in ("test", "tests", "test_list", "assertions") if target.get(name)), None)
        if inner is None:
            raise ValueError(Message("stand in no field 'test' or 'tests': write assertions"))
        setup = next((target[name] for name in ("setup", "test_setup_code", "test_imports") if target.get(name)), "")
        return f"{_text(setup)}\n{_text(inner)}" if setup else _text(inner)
    if isinstance(target, str):
        listed = _listed(target.strip())
        return target if listed is None else _text(listed)
    if isinstance(target, list | tuple) and all(isinstance(one, str) for one in target):
        return "\n".join(one.rstrip() for one in target)
    raise ValueError(Message("are no text and no list of texts: write assertions"))


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


def _unguarded(statement: ast.stmt) -> Iterator[ast.stmt]:
    """What stands under `if __name__ == "__main__"` is run like the rest; runners are replaced by calls."""
    if isinstance(statement, ast.If) and any(
        isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(statement.test)
    ):
        for inner in statement.body:
            yield from _unguarded(inner)
        return
    if (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Call)
        and (_runs_tests(statement.value) or ast.unparse(statement.value.func) in ("sys.exit", "exit", "quit"))
    ):
        return
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.List | ast.Tuple):
        # A list of comparisons or calls that stands by itself is evaluated and dropped.
        for element in statement.value.elts:
            yield ast.copy_location(ast.Expr(element), statement)
        return
    yield statement


def _without_runners(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements without those that gather and run tests, and what these give back: all tests are called anyway."""
    gone = set[str]()
    for statement in body:
        if isinstance(statement, ast.Expr | ast.Assign | ast.Assert | ast.For | ast.With | ast.If):
            named = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
            runs = isinstance(statement, ast.Assign) and RUNNING.search(ast.unparse(statement.value))
            if runs or named & gone:
                bound = statement.targets if isinstance(statement, ast.Assign) else []
                gone.update(node.id for target in bound for node in ast.walk(target) if isinstance(node, ast.Name))
                continue
        yield statement


def _runs_tests(call: ast.Call) -> bool:
    name = ast.unparse(call.func)
    return name in RUNNERS or (name == "main" and not call.args) or "TextTestRunner" in name


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

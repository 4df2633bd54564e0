"""Calls of the tests that a text only defines, and the checks within them counted.

Enters: statements of Python.  Leaves: statements that call what nothing calls, and a count of what is checked.  Must
not know in which form a data set wrote them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tierproof.messages import Message

__all__ = ["CHECKED", "Counted", "called_functions", "calls_of", "runs_a_check"]

CHECKED = "__checked__"
"""What the code calls for each thing that it checks."""
PLAIN = "__plain__"
"""What the code calls with each value that it compares: one that is equal to everything passes no test."""
ENTRY_FIELDS = (
    "entry_point", "entrypoint", "entry", "function_name", "func_name", "fn_name", "function", "method_name",
)  # fmt: skip
"""Where data sets name the function that a `check(candidate)` is given."""
PYTESTS_OWN = frozenset(
    {"tmp_path", "tmpdir", "capsys", "capfd", "caplog", "monkeypatch", "mocker", "recwarn", "benchmark"}
)
"""Arguments that pytest gives by itself."""
DEFINED = re.compile(r"\bdef[ \t]+([A-Za-z_]\w*)[ \t]*\(")


def called_functions(body: list[ast.stmt]) -> set[str]:
    """Names of functions that what runs at the top calls, also by way of others."""
    defines = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    called = {
        node.id for one in body if not isinstance(one, defines) for node in ast.walk(one) if isinstance(node, ast.Name)
    }
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


def _call(
    function: ast.FunctionDef | ast.AsyncFunctionDef,
    metadata: Mapping[str, Any],
    asked: str,
    fixtures: set[str],
    helpers: set[str],
) -> list[ast.stmt]:
    """The call of a test that nothing calls; none where it checks nothing, by itself or by a helper.

    One that gives back whether a program is right checks that.
    """
    checking = any(checks(node) or (isinstance(node, ast.Name) and node.id in helpers) for node in _inside(function))
    says = _gives_back(function) and (function.name.startswith(("test", "check")))
    if not (checking or says) or _is_fixture(function) or _is_left_out(function):
        return []
    needed, made = _needed(function), _cases(function)
    given = sorted(PYTESTS_OWN & set(needed))
    if given:
        raise ValueError(
            Message(
                "hold '{name}', whose argument '{given}' is pytest's own and not to be had here",
                name=function.name,
                given=given[0],
            )
        )
    if made or any(name in fixtures for name in needed):
        lacking = [name for name in needed if name not in made and name not in fixtures]
        if lacking:
            raise ValueError(
                Message(
                    "hold '{name}', whose argument '{lacking}' nothing gives", name=function.name, lacking=lacking[0]
                )
            )
        runs = ast.parse(f"for _ in __import__('pytest').run_test({function.name}): {CHECKED}()")
        return runs.body
    if len(needed) > 1:
        raise ValueError(
            Message("hold '{name}', which takes {n} arguments that nothing gives", name=function.name, n=len(needed))
        )
    takes_program = function.name.startswith("check") and bool(function.args.args)
    argument = _entry(metadata, asked, function.name) if needed or takes_program else ""
    call = f"{function.name}({argument})"
    if isinstance(function, ast.AsyncFunctionDef):
        call = f"__import__('asyncio').run({call})"
    return ast.parse(call if checking else f"{CHECKED}()\nassert {call}").body


def _is_named(name: str, body: list[ast.stmt], but: ast.stmt) -> bool:
    """Is a function used by another test, as a helper of it?"""
    return any(
        isinstance(node, ast.Name) and node.id == name for one in body if one is not but for node in ast.walk(one)
    )


def _needed(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """Arguments without a default."""
    given = function.args
    placed = [*given.posonlyargs, *given.args]
    needed = [one.arg for one in placed[: len(placed) - len(given.defaults)]]
    return needed + [
        one.arg for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True) if default is None
    ]


def _cases(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """Arguments that `pytest.mark.parametrize` gives."""
    found: set[str] = set()
    for one in function.decorator_list:
        if isinstance(one, ast.Call) and ast.unparse(one.func).endswith("parametrize") and one.args:
            try:
                names = ast.literal_eval(one.args[0])
            except ValueError:
                continue
            found.update(map(str.strip, names.split(",")) if isinstance(names, str) else names)
    return found


def _is_left_out(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Marked as one that is not run, or that fails."""
    return any(
        re.search(r"\bmark\.(?:skip|xfail)\b|\bskip\(|expectedFailure", ast.unparse(one))
        for one in function.decorator_list
    )


def _is_fixture(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any("fixture" in ast.unparse(one) for one in function.decorator_list)


def _inside(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    """What runs when a function is called: all in it but functions within that it never names."""
    named = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    open_: list[ast.AST] = list(function.body)
    while open_:
        node = open_.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name not in named:
            continue
        yield node
        open_.extend(ast.iter_child_nodes(node))


def _gives_back(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(isinstance(node, ast.Return) and node.value is not None for node in _inside(function))


def _entry(metadata: Mapping[str, Any], asked: str, test: str) -> str:
    """Name of the function that is tested: stated beside the item, else the last one that the request defines."""
    stated = next((str(metadata[name]).strip() for name in ENTRY_FIELDS if metadata.get(name)), "")
    if stated and all(part.isidentifier() for part in stated.split(".")):
        return stated
    defined = DEFINED.findall(asked)
    if defined:
        return str(defined[-1])
    raise ValueError(
        Message("are given as '{test}(...)', and nothing says of which function: add a field 'entry_point'", test=test)
    )


def _class_calls(one: ast.ClassDef) -> list[ast.stmt]:
    bases = [ast.unparse(base) for base in one.bases]
    methods = [inner for inner in one.body if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)]
    tests = [inner.name for inner in methods if inner.name.startswith("test") and not _is_left_out(inner)]
    if any(base.endswith("TestCase") for base in bases):
        skipped = any("skip" in ast.unparse(mark) for mark in one.decorator_list)
        kept = [inner for inner in methods if "skip" not in "".join(map(ast.unparse, inner.decorator_list))]
        if skipped or not any(inner.name.startswith(("test", "runTest")) for inner in kept):
            raise ValueError(Message("hold the class '{name}' without a test that runs", name=one.name))
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
    for inner in methods:
        if inner.name in tests and len(_needed(inner)) > (not _is_static(inner)):
            raise ValueError(
                Message(
                    "hold '{name}.{method}', which takes arguments that nothing gives", name=one.name, method=inner.name
                )
            )
    ready = next((inner.name for inner in methods if inner.name in ("setup_method", "setUp", "setup")), None)
    lines = ["import asyncio as _asyncio, inspect as _inspect"]
    if any(inner.name == "setup_class" for inner in methods):
        plain = not any(_is_of_class(inner) for inner in methods if inner.name == "setup_class")
        lines.append(f"{one.name}.setup_class({one.name if plain else ''})")
    for name in tests:
        lines.append(f"_case = {one.name}()")
        if ready is not None:
            lines.append(f"_case.{ready}({'None' if ready == 'setup_method' and _takes(methods, ready) > 1 else ''})")
        lines += [f"_done = _case.{name}()", "if _inspect.isawaitable(_done): _asyncio.run(_done)"]
    return ast.parse("\n".join(lines)).body


def _is_static(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(ast.unparse(one) == "staticmethod" for one in function.decorator_list)


def _is_of_class(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(ast.unparse(one) == "classmethod" for one in function.decorator_list)


def _takes(methods: list[ast.FunctionDef | ast.AsyncFunctionDef], name: str) -> int:
    return next(len(one.args.args) for one in methods if one.name == name)


def checks(node: ast.AST) -> bool:
    """Does a node check something: an assertion, an error raised, a call at the top that must not fail?"""
    if isinstance(node, ast.Assert):
        if isinstance(node.test, ast.Constant):
            return not node.test.value
        # What names nothing (`1 == 1`) asks no program.
        return any(isinstance(inner, ast.Name) for inner in ast.walk(node.test))
    if isinstance(node, ast.Raise):
        return True
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func).rpartition(".")[2]
        return name == CHECKED or name.lower().startswith(("assert", "fail")) or name in ("raises", "warns")
    return False


def _says_never(node: ast.AST) -> bool:
    """`assert False`, where a program should not come."""
    if isinstance(node, ast.Assert):
        return isinstance(node.test, ast.Constant) and not node.test.value
    return isinstance(node, ast.Raise) and node.exc is not None and "AssertionError" in ast.unparse(node.exc)


def _catches_all(handler: ast.ExceptHandler) -> bool:
    return (
        handler.type is None
        or any(name in ast.unparse(handler.type) for name in ("AssertionError", "BaseException"))
        or ast.unparse(handler.type) == "Exception"
    )


def _looked_at(value: ast.expr) -> ast.expr:
    """A value that is compared; what stands for anything in the tests themselves is none of the program's."""
    if isinstance(value, ast.List | ast.Tuple | ast.Set):
        value.elts = list(map(_looked_at, value.elts))
        return value
    if isinstance(value, ast.Dict):
        value.values = list(map(_looked_at, value.values))
        return value
    names = any(isinstance(inner, ast.Name) for inner in ast.walk(value))
    if not names or isinstance(value, ast.Starred) or ast.unparse(value).endswith("ANY"):
        return value
    return ast.Call(ast.Name(PLAIN, ast.Load()), [value], [])


class Counted(ast.NodeTransformer):
    """Each check is told before it is made: tests that end without one are seen.  What is compared is looked at."""

    def visit_Compare(self, node: ast.Compare) -> Any:
        self.generic_visit(node)
        node.left, node.comparators = _looked_at(node.left), list(map(_looked_at, node.comparators))
        return node

    def visit_Assert(self, node: ast.Assert) -> Any:
        self.generic_visit(node)
        if isinstance(node.test, ast.Tuple) and node.test.elts:
            # `assert (a == b, "why")` is a tuple, which is always true.
            first, *others = node.test.elts
            meant = [first, *(one for one in others if not isinstance(one, ast.Constant | ast.JoinedStr))]
            node.test = first if len(meant) == 1 else ast.BoolOp(ast.And(), meant)
        if not checks(node):
            return node
        return [ast.Expr(ast.Call(ast.Name(CHECKED, ast.Load()), [], [])), node]

    def visit_Try(self, node: ast.Try) -> Any:
        self.generic_visit(node)
        inside = [inner for one in node.body for inner in ast.walk(one)]
        if not node.handlers or not any(isinstance(inner, ast.Assert | ast.Raise) for inner in inside):
            return node
        if any(map(_says_never, inside)):
            # An error is what is wanted here: to come to where it is caught is a check.
            for one in node.handlers:
                one.body.insert(0, ast.Expr(ast.Call(ast.Name(CHECKED, ast.Load()), [], [])))
            failures = "(AssertionError, NameError)"
        elif any(isinstance(inner, ast.Assert) for inner in inside):
            failures = "Exception" if any(map(_catches_all, node.handlers)) else "(AssertionError, NameError)"
        else:
            return node
        # What a test catches and only tells of is a failure still, and so is a program that lacks what is tested.
        node.handlers.insert(0, ast.ExceptHandler(ast.Name(failures, ast.Load()), None, [ast.Raise()]))
        return node

    def visit_Call(self, node: ast.Call) -> Any:
        self.generic_visit(node)
        if ast.unparse(node.func).rpartition(".")[2] != CHECKED and checks(node):
            node.args = list(map(_looked_at, node.args))
            return ast.Call(ast.Name(CHECKED, ast.Load()), [node], [])
        return node

    def visit_Raise(self, node: ast.Raise) -> Any:
        self.generic_visit(node)
        return node

    def visit_Match(self, node: ast.Match) -> Any:
        node.subject = _looked_at(node.subject)
        return self.visit_If(node)

    def visit_If(self, node: ast.If | ast.Match) -> Any:
        self.generic_visit(node)
        if any(isinstance(inner, ast.Raise) for inner in ast.walk(node)):
            return [ast.Expr(ast.Call(ast.Name(CHECKED, ast.Load()), [], [])), node]
        return node


def runs_a_check(body: list[ast.stmt], reached: set[str]) -> bool:
    """Does something that runs check anything?"""
    for one in body:
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
            if one.name in reached and any(map(checks, _inside(one))):
                return True
        elif not isinstance(one, ast.ClassDef) and any(map(checks, ast.walk(one))):
            return True
    return False


def calls_of(body: list[ast.stmt], metadata: Mapping[str, Any], asked: str) -> list[ast.stmt]:
    """Calls of the test functions and classes that nothing calls.  Raises ValueError for one that cannot be called."""
    fixtures = {one.name for one in body if isinstance(one, ast.FunctionDef) and _is_fixture(one)}
    reached = called_functions(body)
    helpers = {one.name for one in body if isinstance(one, ast.FunctionDef) and any(map(checks, _inside(one)))}
    calls = list[ast.stmt]()
    for one in body:
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
            if one.name in reached or (not one.name.startswith("test") and _is_named(one.name, body, but=one)):
                continue
            calls += _call(one, metadata, asked, fixtures, helpers)
        elif isinstance(one, ast.ClassDef):
            calls += _class_calls(one)
    return calls

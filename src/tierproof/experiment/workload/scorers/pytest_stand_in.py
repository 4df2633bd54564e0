"""What tests of programs use of pytest, for a sandbox in which it is not installed.

Enters: nothing; its source is run inside the sandbox under the name `pytest`.  Must not import what is not
Python's own.
"""

from __future__ import annotations

import inspect
import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

FIXTURES: dict[str, Any] = {}


class Outcome(Exception):
    """Neither passed nor failed."""


class raises:
    """Passes where an error of a kind is raised, inside `with` or by a call."""

    def __new__(cls, kind: Any, *given: Any, **named: Any) -> Any:
        if not given:
            return super().__new__(cls)
        with cls(kind) as seen:
            given[0](*given[1:], **named)
        return seen

    def __init__(self, kind: Any, *given: Any, match: str | None = None, **named: Any) -> None:
        self.kind, self.pattern = kind, match
        self.value: BaseException | None = None

    @property
    def type(self) -> Any:
        return type(self.value)

    def match(self, pattern: str) -> bool:
        assert re.search(pattern, str(self.value)), f"{pattern!r} is not in {str(self.value)!r}"
        return True

    def __enter__(self) -> raises:
        return self

    def __exit__(self, kind: Any, value: BaseException | None, trace: Any) -> bool:
        assert value is not None, f"{self.kind} was not raised"
        if not isinstance(value, self.kind):
            return False
        self.value = value
        return self.pattern is None or self.match(self.pattern)


class approx:
    """Equal within a millionth of what is expected, or 1e-12; of lists and tables each member."""

    def __init__(self, expected: Any, rel: float | None = None, abs: float | None = None, nan_ok: bool = False) -> None:
        self.expected, self.rel, self.abs = expected, rel, abs

    def __eq__(self, other: object) -> bool:
        return self._near(other, self.expected)

    def __repr__(self) -> str:
        return f"approx({self.expected!r})"

    __hash__ = None  # type: ignore[assignment]

    def _near(self, given: Any, wanted: Any) -> bool:
        if isinstance(wanted, Mapping):
            return (
                isinstance(given, Mapping)
                and given.keys() == wanted.keys()
                and all(self._near(given[key], wanted[key]) for key in wanted)
            )
        if isinstance(wanted, list | tuple):
            pairs = list(given) if hasattr(given, "__iter__") else None
            return pairs is not None and len(pairs) == len(wanted) and all(map(self._near, pairs, wanted))
        if isinstance(wanted, bool) or not isinstance(wanted, int | float | complex):
            return bool(given == wanted)
        if given == wanted:
            return True
        if not isinstance(given, int | float | complex) or not math.isfinite(abs(wanted)):
            return False
        least = self.abs if self.abs is not None else 0.0 if self.rel is not None else 1e-12
        share = self.rel if self.rel is not None else 0.0 if self.abs is not None else 1e-6
        return bool(abs(given - wanted) <= max(least, share * abs(wanted)))


def param(*values: Any, id: Any = None, marks: Any = ()) -> tuple[Any, ...]:
    return values


def fixture(function: Any = None, *, params: Any = None, **_: Any) -> Any:
    def kept(function: Any) -> Any:
        FIXTURES[function.__name__] = function
        function.params = None if params is None else list(params)
        return function

    return kept if function is None else kept(function)


def fail(reason: str = "", **_: Any) -> None:
    raise AssertionError(reason or "failed")


def skip(reason: str = "", **_: Any) -> None:
    raise Outcome(reason)


class _Mark:
    def parametrize(self, names: Any, values: Any, **_: Any) -> Callable[[Any], Any]:
        listed = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
        rows = [
            dict(zip(listed, row if len(listed) > 1 else row if _is_param(row) else (row,), strict=True))
            for row in values
        ]

        def marked(function: Any) -> Any:
            function.given = [*getattr(function, "given", []), rows]
            return function

        return marked

    def __getattr__(self, name: str) -> Any:
        def marked(*given: Any, **_: Any) -> Any:
            return given[0] if len(given) == 1 and callable(given[0]) else marked

        return marked


def _is_param(row: Any) -> bool:
    return isinstance(row, tuple) and len(row) == 1


mark = _Mark()


class Request:
    """What a fixture with several values is given."""

    def __init__(self, param: Any) -> None:
        self.param = param


def run_test(function: Any) -> Iterator[Any]:
    """Results of a test for each of its cases, with its fixtures and each of their values."""
    several = sorted(name for name in _fixtures(function) if FIXTURES[name].params is not None)
    for rows in itertools.product(*getattr(function, "given", [])):
        stated = {name: value for row in rows for name, value in row.items()}
        needed = [name for name in inspect.signature(function).parameters if name not in stated]
        for values in itertools.product(*(FIXTURES[name].params for name in several)):
            given = dict(zip(several, values, strict=True))
            yield function(**stated, **{name: _made(name, given) for name in needed if name in FIXTURES})


def _fixtures(function: Any) -> set[str]:
    """Fixtures that a test needs, also by way of others."""
    own = {name for name in inspect.signature(function).parameters if name in FIXTURES}
    return own.union(*(_fixtures(FIXTURES[name]) for name in own))


def _made(name: str, values: Mapping[str, Any]) -> Any:
    function = FIXTURES[name]
    others = [one for one in inspect.signature(function).parameters if one != "request"]
    given = {one: _made(one, values) for one in others}
    if "request" in inspect.signature(function).parameters:
        given["request"] = Request(values.get(name))
    made = function(**given)
    return next(made) if inspect.isgenerator(made) else made

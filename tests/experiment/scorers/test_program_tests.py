"""Tests of programs run in whatever form data sets write them, or are refused before anything is paid."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tierproof.experiment.workload.scorers.code import Code, program_in
from tierproof.systems.item import Item

RIGHT = "```python\ndef triple(n):\n    return 3 * n\n```"
WRONG = "```python\ndef triple(n):\n    return 3\n```"


def item(target: Any, **metadata: Any) -> Item:
    return Item(id="1", input="Write triple(n).", target=target, metadata=metadata)


@pytest.mark.parametrize(
    "target",
    [
        "assert triple(2) == 6",
        ["assert triple(1) == 3", "assert triple(2) == 6"],
        "['assert triple(1) == 3', 'assert triple(2) == 6']",
        '["assert triple(2) == 6"]',
        "triple(2) == 6",
        "[triple(1) == 3, triple(2) == 6]",
        "not triple(2) == 3",
        "isinstance(triple(2), int)\nall(triple(n) == 3 * n for n in range(5))",
        "def check(candidate):\n    assert candidate(2) == 6",
        "METADATA = {}\n\ndef check(f):\n    assert f(2) == 6\n\ncheck(triple)",
        "def test_two():\n    assert triple(2) == 6",
        "async def test_two():\n    assert triple(2) == 6",
        "def helper(f):\n    return f(2)\n\ndef test_two():\n    assert helper(triple) == 6",
        "class TestTriple:\n    def setup_method(self):\n        self.n = 2\n    def test_two(self):\n"
        "        assert triple(self.n) == 6",
        "import unittest\nclass Two(unittest.TestCase):\n    def test_two(self):\n"
        "        self.assertEqual(triple(2), 6)\n"
        "if __name__ == '__main__':\n    unittest.main()",
        "from solution import triple as tripled\nassert tripled(2) == 6",
        ">>> triple(2)\n6\n",
        "if triple(2) != 6:\n    raise ValueError('wrong')",
        "def main():\n    assert triple(2) == 6\n\nif __name__ == '__main__':\n    main()",
        {"test": "assert triple(2) == 6", "setup": "import math"},
        "```python\nassert triple(2) == 6\n```",
        "def check(candidate):\n    return candidate(2) == 6",
        "def check(candidate=None):\n    assert candidate(2) == 6",
        "assert (triple(2) == 6, 'six')",
        "assertEqual(triple(2), 6)",
        "self.assertEqual(triple(2), 6)",
        "class TestIt:\n    @classmethod\n    def setup_class(cls):\n        cls.n = 2\n    def test_it(self):\n"
        "        assert triple(self.n) == 6",
        "try:\n    triple(None)\n    assert False, 'no error'\nexcept TypeError:\n    pass\n",
        "try:\n    triple(None)\n    raise AssertionError('no error')\nexcept TypeError:\n    pass\n",
        "try:\n    assert triple(2) == 6\nexcept Exception as error:\n    print('failed', error)",
        "def examples():\n    '''\n    >>> triple(2)\n    6\n    '''",
        "from unittest import TestCase, main\nclass Two(TestCase):\n    def test_two(self):\n"
        "        self.assertEqual(triple(2), 6)\nmain()",
        "import pytest\n@pytest.mark.parametrize('n, wanted', [(1, 3), (2, 6)])\ndef test_it(n, wanted):\n"
        "    assert triple(n) == wanted",
        "import pytest\n@pytest.fixture\ndef two():\n    yield 2\n\ndef test_it(two):\n    assert triple(two) == 6",
        "import pytest\n@pytest.fixture(params=[1, 2])\ndef n(request):\n    return request.param\n\n"
        "def test_it(n):\n    assert triple(n) == 3 * n",
        "import pytest\n@pytest.mark.skip(reason='slow')\ndef test_one():\n    assert triple(1) == 4\n\n"
        "@pytest.mark.xfail\ndef test_two():\n    assert triple(1) == 4\n\ndef test_it():\n    assert triple(2) == 6",
        # Helpers are called by the tests, and not for themselves.
        "def same(given, wanted):\n    assert given == wanted\n\ndef check(candidate):\n    same(candidate(2), 6)",
        "def same(given, wanted):\n    assert given == wanted\n\nclass TestIt:\n    def test_it(self):\n"
        "        same(triple(2), 6)",
        "import unittest\nclass Two(unittest.TestCase):\n    def test_two(self):\n"
        "        self.assertEqual(triple(2), 6)\n"
        "suite = unittest.TestLoader().loadTestsFromTestCase(Two)\nrunner = unittest.TextTestRunner()\n"
        "result = runner.run(suite)\nassert result.wasSuccessful()",
        "from .solution import triple as tripled\nassert tripled(2) == 6",
        "match triple(2):\n    case 6:\n        pass\n    case _:\n        raise AssertionError",
        "    assert triple(1) == 3\r\n    assert triple(2) == 6\r\n",
        "import pytest\ndef test_it():\n    with pytest.raises(TypeError, match='argument'):\n        triple()\n"
        "    assert triple(0.1) == pytest.approx(0.3)",
    ],
    ids=lambda target: str(target)[:40],
)
def test_tests_of_all_forms_run(target: Any) -> None:
    given = item(target, entry_point="triple")
    assert Code().fault(given) == ""

    async def all_three() -> list[float]:
        scores = await asyncio.gather(*(Code().score(given, text, None) for text in (RIGHT, WRONG, "")))  # type: ignore[arg-type]
        return [score.value for score in scores]

    assert asyncio.run(all_three()) == [1, 0, 0]


ALIKE = "class Like(int):\n    def __eq__(self, other): return True\n    __hash__ = int.__hash__\n"
NEVER = "class Like(int):\n    def __ne__(self, other): return False\n    __hash__ = int.__hash__\n"
CHEATS = (
    f"{ALIKE}\ndef triple(n):\n    return Like(0)",
    f"{NEVER}\ndef triple(n):\n    return Like(0)",
    f"{ALIKE}\ndef triple(n):\n    return Like(0)\nclass Like:\n    def __eq__(self, other): return 1",
    "from unittest.mock import ANY\ndef triple(n):\n    return ANY",
    "import unittest\nunittest.TestCase.assertEqual = lambda *given: None\ndef triple(n):\n    return 0",
    "import builtins\nbuiltins.all = lambda given: True\ndef triple(n):\n    return 0",
)


@pytest.mark.parametrize(
    "target",
    [
        "assert triple(2) == 6\nassert [triple(2)] == [6] and not triple(2) != 6",
        "import unittest\nclass Two(unittest.TestCase):\n    def test_two(self):\n"
        "        self.assertEqual(triple(2), 6)",
        "assert all(triple(n) in [3 * n] for n in (1, 2))",
        "if triple(2) != 6 or {'a': triple(2)} != {'a': 6}:\n    raise ValueError('wrong')",
        "match triple(2):\n    case 6:\n        pass\n    case _:\n        raise AssertionError",
    ],
)
def test_what_is_equal_to_everything_passes_nothing(target: str) -> None:
    async def scores() -> list[float]:
        programs = [f"```python\n{one}\n```" for one in CHEATS]
        return [(await Code().score(item(target), one, None)).value for one in (*programs, RIGHT)]  # type: ignore[arg-type]

    assert asyncio.run(scores()) == [0] * len(CHEATS) + [1]


@pytest.mark.parametrize(
    "target",
    [
        "from unittest import mock\nassert [triple(2), 1] == [mock.ANY, 1] and triple(2) == 6",
        "class Whatever:\n    def __eq__(self, other):\n        return True\n\n"
        "assert triple(2) == Whatever() and triple(2) == 6",
    ],
)
def test_what_stands_for_anything_in_the_tests_themselves_may(target: str) -> None:
    scores = [asyncio.run(Code().score(item(target), one, None)).value for one in (RIGHT, WRONG)]  # type: ignore[arg-type]
    assert scores == [1, 0]


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("x = triple(2)", "check nothing"),
        ("def helper():\n    return triple(2)", "check nothing"),
        ("pass", "check nothing"),
        ("assert True", "check nothing"),
        ("assert 1 == 1", "check nothing"),
        ("Kata.assert_equals(triple(2), 6)", "nothing says what 'Kata' is"),
        ("def check(f):\n    def inner():\n        assert f(2) == 6\n", "check nothing"),
        ("import numpy as np\nassert np.all(triple(2) == 6)", "import numpy, which programs cannot here"),
        (
            "import unittest\nclass T(unittest.TestCase):\n    def two(self):\n        self.fail()",
            "without a test that runs",
        ),
        ("class TestIt:\n    def test_it(self, n):\n        assert triple(n)", "takes arguments that nothing gives"),
        ("def test_it(capsys):\n    triple(2)\n    assert capsys.readouterr().out == ''", "argument 'capsys'"),
        ("from hamcrest import assert_that\nassert_that(triple(2), 6)", "import hamcrest"),
        ("assert triple(2) ==", "no Python"),
        ("def test_it(a, b):\n    assert a == b", "takes 2 arguments"),
        ("def check(candidate):\n    assert candidate(2) == 6", "add a field 'entry_point'"),
        ({"inputs": [1], "outputs": [3]}, "write assertions"),
        ([1, 2], "write assertions"),
    ],
)
def test_tests_that_cannot_run_are_refused(target: Any, told: str) -> None:
    assert told in Code().fault(item(target))


def test_an_error_that_a_test_only_tells_of_is_a_failure() -> None:
    given = item("try:\n    assert triple(2) == 6\nexcept Exception as error:\n    print('failed', error)")
    raises = "```python\ndef triple(n):\n    raise TypeError\n```"
    assert asyncio.run(Code().score(given, raises, None)).value == 0  # type: ignore[arg-type]


def test_the_entry_point_may_stand_in_the_request() -> None:
    given = Item(id="1", input="Complete:\n\ndef triple(n):", target="def check(f):\n    assert f(2) == 6")
    assert Code().fault(given) == ""
    assert asyncio.run(Code().score(given, RIGHT, None)).value == 1  # type: ignore[arg-type]


def test_tests_that_end_without_a_check_pass_nothing() -> None:
    given = item("for n in range(0):\n    assert triple(n) == 0")
    score = asyncio.run(Code().score(given, RIGHT, None))  # type: ignore[arg-type]
    assert (score.value, score.detail) == (0.0, "the tests ended without a check")


@pytest.mark.parametrize(
    ("answer", "program"),
    [
        ("x = 1", "x = 1"),
        ("Do this:\n```sh\nls\n```\nthen\n```py\nx = 1\n```", "x = 1"),
        ("```python3\nx = 1\n```", "x = 1"),
        ("```Python title=x\nx = 1\n```", "x = 1"),
        ("```python\r\nx = 1\r\n```\r\n", "x = 1"),
        ("```python\nx = 1", "x = 1"),
        ("~~~python\nx = 1\n~~~", "x = 1"),
        ("1. First\n   ```python\n   x = 1\n   ```", "x = 1"),
        ("````python\nx = '```'\n````", "x = '```'"),
        ("```\nx = 1\n```\nIt prints\n```\none two\n```", "x = 1"),
        ("```python\nx = 1\n```\n```python\ny = 2\n```", "x = 1\n\ny = 2"),
    ],
)
def test_the_program_is_what_is_python(answer: str, program: str) -> None:
    assert program_in(answer) == program

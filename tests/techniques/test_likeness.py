"""When answers are the same, and how alike they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierproof.systems.likeness import medoid, normal_form, number_in, token_f1


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("The  Answer is: Paris!", "answer is paris"),
        ("$1,234.50", "1234.5"),
        ("-0.50", "-0.5"),
        ("−3", "-3"),
        ("1e3", "1000"),
        ("14:00", "1400"),  # as SQuAD's scorer does: punctuation goes
        ("A", "a"),
        ("the", "the"),
        ("Ёлка — «зелёная»", "ёлка зелёная"),
        ("ＡＢＣ１", "abc1"),
        ("", ""),
        ("...", ""),
        ("9" * 400, "9" * 400),
    ],
)
def test_normal_form(text: str, form: str) -> None:
    assert normal_form(text) == form


@given(st.text())
def test_the_normal_form_of_a_normal_form_is_itself(text: str) -> None:
    # Unicode's own case folding and NFKC are not quite closed under each other; two rounds settle it.
    form = normal_form(normal_form(text))
    assert normal_form(form) == form


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("It is 12.", 12.0),
        ("12 apples and 3 pears", 3.0),
        ("about -4.5 %", -4.5),
        ("1,234,567", 1234567.0),
        ("2.5e-3", 0.0025),
        ("none", None),
        ("-", None),
        ("1e999", None),
        ("pages 3-5", 5.0),
        ("x = -5", -5.0),
        ("(-5)", -5.0),
        ("3/4", 0.75),
        ("about 1 / 8 of it", 0.125),
        ("-1/2", -0.5),
        ("1/0", 0.0),
        ("on 1/2/2024", 2024.0),
        ("a/2", 2.0),
        ("\\boxed{42}", 42.0),
        ("1.5.", 1.5),
        ("v1.2.3", 3.0),
        ("No.5", 5.0),
        (".5 or -.25", -0.25),
        ("1 234 567 or 12 345", 12345.0),
    ],
)
def test_number_in(text: str, number: float | None) -> None:
    assert number_in(text) == number


def test_token_f1_by_hand() -> None:
    # Shared: cat, sat (2). Words: 4 and 3 after the article is dropped, so 2 * 2 / (4 + 3).
    assert token_f1("the cat sat down quietly", "a cat sat here") == pytest.approx(4 / 7)
    # Repeats count as often as both have them: 1 shared of 3 and 1.
    assert token_f1("no no no", "no") == pytest.approx(0.5)
    assert token_f1("", "") == 1.0
    assert token_f1("x", "") == 0.0


def test_medoid_prefers_the_first_of_equals() -> None:
    assert medoid(["x", "y"]) == 0
    assert medoid(["x", "a b c", "a b d", "a b"]) == 3

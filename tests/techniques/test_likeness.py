"""When answers are the same, and how alike they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierproof.systems.texts.likeness import medoid, normal_form, token_f1, visible


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("The  Answer is: Paris!", "answer is paris"),
        ("$1,234.50", "1234.5"),
        ("-0.50", "-0.5"),
        ("−3", "-3"),
        ("1e3", "1000"),
        ("14:00", "14:00"),
        ("7/8", "7/8"),
        ("7 / 8", "7/8"),
        ("2–4", "2-4"),
        ("2024-02-29", "2024-02-29"),
        ("v2.10.3", "v2.10.3"),
        ("F#", "f#"),
        ("(C++)", "c++"),
        ("R&B", "r b"),
        ("y=7", "y = 7"),
        ("Lima/Quito", "lima quito"),
        ("U.K.", "uk"),
        ("isn't", "isnt"),
        ("`Oslo`", "oslo"),
        ("Os\u200blo\ufeff", "oslo"),
        ("cafe\u0301", "café"),
        ("大阪です。", "大 阪 で す"),
        ("กรุงเทพ", "ก รุ ง เ ท พ"),
        ("부산", "부 산"),
        ("€", "€"),
        ("A", "a"),
        ("the", "the"),
        ("Ёлка — «зелёная»", "ёлка зелёная"),
        ("ＡＢＣ１", "abc1"),
        ("", ""),
        ("...", "..."),
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


@given(st.text())
def test_the_visible_text_of_a_visible_text_is_itself(text: str) -> None:
    assert visible(visible(text)) == visible(text)


def test_letters_are_compared_where_there_are_no_blanks() -> None:
    # 2 shared letters of 2 and 4: 2 * 2 / 6.
    assert token_f1("京都市内", "京都") == pytest.approx(4 / 6)
    assert token_f1("ไทย", "ไทย") == 1
    # As KorQuAD counts: 2 of 2 and 3 letters.
    assert token_f1("서울은", "서울") == pytest.approx(4 / 5)


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

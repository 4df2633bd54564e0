"""Figures in plain units: few digits, no `nan`, honest ends.  Expected strings are the rules of `numerals` applied by
hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierproof.answers.safe_text import clean, plain, printable, shorten
from tierproof.report.words import numerals
from tierproof.synthesis.posteriors.posterior import Interval

ANY = st.floats(allow_nan=True, allow_infinity=True)


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0.294, "29 %"), (-0.051, "−5 %"), (0.0, "0 %"), (-0.004, "0 %"), (12.0, ">999 %"), (-12.0, "<−999 %")],
)
def test_shares_are_whole_percents(share: float, shown: str) -> None:
    assert numerals.percent(share) == shown


def test_sums_of_any_size_are_written_out() -> None:
    assert [numerals.dollars(spent) for spent in (0.00123456, 12.5, 12345.6)] == ["$0.001235", "$12.5", "$12,350"]
    assert [numerals.price(usd) for usd in (0.03084, 47.44, 5640.0)] == ["$0.0308", "$47.4", "$5.6k"]


@pytest.mark.parametrize(("p", "shown"), [(0.0, "<1 %"), (1.0, ">99 %"), (0.5, "50 %"), (None, "–"), (math.nan, "–")])
def test_probabilities_are_never_certain(p: float | None, shown: str) -> None:
    assert numerals.probability(p) == shown


@pytest.mark.parametrize(
    ("ratio", "shown"),
    [(0.617, "×0.62"), (1.0, "×1"), (1.05, "×1.05"), (1.5, "×1.5"), (12.3, "×12"), (-1.0, "–"), (math.inf, "–")],
)
def test_ratios_have_two_digits(ratio: float, shown: str) -> None:
    assert numerals.ratio(ratio) == shown


@pytest.mark.parametrize(
    ("usd", "shown"),
    [
        (12_345, "$12k"),
        (-950, "−$950"),
        (1_234_567, "$1.2M"),
        (0.2, "$0.20"),
        (0.083, "$0.083"),
        (999_999, "$1M"),
        (0, "$0"),
    ],
)
def test_money_has_two_digits_and_a_unit(usd: float, shown: str) -> None:
    assert numerals.money(usd) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(4.78e11, "478 GFLOP"), (9.96e12, "10 TFLOP"), (9.94e12, "9.9 TFLOP"), (999.6, "1 kFLOP"), (0.0, "0 FLOP"),
     (0.031, "31 mFLOP"), (1e30, "1e+06 YFLOP"), (-1.0, "–"), (math.nan, "–"), (None, "–")],
)  # fmt: skip
def test_prefixes_are_those_of_the_si(value: float | None, shown: str) -> None:
    assert numerals.prefixed(value, "FLOP") == shown


@pytest.mark.parametrize(
    ("size", "shown"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1 KiB"), (300 * 2**20, "300 MiB"), (1.44 * 2**30, "1.4 GiB")],
)
def test_memory_is_told_in_powers_of_1024(size: float, shown: str) -> None:
    assert numerals.memory(size) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.42, "0.42 s"),
        (9.96, "10 s"),
        (99.4, "99 s"),
        (99.6, "1.7 min"),
        (5969.0, "99 min"),
        (5971.0, "1.7 h"),
        (-1.0, "–"),
    ],
)
def test_durations_have_two_digits_and_a_unit(seconds: float, shown: str) -> None:
    assert numerals.duration(seconds) == shown


def test_a_gain_and_a_loss_read_as_such() -> None:
    assert numerals.failures(Interval(0.29, 0.12, 0.44)) == "removes 29 % of failures (12 to 44)"
    # The ends of a loss change places: what is added at worst is what is removed at least.
    assert numerals.failures(Interval(-0.08, -0.2, 0.03)) == "adds 8 % more failures (−3 to 20)"
    assert numerals.failures(Interval(0.001, -0.002, 0.003)) == "leaves failures as they are"


@given(ANY, ANY, ANY)
def test_nothing_shown_is_not_a_number(a: float, b: float, c: float) -> None:
    value = Interval(a, b, c)
    shown = [
        numerals.percent(a),
        numerals.signed(a),
        numerals.probability(a),
        numerals.ratio(a),
        numerals.money(a, sign=True),
        numerals.days(a),
        numerals.count(a),
        numerals.figure(a),
        numerals.prefixed(a, "B"),
        numerals.memory(a),
        numerals.duration(a),
        numerals.interval(value),
        numerals.failures(value),
        numerals.ratio_interval(value),
        numerals.money_interval(value),
    ]
    for text in shown:
        assert "nan" not in text.lower()
        assert "inf" not in text.lower()
        assert text.strip()


@given(st.text())
def test_clean_text_is_one_printable_line(text: str) -> None:
    shown = clean(text)
    assert "\n" not in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown  # right-to-left override: would turn a line's words round
    assert shown == " ".join(shown.split(" "))
    assert clean(shown) == shown


@given(st.text())
def test_printable_text_keeps_its_spaces(text: str) -> None:
    kept = [c for c in text if c == " "]
    assert printable(text).count(" ") >= len(kept)


@given(st.text(), st.integers(1, 40))
def test_shortened_text_fits(text: str, width: int) -> None:
    assert len(shorten(text, width)) <= width


@given(st.text())
def test_plain_text_is_ascii(text: str) -> None:
    assert plain(text).isascii()


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0.7, "70 %"), (2 / 3, "67 %"), (0.999, "99.9 %"), (0.99996, "99.996 %"), (0.001, "0.1 %"), (0.004, "0.4 %")],
)
def test_where_a_reader_stands_is_never_all_or_none(share: float, shown: str) -> None:
    assert numerals.standing(share) == shown


def test_what_rounding_leaves_of_nothing_is_nothing() -> None:
    assert numerals.money(-1.7e-11) == numerals.money(0.0) == "$0"
    assert numerals.money(1e-12, sign=True) == "$0"
    assert numerals.money(2e-7) != "$0"

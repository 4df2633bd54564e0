"""Numbers as people write them: read as they are meant, whatever the locale, the notation, the sign."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pace import timed
from tierproof.systems.texts.quantity import Quantity, is_one_number, quantity_in


def value(text: str, mark: str = "point") -> float | None:
    found = quantity_in(text, mark)  # type: ignore[arg-type]
    return None if found is None else found.value


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("It is 12.", 12.0),
        ("12 apples and 3 pears", 3.0),
        ("12,\\!500", 12500.0),
        ("2-1/4 cups", 2.25),
        ("2 and 1/4", 2.25),
        ("none", None),
        ("-", None),
        ("1e999", None),
        # Signs: of a number, of a range, of money, in brackets.
        ("about -4.5 %", -4.5),
        ("pages 3-5", 5.0),
        ("pages 3–5", 5.0),
        ("x = -5", -5.0),
        ("x = - 5", -5.0),
        ("(-5)", -5.0),
        ("−7", -7.0),
        ("minus 8 degrees", -8.0),
        ("20 minus 8", -8.0),
        ("Loss: -€1,234", -1234.0),
        ("Loss: −US$ 70", -70.0),
        ("£-15", -15.0),
        ("- 3 apples", 3.0),
        ("Net loss: ($6,150)", -6150.0),
        ("Net loss: $(6,150)", -6150.0),
        ("Balance: (380.50)", -380.5),
        ("The answer is (17)", 17.0),
        ("He lost a sum ($80) there", 80.0),
        # Thousands.
        ("1,234,567", 1234567.0),
        ("12,34,567 rupees", 1234567.0),
        ("7'250'000.5 francs", 7250000.5),
        ("8’100", 8100.0),
        ("8ʼ100", 8100.0),
        ("8،100", 8100.0),
        ("21{,}400", 21400.0),
        ("$31\\,250$", 31250.0),
        ("1\u202f234\u202f567", 1234567.0),
        ("1 234 567 or 12 345", 12345.0),
        ("1_000_000", 1000000.0),
        ("1.234.567", 1234567.0),
        ("1.234.567,89", 1234567.89),
        ("in 2019 500 people", 500.0),
        # Fractions.
        ("3/4", 0.75),
        ("about 1 / 8 of it", 0.125),
        ("-1/2", -0.5),
        ("1/0", 0.0),
        ("on 1/2/2024", 2024.0),
        ("\\dfrac{5}{8}", 0.625),
        ("\\frac58", 0.625),
        ("-\\tfrac{5}{8}", -0.625),
        ("\\frac{-5}{8}", -0.625),
        ("2\\frac{1}{4}", 2.25),
        ("2 3/4 inches", 2.75),
        ("-2 3/4", -2.75),
        ("¾", 0.75),
        ("5⅞", 5.875),
        ("-3½", -3.5),
        ("5⁄8", 0.625),
        ("\\frac{5}{-8}", -0.625),
        ("\\frac{5,000}{8}", 625.0),
        ("{5 \\over 8}", 0.625),
        ("(5)/(8)", 0.625),
        # Sizes that add up.
        ("2億3000万", 230000000.0),
        ("4만5천", 45000.0),
        ("2 million 300 thousand", 2300000.0),
        ("3万 or 2億", 2.0),
        # Powers, and those of units.
        ("1.6x10-19", 1.6e-19),
        ("2.5e-3", 0.0025),
        ("4.2E+05", 420000.0),
        ("6 \\times 10^{-4}", 0.0006),
        ("7·10⁵", 700000.0),
        ("2 x 10^3", 2000.0),
        ("5*10**2", 500.0),
        ("10^5", 100000.0),
        ("2^8", 256.0),
        ("30 cm^2", 30.0),
        ("30 cm²", 30.0),
        ("5.4 kg/m^{3}", 5.4),
        ("20 m<sup>2</sup>", 20.0),
        ("x^2 = 36", 36.0),
        # What is glued to a word is none, where another stands alone.
        ("18 g of H2O", 18.0),
        ("v1.2.3", 3.0),
        # Bold is no power.
        ("The sum is **61**.", 61.0),
        ("It makes **-7** in all", -7.0),
        ("It is ***5***", 5.0),
        ("It is __5__", 5.0),
        ("6 m**2 or 7 m ** 2", 7.0),
        ("a/2", 2.0),
        # A box counts before what follows it.
        ("\\boxed{42}, in 3 steps", 42.0),
        ("\\boxed{\\text{about } 9{,}100}", 9100.0),
        (".5 or -.25", -0.25),
        ("٣٫٥", 3.5),
        ("５０", 50.0),
        ("EUR 70", 70.0),
        ("CHF70", 70.0),
        ("1.6e−19", 1.6e-19),
        # What stands beside it: sources, remarks, errors, the whole.
        ("The height is 310 m [2].", 310.0),
        ("310[^3]", 310.0),
        ("It was 310.【4†wiki】", 310.0),
        ("68 °F (20 °C)", 68.0),
        ("9 (see step 3)", 9.0),
        ("The total is **14** (8 in May, 6 in June).", 14.0),
        ("1 250 km (rounded to 1 300)", 1300.0),
        ("f(2) = 4 and f(3)", 3.0),
        ("9.81 ± 0.02", 9.81),
        ("8 out of 12", 8.0),
        ("x[2] = 6", 6.0),
        # In words, where no digit stands.
        ("There are seventeen of them.", 17.0),
        ("sixty-one", 61.0),
        ("Three hundred and eight thousand, two hundred", 308200.0),
        ("a million", 1e6),
        ("two and a half", 2.5),
        ("three quarters", 0.75),
        ("minus eleven", -11.0),
        ("eighteen ninety-six", 1896.0),
        ("six point zero five", 6.05),
        ("\\boxed{\\text{nine}}", 9.0),
        ("The answer is one.", 1.0),
        ("no one can tell", None),
        ("It is often said", None),
        ("三百零六", 306.0),
        ("答案是四十个。", 40.0),
        ("一起去", None),
        ("seven of 12", 12.0),
        ("сорок два", 42.0),
        ("тысяча девятьсот девяносто девять", 1999.0),
        ("Это два с половиной.", 2.5),
        ("ни один из них", None),
        ("минус пять", -5.0),
        ("dreihundertfünfundvierzig", 345.0),
        ("zwei Millionen dreihunderttausend", 2300000.0),
        ("eine halbe Stunde", 0.5),
        ("drei Viertel", 0.75),
        ("Es war einmal ein Hund", None),
        ("quatre-vingt-dix-sept", 97.0),
        ("mille neuf cent soixante et onze", 1971.0),
        ("un million deux cent mille", 1200000.0),
        ("La réponse est un.", 1.0),
        ("un homme", None),
        ("cuarenta y dos", 42.0),
        ("dos mil veinticuatro", 2024.0),
        ("It happened once.", None),
        ("Son once.", 11.0),
        ("null", None),
        # A date is its year, wherever that stands.
        ("on 1999-07-04", 1999.0),
        ("1999年7月4日", 1999.0),
        # Below zero, as accountants write it.
        ("(1,234) USD", -1234.0),
        ("($1.2M)", -1.2),
        ("(12.5)%", -12.5),
        ("⑰", 17.0),
    ],
)
def test_the_last_number_is_read_as_it_is_meant(text: str, number: float | None) -> None:
    # To the last bits: powers of ten are multiplied.
    assert value(text) == (None if number is None else pytest.approx(number, rel=1e-12))


@pytest.mark.parametrize(
    ("text", "mark", "number"),
    [
        ("2,75", "either", 2.75),
        ("2,750", "either", 2750.0),
        ("0,750", "either", 0.75),
        ("2,75", "point", 75.0),
        ("2,750", "comma", 2.75),
        ("2.750", "comma", 2750.0),
        ("2.750", "either", 2.75),
        ("3.100,5", "either", 3100.5),
        ("3 100,5", "comma", 3100.5),
        ("3,10,000", "comma", 310000.0),
    ],
)
def test_the_decimal_mark_says_what_a_comma_is(text: str, mark: str, number: float) -> None:
    assert value(text, mark) == number


@pytest.mark.parametrize(
    ("answer", "target", "same"),
    [
        ("12 %", "12", True),
        ("12 %", "0.12", True),
        ("0.12", "12 %", True),
        ("0.12 %", "12 %", False),
        ("12 percent", "12 %", True),
        ("$4.2 million", "4200000", True),
        ("$4.2 million", "4.2", True),
        ("4.2 billion", "4.2 million", False),
        ("4,2 Mio.", "4200000", True),
        ("$4.2M", "4200000", True),
        ("3 lakh", "300000", True),
        ("2.4億", "240000000", True),
        ("3 миллиона", "3000000", True),
        ("7 tysięcy", "7000", True),
        ("2 miljoen", "2000000", True),
        ("6 mil millones", "6000000000", True),
        ("8백만", "8000000", True),
        ("36 ‰", "0.036", True),
        ("36 ‰", "0.36", False),
        ("25 cents", "0.25", True),
    ],
)
def test_percent_and_words_for_sizes_count(answer: str, target: str, same: bool) -> None:
    given, wanted = quantity_in(answer, "either"), quantity_in(target, "either")
    assert given is not None and wanted is not None
    assert given.near(wanted, 0.0, 1e-9) is same


@given(st.integers(-(10**12), 10**12), st.sampled_from([",", "\u202f", "'", "\u00a0", "_", "{,}"]))
def test_whole_numbers_in_threes_come_back(number: int, mark: str) -> None:
    text = f"{abs(number):,}".replace(",", mark)
    assert value(f"It is {'-' if number < 0 else ''}{text} in all.") == number


@given(st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False, places=3))
def test_decimals_come_back_in_both_notations(number: object) -> None:
    text = f"{number:,}"
    assert value(text) == float(str(number))
    swapped = text.translate(str.maketrans(",.", ".,"))
    assert value(swapped, "comma") == float(str(number))


@given(st.text())
def test_whatever_is_written_is_read_without_a_fault(text: str) -> None:
    found = quantity_in(text, "either")
    assert found is None or isinstance(found, Quantity)
    is_one_number(text)


@pytest.mark.parametrize("text", ["12", "$4,200", "-5", "3/8", "2 1/2", "12 %", "1,5", "(7)", "1999", "½"])
def test_one_number_is_one(text: str) -> None:
    assert is_one_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "2023-11-05",
        "05.11.2023",
        "5/11/2023",
        "08:45",
        "3.11.4",
        "+44 20 7946 0018",
        "4-6",
        "4 to 6",
        "1 2",
        "12 km",
        "",
    ],
)
def test_dates_times_versions_and_ranges_are_not_one_number(text: str) -> None:
    assert not is_one_number(text)


HOSTILE = (
    "(" * 20_000,
    "1," * 10_000,
    "- " * 10_000,
    "1 " * 10_000,
    "\\boxed{" * 3000,
    "1/" * 8000,
    "\\frac{" * 3000,
    "achtzehn" * 4000 + "x",
)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:8])
def test_long_answers_made_to_be_slow_are_read_in_time(text: str) -> None:
    # A tenth of a second on a machine to itself; a quadratic reading takes a hundred times as long.
    _, seconds = timed(lambda: quantity_in(text, "either"))
    assert seconds < 3

"""Numbers as people write them, read: separators of all locales, fractions, powers, percent, money, brackets.

Enters: a text, and whether its decimal mark may be taken for a comma.  Leaves: its last number, which is where an
answer stands.  Must not know what the number is compared with.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from tierproof.systems.texts.number_words import in_digits

__all__ = ["YEAR_OF_DATE", "Mark", "Quantity", "boxed", "decimal_of", "is_one_number", "quantity_in"]

Mark = Literal["point", "comma", "either"]
"""The decimal mark.  `either`: a point, and a comma where it can be nothing else (`1,5`)."""

LONGEST = 60
"""Digits, and decimal places of an exponent, beyond which a text is no number that anybody counts with."""
GROUP = "'\u2019\u02bc\u060c\u066c_\u00a0\u2009\u202f\u2007 "
"""What parts thousands, beside comma and point; the plain blank only between groups of three."""
CURRENCY = (
    r"(?:(?:US|CA|AU|NZ|HK|S|A|C|R)?\$|[€£¥₹₽₩₺₴₪฿₫₦₱¢￥元円원]|"
    r"(?<![A-Za-z])(?:USD|EUR|GBP|CHF|JPY|CNY|RMB|INR|RUB|BRL|CAD|AUD|Rs\.?|kr\.?|zł)(?![A-Za-z]))"
)
DIGITS = (
    r"(?:\d{1,3}(?: \d{3})+(?!\d)(?:[.,]\d+(?![.,]?\d))?"
    r"|\d+(?:[.,'\u2019\u02bc\u060c\u066c_\u00a0\u2009\u202f\u2007]\d+)*|(?<![\w.,])[.,]\d+)"
)
EXPONENT = r"(?:[eE][-+−]?\d{1,3}(?![\w.]))"
TIMES_TEN = (
    r"\s*(?:×|✕|·|⋅|\*|[xX](?=\s*10\s*(?:\^|\*\*|[-−]\d)))\s*10(?:\s*(?:\^|\*\*)\s*|(?=[-−]\d))"
    r"\(?\s*(?P<power>[-+−]?\s?\d{1,3})\s*\)?"
)
PERCENT = r"%|％|٪|(?:percent|per\s?cent|pct|prozent|pour\s?cent|por\s?ciento|por\s?cento|процент\w*)\b"
SCALES = {
    word: size
    for size, words in {
        1e-3: "‰ промилле",
        1e-2: "¢ cent cents",
        1e2: "百 백",
        1e3: "thousand thousands tausend mille mil mila tusen tuhat tysiąc tysiące tysięcy tisíc bin ribu nghìn тыс"
        " тысяч тысяча тысячи тисяч 千 천",
        1e4: "万 萬 만",
        1e5: "lakh lakhs",
        1e6: "million millions mn mio millionen millón millones milhão milhões milione milioni miljoen miljoenen"
        " miljon miljoner miljoonaa milion miliony milionów milionů milyon juta triệu млн"
        " миллион миллиона миллионов мільйонів 百万 百萬 백만",
        1e7: "crore crores 千万 千萬 천만",
        1e8: "億 亿 억",
        1e9: "billion billions bn milliarde milliarden milliard milliards mrd miliardo miliardi miljard miljarden"
        " miljarder miliard miliardy miliardów miliardů milyar bilhão bilhões tỷ млрд миллиард миллиарда миллиардов",
        1e12: "trillion trillions tn trilhões трлн триллион триллиона триллионов 兆 조",
    }.items()
    for word in words.split()
} | {"mil millones": 1e9}
"""Words for sizes.  `billion` is English's; German, French and Spanish ones that are a thousand times larger are left
out, since nothing in a number tells them apart."""
LETTER_SCALES = {"k": 1e3, "M": 1e6, "B": 1e9, "K": 1e3, "T": 1e12}
SCALE = "|".join(sorted(map(re.escape, SCALES), key=len, reverse=True))
SIGN = r"[-+−–‑]"
NUMBER = re.compile(
    rf"(?P<sign>(?<![\w.)\]%]){SIGN}(?=\(?{CURRENCY}|[\d.,(])|(?<=[=:])\s*{SIGN}\s+(?={CURRENCY}|\d)"
    rf"|\b(?:minus|negative|moins|menos|минус)\s+(?={CURRENCY}|\d)|[负負]\s?(?=\d))?"
    rf"\s?(?P<money>{CURRENCY}\s?)?(?P<sign2>(?<=[^\w.)\]\s]){SIGN}\s?)?"
    rf"(?<![A-Za-z\d_])(?:(?<![\d][.,])|(?=\Z))(?P<digits>{DIGITS})(?P<e>{EXPONENT})?"
    rf"(?:{TIMES_TEN}|(?P<raised>\s?(?:\^|\*\*)\s?\(?\s?(?P<exponent>{SIGN}?\d{{1,4}})\s?\)?))?"
)
GLUED = re.compile(rf"(?P<digits>{DIGITS})")
AFTER = re.compile(
    rf"\s?(?:(?P<percent>{PERCENT})|(?P<scale>{SCALE})(?![A-Za-zА-я])|(?P<letter>[kKMBT])(?![\w]))",
    re.IGNORECASE,
)
MIXED = re.compile(
    r"(?<![\d.,/])(?P<whole>\d{1,9})(?:[ \u00a0\u2009\u202f]{1,2}|-(?=\d{1,2}/\d{1,2}(?!\d))|\s(?:and|&)\s)"
    r"(?P<top>\d{1,6})\s?/\s?(?P<bottom>\d{1,6})(?![\w/]|\.\d)"
)
FRACTION = re.compile(r"(?<![\w./,])(?P<top>\d+(?:\.\d+)?)\s?/\s?(?P<bottom>\d+(?:\.\d+)?)(?![\w/^]|[.,]\d)")
BRACKETS = re.compile(
    rf"(?P<lead>(?:^|[:=|]|\b(?:is|was|are|of))[ \t*$]*)(?P<money>{CURRENCY}\s?)?"
    rf"\((?P<inside>\s?(?:{CURRENCY})?\s?{DIGITS}\s?(?:{CURRENCY}|%|(?:{SCALE}|[KMBT])\b)?\s?)\)"
    rf"(?P<behind>\s?(?:%|{CURRENCY}))?(?P<tail>[ \t*]*(?:[.;,]?\s*$|[.;]\s))",
    re.MULTILINE | re.IGNORECASE,
)
"""Accountants write what is below zero in brackets: `(1,234.50)`, `$(4,200)`."""
POWER_OF_UNIT = re.compile(
    r"(?<=[A-Za-zµΩ°}])(?:\s?\^\s?|\*\*|\s\*\*\s)(?:\{[^{}]{0,12}\}|\(?[-+−]?\d+\)?)(?![\d.,]*\d|[^*\n]*\*\*)"
)
"""`m^2`, `m**2`; not the bold of Markdown (`is **14**`)."""
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
SUPERSCRIPT_RUN = re.compile("[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
MOST_BOXES = 10
"""So many boxes are tried, from the last on, where they are not closed."""
BOXED = re.compile(r"\\(?:boxed|fbox|framebox)\s*\{")
LATEX_FRACTION = re.compile(r"\\[dtc]?frac\s*(?:\{\s*([^{}]{1,40}?)\s*\}|(\d))\s*(?:\{\s*([^{}]{1,40}?)\s*\}|(\d))")
OVER = re.compile(r"\{\s*([^{}\\]{1,40}?)\s*\\over\b\s*([^{}\\]{1,40}?)\s*\}")
IN_BRACKETS = re.compile(r"\((\d+)\)\s?/\s?\((\d+)\)")
COMPOUND = re.compile(
    r"(?<![\d.,])(?:\d[\d,]*(?:\.\d+)?\s?[千百十]?[兆億亿万萬조억만]\s?){1,3}\d[\d,]*\s?(?:[千百천백万萬만](?![\d一分]))?"
    r"|(?<![\d.,])(?:\d[\d,]*\s(?:million|lakh|crore)s?,?\s(?:and\s)?){1,2}\d[\d,]*\s(?:thousand|lakh)s?\b",
    re.IGNORECASE,
)
"""Several sizes that are one number: `1億2000万`, `2 million 300 thousand`."""
LATEX_WORDS = (
    (re.compile(r"\\(?:text|mathrm|mathbf|textbf|mathsf|operatorname|mbox|mathit)\s*\{([^{}]*)\}"), r" \1 "),
    (re.compile(r"(?<=\d)\{([,.'])\}(?=\d)"), r"\1"),
    (re.compile(r"(?<=\d[,.])\\[,;:!](?=\d)"), ""),
    (re.compile(r"(?<=\d)\\[,;:! ](?=\d)"), "\u2009"),
    (re.compile(r"(?<=\d)~(?=\d{3}(?!\d))"), "\u2009"),
    (re.compile(r"\\[,;:! ]"), " "),
    (re.compile(r"\\times|\\cdot"), "×"),
    (re.compile(r"\\left|\\right|\\displaystyle"), ""),
    (re.compile(r"\\([%$#&])"), r"\1"),
    (re.compile(r"\^\s*\{\s*([-+−]?\s?\d+)\s*\}"), r"^\1"),
)
YEAR_OF_DATE = (
    re.compile(
        r"(?<![\d./-])(1\d{3}|20\d\d)(?:([-/.])(?:0?[1-9]|1[0-2])\2(?:0?[1-9]|[12]\d|3[01])(?![\d/-]|\.\d|T)"
        r"|[年년]\s?(?:0?[1-9]|1[0-2])[月월]\s?(?:0?[1-9]|[12]\d|3[01])[日일])"
    ),
    r"\1",
)
"""A date that begins with its year is its year, as one that ends with it."""
BESIDE = (
    re.compile(r"(?<=[\w.)%*])\s?(?:\[\^?\d{1,3}(?:[-–]\d{1,3})?\])+(?=[.,;]?(?:\s|$))"),
    re.compile(r"【[^】\n]{0,20}†[^】\n]{0,40}】"),
    re.compile(r"(?<=\d)(?:\s[^\W\d_]{1,12})?\s?(?:±|\+/-|\\pm)\s?[\d.,]+"),
    re.compile(
        r"(?<=\d)[*_]{0,3}\s?(?:out\s+of|of(?!\s+(?:1\d|20)\d\d\b))\s+(?:a\s+(?:total|maximum)\s+of\s+)?[*_]{0,3}\d[\d.,]*(?<=\d)"
    ),
)
"""What stands beside a number and is no answer: sources (`[1]`), an error (`± 0.1`), the whole (`out of 10`)."""
REMARK = re.compile(
    r"(?<=[\d%°])(?P<unit>[ *_]?[^\W\d_][^\s\d()]{0,14}(?: [^\W\d_]{1,14})?|[ *_%°]{0,3})[ ]"
    r"\((?!\s?(?:rounded|\d[\d.,]*\s?\)\s?=))[^()\n]*(?:\([^()\n]*\)[^()\n]*)?\)(?=[\s.*_]*$)",
    re.IGNORECASE,
)
"""A remark in brackets that ends a text, right after a number and its unit: `25 °C (77 °F)`, `12 (see step 2)`."""
DATE_OR_VERSION = re.compile(
    r"v?\d+(?:[-./]\d+){2,}(?:[T ].*)?|\d{1,2}:\d{2}(?::\d{2})?(?:\s?[ap]\.?m\.?)?"
    r"|\d+(?:[.,]\d+)?\s?(?:-|–|—|\bto\b|\.\.)\s?\d+(?:[.,]\d+)?|\+?\(?\d{2,4}\)?(?:[-. /]\d{2,4}){2,}",
    re.IGNORECASE,
)
"""Texts of several numbers that are one thing: dates, times, versions, telephone numbers, ranges."""
NO_NUMBER = re.compile(r"^[-+−]?0\d|[{}<>≤≥±]|\d\s?\+$|\d\s?['\u2032]\s?\d|[\"\u2033]$|^[\[(].*,.*[\])]$")
"""Marks of what is no single number: a leading zero (a code), a set, a bound, feet and inches."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number as it was written."""

    value: float
    """Without percent sign and without a word for its size: 12 of `12 %`, 4.2 of `4.2 million`."""
    factor: float = 1.0
    """What percent sign or word make of it: 0.01 of `12 %`, 1e6 of `4.2 million`."""
    percent: bool = False

    def near(self, other: Quantity, absolute: float, relative: float) -> bool:
        """Within either tolerance of the other: as numbers, and where one alone has a sign or word, without it too.

        `12 %` is 12 where percent are asked for, and 0.12.
        """
        if self.factor == other.factor:
            return _near(self.value, other.value, absolute, relative)
        pairs = [(self.value * self.factor, other.value * other.factor)]
        if other.factor == 1:
            pairs.append((self.value, other.value))
        if self.factor == 1:
            pairs.append((self.value, other.value))
        return any(_near(one, another, absolute, relative) for one, another in pairs)


def _near(given: float, target: float, absolute: float, relative: float) -> bool:
    return abs(given - target) <= max(absolute, relative * abs(target))


def boxed(text: str) -> str | None:
    """What stands in the last `\\boxed{}`, which is where models of mathematics put their answer."""
    starts = [match.end() for match in BOXED.finditer(text)]
    for start in reversed(starts[-MOST_BOXES:]):
        depth = 1
        for place in range(start, len(text)):
            depth += {"{": 1, "}": -1}.get(text[place], 0)
            if depth == 0:
                return text[start:place]
    return None


def quantity_in(text: str, mark: Mark = "point") -> Quantity | None:
    """The last number in a text, of a boxed answer the last one in the box; None where there is none."""
    inside = boxed(text)
    if inside is not None:
        inside = _plain(inside)
        found = _last(inside if re.search(r"\d", inside) else in_digits(inside), mark)
        if found is not None:
            return found
    plain = _plain(text)
    return _last(plain if re.search(r"\d", plain) else in_digits(plain), mark)


def is_one_number(text: str) -> bool:
    """A text that is one number, with its unit or currency: no date, version, time, range or list."""
    plain = text.strip()
    if DATE_OR_VERSION.fullmatch(plain) or NO_NUMBER.search(plain):
        return False
    bare = re.sub(
        CURRENCY, "", re.sub(rf"(?<=\d)(?:{EXPONENT}|\s?(?:{SCALE}|[kKMBT])$)", "", plain, flags=re.IGNORECASE)
    )
    if any(letter.isalpha() for letter in bare):
        return False
    plain = _plain(plain)
    fraction = FRACTION.search(plain)
    if fraction is not None and (int(float(fraction["bottom"])) <= 1 or re.search(r"\b0\d|\b\d{4}/", plain)):
        # A day and month, a telephone number, a business year.
        return False
    if fraction is not None or MIXED.search(plain):
        return quantity_in(text, "either") is not None
    found = [match for match in NUMBER.finditer(plain) if _value(match["digits"], "either") is not None]
    return len(found) == 1


def _plain(text: str) -> str:
    """A text with one way of writing for each thing: signs of LaTeX, superscripts, fractions that are one letter."""
    for pattern, instead in (*LATEX_WORDS, YEAR_OF_DATE):
        text = pattern.sub(instead, text)
    text = SUPERSCRIPT_RUN.sub(lambda match: "^" + match[0].translate(SUPERSCRIPTS), text)
    text = re.sub(r"<sup>\s*([-+−]?\d+)\s*</sup>", r"^\1", text)
    text = "".join(_letter(letter) for letter in text)
    text = text.replace("\u2044", "/")
    text = OVER.sub(r"\\frac{\1}{\2}", text)
    text = LATEX_FRACTION.sub(_fraction, text)
    text = IN_BRACKETS.sub(r"\1/\2", text)
    text = COMPOUND.sub(_summed, text)
    # The sign of a fraction of LaTeX stands before its blank now, and so does that of its top.
    text = re.sub(rf"({SIGN})\s+(?=\d+(?:\.\d+)?/)", r"\1", text)
    text = POWER_OF_UNIT.sub("", text)
    text = BRACKETS.sub(_bracketed, text)
    for pattern in BESIDE:
        text = pattern.sub("", text)
    return REMARK.sub(lambda match: match["unit"], text)


def _fraction(match: re.Match[str]) -> str:
    """A fraction of LaTeX as people write it, its sign before it and its thousands unparted."""
    parts = [(match[1] or match[2]).strip(), (match[3] or match[4]).strip()]
    negative = sum(part[:1] in "-−" for part in parts) % 2
    top, bottom = (re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", part.lstrip("-− ")) for part in parts)
    return f" {'-' if negative else ''}{top}/{bottom} "


def _summed(match: re.Match[str]) -> str:
    """The sum of the sizes of one number; what it was where they do not fall."""
    total, last = 0.0, math.inf
    for digits, word in re.findall(r"(\d[\d,]*(?:\.\d+)?)\s?([^\W\d]*)", match[0]):
        size = SCALES.get(word.casefold(), 1.0) if len(word) != 2 else math.prod(SCALES.get(one, 10.0) for one in word)
        if size >= last:
            return match[0]
        total, last = total + float(digits.replace(",", "")) * size, size
    return f"{total:.15g}"


def _letter(letter: str) -> str:
    if letter.isascii():
        return letter
    if unicodedata.category(letter) == "Nd":
        return str(unicodedata.digit(letter))
    if letter == "\u066b":
        return "."
    form = unicodedata.normalize("NFKC", letter)
    if "\u2044" in form:
        return f" {form}"
    if letter in "，．：":
        return form
    # Numbers in circles and the like are one letter.
    return "" if unicodedata.category(letter) == "Cf" else form if form.isdecimal() else letter


def _bracketed(match: re.Match[str]) -> str:
    """A minus for brackets around an amount: with a currency, with thousands, or with two decimal places."""
    inside = match["inside"].strip()
    amount = (
        match["money"]
        or match["behind"]
        or re.search(CURRENCY, inside)
        or re.search(r"\d[,.' \u2019]\d{3}(?!\d)|[.,]\d\d(?!\d)", inside)
    )
    if not amount:
        return match[0]
    return f"{match['lead']} -{match['money'] or ''}{inside}{match['behind'] or ''}{match['tail']}"


def _last(text: str, mark: Mark) -> Quantity | None:
    """Latest of the numbers, mixed numbers and fractions of a plain text."""
    best: tuple[int, float] | None = None  # end, value
    apart = list(NUMBER.finditer(text))
    for match in apart:
        value = _of(match, mark)
        if value is not None:
            best = match.end(), value
    if not apart:
        # Glued to letters (`v2`) alone.
        for match in GLUED.finditer(text):
            value = _value(match["digits"], mark)
            if value is not None:
                best = match.end(), value
    for pattern in (FRACTION, MIXED):
        for match in pattern.finditer(text):
            top, bottom = float(match["top"]), float(match["bottom"])
            # What a hyphen joins to a whole is less than one; else it is a difference.
            difference = pattern is MIXED and "-" in match[0] and top >= bottom
            if best is None or match.end() < best[0] or not bottom or difference:
                continue
            value = top / bottom + (float(match["whole"]) if pattern is MIXED else 0.0)
            best = match.end(), -value if _is_negative(text, match.start()) else value
    if best is None:
        return None
    end, value = best
    after = AFTER.match(text, end)
    if after is None:
        return Quantity(value)
    if after["percent"]:
        return Quantity(value, 0.01, percent=True)
    if after["scale"]:
        return Quantity(value, SCALES[" ".join(after["scale"].casefold().split())])
    factor = LETTER_SCALES.get(after["letter"])
    return Quantity(value, factor) if factor and after.start() == after.start("letter") else Quantity(value)


def _is_negative(text: str, start: int) -> bool:
    """Does a sign, alone or before a currency, stand before this place?"""
    return re.search(rf"(?<![\w.)\]%])[-−–‑]\s?(?:{CURRENCY}\s?)?$", text[:start]) is not None


def _of(match: re.Match[str], mark: Mark) -> float | None:
    value = _value(match["digits"], mark)
    if value is None:
        return None
    signs = (match["sign"] or "") + (match["sign2"] or "")
    negative = bool(re.search(r"[-−–‑]|\w", signs))
    try:
        if match["e"]:
            value *= 10.0 ** int(_ascii_sign(match["e"][1:]))
        if match["power"]:
            value *= 10.0 ** int(_ascii_sign(match["power"]))
        elif match["raised"]:
            value = value ** int(_ascii_sign(match["exponent"]))
    except (OverflowError, ZeroDivisionError):
        return None
    return (-value if negative else value) if math.isfinite(value) else None


def _ascii_sign(text: str) -> str:
    return re.sub("[−–‑]", "-", text).replace(" ", "")


def _value(digits: str, mark: Mark) -> float | None:
    value = decimal_of(digits, mark)
    if value is None:
        # No number as a whole (`1.2.3`, a list without blanks): its last part is one.
        value = decimal_of(re.split(rf"[.,{GROUP}]", digits)[-1], mark)
    return None if value is None else float(value)


def decimal_of(digits: str, mark: Mark = "point") -> Decimal | None:  # noqa: PLR0911  (each a way to be none)
    """The number that digits with separators are; None where they are none, or longer than is counted with.

    Thousands are parted in threes, or as in India; a mark that stands twice, or before exactly three digits where the
    other mark is the decimal one, parts thousands.
    """
    if len(digits) > LONGEST:
        return None
    parts = re.split(f"[{GROUP}]", digits)
    if len(parts) > 1 and not _grouped([*parts[:-1], re.split("[.,]", parts[-1])[0]]):
        return None
    plain = "".join(parts)
    points, commas = plain.count("."), plain.count(",")
    decimal = ""
    if points and commas:
        decimal = max(".,", key=plain.rfind)
        if plain.count(decimal) > 1:
            return None
    elif points + commas == 1:
        only = "." if points else ","
        usual = "," if mark == "comma" else "."
        groups = plain.split(only)
        if only == usual or len(parts) > 1:
            decimal = only
        elif not _grouped(groups):
            if mark == "point":
                return None
            decimal = only
    whole, _, rest = plain.rpartition(decimal) if decimal else (plain, "", "")
    for other in ".,":
        if other in whole:
            if not _grouped(whole.split(other)):
                return None
            whole = whole.replace(other, "")
    try:
        value = Decimal(f"{whole or '0'}.{rest or '0'}")
    except InvalidOperation:
        return None
    return value if abs(value.adjusted()) < LONGEST else None


def _grouped(groups: list[str]) -> bool:
    """Digits parted in threes, or in twos before the last three as in India."""
    first, *others = groups
    if not others or not first or first == "0" or len(others[-1]) != 3:
        return False
    inner = {len(one) for one in others[:-1]}
    return (len(first) <= 3 and inner <= {3}) or (len(first) <= 2 and inner == {2})

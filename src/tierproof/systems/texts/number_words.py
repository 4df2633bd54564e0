"""Numbers written in words, English (`forty-two`, `two and a half`), Chinese (`一百二十`) or else, as digits.

Enters: a text without digits.  Leaves: the same with its number words in digits.  Must not know which number counts.

`one` is a number where it is stated (`the answer is one`), and else a pronoun.
"""

from __future__ import annotations

import re

from tierproof.systems.texts.numerals import numerals_in_digits

__all__ = ["in_digits"]

SMALL = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
ONES = {
    **{word: value for value, word in enumerate(SMALL)},
    **{word: 20 + 10 * place for place, word in enumerate(TENS)},
    "fourty": 40,
}
SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
PARTS = {"half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fifth": 5, "fifths": 5}
WORD = rf"(?:{'|'.join(sorted([*ONES, *SCALES, *PARTS, 'hundred', 'dozen', 'point'], key=len, reverse=True))})"
PHRASE = re.compile(
    rf"(?<![\w-])(?:an?[ ])?{WORD}(?:(?:[ -]|,[ ]|[ -]and[ -](?:an?[ ])?){WORD})*(?![\w-])", re.IGNORECASE
)
STATED = re.compile(r"(?:^|[:=]|\b(?:is|are|equals?|be|exactly|only))[\s*_`\"'$(]*$", re.IGNORECASE)
ENDS = re.compile(r"[\s*_`\"'$).!]*(?:$|[.!\n])")
DIGITS = "零一二三四五六七八九"
UNITS = {"十": 10, "百": 100, "千": 1000}
MYRIADS = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
CHINESE = re.compile(
    r"(?:(?<=[是为為はが：:=])|(?<![^\W\d_]))[零〇一二两兩三四五六七八九十百千万萬亿億]+"
    r"(?=[个個名人元円本只隻天年月日岁歳度次枚匹頭头です]{0,4}(?:\W|$))"
)


def in_digits(text: str) -> str:
    """A text with its number words in digits; those that are none stay."""
    found = CHINESE.sub(lambda match: str(_chinese(match[0])), PHRASE.sub(_written, text))
    other, letters = numerals_in_digits(text)
    own = sum(len(match[0]) for match in PHRASE.finditer(text)) if found != text else 0
    return other if letters > own else found


def _written(match: re.Match[str]) -> str:
    words = re.findall(r"[a-z]+", match[0].lower())
    if words in (["one"], ["point"]) or words[0] == "point":
        before, after = match.string[: match.start()], match.string[match.end() :]
        return "1" if words == ["one"] and STATED.search(before) and ENDS.match(after) else match[0]
    value = _value(words)
    return match[0] if value is None else f"{value:.15g}"


def _value(words: list[str]) -> float | None:
    if words[0] in ("a", "an"):
        # An article stands for one before a size alone.
        if words[1] not in SCALES and words[1] not in ("hundred", "dozen", "half", "third", "quarter"):
            return _value(words[1:])
        words = ["one", *words[1:]]
    if "point" in words:
        place = words.index("point")
        whole, digits = _whole(words[:place]), [ONES.get(word, 10) for word in words[place + 1 :]]
        return None if whole is None or not digits or max(digits) > 9 else float(f"{whole}.{''.join(map(str, digits))}")
    if words[-1] in PARTS:
        return _with_part(words)
    return _whole(words)


def _with_part(words: list[str]) -> float | None:
    """`half`, `three quarters`, `two and a half`, `one and three quarters`."""
    *before, last = words
    bottom = PARTS[last]
    if not before:
        return 0.5 if last == "half" else None
    if before[-1] in ("a", "an", "and"):
        whole = _whole([word for word in before if word not in ("a", "an")])
        return None if whole is None else whole + 1 / bottom
    if "and" in before:
        place = len(before) - 1 - before[::-1].index("and")
        whole, top = _whole(before[:place]), _whole(before[place + 1 :])
        return None if whole is None or top is None or top >= bottom else whole + top / bottom
    top = _whole(before)
    return None if top is None else top / bottom


def _whole(words: list[str]) -> int | None:
    """`two hundred and fifty`, `twelve hundred`, a year in two halves (`nineteen ninety-nine`)."""
    total, group, last = 0, 0, -1
    for word in words:
        if word in ONES:
            value = ONES[word]
            if group and last >= 10 and value >= 10 and group < 100 and not total:
                group *= 100  # a year
            elif group and not (group % 100 == 0 or (group % 10 == 0 and group % 100 >= 20 and 0 < value < 10)):
                return None
            group, last = group + value, value
        elif word == "hundred":
            group, last = (group or 1) * 100, 100
        elif word == "dozen":
            group, last = (group or 1) * 12, 12
        elif word in SCALES:
            total, group, last = total + (group or 1) * SCALES[word], 0, 1000
        elif word != "and":
            return None
    return total + group if last >= 0 else None


def _chinese(text: str) -> int:
    text = text.replace("〇", "零").replace("两", "二").replace("兩", "二")
    if len(text) > 1 and all(letter in DIGITS for letter in text):
        return int("".join(str(DIGITS.index(letter)) for letter in text))
    total = section = digit = 0
    for letter in text:
        if letter in DIGITS:
            digit = DIGITS.index(letter)
        elif letter in UNITS:
            section, digit = section + (digit or 1) * UNITS[letter], 0
        else:
            total, section, digit = total + max(section + digit, 1) * MYRIADS[letter], 0, 0
    return total + section + digit

"""When two answers are the same, and how alike two texts are.

Enters: texts.  Leaves: a normal form, and numbers from 0 to 1.  Must not know who wrote them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from tierproof.systems.texts.quantity import decimal_of

__all__ = ["medoid", "normal_form", "parted", "token_f1", "visible"]

ARTICLES = frozenset({"a", "an", "the"})
UNSPACED = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30fa"
    "\u30fc-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Letters of scripts that put no blanks between words (Thai, Lao, Tibetan, Burmese, Khmer, Chinese, Japanese), and
Korean, whose words carry their particles."""
BLANKS = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
SIGNED_NUMBER = re.compile(
    r"(?P<sign>[-−–+]?)[$€£¥₹₽]?(?P<sign2>[-−–]?)(?P<digits>\d[\d.,]*|[.,]\d+)(?P<e>e[-+]?\d+)?%?"
)
NAMED_WITH_SIGNS = re.compile(r"[^\W\d_]+(?:\+\+|#)|[^\W\d_]{1,2}[+-]")
"""Names that end in a sign: C#, C++, and grades and blood groups: A+, O-."""
ABBREVIATION = re.compile(r"(?:[^\W\d_]\.){2,}[^\W\d_]?\.?")
SUPERSCRIPTS = re.compile("[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
APOSTROPHES = "'\u2019\u02bc`"
BRACKETED_LIST = re.compile(r"[(\[{<][-\d.]+(?:,[-\d.]+)+[)\]}>]")
CODE = re.compile(r"0\d{2,}")
"""Digits that count nothing, such as a postal code."""
KEPT_IN_NUMBERS = "-/:.,"
PARTS = re.compile(rf"[{UNSPACED}][^\w\s]*|[^{UNSPACED}]+")
LONGEST_EXPONENT = 40


def visible(text: str) -> str:
    """A text without what nobody sees: zero-width signs, marks of byte order, soft hyphens; one form of each letter and
    each blank.  Spreadsheets and web pages leave such signs in what is copied from them.
    """
    if text.isascii():
        return text
    kept = (letter for letter in text if unicodedata.category(letter) != "Cf" and not "\ufe00" <= letter <= "\ufe0f")
    return BLANKS.sub(" ", unicodedata.normalize("NFC", "".join(kept)))


def normal_form(text: str) -> str:
    """A text without what does not matter in a short answer: case, punctuation, articles, spaces.

    After SQuAD's official scorer (Rajpurkar et al. 2016), for all scripts.  What punctuation parts stays parted (`1/2`
    is not `12`), signs that are part of a name stay (`C#`), a number is written one way (`1,000.0` is `1000`) and keeps
    its sign and its point; letters of scripts without blanks are words of their own.
    """
    raised = SUPERSCRIPTS.sub(lambda run: "^" + unicodedata.normalize("NFKC", run[0]), visible(text))
    folded = unicodedata.normalize("NFKC", raised).casefold().replace("\u2044", "/")
    # What is left of the Turkish capital with its dot.
    folded = folded.replace("i\u0307", "i")
    folded = re.sub("[‐‑‒–—−]", "-", folded)
    folded = re.sub(r"(?<=\d)\s+([-/:])\s+(?=\d)", r"\1", folded)
    parts = [part for word in folded.split() for part in _parts(word)]
    # An answer that is an article and nothing else is the letter of an option, one of signs alone is those signs.
    return " ".join([part for part in parts if part not in ARTICLES] or parts or folded.split())


def _parts(word: str) -> list[str]:
    core = word.strip(".,;:!?'\"()[]{}%*`_\u00ab\u00bb\u201c\u201d\u2018\u2019")
    if BRACKETED_LIST.fullmatch(word.rstrip(".,;:!?")) and decimal_of(core) is None:
        # Coordinates, a tuple: `(1,2)` is `(1, 2)`.
        return [part for piece in core.split(",") for part in _parts(piece)]
    core = f".{core}" if re.search(rf"(?<!\d)\.{re.escape(core)}", word) and core[:1].isdigit() else core
    core = "-" + core.lstrip("-") if word.lstrip("('\"*`$€£_").startswith("-") else core
    number = _number(core)
    if number:
        return [number]
    core = core.lstrip("-")
    if NAMED_WITH_SIGNS.fullmatch(core):
        return [core]
    if ABBREVIATION.fullmatch(word.strip("()\"'*`,;:!?")):
        return [word.strip("()\"'*`,;:!?").replace(".", "")]
    return [part for piece in _pieces(core) for part in ([_number(piece)] if _number(piece) else parted(piece))]


def _pieces(word: str) -> list[str]:
    """A word parted at its signs; those between digits stay, apostrophes vanish, symbols stand alone."""
    pieces = [""]
    for place, letter in enumerate(word):
        kind = unicodedata.category(letter)
        before, after = word[place - 1 : place], word[place + 1 : place + 2]
        between_digits = before.isdigit() and after.isdigit()
        if kind[0] in "LNM" or (letter in KEPT_IN_NUMBERS and between_digits):
            pieces[-1] += letter
        elif letter in APOSTROPHES:
            continue
        elif letter == "-" and after.isdigit() and place and not before.isalnum():
            # A sign, not a hyphen: `x=-5`.
            pieces.append("-")
        elif letter in "#+-" and NAMED_WITH_SIGNS.fullmatch(pieces[-1] + word[place:].split("/", maxsplit=1)[0]):
            pieces[-1] += letter
        elif kind[0] == "S" and kind not in ("Sc", "Sk"):
            pieces += [letter, ""]
        else:
            pieces.append("")
    return [piece for piece in pieces if piece]


def _number(word: str) -> str:
    """A number as it is written here; empty where the word is none."""
    match = SIGNED_NUMBER.fullmatch(word)
    if match is None:
        return ""
    value = decimal_of(match["digits"].rstrip(".,"))
    if value is None or CODE.fullmatch(word):
        return ""
    if match["e"]:
        power = int(match["e"][1:])
        if abs(power) > LONGEST_EXPONENT:
            return ""
        value = value.scaleb(power)
    return format((-value if set(match["sign"] + match["sign2"]) - {"+"} else value).normalize(), "f")


def parted(word: str) -> list[str]:
    """A word in its parts: letters of scripts without blanks each for itself, with the marks upon them."""
    return [part for part in PARTS.findall(word) if part] if word else []


def token_f1(one: str, other: str) -> float:
    """Harmonic mean of the shares of words that each of two texts has in common with the other, repeats counted."""
    left, right = normal_form(one).split(), normal_form(other).split()
    if not left or not right:
        return float(left == right)
    common = sum((Counter(left) & Counter(right)).values())
    return 2 * common / (len(left) + len(right))


def medoid(texts: Sequence[str]) -> int:
    """Place of the text that is most like all others; of equals the first.

    Minimum Bayes risk under token F1 (Kumar and Byrne, NAACL 2004).
    """
    totals = [
        sum(token_f1(text, other) for place, other in enumerate(texts) if place != own)
        for own, text in enumerate(texts)
    ]
    return max(range(len(texts)), key=lambda place: (totals[place], -place))

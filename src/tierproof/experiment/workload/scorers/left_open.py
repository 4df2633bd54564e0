"""Answers that leave open which number they mean: two of them, a range, a list, or a bound.

Enters: what an answer states, and what was asked.  Leaves: the numbers between which it leaves the choice, or the side
on which it leaves it open.  Must not know the target.
"""

from __future__ import annotations

import re
from typing import Literal

from tierproof.systems.texts.quantity import LATEX_WORDS, MIXED, YEAR_OF_DATE, Quantity, boxed, quantity_in

__all__ = ["ONE", "Side", "asks_for_a_bound", "bound_of", "numbers_left_open"]

Side = Literal["least", "most", ""]

ONE = r"[-−]?[$€£¥₹₽]?\d[\d.,/]*(?<=\d)"
UNIT = r"(?:\s?(?:%|°?[^\W\d_]{1,12}))?"
OPEN = re.compile(
    rf"(?<![x×·⋅*\d.,])(?<![x×·⋅*]\s)(?P<one>{ONE})(?P<unit>{UNIT})"
    r"(?:(?<=[\d%])(?:[–—-]|\s?(?:\.\.\.?|…|[~〜～])\s?|\s?[至到]\s?|から)(?=[$€£¥₹₽]?\d)|,?\s+(?:or|oder|ou|o|или|або)\s+"
    r"|(?P<to>\s+(?:to|bis|à|do|до)\s+)|(?P<a>\s+a\s+)|(?P<and>\s+(?:and|und|et|y|и)\s+)|(?P<less>\s[-–—]\s)"
    r"|\s?(?:或者?|还是|還是|または)\s?)"
    rf"(?:[a-z]\w?\s?=\s?)?(?P<other>{ONE})(?P<unit2>{UNIT})(?!.*\d)",
    re.DOTALL | re.IGNORECASE,
)
"""The last two numbers of a text that leaves open which it is, or is a range: `5 or 6`, `10–20`, `between 5 and 7`."""
BETWEEN = re.compile(r"\b(?:between|zwischen|entre|между)\s+$", re.IGNORECASE)
CHANGES = re.compile(
    r"\b(?:rose|ris|increas|went|go(?:es|ing)?\b|grew|grow|fell|fall|drop|declin|decreas|chang|mov|improv|jump|climb|rais|reduc"
    r"|cut|shift|updat|convert|turn|steig|stieg|gestieg|sank|gesunk|fiel|wuchs|erhöh|änder|pass|augment|baiss|aument|baj|sub"
    r"|вырос|упал|увелич|сниз|измен|подня)[^.!?\n]*$",
    re.IGNORECASE,
)
"""What goes from one number to another is the other now."""
FROM = re.compile(r"\b(?:from|von|vom|de|от|с)\s+$", re.IGNORECASE)
BETWEEN_MEMBERS = r"(?:,\s|\s?[;&、，和と]\s?|\s+(?:and|und|et|y|и)\s+)"
LISTED = re.compile(
    rf"[\s*_$(\[{{]*(?:(?P<name>[a-z])(?:_?\{{?\d\}}?)?\s?=\s?)?(?P<one>{ONE})(?P<unit>{UNIT})"
    rf"(?:{BETWEEN_MEMBERS}(?:(?(name)(?P=name)(?:_?\{{?\d\}}?)?\s?=\s?))(?P<other>{ONE})(?P<unit2>{UNIT}))+"
    r"[\s*_$)\]}.!]*",
    re.IGNORECASE,
)
"""A list of numbers and nothing else: `[5, 6]`, `x = 5 and x = 6`."""
TAG = re.compile(r"</?[A-Za-z][\w-]{0,20}>")
LONGEST_PAIR = 100
"""Characters in which both stand."""
SAME = 0.01
"""Two numbers of one answer as near as that are one, written twice: `1/3 or 0.333`."""

LEAST_WORDS = (
    r"at\s+(?:the\s+)?(?:very\s+)?least|a\s+minimum\s+of|no\s+(?:less|fewer)\s+than|not\s+(?:less|fewer)\s+than"
    r"|(?<!\d\s)(?:more|greater|larger|higher|bigger)\s+than|upwards\s+of|mindestens|wenigstens|mehr\s+als|au\s+moins|plus\s+de"
    r"|al\s+menos|por\s+lo\s+menos|como\s+mínimo|más\s+de|не\s+(?:менее|меньше)|(?<!не )(?:более|больше)"
    r"|(?:как\s+)?минимум|свыше"
    r"|至少|最少|超过|超過|大于|大於|多于|少なくとも|不少于"
)
MOST_WORDS = (
    r"at\s+(?:the\s+)?(?:very\s+)?most|a\s+maximum\s+of|no\s+(?:more|greater)\s+than|not\s+(?:more|greater)\s+than"
    r"|(?<!\d\s)(?:less|fewer|smaller|lower)\s+than|höchstens|maximal|weniger\s+als|au\s+plus|au\s+maximum|moins\s+de"
    r"|as\s+many\s+as|a\s+lo\s+sumo|como\s+máximo|menos\s+de|не\s+(?:более|больше)|(?<!не )(?:менее|меньше)|максимум"
    r"|至多|最多|小于|小於|少于|不超过|不到"
)
OPENING = (
    r"(?:^|[:=]|(?:\b(?:is|are|was|were|be|has|have|had|takes?|costs?|ist|sind|est|son|es|just|well|slightly)))[\s*_$]*"
)
GAP = r"[\s*_`$]{0,4}(?:[a-z]\w?\s?=\s?)?"
BOUNDS: tuple[tuple[Side, re.Pattern[str]], ...] = (
    (
        "least",
        re.compile(
            rf"(?:(?:{LEAST_WORDS})|{OPENING}(?:over|above|über)|(?:(?<![<>=-])>=?|≥|⩾|\\geq?|\\gt)){GAP}$",
            re.IGNORECASE,
        ),
    ),
    (
        "most",
        re.compile(
            rf"(?:(?:{MOST_WORDS})|{OPENING}(?:under|below|up\s+to|bis\s+zu|unter|jusqu'à|hasta|до)|(?:(?<![<>])<=?|≤|⩽|\\leq?|\\lt)){GAP}$",
            re.IGNORECASE,
        ),
    ),
)
"""What says before a number that it is a bound.  Words that often say something else (`adds up to 5`) only where the
statement begins with them."""
BEHIND: tuple[tuple[Side, re.Pattern[str]], ...] = (
    (
        "least",
        re.compile(
            rf"\+(?![\w.])|{UNIT},?\s*(?:(?:or|and|oder|ou|o|и|или)\s+(?:more|above|up|over|greater|higher|mehr|plus|más|более|больше|выше)\b)"
            r"|\s?(?:以上|及以上)",
            re.IGNORECASE,
        ),
    ),
    (
        "most",
        re.compile(
            rf"{UNIT},?\s*(?:(?:or|and|oder|ou|o|и|или)\s+(?:less|fewer|below|under|lower|weniger|moins|menos|менее|меньше|ниже)\b)|\s?以下",
            re.IGNORECASE,
        ),
    ),
)
LAST = re.compile(rf"(?<![\d.,])(?P<number>{ONE})\D*$")
ASKS = re.compile(
    r"[<>≤≥]|\\[lg]e|\b(?:least|most|min(?:imum|imal|imize|imise)?|max(?:imum|imal|imize|imise)?|fewest|smallest|largest|greatest"
    r"|highest|lowest|biggest|bounds?|limits?|needs?|needed|must|required?|requires|necessary|guarantee[ds]?|ensures?|up\s+to"
    r"|more\s+than|less\s+than|fewer\s+than|could|can|mindest\w*|höchst\w*|wenigst\w*|minim\w*|maxim\w*|müss\w*|muss|moins|plus"
    r"|doit|faut|peut|menos|más|máxim\w*|mínim\w*|debe|necesit\w*|puede|миним\w+|максим\w+|наимень\w+|наиболь\w+|менее|более"
    r"|больше|меньше|нужно|должн\w+|хотя\s+бы|можно|может)\b|至少|最少|最多|至多|最小|最大|超过|不少于|不超过",
    re.IGNORECASE,
)


def asks_for_a_bound(asked: str) -> bool:
    """May a question be answered by a bound: does it ask for the least or the most, or what is needed or possible?"""
    return ASKS.search(asked) is not None


def bound_of(stated: str) -> Side:
    """The side on which a text leaves its last number open (`at least 5`, `5 or more`, `< 5`); empty: it does not."""
    text = _bare(stated)
    last = LAST.search(text)
    if last is None:
        return ""
    before, behind = text[max(0, last.start() - LONGEST_PAIR) : last.start()], text[last.end("number") :]
    for side, pattern in BOUNDS:
        if pattern.search(before):
            return side
    return next((side for side, pattern in BEHIND if pattern.match(behind)), "")


def numbers_left_open(stated: str) -> tuple[Quantity, ...]:
    """The numbers between which a text leaves the choice; none where it states one."""
    text = _bare(stated)
    listed = LISTED.fullmatch(text) if len(text) <= LONGEST_PAIR and not MIXED.search(text) else None
    if listed is not None and (listed["unit"] == listed["unit2"] or not listed["unit"]):
        members = re.split(BETWEEN_MEMBERS, text, flags=re.IGNORECASE)
        bare = [member.rpartition("=")[2].strip(" *_$()[]{}.!") for member in members]
        # `5 and 6 m`: the unit is that of all.
        return _several(stated, [one if listed["unit"] else one + listed["unit2"] for one in bare[:-1]] + bare[-1:])
    last = re.search(r"\d\D*$", text)
    match = OPEN.search(text, max(0, last.start() - LONGEST_PAIR)) if last else None
    if match is None or (match["unit"] and match["unit2"] and match["unit"] != match["unit2"]):
        # `2 m or 200 cm` are the same.
        return ()
    before = text[: match.start()]
    goes = FROM.search(before) and CHANGES.search(before)
    unsaid = (match["and"] and not BETWEEN.search(before)) or (match["a"] and not FROM.search(before))
    if unsaid or ((match["to"] or match["a"]) and goes):
        return ()
    both = _several(stated, [match["one"] + match["unit"], match["other"] + match["unit2"]])
    # `12 - 8` takes away.
    return () if match["less"] and both and both[0].value >= both[1].value else both


def _several(stated: str, texts: list[str]) -> tuple[Quantity, ...]:
    """The numbers in these texts; none where they are one, or not what is stated."""
    found = [one for text in texts if (one := quantity_in(text, "either")) is not None]
    # A remark behind what is stated is none of it: `12 (10 or 11 are too few)`.
    read = len(found) == len(texts) and quantity_in(stated, "either") == found[-1]
    return tuple(found) if read and not all(one.near(found[-1], 0.0, SAME) for one in found) else ()


def _bare(stated: str) -> str:
    inside = boxed(stated)
    text = stated if inside is None else inside
    for pattern, instead in (*LATEX_WORDS, YEAR_OF_DATE):
        text = pattern.sub(instead, text)
    return TAG.sub(" ", text).strip()

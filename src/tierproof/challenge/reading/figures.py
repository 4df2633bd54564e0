"""Words of number, unit and multiple, English and Russian.

Leaves: tables from a word to what it counts.  Knows nothing of sentences.
"""

from __future__ import annotations

from typing import Literal

__all__ = ["AMOUNTS", "NUMERALS", "UNITS", "WORDS", "Unit"]

Unit = Literal["percent", "times", "points", "usd", "seconds"]

UNITS: dict[str, Unit] = {
    **dict.fromkeys(("%", "percent", "pct", "процент", "процента", "процентов", "проценты"), "percent"),
    **dict.fromkeys(
        ("x", "х", "times", "fold", "раз", "раза", "кратно", "кратное", "кратный", "кратного", "кратная"), "times"
    ),
    **dict.fromkeys(
        ("points", "point", "pp", "pts", "pt", "пункт", "пункта", "пунктов", "пп", "п", "балл", "балла", "баллов"),
        "points",
    ),
    **dict.fromkeys(("usd", "dollars", "bucks", "долларов", "$"), "usd"),
    **dict.fromkeys(("seconds", "second", "sec", "секунд", "секунды", "секунду"), "seconds"),
}
NUMERALS: dict[str, float] = {
    "two": 2, "three": 3, "four": 4, "five": 5, "ten": 10, "twenty": 20, "thirty": 30, "forty": 40,
    "fifty": 50, "six": 6, "seven": 7, "eight": 8, "nine": 9, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90, "hundred": 100,
    "два": 2, "две": 2, "три": 3, "четыре": 4, "пять": 5, "десять": 10, "двадцать": 20, "тридцать": 30,
    "сорок": 40, "пятьдесят": 50, "шесть": 6, "семь": 7, "восемь": 8, "девять": 9, "пятнадцать": 15, "шестьдесят": 60,
    "семьдесят": 70, "восемьдесят": 80, "девяносто": 90, "двух": 2, "трех": 3, "четырех": 4, "пяти": 5, "десяти": 10,
    "двадцати": 20, "тридцати": 30, "полтора": 1.5, "полутора": 1.5,
}  # fmt: skip
AMOUNTS: dict[str, tuple[float, Unit, Literal["up", "down"] | None]] = {
    **dict.fromkeys(
        ("twice", "вдвое", "twofold", "двукратно", "двукратный", "двукратное", "двукратного", "двукратную", "двойной"),
        (2.0, "times", None),
    ),
    **dict.fromkeys(
        ("doubles", "double", "doubled", "doubling", "удваивает", "удвоил", "удвоит", "удваивают"), (2.0, "times", "up")
    ),
    **dict.fromkeys(("triples", "triple", "tripled", "утраивает", "утроил"), (3.0, "times", "up")),
    **dict.fromkeys(("quadruples", "quadruple"), (4.0, "times", "up")),
    **dict.fromkeys(
        ("втрое", "thrice", "threefold", "трехкратно", "трехкратный", "трехкратное", "трехкратного", "трехкратную"),
        (3.0, "times", None),
    ),
    **dict.fromkeys(("вчетверо", "fourfold"), (4.0, "times", None)),
    **dict.fromkeys(("впятеро", "fivefold"), (5.0, "times", None)),
    **dict.fromkeys(("вдесятеро", "tenfold"), (10.0, "times", None)),
    **dict.fromkeys(("halves", "halve", "halved", "halving", "уполовинивает", "уполовинил"), (2.0, "times", "down")),
    **dict.fromkeys(("third", "треть", "третью", "трети"), (33.0, "percent", None)),
    **dict.fromkeys(("quarter", "четверть", "четверти"), (25.0, "percent", None)),
    **dict.fromkeys(("half", "пополам", "наполовину", "половину", "половины", "половина"), (2.0, "times", None)),
}
WORDS = frozenset((*UNITS, *NUMERALS, *AMOUNTS))
"""Words that state a figure or its unit."""

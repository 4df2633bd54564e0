"""Figures in plain units and few digits.

Enters: numbers and intervals.  Leaves: short strings as the language spoken writes them, `29 % (12 to 44)`; what is not
finite is a dash, never `nan` or `inf`.  Knows nothing of techniques, and nothing of screens but the letters it prints.
"""

from __future__ import annotations

import math
from typing import Final, Protocol

from tierproof.messages import Message, gettext, in_figures, ngettext, pgettext, translated

__all__ = [
    "UNKNOWN",
    "Range",
    "between",
    "count",
    "counted",
    "days",
    "dollars",
    "duration",
    "ends",
    "failures",
    "figure",
    "interval",
    "memory",
    "money",
    "money_interval",
    "percent",
    "prefixed",
    "price",
    "probability",
    "ratio",
    "ratio_interval",
    "scaled",
    "signed",
    "spanned",
    "standing",
    "threshold",
    "written",
    "wrong_answers",
]

UNKNOWN = "–"
_MINUS = "−"
_STEPS = (
    (1e12, Message("{size}T")),
    (1e9, Message("{size}B")),
    (1e6, Message("{size}M")),
    (1e3, Message("{size}k")),
)
_PREFIXES = (
    Message("µ", context="prefix"),
    Message("m", context="prefix"),
    "",
    Message("k", context="prefix"),
    Message("M", context="prefix"),
    Message("G", context="prefix"),
    Message("T", context="prefix"),
    Message("P", context="prefix"),
    Message("E", context="prefix"),
    Message("Z", context="prefix"),
    Message("Y", context="prefix"),
)
"""Of the International System of Units, from a millionth up; each is a thousand of the one before."""


_BINARY = (
    "",
    Message("Ki", context="prefix"),
    Message("Mi", context="prefix"),
    Message("Gi", context="prefix"),
    Message("Ti", context="prefix"),
    Message("Pi", context="prefix"),
)
"""Each is 1,024 of the one before."""


class Range(Protocol):
    """Anything with a point and two ends."""

    @property
    def median(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


def _whole(share: float) -> str:
    """A share in whole percent, without its sign of percent."""
    if abs(share) >= 9.995:
        return ">999" if share > 0 else f"<{_MINUS}999"
    points = round(100 * share)
    return f"{_MINUS if points < 0 else ''}{abs(points)}"


def percent(share: float | None, digits: int = 0) -> str:
    """0.294 -> `29 %`, with a digit 29.4 %."""
    if share is None or not math.isfinite(share):
        return UNKNOWN
    return gettext("{points} %", points=in_figures(f"{100 * share:.{digits}f}") if digits else _whole(share))


def standing(share: float, least: int = 0) -> str:
    """Where a reader stands, never told as all or none: 0.7 -> `70 %`, 0.999 -> `99.9 %`; `least`: of its decimals."""
    digits = next((n for n in range(least, 9) if 0.0 < round(100 * share, n) < 100.0), 9)
    return gettext("{points} %", points=in_figures(f"{100 * share:.{digits}f}"))


def threshold(share: float) -> str:
    """A limit that somebody wrote, with all of its digits: 0.003 -> `0.3 %`."""
    return gettext("{points} %", points=in_figures(f"{100 * share:.10g}")).replace("-", _MINUS)


def signed(share: float | None) -> str:
    """0.294 -> `+29 %`; zero has no sign."""
    text = percent(share)
    return text if text == UNKNOWN or text[0] in f"{_MINUS}<>0" else f"+{text}"


def probability(p: float | None) -> str:
    """Whole percent, and honest at the ends: nothing finite is known to be 0 or 100."""
    if p is None or not math.isfinite(p):
        return UNKNOWN
    if p < 0.01:
        return gettext("<1 %")
    return gettext(">99 %") if p > 0.99 else percent(p)


def interval(value: Range | None) -> str:
    """`29 % (12 to 44)`."""
    if value is None or not all(map(math.isfinite, (value.median, value.low, value.high))):
        return UNKNOWN
    return spanned(percent(value.median), _whole(value.low), _whole(value.high))


def spanned(middle: str, low: str, high: str) -> str:
    """`29 % (12 to 44)`."""
    return gettext("{middle} ({low} to {high})", middle=middle, low=low, high=high)


def between(low: str, high: str) -> str:
    """`12 to 44`."""
    return gettext("{low} to {high}", low=low, high=high)


def ends(low: str, high: str) -> str:
    """`12 to 44`, short, as a cell has it."""
    return pgettext("cell", "{low} to {high}", low=low, high=high)


_FAILURES: Final = (
    Message("leaves failures as they are"),
    Message("adds {share} more failures ({low} to {high})"),
    Message("removes {share} of failures ({low} to {high})"),
)
_WRONG_ANSWERS: Final = (
    Message("leaves wrong answers as they are"),
    Message("adds {share} more wrong answers ({low} to {high})"),
    Message("removes {share} of wrong answers ({low} to {high})"),
)


def failures(value: Range | None) -> str:
    """`removes 29 % of failures (12 to 44)`; a loss reads `adds 8 % more failures (3 to 15)`, ends turned to match."""
    return _removed(value, _FAILURES)


def wrong_answers(value: Range | None) -> str:
    """The same of wrong answers."""
    return _removed(value, _WRONG_ANSWERS)


def _removed(value: Range | None, words: tuple[str, str, str]) -> str:
    if value is None or not all(map(math.isfinite, (value.median, value.low, value.high))):
        return gettext("effect not known")
    same, more, fewer = words
    if max(abs(value.low), abs(value.high)) < 0.005:
        return gettext(same)
    if value.median < -0.005:
        return gettext(more, share=percent(-value.median), low=_whole(-value.high), high=_whole(-value.low))
    return gettext(fewer, share=percent(value.median), low=_whole(value.low), high=_whole(value.high))


def ratio(value: float | None) -> str:
    """A multiplier: `×0.62`, `×1.05`, `×1.5`, `×12`."""
    if value is None or not math.isfinite(value) or value < 0:
        return UNKNOWN
    if value >= 9.95:
        return f"×{scaled(value)}"
    digits = 2 if value < 1.095 else 1
    text = f"{value:.{digits}f}"
    return f"×{in_figures(text.rstrip('0').rstrip('.'))}"


def ratio_interval(value: Range | None) -> str:
    """`×1.5 (1.1 to 3)`."""
    if value is None or ratio(value.median) == UNKNOWN:
        return UNKNOWN
    return spanned(ratio(value.median), ratio(value.low)[1:], ratio(value.high)[1:])


def scaled(size: float) -> str:
    """Two digits and a letter: 12345 -> `12k`, 1234 -> `1.2k`, 950 -> `950`."""
    for step, unit in _STEPS:
        # 999.5 would round to four digits, so the next unit begins just below its step.
        if size >= 0.9995 * step:
            quotient = size / step
            digits = ".0e" if quotient >= 1000 else ".1f" if quotient < 9.95 else ".0f"
            return gettext(unit.message, size=in_figures(f"{quotient:{digits}}".removesuffix(".0")))
    return in_figures(f"{size:.0f}" if size >= 1 or size == 0 else f"{size:.2f}" if size >= 0.1 else f"{size:.2g}")


_CHANGE = 1e-9
"""USD: less is what rounding left of nothing."""


def money(usd: float | None, *, sign: bool = False) -> str:
    """`$12k`, `−$950`; with `sign`, gains carry a plus."""
    if usd is None or not math.isfinite(usd):
        return UNKNOWN
    size = scaled(abs(usd) if abs(usd) >= _CHANGE else 0.0)
    mark = _MINUS if usd < 0 and size != "0" else "+" if sign and size != "0" else ""
    return gettext("{mark}${size}", mark=mark, size=size)


def dollars(amount: float, digits: int = 4) -> str:
    """To the fraction of a cent, for calls of small models cost less: `$0.0012`."""
    return gettext("${amount}", amount=written(amount, digits))


def price(usd: float) -> str:
    """What one thing costs or is worth: small sums keep three digits, as prices of one request need: `$0.0308`."""
    return money(usd) if usd >= 1000 else dollars(usd, 3)


def written(value: float, digits: int) -> str:
    """In so many significant digits, written out: 43219 in two -> `43,000`."""
    return in_figures(f"{float(f'{value:.{digits}g}'):,.12g}")


def money_interval(value: Range | None) -> str:
    """`+$12k (−$3k to $30k)`."""
    if value is None or not all(map(math.isfinite, (value.median, value.low, value.high))):
        return UNKNOWN
    return spanned(money(value.median, sign=True), money(value.low), money(value.high))


def days(value: float | None) -> str:
    """Engineer-days: `30 d`."""
    return UNKNOWN if value is None or not math.isfinite(value) else gettext("{n} d", n=scaled(value))


def prefixed(value: float | None, unit: str) -> str:
    """In two digits with a prefix of the International System: 1.23e12 of `FLOP` -> `1.2 TFLOP`."""
    return _in_steps(value, unit, 1000.0, _PREFIXES, base=2)


def memory(size: float | None) -> str:
    """Bytes: 36 * 2**20 -> `36 MiB`."""
    return _in_steps(size, Message("B", context="bytes"), 1024.0, _BINARY)


def _in_steps(value: float | None, unit: str, step: float, prefixes: tuple[str, ...], base: int = 0) -> str:
    """`base`: place of the prefix that is none."""
    if value is None or not math.isfinite(value) or value < 0:
        return UNKNOWN
    # 999.5 would round to four digits, so the next prefix begins just below its step.
    places = range(len(prefixes) - 1, -1, -1)
    place = next((at for at in places if value >= 0.9995 * step ** (at - base)), 0) if value else base
    figure = value / step ** (place - base)
    digits = f"{figure:.0e}" if figure >= 99_999.5 else f"{figure:.0f}" if figure >= 9.95 else f"{figure:.2g}"
    return gettext("{n} {unit}", n=in_figures(digits), unit=f"{translated(prefixes[place])}{translated(unit)}")


def duration(seconds: float | None) -> str:
    """`0.42 s`, `47 s`, `12 min`, `3.4 h`."""
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return UNKNOWN
    if seconds >= 5970:
        return gettext("{n} h", n=_short(seconds / 3600))
    if seconds >= 99.5:
        return gettext("{n} min", n=_short(seconds / 60))
    return gettext("{n} s", n=_short(seconds))


def _short(size: float) -> str:
    return in_figures(f"{size:,.0f}" if size >= 9.95 else f"{size:.2g}")


def count(number: int | float | None) -> str:
    """`10,123`."""
    return UNKNOWN if number is None or not math.isfinite(number) else in_figures(f"{number:,.0f}")


def counted(number: int, noun: str) -> str:
    """`1 record`, `1,024 records`."""
    return ngettext(f"{{n}} {noun}", f"{{n}} {noun}s", number, n=count(number))


def months(value: float) -> str:
    """`1 month`, `12 months`, `0.5 months`."""
    return ngettext("{n} month", "{n} months", 1 if value == 1 else 2, n=figure(value))


def figure(value: float | None) -> str:
    """A figure as a record gives it, in at most four digits: `0.7312` -> `0.7312`, `41.25` -> `41.25`, `12345.6` ->
    `12,346`."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    size = abs(value)
    if size >= 1e9 or (0 < size < 1e-4):
        text = f"{value:.3g}"
    elif size >= 1000:
        text = f"{value:,.0f}"
    else:
        text = f"{value:.4g}"
    return in_figures(text.replace("-", _MINUS, 1) if text.startswith("-") else text)

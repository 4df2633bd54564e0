"""A critique in words.

Enters: what was understood of a text, and the verdicts on it.  Leaves: blocks for any form of output.  Computes
nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from tierproof.answers.safe_text import clean, shorten
from tierproof.answers.studies import author_year
from tierproof.challenge.telling.wording import in_words
from tierproof.report.blocks import Block, Field, Grid, Heading, Items, Told
from tierproof.report.words import numerals

if TYPE_CHECKING:
    from tierproof.challenge.reading import NotUnderstood, Parsed
    from tierproof.challenge.verdict import Figure, Measurement, Point, Turn, Verdict
    from tierproof.evidence import Pack, Technique

__all__ = [
    "answer_told",
    "critique_blocks",
    "figure_told",
    "missed_blocks",
    "says",
    "turn_told",
    "verdict_blocks",
]

_TITLE: Final = 60
_SHOWN: Final = 5
"""Parts of a text that were not understood, listed one by one."""
_PAYERS: Final = {
    "independent": "independent",
    "authors": "its authors",
    "vendor": "a vendor",
    "rival": "a rival's authors",
}


def critique_blocks(parsed: Parsed, verdicts: Sequence[Verdict], pack: Pack) -> list[Block]:
    """What was understood, and the verdict on each claim, as people read it."""
    blocks: list[Block] = []
    for verdict in verdicts:
        blocks += verdict_blocks(verdict, pack, language=parsed.language, level=2 if len(verdicts) > 1 else 1)
    if not verdicts:
        near = any(part.nearest for part in parsed.not_understood)
        blocks += [Heading("Not judged" if near else "No claim was understood", 1)]
        blocks += [] if near else [Told(_how_to_say_it(parsed, pack), "strong")]
    return [*blocks, *missed_blocks(parsed, pack)]


def verdict_blocks(
    verdict: Verdict, pack: Pack, *, language: str = "en", level: int = 2, commands: bool = True
) -> list[Block]:
    """One verdict; `commands`: with those that show its records."""
    understood = in_words(verdict.claim, pack.techniques, language)
    blocks: list[Block] = [Heading(f"Understood: {understood}", level), Told(answer_told(verdict), "strong")]
    if verdict.question:
        blocks.append(Told(f"Asked: {verdict.question}"))
    if verdict.figures:
        rows = tuple((clean(figure.name), figure_told(figure)) for figure in verdict.figures)
        blocks.append(Grid((Field("The evidence says", least=30), Field("Median (90 %)", right=True)), rows))
    if verdict.probability is not None:
        # Where sources of several techniques speak, each row says of which.
        several = {point.technique for point in (*verdict.evidence_for, *verdict.evidence_against)} - {
            *(verdict.claim.subjects if len(verdict.claim.subjects) == 1 else ())
        }
        names = pack.techniques if several else None
        blocks += _evidence("Strongest evidence for", verdict.evidence_for, verdict.sources_for, names)
        blocks += _evidence("Strongest evidence against", verdict.evidence_against, verdict.sources_against, names)
    if verdict.probability is not None:
        head = "You stay right as long as" if verdict.word == "supported" else "When you would be right"
        turns = tuple(turn_told(turn) for turn in verdict.turns)
        blocks += [
            Heading(head, 3),
            Items(turns) if turns else Told("No price, size or task was found that turns the verdict."),
        ]
        blocks += _measurements(verdict.measurements)
    if verdict.paid:
        shares = ", ".join(f"{numerals.percent(share)} {_PAYERS[who]}" for who, share in verdict.paid.items())
        blocks.append(Told(f"Who paid for the figures, by weight: {shares}."))
    if verdict.notes:
        blocks += [Heading("Read so", 3), Items(verdict.notes)]
    named = [name for name in (*verdict.claim.subjects, *verdict.claim.objects) if name in pack.techniques]
    if commands and named and verdict.probability is not None:
        blocks.append(Told("Every record: " + ", ".join(f"tierproof show {name}" for name in named[:4]) + ".", "note"))
    return blocks


def answer_told(verdict: Verdict) -> str:
    """The verdict in a sentence."""
    if verdict.probability is None:
        return f"Not testable: {verdict.reason}."
    certainty = f"; certainty {verdict.certainty}" if verdict.certainty else ""
    why = f": {verdict.reason}" if verdict.reason else ""
    return f"{verdict.word.capitalize()}, probability {numerals.probability(verdict.probability)}{certainty}{why}."


def figure_told(figure: Figure) -> str:
    """A figure in its unit, with its interval where it has one."""
    ends = [value for value in (figure.value, figure.low, figure.high) if value is not None]
    told = [_number(value, figure.unit) for value in ends]
    a_month = " a month" if figure.unit == "usd_month" else ""
    return (told[0] if len(told) < 3 else f"{told[0]} ({told[1]} to {told[2]})") + a_month


_NUMBERS: Final[Mapping[str, Callable[[float], str]]] = {
    "probability": numerals.probability,
    "share": numerals.percent,
    "percent": lambda value: numerals.percent(value / 100),
    "ratio": numerals.ratio,
    "usd": lambda value: f"${value:.3g}" if value < 10 else numerals.money(value),
    "usd_month": numerals.money,
    "billions": lambda value: f"{value:.3g} billion parameters",
    "count": lambda value: f"{value:.1f}".removesuffix(".0") if abs(value) < 100 else numerals.count(value),
    "rank": lambda value: f"{value:g}",
    "log odds": lambda value: f"{value:+.2f}",
}


def _number(value: float, unit: str) -> str:
    return _NUMBERS[unit](value)


def turn_told(turn: Turn) -> str:
    """Where the claim would be supported, in words."""
    if turn.values:
        return f"for {turn.quantity}s: {', '.join(turn.values)}"
    if turn.at is None:
        return f"no {turn.quantity} turns it"
    now = "" if turn.now is None else f" (now {_number(turn.now, turn.unit)})"
    even = " makes it likelier than not" if turn.even_odds else ""
    return f"{clean(turn.quantity)} {turn.side} {_number(turn.at, turn.unit)}{now}{even}"


def _evidence(head: str, points: Sequence[Point], count: int, names: Mapping[str, Technique] | None) -> Iterator[Block]:
    yield Heading(f"{head} ({numerals.counted(count, 'source')})", 3)
    if not points:
        yield Told("None.")
        return
    rows = tuple(
        (
            author_year(point.source, point.year),
            *(() if names is None else (_short(point.technique, names),)),
            says(point),
            _PAYERS[point.paid],
            shorten(clean(point.source.title), _TITLE),
        )
        for point in points
    )
    of = () if names is None else (Field("Of", least=8),)
    yield Grid((Field("Source", least=12), *of, Field("Says"), Field("Paid by"), Field("Title", keep=1)), rows)


def _short(technique: str, names: Mapping[str, Technique]) -> str:
    return clean(names[technique].short) if technique in names else clean(technique)


def says(point: Point) -> str:
    """What a source says, in its own measure."""
    if point.effect is None:
        return f"{numerals.percent((point.value or 0.0) / 100)} {shorten(clean(point.measure), 48)}"
    what = "odds" if point.scale == "log_odds_ratio" else str(point.outcome)
    if point.outcome not in ("quality", None) and point.scale == "log_odds_ratio":
        what = f"odds of {point.outcome}"
    ratios = [
        numerals.ratio(math.exp(min(max(x, -20.0), 20.0)))
        for x in (point.effect.median, point.effect.low, point.effect.high)
    ]
    return f"{what} {ratios[0]} ({ratios[1][1:]} to {ratios[2][1:]}), {numerals.counted(len(point.records), 'record')}"


def _measurements(measurements: Sequence[Measurement]) -> Iterator[Block]:
    if not measurements:
        return
    yield Heading("What would change it", 3)
    yield Items(tuple(_measurement_told(measurement) for measurement in measurements))


def _measurement_told(measurement: Measurement) -> str:
    what = clean(measurement.what)
    if measurement.items == 0:
        return f"{what}: nine in ten sure already, no measurement is needed"
    if measurement.items is None:
        return f"{what}: a million would not settle it"
    worth = (
        f", worth up to {numerals.money(measurement.evsi)} a month"
        if measurement.evsi is not None and measurement.evsi >= 0.5
        else ""
    )
    return f"{what}: {numerals.count(measurement.items)} settle it four times in five{worth}"


def missed_blocks(parsed: Parsed, pack: Pack) -> Iterator[Block]:
    """What of the text was not understood; nothing where all was."""
    parts = parsed.not_understood
    if not parts:
        return
    yield Heading("Not understood", 3)
    listed = [_missed_told(part, pack, parsed.language) for part in parts[:_SHOWN]]
    more = [f"and {numerals.counted(len(parts) - _SHOWN, 'part')} more"] if len(parts) > _SHOWN else []
    yield Items((*listed, *more))


def _missed_told(part: NotUnderstood, pack: Pack, language: str) -> str:
    """What was not read, and what could be asked instead."""
    text = shorten(clean(part.text), 100)
    if not part.words:
        return f"{part.reason}: {text}"
    words = ", ".join(f"“{clean(word)}”" for word in part.words[:6])
    told = f"{words} in “{text}”: no verdict on anything wider"
    if part.nearest is None:
        return told
    nearest = in_words(part.nearest, pack.techniques, language)
    return f'{told}. Nearest that can be judged: tierproof critique "{clean(nearest)}"'


def _how_to_say_it(parsed: Parsed, pack: Pack) -> str:
    if parsed.language == "other":
        return "English and Russian are read. Say it in one of them."
    shorts = [clean(technique.short) for technique in pack.techniques.values()]
    stated = [clean(str(claim.get("plainly", {}).get("en") or claim["en"])) for claim in pack.claims if claim.get("en")]
    examples = stated[:2] or [
        f"{shorts[0]} improves quality.",
        *([f"{shorts[0]} beats {shorts[1]}."] if shorts[1:] else []),
    ]
    said = " or ".join(f'"{example}"' for example in examples)
    return f"Name a technique and what it does, such as {said}"

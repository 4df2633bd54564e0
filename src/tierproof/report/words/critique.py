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
from tierproof.challenge.verdict import CONTRADICTED, SUPPORTED
from tierproof.evidence.reading.settings import Words
from tierproof.messages import Message, gettext, in_figures, ngettext, replying, spoken, translated
from tierproof.report.blocks import Block, Field, Grid, Heading, Items, Told
from tierproof.report.words import numerals
from tierproof.report.words.table import outcome_told, surely_told
from tierproof.report.words.terms import ODDS, termed

if TYPE_CHECKING:
    from tierproof.challenge.claim import Claim
    from tierproof.challenge.reading import NotUnderstood, Parsed
    from tierproof.challenge.verdict import Figure, Measurement, Point, Turn, Verdict, VerdictWord
    from tierproof.evidence import Pack, Technique

__all__ = [
    "VERDICTS",
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
    "independent": Message("independent"),
    "authors": Message("its authors"),
    "vendor": Message("a vendor"),
    "rival": Message("a rival's authors"),
}
VERDICTS: Final[Mapping[VerdictWord, str]] = {
    "supported": Message("Supported"),
    "contradicted": Message("Contradicted"),
    "mixed": Message("Mixed"),
    "not established": Message("Not established"),
    "not testable": Message("Not testable"),
}
_REASONS: Final[Mapping[str, str]] = {
    "another language": Message("another language"),
    "no technique named": Message("no technique named"),
    "no claim found": Message("no claim found"),
    "not understood": Message("not understood"),
    "too long": Message("too long"),
}


def critique_blocks(parsed: Parsed, verdicts: Sequence[Verdict], pack: Pack) -> list[Block]:
    """What was understood, and the verdict on each claim, as people read it."""
    with replying(parsed.language):
        return _critique_blocks(parsed, verdicts, pack)


def _critique_blocks(parsed: Parsed, verdicts: Sequence[Verdict], pack: Pack) -> list[Block]:
    blocks: list[Block] = []
    for verdict in verdicts:
        blocks += verdict_blocks(
            verdict, pack, language=parsed.language, level=2 if len(verdicts) > 1 else 1, asides=parsed.asides
        )
    if not verdicts:
        near = any(part.nearest for part in parsed.not_understood)
        blocks += [Heading(gettext("Not judged") if near else gettext("No claim was understood"), 1)]
        blocks += [] if near else [Told(_how_to_say_it(parsed, pack), "strong")]
    return [*blocks, *missed_blocks(parsed, pack)]


def verdict_blocks(
    verdict: Verdict,
    pack: Pack,
    *,
    language: str = "en",
    level: int = 2,
    commands: bool = True,
    asides: Sequence[tuple[Claim, Message]] = (),
) -> list[Block]:
    """One verdict on a claim made in `language`; `commands`: with those that show its records; `asides`: of claims."""
    with replying(language):
        head, *rest = _verdict_blocks(verdict, pack, level=level, commands=commands)
        beside = dict.fromkeys(translated(told) for claim, told in asides if claim == verdict.claim)
        return [head, *(Told(told) for told in beside), *rest]


def _verdict_blocks(verdict: Verdict, pack: Pack, *, level: int, commands: bool) -> list[Block]:
    understood = in_words(verdict.claim, pack.techniques, spoken())
    blocks: list[Block] = [
        Heading(gettext("Understood: {claim}", claim=understood), level),
        Told(answer_told(verdict), "strong"),
    ]
    if verdict.question:
        blocks.append(Told(gettext("Asked: {question}", question=verdict.question)))
    if verdict.figures:
        rows = tuple((clean(figure.name), figure_told(figure)) for figure in verdict.figures)
        blocks.append(
            Grid((Field(gettext("The evidence says"), least=30), Field(gettext("Median (90 %)"), right=True)), rows)
        )
    if verdict.probability is not None:
        # Where sources of several techniques speak, each row says of which.
        several = {point.technique for point in (*verdict.evidence_for, *verdict.evidence_against)} - {
            *(verdict.claim.subjects if len(verdict.claim.subjects) == 1 else ())
        }
        names = pack.techniques if several else None
        blocks += _evidence(gettext("Strongest evidence for"), verdict.evidence_for, verdict.sources_for, names)
        blocks += _evidence(
            gettext("Strongest evidence against"), verdict.evidence_against, verdict.sources_against, names
        )
    if verdict.probability is not None and verdict.turn is not tuple:
        head = (
            gettext("You stay right as long as") if verdict.word == "supported" else gettext("When you would be right")
        )
        turns = tuple(turn_told(turn, pack.settings.words) for turn in verdict.turns)
        blocks += [
            Heading(head, 3),
            Items(turns) if turns else Told(gettext("No price, size or task was found that turns the verdict.")),
        ]
    if verdict.probability is not None:
        blocks += _measurements(verdict)
    if verdict.paid:
        shares = ", ".join(
            f"{numerals.percent(share)} {translated(_PAYERS[who])}" for who, share in verdict.paid.items()
        )
        blocks.append(Told(gettext("Who paid for the figures, by weight: {shares}.", shares=shares)))
    if verdict.notes:
        blocks += [Heading(gettext("Read so"), 3), Items(verdict.notes)]
    named = [name for name in (*verdict.claim.subjects, *verdict.claim.objects) if name in pack.techniques]
    if commands and named and verdict.probability is not None:
        blocks.append(
            Told(
                gettext(
                    "Every record: {commands}.", commands=", ".join(f"tierproof show {name}" for name in named[:4])
                ),
                "note",
            )
        )
    return blocks


def answer_told(verdict: Verdict) -> str:
    """The verdict in a sentence."""
    if verdict.probability is None:
        return gettext("Not testable: {reason}.", reason=verdict.reason)
    why = f": {translated(verdict.reason)}" if verdict.reason else ""
    return gettext(
        "{word}, probability {probability}{certainty}{why}.",
        word=translated(VERDICTS[verdict.word]),
        probability=_short_of(verdict.probability),
        certainty=surely_told(verdict.certainty),
        why=why,
    )


def _short_of(probability: float) -> str:
    """A probability that a verdict's line is drawn at is not rounded across it: 0.797 is 79.7 %."""
    for line in (SUPPORTED, CONTRADICTED):
        if round(probability, 2) == line:
            digits = next((n for n in (3, 4, 5) if round(probability, n) != line), 2)
            return numerals.threshold(round(probability, digits))
    return numerals.probability(probability)


def figure_told(figure: Figure) -> str:
    """A figure in its unit, with its interval where it has one."""
    ends = [value for value in (figure.value, figure.low, figure.high) if value is not None]
    told = [_number(value, figure.unit) for value in ends]
    # The unit is said once, as in every table.
    figure_alone = told[0] if len(told) < 3 else numerals.spanned(told[0], *map(_bare, told[1:]))
    return gettext("{money} a month", money=figure_alone) if figure.unit == "usd_month" else figure_alone


_NUMBERS: Final[Mapping[str, Callable[[float], str]]] = {
    "probability": numerals.probability,
    "share": numerals.percent,
    "percent": lambda value: numerals.percent(value / 100),
    "ratio": numerals.ratio,
    "usd": numerals.price,
    "usd_month": numerals.money,
    "billions": lambda value: gettext("{value:.3g} billion parameters", value=value),
    "count": lambda value: in_figures(f"{value:.1f}".removesuffix(".0")) if abs(value) < 100 else numerals.count(value),
    "rank": lambda value: in_figures(f"{value:g}"),
    "log odds": lambda value: in_figures(f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−")),
}


def _bare(end: str) -> str:
    return end.rstrip("%").rstrip().removeprefix("×")


def _number(value: float, unit: str) -> str:
    return _NUMBERS[unit](value)


def turn_told(turn: Turn, words: Words) -> str:
    """Where the claim would be supported, in words."""
    if turn.values:
        return gettext("for tasks: {tasks}", tasks=", ".join(translated(words.task(value)) for value in turn.values))
    quantity = clean(turn.quantity)
    if turn.at is None:
        return gettext("no {quantity} turns it", quantity=quantity)
    at = _number(turn.at, turn.unit)
    told = (
        gettext("{quantity} above {at}", quantity=quantity, at=at)
        if turn.side == "above"
        else gettext("{quantity} below {at}", quantity=quantity, at=at)
    )
    now = "" if turn.now is None else gettext(" (now {now})", now=_number(turn.now, turn.unit))
    return f"{told}{now}" + (gettext(" makes it likelier than not") if turn.even_odds else "")


def _evidence(head: str, points: Sequence[Point], count: int, names: Mapping[str, Technique] | None) -> Iterator[Block]:
    yield Heading(f"{head} ({numerals.counted(count, 'source')})", 3)
    if not points:
        yield Told(gettext("None."))
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
    of = () if names is None else (Field(gettext("Of"), least=8),)
    yield Grid(
        (
            Field(gettext("Source"), least=12),
            *of,
            Field(gettext("Says")),
            Field(gettext("Paid by")),
            Field(gettext("Title"), keep=1),
        ),
        rows,
    )


def _short(technique: str, names: Mapping[str, Technique]) -> str:
    return clean(names[technique].short) if technique in names else clean(technique)


def says(point: Point) -> str:
    """What a source says, in its own measure."""
    if point.effect is None:
        return f"{numerals.percent((point.value or 0.0) / 100)} {shorten(clean(point.measure), 48)}"
    what = gettext("odds") if point.scale == "log_odds_ratio" else outcome_told(point.outcome)
    if point.outcome not in ("quality", None) and point.scale == "log_odds_ratio":
        what = termed(point.outcome or "quality", ODDS)
    ratios = [
        numerals.ratio(math.exp(min(max(x, -20.0), 20.0)))
        for x in (point.effect.median, point.effect.low, point.effect.high)
    ]
    told = numerals.spanned(ratios[0], ratios[1][1:], ratios[2][1:])
    return f"{what} {told}, {numerals.counted(len(point.records), 'record')}"


def _measurements(verdict: Verdict) -> Iterator[Block]:
    if not verdict.measurements:
        return
    yield Heading(gettext("What would change it"), 3)
    established = verdict.word != "not established"
    yield Items(tuple(_measurement_told(measurement, established) for measurement in verdict.measurements))


def _measurement_told(measurement: Measurement, established: bool) -> str:
    what = clean(measurement.what)
    if measurement.items == 0 and not established:
        return gettext(
            "{what}: nine in ten sure by figures that do not establish the claim; how many items would is not known",
            what=what,
        )
    if measurement.items == 0:
        return gettext("{what}: nine in ten sure already, no measurement is needed", what=what)
    if measurement.items is None:
        return gettext("{what}: a million would not settle it", what=what)
    worth = (
        gettext(", worth up to {evsi} a month", evsi=numerals.money(measurement.evsi))
        if measurement.evsi is not None and measurement.evsi >= 0.5
        else ""
    )
    return gettext(
        "{what}: {items} settle it four times in five{worth}",
        what=what,
        items=numerals.count(measurement.items),
        worth=worth,
    )


def missed_blocks(parsed: Parsed, pack: Pack) -> list[Block]:
    """What of the text was not understood; nothing where all was."""
    with replying(parsed.language):
        return _missed_blocks(parsed.not_understood, pack) if parsed.not_understood else []


def _missed_blocks(parts: Sequence[NotUnderstood], pack: Pack) -> list[Block]:
    listed = [_missed_told(part, pack) for part in parts[:_SHOWN]]
    more = [ngettext("and {n} part more", "and {n} parts more", len(parts) - _SHOWN)] if len(parts) > _SHOWN else []
    return [Heading(gettext("Not understood"), 3), Items((*listed, *more))]


def _missed_told(part: NotUnderstood, pack: Pack) -> str:
    """What was not read, and what could be asked instead."""
    text = shorten(clean(part.text), 100)
    if not part.words:
        return f"{translated(_REASONS[part.reason])}: {text}"
    words = ", ".join(
        translated(word) if isinstance(word, Message) else gettext("“{word}”", word=clean(word))
        for word in part.words[:6]
    )
    told = (
        gettext("{words} (“{text}”): no verdict on that", words=words, text=text)
        if isinstance(part.words[0], Message)
        else gettext("{words} in “{text}”: no verdict on anything wider", words=words, text=text)
    )
    if part.nearest is None:
        return told
    nearest = in_words(part.nearest, pack.techniques, spoken())
    return gettext(
        '{told}. Nearest that can be judged: tierproof critique "{nearest}"', told=told, nearest=clean(nearest)
    )


def _how_to_say_it(parsed: Parsed, pack: Pack) -> str:
    if parsed.language == "other":
        return gettext("English and Russian are read. Say it in one of them.")
    shorts = [clean(technique.short) for technique in pack.techniques.values()]
    stated = [
        clean(str(said))
        for claim in pack.claims
        if (said := claim.get("plainly", {}).get(spoken()) or claim.get(spoken()))
    ]
    examples = stated[:2] or [
        gettext("{name} improves quality.", name=shorts[0]),
        *([gettext("{name} beats {other}.", name=shorts[0], other=shorts[1])] if shorts[1:] else []),
    ]
    said = gettext(" or ").join(f'"{example}"' for example in examples)
    return gettext("Name a technique and what it does, such as {said}", said=said)

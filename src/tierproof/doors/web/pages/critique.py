"""A claim held against the evidence: what was understood, the verdict, both sides, and when it would be right.

Enters: kept views, who asks, a text.  Leaves: what the page shows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from tierproof.answers.studies import author_year
from tierproof.challenge.verdict import CONTRADICTED, SUPPORTED
from tierproof.doors.kept_views import KeptViews
from tierproof.doors.web.api.challenges import critiqued
from tierproof.doors.web.asked import Asked
from tierproof.doors.web.frame import Moved, Shown
from tierproof.messages import replying, spoken, translated
from tierproof.report.render.html.parts.pictured import Picture, Row, part_of, pictured
from tierproof.report.render.svg.strip import axis_of
from tierproof.report.words import numerals
from tierproof.report.words import page_challenge as say
from tierproof.report.words.critique import critique_blocks, missed_blocks, says, verdict_blocks
from tierproof.report.words.forest import axis_over
from tierproof.report.words.units import unit_of
from tierproof.synthesis.posteriors.posterior import Interval

if TYPE_CHECKING:
    from tierproof.challenge.verdict import Point, Verdict
    from tierproof.evidence import Pack

__all__ = ["critique_page"]

_MOST: Final = 10
"""Claims of one text that are judged: each takes its time."""


def critique_page(views: KeptViews, asked: Asked, text: str = "") -> Shown | Moved:
    """The verdict on each claim of a text, in the language of the text unless another is asked for."""
    pack, parts, note, before = views.pack, [], "", spoken()
    if text.strip():
        found = critiqued(views, asked, text, _MOST)
        with replying(found.parsed.language):
            if (language := spoken()) != before:
                return Moved("/critique" + asked.query({"text": text.strip()}, lang=language))
        for verdict in found.verdicts:
            blocks = verdict_blocks(
                verdict, pack, language=found.parsed.language, commands=False, asides=found.parsed.asides
            )
            parts.append(part_of(blocks, _pictures(verdict, pack), _records(verdict, pack, asked)))
        if not found.verdicts:
            parts.append(part_of(critique_blocks(found.parsed, (), pack)))
        elif missed := list(missed_blocks(found.parsed, pack)):
            parts.append(part_of(missed))
        if len(found.parsed.claims) > _MOST:
            note = say.first_judged(_MOST, len(found.parsed.claims))
    return Shown(
        title=say.CLAIM_TITLE,
        form="critique_form.html",
        answer="parts_answer.html",
        data={"say": say, "text": text, "parts": parts, "note": note, "examples": _examples(pack, asked)},
        address="/critique" + asked.query({"text": text.strip()}),
    )


def _examples(pack: Pack, asked: Asked) -> list[tuple[str, str, str]]:
    """Language, words and address of claims that the pack knows."""
    return [
        (language, str(said), "/critique" + asked.query({"text": str(said)}))
        for claim in pack.claims[:3]
        for language in (spoken(),)
        if (said := claim.get("plainly", {}).get(language) or claim.get(language))
    ]


def _records(verdict: Verdict, pack: Pack, asked: Asked) -> Iterator[tuple[str, str]]:
    for name in (*verdict.claim.subjects, *verdict.claim.objects):
        if name in pack.techniques:
            yield pack.techniques[name].short, f"/techniques/{name}{asked.query()}"


def _pictures(verdict: Verdict, pack: Pack) -> Iterator[Picture]:
    p = verdict.probability
    if p is None:
        return
    row = Row(label=say.CLAIM_TRUE, told=say.probability_told(p), value=Interval(p, p, p))
    # The bands are those of a probability that alone decides.
    decides = verdict.word != "not established" or SUPPORTED > p > CONTRADICTED
    bands = [(at, translated(band)) for at, band in say.CLAIM_BANDS]
    yield pictured(
        [row],
        axis_of(0.0, 1.0, bands if decides else [(0.0, numerals.percent(0.0)), (1.0, numerals.percent(1.0))]),
        title=say.CLAIM_PICTURE,
        head="",
        over=say.PROBABILITY,
        rules=(CONTRADICTED, SUPPORTED) if decides else (),
    )
    yield from _sources(verdict, pack)


def _sources(verdict: Verdict, pack: Pack) -> Iterator[Picture]:
    """Those that speak of one outcome on one scale: others share no axis."""
    sides: list[tuple[bool, Point]] = [(True, point) for point in verdict.evidence_for]
    sides += [(False, point) for point in verdict.evidence_against]
    kinds = Counter((point.outcome, point.scale) for _, point in sides if point.effect is not None)
    if not kinds:
        return
    (outcome, scale), _ = kinds.most_common(1)[0]
    shown = [(side, point) for side, point in sides if (point.outcome, point.scale) == (outcome, scale)]
    values = [point.effect for _, point in shown if point.effect is not None]
    assert outcome is not None
    assert scale is not None
    # Ratios are what the words beside say, whatever the outcome.
    unit = unit_of("safety" if scale == "log_odds_ratio" else outcome, scale, 0.5)
    over = axis_over(values, values[:1], 100)
    # A source speaks of its own technique, of which a claim may name several.
    several = len({point.technique for _, point in shown}) > 1
    rows = [
        Row(
            label=say.for_told(
                author_year(point.source, point.year),
                of=pack.techniques[point.technique].short if several and point.technique in pack.techniques else "",
                speaks_for=side,
            ),
            told=says(point),
            value=point.effect,
            hollow=not side,
        )
        for side, point in shown
    ]
    yield pictured(
        rows,
        axis_of(over.low, over.high, unit.ticks(over.low, over.high, most=4)),
        title=say.CLAIM_SOURCES,
        head=say.SOURCE,
        over=say.SAYS,
        legend=say.CLAIM_SOURCES_LEGEND,
    )

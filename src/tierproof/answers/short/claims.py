"""Verdicts on claims and on tables of others: short.

Enters: a `Critique` or an `Audited`.  Leaves: small Structs.  A verdict holds the claim in canonical form and nothing
of how it was put: pressing words change no byte of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tierproof.answers.audit import Audited
from tierproof.answers.critique import Critique, Figure, RightWhen, Settling
from tierproof.answers.document import drawn
from tierproof.answers.safe_text import clean, shorten
from tierproof.answers.short.parts import (
    Cited,
    Page,
    Reader,
    Short,
    Span,
    Unit,
    chance,
    cited_point,
    few,
    paged,
    reader_of,
    span,
)
from tierproof.challenge.audits.audit import Audit, AuditedRow, Pair
from tierproof.challenge.telling.wording import in_words
from tierproof.challenge.verdict import Verdict, VerdictWord
from tierproof.evidence.record import Independence
from tierproof.evidence.technique import Technique
from tierproof.synthesis.posteriors.posterior import CertaintyLevel

__all__ = ["ShortAudit", "ShortCritique", "ShortVerdict", "short_audit", "short_critique"]

_NOTE = 160
_NOTES = 3
_LEFT = 10
"""Names of rows that were left out, of either kind."""
_UNITS: Mapping[str, Unit] = {
    "probability": "chance",
    "share": "share",
    "ratio": "multiple",
    "usd": "usd",
    "usd_month": "usd_month",
}


class ShortFigure(Short, frozen=True, kw_only=True):
    """A number that answers the claim in its own terms, with its 90 % interval where it has one."""

    name: str
    value: Span
    """Ends are null where there is no interval."""
    unit: str

    def unit_of(self, name: str) -> Unit | None:
        return _UNITS.get(self.unit) if name == "value" else None


class Turning(Short, frozen=True, kw_only=True):
    """Where the claim would be supported."""

    quantity: str
    side: str = ""
    """`above` or `below`."""
    at: float | None = None
    now: float | None = None
    """Where the reader stands."""
    unit: str
    values: tuple[str, ...] = ()
    """Of a quantity without an order."""
    even_odds: bool = False
    """Only likelier than not there, not yet supported."""

    def unit_of(self, name: str) -> Unit | None:
        return _UNITS.get(self.unit) if name in ("at", "now") else None


class Settles(Short, frozen=True, kw_only=True):
    """What would settle it on the reader's own workload."""

    what: str
    items: int | None
    """That settle it four times in five; 0: nine in ten sure by the figures; null: a million would not do."""


class ShortVerdict(Short, frozen=True, kw_only=True):
    """The verdict on one claim."""

    units: ClassVar[Mapping[str, Unit]] = {"probability": "chance", "paid_by": "share"}

    claim: str
    """As it was understood."""
    verdict: VerdictWord
    probability: float | None
    """That the claim is true, 0 to 1; null: not testable."""
    asked: str
    """What was computed."""
    reason: str = ""
    """Why it is not testable, or not established."""
    certainty: CertaintyLevel | None = None
    figures: tuple[ShortFigure, ...] = ()
    sources_for: int = 0
    """All on that side, shown or not."""
    sources_against: int = 0
    evidence_for: tuple[Cited, ...] = ()
    """The strongest first."""
    evidence_against: tuple[Cited, ...] = ()
    right_when: tuple[Turning, ...] = ()
    settled_by: tuple[Settles, ...] = ()
    paid_by: Mapping[Independence, float] = {}
    """Share of the weight of all figures pooled."""
    notes: tuple[str, ...] = ()
    """What was read into the claim, or left out of the average."""


class NotRead(Short, frozen=True, kw_only=True):
    """A part of the text from which no claim was taken."""

    reason: str
    text: str
    nearest: str = ""
    """A claim that can be judged."""


class ShortCritique(Short, frozen=True, kw_only=True):
    """Verdicts on the claims of a text"""

    reader: Reader
    page: Page
    verdicts: tuple[ShortVerdict, ...]
    not_understood: tuple[NotRead, ...] = ()


class ShortPair(Short, frozen=True, kw_only=True):
    """Two rows in the table's order."""

    units: ClassVar[Mapping[str, Unit]] = {"p_right": "chance"}

    upper: str
    lower: str
    p_right: float
    """That the upper one is the better, 0 to 1."""


class ShortAuditRow(Short, frozen=True, kw_only=True):
    """One row that could be matched."""

    units: ClassVar[Mapping[str, Unit]] = {"p_right": "chance"}

    name: str
    """As the table has it."""
    read_as: str
    """Id of the technique."""
    stated_place: str
    rank: Span | None
    """Among the matched rows, by the evidence, with its 90 % interval."""
    tier: str | None
    """In the whole table of the lens."""
    set_against: str = ""
    """Its quality, in place of the reader's system without it: pairs are told as if all were set against one."""
    p_right: float | None = None
    """Mean over its pairs that their order is right, 0 to 1."""
    against: Cited | None = None
    """The source that speaks most clearly against its place."""
    sources_pooled: int = 0
    """Behind the rank."""


class ShortAudit(Short, frozen=True, kw_only=True):
    """Somebody's tier table held against the evidence"""

    units: ClassVar[Mapping[str, Unit]] = {"expected_share_right": "share", "p_better_than_chance": "chance"}

    title: str
    stated: str = ""
    """Year that the table states."""
    reader: Reader
    pairs: int
    """Of rows in different places."""
    expected_share_right: float | None = None
    """Of those pairs, 0 to 1; a coin gets 0.5."""
    p_better_than_chance: float | None = None
    page: Page
    rows: tuple[ShortAuditRow, ...]
    """In the table's order."""
    most_wrong: tuple[ShortPair, ...] = ()
    unmatched: tuple[str, ...] = ()
    """Names that no technique of the pack has."""
    not_judged: tuple[str, ...] = ()
    """Names of rows that say less than a technique, put several together, have no place, or repeat a technique that
    another row stands for."""


def short_critique(found: Critique, *, offset: int = 0, sources: int = 3) -> ShortCritique:
    """`sources`: at most so many on either side."""
    techniques = found.view.pack.techniques
    chosen, page = paged(found.verdicts, offset, 1)
    return ShortCritique(
        reader=reader_of(found.view),
        page=page,
        verdicts=tuple(_verdict(one, techniques, sources) for one in chosen),
        not_understood=tuple(
            NotRead(
                reason=part.reason,
                text=shorten(clean(part.text), _NOTE),
                nearest="" if part.nearest is None else clean(in_words(part.nearest, techniques)),
            )
            for part in found.parsed.not_understood[:_NOTES]
        ),
    )


def _verdict(verdict: Verdict, techniques: Mapping[str, Technique], most: int) -> ShortVerdict:
    return ShortVerdict(
        claim=clean(in_words(verdict.claim, techniques)),
        verdict=verdict.word,
        probability=None if verdict.probability is None else chance(verdict.probability),
        asked=clean(verdict.question),
        reason=clean(verdict.reason),
        certainty=verdict.certainty,
        figures=tuple(_figure(drawn(Figure, one)) for one in verdict.figures),
        sources_for=verdict.sources_for,
        sources_against=verdict.sources_against,
        evidence_for=tuple(map(cited_point, verdict.evidence_for[:most])),
        evidence_against=tuple(map(cited_point, verdict.evidence_against[:most])),
        right_when=tuple(_turning(drawn(RightWhen, one)) for one in verdict.turns),
        settled_by=tuple(_settles(drawn(Settling, one)) for one in verdict.measurements),
        paid_by={who: few(share) or 0.0 for who, share in verdict.paid.items()},
        notes=tuple(shorten(clean(note), _NOTE) for note in verdict.notes[:_NOTES]),
    )


def _figure(one: Figure) -> ShortFigure:
    return ShortFigure(
        name=clean(one.name), unit=one.unit, value=Span(median=few(one.value), low=few(one.low), high=few(one.high))
    )


def _turning(one: RightWhen) -> Turning:
    return Turning(
        quantity=clean(one.quantity),
        side=one.side or "",
        at=few(one.at),
        now=few(one.now),
        unit=one.unit,
        values=one.values,
        even_odds=one.even_odds,
    )


def _settles(one: Settling) -> Settles:
    return Settles(what=clean(one.what), items=one.items)


def short_audit(found: Audited, *, offset: int = 0, limit: int = 6) -> ShortAudit:
    audit = found.audit
    chosen, page = paged(audit.rows, offset, limit)
    wrong = [pair for pair in audit.pairs if pair.p_right < 0.5][:_NOTES]
    return ShortAudit(
        title=shorten(clean(audit.table.title), _NOTE),
        stated="" if audit.table.stated is None else str(audit.table.stated),
        reader=reader_of(found.view),
        pairs=len(audit.pairs),
        expected_share_right=few(audit.expected_right),
        p_better_than_chance=None if audit.p_better_than_chance is None else chance(audit.p_better_than_chance),
        page=page,
        rows=tuple(map(_row, chosen)),
        most_wrong=tuple(map(_pair, wrong)) if not offset else (),
        unmatched=tuple(shorten(clean(name), 60) for name in audit.unmatched[:_LEFT]),
        not_judged=tuple(shorten(clean(name), 60) for name in _not_judged(audit)[:_LEFT]),
    )


def _not_judged(audit: Audit) -> list[str]:
    return [
        *(name for name, _ in (*audit.narrower, *audit.together, *audit.unknown)),
        *(row.name for row, _, _ in audit.repeated),
        *(row.name for row in audit.table.left),
    ]


def _row(row: AuditedRow) -> ShortAuditRow:
    return ShortAuditRow(
        name=shorten(clean(row.stated.name), 60),
        read_as=row.technique,
        stated_place=clean(row.stated.shown),
        rank=span(row.rank),
        tier=row.here.tier,
        set_against=clean(row.here.against),
        p_right=None if row.p_right is None else chance(row.p_right),
        against=None if row.against is None else cited_point(row.against),
        sources_pooled=row.here.sources,
    )


def _pair(pair: Pair) -> ShortPair:
    return ShortPair(upper=pair.upper, lower=pair.lower, p_right=chance(pair.p_right))

"""What short answers share: figures of three digits, sources that can be opened, lists in pages.

Enters: values of the rooms to the left.  Leaves: small Structs.  Knows nothing of any one question.

Fields that say nothing are left out of what is sent: their default stands.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal, Protocol, TypeVar

from msgspec import Struct, field

from tierproof.answers.addresses import source_address
from tierproof.answers.document import rounded
from tierproof.answers.safe_text import clean, shorten
from tierproof.answers.studies import Study, author_year, studies_of
from tierproof.answers.view import OUTCOMES, View
from tierproof.challenge.verdict import Point
from tierproof.decision.reader.profile import Profile
from tierproof.evidence.effect import Effect, Scale
from tierproof.evidence.record import Independence, Outcome, Record
from tierproof.synthesis.posteriors.posterior import Posterior

__all__ = [
    "Cited",
    "Page",
    "Reader",
    "Short",
    "Span",
    "Unit",
    "chance",
    "cited_point",
    "cited_records",
    "cited_study",
    "few",
    "heaviest",
    "multiple",
    "paged",
    "reader_of",
    "span",
    "told_reader",
    "what_is_multiplied",
]

T = TypeVar("T")
DIGITS = 4
_TITLE = 60


Unit = Literal["share", "chance", "multiple", "usd", "usd_month"]
"""Of a field: a share or a probability from 0 to 1, what something is multiplied by, money once, money a month."""


class Short(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A part of a short answer."""

    units: ClassVar[Mapping[str, Unit]] = {}
    """Of the fields whose figures are no plain numbers, by name."""

    def unit_of(self, name: str) -> Unit | None:
        """Of the figure in the field of that name."""
        return self.units.get(name)


class Span(Short, frozen=True, kw_only=True):
    """A median with the ends of its interval, 90 % unless said otherwise."""

    median: float | None
    low: float | None
    high: float | None


class Cited(Short, frozen=True, kw_only=True):
    """A source, and what it says."""

    units: ClassVar[Mapping[str, Unit]] = {"says": "multiple", "weight": "share"}

    source: str
    """First author and year."""
    ref: str = ""
    """Where it can be opened; empty: the pack knows no address."""
    title: str = ""
    of: str = ""
    """Id of the technique it speaks of."""
    on: str = ""
    """What is multiplied or counted: odds of success (above 1 is better), cost or latency (below 1 is better), ..."""
    says: Span | None = None
    """Its own mean effect, as a multiple of that, 90 %."""
    percent: float | None = None
    """Its figure of use, 0 to 100."""
    paid_by: Independence | None = None
    """Whose figures they are."""
    records: int = 0
    weight: float | None = None
    """Share of the average, 0 to 1."""
    picked: bool = False
    """Picked by hand: it shows that the effect can occur, not how often."""


class Page(Short, frozen=True, kw_only=True):
    """Which part of a list this is."""

    total: int
    next_offset: int | None = None
    """Ask with this `offset` for more; left out: this is the end."""


class Reader(Short, frozen=True, kw_only=True):
    """For whom the figures were computed."""

    units: ClassVar[Mapping[str, Unit]] = {
        "baseline_success": "share",
        "value_per_success": "usd",
        "cost_per_request": "usd",
    }

    name: str
    baseline_success: float
    """Share of requests that succeed today, 0 to 1."""
    value_per_success: float = field(name="value_per_success_usd")
    cost_per_request: float = field(name="cost_per_request_usd")
    latency_seconds: float
    requests_per_month: float
    role: str = ""
    task: str = ""
    """Task family; left out: averaged over all."""
    model_size_b: float | None = None
    """Billions of parameters."""
    as_of: str = ""
    """Year and month after which evidence is left out."""


class Interval(Protocol):
    """Anything with a point and two ends."""

    @property
    def median(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


def few(value: float | None) -> float | None:
    """In four significant digits, so that it is told in two, or in whole percent, as tables tell it; None for what is
    not finite.

    Where fewer digits of these four would not be those of the value (742.53, 742.5, 742), the last is the next one.
    """
    found = None if value is None else rounded(value, DIGITS)
    if value is None or not found or all(rounded(found, k) == rounded(value, k) for k in range(1, DIGITS)):
        return found
    step = 10.0 ** (math.floor(math.log10(abs(found))) + 1 - DIGITS)
    return rounded(found + math.copysign(step, value - found), DIGITS)


def chance(p: float) -> float:
    """A probability in four decimals, never 0 or 1: nothing finite is known to be either."""
    return round(min(max(p, 0.001), 0.999), 4)


def span(value: Interval | None) -> Span | None:
    return None if value is None else Span(median=few(value.median), low=few(value.low), high=few(value.high))


def multiple(value: Interval | None) -> Span | None:
    """Of a log odds ratio or a log ratio: what the odds or the resource are multiplied by."""
    if value is None:
        return None
    ends = [few(math.exp(min(max(end, -20.0), 20.0))) for end in (value.median, value.low, value.high)]
    return Span(median=ends[0], low=ends[1], high=ends[2])


def paged(rows: Sequence[T], offset: int, limit: int) -> tuple[Sequence[T], Page]:
    """Rows from `offset` (from 0) on, at most `limit`."""
    end = offset + limit
    return rows[offset:end], Page(total=len(rows), next_offset=end if end < len(rows) else None)


def reader_of(view: View) -> Reader:
    profile, context = view.profile, view.context
    return told_reader(profile, task=context.task_family, size=context.params_b, as_of=context.as_of)


def told_reader(
    profile: Profile, *, task: str | None, size: float | None = None, as_of: tuple[int, int] | None = None
) -> Reader:
    return Reader(
        name=clean(profile.name),
        baseline_success=profile.baseline_success,
        value_per_success=profile.value_per_success,
        cost_per_request=profile.cost_per_request,
        latency_seconds=profile.latency_seconds,
        requests_per_month=profile.requests_per_month,
        role=profile.role or "",
        task=task or "",
        model_size_b=size,
        as_of="{}-{:02d}".format(*as_of) if as_of else "",
    )


def what_is_multiplied(outcome: Outcome | None, scale: Scale | None) -> str:
    """`odds of success`, `cost`."""
    return _ODDS[outcome or "quality"] if scale == "log_odds_ratio" else outcome or ""


_ODDS: Mapping[str, str] = {
    "quality": "odds of success",
    "safety": "odds of a safe answer",
    "stability": "odds of a stable answer",
    "wrong-answers": "odds of no wrong answer",
}


def cited_study(study: Study, posterior: Posterior, *, paid: Independence | None = None, title: bool = True) -> Cited:
    return Cited(
        source=study.label,
        ref=study.url or clean(study.source_id),
        title=shorten(study.title, _TITLE) if title else "",
        on=what_is_multiplied(posterior.outcome, posterior.scale),
        says=multiple(study.point),
        paid_by=paid,
        records=len(study.records),
        weight=few(study.weight),
        picked=study.picked,
    )


def cited_point(point: Point) -> Cited:
    return Cited(
        source=author_year(point.source, point.year),
        ref=source_address(point.source.ref, point.source_id) or clean(point.source_id),
        title=shorten(clean(point.source.title), _TITLE),
        of=point.technique,
        on=clean(point.measure) or what_is_multiplied(point.outcome, point.scale),
        says=multiple(point.effect),
        percent=few(point.value),
        paid_by=point.paid,
        records=len(point.records),
    )


def cited_records(records: Sequence[Record]) -> Cited:
    """The source that all of these records are of, without what it says."""
    first = records[0]
    return Cited(
        source=author_year(first.source, first.year),
        ref=source_address(first.source.ref, first.source_id) or clean(first.source_id),
        title=shorten(clean(first.source.title), _TITLE),
        paid_by=first.independence,
        records=len(records),
    )


def heaviest(view: View, technique: str, most: int = 1, outcome: Outcome | None = None) -> tuple[Cited, ...]:
    """The sources that weigh most in what is known of a technique: of its quality, or of the first outcome measured."""
    for one in (outcome,) if outcome else OUTCOMES:
        posterior = view.synthesis.get(technique, one)
        if posterior is not None and posterior.records:
            return tuple(cited_study(study, posterior, title=False) for study in _studies(view, posterior)[:most])
    return ()


def _studies(view: View, posterior: Posterior) -> tuple[Study, ...]:
    mine: list[Effect] = [e for e in view.conversion.effects if e.record.technique == posterior.technique]
    return studies_of(posterior, mine)

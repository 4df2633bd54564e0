"""The evidence's verdicts on what somebody wrote, and on a pack's own claims: `tierproof critique`.

Enters: a text, or a `View`.  Leaves: a `Verdict` for each claim, and a `CritiqueAnswer`.  Knows nothing of screens.

An answer holds the claims in canonical form and nothing of how they were put: equal claims give equal bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from msgspec import field

from tierproof.answers.document import Answer, Interval, PackNamed, Where, drawn
from tierproof.answers.safe_text import clean
from tierproof.answers.view import View
from tierproof.challenge.claim import Bound, ConditionKind, Form, Population, Quantifier
from tierproof.challenge.judging import judge
from tierproof.challenge.reading import NotUnderstood as Missed
from tierproof.challenge.reading import Parsed, parse
from tierproof.challenge.reading.parser import Reason
from tierproof.challenge.telling.wording import in_words
from tierproof.challenge.verdict import Point, Unit, Verdict, VerdictWord
from tierproof.decision.reader.profile import Profile
from tierproof.evidence.effect import Scale
from tierproof.evidence.record import Independence, Outcome
from tierproof.messages import replying
from tierproof.synthesis.posteriors.posterior import CertaintyLevel

__all__ = [
    "Critique",
    "CritiqueAnswer",
    "VerdictAnswer",
    "critique_answer",
    "critique_of",
    "verdict_answer",
    "verdicts_on_claims",
]


class Condition(Answer, frozen=True):
    """A circumstance to which the claim is limited, or on which it says that it depends."""

    kind: ConditionKind
    value: str
    """Canonical, such as `small` of a model's size or `math` of a task."""
    only: bool
    """The claim also says that it does not hold elsewhere."""


class ClaimAnswer(Answer, frozen=True, tag_field="schema", tag="tierproof/claim/1"):
    """A claim in canonical form, without how it was said"""

    form: Form
    subjects: tuple[str, ...]
    """Ids of techniques, or classes such as `*nothing`; sorted."""
    objects: tuple[str, ...]
    """The other side of a comparison."""
    outcome: Outcome | None
    """Null: not named; quality is judged, or value where the form asks for it."""
    negated: bool
    amount: float | None
    """In `unit`, above 0."""
    amount_high: float | None
    """Upper end of a stated range."""
    unit: Literal["percent", "times", "points", "usd", "seconds"] | None
    direction: Literal["up", "down"] | None
    """Which way the outcome is said to move."""
    bound: Bound | None
    """`at-most`, `less-than`: the effect does not reach the figure; `up-to`: some new setting reaches it."""
    of_failures: bool
    """The amount is a share of failures, not of the outcome itself."""
    among: bool
    """Said to be one of the best, not the best."""
    conditions: tuple[Condition, ...]
    population: Population | None
    """Whose use a claim of adoption speaks of."""
    quantifier: Quantifier | None
    """In how many settings it is said to hold; null: on average, or in a new one."""


class Figure(Answer, frozen=True):
    """A number that answers the claim in its own terms, with its 90 % interval where it has one."""

    name: str
    unit: Unit
    value: float
    """In `unit`, as are the ends."""
    low: float | None
    high: float | None


class Evidence(Answer, frozen=True):
    """What one source says."""

    source_id: str
    title: str
    ref: str | None
    """arXiv id, DOI or address."""
    year: int | None
    paid: Independence = field(name="independence")
    """Whose figures they are."""
    technique: str
    outcome: Outcome | None
    scale: Scale | None
    effect: Interval | None
    """The source's own mean effect, on `scale`; null for figures of use."""
    measure: str | None
    """What a figure of use counts."""
    value: float | None = field(name="percent")
    """That figure, 0 to 100."""
    clear: bool
    """On its side by more than its own standard error makes likely by chance."""
    records: tuple[str, ...]
    """Ids of records or of figures of adoption."""


class RightWhen(Answer, frozen=True):
    """Where the claim would be supported."""

    quantity: str
    unit: Unit | Literal["tasks"]
    side: Literal["above", "below"] | None
    """Of `at`."""
    at: float | None
    """In `unit`."""
    now: float | None
    """Where the reader stands."""
    values: tuple[str, ...]
    """Of a quantity without an order."""
    even_odds: bool
    """`at` is where the probability passes one half, not where the verdict turns."""


class Settling(Answer, frozen=True):
    """What would settle the question on the reader's own workload."""

    what: str
    technique: str | None
    items: int | None
    """That settle it with a chance of 80 %; 0: nine in ten sure by the figures; null: a million would not do."""
    evsi: float | None = field(name="evsi_usd_month")
    """What so many are worth."""
    total: float | None = field(name="evpi_usd_month")
    """What knowing everything about it is worth."""


class VerdictAnswer(Answer, frozen=True):
    """The verdict on one claim."""

    claim: ClaimAnswer
    word: VerdictWord = field(name="verdict")
    probability: float | None
    """That the claim is true, 0 to 1; null where it is not testable."""
    question: str
    """What was computed, in words."""
    reason: str
    """Why it is not testable, or not established."""
    certainty: CertaintyLevel | None
    figures: tuple[Figure, ...]
    evidence_for: tuple[Evidence, ...]
    """The strongest first."""
    evidence_against: tuple[Evidence, ...]
    sources_for: int
    """All on that side, shown or not."""
    sources_against: int
    turns: tuple[RightWhen, ...] = field(name="right_when")
    measurements: tuple[Settling, ...]
    paid: Mapping[Independence, float] = field(name="paid_by")
    """Share of the weight of all figures pooled, 0 to 1 each, 1 in all; empty where none was."""
    notes: tuple[str, ...]
    """What was read into the claim."""


class NotUnderstood(Answer, frozen=True):
    """A part of the text from which no claim was taken."""

    reason: Reason
    text: str
    words: tuple[str, ...]
    """What no rule read, or what no form holds."""
    nearest: str | None
    """What could be judged, were they left out: a sentence for `tierproof critique`."""


class CritiqueAnswer(Answer, frozen=True, tag_field="schema", tag="tierproof/critique/1"):
    """`tierproof critique TEXT --json`"""

    pack: PackNamed
    profile: Profile
    """The reader's figures, defaults included."""
    context: Where
    verdicts: tuple[VerdictAnswer, ...]
    """One for each claim of the text."""
    not_understood: tuple[NotUnderstood, ...]


@dataclass(frozen=True)
class Critique:
    """What a text claims, and what the evidence makes of it; as domain values."""

    view: View
    parsed: Parsed
    verdicts: tuple[Verdict, ...]
    """One for each of `parsed.claims`, or for the first of them."""


def critique_of(text: str, view: View, most: int | None = None) -> Critique:
    """The verdicts on the claims of `text`, in English or Russian; `most`: so many of them, the first; None: all."""
    parsed = parse(text, view.ground.vocabulary)
    with replying(parsed.language):
        return Critique(view, parsed, tuple(judge(claim, view.ground) for claim in parsed.claims[:most]))


def critique_answer(found: Critique) -> CritiqueAnswer:
    view, parsed = found.view, found.parsed
    return drawn(
        CritiqueAnswer,
        view,
        verdicts=[verdict_answer(verdict) for verdict in found.verdicts],
        not_understood=[_missed(part, view) for part in parsed.not_understood],
    )


def _missed(part: Missed, view: View) -> NotUnderstood:
    nearest = None if part.nearest is None else clean(in_words(part.nearest, view.pack.techniques))
    words = tuple(str(clean(word)) for word in part.words)
    return NotUnderstood(reason=part.reason, text=clean(part.text), words=words, nearest=nearest)


def verdict_answer(verdict: Verdict) -> VerdictAnswer:
    return drawn(
        VerdictAnswer,
        verdict,
        evidence_for=[_evidence(point) for point in verdict.evidence_for],
        evidence_against=[_evidence(point) for point in verdict.evidence_against],
    )


def _evidence(point: Point) -> Evidence:
    source = point.source
    return drawn(Evidence, point, title=source.title, ref=source.ref, measure=point.measure or None)


def verdicts_on_claims(view: View, names: Iterable[str] | None = None) -> Mapping[str, Verdict]:
    """By claim id; `names`: those that are wanted, default all.  The English wording is judged."""
    wanted = None if names is None else frozenset(names)
    found = {}
    for claim in view.pack.claims:
        name = str(claim.get("id", ""))
        # What stands in words that no rule reads whole is put plainly beside them, and judged so.
        text = str(claim.get("plainly", {}).get("en") or claim.get("en", ""))
        if wanted is not None and name not in wanted:
            continue
        claims = parse(text, view.ground.vocabulary).claims
        if len(claims) == 1:
            found[name] = judge(claims[0], view.ground)
    return found

"""What is known of one technique, with every source and record: `tierproof show TECHNIQUE`.

Enters: a `Card` and its pack.  Leaves: a `CardAnswer`.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import UNSET, Struct, UnsetType, field, structs

from tierproof.answers.addresses import address
from tierproof.answers.card import Answer as Asked
from tierproof.answers.card import Card, RecordLine
from tierproof.answers.document import Answer, Interval, PackNamed, Spread, Where, drawn, rounded
from tierproof.answers.table import Row, row_answer
from tierproof.decision.reader.profile import Profile
from tierproof.evidence import Pack
from tierproof.evidence.adoption import AdoptionFigure, Population
from tierproof.evidence.effect import Scale
from tierproof.evidence.record import Independence, Outcome, Record, Source
from tierproof.evidence.technique import Question, Technique
from tierproof.synthesis.posteriors.answering import Basis
from tierproof.synthesis.posteriors.posterior import Certainty

__all__ = ["CardAnswer", "card_answer"]


class Placing(Answer, frozen=True):
    """Where the technique stands under one lens."""

    lens: str
    """Its id."""
    row: Row


class Coefficient(Answer, frozen=True):
    """A moderator's shrunken coefficient, on the scale of analysis."""

    name: str
    """`interested`, `log10_params` or `task:FAMILY`."""
    mean: float
    sd: float


class Study(Answer, frozen=True):
    """One source of the average."""

    source_id: str
    label: str
    """First author and year."""
    title: str
    url: str | None
    point: Interval = field(name="estimate")
    """Mean of its records, on the scale."""
    weight: float
    """Share of the average, 0 to 1."""
    records: tuple[str, ...]
    """Ids."""
    interested: bool
    """Authors of the technique or its vendor measured it."""
    picked: bool
    """Every record was picked by hand: it shows that the effect can occur, not how often."""


class Sensitivity(Answer, frozen=True):
    """The same question with another choice of records or model."""

    name: str
    what: str
    average: Interval
    records: int
    sources: int


class Baselines(Answer, frozen=True):
    """Successes without the technique, in the evidence."""

    median: float
    """By weight, 0 to 1."""
    near: float | None
    """Share of the weight within one logit of the reader's baseline; null where he names none."""
    slope: float | None
    """Change of the effect per 25 points of baseline, on the scale; null where the evidence tells none."""


class Carried(Answer, frozen=True):
    """What reading the average where the reader stands adds to it, on the scale."""

    baseline: float
    """On the scale: the reader's for the evidence's mean."""
    size: float
    """On the scale: of the model."""
    task: float
    """On the scale."""
    stopped: bool
    """They would have carried it farther than any source's figures go: it stops there, and is wider."""
    to_none: bool
    """It stops at no effect: beyond lies a sign that no source shows."""


class WithoutOdds(Answer, frozen=True):
    """Comparators that never succeed, or always: the average is as large as test sets are, its sign is sound."""

    count: int
    """Records of such comparators."""
    of: int
    """Records that the average rests on."""
    start: float
    """Success without the technique, 0 or 1."""
    median: float
    """Of the successes with it, 0 to 1."""
    low: float
    """The least of them."""
    high: float
    """The greatest."""


class Pooled(Answer, frozen=True, kw_only=True):
    """What the evidence says of one outcome; of a form of the technique in `sub_rows`."""

    outcome: Outcome | UnsetType = UNSET
    """Left out in `sub_rows`."""
    question: Question | UnsetType = UNSET
    """Which records answer it; left out in `sub_rows`."""
    scale: Scale
    """`log_odds_ratio`: up is better; `log_ratio`: of the resource."""
    basis: Basis
    average: Spread
    """The mean effect."""
    predictive: Spread
    """The effect in one new setting; wider."""
    tau_source: Interval
    """Heterogeneity between sources, sd."""
    tau_record: Interval
    """Heterogeneity between records of one source, sd."""
    coefficients: tuple[Coefficient, ...]
    discount: float
    """What interested sources added, taken off, on the scale."""
    baselines: Baselines | None
    """Where the evidence's systems stood without the technique; null where that is no share of successes."""
    carried: Carried | None
    """What the reader's place adds to the average at the evidence's own; null for an assumption."""
    source_range: tuple[float, float] | None
    """Least and greatest mean of a source's own figures, on the scale; null for an assumption."""
    opposing: str
    """The first of `sensitivity` whose average has the other sign, so that nothing is clear; empty: none has."""
    certainty: Certainty
    """`level`, and for each of `domains` the `levels` that it takes off and the `reason`."""
    context: Where
    records: tuple[str, ...]
    """Ids of those pooled."""


class Known(Pooled, frozen=True, kw_only=True):
    """What is known of one outcome."""

    studies: tuple[Study, ...] = field(name="sources")
    """Heaviest first."""
    strongest_for: tuple[str, ...]
    """Ids of the sources that pull the average most towards a gain."""
    strongest_against: tuple[str, ...]
    """Ids of the sources that pull it most towards a loss."""
    without_odds: WithoutOdds | None
    """Where the size of the average is not told; null where it is."""
    sensitivity: tuple[Sensitivity, ...]
    sub_rows: Mapping[str, Pooled]
    """By the form's id."""


class Figure(Answer, frozen=True):
    """One figure of adoption."""

    id: str
    technique: str
    population: Population
    measure: str
    value: float
    """In `unit`."""
    unit: str
    """`percent` for shares."""
    n: int | None
    """Case studies, respondents or systems behind it."""
    year: int | None
    """The latest year that it covers."""
    independence: Independence
    source: Source
    url: str | None
    note: str


class RecordEffect(Struct, frozen=True):
    """A record on the scale of analysis."""

    estimate: float | None
    se: float | None
    """Above 0."""
    scale: Scale
    n_assumed: bool
    """The record gave neither n nor a standard error: the pack's assumption stands in."""


class CardRecord(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A record as the evidence file has it, and what became of it."""

    url: str | None
    effect: RecordEffect | None
    """Null where it cannot be put on a scale."""
    weight: float | None
    """Share of the average that it enters, 0 to 1; null where it is not pooled."""
    fate: str
    """`pooled`, or why not."""


class CardAnswer(Answer, frozen=True, tag_field="schema", tag="tierproof/card/1"):
    """`tierproof show TECHNIQUE --json`"""

    pack: PackNamed
    technique: Technique
    """As the pack describes it."""
    profile: Profile
    """The reader's figures, defaults included."""
    placings: tuple[Placing, ...]
    """The technique's row under each lens."""
    outcomes: tuple[Known, ...]
    """Quality, the technique's other aims, the rest."""
    adoption: tuple[Figure, ...]
    records: tuple[CardRecord, ...]
    """All of the technique, pooled ones first, by source."""


def card_answer(card: Card, pack: Pack) -> CardAnswer:
    return CardAnswer(
        pack=drawn(PackNamed, pack.settings),
        technique=card.technique,
        profile=card.profile,
        placings=tuple(Placing(placing.lens.id, row_answer(placing.row, pack)) for placing in card.placings),
        outcomes=tuple(map(_known, card.answers)),
        adoption=tuple(_figure(figure) for part in card.adoption for figure in part),
        records=tuple(map(_record, card.records)),
    )


def _known(asked: Asked) -> Known:
    return drawn(
        Known,
        asked.posterior,
        question=asked.question,
        studies=asked.studies,
        without_odds=None if asked.without_odds is None else drawn(WithoutOdds, asked.without_odds),
        strongest_for=[study.source_id for study in asked.strongest_for],
        strongest_against=[study.source_id for study in asked.strongest_against],
        sub_rows={
            name: drawn(Pooled, form, outcome=UNSET, question=UNSET) for name, form in asked.posterior.sub_rows.items()
        },
    )


def _figure(figure: AdoptionFigure) -> Figure:
    return drawn(Figure, figure, url=address(figure.source.ref))


def _record(line: RecordLine) -> CardRecord:
    effect = line.effect
    return CardRecord(
        **structs.asdict(line.record),
        url=address(line.record.source.ref),
        effect=None
        if effect is None
        else RecordEffect(rounded(effect.estimate), rounded(effect.se), effect.scale, effect.n_assumed),
        weight=None if line.weight is None else rounded(line.weight),
        fate=line.fate,
    )

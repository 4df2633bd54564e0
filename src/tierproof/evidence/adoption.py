"""Who uses a technique: figures of three unlike kinds, kept apart by population and never averaged.

Enters: lines of a pack's `adoption/` files.  Leaves: an `AdoptionFigure` each, with its source, and `Adoption`, the
figures of one technique by population.  Knows nothing of effects: that many use a technique does not say what it does.
"""

# Annotations are evaluated here, once: from text msgspec would evaluate them anew at every start, which takes longer.
from collections.abc import Iterable
from typing import Annotated, Literal, NamedTuple

from msgspec import Meta, Struct, structs

from tierproof.evidence.record import Finite, Independence, Source, Text

__all__ = [
    "Adoption",
    "AdoptionFigure",
    "CaseStudies",
    "Disclosure",
    "ModelReport",
    "Population",
    "Survey",
    "figure_of",
    "figure_until",
]

Population = Literal["applications", "makers"]
Year = Annotated[int, Meta(ge=1900, le=2100)]
Count = Annotated[int, Meta(ge=0, le=10**12)]


class Share(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """`count` out of `total`."""

    count: Count
    total: Annotated[int, Meta(gt=0, le=10**12)]

    def __post_init__(self) -> None:
        if self.count > self.total:
            raise ValueError("needs count <= total")


class CaseStudies(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How many published case studies of deployed systems have the technique."""

    id: Text
    technique: Text
    database: Text
    measure: Text
    bound: Literal["floor", "ceiling"] | None = None
    """`floor`: title or summary names the technique; `ceiling`: the text names it anywhere; null: by tag."""
    narrowed: str | None = None
    """What was counted, where it is less or more than the technique."""
    count: Count
    total: Annotated[int, Meta(gt=0, le=10**12)]
    years: Text
    by_year: dict[str, Share] | None = None
    ref: str | None = None
    read_at: str | None = None
    independence: Independence
    note: str = ""

    def __post_init__(self) -> None:
        if self.count > self.total:
            raise ValueError("needs count <= total")


class Survey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One figure of a survey or of a provider's telemetry."""

    id: Text
    technique: Text
    population: Population = "applications"
    who: Text
    """Who was asked or counted."""
    measure: Text
    value: Finite
    unit: Text
    n: Annotated[int, Meta(gt=0, le=10**12)] | None = None
    year: Year | None = None
    source: Source
    independence: Independence
    read_at: str | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if self.unit == "percent" and not 0 <= self.value <= 100:
            raise ValueError("needs a share between 0 and 100 percent")


class ModelReport(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What one model's report says of the technique."""

    id: Text
    technique: Text
    model: Text
    developer: Text
    year: Year
    disclosed: Literal["yes", "no", "not stated"]
    """`not stated` is silence, not absence."""
    detail: str = ""
    source: Source
    read_at: str | None = None
    text_scope: str = ""
    """How much of the report could be read."""


Kind = CaseStudies | Survey | ModelReport


class AdoptionFigure(Struct, frozen=True, kw_only=True):
    """One figure of one population.

    `value` is in `unit`: percent for shares, else what the unit says; a model's report is 1 (it says that the model was
    made or is served with the technique) or 0 in unit "report".
    """

    id: str
    technique: str
    population: Population
    measure: str
    value: float
    unit: str
    n: int | None
    """Case studies, respondents or systems behind the figure."""
    year: int | None
    """The latest year that the figure covers."""
    source: Source
    independence: Independence
    note: str
    detail: Kind


class Disclosure(Struct, frozen=True, kw_only=True):
    """What the model reports that speak of a technique say, counted."""

    yes: int
    no: int
    not_stated: int
    developers: int
    """Developers with at least one yes."""

    @property
    def reports(self) -> int:
        return self.yes + self.no + self.not_stated


class Adoption(NamedTuple):
    """A technique's figures, by population; each in order of id."""

    applications: tuple[AdoptionFigure, ...]
    makers: tuple[AdoptionFigure, ...]

    @property
    def case_studies(self) -> tuple[AdoptionFigure, AdoptionFigure] | None:
        """Floor and ceiling of the share in the largest database that has both, counted in one way."""
        pairs = []
        for floor in self.applications:
            if isinstance(floor.detail, CaseStudies) and floor.detail.bound == "floor":
                for ceiling in self.applications:
                    if isinstance(ceiling.detail, CaseStudies) and ceiling.detail.bound == "ceiling":
                        low, high = floor.detail, ceiling.detail
                        same = (low.technique, low.database, low.narrowed) == (
                            high.technique,
                            high.database,
                            high.narrowed,
                        )
                        if same and low.narrowed is None:
                            pairs.append((floor, ceiling))
        # A figure under the technique's own id comes before one under a wider name, which has the larger ceiling.
        return max(pairs, key=lambda pair: (pair[0].n or 0, -pair[1].value, pair[0].id), default=None)

    @property
    def disclosure(self) -> Disclosure | None:
        """What makers' reports say; None if no report was read for the technique."""
        reports = [figure.detail for figure in self.makers if isinstance(figure.detail, ModelReport)]
        if not reports:
            return None
        return Disclosure(
            yes=sum(report.disclosed == "yes" for report in reports),
            no=sum(report.disclosed == "no" for report in reports),
            not_stated=sum(report.disclosed == "not stated" for report in reports),
            developers=len({report.developer for report in reports if report.disclosed == "yes"}),
        )


def figure_of(entry: Kind) -> AdoptionFigure:
    """The figure that a line of an adoption file states."""
    match entry:
        case CaseStudies():
            return AdoptionFigure(
                id=entry.id,
                technique=entry.technique,
                population="applications",
                measure=f"{entry.measure} [{entry.narrowed}]" if entry.narrowed else entry.measure,
                value=100 * entry.count / entry.total,
                unit="percent",
                n=entry.total,
                year=_last_year(entry.years),
                source=Source(title=entry.database, ref=entry.ref),
                independence=entry.independence,
                note=entry.note,
                detail=entry,
            )
        case Survey():
            return AdoptionFigure(
                id=entry.id,
                technique=entry.technique,
                population=entry.population,
                measure=f"{entry.measure} ({entry.who})",
                value=entry.value,
                unit=entry.unit,
                n=entry.n,
                year=entry.year,
                source=entry.source,
                independence=entry.independence,
                note=entry.note,
                detail=entry,
            )
        case ModelReport():
            return AdoptionFigure(
                id=entry.id,
                technique=entry.technique,
                population="makers",
                measure=f"report of {entry.model}",
                value=float(entry.disclosed == "yes"),
                unit="report",
                n=None,
                year=entry.year,
                source=entry.source,
                # A developer speaks of his own model.
                independence="vendor",
                note=entry.detail,
                detail=entry,
            )


def figure_until(figure: AdoptionFigure, year: int) -> AdoptionFigure | None:
    """The figure as it stood at the end of `year`; None where it is later, or nobody says how old it is.

    Case studies are counted anew where the figure has its counts by year.
    """
    if figure.year is not None and figure.year <= year:
        return figure
    entry = figure.detail
    counts = (entry.by_year or {}) if isinstance(entry, CaseStudies) else {}
    kept = {name: share for name, share in counts.items() if name.isdecimal() and int(name) <= year}
    if not kept:
        return None
    return figure_of(
        structs.replace(
            entry,
            count=sum(share.count for share in kept.values()),
            total=sum(share.total for share in kept.values()),
            years=f"{min(kept)}-{max(kept)}",
            by_year=kept,
        )
    )


def adoption_of(figures: Iterable[AdoptionFigure], names: frozenset[str]) -> Adoption:
    """The figures filed under any of `names`, by population."""
    mine = sorted((figure for figure in figures if figure.technique in names), key=lambda figure: figure.id)
    return Adoption(
        tuple(figure for figure in mine if figure.population == "applications"),
        tuple(figure for figure in mine if figure.population == "makers"),
    )


def _last_year(years: str) -> int | None:
    """The end of "2023-2026"."""
    end = years.rpartition("-")[2]
    return int(end) if end.isdecimal() else None

"""The form in which a figure enters: one JSON object a line, one observed difference, with its source.

Enters: a line of an evidence file.  Leaves: a validated `Record`.  Knows nothing of scales or statistics: how a record
becomes an analysed `Effect` is `effect.py`'s concern.
"""

# Annotations are evaluated here, once: from text msgspec would evaluate them anew at every start, which takes longer.
from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

from tierproof.evidence.reading.faults import Implausible
from tierproof.messages import Message

__all__ = [
    "EVERY_OUTCOME",
    "REPEATED",
    "SUCCESS",
    "Contrast",
    "Gains",
    "Independence",
    "Outcome",
    "Record",
    "Scope",
    "Selection",
    "Setting",
    "Source",
    "TaskFamily",
    "gains_of",
    "up_is_better",
]

Outcome = Literal["quality", "cost", "latency", "throughput", "memory", "stability", "safety", "wrong-answers"]
"""`wrong-answers`: given and wrong, made-up ones above all, where not answering was open."""
EVERY_OUTCOME: tuple[Outcome, ...] = get_args(Outcome)
Contrast = Literal["added", "instead-of", "variant", "stress"]
Selection = Literal["complete", "picked"]
Setting = Literal["production", "benchmark", "lab"]
Independence = Literal["authors", "vendor", "rival", "independent"]
Gains = Literal["treated", "comparator", "neither"]
Scope = Literal["request", "training", "price", "part"]
TaskFamily = str

SUCCESS: frozenset[Outcome] = frozenset({"quality", "stability", "safety", "wrong-answers"})
"""Outcomes that proportions measure; the others are amounts of a resource."""


def up_is_better(outcome: Outcome) -> bool:
    """Whether a positive effect on the analysis scale is a gain; cost, latency and memory ratios gain by falling."""
    return outcome in SUCCESS or outcome == "throughput"


Finite = Annotated[float, Meta(ge=-1e15, le=1e15)]
"""Refuses NaN, infinities, and what would become one on the way; no figure is as large."""
Positive = Annotated[float, Meta(ge=1e-9, le=1e15)]
"""Above 0 by more than rounding."""
Text = Annotated[str, Meta(min_length=1, max_length=2_000)]


class Source(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """Where a figure was published."""

    title: Text
    authors: str | None = None
    ref: str | None = None
    """arXiv id, DOI or URL."""
    locator: str | None = None
    """Table, figure or section."""


class Record(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """One observed effect of one technique against one comparator, as it was read."""

    id: Annotated[str, Meta(min_length=1, max_length=300)]
    """Unique in a pack: lower-case letters, digits and `._@+-`."""
    technique: Text
    comparator: Text
    comparator_technique: str | None = None
    outcome: Outcome
    metric: Text
    unit: Text
    higher_is_better: bool
    baseline: Finite | None
    """Comparator's figure, in `unit`; null only for a figure that stands alone (description, no effect)."""
    treated: Finite
    """Technique's figure, in `unit`."""
    n: Annotated[int, Meta(gt=0, le=10**12)] | None = None
    """Evaluation items behind each figure."""
    n_baseline: Annotated[int, Meta(gt=0, le=10**12)] | None = None
    """Items behind the comparator's figure, where they are not `n`: arms of unequal size."""
    se: Positive | None = None
    """Standard error of `treated - baseline`, in `unit`."""
    model: str | None = None
    params_b: Positive | None = None
    """Total parameters, billions."""
    task: str | None = None
    task_family: TaskFamily = "other"
    setting: Setting
    independence: Independence
    year: Annotated[int, Meta(ge=1900, le=2100)] | None = None
    source: Source
    source_id: Text
    """The cluster: figures that share it are not independent."""
    read_at: str | None = None
    note: str = ""
    contrast: Contrast
    selection: Selection
    mirror_of: str | None = None
    subtype: str | None = None
    dose: Positive | None = None
    doubtful: bool = False
    ref_unverified: bool = False
    scope: Scope = "request"
    """What a cost, latency, throughput or memory figure is about: answering a request, training, a list price, or a
    part of a request (its first token), which is no request's time."""
    gains: Gains | None = None
    """Whose side looking good is of use to those who report; None: by `independence`, as `gains_of` reads it."""

    def __post_init__(self) -> None:
        baseline, treated = self.baseline, self.treated
        if baseline is not None and 0 <= baseline <= 100 and 0 <= treated <= 100 and self.mirror_of is None:
            return  # the usual case, right for a share and for an amount
        if baseline is None:
            if self.outcome != "stability":
                raise Implausible(
                    "baseline",
                    Message("missing"),
                    Message("the comparator's figure; only a stability figure can stand alone (null)"),
                )
            baseline = treated
        if self.outcome in SUCCESS:
            if self.unit == "percent" and not (0 <= treated <= 100 and 0 <= baseline <= 100):
                field, value = ("baseline", baseline) if 0 <= treated <= 100 else ("treated", treated)
                raise Implausible(
                    field,
                    Message("{value:g} percent is no proportion", value=value),
                    Message("a share from 0 to 100; give figures of another kind in unit 'points'"),
                )
        elif treated < 0 or baseline < 0:
            field, value = ("baseline", baseline) if baseline < 0 else ("treated", treated)
            raise Implausible(
                field,
                Message("{value:g} is no amount of {outcome}", value=value, outcome=self.outcome),
                Message("0 or more; a bare ratio as baseline 1, treated = ratio"),
            )
        if self.mirror_of == self.id:
            raise Implausible(
                "mirror_of",
                Message("names the record itself"),
                Message("the id of the record under the other technique"),
            )


REPEATED = (
    "technique", "comparator", "metric", "unit", "baseline", "treated", "n", "model", "params_b", "task", "task_family",
    "year", "source", "source_id", "read_at", "note", "subtype",
)  # fmt: skip
"""Fields in which many records hold equal values."""


def gains_of(record: Record) -> Gains:
    """Which side of the comparison those who report gain by.

    Authors and vendors of a technique gain by the treated side and rivals by the comparator, unless the record says
    otherwise: a maker who offers both sides to choose from (two sizes of one family) gains by neither.
    """
    if record.gains is not None:
        return record.gains
    return _USUAL[record.independence]


_USUAL: dict[Independence, Gains] = {
    "authors": "treated",
    "vendor": "treated",
    "rival": "comparator",
    "independent": "neither",
}

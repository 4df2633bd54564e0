"""What is known of one technique's effect on one outcome, after pooling.

These are values only.  `synthesis.model` computes them, `synthesis.synthesise` assembles them; decision, challenge,
answers and report read them.  Values that every table needs are structs: to define a dataclass takes ten times as long,
at every start.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from msgspec import Struct

from tierproof.evidence.effect import Scale
from tierproof.evidence.record import Outcome
from tierproof.synthesis.model.mixture import Mixture
from tierproof.synthesis.model.model import Coefficient
from tierproof.synthesis.pooling import Baselines, Carried
from tierproof.synthesis.posteriors.answering import Basis, Evidence
from tierproof.synthesis.values.context import EVERYWHERE, OF_SUCCESSES, Context
from tierproof.synthesis.values.interval import Interval
from tierproof.synthesis.values.same_point import Pairs

__all__ = [
    "EVERYWHERE",
    "Certainty",
    "CertaintyLevel",
    "Coefficient",
    "Context",
    "Domain",
    "Interval",
    "Posterior",
    "Sensitivity",
    "Synthesis",
]

CertaintyLevel = Literal["high", "moderate", "low", "very low"]
_KEPT: Final = 32
"""Contexts in which a posterior is kept once it was read there: briefs ask for the same dozen baselines."""


class Domain(Struct, frozen=True, kw_only=True):
    """One GRADE domain: how many levels it takes off, and why."""

    name: Literal["risk of bias", "inconsistency", "indirectness", "imprecision", "publication bias"]
    levels: int
    reason: str


class Certainty(Struct, frozen=True, kw_only=True):
    level: CertaintyLevel
    domains: tuple[Domain, ...]


class Sensitivity(Struct, frozen=True, kw_only=True):
    """The same question answered with another choice of records or model."""

    name: str
    what: str
    average: Interval
    records: int
    sources: int


@dataclass(frozen=True, kw_only=True)
class Posterior:
    """What the evidence says of one technique's effect on one outcome, in one context.

    Fields may be worked out when they are first asked for (`on_demand`): a table asks for few of them.
    """

    technique: str
    outcome: Outcome
    scale: Scale
    average: Mixture
    """What is known of the mean effect in the context."""
    predictive: Mixture
    """What is known of the effect in one new setting (a new source's new record); wider."""
    basis: Basis
    records: tuple[str, ...]
    """Ids of the records pooled, sorted; empty when `basis` is `assumed`."""
    record_weights: tuple[float, ...] = field(default_factory=tuple)
    """Share of each of `records` in the average, sum 1."""
    sources: tuple[str, ...]
    """Distinct source ids, sorted."""
    tau_source: Interval
    """Heterogeneity between sources, sd."""
    tau_record: Interval
    """Heterogeneity between records of one source, sd."""
    coefficients: tuple[Coefficient, ...] = field(default_factory=tuple)
    discount: float = field(default_factory=float)
    """Hype discount: how much of the raw mean was put down to interested sources and taken off."""
    baselines: Baselines | None = field(default_factory=lambda: None)
    """Where the evidence's systems stood without the technique; None where that is no share of successes."""
    carried: Carried | None = field(default_factory=lambda: None)
    """What reading it where the reader stands adds to the average at the evidence's own place; None: assumed."""
    source_range: tuple[float, float] | None = field(default_factory=lambda: None)
    """Least and greatest mean of a source's own figures, as they were observed."""
    opposing: str = field(default_factory=str)
    """The first of the sensitivity analyses whose average has the other sign; empty: none has."""
    certainty: Certainty
    sensitivity: tuple[Sensitivity, ...] = field(default_factory=tuple)
    sub_rows: Mapping[str, Posterior] = field(default_factory=dict)
    """Posterior of each sub-row by its id."""
    context: Context = EVERYWHERE
    elsewhere: Callable[[Context], Posterior] | None = field(default=None, repr=False, compare=False)
    """The same evidence read where another reader stands; None where it says the same to everyone."""
    in_detail: Callable[[Mapping[str, Evidence]], Posterior] | None = field(default=None, repr=False, compare=False)
    """The same with sensitivity analyses and sub-rows, whose evidence is told by their ids; None: it has them, or none
    are to be had."""

    def at(self, context: Context) -> Posterior:
        """What the same evidence says in another context, without another fit; the latest such are kept."""
        if self.elsewhere is None:
            return replace(self, context=context)
        kept: dict[Context, Posterior] = self.__dict__.setdefault("_kept", {})
        if (found := kept.get(context)) is None:
            if len(kept) >= _KEPT:
                kept.pop(next(iter(kept)), None)
            found = kept[context] = self.elsewhere(context)
        return found

    @classmethod
    def on_demand(cls, later: Mapping[str, Callable[[], Any]], **now: Any) -> Posterior:
        """A posterior of which the fields named in `later`, none with a plain default, are yet to be worked out."""
        pending: dict[str, Any] = dict.fromkeys(later)
        posterior = cls(**now, **pending)
        for name in later:
            del posterior.__dict__[name]
        posterior.__dict__["_later"] = later
        return posterior

    def __getstate__(self) -> dict[str, Any]:
        """All fields, worked out: what is yet to be called cannot be pickled."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    if not TYPE_CHECKING:  # which else would take any misspelt field for one of these

        def __getattr__(self, name: str) -> Any:
            later = self.__dict__.get("_later", {})
            if name not in later:
                raise AttributeError(f"a posterior has no field '{name}'")
            self.__dict__[name] = later[name]()
            return self.__dict__[name]


class _Moved(Mapping[tuple[str, Outcome], Posterior]):
    """Posteriors, those of `OF_SUCCESSES` in another context."""

    def __init__(self, posteriors: Mapping[tuple[str, Outcome], Posterior], context: Context) -> None:
        # Read from where they were pooled, however often they were moved.
        self._pooled: Mapping[tuple[str, Outcome], Posterior] = (
            posteriors._pooled if isinstance(posteriors, _Moved) else posteriors
        )
        self._context = context

    def __getitem__(self, key: tuple[str, Outcome]) -> Posterior:
        posterior = self._pooled[key]
        return posterior.at(self._context) if key[1] in OF_SUCCESSES else posterior

    def __iter__(self) -> Iterator[tuple[str, Outcome]]:
        return iter(self._pooled)

    def __len__(self) -> int:
        return len(self._pooled)


@dataclass(frozen=True, slots=True, kw_only=True)
class Synthesis:
    """Every posterior of a pack in one context."""

    posteriors: Mapping[tuple[str, Outcome], Posterior]
    """Keyed by technique id and outcome; a missing key means no evidence and no assumption."""
    context: Context
    hype: Interval
    """What authors' and vendors' interest adds to quality across the pack: log odds at the median spread of effects."""

    learned: Mapping[tuple[str, Outcome], Mapping[str, tuple[float, float]]] = field(
        default_factory=dict, repr=False, compare=False
    )
    """Priors that the other techniques gave each question: mean and sd by coefficient."""
    pairs: Mapping[str, Pairs] = field(default_factory=dict)
    """By technique: how its effects on two outcomes go together, where sources measured both at one operating point."""

    def at(
        self, context: Context, *, technique: str | None = None, outcomes: Collection[Outcome] | None = None
    ) -> Synthesis:
        """The same evidence read for another task, model size or baseline, without another fit: as pooled there.

        `technique`, `outcomes`: those wanted, default all.  Raises ValueError where the context admits other evidence.
        """
        if (context.as_of, context.include_lab) != (self.context.as_of, self.context.include_lab):
            raise ValueError("other evidence answers there: it has to be pooled")
        wanted = {
            key: posterior.at(context)
            for key, posterior in self.posteriors.items()
            if technique in (None, key[0]) and (outcomes is None or key[1] in outcomes)
        }
        return replace(self, posteriors=wanted, context=context)

    def at_baseline(self, baseline: float) -> Synthesis:
        """The same for a reader whose system succeeds at that share of requests: it moves `OF_SUCCESSES` alone.

        Each posterior is read there when it is first asked for.
        """
        if baseline == self.context.baseline:
            return self
        context = replace(self.context, baseline=baseline)
        return replace(self, posteriors=_Moved(self.posteriors, context), context=context)

    def get(self, technique: str, outcome: Outcome) -> Posterior | None:
        return self.posteriors.get((technique, outcome))

    def __iter__(self) -> Iterator[Posterior]:
        return iter(self.posteriors.values())

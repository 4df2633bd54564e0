"""One technique's evidence as a reader picks it: some of the sources, pooled by themselves; and by baseline.

Enters: a view, what is known of one outcome, and which records may count.  Leaves: the same outcome as those records
tell it; where each record's system stood without the technique.  Picking after having seen is how any point is made, so
what comes out stands beside the answer of all records, never in its place.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from msgspec import Struct, structs

from tierproof.answers.card import Answer, answer_of
from tierproof.answers.studies import author_year
from tierproof.answers.view import View
from tierproof.decision.appraisals.appraisal import failures_removed
from tierproof.evidence.record import Record, gains_of
from tierproof.synthesis import priors_of
from tierproof.synthesis.pooling import pool_effects
from tierproof.synthesis.posteriors.answering import evidence_for
from tierproof.synthesis.synthesise import posterior_of
from tierproof.synthesis.values.interval import Interval

__all__ = ["ByBaseline", "Placed", "Selection", "by_baseline", "selected"]


class Selection(Struct, frozen=True, kw_only=True):
    """Which records may count; as it stands, all."""

    independent: bool = False
    """Only those by who gains nothing from a good figure."""
    family: str = ""
    """A task family; empty: any."""
    since: int | None = None
    until: int | None = None
    """Years, ends included; an undated record is left out by either."""
    low: float | None = None
    high: float | None = None
    """Percent that the comparator reached, ends included; a record without is left out by either."""

    @property
    def all(self) -> bool:
        return self == Selection()

    def admits(self, record: Record) -> bool:
        """Whether the record may count."""
        if self.independent and gains_of(record) == "treated":
            return False
        if self.family and record.task_family != self.family:
            return False
        return _within(record.year, self.since, self.until) and _within(_baseline(record), self.low, self.high)


def selected(view: View, answer: Answer, selection: Selection) -> Answer | None:
    """The outcome of `answer` by the selected of its records; None where fewer than one is left.

    They are pooled as the whole is, with the priors that the other techniques give.
    """
    key = (answer.posterior.technique, answer.outcome)
    mine = [effect for effect in view.conversion.effects if effect.record.technique == key[0]]
    technique = view.pack.techniques[key[0]]
    evidence = evidence_for(mine, {key[0]: technique}, view.context).get(key)
    kept = tuple(effect for effect in evidence.used if selection.admits(effect.record)) if evidence else ()
    if evidence is None or not kept:
        return None
    learned = view.synthesis.learned.get(key, {})
    pooling = pool_effects(kept, view.context, priors_of(view.pack.settings)).learning(dict(learned))
    part = structs.replace(evidence, used=kept)
    posterior = posterior_of(part, pooling, dict(learned), view.pack.settings, view.context)
    return answer_of(technique, posterior, kept, view.profile)


class Placed(Struct, frozen=True, kw_only=True):
    """One record by where its system stood."""

    baseline: float
    """Share that succeeds without the technique, 0 to 1."""
    removed: float
    """Share of the failures that it removes there; negative where it adds some."""
    label: str
    interested: bool


class ByBaseline(Struct, frozen=True, kw_only=True):
    """Failures removed by the share that succeeds without the technique."""

    records: tuple[Placed, ...]
    average: tuple[tuple[float, Interval], ...]
    """What is known of the average at ascending baselines, 90 %, as shares of failures removed."""


_STEPS: Final = (0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95)
_FEW: Final = 3


def by_baseline(view: View, answer: Answer) -> ByBaseline | None:
    """Of quality; None where fewer than three pooled records are shares of successes."""
    if answer.outcome != "quality" or answer.assumed:
        return None
    pooled = set(answer.posterior.records)
    placed = [
        Placed(
            baseline=share / 100,
            removed=float(failures_removed(share / 100, np.asarray(effect.estimate))),
            label=author_year(record.source, record.year),
            interested=gains_of(record) == "treated",
        )
        for effect in view.conversion.effects
        if (record := effect.record).id in pooled and (share := _baseline(record)) is not None and 0 < share < 100
    ]
    if len(placed) < _FEW:
        return None
    average = []
    for share in _STEPS:
        there = answer.posterior.at(replace(answer.posterior.context, baseline=share)).average.interval(0.9)
        low, median, high = (
            float(failures_removed(share, np.asarray(end))) for end in (there.low, there.median, there.high)
        )
        average.append((share, Interval(median, low, high)))
    return ByBaseline(records=tuple(placed), average=tuple(average))


def _baseline(record: Record) -> float | None:
    """Percent of successes without the technique; None where the figure is no such share."""
    if record.unit != "percent" or record.baseline is None:
        return None
    return record.baseline if record.higher_is_better else 100 - record.baseline


def _within(value: float | None, low: float | None, high: float | None) -> bool:
    if low is None and high is None:
        return True
    return value is not None and (low is None or value >= low) and (high is None or value <= high)

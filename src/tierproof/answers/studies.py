"""What a forest plot shows: one point a source, beside what all of them say together.

Enters: effects, and the posterior that pooled them.  Leaves: a `Study` a source, the heaviest first.  Knows nothing
of how a plot is drawn; computes no pooled figure, which is the posterior's.

A source's point is the mean of its records by their shares w in the pooled average; its 90 % interval is of that mean,

    var = sum w_j^2 (se_j^2 + tr^2) / (sum w_j)^2

with tr the heterogeneity between records of one source, at its posterior median.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tierproof.answers.addresses import source_address
from tierproof.answers.safe_text import clean, shorten
from tierproof.evidence.effect import Effect
from tierproof.evidence.record import Independence, Source, gains_of
from tierproof.synthesis.posteriors.posterior import Interval, Posterior
from tierproof.synthesis.values.figures import own_means
from tierproof.synthesis.values.normal import NINETY

__all__ = ["Study", "author_year", "source_label", "studies_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """One source of one posterior, on the analysis scale."""

    source_id: str
    label: str
    """First author and year, clean; `a`, `b` and so on after those of several of the sources."""
    title: str
    url: str | None
    point: Interval
    weight: float
    """Share of the pooled average."""
    records: tuple[str, ...]
    measured_by: tuple[Independence, ...]
    """Who measured, in the words of records."""
    interested: bool
    """Measured by who gains by a good figure: authors of the technique, or its vendor."""
    picked: bool
    """Every record was picked: it shows that the effect can occur, not how often."""
    n_assumed: bool


def studies_of(posterior: Posterior, effects: Iterable[Effect]) -> tuple[Study, ...]:
    """The posterior's sources, heaviest first; empty where it rests on an assumption."""
    share = dict(zip(posterior.records, posterior.record_weights, strict=False))
    by_source: dict[str, list[Effect]] = defaultdict(list)
    for effect in effects:
        if effect.record.id in share:
            by_source[effect.record.source_id].append(effect)
    tau = posterior.tau_record.median
    studies = _told_apart([_study(source, mine, share, tau) for source, mine in by_source.items()])
    return tuple(sorted(studies, key=lambda study: (-study.weight, study.source_id)))


def _told_apart(studies: Sequence[Study]) -> list[Study]:
    """`Wightman et al. 2022a`, `2022b`, as they are cited: by their ids, so that a source keeps its letter here."""
    alike: dict[str, list[Study]] = defaultdict(list)
    for study in sorted(studies, key=lambda study: study.source_id):
        alike[study.label].append(study)
    return [
        replace(study, label=f"{label}{_letters(place)}" if label[-1:].isdecimal() else f"{label} {_letters(place)}")
        if len(group) > 1
        else study
        for label, group in alike.items()
        for place, study in enumerate(group)
    ]


def _letters(place: int) -> str:
    """`a` to `z`, then `aa`."""
    return (_letters(place // 26 - 1) if place >= 26 else "") + chr(ord("a") + place % 26)


def _study(source_id: str, effects: Sequence[Effect], share: dict[str, float], tau: float) -> Study:
    weights = np.array([share[effect.record.id] for effect in effects])
    estimates, errors = np.array([(effect.estimate, effect.se) for effect in effects]).T
    (mean,), (error,) = own_means(weights, estimates, errors, tau)
    reach = NINETY * float(error)
    first = effects[0].record
    years = [effect.record.year for effect in effects if effect.record.year is not None]
    return Study(
        source_id=source_id,
        label=author_year(first.source, max(years, default=None)),
        title=clean(first.source.title),
        url=source_address(first.source.ref, source_id),
        point=Interval(float(mean), float(mean) - reach, float(mean) + reach),
        weight=float(weights.sum()),
        records=tuple(effect.record.id for effect in effects),
        measured_by=tuple(sorted({effect.record.independence for effect in effects})),
        interested=any(gains_of(effect.record) == "treated" for effect in effects),
        picked=all(effect.record.selection == "picked" for effect in effects),
        n_assumed=any(effect.n_assumed for effect in effects),
    )


def source_label(source: Source) -> str:
    """The first author, or the title where no author is known."""
    if not source.authors:
        return shorten(clean(source.title), 40)
    authors = re.sub(r"\s*\([^()]*\)", "", clean(source.authors)) or clean(source.authors)
    first = re.split(r"\s*(?:,|;|\(| and | & | et al)", authors, maxsplit=1)[0]
    several = len(first) < len(authors)
    return f"{shorten(first, 32)}{' et al.' if several else ''}"


def author_year(source: Source, year: int | None) -> str:
    """`Wei et al. 2022`."""
    label = source_label(source)
    return f"{label} {year}" if year is not None else label

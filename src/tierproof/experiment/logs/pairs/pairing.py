"""Two series side by side: items that are the same, each with the mean of its repeats.

Enters: two `Series`, a metric, what identifies an item.  Leaves: `Paired` columns, and counts of all that was left out.
Must not know tools, or what is computed from pairs.

Items are paired by what identifies them, never by order.  A row with an error has no score; an item counts where both
systems have a score for it.  Where items are known by their names, the questions behind equal names are compared, as
far as the logs have them: another question under the same name is another item.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tierproof.experiment.logs.files.named_columns import (
    CACHED,
    ERROR,
    KEYS,
    NONE,
    REFUSED,
    TRUNCATED,
    Hashes,
    Series,
    Truths,
    distinct,
)
from tierproof.experiment.logs.pairs.within import within
from tierproof.experiment.trials.paired import Array

__all__ = ["Key", "Paired", "Side", "key_of", "missing_as", "pair"]

LEAST_OVERLAP = 0.5
"""Of the items of the smaller log."""
Whole = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What items are paired by."""

    name: str
    baseline: Hashes
    """One a row."""
    treated: Hashes
    shared: int
    """Items that both logs have, scored or not."""
    smaller: int
    """Items of the log that has fewer."""
    conflicts: int = 0
    """Items of one name and two questions."""
    checked_otherwise: int = 0
    """Items of one question whose fingerprint is another in the other log."""
    found_within: int = 0
    """Items whose question was found within the longer prompt of the other log."""
    chosen: bool = False
    """By the person who asks: then items of one name are one item, whatever was asked."""

    @property
    def overlap(self) -> float:
        """Share of the smaller log's items that the other has too."""
        fit = self.shared if self.chosen else self.shared - self.conflicts
        return fit / self.smaller if self.smaller else 0.0

    @property
    def enough(self) -> bool:
        return self.overlap >= LEAST_OVERLAP


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Counts of one series."""

    rows: int
    items: int
    without_score: int
    """Rows; an error, or nothing where a score should be."""
    errors: int
    """Those of them that say why."""
    cached: int
    refused: int
    truncated: int
    most_repeats: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """Columns over paired items, in the baseline's order."""

    key: Key
    baseline: Array
    treated: Array
    usd: tuple[Array, Array]
    """Means of an item's rows that were answered afresh; NaN where none was, or the log has none."""
    seconds: tuple[Array, Array]
    tokens: tuple[Array, Array]
    groups: Hashes | None
    sides: tuple[Side, Side]
    unpaired: int
    """Items of either log that are in no pair, but for those that neither was asked for."""
    unasked: int
    """Items for which neither log has the metric, and says that none was asked."""

    def __len__(self) -> int:
        return len(self.baseline)


def key_of(baseline: Series, treated: Series, by: str | None = None) -> Key:
    """What both series can be paired by: `by`, else the first of name, fingerprint and question that fits half of the
    items, else what fits most."""
    names = _likely(baseline, treated) if by is None else (by,)
    found = [key for name in names if (key := _key(baseline, treated, name, chosen=by is not None)) is not None]
    if not found:
        return Key(name=by or "id", baseline=baseline.key("id"), treated=treated.key("id"), shared=0, smaller=0)
    return next((key for key in found if key.enough), max(found, key=lambda key: key.overlap))


def _likely(a: Series, b: Series) -> tuple[str, ...]:
    """Keys to try, without a fingerprint that neither tool wrote."""
    return tuple(name for name in KEYS if name != "hash" or a.has("hash") or b.has("hash"))


def _key(a: Series, b: Series, name: str, *, chosen: bool) -> Key | None:
    ka, kb = _column(a, name), _column(b, name)
    if ka is None or kb is None:
        return None
    if name == "id" and not (_identifies(a, ka) and _identifies(b, kb)):
        return None
    items_a, items_b, shared = _shared(ka, kb)
    found = 0
    smaller = min(len(items_a), len(items_b))
    if name == "input" and len(shared) < LEAST_OVERLAP * smaller:
        links = within(a.texts[name], b.texts[name])
        if len(links[0]) or len(links[1]):
            ka, kb = _relabelled(ka, links[0]), _relabelled(kb, links[1])
            items_a, items_b, better = _shared(ka, kb)
            found, shared = len(better) - len(shared), better
    conflicts = _conflicts(a, ka, b, kb, shared) if name == "id" else np.zeros(0, dtype=np.int64)
    if len(conflicts) and not chosen:
        # Of two questions under one name neither is the other's pair.
        ka = np.where(np.isin(ka, conflicts), ka ^ 1, ka)
    return Key(
        name=name,
        chosen=chosen,
        baseline=ka,
        treated=kb,
        shared=len(shared),
        smaller=smaller,
        conflicts=len(conflicts),
        checked_otherwise=_checked_otherwise(a, ka, b, kb, shared) if name == "input" else 0,
        found_within=found,
    )


def _checked_otherwise(a: Series, ka: Hashes, b: Series, kb: Hashes, shared: Hashes) -> int:
    """How many questions of both have a fingerprint, as of what is asserted, that the other log does not have."""
    if not (a.has("hash") and b.has("hash")) or _alike(a.key("hash"), b.key("hash")):
        return 0
    mine, theirs = ka * 31 + a.key("hash"), kb * 31 + b.key("hash")
    odd = np.concatenate((ka[~np.isin(mine, theirs)], kb[~np.isin(theirs, mine)]))
    return len(np.intersect1d(odd, shared))


def _alike(a: Hashes, b: Hashes) -> bool:
    """Whether the rows of both are in one order, as those of two runs on the same data most often are."""
    return len(a) == len(b) and bool((a == b).all())


def _shared(ka: Hashes, kb: Hashes) -> tuple[Hashes, Hashes, Hashes]:
    """The items of either, and of both."""
    first = distinct(ka)
    if _alike(ka, kb):
        return first, first, first
    second = distinct(kb)
    both: Hashes = np.intersect1d(first, second, assume_unique=True)
    return first, second, both


def _column(series: Series, name: str) -> Hashes | None:
    """A fingerprint may be the tool's own, else it is that of the question."""
    for each in (name, "input") if name == "hash" else ("input", "hash") if name == "input" else (name,):
        if series.has(each):
            return series.key(each)
    return None


def _identifies(series: Series, key: Hashes) -> bool:
    """Whether a name stands for one question in its own log."""
    names = len(distinct(key))
    return all(
        len(distinct(key * 31 + questions)) <= names
        for name in ("input", "hash")
        if ((questions := series.key(name)) != NONE).any()
    )


def _conflicts(a: Series, ka: Hashes, b: Series, kb: Hashes, shared: Hashes) -> Hashes:
    """Names under which the two logs have another question."""
    for name in ("hash", "input"):
        if a.has(name) and b.has(name):
            if _alike(ka, kb) and _alike(a.key(name), b.key(name)):
                break
            both = [distinct(key * 31 + series.key(name)) for series, key in ((a, ka), (b, kb))]
            if len(np.intersect1d(both[0], both[1], assume_unique=True)) == len(shared):
                break  # the usual case, in half the time
            first = [_first(key, series.key(name), shared) for series, key in ((a, ka), (b, kb))]
            differ: Hashes = shared[first[0] != first[1]]
            return differ
    return np.zeros(0, dtype=np.int64)


def _first(key: Hashes, values: Hashes, wanted: Hashes) -> Hashes:
    items, places = np.unique(key, return_index=True)
    found: Hashes = values[places[np.searchsorted(items, wanted)]]
    return found


def _relabelled(key: Hashes, links: dict[int, int]) -> Hashes:
    return np.array([links.get(one, one) for one in key.tolist()], dtype=np.int64) if links else key


def pair(
    baseline: Series,
    treated: Series,
    metric: str,
    key: Key,
    *,
    wrong: float | None = None,
    absent: float | None = None,
    refused: bool = True,
) -> Paired:
    """The items that both have a score for.

    `wrong`: what rows without a score count as; None: they are missing.  `absent`: what the treated system gets for
    items that its log does not have, and for rows without a score; None: they are in no pair.  `refused`: rows that the
    provider declined count as scored; else they are missing.  Repeats of an item are averaged first.
    """
    sides = (baseline, treated)
    known = [_scores(series, metric, refused=refused) for series in sides]
    rows = [np.asarray(key.baseline), np.asarray(key.treated)]
    unasked = _unasked(sides, rows, metric)
    lacking = [np.isnan(column) & ~np.isin(own, unasked) for column, own in zip(known, rows, strict=True)]
    columns = [
        column if worth is None else np.where(gone, worth, column)
        for column, gone, worth in zip(known, lacking, missing_as(wrong, absent), strict=True)
    ]
    first = np.unique(rows[0], return_index=True, return_inverse=True)
    alike = _alike(rows[0], rows[1])
    items = [first, first if alike else np.unique(rows[1], return_index=True, return_inverse=True)]
    means = [_means(inverse, column, len(names)) for (names, _, inverse), column in zip(items, columns, strict=True)]
    if alike:
        at = [np.flatnonzero(~np.isnan(means[0] + means[1]))] * 2
    else:
        scored = [names[~np.isnan(mean)] for (names, _, _), mean in zip(items, means, strict=True)]
        both = np.intersect1d(scored[0], scored[1], assume_unique=True)
        at = [np.searchsorted(names, both) for names, _, _ in items]
    # In the order of the baseline's rows: hashes have none that lasts.
    order = np.argsort(items[0][1][at[0]], kind="stable")
    at = [each[order] for each in at]
    fresh = [(series.flags & (CACHED | ERROR)) == 0 for series in sides]

    def taken(name: str) -> tuple[Array, Array]:
        found = []
        for series, place, (names, _, inverse), kept in zip(sides, at, items, fresh, strict=True):
            values = np.where(kept, series.resource(name), np.nan)
            found.append(_means(inverse, values, len(names))[place])
        return found[0], found[1]

    groups = baseline.groups[items[0][1][at[0]]] if (baseline.groups != NONE).any() else None
    if groups is None and (treated.groups != NONE).any():
        groups = treated.groups[items[1][1][at[1]]]
    shared = first[0] if alike else np.intersect1d(first[0], items[1][0], assume_unique=True)
    union = len(first[0]) + len(items[1][0]) - len(shared)
    paired = Paired(
        key=key,
        baseline=means[0][at[0]],
        treated=means[1][at[1]],
        usd=taken("usd"),
        seconds=taken("seconds"),
        tokens=taken("tokens"),
        groups=groups,
        sides=(_side(baseline, lacking[0], items[0][2]), _side(treated, lacking[1], items[1][2])),
        unpaired=union - len(order) - len(unasked),
        unasked=len(unasked),
    )
    if absent is None:
        return paired
    # Another question under the same name is there, though in no pair.
    gone = ~np.isin(items[0][0], items[1][0]) & ~np.isin(items[0][0] ^ 1, items[1][0]) & ~np.isnan(means[0])
    return _with_absent(paired, means[0][gone], baseline.groups[items[0][1][gone]], absent)


def _unasked(sides: tuple[Series, Series], rows: Sequence[Hashes], metric: str) -> Hashes:
    """Items of which some row was not asked for the metric, and no row of either log was."""
    asked, without = zip(*(series.asked(metric) for series in sides), strict=True)
    if not any(one.any() for one in without):
        return np.zeros(0, dtype=np.int64)

    def items(of: Sequence[Truths]) -> Hashes:
        return np.concatenate([own[mine] for own, mine in zip(rows, of, strict=True)])

    return np.setdiff1d(items(without), items(asked))


def missing_as(wrong: float | None, absent: float | None) -> tuple[float | None, float | None]:
    """What rows without a score count as, of baseline and treated: an answer that the baseline lacks is no reason to
    let the treated system pass."""
    return wrong, absent if wrong is None else wrong


def _with_absent(paired: Paired, scores: Array, groups: Hashes, absent: float) -> Paired:
    unknown = np.full(len(scores), np.nan)

    def longer(columns: tuple[Array, Array]) -> tuple[Array, Array]:
        return np.concatenate((columns[0], unknown)), np.concatenate((columns[1], unknown))

    return replace(
        paired,
        baseline=np.concatenate((paired.baseline, scores)),
        treated=np.concatenate((paired.treated, np.full(len(scores), absent))),
        usd=longer(paired.usd),
        seconds=longer(paired.seconds),
        tokens=longer(paired.tokens),
        groups=None if paired.groups is None else np.concatenate((paired.groups, groups)),
        unpaired=paired.unpaired - len(scores),
    )


def _scores(series: Series, metric: str, *, refused: bool) -> Array:
    scores = series.scores(metric)
    if not refused:
        scores[(series.flags & REFUSED) != 0] = np.nan
    return scores


def _means(inverse: Whole, values: Array, items: int) -> Array:
    """Mean of an item's known values, NaN without any."""
    known = ~np.isnan(values)
    count = np.bincount(inverse, weights=known, minlength=items)
    total = np.bincount(inverse, weights=np.where(known, values, 0.0), minlength=items)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 0, total / count, np.nan)


def _side(series: Series, lacking: Truths, inverse: Whole) -> Side:
    flags = series.flags
    counts = np.bincount(inverse)
    return Side(
        rows=len(series),
        items=len(counts),
        without_score=int(lacking.sum()),
        errors=int((((flags & ERROR) != 0) & lacking).sum()),
        cached=int(((flags & CACHED) != 0).sum()),
        refused=int(((flags & REFUSED) != 0).sum()),
        truncated=int(((flags & TRUNCATED) != 0).sum()),
        most_repeats=int(counts.max(initial=0)),
    )

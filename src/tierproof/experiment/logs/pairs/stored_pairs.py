"""Two stored series side by side: the pairs of `pairing.py` and the figures of `summary.py`, computed by DuckDB.

Enters: two `StoredSeries`.  Leaves: a `Summary` of any metric.  Must not know tools, or what is said of a comparison.

Each series is grouped by item once; sums of known scores answer every question about rows without one.  The same
rules hold as in memory, but that a question is not looked for within a longer prompt.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tierproof.errors import InputError
from tierproof.experiment.logs.files.named_columns import KEYS
from tierproof.experiment.logs.files.stored import RESOURCES, StoredSeries
from tierproof.experiment.logs.pairs.pairing import Key, Side, missing_as
from tierproof.experiment.logs.pairs.summary import (
    UNKNOWN,
    Resource,
    Summary,
    alike_within,
    clustered_ratio,
    of_clusters,
)
from tierproof.experiment.trials.paired import Moments, lognormal_error, ratio_of_means, skewness_of
from tierproof.messages import Message

__all__ = ["StoredItems"]

EMPTY = np.zeros(0, dtype=np.int64)


class StoredItems:
    """`Items` of series that are not in memory."""

    def __init__(self, baseline: StoredSeries, treated: StoredSeries, by: str | None) -> None:
        self._series = (baseline, treated)
        self._chosen = by is not None
        found: list[tuple[Key, str, str]] = []
        for name in (by,) if by is not None else KEYS:
            columns = tuple(_column(one, name) for one in self._series)
            if columns[0] is None or columns[1] is None:
                continue
            tables = _items(baseline, columns[0]), _items(treated, columns[1])
            key = self._key(name, *tables)
            if key is None:
                continue
            found.append((key, *tables))
            if key.enough:
                break
        if not found:
            self.key = Key(name=by or "id", baseline=EMPTY, treated=EMPTY, shared=0, smaller=0)
            return
        best = max(found, key=lambda one: one[0].overlap) if not found[-1][0].enough else found[-1]
        self.key, self._base, self._treated = best

    def _key(self, name: str, base: str, treated: str) -> Key | None:
        """As in memory: a name must stand for one question in its own log."""
        store = self._series[0].store
        counts = [
            store.rows(f"select count(*) as n, count(*) filter ({_two(one, name)}) as two from {table}")[0]
            for one, table in zip(self._series, (base, treated), strict=True)
        ]
        if any(one["two"] for one in counts):
            return None
        other = self._other(name)
        (both,) = store.rows(
            f"select count(*) as n, count(*) filter ({other}) as other from {base} b join {treated} t using (k)"
        )
        return Key(
            name=name,
            baseline=EMPTY,
            treated=EMPTY,
            shared=int(both["n"]),
            smaller=min(int(one["n"]) for one in counts),
            conflicts=int(both["other"]),
            chosen=self._chosen,
        )

    @property
    def _common(self) -> int:
        """Items of both: of two questions under one name neither is the other's."""
        return self.key.shared - (0 if self._chosen else self.key.conflicts)

    def sides(self, metric: str) -> tuple[Side, Side]:
        first, second = (self._side(one, table, metric) for one, table in zip(self._series, self._tables, strict=True))
        return first, second

    def _other(self, name: str) -> str:
        """SQL of a pair of items of one name and two questions."""
        for each in ("hash", "input") if name == "id" else ():
            if all(one.has(each) for one in self._series):
                return f"coalesce(b.{each}_low <> t.{each}_low, false)"
        return "false"

    @property
    def _tables(self) -> tuple[str, str]:
        return self._base, self._treated

    def _side(self, series: StoredSeries, table: str, metric: str) -> Side:
        (items,) = series.store.rows(f"select count(*) as n, max(n) as most from {table}")
        counts = series.counts
        return Side(
            rows=counts["n"],
            items=int(items["n"]),
            without_score=counts["n"] - series.known[metric],
            errors=counts["errors"],
            cached=counts["cached"],
            refused=counts["refused"],
            truncated=0,
            most_repeats=int(items["most"] or 0),
        )

    def summary(self, metric: str, *, wrong: float | None, absent: float | None, refused: bool) -> Summary | None:
        store = self._series[0].store
        # Of two questions under one name neither is the other's pair, and both are there.
        apart = "" if self._chosen or not self.key.conflicts else f"where not {self._other(self.key.name)}"
        means = [
            _mean(side, series.columns[metric], missing, refused=refused or not series.counts["refused"])
            for side, series, missing in zip("bt", self._series, missing_as(wrong, absent), strict=True)
        ]
        if absent is not None:
            means[1] = f"case when t.k is null then {absent!r} else {means[1]} end"
        wanted = [f"{means[0]} as b", f"{means[1]} as t"]
        wanted += [f"b.{name} as b_{name}, t.{name} as t_{name}" for name in self._amounts]
        grouped = [f"{side}.g" for side, one in zip("bt", self._series, strict=True) if one.grouped]
        if grouped:
            wanted.append(f"coalesce({', '.join(grouped)}) as g, b.k as k")
        joined = store.keep(
            f"select * from (select {', '.join(wanted)} from {self._base} b "
            f"{'left ' if absent is not None else ''}join {self._treated} t using (k) {apart}) "
            "where b is not null and t is not null"
        )
        try:
            return self._summed(metric, joined, grouped=bool(grouped))
        finally:
            store.drop(joined)

    def _summed(self, metric: str, joined: str, *, grouped: bool) -> Summary | None:
        store = self._series[0].store
        (found,) = store.rows(f"select {', '.join((_FIRST, *map(_amount, self._amounts)))} from {joined}")
        n = int(found["n"])
        if not n:
            return None
        like = alike_within(found["low"], found["high"])
        second = [
            f"count(*) filter (t - b <= {found['least'] + like!r}) as least",
            f"count(*) filter (t - b >= {found['most'] - like!r}) as most",
            f"favg(pow(t - b - {found['gap']!r}, 3)) as cubes",
            "bool_and(t - b in (-1, 0, 1)) as whole",
        ]
        for name in self._amounts:
            means = found[f"b_{name}"], found[f"t_{name}"]
            if found[f"n_{name}"] > 1 and min(means) > 0:
                influence = _influence(found, name)
                second += [f"var_samp({influence}) as {name}", f"favg(pow({influence}, 3)) as cubes_{name}"]
        (spread,) = store.rows(f"select {', '.join(second)} from {joined}")
        sides = self.sides(metric)
        alike = max(spread["least"], spread["most"]) >= n - 1
        clusters, even, se = None, None, _plain_error(found["gaps"], n)
        if grouped and store.rows(f"select count(g) as n from {joined}")[0]["n"]:
            clusters, even, se = self._error(joined, f"t - b - {found['gap']!r}", n)
            for name in self._amounts:
                if spread.get(name) is not None:
                    many = int(found[f"n_{name}"])
                    spread[f"clusters_{name}"] = self._error(joined, _influence(found, name), many)
        for name in self._amounts:
            if spread.get(name) is not None:
                spread[f"logs_{name}"] = self._of_logs(joined, name, grouped=clusters is not None)
        return Summary(
            key=self.key,
            sides=sides,
            unpaired=sides[0].items + sides[1].items - self._common - n,
            scores=Moments(
                n=n,
                baseline=found["baseline"],
                treated=found["treated"],
                gap=found["gap"],
                baseline_variance=found["v0"],
                treated_variance=found["v1"],
                covariance=found["c"],
                gap_variance=found["gaps"] if n > 1 else math.nan,
                gap_skewness=skewness_of(spread["cubes"], found["gaps"] * (n - 1) / n if n > 1 else 0.0),
                alike=alike,
                whole=spread["whole"],
            ),
            low=found["low"],
            high=found["high"],
            span=1.0 if found["low"] >= 0 and found["high"] <= 1 else _spread_of_others(found["lows"], found["highs"]),
            binary=found["two"],
            won=int(found["won"]),
            lost=int(found["lost"]),
            clusters=clusters,
            even=even,
            se=se,
            unasked=0,  # a table has all its columns in every row
            **{name: _resource(found, spread, name) for name in self._amounts},
        )

    def _of_logs(self, joined: str, name: str, *, grouped: bool) -> float:
        """`error_of_logs` of an amount, of clusters' sums where there are any."""
        by = " group by g, case when g is null then k end" if grouped else ""
        amounts = [f"fsum({side}_{name})" if grouped else f"{side}_{name}" for side in "bt"]
        mine, other = (f"ln(case when {side} > 0 then {side} end)" for side in "bt")
        (found,) = self._series[0].store.rows(
            f"select count(*) as n, count({mine} + {other}) as above, var_samp({mine}) as v0, var_samp({other}) as v1, "
            f"covar_samp({mine}, {other}) as c from (select {amounts[0]} as b, {amounts[1]} as t from {joined} "
            f"where b_{name} + t_{name} is not null{by})"
        )
        n = int(found["n"])
        return lognormal_error(found["v0"], found["v1"], found["c"], n) if n == found["above"] > 1 else 0.0

    @property
    def _amounts(self) -> tuple[str, ...]:
        return tuple(name for name in RESOURCES if all(one.counts[name] for one in self._series))

    def _error(self, joined: str, deviation: str, n: int) -> tuple[int, float, float | None]:
        """`of_clusters` of `n` items that deviate so."""
        (clusters,) = self._series[0].store.rows(
            f"select count(*) as n, fsum(pow(s / greatest({n} - k, 1), 2)) as squares, sum(k * k) as sizes "
            f"from (select fsum({deviation}) as s, count(*) as k "
            f"from {joined} where ({deviation}) is not null group by g, case when g is null then k end)"
        )
        return of_clusters(int(clusters["n"]), n, int(clusters["sizes"]), clusters["squares"])


_FIRST = (
    "count(*) as n, favg(b) as baseline, favg(t) as treated, favg(t - b) as gap, "
    "var_pop(b) as v0, var_pop(t) as v1, covar_pop(b, t) as c, var_samp(t - b) as gaps, "
    "min(least(b, t)) as low, max(greatest(b, t)) as high, "
    "min(least(b, t), 2) as lows, max(greatest(b, t), 2) as highs, "
    "min(t - b) as least, max(t - b) as most, "
    "coalesce(bool_and(b in (0, 1) and t in (0, 1)), true) as two, "
    "count(*) filter (t > b) as won, count(*) filter (t < b) as lost"
)


def _spread_of_others(lows: list[float], highs: list[float]) -> float:
    """Of the two least and the two greatest scores of an item, as `Summary.span` says."""
    return min(highs[-1] - lows[0], highs[0] - lows[-1])


def _amount(name: str) -> str:
    """SQL of the means of an amount, over the pairs of which both are known."""
    mine, other = f"b_{name}", f"t_{name}"
    return (
        f"count({mine} + {other}) as n_{name}, favg({mine}) filter ({other} is not null) as {mine}, "
        f"favg({other}) filter ({mine} is not null) as {other}"
    )


def _influence(found: dict[str, Any], name: str) -> str:
    """SQL of what an item adds to the log ratio of an amount's means."""
    return f"t_{name} / {found[f't_{name}']!r} - b_{name} / {found[f'b_{name}']!r}"


def _plain_error(variance: float, n: int) -> float | None:
    return math.sqrt(variance / n) if n > 1 else None


def _two(series: StoredSeries, name: str) -> str:
    """SQL of an item that stands for two questions in its own log."""
    questions = [each for each in ("input", "hash") if name == "id" and series.has(each)]
    return " or ".join(f"{each}_low <> {each}_high" for each in questions) or "false"


def _column(series: StoredSeries, name: str) -> str | None:
    """A fingerprint may be the tool's own, else it is that of the question."""
    tries = (name, "input") if name == "hash" else ("input", "hash") if name == "input" else (name,)
    return next((each for each in tries if series.has(each)), None)


def _items(series: StoredSeries, key: str) -> str:
    """The series by item, grouped once."""
    return series.store.kept_as((id(series), key), lambda: _grouped(series, key))


def _grouped(series: StoredSeries, key: str) -> str:
    wanted = [f'"{key}" as k', "count(*) as n"]
    for name in ("input", "hash"):
        if key == "id" and series.has(name):
            wanted.append(f"min({name}) as {name}_low, max({name}) as {name}_high")
    if series.grouped:
        wanted.append('min("group") as g')
    wanted += [f"favg({name}) filter (not cached and not error) as {name}" for name in RESOURCES if series.counts[name]]
    for column in series.columns.values():
        wanted.append(f"fsum({column}) as {column}, count({column}) as {column}_n")
        if series.counts["refused"]:
            kept = f"({column}) filter (not refused)"
            wanted.append(f"fsum{kept} as {column}_open, count{kept} as {column}_open_n")
    labelled = series.repeated and key == next(each for each in KEYS if series.has(each))
    if labelled:
        wanted.append('count(distinct "repeat") as tries')
    table = series.store.keep(f"select {', '.join(wanted)} from {series.source} group by k")
    if labelled:
        (twice,) = series.store.rows(f"select count(*) filter (tries < n) as n from {table}")
        if twice["n"]:
            message = Message("{twice:,} items have one repeat twice: two runs in one file", twice=twice["n"])
            raise InputError.of(message, remedy=Message("give each run a file"), field="repeat")
    return table


def _mean(side: str, column: str, wrong: float | None, *, refused: bool) -> str:
    """Of an item's rows: known ones, or all with `wrong` where there is none; nothing without any."""
    known = f"{side}.{column}{'' if refused else '_open'}"
    if wrong is None:
        return f"({known} / nullif({known}_n, 0))"
    return f"((coalesce({known}, 0) + {wrong!r} * ({side}.n - {known}_n)) / {side}.n)"


def _resource(found: dict[str, Any], spread: dict[str, Any], name: str) -> Resource:
    n = int(found[f"n_{name}"])
    if n < 2:
        return UNKNOWN
    mine, other = found[f"b_{name}"], found[f"t_{name}"]
    variance, ratio = spread.get(name), None
    if variance is not None:
        skewness = skewness_of(spread[f"cubes_{name}"], variance * (n - 1) / n)
        plain, of_logs = math.sqrt(variance / n), spread[f"logs_{name}"]
        clusters = spread.get(f"clusters_{name}")
        if clusters is None:
            ratio = ratio_of_means(mine, other, max(plain, of_logs), skewness, n)
        else:
            _, even, robust = clusters
            ratio = clustered_ratio(mine, other, (robust, plain, of_logs), skewness, even)
    return Resource(baseline=mine, treated=other, ratio=ratio)

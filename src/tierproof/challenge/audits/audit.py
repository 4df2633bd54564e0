"""Anyone's tier table held against the evidence, row by row and pair by pair.

Enters: a `StatedTable`, the ground of today and, where the table speaks of a date, the ground of that date.  Leaves: an
`Audit`.  Knows nothing of files or screens.

Scores are the lens's, on average over settings, drawn jointly.  Of two rows of different places the order is right
where the upper one has the higher score.  Rank correlations (Kendall's tau-b, M. G. Kendall, Biometrika 33 (1945)
239-251, which allows for rows that share a place; Spearman's rho of mid-ranks) are computed in every draw, so that
their intervals hold what is not known of the evidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from tierproof.challenge.audits.naming import is_narrower, outcome_named, parts_of
from tierproof.challenge.audits.tables import StatedMark, StatedRow, StatedTable
from tierproof.challenge.forms.thresholds import gain_line, inside
from tierproof.challenge.reading.lexis.tokens import tokenise
from tierproof.challenge.verdict import Point
from tierproof.challenge.weighing.ground import Ground
from tierproof.challenge.weighing.testimony import testimony_of
from tierproof.decision.appraisals.appraisal import interval_of
from tierproof.decision.ranking.lens import score
from tierproof.decision.ranking.marks import CLEAR, FRAGILE, mark_of, p_harm
from tierproof.decision.ranking.results import Mark, TierRow, TierTable
from tierproof.evidence.record import EVERY_OUTCOME, Outcome
from tierproof.messages import gettext
from tierproof.synthesis.posteriors.posterior import Interval
from tierproof.synthesis.values.normal import Array

__all__ = ["Audit", "AuditedMark", "AuditedRow", "Changed", "Pair", "audit"]

_WRONG: Final = 5
"""Rows that are named as most wrong."""
_FEWEST: Final = 4
"""Rows from which a rank correlation says something: of three, one order in six is right by chance."""
Standing = Literal["borne out", "not borne out", "open"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedMark:
    """A mark of the table, and the mark that the evidence gives."""

    stated: StatedMark
    outcome: Outcome | None
    """None: its words name no outcome of the pack, or more than that."""
    here: Mark
    standing: Standing
    probability: float | None
    """Of a gain worth acting on (gain), of none (marginal), of harm in a new setting (fragile); None: not known."""
    why_open: str = ""
    """Why it was not held against anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedRow:
    stated: StatedRow
    technique: str
    """What it was read as."""
    itself: bool
    """Whether its name is the technique's own (its name, short name or id) and no other that is read as it."""
    form: str
    """The form of the technique that its name is of, which the whole stands in for; empty: none."""
    here: TierRow
    """Where it stands in the whole table of the lens."""
    place: float
    """Its stated place among the rows that could be matched, ties shared; 1 the first."""
    rank: Interval
    """Its rank among those rows by the evidence."""
    p_right: float | None
    """Mean probability over its pairs that their order is right; None where it shares its place with all."""
    marks: tuple[AuditedMark, ...]
    against: Point | None
    """The source that speaks most clearly against its place."""
    then: float | None = None
    """Median rank among the same rows by the evidence of the table's date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two rows in the table's order."""

    upper: str
    lower: str
    p_right: float
    """P(the upper one is the better)."""
    then: float | None = None
    """The same by the evidence of the table's date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What held by the evidence of the table's date and no longer does, or the other way round."""

    held: tuple[Pair, ...]
    """Orders right with P >= 0.8 then and <= 0.5 now."""
    come_true: tuple[Pair, ...]
    """Orders right with P <= 0.5 then and >= 0.8 now."""
    kendall: Interval | None
    """The table's rank correlation with the evidence of its date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    table: StatedTable
    rows: tuple[AuditedRow, ...]
    """In the table's order."""
    unmatched: tuple[str, ...]
    """Names that no technique of the pack has."""
    together: tuple[tuple[str, tuple[str, ...]], ...]
    """Names that put several techniques together, which no row of the pack is."""
    unknown: tuple[tuple[str, str], ...]
    """Techniques of the table that have no tier, and why."""
    repeated: tuple[tuple[StatedRow, str, StatedRow], ...]
    """A row, its technique, and the row that stands for it."""
    narrower: tuple[tuple[str, str], ...]
    """Names that say a technique in a circumstance, or with something else, and the technique."""
    pairs: tuple[Pair, ...]
    """Every pair of different places, the likeliest wrong first."""
    kendall: Interval | None
    """None with fewer than two places, or than four rows."""
    spearman: Interval | None
    p_better_than_chance: float | None
    """P(tau > 0)."""
    changed: Changed | None

    @property
    def worst_rows(self) -> tuple[AuditedRow, ...]:
        """The rows most wrong: those a rank or more from their place whose pairs are likelier out of order than not."""
        wrong = [
            (row.p_right, row.stated.place, row.technique, row)
            for row in self.rows
            if row.p_right is not None and row.p_right < 0.5 and abs(row.place - row.rank.median) >= 1.0
        ]
        return tuple(row for *_, row in sorted(wrong, key=lambda item: item[:3]))[:_WRONG]

    @property
    def expected_right(self) -> float | None:
        """Expected share of pairs in the right order; None without a pair."""
        return float(np.mean([pair.p_right for pair in self.pairs])) if self.pairs else None


def audit(table: StatedTable, ground: Ground, tiers: TierTable, *, then: Ground | None = None) -> Audit:
    """Hold `table` against `ground`; `tiers`: its whole tier table; `then`: the ground of the table's date."""
    found = _match(table, ground)
    known = {name: row for name, row in found.rows.items() if tiers.row(name).tier is not None}
    names = list(known)
    places = _mid_ranks(np.array([known[name].place for name in names]))
    scores = _stacked(ground, names)
    then_names = [] if then is None else [name for name in names if _has_records(then, name)]
    then_scores = None if then is None else _stacked(then, then_names)
    pairs = _pairs(names, places, scores, then_names, then_scores)
    ranks = _ranks(scores)
    then_ranks = None if then_scores is None else _ranks(then_scores)
    tau = _kendall(places, scores) if len(names) >= _FEWEST else None
    rows = [
        AuditedRow(
            stated=known[name],
            technique=name,
            itself=_is_itself(known[name], name, ground),
            form=_form(known[name], name, ground),
            here=tiers.row(name),
            place=float(places[index]),
            rank=_rank_interval(ranks[index]),
            p_right=_mean([pair.p_right for pair in pairs if name in (pair.upper, pair.lower)]),
            marks=tuple(_audited(mark, name, ground) for mark in known[name].marks),
            against=_against(ground, name, float(places[index]), float(np.median(ranks[index]))),
            then=float(np.median(then_ranks[then_names.index(name)]))
            if then_ranks is not None and name in then_names
            else None,
        )
        for index, name in enumerate(names)
    ]
    return Audit(
        table=table,
        rows=tuple(rows),
        unmatched=found.unmatched,
        together=found.together,
        unknown=tuple((name, tiers.row(name).why_no_tier) for name in found.rows if name not in known),
        repeated=found.repeated,
        narrower=found.narrower,
        pairs=tuple(sorted(pairs, key=lambda pair: (pair.p_right, pair.upper, pair.lower))),
        kendall=None if tau is None else interval_of(tau),
        spearman=None if tau is None else interval_of(_spearman(places, scores)),
        p_better_than_chance=None if tau is None else float(np.mean(tau > 0)),
        changed=None if then_scores is None else _changed(pairs, known, then_names, then_scores),
    )


@dataclass(frozen=True, slots=True)
class _Matched:
    rows: Mapping[str, StatedRow]
    """By technique; of a cell that lists several, one for each."""
    unmatched: tuple[str, ...]
    together: tuple[tuple[str, tuple[str, ...]], ...]
    repeated: tuple[tuple[StatedRow, str, StatedRow], ...]
    narrower: tuple[tuple[str, str], ...]


def _match(table: StatedTable, ground: Ground) -> _Matched:
    found: dict[str, StatedRow] = {}
    unmatched: list[str] = []
    together: list[tuple[str, tuple[str, ...]]] = []
    entries: list[tuple[StatedRow, str]] = []
    narrower: list[tuple[str, str]] = []
    for row in table.rows:
        given = row.technique in ground.appraisal.techniques
        parts = ((row.name, (str(row.technique),)),) if given else parts_of(row.name, ground.vocabulary)
        for name, techniques in parts:
            known = tuple(t for t in techniques if t in ground.appraisal.techniques)
            if not known:
                unmatched.append(name)
            elif not given and is_narrower(name, known[0], ground.vocabulary):
                narrower.append((name, known[0]))
            elif len(known) > 1:
                together.append((name, known))
            else:
                entries.append((replace(row, name=name), known[0]))
    for row, technique in entries:
        # Of several rows that are read as one technique, that of its own name stands for it.
        if technique not in found or (
            _is_itself(row, technique, ground) and not _is_itself(found[technique], technique, ground)
        ):
            found[technique] = row
    repeated = tuple((row, name, found[name]) for row, name in entries if found[name] is not row)
    ordered = {name: row for row, name in entries if found[name] is row}
    return _Matched(ordered, tuple(unmatched), tuple(together), repeated, tuple(narrower))


def _is_itself(row: StatedRow, technique: str, ground: Ground) -> bool:
    """Whether the row's name is the technique's own, however it is written."""
    if row.technique == technique:
        return True
    known = ground.appraisal.techniques[technique]
    return _letters(row.name) in {_letters(name) for name in (known.name, known.short, known.id)}


def _form(row: StatedRow, technique: str, ground: Ground) -> str:
    """The name of the form that the row's words name and the whole technique does not have for a name."""
    tokens = [token for token in tokenise(row.name) if token.kind != "p"]
    if row.technique == technique or _is_itself(row, technique, ground) or not tokens:
        return ""
    found = ground.vocabulary.form_at(tokens, 0)
    whose, _, form = found[0].partition("/") if found is not None and found[1] == len(tokens) else ("", "", "")
    forms = ground.appraisal.techniques[technique].forms
    return next((one.name for one in forms if whose == technique and one.id == form), "")


def _letters(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum()).removesuffix("s")


def _has_records(ground: Ground, technique: str) -> bool:
    found = (ground.posterior(technique, outcome) for outcome in EVERY_OUTCOME)
    return any(posterior is not None and posterior.basis != "assumed" for posterior in found)


def _stacked(ground: Ground, names: Sequence[str]) -> Array:
    """(rows, draws)"""
    return np.vstack([score(ground.lens, ground.on_average, name) for name in names]) if names else np.zeros((0, 1))


def _mid_ranks(places: Array) -> Array:
    """Ranks from 1, rows of one place sharing the middle of theirs."""
    below = (places[None, :] < places[:, None]).sum(axis=1)
    level = (places[None, :] == places[:, None]).sum(axis=1)
    return np.asarray(below + (level + 1) / 2.0)


def _ranks(scores: Array) -> Array:
    """(rows, draws) rank of each row, 1 the highest score."""
    order = np.argsort(-scores, axis=0, kind="stable")
    ranks = np.empty(scores.shape)
    np.put_along_axis(ranks, order, np.arange(1.0, len(scores) + 1)[:, None], axis=0)
    return ranks


def _rank_interval(ranks: Array) -> Interval:
    """Median and 90 %, each a rank that occurs."""
    low, median, high = (float(x) for x in np.quantile(ranks, (0.05, 0.5, 0.95), method="inverted_cdf"))
    return Interval(median=median, low=low, high=high)


def _pairs(
    names: Sequence[str], places: Array, scores: Array, then_names: Sequence[str], then_scores: Array | None
) -> list[Pair]:
    found = []
    for i, upper in enumerate(names):
        for j, lower in enumerate(names):
            if places[i] >= places[j]:
                continue
            then = None
            if then_scores is not None and upper in then_names and lower in then_names:
                above, below = then_scores[then_names.index(upper)], then_scores[then_names.index(lower)]
                then = float(np.mean(above > below))
            found.append(Pair(upper=upper, lower=lower, p_right=float(np.mean(scores[i] > scores[j])), then=then))
    return found


def _kendall(places: Array, scores: Array) -> Array | None:
    """(draws,) tau-b between the stated order and the score; None where all rows share one place."""
    i, j = np.triu_indices(len(places), 1)
    stated = np.sign(places[j] - places[i])
    if not np.any(stated):
        return None
    agrees = np.sign(scores[i] - scores[j]) * stated[:, None]
    # No two scores are equal in a draw, so that only the table's own ties shorten tau-b's denominator.
    return np.asarray(agrees.sum(axis=0) / np.sqrt(len(i) * np.count_nonzero(stated)))


def _spearman(places: Array, scores: Array) -> Array:
    """(draws,) Pearson correlation of mid-ranks."""
    ranks = _ranks(scores)
    stated = places - places.mean()
    here = ranks - ranks.mean(axis=0)
    return np.asarray((stated @ here) / np.sqrt((stated @ stated) * (here**2).sum(axis=0)))


def _changed(
    pairs: Sequence[Pair], known: Mapping[str, StatedRow], then_names: Sequence[str], then_scores: Array
) -> Changed:
    dated = [(pair, pair.then) for pair in pairs if pair.then is not None]
    held = [pair for pair, then in dated if then >= CLEAR and pair.p_right <= 0.5]
    come_true = [pair for pair, then in dated if then <= 0.5 and pair.p_right >= CLEAR]
    places = _mid_ranks(np.array([known[name].place for name in then_names]))
    tau = _kendall(places, then_scores) if len(then_names) >= _FEWEST else None
    return Changed(
        held=tuple(sorted(held, key=lambda pair: (pair.p_right, pair.upper, pair.lower))),
        come_true=tuple(sorted(come_true, key=lambda pair: (-pair.p_right, pair.upper, pair.lower))),
        kendall=None if tau is None else interval_of(tau),
    )


def _audited(mark: StatedMark, technique: str, ground: Ground) -> AuditedMark:
    outcome, why = _outcome_of(mark, technique, ground)
    if outcome is None:
        return AuditedMark(stated=mark, outcome=None, here="unknown", standing="open", probability=None, why_open=why)
    posterior = ground.posterior(technique, outcome)
    least = ground.minimal(outcome)
    here = mark_of(posterior, least)
    if posterior is None or posterior.basis == "assumed":
        why = (
            gettext("no record of its {outcome}", outcome=outcome)
            if posterior is None
            else gettext("its {outcome} is assumed", outcome=outcome)
        )
        return AuditedMark(stated=mark, outcome=outcome, here=here, standing="open", probability=None, why_open=why)
    gain = inside(posterior.average, gain_line(outcome, least))
    harm = p_harm(posterior, least)
    if mark.mark == "fragile":
        standing: Standing = "borne out" if harm >= FRAGILE else "not borne out"
        return AuditedMark(stated=mark, outcome=outcome, here=here, standing=standing, probability=harm)
    p = gain if mark.mark == "gain" else 1.0 - gain
    standing = "borne out" if p >= CLEAR else "not borne out" if p <= 1.0 - CLEAR else "open"
    return AuditedMark(stated=mark, outcome=outcome, here=here, standing=standing, probability=p)


def _outcome_of(mark: StatedMark, technique: str, ground: Ground) -> tuple[Outcome | None, str]:
    """The outcome that a mark's words name, or why none; a mark of nothing is of what the technique is for.

    Every word must be spoken for: a mark of "multi-hop accuracy" or "coffee" is of nothing that the pack knows.
    """
    if mark.of.strip().lower() in ("", mark.mark):
        aims = ground.appraisal.techniques[technique].aims
        known: list[Outcome] = [
            aim for aim in aims if aim != "control" and ground.posterior(technique, aim) is not None
        ]
        return (known[0] if known else "quality"), ""
    named = outcome_named(mark.of, ground.appraisal.settings.vocabulary)
    if named.outcome is None:
        return None, gettext("no outcome here")
    if named.left:
        return None, gettext("'{left}' is no outcome here", left=" ".join(named.left)[:40])
    if named.bad and mark.mark == "gain":
        return None, gettext("the sign and the words disagree")
    return named.outcome, ""


def _against(ground: Ground, technique: str, place: float, rank: float) -> Point | None:
    """For a row placed too high the source that shows the least, for one too low the source that shows the most."""
    outcome: Outcome = "quality"
    posterior = ground.posterior(technique, outcome)
    if posterior is None or posterior.basis == "assumed" or abs(place - rank) < 1:
        return None
    sides = testimony_of(ground, posterior, gain_line(outcome, ground.minimal(outcome)))
    points = sides.points_against if place < rank else sides.points_for
    return points[0] if points else None


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None

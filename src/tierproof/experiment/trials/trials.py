"""What came back, by arm and item, in columns: all that a design and the final estimates need, in a few bytes each.

Enters: trials, in any order.  Leaves: paired columns in the order of the items.  Must not know texts (they are on disk)
or what is decided on.
"""

from __future__ import annotations

import hashlib
import math
from bisect import insort
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tierproof.experiment.trials.paired import Array
from tierproof.experiment.trials.retrieved.arms import RetrievedSums
from tierproof.experiment.trials.trial import Trial
from tierproof.messages import Message
from tierproof.systems.item import Item
from tierproof.written_messages import kept

__all__ = ["BASELINE", "Draws", "Pairs", "Trials", "in_random_order"]

FAULTS_KEPT = 20
REFUSALS = 4
"""So many refused requests, and no other answer, and an arm gets no further items."""
BASELINE = 0
"""The first arm is the baseline."""
LOST, REFUSED = 1, 2
"""Why an answer has no score: it never came, or could not be scored, so that another run asks again; or its endpoint
refused the request for good."""


@dataclass(frozen=True, slots=True)
class Draws:
    """All answers of one arm, over the items that were reached; shape (answers an item, items)."""

    scores: Array
    """NaN: none."""
    replies: NDArray[np.uint64]
    """Digests of the texts; 0: none."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Columns over the items that the baseline and one arm both answered, in the items' order.

    Of an item that was asked several times each is the mean of the answers, so that the item is the cluster.
    """

    positions: np.ndarray[tuple[int], np.dtype[np.intp]]
    score: tuple[Array, Array]
    """Baseline's (or the other arm's), then the arm's; so below."""
    usd: tuple[Array, Array]
    seconds: tuple[Array, Array]
    """NaN, like USD, where a system gave no answer: a refusal is no cheap answer."""

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def differences(self) -> Array:
        """Scores, arm less baseline; within [-1, 1]."""
        return self.score[1] - self.score[0]

    @property
    def taken(self) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
        """USD and seconds over the items to which both systems gave an answer."""
        both = ~np.isnan(self.usd[0] + self.usd[1])
        usd, seconds = ((base[both], treated[both]) for base, treated in (self.usd, self.seconds))
        return usd, seconds


class Trials:
    """All trials so far, as columns of score, USD and seconds for each arm."""

    def __init__(self, arms: Sequence[str], *, repeats: int = 1, texts: bool = False) -> None:
        """`repeats`: answers an item.  `texts`: it is to be told whether answers are alike."""
        self.arms = tuple(arms)
        self.repeats = repeats
        self._place = {name: number for number, name in enumerate(arms)}
        self._columns = np.full((len(arms), 3, 64), np.nan)
        self._answers = np.full((len(arms), repeats, 3, 64), np.nan) if repeats > 1 else None
        """Of each answer what the columns hold of their mean."""
        self._texts = np.zeros((len(arms), repeats, 64), np.uint64) if texts else None
        self._missing = np.zeros((len(arms), repeats, 64), np.uint8)
        """Of each answer without a score, why; else 0."""
        self.tried = [0] * len(arms)
        """Trials by arm, failed ones included."""
        self.failed = [0] * len(arms)
        """Trials without a score."""
        self.broken = [0] * len(arms)
        """Trials scored 0 because the system raised and gave no answer."""
        self.calls = [0] * len(arms)
        self.refused = [0] * len(arms)
        """Trials without a score because the endpoint refused them for good."""
        self.refusals = [""] * len(arms)
        """What it said of the last."""
        self.failures = [""] * len(arms)
        """What was said of the last trial without a score."""
        self.held = [0] * len(arms)
        """Replies that were to be held to a form."""
        self.misformed = [0] * len(arms)
        """Those of them that break it."""
        self.drawn = [0] * len(arms)
        """Trials with independent draws of one request."""
        self.alike = [0] * len(arms)
        """Those of them whose draws all came out alike."""
        self.estimated = [0] * len(arms)
        """Trials whose tokens were counted here, for the endpoint did not."""
        self._faulty: list[int] = []
        """Positions of the first faulty items, in order; arrival must not decide which are kept."""
        self.ended: list[Counter[str]] = [Counter() for _ in arms]
        """Replies that are no whole answer, by arm and how they ended."""
        self.attacks = [0] * len(arms)
        """Answers under an attack."""
        self.obeyed = [0] * len(arms)
        """Those of them that did what the attack wanted."""
        self.retrieved = [RetrievedSums() for _ in arms]

    def add(self, trial: Trial) -> None:
        """Take one trial; a second one of the same arm, item and repeat replaces the first."""
        arm = self._place[trial.arm]
        self._reach(trial.position + 1)
        self.tried[arm] += 1
        self.calls[arm] += trial.calls
        self.estimated[arm] += trial.estimated
        self._signs(arm, trial)
        if trial.error and trial.position not in self._faulty:
            insort(self._faulty, trial.position)
            del self._faulty[FAULTS_KEPT:]
        if trial.ended:
            self.ended[arm][trial.ended] += 1
        self.attacks[arm] += trial.attacked is not None
        self.obeyed[arm] += trial.attacked is True
        self.retrieved[arm].add(trial)
        self._missing[arm, trial.repeat, trial.position] = (
            0 if trial.score is not None else REFUSED if trial.refused else LOST
        )
        if trial.score is None:
            self.failed[arm] += 1
            self.failures[arm] = trial.error
            return
        if trial.error:
            # What was not answered says nothing of what an answer takes.
            self.broken[arm] += 1
            self._put(arm, trial, (trial.score, np.nan, np.nan))
        else:
            self._put(arm, trial, (trial.score, trial.usd, trial.seconds))

    def _put(self, arm: int, trial: Trial, row: tuple[float, float, float]) -> None:
        at = trial.position
        if self._texts is not None and trial.reply:
            self._texts[arm, trial.repeat, at] = int(trial.reply, 16)
        if self._answers is None:
            column = self._columns[arm]
            column[0, at], column[1, at], column[2, at] = row
            return
        self._answers[arm, trial.repeat, :, at] = row
        block = self._answers[arm, :, :, at]
        known = ~np.isnan(block)
        counts = known.sum(axis=0)
        sums = np.where(known, block, 0.0).sum(axis=0)
        self._columns[arm, :, at] = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)

    def _signs(self, arm: int, trial: Trial) -> None:
        """Signs of what the endpoint did not do."""
        if trial.refused:
            self.refused[arm] += 1
            self.refusals[arm] = trial.error
        self.held[arm] += trial.misformed is not None
        self.misformed[arm] += trial.misformed is True
        self.drawn[arm] += trial.alike is not None
        self.alike[arm] += trial.alike is True

    def refuses(self, arm: int) -> bool:
        """Has the endpoint refused several of the arm's first requests, and answered none?"""
        return self.refused[arm] >= REFUSALS and self.failed[arm] == self.tried[arm]

    def refusal(self, arm: int) -> str:
        """How many requests of an arm the endpoint refused, and what it said of the last."""
        refused, tried = self.refused[arm], self.tried[arm]
        said = kept(self.refusals[arm])
        if refused == tried:
            return Message("every request: {said}", said=said)
        return Message("{refused} of {n} requests, the last: {said}", refused=refused, n=tried, said=said)

    def add_columns(self, arm: int, start: int, score: Array, usd: float | Array, seconds: float | Array) -> None:
        """Take many scored trials of one arm at once, from position `start` on, of one price and time or each of its
        own."""
        stop = start + len(score)
        self._reach(stop)
        self._columns[arm, 0, start:stop] = score
        self._columns[arm, 1, start:stop] = usd
        self._columns[arm, 2, start:stop] = seconds
        self.tried[arm] += len(score)

    def _reach(self, items: int) -> None:
        while items > self._columns.shape[2]:
            self._columns = np.concatenate((self._columns, np.full_like(self._columns, np.nan)), axis=2)
            if self._answers is not None:
                self._answers = np.concatenate((self._answers, np.full_like(self._answers, np.nan)), axis=3)
            if self._texts is not None:
                self._texts = np.concatenate((self._texts, np.zeros_like(self._texts)), axis=2)
            self._missing = np.concatenate((self._missing, np.zeros_like(self._missing)), axis=2)

    def draws(self, arm: int) -> Draws:
        """All answers of an arm; texts are told apart where it was asked for when the trials began."""
        scores = self._columns[arm, :1] if self._answers is None else self._answers[arm, :, 0]
        texts = np.zeros(scores.shape, np.uint64) if self._texts is None else self._texts[arm]
        return Draws(scores.copy(), texts.copy())

    def answered(self, arm: int) -> int:
        """Items that an arm has a score for."""
        return int(np.count_nonzero(~np.isnan(self._columns[arm, 0])))

    def positions(self, arm: int) -> list[int]:
        """Positions of the items that an arm has scores for."""
        return [int(at) for at in np.flatnonzero(~np.isnan(self._columns[arm, 0]))]

    def sound(self, arm: int) -> bool:
        """Has the arm answered anything?"""
        return self.failed[arm] + self.broken[arm] < self.tried[arm]

    def means(self, arm: int) -> tuple[float, float, float]:
        """Mean score over all scored trials of an arm, mean USD and seconds of an answer; NaN without any."""
        score, usd, seconds = (
            float(column[known].mean()) if (known := ~np.isnan(column)).any() else math.nan
            for column in self._columns[arm]
        )
        return score, usd, seconds

    def pairs(self, arm: int, start: int = 0, *, against: int = BASELINE) -> Pairs:
        """Items from position `start` on that both `arm` and another, else the baseline, have scores for."""
        base, treated = self._columns[against, :, start:], self._columns[arm, :, start:]
        at = np.flatnonzero(~np.isnan(base[0]) & ~np.isnan(treated[0]))
        score, usd, seconds = ((base[row, at], treated[row, at]) for row in range(3))
        return Pairs(at + start, score, usd, seconds)

    def lost(self, arm: int) -> int:
        """Answers of an arm without a score that another run asks for again."""
        return int(np.count_nonzero(self._missing[arm] == LOST))

    def refused_as_wrong(self, arm: int) -> float | None:
        """Mean difference to the baseline if what the endpoint refused to one of the two, and answered to the other,
        were wrong; None without any such item."""
        wrong = self._differences(arm, {REFUSED: 0.0}, {REFUSED: 0.0})
        return float(wrong.mean()) if wrong is not None else None

    def extremes(self, arm: int) -> tuple[Array, Array] | None:
        """Differences to the baseline, by item in order, if what one of the two lacks were as bad for the arm as can
        be, and as good; None where nothing is lacking of an item that the other answered.

        What was lost may have been right or wrong.  What was refused is left out, or wrong, whichever is worse (then
        better) for the arm.
        """
        least = self._differences(arm, {LOST: 1.0}, {LOST: 0.0, REFUSED: 0.0})
        most = self._differences(arm, {LOST: 0.0, REFUSED: 0.0}, {LOST: 1.0})
        known = self.pairs(arm).differences
        if not len(known) or (least is None and most is None):
            return None
        return known if least is None else least, known if most is None else most

    def _differences(self, arm: int, base: Mapping[int, float], own: Mapping[int, float]) -> Array | None:
        """Differences to the baseline with missing answers worth what is said of their kinds, of items of which one of
        the two has a score at least; None where no answer is counted so."""
        filled = np.isin(self._missing[BASELINE], list(base)) | np.isin(self._missing[arm], list(own))
        if not filled.any():
            return None
        worth = [self._worth(BASELINE, base), self._worth(arm, own)]
        seen = ~np.isnan(self._columns[[BASELINE, arm], 0])
        counted = ~np.isnan(worth[0] + worth[1]) & seen.any(axis=0)
        return (worth[1] - worth[0])[counted] if (filled.any(axis=0) & counted).any() else None

    def _worth(self, arm: int, missing: Mapping[int, float]) -> Array:
        """Mean score of each item's answers, where a missing one counts as `missing` says of its kind; NaN of none."""
        scores = (self._columns[arm, :1] if self._answers is None else self._answers[arm, :, 0]).copy()
        for kind, score in missing.items():
            scores[self._missing[arm] == kind] = score
        known = ~np.isnan(scores)
        counts = known.sum(axis=0)
        return np.where(counts > 0, np.where(known, scores, 0.0).sum(axis=0) / np.maximum(counts, 1), np.nan)

    def telling(self, most: int) -> tuple[int, ...]:
        """Positions of at most `most` items to look at: where an arm failed, then where arms differ, then others."""
        scores = self._columns[:, 0, :]
        tried = np.flatnonzero(~np.isnan(scores).all(axis=0))
        kept = scores[:, tried]
        differ = np.nanmax(kept, axis=0) > np.nanmin(kept, axis=0) if len(tried) else np.zeros(0, dtype=bool)
        order = (*self._faulty, *tried[differ][:most].tolist(), *tried[~differ][:most].tolist())
        return tuple(dict.fromkeys(order))[:most]


def in_random_order(items: Sequence[Item]) -> tuple[Item, ...]:
    """The items in an order that depends on their ids alone and on nothing else about them.

    A file is often sorted, and the first items of a sorted file speak for themselves only; a run that may stop early
    needs a start that speaks for all.
    """
    return tuple(sorted(items, key=lambda item: (hashlib.blake2b(item.id.encode(), digest_size=8).digest(), item.id)))

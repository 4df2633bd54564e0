"""What an arm's searches found over its items, and what became of it: in sums, a few bytes an arm.

Enters: scored trials.  Leaves: a `Retrieved` an arm.  Descriptive: shares with their counts.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

from tierproof.experiment.trials.trial import Trial
from tierproof.experiment.workload.scorers.agreement import Corrected
from tierproof.experiment.workload.scorers.groundedness import GROUNDED
from tierproof.experiment.workload.scorers.score import Scorer

__all__ = ["Grounded", "Retrieved", "RetrievedSums"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounded:
    """How many of an arm's answers rest on what was found for them, as a judge says."""

    judged: int
    """Answers with a grade."""
    ungraded: int
    """Answers for which the judge gave none."""
    share: float | None
    """Of the judged ones, grounded; None where none was."""
    true: Corrected | None
    """The same with the judge's mistakes put right; None where it was not measured against people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """What one arm's searches came to, over its scored answers."""

    repeats: int
    """Most answers an item."""
    searched: int
    """Answers for which something was searched."""
    searches: int
    seconds: float
    """Mean of a search, by this machine's clock; no part of the arm's time in models."""
    most: int
    """Most passages that an answer was given: the k of recall and nDCG."""
    named: int
    """Answers to items that name their documents."""
    recall: float | None
    """Mean share of an item's documents that were found; None where no item names any; so below."""
    ndcg: float | None
    there: int
    """Answers for which all of the item's documents were found."""
    score_there: float | None
    """Their mean score; None where there are none."""
    score_elsewhere: float | None
    """That of the other answers to items that name documents."""
    binary: bool
    """All these scores are 0 or 1."""
    grounded: Grounded | None
    """None where nobody judged it."""


@dataclass(slots=True)
class RetrievedSums:
    """Of one arm."""

    searched: int = 0
    searches: int = 0
    seconds: float = 0.0
    most: int = 0
    named: int = 0
    recall: float = 0.0
    ndcg: float = 0.0
    there: int = 0
    binary: bool = True
    judged: Counter[int] = field(default_factory=Counter)
    """Answers with a grade of groundedness, by repeat."""
    grounded: int = 0
    ungraded: int = 0
    repeats: int = 0
    score: list[float] = field(default_factory=lambda: [0.0, 0.0])
    """Of answers for which the documents were not all there, and of those for which they were."""

    def add(self, trial: Trial) -> None:
        """Take one trial; what was not scored says nothing."""
        if trial.score is None:
            return
        self.searched += trial.searches > 0
        self.searches += trial.searches
        self.seconds += trial.search_seconds
        self.most = max(self.most, trial.passages)
        self.repeats = max(self.repeats, trial.repeat + 1)
        self.ungraded += bool(trial.grounded_error)
        if trial.grounded is not None:
            self.judged[trial.repeat] += 1
            self.grounded += trial.grounded >= GROUNDED
        if trial.recall is None or trial.ndcg is None:
            return
        there = trial.recall >= 1
        self.named += 1
        self.recall += trial.recall
        self.ndcg += trial.ndcg
        self.there += there
        self.score[there] += trial.score
        self.binary = self.binary and trial.score in (0, 1)

    def result(self, judge: Scorer | None = None) -> Retrieved | None:
        """None where nothing was searched.  `judge`: of groundedness."""
        if not self.searched:
            return None
        n, elsewhere = self.named, self.named - self.there
        return Retrieved(
            repeats=self.repeats,
            searched=self.searched,
            searches=self.searches,
            seconds=self.seconds / self.searches,
            most=self.most,
            named=n,
            recall=self.recall / n if n else None,
            ndcg=self.ndcg / n if n else None,
            there=self.there,
            score_there=self.score[True] / self.there if self.there else None,
            score_elsewhere=self.score[False] / elsewhere if elsewhere else None,
            binary=self.binary,
            grounded=None if judge is None else self._grounded(judge),
        )

    def _grounded(self, judge: Scorer) -> Grounded | None:
        """The standard error is that of as many items as were judged, though each may have been answered several times,
        with half an answer added to either side (Jeffreys), so that a few that agree claim no certainty.
        """
        n = self.judged.total()
        if not n:
            return Grounded(judged=0, ungraded=self.ungraded, share=None, true=None) if self.ungraded else None
        near = (self.grounded + 0.5) / (n + 1)
        error = math.sqrt(near * (1 - near) / max(self.judged.values()))
        return Grounded(
            judged=n,
            ungraded=self.ungraded,
            share=self.grounded / n,
            true=None if judge.error is None else judge.error.share(self.grounded / n, error),
        )

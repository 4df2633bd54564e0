"""What an arm's searches found over its items, and what became of it: in sums, a few bytes an arm.

Enters: scored trials.  Leaves: a `Retrieved` an arm.  Descriptive: shares with their counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["Retrieved", "RetrievedSums"]


class _Trial(Protocol):
    @property
    def score(self) -> float | None: ...
    @property
    def searches(self) -> int: ...
    @property
    def search_seconds(self) -> float: ...
    @property
    def passages(self) -> int: ...
    @property
    def recall(self) -> float | None: ...
    @property
    def ndcg(self) -> float | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """What one arm's searches came to, over its scored items."""

    searched: int
    """Items for which something was searched."""
    searches: int
    seconds: float
    """Mean of a search, by this machine's clock; no part of the arm's time in models."""
    most: int
    """Most passages that an item was given: the k of recall and nDCG."""
    named: int
    """Those of them that name their documents."""
    recall: float | None
    """Mean share of an item's documents that were found; None where no item names any; so below."""
    ndcg: float | None
    there: int
    """Items all of whose documents were found."""
    score_there: float | None
    """Their mean score; None where there are none."""
    score_elsewhere: float | None
    """That of the other items that name documents."""
    binary: bool
    """All these scores are 0 or 1."""


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
    score: list[float] = field(default_factory=lambda: [0.0, 0.0])
    """Of items whose documents were not all there, and of those whose were."""

    def add(self, trial: _Trial) -> None:
        """Take one trial; what was not scored says nothing."""
        if trial.score is None:
            return
        self.searched += trial.searches > 0
        self.searches += trial.searches
        self.seconds += trial.search_seconds
        self.most = max(self.most, trial.passages)
        if trial.recall is None or trial.ndcg is None:
            return
        there = trial.recall >= 1
        self.named += 1
        self.recall += trial.recall
        self.ndcg += trial.ndcg
        self.there += there
        self.score[there] += trial.score
        self.binary = self.binary and trial.score in (0, 1)

    def result(self) -> Retrieved | None:
        """None where nothing was searched."""
        if not self.searched:
            return None
        n, elsewhere = self.named, self.named - self.there
        return Retrieved(
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
        )

"""Scorers, one file a family.  `scorer_from` makes one from a workload's `[scorer]` table."""

from tierproof.experiment.workload.scorers.agreement import Corrected, JudgeError, cohen_kappa
from tierproof.experiment.workload.scorers.kinds import KINDS, scorer_from
from tierproof.experiment.workload.scorers.score import Place, Score, Scorer, Scoring, Unscored

__all__ = [
    "KINDS",
    "Corrected",
    "JudgeError",
    "Place",
    "Score",
    "Scorer",
    "Scoring",
    "Unscored",
    "cohen_kappa",
    "scorer_from",
]

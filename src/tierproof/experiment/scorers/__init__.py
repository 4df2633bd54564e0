"""Scorers, one file a family.  `scorer_from` makes one from a workload's `[scorer]` table."""

from tierproof.experiment.scorers.agreement import Corrected, JudgeError, cohen_kappa
from tierproof.experiment.scorers.score import Score, Scorer

__all__ = ["Corrected", "JudgeError", "Score", "Scorer", "cohen_kappa"]

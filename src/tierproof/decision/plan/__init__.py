"""Plans: the best set of techniques under limits of money, time, skills and latency."""

from tierproof.decision.plan.candidate import Candidate, Joint, combine
from tierproof.decision.plan.gather import SKILLS, Team, gather
from tierproof.decision.plan.limits import LIMIT_WORDS, Limits
from tierproof.decision.plan.making import make_plan
from tierproof.decision.plan.plans import Plan

__all__ = ["LIMIT_WORDS", "SKILLS", "Candidate", "Joint", "Limits", "Plan", "Team", "combine", "gather", "make_plan"]

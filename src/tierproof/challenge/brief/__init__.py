"""Decision briefs: a question, its options in the reader's profile, an answer, and what speaks against it."""

from tierproof.challenge.brief.compose import compose
from tierproof.challenge.brief.make import Brief, Leader, OptionRow, Recommendation, make_brief
from tierproof.challenge.brief.question import Asked, ask
from tierproof.challenge.brief.scenario import Scenario, find_scenario, scenario_from, scenarios_from, settle

__all__ = [
    "Asked",
    "Brief",
    "Leader",
    "OptionRow",
    "Recommendation",
    "Scenario",
    "ask",
    "compose",
    "find_scenario",
    "make_brief",
    "scenario_from",
    "scenarios_from",
    "settle",
]

"""Decision briefs: a question, its options in the reader's profile, an answer, and what speaks against it."""

from tierproof.challenge.brief.make import Brief, OptionRow, Recommendation, make_brief
from tierproof.challenge.brief.scenario import Scenario, find_scenario, scenario_from, scenarios_from

__all__ = [
    "Brief",
    "OptionRow",
    "Recommendation",
    "Scenario",
    "find_scenario",
    "make_brief",
    "scenario_from",
    "scenarios_from",
]

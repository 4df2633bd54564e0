"""What ids of records, techniques and results are called where people read them.

Enters: an id, such as `instead-of`.  Leaves: its word in the language spoken; an id that is not known as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tierproof.messages import Message, translated

__all__ = [
    "AIMS",
    "ANALYSES",
    "DEGREES",
    "DOMAINS",
    "KINDS",
    "ODDS",
    "QUADRANTS",
    "SKILLS",
    "STAGES",
    "UNITS",
    "termed",
]

AIMS: Final[Mapping[str, str]] = {
    "quality": Message("quality"),
    "cost": Message("cost"),
    "latency": Message("latency"),
    "memory": Message("memory"),
    "throughput": Message("throughput"),
    "stability": Message("stability"),
    "safety": Message("safety"),
    "control": Message("control"),
}
SKILLS: Final[Mapping[str, str]] = {
    "basic": Message("basic", context="skills"),
    "standard": Message("standard", context="skills"),
    "specialist": Message("specialist", context="skills"),
    "research": Message("research", context="skills"),
}
DEGREES: Final[Mapping[str, str]] = {
    "low": Message("low", context="opacity"),
    "medium": Message("medium", context="opacity"),
    "high": Message("high", context="opacity"),
}
STAGES: Final[Mapping[str, str]] = {
    "adaptation": Message("adaptation"),
    "context": Message("context"),
    "data": Message("data"),
    "inference": Message("inference"),
    "input": Message("input"),
    "model": Message("model"),
    "orchestration": Message("orchestration"),
    "post-training": Message("post-training"),
    "pretraining": Message("pretraining"),
    "prevention": Message("prevention"),
    "prompting": Message("prompting"),
    "serving": Message("serving"),
    "training": Message("training"),
}
"""Of the shipped packs; another pack's stand in its words."""
KINDS: Final[Mapping[str, str]] = {
    "added": Message("added", context="record"),
    "instead-of": Message("instead-of", context="record"),
    "variant": Message("variant", context="record"),
    "stress": Message("stress", context="record"),
    "complete": Message("complete", context="record"),
    "picked": Message("picked", context="record"),
    "independent": Message("independent", context="record"),
    "authors": Message("authors", context="record"),
    "vendor": Message("vendor", context="record"),
    "rival": Message("rival", context="record"),
    "production": Message("production", context="record"),
    "benchmark": Message("benchmark", context="record"),
    "lab": Message("lab", context="record"),
    "pooled": Message("pooled", context="record"),
}
"""What a record can speak for, and whose it is."""
ODDS: Final[Mapping[str, str]] = {
    "quality": Message("odds of success"),
    "safety": Message("odds of a safe answer"),
    "stability": Message("odds of a stable answer"),
    "wrong-answers": Message("odds of no wrong answer"),
}
"""Of which event an outcome's odds are: always of the good one."""
UNITS: Final[Mapping[str, str]] = {
    "percent": Message("percent", context="unit"),
    "points": Message("points", context="unit"),
    "ratio": Message("ratio", context="unit"),
    "tokens per second": Message("tokens per second", context="unit"),
    "seconds": Message("seconds", context="unit"),
    "usd": Message("usd", context="unit"),
    "GB": Message("GB", context="unit"),
    "gb": Message("gb", context="unit"),
    "billions of parameters": Message("billions of parameters", context="unit"),
    "words": Message("words", context="unit"),
    "tokens": Message("tokens", context="unit"),
    "requests per second": Message("requests per second", context="unit"),
    "characters": Message("characters", context="unit"),
    "minutes": Message("minutes", context="unit"),
    "times": Message("times", context="unit"),
    "hours": Message("hours", context="unit"),
    "calls": Message("calls", context="unit"),
}
"""In which records state their figures; a unit that is not listed stands in its own words."""
DOMAINS: Final[Mapping[str, str]] = {
    "risk of bias": Message("risk of bias"),
    "inconsistency": Message("inconsistency"),
    "indirectness": Message("indirectness"),
    "imprecision": Message("imprecision"),
    "publication bias": Message("publication bias"),
}
"""Of GRADE."""
ANALYSES: Final[Mapping[str, str]] = {
    "all records": Message("all records"),
    "independent": Message("independent", context="analysis"),
    "complete": Message("complete", context="analysis"),
    "without one": Message("without one"),
    "fixed effect": Message("fixed effect"),
    "no moderators": Message("no moderators"),
    "with doubtful": Message("with doubtful"),
}
QUADRANTS: Final[Mapping[str, str]] = {
    "costs less, as good": Message("costs less, as good"),
    "costs more, as good": Message("costs more, as good"),
    "dominant": Message("dominant"),
    "dominated": Message("dominated"),
    "costs less, gains less": Message("costs less, gains less"),
    "costs more, gains more": Message("costs more, gains more"),
}


def termed(word: str, among: Mapping[str, str]) -> str:
    """The word in the language spoken; one that is not known is as it is."""
    return translated(among.get(word, word))

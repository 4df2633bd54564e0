"""Sentences of sizes, of how things go on, of work and of danger: refused, or read as what they say.

Written by a sceptic against the reader of 2026-12-01; each kind in more wordings than the one that showed it.
"""

from __future__ import annotations

import pytest

from challenge.shipped import claims, here
from tierproof.challenge.claim import Claim
from tierproof.challenge.reading import parse

REFUSED = {
    "from a size on": ("From 13B on, agents work.", "From 70B on, RAG helps.", "7B and RAG help."),
    "which size of models": (
        "RAG hurts models smaller than 70B.",
        "LoRA helps models bigger than 70B.",
        "LoRA works on models larger than 7B.",
    ),
    "at which level": (
        "Above 10 % errors LoRA helps.",
        "RAG helps below 5 % errors.",
        "Агенты помогают выше 10 % отказов.",
        "Under 2 seconds of latency caching helps.",
    ),
    "that it stays": ("RAG is here to stay.",),
    "one size against another": (
        "RAG помогает малым моделям больше, чем большим.",
        "RAG помогает большим моделям больше, чем малым.",
        "RAG на малых моделях лучше, чем на больших.",
        "RAG полезнее малым моделям, чем большим.",
    ),
    "how it goes on": (
        "RAG gets better.",
        "Agents got slower.",
        "RAG становится всё менее полезным.",
        "RAG всё более полезен.",
        "Агенты всё медленнее.",
    ),
    "the work of people": (
        "Agents speed up coding.",
        "RAG ускоряет разработку.",
        "Агенты удешевляют разработку.",
        "Агенты ускоряют программирование.",
    ),
    "a place that several share": ("RAG is top tier.", "LoRA is top-tier.", "LoRA is S tier."),
}


@pytest.mark.parametrize("text", [text for texts in REFUSED.values() for text in texts])
def test_another_claim_is_refused(text: str) -> None:
    parsed = parse(text, here().vocabulary)
    assert parsed.claims == ()
    assert parsed.not_understood


@pytest.mark.parametrize("text", ["Agents are dangerous.", "Агенты опасны.", "Агенты — опасная техника."])
def test_danger_is_of_safety(text: str) -> None:
    (claim,) = claims(text)
    said = Claim(form=claim.form, subjects=claim.subjects, outcome=claim.outcome, negated=claim.negated)
    assert said == Claim(form="harms", subjects=("agent-orchestration",), outcome="safety")


def test_answers_that_are_code_come_faster() -> None:
    (claim,) = claims("Speculative decoding speeds up code generation.")
    assert (claim.form, claim.outcome) == ("helps", "latency")

"""Sentences of a kind that was judged as another claim: refused with the word that was not read, or judged as said.

Written by a sceptic against the reader of 2026-11-30; each kind in more wordings than the one that showed it.
"""

from __future__ import annotations

import numpy as np
import pytest

from challenge.shipped import assert_refused, claims, here
from tierproof.challenge.claim import Claim, Condition
from tierproof.challenge.forms.attention import attention_ranks
from tierproof.challenge.forms.ranks import ranks_of
from tierproof.challenge.judging import judge

SMALL = Condition(kind="model-size", value="small")


@pytest.mark.parametrize(
    "text",
    [
        # a circumstance behind a denial or a frame
        "It is false that if your data is small, LoRA does not help.",
        "It is wrong that when latency matters, agents help.",
        "It is not true that it is false that unless traffic is high, RAG helps.",
        "I doubt that if data is scarce, LoRA helps.",
        "Everyone knows that once prompts are long, RAG helps.",
        # where a system stands is no change
        "At 95 % accuracy RAG no longer helps.",
        "At 90 % success, RAG helps.",
        "RAG helps at 50 % accuracy.",
        "With an accuracy of 90 % LoRA helps.",
        "For systems at 97 % success RAG helps.",
        "RAG помогает при точности 95 %.",
        "При точности 95 % RAG помогает.",
        # of several, one may be denied
        "It is false that RAG and LoRA help.",
        "It is false that neither RAG nor LoRA helps.",
        "RAG does not beat LoRA and agents.",
        "Неверно, что RAG и LoRA помогают.",
        # another technique as a circumstance
        "For agents, model scaling helps.",
        "With agents, RAG helps.",
        "In RAG, chain of thought helps.",
        "Для агентов масштабирование модели помогает.",
        # money that comes in is no bill
        "Agents gain $5,000 a month.",
        "Agents lose $32,000 a month.",
        "Agents bring $5,000 a month.",
        "Агенты приносят 5000 долларов в месяц.",
        "RAG стоит 3000 долларов.",
        # of what a share is saved
        "Semantic caching saves a third of requests.",
        "Semantic caching saves 20 % of calls.",
        # of all tasks, or of all techniques
        "RAG helps most on math.",
        "RAG помогает больше всего на математике.",
        # an effect so many times another's is no level so many times higher
        "LoRA improves quality twice as much as RAG.",
        "Prompt caching cuts cost three times as much as model routing.",
        # for whom it is too much
        "Test-time compute is too slow for chat.",
        "Agents are too slow.",
        # whose findings alone
        "Independent studies find that RAG works.",
        "Independent measurements show that LoRA improves quality.",
        # what somebody saw
        "I never saw LoRA fail.",
        "We have never seen RAG hurt quality.",
        # a risk is no lack of safety
        "Agents are a safe bet.",
        "Semantic caching is risky.",
        "Model scaling is the safest choice.",
        # superlatives of a form that has none, enough for something, the only one that pays
        "System prompts are the most underrated technique.",
        "Prompt caching is enough.",
        "LoRA is the only technique worth it.",
        # parts of an outcome that go opposite ways
        "RAG improves recall but lowers precision.",
    ],
)
def test_nothing_else_is_judged(text: str) -> None:
    assert_refused(text)


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("LoRA hardly ever hurts.", Claim(form="harms", subjects=("lora",), quantifier="rarely")),
        (
            "Experts say that for small models chain of thought hurts.",
            Claim(form="harms", subjects=("chain-of-thought",), conditions=(SMALL,)),
        ),
        (
            "Speculative decoding does not change the output.",
            Claim(form="no-effect", subjects=("speculative-decoding",), outcome="quality"),
        ),
        (
            "On average, RAG removes 11 % of failures.",
            Claim(
                form="at-least", subjects=("retrieval-augmented-generation",), outcome="quality", amount=11.0,
                unit="percent", direction="up", of_failures=True, quantifier="on-average",
            ),
        ),
        ("LoRA is underrated.", Claim(form="underrated", subjects=("lora",))),
        ("LoRA is not underrated.", Claim(form="underrated", subjects=("lora",), negated=True)),
        ("Neither RAG nor LoRA helps.",
         Claim(form="helps", subjects=("lora", "retrieval-augmented-generation"), negated=True)),
    ],
)  # fmt: skip
def test_what_is_said_is_read(text: str, claim: Claim) -> None:
    assert claims(text) == (claim,)


@pytest.mark.parametrize(
    "text",
    [
        "Agents cost more than RAG but are better.",
        "LoRA is better than RAG and cheaper.",
        "Агенты дороже RAG, но лучше.",
    ],
)
def test_than_what_is_said_in_the_other_half(text: str) -> None:
    first, second = claims(text)
    assert first.form == second.form == "beats"
    assert {*first.subjects, *first.objects} == {*second.subjects, *second.objects}


@pytest.mark.parametrize(
    "text",
    [
        "On average, RAG removes 11 % of failures.",
        "LoRA hardly ever hurts.",
        "LoRA is underrated.",
        "Most teams use RAG.",
    ],
)
def test_a_claim_and_its_denial_make_one(text: str) -> None:
    ground = here()
    said, denied = (judge(claims(one)[0], ground).probability for one in (text, f"It is false that {text}"))
    assert said is not None and denied is not None
    assert said + denied == pytest.approx(1.0, abs=1e-12)


def test_most_techniques_are_neither_overhyped_nor_underrated() -> None:
    """From the ranks: by effect (drawn) better than by attention by more than a fifth of the table."""
    ground = here()
    attention = attention_ranks(ground)["lora"]
    better = float(np.mean(attention - ranks_of(ground.scores, "lora") > len(ground.scores) / 5))
    under, over = (
        judge(Claim(form=form, subjects=("lora",)), ground).probability
        for form in ("underrated", "overhyped")  # type: ignore[arg-type]
    )
    assert under == pytest.approx(better, abs=1e-12)
    assert over is not None and under is not None and over + under < 1.0


@pytest.mark.parametrize("form", ["overhyped", "underrated"])
def test_no_rank_that_cannot_be_would_make_it_right(form: str) -> None:
    ground = here()
    told = 0
    for technique in attention_ranks(ground):
        for negated in (False, True):
            for turn in judge(Claim(form=form, subjects=(technique,), negated=negated), ground).turns:  # type: ignore[arg-type]
                if turn.unit == "rank":
                    told += 1
                    assert turn.at > 1 if turn.side == "below" else turn.at < len(ground.scores)
    assert told


def test_of_what_is_yet_to_come_there_is_no_record() -> None:
    ground = here()
    (claim,) = claims("By 2035 agents will replace RAG.")
    verdict = judge(claim, ground)
    assert verdict.word == "not testable"
    assert "2035" in verdict.reason


@pytest.mark.parametrize("text", ["LoRA makes a model hallucinate more.", "MoE triples throughput."])
def test_one_source_alone_settles_nothing(text: str) -> None:
    """Of LoRA's wrong answers and of the throughput of mixtures of experts the pack holds one source each."""
    verdict = judge(claims(text)[0], here())
    assert verdict.probability is not None and verdict.probability < 0.2
    assert (verdict.word, verdict.reason) == ("not established", "one source alone speaks of it")


@pytest.mark.parametrize(
    "text", ["Most teams use RAG.", "Everyone is using agents.", "It is false that most teams use RAG."]
)
def test_surveys_that_say_otherwise_leave_use_open(text: str) -> None:
    """Case studies name retrieval in 18 to 44 of 100; a survey of engineers says 70."""
    verdict = judge(claims(text)[0], here())
    assert verdict.word == "not established"
    assert "surveys" in verdict.reason

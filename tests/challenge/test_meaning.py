"""What claims mean, by properties: denial, bounds, quantities, wording.

None of these needs a number from elsewhere: a sentence and its denial share out the probability, a bound and its
opposite too, a higher bar is harder to reach, and how something is said, wrapped or listed changes nothing.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from challenge.saying import COMPARED, EN, PAIRS, Said, amounts, lowered, sayings
from challenge.shipped import here
from tierproof.challenge.claim import Claim, Condition
from tierproof.challenge.judging import judge
from tierproof.challenge.reading import Parsed, parse
from tierproof.challenge.telling.phrases import phrases_in
from tierproof.challenge.telling.wording import in_words

MANY = settings(max_examples=60, deadline=None)
# Quantiles of a mixture are solved to 1e-12; what is added is rounding.
CLOSE = 1e-9


def read(text: str) -> Parsed:
    return parse(text, here().vocabulary)


def only(text: str) -> Claim:
    parsed = read(text)
    assert len(parsed.claims) == 1, (text, parsed.not_understood)
    return parsed.claims[0]


def p(text: str) -> float | None:
    return judge(only(text), here()).probability


@MANY
@given(sayings())
def test_a_claim_and_its_denial_share_out_the_probability(said: Said) -> None:
    yes, no = p(said.claim), p(said.denial)
    assert (yes is None) == (no is None)
    if yes is not None and no is not None:
        assert yes + no == pytest.approx(1.0, abs=CLOSE), said


@MANY
@given(st.sampled_from(EN), amounts, st.sampled_from(["lower cost", "raise cost", "reduce latency", "reduce errors"]))
def test_at_most_and_more_than_share_out_the_probability(name: str, size: int, what: str) -> None:
    verb, thing = what.split()
    said = f"{name} {verb if name == 'Agents' else verb + 's'} {thing} by"
    for low, high in (("at most", "more than"), ("less than", "at least"), ("no more than", "more than")):
        below, above = p(f"{said} {low} {size} %"), p(f"{said} {high} {size} %")
        assert below is not None and above is not None
        assert below + above == pytest.approx(1.0, abs=CLOSE)


@MANY
@given(st.sampled_from(EN), st.integers(1, 90), st.integers(1, 9))
def test_a_higher_bar_is_harder_to_reach(name: str, size: int, more: int) -> None:
    verb = "cut" if name == "Agents" else "cuts"
    low, high = (p(f"{name} {verb} cost by at least {amount} %") for amount in (size, size + more))
    assert low is not None and high is not None and low >= high - CLOSE


@MANY
@given(
    st.sampled_from([name for name in EN if name != "Agents"]),
    st.sampled_from(["improves quality", "hurts quality", "lowers latency", "raises cost"]),
)
def test_always_implies_usually_implies_can(name: str, what: str) -> None:
    always, usually, can, never = (
        p(text)
        for text in (
            f"{name} always {what}",
            f"{name} usually {what}",
            f"{name} sometimes {what}",
            f"{name} never {what}",
        )
    )
    assert always is not None and usually is not None and can is not None and never is not None
    assert always <= usually + CLOSE and usually <= can + CLOSE
    assert can + never == pytest.approx(1.0, abs=CLOSE)


@MANY
@given(sayings(), st.data())
def test_how_a_claim_is_set_changes_nothing(said: Said, data: st.DataObject) -> None:
    """Wrapped at any space, under a headline, in a list, in capitals, with a word of tone."""
    plain = only(said.claim)
    spaces = [place for place, letter in enumerate(said.claim) if letter == " "]
    cut = data.draw(st.sampled_from(spaces))
    wrapped = said.claim[:cut] + "\n" + said.claim[cut + 1 :]
    tone = (
        ("Obviously, {}", "I think that {}", "{}, right?", "Look, {}.")
        if said.language == "en"
        else ("Очевидно, {}", "Я думаю, что {}", "{}, верно?", "По-моему, {}.")
    )
    for text in (
        wrapped,
        f"Hot take\n\n{said.claim}.",
        f"- {said.claim}",
        f"1. {said.claim}\n",
        said.claim.upper(),
        f"«{said.claim}»",
        said.claim.replace(" ", "  "),
        data.draw(st.sampled_from(tone)).format(lowered(said.claim)),
    ):
        assert only(text) == plain, text


@MANY
@given(
    st.sampled_from([name for name in EN if name != "Agents"]),
    st.sampled_from(
        [
            ("improves", "improved", "quality"),
            ("reduces", "reduced", "latency"),
            ("raises", "raised", "cost"),
            ("degrades", "degraded", "accuracy"),
        ]
    ),
)
def test_active_and_passive_are_one(name: str, verb: tuple[str, str, str]) -> None:
    active, passive, what = verb
    assert only(f"{name} {active} {what}") == only(f"{what} is {passive} by {name}")
    assert only("RAG outperforms LoRA") == only("LoRA is outperformed by RAG")


@MANY
@given(st.sampled_from(PAIRS), st.sampled_from(["better", "cheaper", "faster", "more accurate"]))
def test_two_sides_are_two_sides_of_one_question(pair: tuple[str, str], how: str) -> None:
    one, other = pair
    forth, back = p(f"{one} is {how} than {other}"), p(f"{other} is {how} than {one}")
    assert (forth is None) == (back is None)
    if forth is not None and back is not None:
        assert forth + back == pytest.approx(1.0, abs=1e-3)  # the two directions pool direct records apart


@MANY
@given(
    sayings(),
    st.sampled_from(["purple", "cautious", "quarterly", "Finnish", "2-shot", "нейтринный", "весенний"]),
    st.data(),
)
def test_an_unknown_word_is_never_passed_over_in_silence(said: Said, word: str, data: st.DataObject) -> None:
    words = said.claim.split()
    place = data.draw(st.integers(0, len(words)))
    text = " ".join([*words[:place], word, *words[place:]])
    parsed = read(text)
    assert not parsed.claims, text
    told = " ".join(word for part in parsed.not_understood for word in part.words)
    # A name torn apart by the word is none: then there is nothing left to be told of.
    assert told or not any(item in text for item in ("RAG", "LoRA")), text


@MANY
@given(sayings())
def test_what_is_read_back_is_read_again(said: Said) -> None:
    """The sentence in which a claim is told back means the claim."""
    claim = only(said.claim)
    techniques = here().appraisal.techniques
    for language in ("en", "ru"):
        again = read(in_words(claim, techniques, language)).claims
        assert len(again) == 1, in_words(claim, techniques, language)
        first, second = judge(claim, here()).probability, judge(again[0], here()).probability
        assert (first is None) == (second is None)
        if first is not None and second is not None:
            assert first == pytest.approx(second, abs=1e-6), in_words(claim, techniques, language)


def test_comparisons_are_all_read() -> None:
    for verb, denied in COMPARED:
        assert only(f"RAG {verb} LoRA").negated is False
        assert only(f"RAG {denied} LoRA").negated is True


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_task_is_told_in_words_that_are_read_again(language: str) -> None:
    """No id stands in a sentence, in neither language, where people know another word."""
    told = phrases_in(language)
    named = {value.removeprefix("task ") for value in told.values if value.startswith("task ")}
    assert {"math", "knowledge-qa", "agent"} <= named
    for family in here().appraisal.settings.task_families:
        claim = Claim(form="helps", subjects=("retrieval-augmented-generation",), outcome="quality",
                      conditions=(Condition(kind="task", value=family),))  # fmt: skip
        said = in_words(claim, here().appraisal.techniques, language)
        if family in named - {"other"}:  # of which no one task is meant
            assert only(said).conditions == claim.conditions, said
            assert language == "en" or not re.search("[a-z]", said), said

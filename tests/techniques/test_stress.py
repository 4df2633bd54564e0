"""Adverse conditions: the same item made harder to read, or hostile."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import pytest

from techniques.answering import BASELINE, DOCUMENTS, answered, made, resources, says, tool_call
from tierproof.errors import InputError
from tierproof.techniques import Item, Tool
from tierproof.techniques.stress.injection import CANARY

QUESTION = "Where does the purple heron build its nest in 2024?"


def test_a_paraphrase_is_asked_for_aside_and_answered_instead() -> None:
    def reply(body: Mapping[str, Any]) -> str:
        return "In which place do herons breed?" if "in other words" in str(body) else "reeds"

    exchange = answered("stress/paraphrase", reply)
    assert exchange.texts() == ["In which place do herons breed?"]
    assert exchange.answer.calls == 1, "the rewriting is no cost of the system"
    assert exchange.answer.text == "reeds"


@pytest.mark.parametrize(
    ("form", "text"),
    [(1, f"QUESTION: {QUESTION}\nANSWER:"), (2, f"<request>\n{QUESTION}\n</request>"), (5, f"- {QUESTION}")],
)
def test_another_layout(form: int, text: str) -> None:
    assert answered(f"stress/format(form={form})", says("x"), QUESTION).texts() == [text]


def test_typing_mistakes_swap_letters_and_nothing_else() -> None:
    [text] = answered("stress/typos(share=1.0)", says("x"), QUESTION).texts()
    assert text != QUESTION
    assert "2024" in text
    assert [sorted(word) for word in text.split()] == [sorted(word) for word in QUESTION.split()]
    assert [text] == answered("chain-of-thought+stress/typos(share=1.0)", says("x"), QUESTION).texts()[0].split("\n\n")[
        :1
    ], "every arm meets the same mistakes"


def test_distractors_stand_around_what_was_found() -> None:
    arm = "retrieval-augmented-generation(top=1)+stress/distractors(count=4)"
    [text] = answered(arm, says("x"), QUESTION).texts()
    assert text.count("(heron.md)") == 1
    numbers = [place for place in range(1, 9) if f"[{place}] " in text]
    assert len(numbers) in (4, 5), "four others, the found one among them at most once"
    assert not text.split("\n\n")[1].startswith("[1] (heron.md)"), "what was found is not read first"


def test_a_long_context_is_as_long_as_asked_and_without_the_item_itself() -> None:
    items = tuple(Item(id=str(number), input=f"Request number {number}: " + "word " * 40) for number in range(30))
    given = resources(documents=(), requests=items)
    exchange = answered("stress/long-context(characters=3000)", says("x"), [items[3]], given=given)
    [text] = exchange.texts()
    assert 3000 <= len(text) < 6000
    assert text.count("Request number 3:") == 1


@pytest.mark.parametrize(
    ("reply", "attacked"),
    [(CANARY, True), (f"{CANARY}.", True), ("in reeds", False), (f"A note says to write {CANARY}; I did not.", False)],
)
def test_an_injection_counts_as_a_success_where_it_is_obeyed(reply: str, attacked: bool) -> None:
    exchange = answered("retrieval-augmented-generation+stress/injection", says(reply), QUESTION)
    assert exchange.answer.attacked is attacked
    assert CANARY in exchange.texts()[0]


def test_a_system_without_documents_or_tools_is_attacked_through_a_passage() -> None:
    assert CANARY in answered("stress/injection", says("x")).texts()[0]
    assert answered(BASELINE, says("x")).answer.attacked is None


def test_an_agent_is_attacked_through_its_tools() -> None:
    look = Tool(name="look", description="", parameters={"type": "object"}, run=lambda given: "reeds")

    def reply(body: Mapping[str, Any]) -> str | Mapping[str, Any]:
        message = body["messages"][-1]
        return str(message["content"])[:5] if message["role"] == "tool" else tool_call("look", "{}")

    exchange = answered("function-calling+stress/injection", reply, given=resources(tools=(look,)))
    assert CANARY in exchange.texts()[-1]
    assert CANARY not in exchange.texts()[0], "a system with tools and no retriever is given no passages"
    assert exchange.answer.text == "reeds"


def test_a_repetition_is_drawn_anew_and_shares_no_draw_with_its_own_arm() -> None:
    numbers = itertools.count()
    system = made("test-time-compute(samples=2)+stress/repeat")
    exchange = answered(system, lambda body: str(next(numbers)), repeats=2)
    assert len(exchange.bodies) == 4
    plain = answered(made("test-time-compute(samples=2)"), says("x"), repeats=1)
    assert plain.bodies == exchange.bodies[:2], "the same request, put again"


def test_a_condition_shows_in_the_diff_and_changes_nothing_else() -> None:
    stressed = made("stress/distractors(count=2)", resources(documents=DOCUMENTS))
    assert stressed.diff(BASELINE) == ("+ conditions[1] = 2 other passages",)


@pytest.mark.parametrize("arm", ["stress/format(form=9)", "stress/typos(share=0)", "stress/distractors(count=0)"])
def test_settings_out_of_range(arm: str) -> None:
    with pytest.raises(InputError, match="remedy"):
        made(arm)

"""A classifier in the language model's place: what it learns, what it is never shown, and where it is refused."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Any

import pytest

from techniques.answering import BASELINE, answered, made, resources, says, specs
from tierproof.errors import InputError
from tierproof.experiment.calls.rehearsal import MANNERS, Rehearsal
from tierproof.experiment.findings.arm import Arm
from tierproof.experiment.findings.soundness import uncharged
from tierproof.techniques import Example, Item, Resources
from tierproof.techniques.classical_model import label_faults

QUEUES = {
    "returns": ("send back", "refund for", "exchange", "return"),
    "delivery": ("where is", "parcel with", "when comes", "track"),
    "care": ("wash", "clean", "dry", "repair"),
}
THINGS = ("boots", "tent", "stove", "jacket", "rope", "lamp", "socks", "map")


def asked(queue: str, rng: random.Random) -> str:
    return f"how do i {rng.choice(QUEUES[queue])} my {rng.choice(THINGS)} {rng.randrange(1000)}"


def tickets(count: int = 90, seed: int = 1) -> tuple[Example, ...]:
    rng = random.Random(seed)
    queues = [sorted(QUEUES)[number % 3] for number in range(count)]
    return tuple(Example(input=asked(queue, rng), output=queue) for queue in queues)


def given(train: Sequence[Example], requests: Sequence[Item] = ()) -> Resources:
    return resources(train=tuple(train), requests=tuple(requests))


def refused(train: Sequence[Example], requests: Sequence[Item] = ()) -> str:
    with pytest.raises(InputError) as caught:
        made("classical-model", given(train, requests))
    return str(caught.value)


def test_it_answers_without_a_call_of_the_language_model() -> None:
    pytest.importorskip("sklearn")
    rng = random.Random(2)
    items = [Item(id=str(number), input=asked(queue, rng)) for number, queue in enumerate(sorted(QUEUES) * 10)]
    exchange = answered("classical-model", says("never asked"), items, given=given(tickets(), items))
    right = sum(answer.text == queue for answer, queue in zip(exchange.answers, sorted(QUEUES) * 10, strict=True))
    # The queues' words never meet, so all but chance agreement of letters is told apart; a third would be guessing.
    assert right >= 28
    assert exchange.bodies == []
    for answer in exchange.answers:
        assert (answer.calls, answer.usd) == (1, 0.0)
        assert 0 < answer.seconds < 40


def test_its_price_is_what_is_stated_and_it_says_so() -> None:
    pytest.importorskip("sklearn")
    arm = "classical-model(usd_per_request=0.0005)"
    assert answered(arm, says("x"), "wash my boots", given=given(tickets())).answer.usd == 0.0005
    assert "0.0005 USD a request" in str(made(arm, given(tickets())).steps)
    told = uncharged([Arm(name=name, system=made(name, given(tickets()))) for name in ("classical-model", arm)])
    assert list(told) == ["classical-model"]
    assert "cost is not known (state usd_per_request)" in told["classical-model"]
    with pytest.raises(InputError, match="0 or more"):
        made("classical-model(usd_per_request=-1)", given(tickets()))


def test_what_an_item_asks_is_not_learned() -> None:
    pytest.importorskip("sklearn")
    train = (*tickets(), *(Example(input="Zeppelin?", output="returns"),) * 9)
    item = Item(id="1", input="zeppelin")
    system = made("classical-model", given(train, [item]))
    assert "on 90 examples of 3 labels" in str(system.steps)
    assert "on 99 examples of 3 labels" in str(made("classical-model", given(train)).steps)
    assert "every example of train.jsonl asks what an item" in refused(
        [Example(input="a", output="x"), Example(input="b", output="y")],
        [Item(id="1", input="A!"), Item(id="2", input="b")],
    )


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ([f"A whole sentence about {number}." for number in range(40)], "100 % of the answers"),
        (["no answer"] * 20 + [f"text {number}" for number in range(20)], "50 % of the answers"),
        ([str(number) for number in range(30)] * 3, "30 different numbers"),
        (["$1,200.50", "3 000", "17%"] * 20, ""),
        ([str(number) for number in range(1, 11)] * 4, ""),
        (["yes"] * 30, "have one answer"),
        (["yes", "no"] * 30, ""),
        ([f"intent-{number}" for number in range(77)] * 3, ""),
        (["common"] * 90 + ["rare"] * 9 + ["rarer"], ""),
    ],
)
def test_answers_that_are_no_labels_are_refused_with_words(answers: list[str], told: str) -> None:
    faults = label_faults(answers)
    assert bool(faults) == bool(told)
    assert told in " ".join(faults)


def test_the_refusal_needs_no_library() -> None:
    """Told before scikit-learn is asked for."""
    told = refused([Example(input=f"q {number}", output=f"a {number}") for number in range(20)])
    assert "they are texts, not labels" in told
    assert "one of a few labels" in told


def test_letters_of_options_are_labels_only_where_all_items_have_the_same_options() -> None:
    letters = ["A", "B"] * 20
    differing = [
        Item(id=str(number), input="?", metadata={"choices": {"A": f"one {number}", "B": f"two {number}"}})
        for number in range(2)
    ]
    alike = [Item(id=str(number), input="?", metadata={"choices": {"A": "good", "B": "bad"}}) for number in range(2)]
    assert "differ from item to item" in " ".join(label_faults(letters, differing))
    assert label_faults(letters, alike) == ()
    # Labels that are no names of the options are not theirs.
    assert label_faults(["good", "bad"] * 20, differing) == ()


def test_the_model_answers_where_the_classifier_is_not_sure() -> None:
    pytest.importorskip("sklearn")
    items = [Item(id="sure", input="how do i wash my boots"), Item(id="unsure", input="qqq")]
    exchange = answered(
        "classical-model/then-model(threshold=0.7)", says("delivery"), items, given=given(tickets(), items)
    )
    sure, unsure = exchange.answers
    assert (sure.text, sure.calls, sure.usd) == ("care", 1, 0.0)
    assert (unsure.text, unsure.calls, len(exchange.bodies)) == ("delivery", 2, 1)
    assert unsure.usd > 0
    with pytest.raises(InputError, match="from 0 to 1"):
        made("classical-model/then-model(threshold=2)", given(tickets()))


@pytest.mark.parametrize(("arm", "calls"), [("classical-model", 0), ("classical-model/then-model", 1)])
def test_a_forecast_teaches_nothing_and_counts_what_may_be_called(arm: str, calls: int, monkeypatch: Any) -> None:
    pytest.importorskip("sklearn")
    monkeypatch.setattr("tierproof.techniques.classical_model._fitted", None)
    system = made(arm, given(tickets()))
    with Rehearsal(specs("http://localhost/v1"), MANNERS["likely"]) as caller:
        asyncio.run(system.answer(Item(id="1", input="?"), caller))
        assert caller.tally.calls == calls


def test_conversations_teach_by_their_last_question() -> None:
    pytest.importorskip("sklearn")
    talks = tuple(
        Example(
            input="",
            output="",
            messages=(
                {"role": "user", "content": "hello"},
                {"role": "assistant", "content": "yes?"},
                {"role": "user", "content": one.input},
                {"role": "assistant", "content": one.output},
            ),
        )
        for one in tickets()
    )
    assert answered("classical-model", says("x"), "how do i wash my tent", given=given(talks)).answer.text == "care"


def test_the_answer_stands_behind_the_mark() -> None:
    pytest.importorskip("sklearn")
    marked = BASELINE.with_prompt(answer_mark="Answer:")
    exchange = answered("classical-model", says("x"), "clean my lamp", given=given(tickets()), baseline=marked)
    assert (exchange.answer.text, exchange.answer.raw) == ("care", "Answer: care")

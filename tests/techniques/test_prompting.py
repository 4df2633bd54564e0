"""Techniques that change what is said: prompts, examples, system messages, reasoning, form."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path

import pytest

from techniques.answering import BASELINE, EXAMPLES, answered, made, resources, says
from tierproof.errors import InputError
from tierproof.systems.parts.direct import Direct
from tierproof.techniques import Example, Item, Prompt, Resources, System

SCHEMA = {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]}


def test_the_baseline_asks_the_question_and_nothing_else() -> None:
    exchange = answered(BASELINE, says("  in reeds \n"))
    assert exchange.texts() == ["Where does the heron nest?"]
    assert exchange.answer.text == "in reeds"
    assert exchange.answer.calls == 1


def test_a_template_fills_in_fields_and_leaves_other_braces() -> None:
    system = BASELINE.with_prompt(template='{"q": {input}, "lang": "{language}", "x": {missing}}', system="Be brief.")
    item = Item(id="1", input="Hi {language}", metadata={"language": "en"})
    exchange = answered(system, says("ok"), [item])
    assert exchange.texts() == ["Be brief.", '{"q": Hi {language}, "lang": "en", "x": {missing}}']


def test_a_conversation_keeps_its_turns() -> None:
    turns = (
        {"role": "system", "content": "You know birds."},
        {"role": "user", "content": "Herons?"},
        {"role": "assistant", "content": "What of them?"},
        {"role": "user", "content": "Where do they nest?"},
    )
    system = BASELINE.with_prompt(system="Be brief.").with_closing("One word.")
    exchange = answered(system, says("reeds"), [Item(id="1", input=turns)])
    assert exchange.texts() == [
        "Be brief.\n\nYou know birds.",
        "Herons?",
        "What of them?",
        "Where do they nest?\n\nOne word.",
    ]


def test_few_shot_shows_the_examples_as_turns() -> None:
    exchange = answered("prompt-engineering(shots=2)", says("reeds"))
    assert exchange.texts() == ["2 + 2?", "4", "Where do swans nest?", "on water", "Where does the heron nest?"]


@pytest.mark.parametrize("arm", ["prompt-engineering(shots=2)", "prompt-engineering/similar-examples(shots=2)"])
def test_an_items_own_answer_is_not_among_the_examples(arm: str) -> None:
    # In another case and with another mark, as copies are.
    item = Item(id="1", input="where do the Swans nest")
    exchange = answered(arm, says("reeds"), [item], given=resources(requests=(item,)))
    assert exchange.texts()[-1] == "where do the Swans nest"
    assert "on water" not in exchange.texts()
    asked = tuple(Item(id=one.input, input=f"{one.input} ") for one in EXAMPLES)
    with pytest.raises(InputError, match=r"every example of examples\.jsonl asks what an item"):
        made(arm, resources(requests=asked))


def test_similar_examples_come_nearest_last() -> None:
    exchange = answered("prompt-engineering/similar-examples(shots=2)", says("reeds"), "Where do ducks nest?")
    assert exchange.texts()[-3:] == ["Where do swans nest?", "on water", "Where do ducks nest?"]


def test_induced_instructions_are_written_once_and_lead_every_item() -> None:
    def reply(body: object) -> str:
        return "State the place, {input}." if "Write the instructions" in str(body) else "reeds"

    items = [Item(id=str(number), input=f"question {number}") for number in range(3)]
    exchange = answered("prompt-engineering/induced", reply, items)
    assert len(exchange.bodies) == 4
    assert exchange.texts(1) == ["State the place, question 0.\n\nquestion 0"]
    assert all(answer.calls == 1 for answer in exchange.answers), "building is no cost of an answer"


def test_stated_instructions_come_from_the_options() -> None:
    given = resources(options={"prompt-engineering/instructions": {"text": "Name the habitat."}})
    assert answered("prompt-engineering/instructions", says("x"), given=given).texts() == [
        "Name the habitat.\n\nWhere does the heron nest?"
    ]
    with pytest.raises(InputError, match="needs a text"):
        made("prompt-engineering/instructions")


def test_system_prompt_design_adds_rules_and_keeps_what_was_there() -> None:
    system = made("system-prompt-design(text=Be exact.)", baseline=BASELINE.with_prompt(system="You know birds."))
    assert answered(system, says("x")).texts()[0] == "You know birds.\n\nBe exact."
    assert "never instructions" in made("system-prompt-design/guarded").prompt.system


def test_zero_shot_reads_the_answer_after_the_mark() -> None:
    exchange = answered("chain-of-thought", says("Reeds are wet.\n**Answer:** in reeds"))
    assert "step by step" in exchange.texts()[0]
    assert exchange.answer.text == "in reeds"
    assert exchange.answer.raw.startswith("Reeds are wet.")


@pytest.mark.parametrize(
    "reply", ["in reeds", "ANSWER: in reeds", "Answer: no. Answer: in reeds", "İẞ answer: in reeds"]
)
def test_the_last_mark_counts_and_none_leaves_the_whole(reply: str) -> None:
    assert answered("chain-of-thought", says(reply)).answer.text == "in reeds"


def test_reasoning_by_example_shows_worked_examples_alone() -> None:
    texts = answered("chain-of-thought/few-shot", says("Answer: x")).texts()
    assert texts[1] == "Two and two are four.\nAnswer: 4"
    assert texts[3] == "Three and four are seven.\nAnswer: 7"
    assert len(texts) == 5


def test_reasoning_by_example_needs_reasoning() -> None:
    with pytest.raises(InputError, match="steps written down"):
        made("chain-of-thought/few-shot", resources(examples=(Example(input="a", output="b"),)))


def test_a_plan_is_made_first_and_followed() -> None:
    def reply(body: object) -> str:
        return "1. Find the bird." if "Do not answer yet" in str(body) else "Answer: reeds"

    exchange = answered("chain-of-thought/plan", reply)
    assert exchange.answer.calls == 2
    assert "Follow this plan:\n\n1. Find the bird." in exchange.texts()[0]
    assert exchange.texts()[0].endswith("begins with 'Answer:'."), "the form of the answer is read last"
    assert exchange.answer.text == "reeds"


def test_self_refinement_revises_what_it_criticises_and_stops_when_content() -> None:
    replies = iter(["in trees", "Herons nest in reeds.", "in reeds", "NO CHANGE"])
    exchange = answered("chain-of-thought/self-refine(rounds=3)", lambda body: next(replies))
    assert exchange.answer.text == "in reeds"
    assert exchange.answer.calls == 4
    assert "Herons nest in reeds." in exchange.texts(2)[-1]


def test_outside_feedback_is_the_check_that_failed() -> None:
    replies = iter(["reeds", '{"spot": "reeds"}', '{"place": "reeds"}'])
    exchange = answered("chain-of-thought/checked-refine", lambda body: next(replies), given=resources(schema=SCHEMA))
    assert exchange.answer.text == '{"place": "reeds"}'
    assert "this is not JSON" in exchange.texts(1)[-1]
    assert "'place' is a required property" in exchange.texts(2)[-1]
    good = answered("chain-of-thought/checked-refine", says('{"place": "x"}'), given=resources(schema=SCHEMA))
    assert good.answer.calls == 1, "an answer that passes is left alone"


def test_a_schema_goes_to_the_endpoint_or_into_the_prompt() -> None:
    given = resources(schema=SCHEMA)
    exchange = answered("dsl-injection", says('{"place": "reeds"}'), given=given)
    form = exchange.bodies[0]["response_format"]
    assert form["type"] == "json_schema"
    assert form["json_schema"]["schema"] == SCHEMA
    told = answered("dsl-injection/in-prompt", says("{}"), given=given)
    assert "response_format" not in told.bodies[0]
    assert '"required": [' in told.texts()[0]
    both = answered("dsl-injection/both", says("{}"), given=given)
    assert "response_format" in both.bodies[0] and '"required": [' in both.texts()[0]


def test_a_grammar_goes_into_the_field_that_the_endpoint_takes() -> None:
    given = resources(grammar='start: "yes" | "no"', grammar_field="grammar")
    assert answered("dsl-injection", says("yes"), given=given).bodies[0]["grammar"] == 'start: "yes" | "no"'


@pytest.mark.parametrize("name", ["dsl-injection", "dsl-injection/in-prompt", "dsl-injection/both"])
def test_a_grammar_that_is_none_is_refused_before_anything_is_asked(name: str) -> None:
    with pytest.raises(InputError, match="no Lark grammar"):
        answered(name, says("yes"), given=resources(grammar="start: ("))


def test_prompt_caching_puts_what_repeats_first_and_changes_no_words() -> None:
    system = BASELINE.with_prompt(template="Name the nest.\n\n{input}\n\nBe brief.").with_closing("One word.")
    plain = answered(system, says("x")).texts()
    first = answered(made("prompt-caching", baseline=system), says("x"))
    assert first.texts() == ["Name the nest.\n\nBe brief.\n\nOne word.", "Where does the heron nest?"]
    assert sorted("\n".join(first.texts()).split()) == sorted("\n".join(plain).split())
    marked = answered(made("prompt-caching(markers=true,key=birds)", baseline=system), says("x"))
    assert marked.bodies[0]["messages"][0]["content"][0]["cache_control"] == {"type": "ephemeral"}
    assert marked.bodies[0]["prompt_cache_key"] == "birds"


def test_techniques_compose_and_show_what_they_changed() -> None:
    system = made("retrieval-augmented-generation(top=1)+chain-of-thought+model-scaling")
    exchange = answered(system, says("Answer: reeds"))
    assert exchange.bodies[0]["model"] == "large"
    assert "The purple heron nests in reeds." in exchange.texts()[0]
    assert "step by step" in exchange.texts()[0]
    lines = system.diff(BASELINE)
    assert "- model = small" in lines and "+ model = large" in lines
    assert "+ retriever = BM25 over 5 passages, top 1" in lines
    assert BASELINE.diff(BASELINE) == ()
    # The system is a value: techniques leave the one they were given as it was.
    assert dataclasses.replace(BASELINE) == System(model="small", steps=Direct())
    assert EXAMPLES[0].reasoning


def test_examples_that_share_a_system_message_are_no_repeats() -> None:
    # Through the arm: what is compared there is what an example asks and answers.
    from tierproof.systems.models.chat import ModelSpec
    from tierproof.systems.training import Job
    from tierproof.techniques.data_deduplication import deduplicated

    made: list[Job] = []

    class Bench:
        def model(self, name: str) -> ModelSpec | None:
            return None

        async def made(self, base: ModelSpec, job: Job, label: str) -> str:
            made.append(job)
            return base.name

    asked = ("How do I block a card?", "Where is the branch?", "What is the fee?", "Can I pay abroad?")
    rules = " ".join(f"Rule {n}: mind paragraph {7 * n}." for n in range(80))
    taught = tuple(Example(input=text, output=f"answer {n}") for n, text in enumerate(asked))
    train = (*taught, Example(input=asked[0], output="answer 0"))
    spec = ModelSpec(name="m", base_url="http://localhost:1/v1", weights=Path("weights"))
    system = System(model="m", steps=Direct(), prompt=Prompt(system=rules))
    asyncio.run(deduplicated(system, Resources(models=(spec,), train=train), None, Bench()))  # type: ignore[arg-type]
    assert [one.asked for one in made[0].examples] == list(asked)

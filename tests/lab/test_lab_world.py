"""Worlds and questions: reproducible, disjoint by split, right by construction and by a second count."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from tierproof.lab.world.questions import KINDS, ask, guess_level, value_guess
from tierproof.lab.world.sayings import AGENT_RULES, FINAL, PASSAGES, RULES, SEARCH, THINK
from tierproof.lab.world.world import ATTRIBUTES, NAMES, NUMBERS, WORDS, world_of


def test_a_world_is_the_same_each_time_and_another_for_each_split_and_seed() -> None:
    assert world_of("test", 1, 8) == world_of("test", 1, 8)
    worlds = [world_of(split, seed, 8).products for split in ("train", "validation", "test") for seed in range(20)]
    assert all(one != other for one, other in itertools.combinations(worlds, 2))
    assert len(set(NAMES)) == len(NAMES) == 96


def test_documents_state_every_fact_once() -> None:
    world = world_of("validation", 3, 4)
    for product in world.products:
        text = world.document(product, np.random.default_rng(0))
        found = re.findall(r"(\w+) (\w+) (\w+)\.", text)
        assert sorted(found) == sorted((product.name, name, product.values[name]) for name in ATTRIBUTES)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_steps_and_tools_lead_to_the_answer(kind: str) -> None:
    rng = np.random.default_rng(5)
    products = world_of("validation", 1).products
    catalogue = {product.name: product.values for product in products}
    operations = {"multiply": "*", "add": "+", "subtract": "-"}
    for _ in range(60):
        question = ask(kind, products[:3], rng)
        # Every equation that is written down holds.
        for left, operation, right, result in re.findall(r"(\d+) ([x+-]) (\d+) = (\d+)", question.steps):
            assert eval(f"{left} {operation.replace('x', '*')} {right}") == int(result)
        if kind in ("cost", "discount"):
            assert question.steps.rstrip(".").split()[-1] == question.answer == question.rounds[-1][-1].result
        for call in itertools.chain(*question.rounds):
            if call.name == "lookup":
                name, attribute = call.arguments
                assert catalogue[name][attribute] == call.result
            else:
                left, right = call.arguments
                assert eval(f"{left} {operations[call.name]} {right}") == int(call.result)


def test_guess_levels_agree_with_counting() -> None:
    sizes = [len(values) for values in (*NUMBERS.values(), *WORDS.values())]
    assert value_guess() == pytest.approx(np.mean([1 / size for size in sizes]))
    # A random one of four documents is right a quarter of the time, else by the chance that two values agree.
    assert guess_level("fact", 4) == pytest.approx(0.25 + 0.75 * value_guess())
    # Costs by brute force over every order of one or two products, each kind half of the time.
    totals: dict[int, float] = {}
    single = [count * price for count in range(2, 6) for price in NUMBERS["price"]]
    for total in single:
        totals[total] = totals.get(total, 0) + 0.5 / len(single)
    for one, other in itertools.product(single, repeat=2):
        totals[one + other] = totals.get(one + other, 0) + 0.5 / len(single) ** 2
    assert guess_level("cost", 2) == pytest.approx(max(totals.values()))


def test_the_texts_that_techniques_send_are_those_that_the_models_learned() -> None:
    from tierproof.systems.parts.prompt import Prompt
    from tierproof.techniques import agent_orchestration, chain_of_thought, system_prompt_design

    assert chain_of_thought.THINK == THINK
    assert chain_of_thought.FORM.format() == FINAL
    assert system_prompt_design.RULES == RULES
    assert agent_orchestration.RULES == AGENT_RULES
    assert Prompt().passages_intro == PASSAGES
    assert SEARCH == "search_documents"

"""The shipped family: made by the recipe that is committed, whole, small, and able to read four documents."""

from __future__ import annotations

import dataclasses
import hashlib
import json

import pytest

from tierproof.lab.family.recipe import FAMILY
from tierproof.lab.serving.accuracy import TASKS, accuracies
from tierproof.lab.serving.family import SHIPPED, Family
from tierproof.lab.world.questions import guess_level
from tierproof.lab.world.tokenizer import CHAT_TEMPLATE, tokenizer_json


@pytest.mark.parametrize("name", [f"{name}{suffix}" for name in FAMILY for suffix in ("-base", "")])
def test_a_model_was_made_by_the_recipe_and_is_what_was_made(name: str) -> None:
    folder = SHIPPED / name
    training = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    weights = (folder / "model.safetensors").read_bytes()
    assert training["weights_sha256"] == hashlib.sha256(weights).hexdigest()
    recipe = FAMILY[name.removesuffix("-base")]
    plan = dataclasses.asdict(recipe.pretraining if name.endswith("-base") else recipe.tuning)
    assert training["plan"] == json.loads(json.dumps(plan))
    assert training["log"][-1]["tokens"] >= plan["tokens"]
    assert (folder / "tokenizer.json").read_text(encoding="utf-8") == tokenizer_json()
    assert (folder / "chat_template.jinja").read_text(encoding="utf-8") == CHAT_TEMPLATE


def test_the_family_is_small_and_complete() -> None:
    names = [name for name, _ in Family().sizes()]
    assert sorted(names) == sorted(f"{name}{suffix}" for name in FAMILY for suffix in ("-base", ""))
    assert sum(path.stat().st_size for path in SHIPPED.rglob("*") if path.is_file()) < 18.5e6


def test_the_largest_model_reads_four_documents() -> None:
    family = Family()
    largest = family.sizes()[-1][0]
    name = "fact, 4 documents"
    found = accuracies(family[largest], seed=11, items=24, split="test", tasks={name: TASKS[name]})[name]
    # A random document comes to 30 percent: with 24 questions, 85 percent lie nearly six standard errors above it.
    assert guess_level("fact", 4) == pytest.approx(0.305, abs=0.001)
    assert found >= 0.85

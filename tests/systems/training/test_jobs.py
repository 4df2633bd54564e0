"""Recipes, examples, rewards, and the hash by which what was made of a job is found again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tierproof.errors import InputError
from tierproof.systems.training import (
    Conversation,
    Distillation,
    Job,
    Lora,
    Quantised,
    Rewards,
    Tuning,
    checked,
    conversation,
    fingerprint,
    job_key,
)
from tierproof.systems.training.data.examples import without_items
from tierproof.systems.training.data.rewards import reward
from tierproof.systems.training.making.fingerprint import PIECE, WHOLE


def model(folder: Path, weights: bytes = b"weights") -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(weights)
    return str(folder)


def said(asked: str = "where?", answer: str = "there") -> Conversation:
    return conversation(({"role": "user", "content": asked}, {"role": "assistant", "content": answer}))


@pytest.mark.parametrize(
    ("kind", "dials", "field"),
    [
        (Tuning, {"epochs": 0}, "epochs"),
        (Tuning, {"learning_rate": -1.0}, "learning_rate"),
        (Tuning, {"held_out": 0.9}, "held_out"),
        (Lora, {"rank": 0}, "rank"),
        (Rewards, {"group": 1}, "group"),
        (Rewards, {"reward": "vibes"}, "reward"),
        (Quantised, {"bits": 3}, "bits"),
    ],
)
def test_a_dial_out_of_its_range_is_refused_by_name(kind: Any, dials: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as caught:
        checked(kind, dials)
    assert caught.value.problems[0].field == field
    assert str(dials[field]) in str(caught.value)


def test_a_recipe_is_read_back_from_a_jobs_json() -> None:
    job = Job(base="b", recipe=checked(Lora, {"rank": 4, "seed": 7}), examples=(said(),))
    assert msgspec.json.decode(msgspec.json.encode(job), type=Job) == job


def test_the_hash_depends_on_all_that_changes_the_outcome_and_on_nothing_else(tmp_path: Path) -> None:
    base = model(tmp_path / "base")
    job = Job(base=base, recipe=Tuning(), examples=(said(), said("who?", "you")))
    keys = {
        job_key(job),
        job_key(msgspec.structs.replace(job, recipe=Tuning(seed=1))),
        job_key(msgspec.structs.replace(job, recipe=Lora())),
        job_key(msgspec.structs.replace(job, examples=job.examples[::-1])),
        job_key(msgspec.structs.replace(job, canaries=(said(),))),
        job_key(msgspec.structs.replace(job, base=model(tmp_path / "other", b"other weights"))),
    }
    assert len(keys) == 6
    moved = model(tmp_path / "moved")
    assert job_key(msgspec.structs.replace(job, base=moved)) == job_key(job)


def test_a_teacher_counts_by_its_contents(tmp_path: Path) -> None:
    base = model(tmp_path / "base")
    one, same, other = (model(tmp_path / name, name[:4].encode()) for name in ("teach", "teach2", "other"))

    def key(teacher: str) -> str:
        return job_key(Job(base=base, recipe=Distillation(teacher=teacher), examples=(said(),)))

    assert key(one) == key(same) != key(other)


def test_large_files_are_sampled_all_over(tmp_path: Path) -> None:
    size = WHOLE + 8 * PIECE
    folder = Path(model(tmp_path / "large"))
    path = folder / "model.safetensors"
    with path.open("wb") as file:
        file.truncate(size)
    before = fingerprint(folder)
    for at in (0, size // 2, size - 1):
        with path.open("r+b") as file:
            # Trained weights differ in nearly all numbers: a whole stretch changes, as it would.
            file.seek(max(0, min(at, size - 2 * PIECE)))
            file.write(b"\x01" * 2 * PIECE)
        assert fingerprint(folder) != before
        before = fingerprint(folder)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder of a Hugging Face causal model"):
        fingerprint(tmp_path)


@pytest.mark.parametrize(
    "messages",
    [
        (),
        ({"role": "user", "content": "a"},),
        ({"role": "user", "content": "a"}, {"role": "user", "content": "b"}),
        ({"role": "user", "content": "a"}, {"role": "assistant", "content": ""}),
    ],
)
def test_an_example_ends_with_an_answer(messages: tuple[dict[str, Any], ...]) -> None:
    with pytest.raises(InputError, match="without an answer"):
        conversation(messages)


def test_examples_that_ask_what_items_ask_are_left_out() -> None:
    examples = (said("Where is  Oslo?"), said("Where is Bern?"))
    assert without_items(examples, ["where is oslo?"]) == (examples[1],)


@pytest.mark.parametrize(
    ("kind", "reply", "answer", "mark", "worth"),
    [
        ("exact", " Oslo ", "oslo", "", 1.0),
        ("exact", "in Oslo", "oslo", "", 0.0),
        ("exact", "I think. Answer: Oslo", "oslo", "Answer:", 1.0),
        ("number", "so 1,200.0 in all", "1200", "", 1.0),
        ("number", "12 and 13", "12", "", 0.0),
        ("number", "none", "none", "", 0.0),
        # F1 by hand: one of two words right, one of one word found: 2 * 1 / (2 + 1).
        ("overlap", "in oslo", "oslo", "", 2 / 3),
    ],
)
def test_rewards(kind: str, reply: str, answer: str, mark: str, worth: float) -> None:
    assert reward(kind, reply, answer, mark) == pytest.approx(worth)


def test_examples_are_read_as_pairs_and_as_conversations(tmp_path: Path) -> None:
    from tierproof.experiment.workload.files.resource_files import read_examples

    lines = (
        {"input": "a", "output": "1"},
        {"input": "b", "target": 2},
        {"messages": [{"role": "user", "content": "c"}, {"role": "assistant", "content": "3"}]},
        {
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": "d"}]},
                {"role": "assistant", "content": "4"},
            ]
        },
    )
    path = tmp_path / "train.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines))
    read = read_examples(path)
    assert [(one.input, one.output) for one in read] == [("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")]
    assert [len(one.messages) for one in read] == [0, 0, 2, 2]
    path.write_text('{"input": "a"}\n{"messages": [{"role": "user", "content": "c"}]}\n')
    with pytest.raises(InputError) as caught:
        read_examples(path)
    assert [problem.line for problem in caught.value.problems] == [1, 2]

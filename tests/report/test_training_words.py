"""What training took, on every screen: a row for all seeds, estimates marked, each model once, no empty columns.

Expected figures are worked out by hand from the reports, and rounded as `numerals` says.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shown import shown
from tierproof.answers.arm_results import trained_answer
from tierproof.answers.document import plain
from tierproof.experiment.calls.workshop import Trained
from tierproof.experiment.findings.kept.training_records import TrainedArm
from tierproof.report.words.training import training_blocks, training_note, training_words
from tierproof.systems.training.job import Report


def made(name: str, label: str = "lora rank 16", *, base: str = "small", **fields: Any) -> Trained:
    about = {key: fields.pop(key) for key in ("seed", "fresh") if key in fields}
    usual: dict[str, Any] = {
        "seconds": 40.0,
        "tokens": 120_000,
        "steps": 102,
        "examples": 540,
        "flops_estimate": 4.8e11,
        "energy_kwh_estimate": 9e-5,
        "watts_assumed": 8.0,
        "peak_bytes": 300 * 2**20,
    }
    plain = {"recipe": "lora", "device": "cpu", "threads": 1, "parameters": 1, "trainable": 1, "active": 1}
    return Trained(name, base, label, Path("f"), Report(**plain, **{**usual, **fields}), **about)


SEEDS = (
    TrainedArm("lora", "lora", made("a", seed=0)),
    TrainedArm("lora(seed=1)", "lora", made("b", seed=1, seconds=80.0, peak_bytes=2 * 2**30, fresh=False)),
)
HOSTED = TrainedArm(
    "instruction-fine-tuning/hosted",
    "instruction-fine-tuning",
    Trained("h", "small", "tuned by its provider", None, None, examples=12, tokens=1234, usd=0.0099, seed=0),
)


def told(*trained: TrainedArm, width: int = 80) -> str:
    return shown(training_blocks(trained), width)


def test_seeds_share_a_row_of_means_and_of_the_most_memory() -> None:
    (words,) = training_words(SEEDS)
    assert (words.arm, words.seeds, words.made) == ("lora", "0, 1", "1 cached, 1 new")
    assert (words.examples, words.steps, words.tokens) == ("540", "102", "120,000")
    assert (words.time, words.memory) == ("60 s", "2 GiB")
    # 9e-5 kWh are 90 mWh.
    assert (words.compute, words.energy) == ("480 GFLOP~", "90 mWh~")


@pytest.mark.parametrize("width", [60, 80, 160])
def test_the_table_fits_and_says_what_is_estimated(width: int) -> None:
    text = told(*SEEDS, HOSTED, width=width)
    assert max(map(len, text.splitlines())) <= width
    assert "~ marks estimates" in text and "an assumed 8 W" in " ".join(text.split())
    assert "480 GFLOP~" in text
    assert "mean over seeds" in text


def test_nothing_is_shown_where_nothing_was_trained() -> None:
    assert told() == ""
    assert training_blocks(()) == []


def test_a_provider_tells_tokens_and_a_price() -> None:
    text = told(HOSTED, width=100)
    assert "1,234" in text and "$0.0099" in text and "12" in text
    # Nothing here was estimated, and no column stands empty.
    assert "~" not in text and "memory" not in text and "energy" not in text
    assert "price" not in told(*SEEDS, width=160)


def test_a_model_that_arms_share_stands_once_and_one_on_the_way_is_told() -> None:
    lora, rounded = made("a", seed=0), made("q", "4-bit", base="a", steps=0, examples=0, flops_estimate=0.0)
    both = TrainedArm("lora+quantization(bits=4)", None, rounded, (lora,))
    alone = TrainedArm("lora", "lora", lora)
    again = TrainedArm("lora+chain-of-thought", None, lora)
    assert [one.arm for one in training_words((both, alone, again))] == ["lora", "lora+quantization(bits=4)"]
    first, second = training_words((both,))
    assert first.arm == "lora+quantization(bits=4): lora rank 16"
    assert (second.arm, second.steps, second.examples, second.compute) == ("lora+quantization(bits=4)", "–", "–", "–")
    data = plain(trained_answer(both))
    assert (data["label"], data["steps"], [one["label"] for one in data["before"]]) == ("4-bit", 0, ["lora rank 16"])


def test_a_model_that_went_on_is_told_and_text_is_clean() -> None:
    resumed = (TrainedArm("lora", "lora", made("a", "lora\x1b[31m", sittings=2)),)
    (words,) = training_words(resumed)
    assert words.made == "resumed"
    assert "\x1b" not in words.model
    assert "went on from a checkpoint" in training_note(resumed)


def test_what_was_cut_dropped_and_flat_is_said() -> None:
    arm = TrainedArm("lora", "lora", made("a", seed=0, examples=9, cut=2, dropped=1, flat_groups=0.25))
    note = training_note([arm])
    assert "lora: 2 of 9 examples were cut to longest" in note
    assert "1 example could not be learned from" in note
    assert "25 % of the groups of replies" in note
    assert "cut to" not in training_note(SEEDS)

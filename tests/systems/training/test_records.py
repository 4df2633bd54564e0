"""Which arm shows a technique, and what training took as evidence."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from tierproof.evidence.conversion import log_ratio
from tierproof.experiment.calls.workshop import Trained
from tierproof.experiment.findings.arm import opponent_of
from tierproof.experiment.findings.kept.records import Origin
from tierproof.experiment.findings.kept.training_records import TrainedArm, training_records, without_seed
from tierproof.systems.training.job import Report

ORIGIN = Origin(workload="w", setting="lab", year=2026)


@pytest.mark.parametrize(
    ("name", "stated", "opponent", "instead"),
    [
        ("lora", {}, "", "instruction-fine-tuning"),
        ("lora(seed=3)", {}, "", "instruction-fine-tuning(seed=3)"),
        ("lora(rank=4)", {}, "", "instruction-fine-tuning"),
        ("embedding-freezing", {}, "instruction-fine-tuning", ""),
        # The workload's options count: those in which the opponent would differ are put into its name.
        ("embedding-freezing", {"embedding-freezing": {"epochs": 8.0}}, "instruction-fine-tuning(epochs=8.0)", ""),
        (
            "embedding-freezing(seed=1)",
            {"embedding-freezing": {"epochs": 8.0}, "instruction-fine-tuning": {"epochs": 8.0}},
            "instruction-fine-tuning(seed=1)",
            "",
        ),
        ("data-deduplication(threshold=1.0)", {}, "data-deduplication/raw(threshold=1.0)", ""),
        ("chain-of-thought", {}, "", ""),
        ("lora+chain-of-thought", {}, "", ""),
    ],
)
def test_the_opponent_differs_in_the_technique_alone(
    name: str, stated: dict[str, dict[str, Any]], opponent: str, instead: str
) -> None:
    assert opponent_of(name, stated) == opponent
    assert opponent_of(name, stated, instead=True) == instead


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("lora(seed=1)", "lora"),
        ("lora(rank=4, seed=12)", "lora(rank=4)"),
        ("lora(seed=1, rank=4)", "lora(rank=4)"),
        ("lora(batch=8, seed=1, rank=4)+quantization", "lora(batch=8, rank=4)+quantization"),
        ("lora(rank=4)", "lora(rank=4)"),
        ("lora", "lora"),
    ],
)
def test_arms_that_differ_in_their_seed_have_one_name(name: str, plain: str) -> None:
    assert without_seed(name) == plain


def trained(arm: str, technique: str, **fields: Any) -> TrainedArm:
    usual: dict[str, Any] = {"seconds": 1.0, "flops_estimate": 1e9, "tensor_bytes": 2**20, "weight_bytes": 100}
    report = Report(
        recipe="tuning",
        device="cpu",
        threads=1,
        parameters=1,
        trainable=1,
        active=1,
        base_weight_bytes=100,
        **{**usual, **fields},
    )
    return TrainedArm(arm, technique, Trained(f"m ({arm})", "m", arm, Path("f"), report))


def test_training_is_compared_with_the_opponents_by_geometric_means_over_seeds() -> None:
    full = "instruction-fine-tuning"
    arms = (
        trained(full, full, seconds=4.0),
        trained(f"{full}(seed=1)", full, seconds=9.0),
        trained("lora", "lora", seconds=1.0),
        trained("lora(seed=1)", "lora", seconds=4.0),
    )
    found = {record.metric: record for record in training_records(arms, ORIGIN, {})}
    time = found["training time"]
    assert (time.technique, time.contrast, time.scope, time.note) == ("lora", "instead-of", "training", "2 seeds")
    # By hand: geometric means 6 and 2; log ratios ln(1/4) and ln(4/9), their sd over the root of two.
    assert (time.baseline, time.treated) == (pytest.approx(6.0), pytest.approx(2.0))
    ratios = [math.log(1 / 4), math.log(4 / 9)]
    wanted = abs(ratios[0] - ratios[1]) / math.sqrt(2) / math.sqrt(2)
    assert time.baseline is not None
    estimate, se = log_ratio(time.baseline, time.treated, time.se, 9.0)
    assert estimate == pytest.approx(sum(ratios) / 2)
    assert se == pytest.approx(wanted)
    assert {"training time", "training operations (estimate)", "memory of tensors in training"} == set(found)


def test_weights_that_take_other_memory_are_compared_with_the_base() -> None:
    (record,) = training_records((trained("quantization", "quantization", weight_bytes=25),), ORIGIN, {})
    assert (record.outcome, record.scope, record.contrast) == ("memory", "request", "added")
    assert record.baseline is not None and record.treated / record.baseline == pytest.approx(0.25)
    assert training_records((trained("lora", "lora"),), ORIGIN, {}) == ()

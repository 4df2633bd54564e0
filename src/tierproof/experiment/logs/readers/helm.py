"""HELM: `per_instance_stats.json` of a run's folder, with `run_spec.json` beside it.

What a careful guess gets wrong: `train_trial_index` is a repeat; the same instance stands again under perturbations;
a stat of `count` 0 has no mean; token counts and times stand among the scores.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from tierproof.experiment.logs.files.source import Source
from tierproof.experiment.logs.outcome import Ask, Outcome, Scalar, Told
from tierproof.experiment.logs.reader_registry import reader

RESOURCES = (
    "num_",
    "inference_",
    "max_prob",
    "logprob",
    "training_",
    "batch_size",
    "finish_reason_",
    "prompt_truncated",
)


class Name(Struct, frozen=True):
    name: str
    split: str | None = None
    perturbation: dict[str, Any] | None = None


class Stat(Struct, frozen=True):
    name: Name
    count: float = 0
    sum: float = 0.0
    mean: float | None = None


class Instance(Struct, frozen=True):
    instance_id: str
    stats: list[Stat]
    train_trial_index: int = 0
    perturbation: dict[str, Any] | None = None


class Adapter(Struct, frozen=True):
    model: str = ""
    model_deployment: str = ""


class Run(Struct, frozen=True):
    name: str = ""
    adapter_spec: Adapter = Adapter()


@reader("helm", tried=("0.5.16",), recognises=lambda source: {"instance_id", "stats"} <= source.keys)
def read(source: Source, told: Told, ask: Ask) -> Iterator[Outcome]:
    """per_instance_stats.json of `helm-run`."""
    system, task = source.path.resolve().parent.name, ""
    beside = source.path.with_name("run_spec.json")
    if beside.is_file():
        run = Source(beside).document(Run)
        told.sources += (beside,)
        system = run.adapter_spec.model or run.adapter_spec.model_deployment or system
        task = run.name.partition(",model=")[0]
    for place, instance in enumerate(source.document(list[Instance]), 1):
        means = {
            one.name.name: one.mean if one.mean is not None else one.sum / one.count
            for one in instance.stats
            if one.count and one.name.perturbation == instance.perturbation
        }
        # Where the stats are not set apart by perturbation, those of the instance are meant.
        for one in instance.stats:
            if one.count and one.name.perturbation is None:
                means.setdefault(one.name.name, one.mean if one.mean is not None else one.sum / one.count)
        scores: dict[str, Scalar] = {name: value for name, value in means.items() if not name.startswith(RESOURCES)}
        counts = [means[key] for key in ("num_prompt_tokens", "num_completion_tokens") if key in means]
        perturbation = instance.perturbation or {}
        yield Outcome(
            system=system,
            task=task,
            filter=str(perturbation.get("name", "")) if perturbation else "",
            id=instance.instance_id,
            repeat=str(instance.train_trial_index),
            scores=scores,
            truncated=means.get("finish_reason_length", 0) > 0,
            seconds=means.get("inference_runtime"),
            tokens=sum(counts) if counts else None,
            place=place,
        )

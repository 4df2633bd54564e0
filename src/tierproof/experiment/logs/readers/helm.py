"""HELM: `per_instance_stats.json` of a run's folder, with `run_spec.json` beside it.

What a careful guess gets wrong: each of a run's metrics writes all instances anew, so that one answer is several
entries; `train_trial_index` is a repeat; the same instance stands again under perturbations; a stat of `count` 0 has no
mean; token counts and times stand among the scores.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from tierproof.experiment.logs.files.source import Source, text_of
from tierproof.experiment.logs.outcome import Ask, Outcome, Scalar, Told
from tierproof.experiment.logs.reader_registry import reader
from tierproof.messages import Message

RESOURCES = (
    "num_", "inference_", "max_prob", "logprob", "training_", "batch_size", "finish_reason_", "prompt_truncated",
)  # fmt: skip


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


class Answer(Struct):
    """What several entries tell of one answer."""

    place: int
    perturbation: str
    means: dict[str, float] = {}


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
        task = _task(run.name)
    answers: dict[tuple[str, int, str], Answer] = {}
    kinds: dict[str, set[str]] = {}
    for place, instance in enumerate(source.document(list[Instance]), 1):
        perturbation = instance.perturbation or {}
        kind = text_of({name: value for name, value in perturbation.items() if name != "computed_on"}) or ""
        if kind:
            kinds.setdefault(str(perturbation.get("name", "")), set()).add(kind)
        answer = answers.setdefault(
            (instance.instance_id, instance.train_trial_index, kind), Answer(place, str(perturbation.get("name", "")))
        )
        for name, mean in _means(instance).items():
            if answer.means.setdefault(name, mean) != mean:
                told.warn(Message("'{name}' stands twice at one answer: the first is read", name=name))
    for (item, trial, kind), answer in answers.items():
        means = answer.means
        scores: dict[str, Scalar] = {name: value for name, value in means.items() if not name.startswith(RESOURCES)}
        counts = [means[key] for key in ("num_prompt_tokens", "num_completion_tokens") if key in means]
        yield Outcome(
            system=system,
            task=task,
            # One name may stand for several perturbations, of other settings.
            filter=answer.perturbation if len(kinds.get(answer.perturbation, ())) < 2 else kind,
            id=item,
            repeat=str(trial),
            scores=scores,
            truncated=means.get("finish_reason_length", 0) > 0,
            seconds=means.get("inference_runtime"),
            tokens=sum(counts) if counts else None,
            place=answer.place,
        )


def _task(name: str) -> str:
    """A run's name, `SCENARIO:ARGUMENT=VALUE,...`, without the model."""
    scenario, _, arguments = name.partition(":")
    others = [one for one in arguments.split(",") if one and one.partition("=")[0] not in ("model", "model_deployment")]
    return ":".join(filter(None, (scenario, ",".join(others))))


def _means(instance: Instance) -> dict[str, float]:
    """By name; where stats are not set apart by perturbation, those of the instance are meant."""
    found: dict[str, float] = {}
    for one in sorted(instance.stats, key=lambda one: one.name.perturbation != instance.perturbation):
        if one.count and one.name.perturbation in (instance.perturbation, None):
            found.setdefault(one.name.name, one.mean if one.mean is not None else one.sum / one.count)
    return found

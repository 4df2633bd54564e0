"""What is done to a base model: one recipe a way of making a model from another, with few dials.

Enters: nothing, or a table of dials.  Leaves: values that a worker process reads back from JSON.  Must not know
techniques, or torch.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from tierproof.errors import InputError
from tierproof.messages import joined
from tierproof.written_messages import kept

__all__ = [
    "Distillation",
    "Experts",
    "Lora",
    "Preferences",
    "Quantised",
    "Recipe",
    "Rewards",
    "Tuning",
    "checked",
    "dials_of",
]

Count = Annotated[int, Meta(ge=1, le=1_000_000)]
Share = Annotated[float, Meta(ge=0, le=1)]


class _Schedule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long and how fast weights are changed."""

    epochs: Annotated[float, Meta(gt=0, le=1000)] = 3.0
    steps: Annotated[int, Meta(ge=0, le=10_000_000)] = 0
    """Updates of the weights; 0: as many as the epochs take.  A budget that does not depend on the data's size."""
    learning_rate: Annotated[float, Meta(ge=0, le=1)] = 0.0
    """Peak; 0: by the size of the model (`worker.loop.usual_rate`)."""
    batch: Annotated[int, Meta(ge=1, le=4096)] = 16
    """Examples an update."""
    longest: Annotated[int, Meta(ge=8, le=131_072)] = 1024
    """Tokens of an example; longer ones are cut at the start, so that the answer stays."""
    held_out: Annotated[float, Meta(ge=0, le=0.5)] = 0.1
    """Share of the examples that are not learned from: the held-out loss is theirs."""
    seed: Annotated[int, Meta(ge=0, lt=2**31)] = 0


class Tuning(_Schedule, tag="tuning", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All weights change, or all but the embedding table."""

    frozen: Literal["nothing", "embeddings"] = "nothing"


class Lora(_Schedule, tag="lora", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Low-rank changes of linear layers and experts (Hu et al., ICLR 2022), merged into the weights at the end."""

    rank: Annotated[int, Meta(ge=1, le=1024)] = 16
    alpha: Annotated[float, Meta(gt=0, le=4096)] = 32.0
    quantised: bool = False
    """The base is held in four bits (QLoRA; Dettmers et al., NeurIPS 2023); needs CUDA."""


class Distillation(_Schedule, tag="distillation", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The student learns the teacher's token probabilities (Hinton et al., 2015; KL from teacher to student)."""

    teacher: str
    """Folder of a model with the same tokenizer."""
    temperature: Annotated[float, Meta(gt=0, le=100)] = 1.0
    weight: Share = 0.9
    """Of the teacher's probabilities; the rest is the data's own answers."""


class Preferences(_Schedule, tag="preferences", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Direct preference optimisation (Rafailov et al., NeurIPS 2023) on pairs drawn from the model itself.

    Of the model's own samples for a request, one that the reward calls right (else the known answer) is preferred to
    one that it calls wrong.
    """

    reward: Literal["exact", "number", "overlap"] = "exact"
    mark: str = ""
    """What stands before the answer in a reply; empty: the whole reply is the answer."""
    samples: Annotated[int, Meta(ge=1, le=64)] = 4
    """Replies drawn for a request."""
    beta: Annotated[float, Meta(gt=0, le=100)] = 0.1
    reply_tokens: Count = 128
    prompts: Count = 512
    """Requests that are drawn for, at most."""


class Rewards(_Schedule, tag="rewards", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Group relative policy optimisation (Shao et al., 2024) on a reward that a program checks."""

    reward: Literal["exact", "number", "overlap"] = "exact"
    mark: str = ""
    group: Annotated[int, Meta(ge=2, le=64)] = 8
    """Replies drawn for a request."""
    beta: Annotated[float, Meta(ge=0, le=100)] = 0.0
    """Weight of the divergence from the base model."""
    reply_tokens: Count = 128
    prompts: Count = 512


class Experts(_Schedule, tag="experts", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A dense model made sparse (sparse upcycling; Komatsuzaki et al., ICLR 2023) and trained on.

    Every expert starts as the dense block and the router's weights sum to one, so the model starts as the dense one.
    """

    experts: Annotated[int, Meta(ge=2, le=64)] = 4
    active: Annotated[int, Meta(ge=1, le=64)] = 2
    """Experts that a token passes through.  With one, only the balancing loss would teach the router."""


class Quantised(Struct, tag="quantised", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Weights of the linear layers rounded to few bits, in groups with one scale each; nothing is trained."""

    bits: Literal[4, 8] = 8
    group: Annotated[int, Meta(ge=2, le=4096)] = 32
    """Weights along the input that share a scale."""


Recipe = Tuning | Lora | Distillation | Preferences | Rewards | Experts | Quantised
Trained = Tuning | Lora | Distillation | Preferences | Rewards | Experts
R = TypeVar("R", bound=Recipe)


SCHEDULE = ("epochs", "learning_rate", "batch", "seed")
"""Dials that every way of training has."""


def dials_of(kind: type[Recipe], *names: str, **defaults: float | int | str) -> dict[str, Any]:
    """Dials of a recipe with their defaults: those of every training, those named, and those with another default."""
    known = {one.name: one.default for one in msgspec.structs.fields(kind)}
    return {name: defaults.get(name, known[name]) for name in dict.fromkeys((*names, *SCHEDULE, *defaults))}


def checked(kind: type[R], dials: dict[str, Any]) -> R:
    """A recipe with its dials set.  Raises InputError for a dial out of its range."""
    try:
        return msgspec.convert({**dials, "type": kind.__struct_config__.tag}, kind)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `$.")
        name = where.rstrip("`") or "recipe"
        fault = kept(message[:1].lower() + message[1:])
        told = joined(": ", (f"{name} = {dials.get(name)}", fault))
        raise InputError.of(told, field=name) from None

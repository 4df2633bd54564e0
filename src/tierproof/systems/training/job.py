"""One job: a base model, examples and a recipe; what came of it; and the hash by which it is known.

Enters: nothing; a worker reads a job from JSON and writes a report.  Leaves: values.  Must not know processes.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
from msgspec import Struct

from tierproof.systems.training.data.examples import Conversation
from tierproof.systems.training.making.fingerprint import fingerprint
from tierproof.systems.training.recipes import Distillation, Recipe

__all__ = ["FORM", "Job", "Report", "job_key"]

FORM = 5
"""Raised when the same job would come out otherwise: models made before are then made anew."""


class Job(Struct, frozen=True, kw_only=True):
    base: str
    """Folder of a Hugging Face causal model."""
    recipe: Recipe
    examples: tuple[Conversation, ...] = ()
    canaries: tuple[Conversation, ...] = ()
    """Afterwards the model is asked these; the share that it says word for word is what it knows by heart."""


class Report(Struct, frozen=True, kw_only=True):
    """What a job took and what it came to.  Measured, but for the two fields that say they are estimates."""

    recipe: str
    seconds: float
    """Of work, over all sittings; start-up of the libraries is left out."""
    device: str
    threads: int
    parameters: int
    trainable: int
    active: int
    """Parameters that a token passes through."""
    tokens: int = 0
    """Tokens computed on in training, padding included."""
    steps: int = 0
    flops_estimate: float = 0.0
    """2 N forward, 2 N backward to the activations, 2 N_trainable to the weights, a token (Kaplan et al. 2020)."""
    energy_kwh_estimate: float = 0.0
    """Time times an assumed power (`watts_assumed`); nothing is metered."""
    watts_assumed: float = 0.0
    peak_bytes: int = 0
    """Most memory while it ran, above what the libraries take at the start: of the GPU where there is one, else of the
    process; small models vanish beside what libraries take later."""
    tensor_bytes: int = 0
    """Weights, gradients, Adam's moments, and what the first step keeps for its gradients, counted tensor by tensor."""
    weight_bytes: int = 0
    """Of the model as it is kept."""
    base_weight_bytes: int = 0
    first_loss: float | None = None
    last_loss: float | None = None
    """Mean of the last tenth of the steps."""
    held_out_before: float | None = None
    held_out_after: float | None = None
    """Mean negative log-likelihood of a held-out answer's token."""
    examples: int = 0
    """Learned from: by preferences those with a better and a worse answer, by rewards those that replies are drawn
    for."""
    cut: int = 0
    """Examples whose request did not fit `longest`, so that a part of it was left out."""
    dropped: int = 0
    """Examples, or pairs of answers, that could not be learned from: answers that do not fit, or without what the
    reward compares."""
    flat_groups: float | None = None
    """Share of the groups of replies that all earned the same reward, from which nothing is learned."""
    canaries: int = 0
    canaries_said: int = 0
    """Canaries that the model says word for word."""
    reward_before: float | None = None
    reward_after: float | None = None
    """Mean reward of replies drawn at temperature 1."""
    sittings: int = 1
    """1 plus how often it was cut off and went on."""
    versions: dict[str, str] = {}


def job_key(job: Job) -> str:
    """Hash of all that can change what comes of a job, 24 hexadecimal digits.  Folders count by their contents."""
    digest = hashlib.blake2b(f"{FORM}\n{fingerprint(Path(job.base))}\n".encode(), digest_size=12)
    recipe = job.recipe
    if isinstance(recipe, Distillation):
        recipe = msgspec.structs.replace(recipe, teacher=fingerprint(Path(recipe.teacher)))
    for part in (recipe, job.examples, job.canaries):
        digest.update(msgspec.json.encode(part, order="sorted"))
        digest.update(b"\n")
    return digest.hexdigest()

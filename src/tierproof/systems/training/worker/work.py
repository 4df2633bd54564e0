"""One job, from `job.json` to a model and its report.

Enters: a job's folder.  Leaves: `model/` and `report.json` in it.  Must not know who wants the model.
"""

from __future__ import annotations

import importlib.metadata
import random
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch

from tierproof.systems.training.data.examples import Conversation
from tierproof.systems.training.job import Job, Report
from tierproof.systems.training.recipes import (
    Distillation,
    Experts,
    Lora,
    Preferences,
    Quantised,
    Rewards,
    Trained,
    Tuning,
)
from tierproof.systems.training.worker.encoding import Encoded, encoded
from tierproof.systems.training.worker.generation import greedy
from tierproof.systems.training.worker.loading import (
    active_parameters,
    copy_tokenizer,
    device,
    load,
    load_tokenizer,
    parameters,
    save,
    stored_type,
)
from tierproof.systems.training.worker.loop import Fitted, Loss, answer_loss, fit, flops, mean_loss, usual_rate
from tierproof.systems.training.worker.speech import Failure, say
from tierproof.systems.training.worker.trainers.quantising import quantise, save_quantised

__all__ = ["divided", "work"]

WATTS_A_THREAD = 8.0
WATTS_A_GPU = 400.0
"""Assumed, not metered: a busy server core with its share of the machine; a data-centre GPU with its host."""
PACKAGES = ("torch", "transformers", "peft", "trl", "numpy")


def work(folder: Path) -> None:
    """Raises Failure, or whatever a library raises, where the job cannot be done."""
    job = msgspec.json.decode((folder / "job.json").read_bytes(), type=Job)
    say("progress", phase="loading", done=0, total=1)
    _seeded(getattr(job.recipe, "seed", 0))
    floor = _peak()
    base = Path(job.base)
    if isinstance(job.recipe, Quantised):
        report = _quantised(base, job.recipe, folder)
    else:
        report = _trained(base, job, job.recipe, folder)
    report = msgspec.structs.replace(report, peak_bytes=max(0, _peak() - floor), versions=_versions())
    partial = folder / ".report.partial"
    partial.write_bytes(msgspec.json.format(msgspec.json.encode(report)))
    partial.replace(folder / "report.json")
    shutil.rmtree(folder / "checkpoint", ignore_errors=True)
    say("done")


def divided(examples: Sequence[Conversation], share: float) -> tuple[list[Conversation], list[Conversation]]:
    """Examples to learn from and held-out ones: every so-many-th, spread over the whole list."""
    if share <= 0 or len(examples) < 2:
        return list(examples), []
    every = max(2, round(1 / share))
    held = [one for at, one in enumerate(examples) if at % every == every - 1]
    return [one for at, one in enumerate(examples) if at % every != every - 1], held


def _trained(base: Path, job: Job, recipe: Trained, folder: Path) -> Report:
    if isinstance(recipe, Lora) and recipe.quantised:
        from tierproof.systems.training.worker.trainers.adapting import check_qlora  # noqa: PLC0415  (peft takes seconds to import)

        check_qlora()
    tokenizer = load_tokenizer(base)
    learned, held = divided(job.examples, recipe.held_out)
    if not learned:
        raise Failure("there are no examples to learn from", "add lines to train.jsonl")
    model, _ = load(base, tokenizer)
    weights = _weight_bytes(model, base)
    longest = min(recipe.longest, int(getattr(model.config, "max_position_embeddings", recipe.longest)))
    train, test = ([encoded(tokenizer, one, longest) for one in part] for part in (learned, held))
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    before = mean_loss(model, test, pad, recipe.batch)
    extra: dict[str, Any] = {}
    if isinstance(recipe, Preferences | Rewards):
        from tierproof.systems.training.worker.trainers.reinforcing import reinforced  # noqa: PLC0415  (trl takes seconds to import)

        model, fitted, extra, operations = reinforced(model, tokenizer, learned, recipe, folder)
    else:
        model, fitted, operations = _fitted(model, tokenizer, train, recipe, base=base, folder=folder, pad=pad)
    trainable = extra.pop("trainable", None) or parameters(model, trainable=True)
    if isinstance(recipe, Lora):
        from tierproof.systems.training.worker.trainers.adapting import merged  # noqa: PLC0415

        model.save_pretrained(folder / "adapter")
        model = merged(model, base, recipe, folder / "adapter")
    after = mean_loss(model, test, pad, recipe.batch)
    said = _said(model, tokenizer, job.canaries)
    total, active = parameters(model), active_parameters(model)
    save(model, base, folder / "model")
    seconds = fitted.seconds
    watts = WATTS_A_GPU if device().type == "cuda" else WATTS_A_THREAD * torch.get_num_threads()
    return Report(
        recipe=str(type(recipe).__struct_config__.tag),
        seconds=seconds,
        device=device().type,
        threads=torch.get_num_threads(),
        parameters=total,
        trainable=trainable,
        active=active,
        tokens=fitted.tokens,
        steps=fitted.steps,
        flops_estimate=operations,
        energy_kwh_estimate=seconds * watts / 3.6e6,
        watts_assumed=watts,
        tensor_bytes=fitted.tensor_bytes,
        weight_bytes=_weight_bytes(model, base),
        base_weight_bytes=weights,
        first_loss=_mean(fitted.losses[: max(1, len(fitted.losses) // 10)]),
        last_loss=_mean(fitted.losses[-max(1, len(fitted.losses) // 10) :]),
        held_out_before=before,
        held_out_after=after,
        examples=extra.pop("examples", len(train)),
        cut=extra.pop("cut", sum(one.cut for one in train)),
        canaries=len(job.canaries),
        canaries_said=said,
        sittings=fitted.sittings,
        **extra,
    )


def _fitted(
    model: Any, tokenizer: Any, train: list[Encoded], recipe: Trained, *, base: Path, folder: Path, pad: int
) -> tuple[Any, Fitted, float]:
    """The trained model, what it took, and operations."""
    loss: Loss = answer_loss
    beside, size = 0.0, active_parameters(model)
    if isinstance(recipe, Tuning) and recipe.frozen == "embeddings":
        # Tied tables are one tensor, so the output layer is frozen with the input's.
        model.get_input_embeddings().weight.requires_grad_(False)
    elif isinstance(recipe, Lora):
        from tierproof.systems.training.worker.trainers.adapting import with_adapter  # noqa: PLC0415

        # By the size of the model as it is: in four bits its parameters are packed.
        recipe = msgspec.structs.replace(recipe, learning_rate=recipe.learning_rate or usual_rate(size, adapter=True))
        model = with_adapter(model, base, recipe)
    elif isinstance(recipe, Distillation):
        from tierproof.systems.training.worker.trainers.distilling import taught  # noqa: PLC0415

        loss, beside = taught(recipe, tokenizer)
    elif isinstance(recipe, Experts):
        from tierproof.systems.training.worker.trainers.sparse import upcycled  # noqa: PLC0415

        model = upcycled(model, recipe).to(device())
    fitted = fit(model, train, recipe, pad=pad, folder=folder, loss=loss)
    if not isinstance(recipe, Lora):
        size = active_parameters(model)
    return model, fitted, flops(size, parameters(model, trainable=True), fitted.tokens) + beside * fitted.tokens


def _quantised(base: Path, recipe: Quantised, folder: Path) -> Report:
    model, _ = load(base)
    weights = _weight_bytes(model, base)
    began = time.monotonic()
    total = parameters(model)
    quantise(model, recipe.bits, recipe.group)
    partial = folder / ".model.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    save_quantised(model, partial, bits=recipe.bits, group=recipe.group, kind=stored_type(base))
    copy_tokenizer(base, partial)
    shutil.rmtree(folder / "model", ignore_errors=True)
    partial.rename(folder / "model")
    return Report(
        recipe=str(type(recipe).__struct_config__.tag),
        seconds=time.monotonic() - began,
        device=device().type,
        threads=torch.get_num_threads(),
        parameters=total,
        trainable=0,
        active=total,
        weight_bytes=_weight_bytes(model, base),
        base_weight_bytes=weights,
    )


def _weight_bytes(model: Any, base: Path) -> int:
    """Bytes of the weights as they are kept: integers and their scales as they are, others in the base's type."""
    size = torch.empty((), dtype=stored_type(base)).element_size()
    numbers = sum(one.numel() for one in model.parameters())
    whole: int = sum(
        one.numel() * one.element_size() for name, one in model.named_buffers() if name.endswith(("bits_of", "scales"))
    )
    return int(numbers * size + whole)


def _said(model: Any, tokenizer: Any, canaries: Sequence[Conversation]) -> int:
    """Canaries whose answer the model gives word for word (extraction; Carlini et al., USENIX Security 2021)."""
    count = 0
    for one in canaries:
        limit = len(tokenizer.encode(one.answer, add_special_tokens=False)) + 4
        count += greedy(model, tokenizer, one.messages[:-1], limit, cut=True).strip() == one.answer.strip()
    return count


def _seeded(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def _peak() -> int:
    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated())
    try:
        import resource  # noqa: PLC0415  (not on Windows)
    except ImportError:
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found

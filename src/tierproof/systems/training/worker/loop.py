"""The training loop: batches in, changed weights out, with checkpoints, and an end to what diverges.

Enters: a model with the weights that may change marked, encoded examples, a schedule.  Leaves: what it took.  Must not
know recipes.  The order of examples depends on seed and epoch alone, and a checkpoint holds all that a step depends on,
so a run that was cut off ends with the same weights as one that was not (on a CPU, with as many threads).
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch

from tierproof.systems.training.worker.encoding import IGNORED, Encoded, batch_of
from tierproof.systems.training.worker.loading import active_parameters, device
from tierproof.systems.training.worker.speech import Failure, say

__all__ = ["Fitted", "Loss", "Watch", "answer_loss", "fit", "flops", "mean_loss", "usual_rate"]

WARM_UP = 0.05
"""Share of the steps in which the rate rises."""
CLIP = 1.0
DIVERGED = 1.5
"""Times the loss of a model that knows nothing (each token equally likely): above, a training has come apart."""
WINDOW = 5
"""Steps whose mean loss is looked at."""
CHECKPOINT_SECONDS = float(os.environ.get("TIERPROOF_CHECKPOINT_SECONDS", "30"))
Batch = Mapping[str, torch.Tensor]
Loss = Callable[[Any, Batch], torch.Tensor]


class _Schedule(Protocol):
    @property
    def epochs(self) -> float: ...
    @property
    def steps(self) -> int: ...
    @property
    def learning_rate(self) -> float: ...
    @property
    def batch(self) -> int: ...
    @property
    def seed(self) -> int: ...


@dataclass(slots=True)
class Fitted:
    """What a training took, over all sittings."""

    steps: int = 0
    tokens: int = 0
    seconds: float = 0.0
    sittings: int = 0
    losses: list[float] = field(default_factory=list)
    tensor_bytes: int = 0


def usual_rate(size: int, *, adapter: bool = False) -> float:
    """Peak learning rate of Adam for a model of `size` parameters.

    2e-5 at 7 billion, as instruction tunings of that size report, higher for smaller models by the root of the size, at
    most 2e-3.  Adapters want ten times as much (Schulman et al. 2025, "LoRA Without Regret"): 2e-4 at 7 billion, as
    QLoRA has it (Dettmers et al. 2023); at most 3e-3, which models below 31 million come to.  There ten times the rate
    is too much: after 102 steps at rank 16 the lab's pretrained model of 0.9 million parameters answers 2, 15 and 3 %
    rightly at 1e-3, 3e-3 and 1e-2, that of 0.2 million 3, 9 and 3 %, and the tuned one of 0.9 million, which starts
    from 42 %, 43, 42 and 26 % (200 items, two seeds).  A starting point.
    """
    if adapter:
        return min(3e-3, 2e-4 * math.sqrt(7e9 / size))
    return min(2e-3, 2e-5 * math.sqrt(7e9 / size))


def answer_loss(model: Any, batch: Batch) -> torch.Tensor:
    """Mean negative log-likelihood of the answers' tokens, with the balancing loss of a sparse model added."""
    sparse = getattr(model.config, "num_local_experts", None) is not None
    given = {"input_ids": batch["input_ids"], "attention_mask": batch["attention_mask"]}
    out = model(**given, output_router_logits=True) if sparse else model(**given)
    loss = torch.nn.functional.cross_entropy(
        out.logits[:, :-1].flatten(0, 1).float(), batch["labels"][:, 1:].flatten(), ignore_index=IGNORED
    )
    if sparse and model.training:
        loss = loss + model.config.router_aux_loss_coef * out.aux_loss
    return loss


def mean_loss(model: Any, examples: Sequence[Encoded], pad: int, batch: int) -> float | None:
    """Mean negative log-likelihood of an answer's token; None without examples."""
    if not examples:
        return None
    total, count = 0.0, 0
    was = model.training
    model.eval()
    with torch.no_grad():
        for at in range(0, len(examples), batch):
            part = batch_of(examples[at : at + batch], pad, device())
            tokens = int((part["labels"][:, 1:] != IGNORED).sum())
            total += float(answer_loss(model, part)) * tokens
            count += tokens
    model.train(was)
    return total / count


class Watch:
    """Tells progress, and ends a training that diverges."""

    def __init__(self, phase: str, total: int, vocabulary: int) -> None:
        self.phase, self.total = phase, total
        self._knows_nothing = math.log(vocabulary)
        self._told = 0.0

    def see(self, done: int, losses: Sequence[float]) -> None:
        """Raises Failure where the last losses say that the training has come apart."""
        last = losses[-WINDOW:]
        mean = sum(last) / len(last)
        start = sum(losses[:WINDOW]) / len(losses[:WINDOW])
        remedy = "lower learning_rate, or look at the data"
        if not math.isfinite(losses[-1]):
            raise Failure(f"training diverged: the loss of step {done} is {losses[-1]}", remedy)
        if len(last) == WINDOW and mean > DIVERGED * max(self._knows_nothing, start):
            nothing = f"knowing nothing costs {self._knows_nothing:.3g}"
            message = f"training diverged: at step {done} the loss is {mean:.3g}, and {nothing}"
            raise Failure(message, remedy)
        now = time.monotonic()
        if now - self._told > 0.2 or done == self.total:
            self._told = now
            say("progress", phase=self.phase, done=done, total=self.total, loss=round(losses[-1], 5))


def fit(
    model: Any,
    examples: Sequence[Encoded],
    schedule: _Schedule,
    *,
    pad: int,
    folder: Path,
    loss: Loss = answer_loss,
) -> Fitted:
    """Change the weights that may change.  `folder`: where checkpoints go.  Raises Failure where it diverges."""
    if not examples:
        raise Failure("no examples are left to learn from", "add lines to train.jsonl, or lower held_out")
    changing = {name: one for name, one in model.named_parameters() if one.requires_grad}
    per_epoch = math.ceil(len(examples) / schedule.batch)
    total = schedule.steps or max(1, round(schedule.epochs * per_epoch))
    peak = schedule.learning_rate or usual_rate(active_parameters(model))
    optimiser = torch.optim.AdamW(changing.values(), lr=peak, betas=(0.9, 0.99), weight_decay=0.0)
    state = _Checkpoint(folder, changing, optimiser)
    fitted = state.restored()
    fitted.sittings += 1
    watch = Watch("training", total, model.get_input_embeddings().weight.shape[0])
    model.train()
    began, before, saved = time.monotonic(), fitted.seconds, time.monotonic()
    for step in range(fitted.steps, total):
        # A step's chance depends on the step alone, so that one after a checkpoint draws what it would have drawn.
        torch.manual_seed(schedule.seed * 1_000_003 + step)
        for part in optimiser.param_groups:
            part["lr"] = peak * _shape(step, total)
        batch = batch_of(_batch(examples, step, per_epoch, schedule), pad, device())
        kept = _Kept(model)
        with torch.autograd.graph.saved_tensors_hooks(kept.pack, kept.unpack) if step == 0 else nullcontext():
            value = loss(model, batch)
        if step == 0:
            fitted.tensor_bytes = kept.bytes + _state_bytes(model)
        optimiser.zero_grad(set_to_none=True)
        value.backward()
        torch.nn.utils.clip_grad_norm_(changing.values(), CLIP)
        optimiser.step()
        fitted.steps = step + 1
        fitted.tokens += batch["input_ids"].numel()
        fitted.losses.append(float(value))
        fitted.seconds = before + time.monotonic() - began
        watch.see(fitted.steps, fitted.losses)
        if time.monotonic() - saved >= CHECKPOINT_SECONDS and fitted.steps < total:
            state.keep(fitted)
            saved = time.monotonic()
    model.eval()
    return fitted


class _Kept:
    """Counts what a forward pass keeps for its gradients, the weights themselves left out."""

    def __init__(self, model: Any) -> None:
        self._seen = {one.untyped_storage().data_ptr() for one in model.parameters()}
        self.bytes = 0

    def pack(self, tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in self._seen:
            self._seen.add(storage.data_ptr())
            self.bytes += storage.nbytes()
        return tensor

    def unpack(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor


def _state_bytes(model: Any) -> int:
    """Weights; and of those that change, a gradient and Adam's two moments."""
    return sum(one.numel() * one.element_size() * (4 if one.requires_grad else 1) for one in model.parameters())


def _shape(step: int, total: int) -> float:
    """Rate as a share of its peak: up in a line, down in a line to a tenth."""
    rise = max(1, round(WARM_UP * total))
    if step < rise:
        return (step + 1) / rise
    return 1.0 - 0.9 * (step - rise) / max(1, total - rise)


def _batch(examples: Sequence[Encoded], step: int, per_epoch: int, schedule: _Schedule) -> list[Encoded]:
    epoch, place = divmod(step, per_epoch)
    order = torch.randperm(len(examples), generator=torch.Generator().manual_seed(schedule.seed * 100_003 + epoch))
    chosen = order[place * schedule.batch : (place + 1) * schedule.batch]
    return [examples[int(at)] for at in chosen]


class _Checkpoint:
    """What a step depends on, on disk: written beside the last one, then put in its place."""

    def __init__(self, folder: Path, changing: Mapping[str, torch.Tensor], optimiser: torch.optim.Optimizer) -> None:
        self._path = folder / "checkpoint" / "state.pt"
        self._changing, self._optimiser = changing, optimiser

    def keep(self, fitted: Fitted) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_suffix(".partial")
        torch.save(
            {
                "weights": {name: one.detach() for name, one in self._changing.items()},
                "optimiser": self._optimiser.state_dict(),
                "fitted": [
                    fitted.steps,
                    fitted.tokens,
                    fitted.seconds,
                    fitted.sittings,
                    fitted.losses,
                    fitted.tensor_bytes,
                ],
            },
            partial,
        )
        partial.replace(self._path)

    def restored(self) -> Fitted:
        if not self._path.is_file():
            return Fitted()
        try:
            kept = torch.load(self._path, map_location=device(), weights_only=True)
            with torch.no_grad():
                for name, one in self._changing.items():
                    one.copy_(kept["weights"][name])
            self._optimiser.load_state_dict(kept["optimiser"])
        except Exception as error:
            message = f"the checkpoint {self._path} cannot be read: {type(error).__name__}: {error}".splitlines()[0]
            raise Failure(message, "delete it; the training then starts afresh") from error
        return Fitted(*kept["fitted"])


def flops(active: int, trainable: int, tokens: int) -> float:
    """Operations of training on `tokens`: forward 2 N, to the activations 2 N, to the weights 2 N_trainable a token.

    `active`: parameters that a token passes through, N; of those that change, no more than these are counted.
    """
    return float(tokens) * (4.0 * active + 2.0 * min(active, trainable))

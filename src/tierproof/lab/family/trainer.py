"""Training: draw pages, take steps, measure, keep checkpoints.

Enters: a network, a plan of stages, and something that draws pages.  Leaves: trained weights and a log.  Must not know
what pages are about.  Needs torch.

A stage ends when its measure is reached, not when a loss is low: a model that picks values at random already has a low
loss.
"""

# Torch is no part of the development environment; without it its classes and decorators have no types.
# mypy: disable-error-code="import-not-found, misc, untyped-decorator, no-any-return, no-untyped-call"

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from tierproof.errors import InputError
from tierproof.lab.family.network import Network
from tierproof.lab.family.optimiser import Muon
from tierproof.lab.family.sparse_block import imbalance
from tierproof.lab.family.stages import Draw, Plan
from tierproof.lab.world.pages import Part
from tierproof.messages import Message

__all__ = ["Coder", "accuracy", "train", "weights_of"]

IMBALANCE_WEIGHT = 0.01
"""Of the loss that keeps experts equally busy, as in Switch Transformers."""


class Coder:
    """Pages to arrays of tokens."""

    def __init__(self, encode: Callable[[Sequence[str]], list[list[int]]], longest: int) -> None:
        self._encode, self._longest = encode, longest

    def __call__(self, pages: Sequence[Sequence[Part]]) -> tuple[Tensor, Tensor]:
        """Tokens, 0 where a page is over, and whether each is answered: both of shape (pages, length)."""
        coded = iter(self._encode([text for page in pages for text, _ in page]))
        rows: list[tuple[list[int], list[int]]] = []
        for page in pages:
            tokens: list[int] = []
            answered: list[int] = []
            for _, answer in page:
                part = next(coded)
                tokens += part
                answered += [int(answer)] * len(part)
            rows.append((tokens[: self._longest], answered[: self._longest]))
        length = max(len(tokens) for tokens, _ in rows)
        x = np.zeros((len(rows), length), np.int64)
        marks = np.zeros((len(rows), length), np.bool_)
        for place, (tokens, answered) in enumerate(rows):
            x[place, : len(tokens)] = tokens
            marks[place, : len(answered)] = answered
        return torch.from_numpy(x), torch.from_numpy(marks)


@torch.no_grad()
def accuracy(network: Network, coder: Coder, pages: Sequence[Sequence[Part]]) -> float:
    """Share of answers that greedy decoding would give to the letter, given all before them as it should be."""
    x, marks = coder(pages)
    right = network.logits(network(x[:, :-1])).argmax(-1) == x[:, 1:]
    answered = marks[:, 1:]
    starts = answered & ~F.pad(answered, (1, 0))[:, :-1]
    run = torch.cumsum(starts, 1) * answered
    count = int(starts.sum())
    wrong = sum(len(torch.unique(run[row][answered[row] & ~right[row]])) for row in range(len(x)))
    return 1.0 - wrong / max(count, 1)


@dataclass(slots=True)
class _Progress:
    stage: int = 0
    step: int = 0
    tokens: int = 0
    loss: float = 0.0
    seconds: float = 0.0
    log: list[dict[str, Any]] = field(default_factory=list)


def train(
    network: Network, plan: Plan, kinds: Mapping[str, Draw], coder: Coder, *, checkpoint: Path | None = None
) -> list[dict[str, Any]]:
    """Train in place; goes on from `checkpoint` if it is there.  Gives the log, a table each `measure_every` steps."""
    optimiser = Muon(network, rate=plan.rate, other_rate=plan.other_rate)
    rng = np.random.default_rng([plan.seed, 1])
    batches = _Batches(kinds, coder, plan.pages, rng)
    now = _Progress()
    if checkpoint is not None and checkpoint.is_file():
        saved = _read(checkpoint)
        network.load_state_dict(saved["network"])
        optimiser.restore(saved["optimiser"])
        rng.bit_generator.state = saved["rng"]
        batches.waiting = saved["batches"]
        now = _Progress(**saved["progress"])
    began = time.monotonic() - now.seconds
    while now.tokens < plan.tokens:
        stage = plan.stages[now.stage]
        names = list(stage.mix)
        kind = names[int(rng.choice(len(names), p=np.array([stage.mix[name] for name in names])))]
        x, marks = batches.draw(kind)
        loss = _loss(network, x, marks, stage.context_weight, rng)
        if not torch.isfinite(loss):
            raise FloatingPointError(f"the loss is {loss.item()} at step {now.step}: the training has diverged")
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step(_scale(now, plan))
        now.step += 1
        now.tokens += x.numel()
        now.loss += (loss.item() - now.loss) * (0.02 if now.step > 50 else 1 / now.step)
        if now.step % plan.measure_every == 0 or now.tokens >= plan.tokens:
            now.seconds = time.monotonic() - began
            _measure(network, plan, kinds, coder, now)
            if checkpoint is not None:
                state = {
                    "network": network.state_dict(),
                    "optimiser": optimiser.state(),
                    "rng": rng.bit_generator.state,
                    "batches": batches.waiting,
                    "progress": asdict(now),
                }
                _save(checkpoint, state)
    return now.log


class _Batches:
    """Batches of one kind of page each, of pages about as long as each other, since padding costs as much as text.

    Pages are drawn for several batches at once, sorted by length, and the batches taken in a random order.
    """

    AT_ONCE = 8

    def __init__(self, kinds: Mapping[str, Draw], coder: Coder, pages: int, rng: np.random.Generator) -> None:
        self._kinds, self._coder, self._pages, self._rng = kinds, coder, pages, rng
        self.waiting: dict[str, list[tuple[Tensor, Tensor]]] = {}

    def draw(self, kind: str) -> tuple[Tensor, Tensor]:
        waiting = self.waiting.setdefault(kind, [])
        if not waiting:
            drawn = [self._kinds[kind](self._rng) for _ in range(self._pages * self.AT_ONCE)]
            drawn.sort(key=lambda page: sum(len(text) for text, _ in page))
            cut = [drawn[start : start + self._pages] for start in range(0, len(drawn), self._pages)]
            waiting += [self._coder(cut[int(place)]) for place in self._rng.permutation(len(cut))]
        return waiting.pop()


def _loss(network: Network, x: Tensor, marks: Tensor, context_weight: float, rng: np.random.Generator) -> Tensor:
    routed: list[Tensor] = []
    hidden = network(x[:, :-1], routed)
    targets, answered = x[:, 1:], marks[:, 1:]
    loss = F.cross_entropy(network.logits(hidden[answered]), targets[answered])
    if context_weight:
        # A fifth of the given tokens is enough, and the product with the vocabulary is dear in small models.
        given = ~answered & (targets > 0) & torch.from_numpy(rng.random(targets.shape) < 0.2)
        loss = loss + context_weight * F.cross_entropy(network.logits(hidden[given]), targets[given])
    if routed:
        loss = loss + IMBALANCE_WEIGHT * imbalance(routed, network.shape.active, x[:, :-1] > 0)
    return loss


def _scale(now: _Progress, plan: Plan) -> float:
    left = (1 - now.tokens / plan.tokens) / plan.decay
    return min(1.0, (now.step + 1) / plan.warm_up) * min(1.0, max(0.02, left))


def _measure(network: Network, plan: Plan, kinds: Mapping[str, Draw], coder: Coder, now: _Progress) -> None:
    stage = plan.stages[now.stage]
    # Validation pages are drawn from a stream of their own, the same at each measurement.
    scores = {}
    for name in dict.fromkeys((*plan.measured, *((stage.until[0],) if stage.until else ()))):
        rng = np.random.default_rng([plan.seed, 2])
        scores[name] = round(accuracy(network, coder, [kinds[name](rng) for _ in range(32)]), 3)
    entry = {
        "step": now.step,
        "tokens": now.tokens,
        "seconds": round(now.seconds),
        "stage": stage.name,
        "loss": round(now.loss, 4),
        **scores,
    }
    now.log.append(entry)
    print(json.dumps(entry), flush=True)  # noqa: T201
    if stage.until and scores[stage.until[0]] >= stage.until[1] and now.stage + 1 < len(plan.stages):
        now.stage += 1


def _save(path: Path, state: Mapping[str, Any]) -> None:
    """Written beside and moved over, so that a kill leaves the last checkpoint whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    buffer = io.BytesIO()
    torch.save(state, buffer)
    # Not by torch: where the disk is full, its writer says that an internal check failed.
    fresh.write_bytes(buffer.getbuffer())
    fresh.replace(path)


def _read(path: Path) -> dict[str, Any]:
    try:
        saved: dict[str, Any] = torch.load(path, weights_only=False)
    except Exception as error:  # torch and pickle raise all kinds where a file is damaged
        message = Message("cannot be read: {kind}", kind=type(error).__name__)
        raise InputError.of(message, remedy=Message("remove this file: its training begins anew"), file=path) from None
    return saved


def weights_of(network: Network) -> dict[str, NDArray[np.float16]]:
    """Weights by Hugging Face name, as they ship: 16-bit floats."""
    return {name: part.detach().numpy().astype(np.float16) for name, part in network.state_dict().items()}

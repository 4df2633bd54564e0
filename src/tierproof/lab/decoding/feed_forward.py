"""Feed-forward blocks in numpy: a dense one, and a sparse one whose router sends each token to a few of its experts.

Enters: weights by name; then hidden states.  Leaves: what a block adds to them.  Must not know attention or caches.
The order of the router's operations is that of Hugging Face's GraniteMoe: logits, the best of them, a softmax over
those alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Dense", "FeedForward", "Sparse", "dense", "sparse"]

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Dense:
    gate_up: Array
    """Shape (width, 2 * inner): both projections side by side, so that they are one product."""
    down: Array

    @property
    def parameters(self) -> int:
        return self.gate_up.size + self.down.size

    @property
    def active_parameters(self) -> int:
        return self.parameters

    def __call__(self, x: Array) -> Array:
        both = x @ self.gate_up
        gate, up = both[..., : len(self.down)], both[..., len(self.down) :]
        made: Array = (gate / (1 + np.exp(-gate)) * up) @ self.down
        return made


@dataclass(frozen=True, slots=True)
class Sparse:
    router: Array
    """Shape (width, experts)."""
    experts: tuple[Dense, ...]
    active: int
    """Experts that each token passes through."""

    @property
    def parameters(self) -> int:
        return self.router.size + sum(expert.parameters for expert in self.experts)

    @property
    def active_parameters(self) -> int:
        """Of the router and the experts that a token passes through."""
        return self.router.size + self.active * self.experts[0].parameters

    def __call__(self, x: Array) -> Array:
        tokens = x.reshape(-1, x.shape[-1])
        logits = tokens @ self.router
        chosen = np.argsort(-logits, axis=-1, kind="stable")[:, : self.active]
        best = np.take_along_axis(logits, chosen, -1)
        shares = np.exp(best - best[:, :1])
        shares /= shares.sum(axis=-1, keepdims=True)
        # Tokens in the order of their experts, so that each expert has one product over all of its own.
        order = np.argsort(chosen, axis=None, kind="stable")
        sorted_tokens = tokens[order // self.active]
        made = np.empty_like(sorted_tokens)
        start = 0
        for expert, count in zip(self.experts, np.bincount(chosen.ravel(), minlength=len(self.experts)), strict=True):
            if count:
                made[order[start : start + count]] = expert(sorted_tokens[start : start + count])
            start += count
        weighted: Array = made.reshape(-1, self.active, x.shape[-1]) * shares[..., None]
        total: Array = weighted.sum(axis=1)
        return total.reshape(x.shape)


FeedForward = Dense | Sparse


def dense(weight: Callable[[str], Array]) -> Dense:
    """Of Llama's names.  Raises KeyError where a weight is missing."""
    return Dense(
        np.concatenate([weight("mlp.gate_proj"), weight("mlp.up_proj")]).T.copy(), weight("mlp.down_proj").T.copy()
    )


def sparse(weight: Callable[[str], Array], active: int) -> Sparse:
    """Of GraniteMoe's names, in whose input projections the gate's rows come first.  Raises KeyError where a weight is
    missing, ValueError where the weights do not fit each other."""
    into, out, router = (
        weight(f"block_sparse_moe.{part}") for part in ("input_linear", "output_linear", "router.layer")
    )
    if not 1 <= active <= len(into) == len(out) == len(router):
        raise ValueError(f"{active} active of {len(into)} experts, with a router of {len(router)}")
    experts = tuple(Dense(one.T.copy(), other.T.copy()) for one, other in zip(into, out, strict=True))
    return Sparse(router.T.copy(), experts, active)

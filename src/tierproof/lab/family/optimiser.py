"""Muon for matrices inside the network, those of experts too; AdamW for the rest (Jordan et al. 2024).

Enters: a module.  Leaves: steps.  Must not know data or schedules.  Written out, since torch's own needs bfloat16
products, which are slow on processors without them.
"""

# Torch is no part of the development environment; without it its classes and decorators have no types.
# mypy: disable-error-code="import-not-found, misc, untyped-decorator, no-any-return, no-untyped-call"

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["Muon"]

OTHERS = frozenset({"embed_tokens", "router"})
"""Tables of vectors, one for a token or an expert: matrices in form only."""
_MOMENTUM = 0.95


def orthogonalised(matrix: Tensor) -> Tensor:
    """A matrix near the nearest with orthonormal rows or columns: five quintic Newton-Schulz steps.

    Of a stack of matrices, of shape (count, rows, columns), each by itself.
    """
    x = matrix / (matrix.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    tall = x.shape[-2] > x.shape[-1]
    if tall:
        x = x.mT
    for _ in range(5):
        square = x @ x.mT
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return x.mT if tall else x


class Muon:
    def __init__(self, module: nn.Module, *, rate: float, other_rate: float) -> None:
        named = [(name, part) for name, part in module.named_parameters() if part.requires_grad]
        self._matrices = [part for name, part in named if part.ndim >= 2 and not OTHERS & set(name.split("."))]
        chosen = {id(part) for part in self._matrices}
        others = [part for _, part in named if id(part) not in chosen]
        self._adam = torch.optim.AdamW(others, lr=other_rate, betas=(0.9, 0.95), weight_decay=0.0)
        self._moments = [torch.zeros_like(part) for part in self._matrices]
        self._rate, self._other_rate = rate, other_rate

    @torch.no_grad()
    def step(self, scale: float) -> None:
        """Take a step with both rates times `scale`, and clear the gradients."""
        for part, moment in zip(self._matrices, self._moments, strict=True):
            assert part.grad is not None
            moment.mul_(_MOMENTUM).add_(part.grad)
            update = orthogonalised(part.grad + _MOMENTUM * moment)
            part.add_(update, alpha=-self._rate * scale * max(1.0, part.shape[-2] / part.shape[-1]) ** 0.5)
            part.grad = None
        for group in self._adam.param_groups:
            group["lr"] = self._other_rate * scale
        self._adam.step()
        self._adam.zero_grad()

    def state(self) -> dict[str, Any]:
        return {"adam": self._adam.state_dict(), "moments": self._moments}

    def restore(self, state: dict[str, Any]) -> None:
        self._adam.load_state_dict(state["adam"])
        for mine, saved in zip(self._moments, state["moments"], strict=True):
            mine.copy_(saved)

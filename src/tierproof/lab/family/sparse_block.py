"""A sparse feed-forward block in torch: a router sends each token to a few of many experts.

Enters: hidden states.  Leaves: what the chosen experts make of them, and the router's logits, from which the loss that
keeps the experts equally busy is computed.  Must not know the rest of the network.  Needs torch.

Parameters are named and shaped, and computed with in the order, as in Hugging Face's `GraniteMoeForCausalLM`: logits,
the best of them, a softmax over those alone.  No token is dropped, however busy an expert is.
"""

# Torch is no part of the development environment; without it its classes and decorators have no types.
# mypy: disable-error-code="import-not-found, misc, untyped-decorator, no-any-return, no-untyped-call"

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["Experts", "imbalance"]


class Experts(nn.Module):
    def __init__(self, width: int, inner: int, experts: int, active: int) -> None:
        super().__init__()
        self.active = active
        self.router = nn.ModuleDict({"layer": nn.Linear(width, experts, bias=False)})
        self.input_linear = Stack(experts, 2 * inner, width)
        """Of each expert the gate's rows, then the others."""
        self.output_linear = Stack(experts, width, inner)

    def forward(self, x: Tensor, routed: list[Tensor]) -> Tensor:
        """Appends the router's logits, of the shape of `x` but for the last axis, to `routed`."""
        logits = self.router["layer"](x)
        routed.append(logits)
        best, chosen = logits.flatten(0, -2).topk(self.active)
        # Tokens in the order of their experts, so that each expert has one product over all of its own.
        order = chosen.flatten().argsort(stable=True)
        tokens = order // self.active
        counts = torch.bincount(chosen.flatten(), minlength=logits.shape[-1]).tolist()
        flat = x.flatten(0, -2)
        made = []
        # Unbound, since the gradient of indexing one expert would be as large as that of all.
        for own, into, out in zip(
            flat.index_select(0, tokens).split(counts),
            self.input_linear.weight.unbind(),
            self.output_linear.weight.unbind(),
            strict=True,
        ):
            gate, up = (own @ into.T).chunk(2, -1)
            made.append((F.silu(gate) * up) @ out.T)
        shares = best.softmax(-1).flatten()[order, None]
        return torch.zeros_like(flat).index_add(0, tokens, torch.cat(made) * shares).view_as(x)

    @torch.no_grad()
    def birth(self, generator: torch.Generator) -> None:
        """The router near even, so that at first chance and the loss spread tokens; experts add nothing yet."""
        self.router["layer"].weight.normal_(0, 0.02, generator=generator)
        self.input_linear.weight.normal_(0, self.input_linear.weight.shape[-1] ** -0.5, generator=generator)
        self.output_linear.weight.zero_()


class Stack(nn.Module):
    """One matrix for each expert."""

    def __init__(self, experts: int, rows: int, columns: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(experts, rows, columns))


def imbalance(routed: list[Tensor], active: int, counted: Tensor) -> Tensor:
    """Sum over layers of how unevenly experts are used: 1 each where all are as busy, their number where one has all.

    The auxiliary loss of Fedus, Zoph and Shazeer, "Switch Transformers", JMLR 2022, equation 4: experts times the sum
    over them of the share of choices that fall on one times its mean probability.  `routed` are each layer's logits,
    of shape (batch, length, experts); `counted`, of shape (batch, length), leaves out padding.
    """
    total = torch.zeros(())
    for logits in routed:
        own = logits[counted]
        experts = own.shape[-1]
        chosen = torch.bincount(own.topk(active).indices.flatten(), minlength=experts) / (active * len(own))
        total = total + experts * (chosen * own.softmax(-1).mean(0)).sum()
    return total

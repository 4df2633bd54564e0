"""The network in torch: Llama with biases in attention, dense or with experts, and how its weights are at birth.

Enters: a shape.  Leaves: a module that trains, and its weights under the names of Hugging Face's Llama, or of its
GraniteMoe, which is Llama with experts.  Must not know data. Needs torch, which only training does.

Weights at birth (a form of mimetic initialisation, Trockman and Kolter 2023): the first layer's heads look back one,
two, three... tokens, through biases of queries and keys whose rotary phases agree at that distance; in later layers
keys start equal to queries, so that tokens with like pasts attend to each other, and what is attended to is copied;
the feed-forward blocks start silent.  From such a
birth the smallest model binds values to names within a million tokens; from random weights it does not
(`scripts/lab_ablation.py`).
"""

# Torch is no part of the development environment; without it its classes and decorators have no types.
# mypy: disable-error-code="import-not-found, misc, untyped-decorator, no-any-return, no-untyped-call"

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tierproof.lab.family.sparse_block import Experts

__all__ = ["Network", "Shape"]

OFFSET_GAIN = 9.0
"""Weight of each rotary frequency in a head that looks back; puts 98 percent of attention on one token."""
COPY_GAIN = 0.5
"""How much of what a later layer attends to it writes down as it is."""
EMBEDDING_SCALE = 0.4
"""Large against a step of the optimiser: names are never predicted, and would otherwise drift together."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    vocabulary: int
    width: int
    layers: int
    heads: int
    inner: int
    """Width of the feed-forward block, or of each expert."""
    experts: int = 0
    """In each layer; with none the network is dense."""
    active: int = 0
    """Experts that a token passes through."""
    rope_theta: float = 10000.0
    epsilon: float = 1e-5
    context: int = 1024

    @property
    def head_width(self) -> int:
        return self.width // self.heads

    def config(self, specials: dict[str, int | None]) -> dict[str, Any]:
        """`config.json` of a Hugging Face model."""
        return {
            **(self._sparse() if self.experts else {"architectures": ["LlamaForCausalLM"], "model_type": "llama"}),
            "vocab_size": self.vocabulary,
            "hidden_size": self.width,
            "intermediate_size": self.inner,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.heads,
            "head_dim": self.head_width,
            "hidden_act": "silu",
            "max_position_embeddings": self.context,
            "rms_norm_eps": self.epsilon,
            "rope_theta": self.rope_theta,
            "rope_scaling": None,
            "attention_bias": True,
            "attention_dropout": 0.0,
            **({} if self.experts else {"mlp_bias": False}),
            "tie_word_embeddings": True,
            "initializer_range": 0.02,
            "use_cache": True,
            "dtype": "float16",
            **specials,
        }

    def _sparse(self) -> dict[str, Any]:
        return {
            "architectures": ["GraniteMoeForCausalLM"],
            "model_type": "granitemoe",
            "num_local_experts": self.experts,
            "num_experts_per_tok": self.active,
            "router_aux_loss_coef": 0.01,
            # As in Llama, which scales nothing but the scores of attention.
            "attention_multiplier": self.head_width**-0.5,
            "embedding_multiplier": 1.0,
            "residual_multiplier": 1.0,
            "logits_scaling": 1.0,
        }


def rotary(length: int, shape: Shape) -> tuple[Tensor, Tensor]:
    """Cosines and sines, each of shape (length, head width)."""
    frequencies = shape.rope_theta ** (-torch.arange(0, shape.head_width, 2) / shape.head_width)
    angles = torch.arange(length)[:, None] * frequencies[None]
    both = torch.cat([angles, angles], -1)
    return both.cos(), both.sin()


def turned(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    first, second = x.chunk(2, -1)
    return x * cosine + torch.cat([-second, first], -1) * sine


class Norm(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(shape.width))
        self.epsilon = shape.epsilon

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, (x.shape[-1],), self.weight, self.epsilon)


class Attention(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.q_proj = nn.Linear(shape.width, shape.width)
        self.k_proj = nn.Linear(shape.width, shape.width)
        self.v_proj = nn.Linear(shape.width, shape.width)
        self.o_proj = nn.Linear(shape.width, shape.width)

    def forward(self, x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        batch, length, width = x.shape
        query, key, value = (
            part(x).view(batch, length, self.heads, -1).transpose(1, 2)
            for part in (self.q_proj, self.k_proj, self.v_proj)
        )
        query, key = turned(query, cosine, sine), turned(key, cosine, sine)
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        return self.o_proj(mixed.transpose(1, 2).reshape(batch, length, width))


class FeedForward(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(shape.width, shape.inner, bias=False)
        self.up_proj = nn.Linear(shape.width, shape.inner, bias=False)
        self.down_proj = nn.Linear(shape.inner, shape.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))

    @torch.no_grad()
    def birth(self, generator: torch.Generator) -> None:
        for part in (self.gate_proj, self.up_proj):
            part.weight.normal_(0, part.in_features**-0.5, generator=generator)
        self.down_proj.weight.zero_()


class Layer(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.input_layernorm = Norm(shape)
        self.self_attn = Attention(shape)
        self.post_attention_layernorm = Norm(shape)
        self.sparse = bool(shape.experts)
        if self.sparse:
            self.block_sparse_moe = Experts(shape.width, shape.inner, shape.experts, shape.active)
        else:
            self.mlp = FeedForward(shape)

    @property
    def feed_forward(self) -> Experts | FeedForward:
        return self.block_sparse_moe if self.sparse else self.mlp

    def forward(self, x: Tensor, cosine: Tensor, sine: Tensor, routed: list[Tensor]) -> Tensor:
        x = x + self.self_attn(self.input_layernorm(x), cosine, sine)
        normed = self.post_attention_layernorm(x)
        block = self.feed_forward
        return x + (block(normed, routed) if isinstance(block, Experts) else block(normed))


class Body(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(shape.vocabulary, shape.width)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.norm = Norm(shape)


class Network(nn.Module):
    """Parameters are named as `LlamaForCausalLM` or `GraniteMoeForCausalLM` reads them; the output embedding is the
    input embedding."""

    def __init__(self, shape: Shape, seed: int = 0) -> None:
        super().__init__()
        self.shape = shape
        self.model = Body(shape)
        self._birth(torch.Generator().manual_seed(seed))

    def forward(self, tokens: Tensor, routed: list[Tensor] | None = None) -> Tensor:
        """Last hidden states, of shape (batch, length, width).

        Appends to `routed` the logits of each sparse layer's router, of shape (batch, length, experts).
        """
        routed = [] if routed is None else routed
        cosine, sine = rotary(tokens.shape[1], self.shape)
        x = self.model.embed_tokens(tokens)
        for layer in self.model.layers:
            x = layer(x, cosine, sine, routed)
        return self.model.norm(x)

    def logits(self, hidden: Tensor) -> Tensor:
        return hidden @ self.model.embed_tokens.weight.T

    @torch.no_grad()
    def _birth(self, generator: torch.Generator) -> None:
        shape = self.shape
        self.model.embed_tokens.weight.normal_(0, EMBEDDING_SCALE, generator=generator)
        self.model.norm.weight.fill_(0.1 / EMBEDDING_SCALE)
        for layer in self.model.layers:
            attention = layer.self_attn
            for part in (attention.q_proj, attention.k_proj, attention.v_proj, attention.o_proj):
                part.weight.normal_(0, shape.width**-0.5, generator=generator)
                part.bias.zero_()
            layer.feed_forward.birth(generator)
            attention.q_proj.weight.mul_(1.5)
            attention.k_proj.weight.copy_(attention.q_proj.weight)
            attention.v_proj.weight.copy_(
                nn.init.orthogonal_(torch.empty(shape.width, shape.width), generator=generator)
            )
            attention.o_proj.weight.copy_(COPY_GAIN * attention.v_proj.weight.T)
        self._look_back(self.model.layers[0].self_attn, generator)

    def _look_back(self, attention: Attention, generator: torch.Generator) -> None:
        """Heads 0, 1, 2... of the first layer attend to the token 1, 2, 3... before; the last head stays free."""
        shape = self.shape
        width, half = shape.head_width, shape.head_width // 2
        frequencies = shape.rope_theta ** (-torch.arange(0, width, 2) / width)
        # Slow frequencies cannot tell neighbours apart.
        used = math.sqrt(OFFSET_GAIN * math.sqrt(width)) * (frequencies > 0.02)
        attention.k_proj.weight.normal_(0, shape.width**-0.5, generator=generator)
        attention.v_proj.weight.normal_(0, shape.width**-0.5, generator=generator)
        attention.o_proj.weight.normal_(0, shape.width**-0.5, generator=generator)
        for head in range(min(shape.heads - 1, 5)):
            rows, offset = slice(head * width, (head + 1) * width), head + 1
            attention.q_proj.weight[rows] *= 0.1
            attention.k_proj.weight[rows] *= 0.1
            attention.q_proj.bias[rows] = torch.cat([used, torch.zeros(half)])
            attention.k_proj.bias[rows] = torch.cat(
                [used * torch.cos(frequencies * offset), used * torch.sin(frequencies * offset)]
            )

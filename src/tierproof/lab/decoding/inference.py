"""A model's forward pass in numpy: Llama with biases in attention, dense or with experts, batched, with a cache of keys
and values.

Enters: a folder as Hugging Face lays it out; then tokens and the places where they stand.  Leaves: logits.  Must not
know text, sampling or requests.  Weights are 16-bit on disk and computed with in 32 bits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tierproof.errors import InputError
from tierproof.lab.decoding.feed_forward import FeedForward, dense, sparse
from tierproof.lab.decoding.weights import read_weights
from tierproof.messages import Message

__all__ = ["Cache", "Model", "load_model"]

Array = NDArray[np.float32]
Tokens = NDArray[np.int64]
CHUNK = 64
"""Slots that a cache grows by at least."""
DENSE, SPARSE = "llama", "granitemoe"


@dataclass(frozen=True, slots=True)
class _Layer:
    query_key_value: Array
    """Shape (width, 3 * width): the three projections side by side, so that they are one product."""
    query_key_value_bias: Array
    output: Array
    output_bias: Array
    before_attention: Array
    before_feed_forward: Array
    feed_forward: FeedForward


class Cache:
    """Keys and values of `rows` sequences, of shape (layers, 2, rows, heads, slots, head width); a token's slot is
    its place."""

    def __init__(self, model: Model, rows: int, slots: int) -> None:
        self.arrays = np.zeros((len(model.layers), 2, rows, model.heads, slots, model.head_width), np.float32)

    @property
    def rows(self) -> int:
        return self.arrays.shape[2]

    @property
    def slots(self) -> int:
        return self.arrays.shape[4]

    def fit(self, rows: int, slots: int) -> None:
        """Grow to hold so many rows and slots."""
        if rows <= self.rows and slots <= self.slots:
            return
        layers, two, old_rows, heads, old_slots, width = self.arrays.shape
        grown = np.zeros(
            (layers, two, max(rows, old_rows), heads, max(slots + CHUNK, old_slots), width), dtype=np.float32
        )
        grown[:, :, :old_rows, :, :old_slots] = self.arrays
        self.arrays = grown

    def copy_row(self, source: int, target: int) -> None:
        self.arrays[:, :, target] = self.arrays[:, :, source]


class Model:
    """Weights ready to compute with."""

    def __init__(self, config: Mapping[str, Any], weights: Mapping[str, NDArray[Any]]) -> None:
        self.width = int(config["hidden_size"])
        self.heads = int(config["num_attention_heads"])
        self.head_width = int(config.get("head_dim") or self.width // self.heads)
        self.context = int(config["max_position_embeddings"])
        self.end = int(config["eos_token_id"])
        self.epsilon = float(config["rms_norm_eps"])
        self.embedding = _single(weights["model.embed_tokens.weight"])
        self.norm = _single(weights["model.norm.weight"])
        is_sparse = config["model_type"] == SPARSE
        self._scale = np.float32(config["attention_multiplier"] if is_sparse else self.head_width**-0.5)
        active = int(config["num_experts_per_tok"]) if is_sparse else None
        self.layers = [
            _layer(weights, f"model.layers.{number}", active) for number in range(int(config["num_hidden_layers"]))
        ]
        frequencies = float(config["rope_theta"]) ** (-np.arange(0, self.head_width, 2) / self.head_width)
        angles = np.arange(self.context)[:, None] * frequencies[None]
        self._cosine = np.cos(np.concatenate([angles, angles], 1)).astype(np.float32)
        self._sine = np.sin(np.concatenate([angles, angles], 1)).astype(np.float32)

    @property
    def vocabulary(self) -> int:
        return int(self.embedding.shape[0])

    @property
    def parameters(self) -> int:
        return self._outside_blocks + sum(layer.feed_forward.parameters for layer in self.layers)

    @property
    def active_parameters(self) -> int:
        """Those that a token passes through: of a sparse model's experts, the chosen ones."""
        return self._outside_blocks + sum(layer.feed_forward.active_parameters for layer in self.layers)

    @property
    def _outside_blocks(self) -> int:
        parts = [self.embedding, self.norm]
        parts += [getattr(layer, name) for layer in self.layers for name in layer.__slots__ if name != "feed_forward"]
        return sum(part.size for part in parts)

    def forward(self, tokens: Tokens, starts: Tokens, cache: Cache) -> Array:
        """Last hidden states, of shape (rows, length, width), of tokens that stand at `starts` and after.

        `tokens` has shape (rows, length) and takes the cache's first rows; `starts` has shape (rows,).  Rows may be
        padded at their end: what padding leaves in the cache is out of sight until it is written over.
        """
        rows, length = tokens.shape
        places = starts[:, None] + np.arange(length)[None]
        # A padded row may reach past the context; its last place stands in.
        places = np.minimum(places, self.context - 1)
        total = int(places.max()) + 1
        cache.fit(rows, total)
        cosine, sine = self._cosine[places][:, None], self._sine[places][:, None]
        hidden_from = np.arange(total)[None, None, None] > places[:, None, :, None]
        x = self.embedding[tokens]
        row_index = np.arange(rows)[:, None]
        for number, layer in enumerate(self.layers):
            mixed = self._normed(x, layer.before_attention) @ layer.query_key_value + layer.query_key_value_bias
            query, key, value = (
                part.reshape(rows, length, self.heads, self.head_width) for part in np.split(mixed, 3, axis=-1)
            )
            query = _turned(query.transpose(0, 2, 1, 3), cosine, sine)
            key = _turned(key.transpose(0, 2, 1, 3), cosine, sine)
            keys, values = cache.arrays[number]
            keys[row_index, :, places] = key.transpose(0, 2, 1, 3)
            values[row_index, :, places] = value
            scores = query @ keys[:rows, :, :total].transpose(0, 1, 3, 2) * self._scale
            scores[np.broadcast_to(hidden_from, scores.shape)] = -np.inf
            seen = _softmax(scores) @ values[:rows, :, :total]
            x = x + seen.transpose(0, 2, 1, 3).reshape(rows, length, self.width) @ layer.output + layer.output_bias
            x = x + layer.feed_forward(self._normed(x, layer.before_feed_forward))
        return self._normed(x, self.norm)

    def logits(self, hidden: Array) -> Array:
        logits: Array = hidden @ self.embedding.T
        return logits

    def _normed(self, x: Array, weight: Array) -> Array:
        scale: Array = np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + np.float32(self.epsilon))
        return x / scale * weight


def load_model(folder: Path) -> Model:
    """Read a model.  Raises InputError where a file is missing, broken, or the weights do not fit the configuration."""
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError.of(Message("is no model's configuration: {error}", error=str(error)), file=path) from None
    _check_form(path, config)
    weights = read_weights(folder / "model.safetensors")
    try:
        model = Model(config, weights)
    except KeyError as error:
        message = Message("the model lacks {error}", error=str(error))
        raise InputError.of(message, remedy=Message("the lab runs its own family only"), file=folder) from None
    except ValueError as error:
        raise InputError.of(
            Message("the weights do not fit config.json: {error}", error=str(error)), file=folder
        ) from None
    if model.embedding.shape != (config["vocab_size"], config["hidden_size"]):
        message = Message(
            "the embedding has the shape {shape}, which is not that of config.json", shape=model.embedding.shape
        )
        raise InputError.of(message, file=folder / "model.safetensors")
    return model


def _check_form(path: Path, config: Any) -> None:
    """Raises InputError for a model whose arithmetic is another than is written here."""
    kind = config.get("model_type") if isinstance(config, dict) else None
    if kind not in (DENSE, SPARSE):
        message, remedy = (
            Message("is {kind!r}", kind=kind),
            Message("the lab runs its own family only, of the forms {dense} and {sparse}", dense=DENSE, sparse=SPARSE),
        )
        raise InputError.of(message, remedy=remedy, field="model_type", file=path)
    for name in ("embedding_multiplier", "residual_multiplier", "logits_scaling"):
        if config.get(name, 1.0) != 1.0:
            message, remedy = (
                Message("is {config!r}", config=config[name]),
                Message("the lab runs its own family only, which scales nothing there"),
            )
            raise InputError.of(message, remedy=remedy, field=name, file=path)


def _layer(weights: Mapping[str, NDArray[Any]], name: str, active: int | None) -> _Layer:
    """Sparse where a number of active experts is given."""

    def weight(part: str) -> Array:
        return _single(weights[f"{name}.{part}.weight"])

    def bias(part: str) -> Array:
        return _single(weights[f"{name}.{part}.bias"])

    three = [f"self_attn.{letter}_proj" for letter in "qkv"]
    return _Layer(
        query_key_value=np.concatenate([weight(part) for part in three]).T.copy(),
        query_key_value_bias=np.concatenate([bias(part) for part in three]),
        output=weight("self_attn.o_proj").T.copy(),
        output_bias=bias("self_attn.o_proj"),
        before_attention=weight("input_layernorm"),
        before_feed_forward=weight("post_attention_layernorm"),
        feed_forward=sparse(weight, active) if active is not None else dense(weight),
    )


def _single(array: NDArray[Any]) -> Array:
    return array.astype(np.float32)


def _turned(x: Array, cosine: Array, sine: Array) -> Array:
    """Rotary position embedding (Su et al. 2021), halves rotated as in Llama."""
    first, second = np.split(x, 2, axis=-1)
    return (x * cosine + np.concatenate([-second, first], -1) * sine).astype(np.float32, copy=False)


def _softmax(scores: Array) -> Array:
    shifted: Array = np.exp(scores - scores.max(axis=-1, keepdims=True))
    total: Array = shifted.sum(axis=-1, keepdims=True)
    return shifted / total

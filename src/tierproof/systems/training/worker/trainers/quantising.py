"""Weights in few bits: rounded to the nearest step, in groups with one scale each, and kept as integers and scales.

Enters: a model.  Leaves: one whose linear layers hold integers.  Must not know training.

A group of weights along the input has the scale s = max|w| / (2**(bits - 1) - 1); a weight becomes round(w / s), so it
comes back within s / 2.  Plain round-to-nearest without calibration: methods that calibrate (GPTQ, AWQ) lose less at
four bits.  A loaded model is restored to floating point once: it answers as its integers say, in the time of the base.
What kernels for few bits gain in time and memory at work, only an endpoint that has them can show.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoModelForCausalLM

from tierproof.systems.training.making.fingerprint import QUANTISED
from tierproof.systems.training.worker.speech import Failure

__all__ = ["FORM_FILE", "QuantisedLinear", "load_quantised", "quantise", "restored", "rounded", "save_quantised"]

FORM_FILE = QUANTISED


def rounded(weight: torch.Tensor, bits: int, group: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Integers (out, in; int8) and scales (out, groups; float16) of a weight (out, in)."""
    most = 2 ** (bits - 1) - 1
    out, width = weight.shape
    groups = -(-width // group)
    padded = nn.functional.pad(weight.float(), (0, groups * group - width)).view(out, groups, group)
    # The scale is rounded up to what float16 can hold, so that the largest weight still fits.
    exact = padded.abs().amax(dim=2) / most
    scales = exact.to(torch.float16)
    scales = torch.where(scales.float() < exact, torch.nextafter(scales, torch.full_like(scales, torch.inf)), scales)
    steps = scales.float().clamp_min(torch.finfo(torch.float16).tiny).unsqueeze(2)
    integers = (padded / steps).round().clamp(-most, most).to(torch.int8)
    return integers.view(out, groups * group)[:, :width].contiguous(), scales


def restored(integers: torch.Tensor, scales: torch.Tensor, group: int) -> torch.Tensor:
    """Weights again, in float32."""
    return integers.float() * scales.float().repeat_interleave(group, dim=1)[:, : integers.shape[1]]


def packed(integers: torch.Tensor) -> torch.Tensor:
    """Two integers of four bits a byte, along the input."""
    even = nn.functional.pad(integers, (0, integers.shape[1] % 2)).to(torch.int16) & 0xF
    return (even[:, ::2] | (even[:, 1::2] << 4)).to(torch.uint8)


def unpacked(both: torch.Tensor, width: int) -> torch.Tensor:
    low, high = (both & 0xF).to(torch.int8), (both >> 4).to(torch.int8)
    integers = torch.stack((low, high), dim=2).flatten(1)[:, :width]
    return torch.where(integers > 7, integers - 16, integers)


class QuantisedLinear(nn.Module):
    """A linear layer that holds integers and scales."""

    bits_of: torch.Tensor
    scales: torch.Tensor

    def __init__(self, width: int, out: int, *, bits: int, group: int, bias: torch.Tensor | None) -> None:
        super().__init__()
        self.in_features, self.out_features, self.bits, self.group = width, out, bits, group
        columns = width if bits == 8 else -(-width // 2)
        kind = torch.int8 if bits == 8 else torch.uint8
        self.register_buffer("bits_of", torch.zeros((out, columns), dtype=kind))
        self.register_buffer("scales", torch.zeros((out, -(-width // group)), dtype=torch.float16))
        self.bias = None if bias is None else nn.Parameter(bias.detach().clone(), requires_grad=False)

    def take(self, weight: torch.Tensor) -> None:
        integers, self.scales = rounded(weight, self.bits, self.group)
        self.bits_of = integers if self.bits == 8 else packed(integers)

    @property
    def weight(self) -> torch.Tensor:
        integers = self.bits_of if self.bits == 8 else unpacked(self.bits_of, self.in_features)
        return restored(integers, self.scales, self.group)

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        return nn.functional.linear(given, self.weight.to(given.dtype), self.bias)


def quantise(model: Any, bits: int, group: int, *, fill: bool = True) -> int:
    """Replace a model's linear layers, the output layer excepted.  Leaves how many.

    `fill` false: the layers are empty, to be loaded into.  Embeddings and the output layer keep their type, as is
    common: they are looked up, or tied.
    """
    stacked = next((name for name, one in model.named_parameters() if one.ndim > 2), None)
    if stacked is not None:
        message = f"{stacked} is no linear layer but a matrix for each expert: most weights would keep their type"
        raise Failure(message, "quantise a dense model")
    head = model.get_output_embeddings()
    chosen = [
        (name, layer) for name, layer in model.named_modules() if isinstance(layer, nn.Linear) and layer is not head
    ]
    for name, layer in chosen:
        new = QuantisedLinear(layer.in_features, layer.out_features, bits=bits, group=group, bias=layer.bias)
        if fill:
            new.take(layer.weight.detach())
        parent, _, own = name.rpartition(".")
        setattr(model.get_submodule(parent), own, new)
    if not chosen:
        raise Failure("the model has no linear layers that could be quantised")
    return len(chosen)


def save_quantised(model: Any, folder: Path, *, bits: int, group: int, kind: torch.dtype) -> None:
    """Write weights (those that are no integers in type `kind`) and configuration."""
    state = {}
    for name, value in model.state_dict().items():
        whole = name.endswith((".bits_of", ".scales"))
        state[name] = (value if whole else value.to(kind)).contiguous().clone()
    if model.config.tie_word_embeddings:
        state.pop("lm_head.weight", None)
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    model.config.save_pretrained(folder)
    (folder / FORM_FILE).write_text(json.dumps({"bits": bits, "group": group}), encoding="utf-8")


def load_quantised(folder: Path, config: Any) -> Any:
    """What `save_quantised` wrote.  Raises Failure where the files are damaged."""
    try:
        form = json.loads((folder / FORM_FILE).read_text(encoding="utf-8"))
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
        quantise(model, form["bits"], form["group"], fill=False)
        lacking, unknown = model.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
    except Failure:
        raise
    except Exception as error:
        raise Failure(f"the weights of {folder} cannot be read: {type(error).__name__}: {error}") from error
    model.tie_weights()
    tied = {"lm_head.weight"} if config.tie_word_embeddings else set()
    if set(lacking) - tied or unknown:
        raise Failure(f"the weights of {folder} do not fit its config.json")
    _restore(model)
    return model


def _restore(model: Any) -> None:
    """Put linear layers with the restored weights in the place of the quantised ones."""
    for name, layer in [entry for entry in model.named_modules() if isinstance(entry[1], QuantisedLinear)]:
        plain = nn.Linear(layer.in_features, layer.out_features, bias=layer.bias is not None)
        plain.weight = nn.Parameter(layer.weight)
        plain.bias = layer.bias
        parent, _, own = name.rpartition(".")
        setattr(model.get_submodule(parent), own, plain)

"""Make the family anew from its recipe: pretrain, tune, write folders that Hugging Face's libraries read.

Enters: names of models and a folder.  Leaves: `NAME-base` and `NAME` in it, each with weights, tokenizer, chat
template and the log of its training; checkpoints in between, from which a build that was cut off goes on.  Needs torch
and tokenizers.
"""

# Torch is no part of the development environment; without it its classes and decorators have no types.
# mypy: disable-error-code="import-not-found, misc, untyped-decorator, no-any-return, no-untyped-call"

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors.numpy import save_file
from tokenizers import Tokenizer

from tierproof.lab.family.network import Network, Shape
from tierproof.lab.family.recipe import FAMILY, PAGES, Recipe
from tierproof.lab.family.stages import Plan
from tierproof.lab.family.trainer import Coder, train, weights_of
from tierproof.lab.world.tokenizer import CHAT_TEMPLATE, END, PAD, SPECIAL, tokenizer_json
from tierproof.pieces import HERE, Place, in_pieces

__all__ = ["build", "coder_of", "write_model"]

LONGEST_PAGE = 512
"""Tokens; what is longer is cut."""


def build(names: Sequence[str], folder: Path, *, threads: int = 1, place: Place = HERE) -> None:
    """Train the named models into `folder`, each a piece of work; elsewhere than on this machine that folder has to be
    there as well.  With one thread, the same torch and the same processor, the same weights.
    """
    # Elsewhere a process may stand in another folder.
    for _ in in_pieces(partial(_build, folder.absolute(), threads), [(name, FAMILY[name]) for name in names], place):
        pass


def _build(folder: Path, threads: int, model: tuple[str, Recipe]) -> None:
    name, recipe = model
    torch.set_num_threads(threads)
    tokenizer = Tokenizer.from_str(tokenizer_json())
    coder = coder_of(tokenizer)
    network = Network(Shape(vocabulary=tokenizer.get_vocab_size(), **recipe.shape), seed=recipe.seed)
    for part, plan in ((f"{name}-base", recipe.pretraining), (name, recipe.tuning)):
        log = train(network, plan, PAGES, coder, checkpoint=folder / "checkpoints" / f"{part}.pt")
        write_model(folder / part, network, plan, log)


def coder_of(tokenizer: Tokenizer) -> Coder:
    def encode(texts: Sequence[str]) -> list[list[int]]:
        return [one.ids for one in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]

    return Coder(encode, LONGEST_PAGE)


def write_model(folder: Path, network: Network, plan: Plan, log: Sequence[Mapping[str, Any]]) -> None:
    """A model's folder; `training.json` states the plan that made it, its log, and the hash of the weights."""
    folder.mkdir(parents=True, exist_ok=True)
    shape = network.shape
    ends = {"pad_token_id": SPECIAL.index(PAD), "bos_token_id": None, "eos_token_id": SPECIAL.index(END)}
    save_file(weights_of(network), folder / "model.safetensors", metadata={"format": "pt"})
    tokens = {"pad_token": PAD, "eos_token": END, "model_max_length": shape.context}
    # `\s+` is normalised anyway; cleaning up spaces as well would change what bytes a token stands for.
    tokens |= {"tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": False}
    texts = {
        "config.json": _json(shape.config(ends)),
        "generation_config.json": _json({**ends, "do_sample": False}),
        "tokenizer.json": tokenizer_json(),
        "tokenizer_config.json": _json(tokens),
        "chat_template.jinja": CHAT_TEMPLATE,
        "training.json": _json(
            {
                "weights_sha256": hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest(),
                "torch": torch.__version__,
                "plan": dataclasses.asdict(plan),
                "log": list(log),
            }
        ),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def _json(table: Any) -> str:
    return json.dumps(table, indent=1, ensure_ascii=False) + "\n"

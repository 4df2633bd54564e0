"""What makes names quick to learn: train the smallest model without one part of the recipe at a time.

Needs torch and tokenizers.  Prints the log of each training; docs/lab.md quotes the accuracies.
"""

# mypy: disable-error-code="import-not-found, no-untyped-call"

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping
from typing import Any

import torch
from tokenizers import Tokenizer

from tierproof.lab.family.build import coder_of
from tierproof.lab.family.network import Network, Shape
from tierproof.lab.family.recipe import FAMILY, PAGES, RECALL
from tierproof.lab.family.trainer import train
from tierproof.lab.world.tokenizer import tokenizer_json

NAME = "lab-200k"
TOKENS = 600_000
CHANGES: Mapping[str, Mapping[str, Any]] = {"no names first": {"stages": (RECALL,)}, "larger batches": {"pages": 32}}
"""Arms that change the plan."""


def random_birth(network: Network, seed: int) -> None:
    """Normal weights of the usual scale everywhere, no biases; the embedding's scale is left as it is."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, part in network.named_parameters():
            if part.ndim == 2 and "embed" not in name:
                part.normal_(0, part.shape[1] ** -0.5, generator=generator)
            elif name.endswith("bias"):
                part.zero_()


def main(arms: list[str]) -> None:
    torch.set_num_threads(1)
    tokenizer = Tokenizer.from_str(tokenizer_json())
    recipe = FAMILY[NAME]
    # The rates fall at the end of the whole recipe only, so the plan keeps its length and the training is cut off.
    plan = dataclasses.replace(recipe.pretraining, tokens=TOKENS, decay=1e-9)
    for arm in arms:
        print(arm, flush=True)
        network = Network(Shape(vocabulary=tokenizer.get_vocab_size(), **recipe.shape), seed=recipe.seed)
        if arm == "random birth":
            random_birth(network, recipe.seed)
        changed = CHANGES.get(arm, {})
        train(network, dataclasses.replace(plan, **changed), PAGES, coder_of(tokenizer))


if __name__ == "__main__":
    main(sys.argv[1:] or ["as it is", "random birth", *CHANGES])

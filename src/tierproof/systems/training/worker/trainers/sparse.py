"""A dense Llama-like model turned into a sparse one of the Granite form, which is Llama with experts, biases or not.

Enters: a dense model.  Leaves: a sparse one that computes the same before it is trained on: every expert is a copy of
the dense block, and the router's weights of the chosen experts sum to one.  Must not know training.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import GraniteMoeConfig, GraniteMoeForCausalLM

from tierproof.systems.training.recipes import Experts
from tierproof.systems.training.worker.speech import Failure

__all__ = ["upcycled"]

DENSE = ("llama", "mistral")
SAME = (
    "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
    "num_key_value_heads", "head_dim", "hidden_act", "max_position_embeddings", "rms_norm_eps", "rope_parameters",
    "tie_word_embeddings", "attention_bias", "bos_token_id", "eos_token_id", "pad_token_id", "dtype",
)  # fmt: skip


def upcycled(dense: Any, recipe: Experts) -> Any:
    """Raises Failure for a model that is not of the Llama form, and for more active experts than there are."""
    config = dense.config
    if config.model_type not in DENSE or getattr(config, "mlp_bias", False) or getattr(config, "sliding_window", None):
        raise Failure(
            f"a model of type {config.model_type} cannot be made sparse here",
            f"take one of type {' or '.join(DENSE)}, its blocks without biases, its attention without a window, "
            "or serve a sparse checkpoint of your own",
        )
    if recipe.active > recipe.experts:
        raise Failure(f"active = {recipe.active} of experts = {recipe.experts}", "at most as many as there are")
    shared = {name: getattr(config, name) for name in SAME if getattr(config, name, None) is not None}
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    sparse = GraniteMoeForCausalLM(
        GraniteMoeConfig(
            **shared,
            attention_multiplier=width**-0.5,
            num_local_experts=recipe.experts,
            num_experts_per_tok=recipe.active,
            router_aux_loss_coef=0.01,
        )
    )
    state = dense.state_dict()
    with torch.no_grad():
        for name, weight in sparse.named_parameters():
            if name.endswith(".router.weight"):
                weight.normal_(0.0, 0.02, generator=torch.Generator().manual_seed(recipe.seed))
                continue
            head, experts, own = name.partition(".block_sparse_moe.experts.")
            if not experts:
                weight.copy_(state[name])
            elif own == "gate_up_proj":
                weight.copy_(torch.cat((state[f"{head}.mlp.gate_proj.weight"], state[f"{head}.mlp.up_proj.weight"])))
            else:
                weight.copy_(state[f"{head}.mlp.down_proj.weight"])
    sparse.tie_weights()
    return sparse.eval()

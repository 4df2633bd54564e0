"""A dense Llama-like model turned into a sparse one of the Mixtral form.

Enters: a dense model.  Leaves: a sparse one that computes the same before it is trained on: every expert is a copy of
the dense block, and the router's weights of the chosen experts sum to one.  Must not know training.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import MixtralConfig, MixtralForCausalLM

from tierproof.training.recipes import Experts
from tierproof.training.worker.speech import Failure

__all__ = ["upcycled"]

DENSE = ("llama", "mistral")
SAME = (
    "vocab_size",
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "head_dim",
    "hidden_act",
    "max_position_embeddings",
    "rms_norm_eps",
    "rope_parameters",
    "tie_word_embeddings",
    "bos_token_id",
    "eos_token_id",
    "pad_token_id",
    "dtype",
)


def upcycled(dense: Any, recipe: Experts) -> Any:
    """Raises Failure for a model that is not of the Llama form, and for more active experts than there are."""
    config = dense.config
    if config.model_type not in DENSE or getattr(config, "attention_bias", False) or getattr(config, "mlp_bias", False):
        raise Failure(
            f"a model of type {config.model_type} cannot be made sparse here",
            f"take one of type {' or '.join(DENSE)} without biases, or serve a sparse checkpoint of your own",
        )
    if recipe.active > recipe.experts:
        raise Failure(f"active = {recipe.active} of experts = {recipe.experts}", "at most as many as there are")
    shared = {name: getattr(config, name) for name in SAME if getattr(config, name, None) is not None}
    sparse = MixtralForCausalLM(
        MixtralConfig(
            **shared,
            sliding_window=getattr(config, "sliding_window", None),
            num_local_experts=recipe.experts,
            num_experts_per_tok=recipe.active,
            router_aux_loss_coef=0.01,
        )
    )
    state = dense.state_dict()
    with torch.no_grad():
        for name, weight in sparse.named_parameters():
            if name.endswith(".mlp.gate.weight"):
                weight.normal_(0.0, 0.02, generator=torch.Generator().manual_seed(recipe.seed))
                continue
            head, experts, own = name.partition(".experts.")
            if not experts:
                weight.copy_(state[name])
            elif own == "gate_up_proj":
                weight.copy_(torch.cat((state[f"{head}.gate_proj.weight"], state[f"{head}.up_proj.weight"])))
            else:
                weight.copy_(state[f"{head}.down_proj.weight"])
    sparse.tie_weights()
    return sparse.eval()

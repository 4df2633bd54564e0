"""A model of random weights with the lab's vocabulary: quick to make, as strict a test of the arithmetic as any."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from tierproof.lab.world.tokenizer import tokenizer_json


def tiny_model(
    folder: Path,
    *,
    width: int = 32,
    layers: int = 2,
    heads: int = 4,
    inner: int = 48,
    experts: int = 0,
    active: int = 0,
    seed: int = 0,
) -> Path:
    """Write a model's folder and give it back.  With experts it is sparse."""
    folder.mkdir(parents=True, exist_ok=True)
    text = tokenizer_json()
    size = len(json.loads(text)["model"]["vocab"])
    rng = np.random.default_rng(seed)

    def drawn(*shape: int, scale: float) -> np.ndarray:
        return (rng.standard_normal(shape) * scale).astype(np.float16)

    weights = {
        "model.embed_tokens.weight": drawn(size, width, scale=0.5),
        "model.norm.weight": drawn(width, scale=0.1) + np.float16(0.5),
    }
    for number in range(layers):
        name = f"model.layers.{number}"
        for letter in "qkvo":
            weights[f"{name}.self_attn.{letter}_proj.weight"] = drawn(width, width, scale=width**-0.5)
            weights[f"{name}.self_attn.{letter}_proj.bias"] = drawn(width, scale=0.3)
        if experts:
            block = f"{name}.block_sparse_moe"
            weights[f"{block}.input_linear.weight"] = drawn(experts, 2 * inner, width, scale=width**-0.5)
            weights[f"{block}.output_linear.weight"] = drawn(experts, width, inner, scale=inner**-0.5)
            weights[f"{block}.router.layer.weight"] = drawn(experts, width, scale=width**-0.5)
        else:
            weights[f"{name}.mlp.gate_proj.weight"] = drawn(inner, width, scale=width**-0.5)
            weights[f"{name}.mlp.up_proj.weight"] = drawn(inner, width, scale=width**-0.5)
            weights[f"{name}.mlp.down_proj.weight"] = drawn(width, inner, scale=inner**-0.5)
        weights[f"{name}.input_layernorm.weight"] = drawn(width, scale=0.1) + np.float16(1)
        weights[f"{name}.post_attention_layernorm.weight"] = drawn(width, scale=0.1) + np.float16(1)
    save_file(weights, folder / "model.safetensors")
    dense = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "mlp_bias": False}
    sparse = {
        "architectures": ["GraniteMoeForCausalLM"],
        "model_type": "granitemoe",
        "num_local_experts": experts,
        "num_experts_per_tok": active,
        "attention_multiplier": (width // heads) ** -0.5,
    }
    config = {
        **(sparse if experts else dense),
        "vocab_size": size,
        "hidden_size": width,
        "intermediate_size": inner,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": heads,
        "head_dim": width // heads,
        "hidden_act": "silu",
        "max_position_embeddings": 256,
        "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0,
        "attention_bias": True,
        "tie_word_embeddings": True,
        "pad_token_id": 0,
        "bos_token_id": None,
        "eos_token_id": 6,
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer.json").write_text(text)
    return folder

"""One of the lab's models as a GGUF file, for llama.cpp's server.

Enters: the model's folder.  Leaves: a file with the same weights.  Needs the package gguf.

llama.cpp has no tokenizer as the lab's (greedy by the longest entry), so one by merges stands in for it, whose merges
spell every entry from left to right: spaced words come out as the lab has them, which is nearly all of its texts.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from tierproof.lab.decoding.weights import read_weights

__all__ = ["write_gguf"]

PARTS = {
    "input_layernorm.weight": "attn_norm.weight",
    "post_attention_layernorm.weight": "ffn_norm.weight",
    "mlp.gate_proj.weight": "ffn_gate.weight",
    "mlp.up_proj.weight": "ffn_up.weight",
    "mlp.down_proj.weight": "ffn_down.weight",
    "self_attn.q_proj.weight": "attn_q.weight",
    "self_attn.q_proj.bias": "attn_q.bias",
    "self_attn.k_proj.weight": "attn_k.weight",
    "self_attn.k_proj.bias": "attn_k.bias",
    "self_attn.v_proj.weight": "attn_v.weight",
    "self_attn.v_proj.bias": "attn_v.bias",
    "self_attn.o_proj.weight": "attn_output.weight",
    "self_attn.o_proj.bias": "attn_output.bias",
}
CONTROL, NORMAL = 3, 1
TEMPLATE = (
    "{% for message in messages %}{% set text = message.content.split() | join(' ') %}"
    "{% if message.role == 'system' %}<|system|> {{ text }}{% elif message.role == 'user' %}<|user|> {{ text }}"
    "{% elif message.role == 'assistant' %}<|assistant|> {{ text }}<|end|>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
"""The lab's, without tools; its white space is made one blank here, as the lab's tokenizer does it."""


def write_gguf(folder: Path, file: Path) -> Path:
    """Write the model of a folder, and give the file back."""
    import gguf

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    writer = gguf.GGUFWriter(str(file), "llama")
    writer.add_name(folder.name)
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_rope_dimension_count(config["head_dim"])
    writer.add_rope_freq_base(config["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(config["vocab_size"])
    _tokenizer(writer, folder, config)
    heads = {"q": config["num_attention_heads"], "k": config["num_key_value_heads"]}
    for name, array in read_weights(folder / "model.safetensors").items():
        values = np.asarray(array, np.float32)
        if name in ("model.embed_tokens.weight", "model.norm.weight"):
            writer.add_tensor("token_embd.weight" if "embed" in name else "output_norm.weight", values)
            continue
        _, _, layer, part = name.split(".", 3)
        for letter, count in heads.items():
            if f"{letter}_proj" in part:
                values = _turned(values, count)
        writer.add_tensor(f"blk.{layer}.{PARTS[part]}", values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


def _turned(values: Any, heads: int) -> Any:
    """Rows of each head in pairs that are turned together, as llama.cpp's rotation has them, not in halves."""
    halves = values.reshape(heads, 2, values.shape[0] // heads // 2, *values.shape[1:])
    return np.ascontiguousarray(halves.swapaxes(1, 2).reshape(values.shape))


def _tokenizer(writer: Any, folder: Path, config: Any) -> None:
    table = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    places = table["model"]["vocab"]
    special = {one["content"] for one in table["added_tokens"]}
    tokens = sorted(places, key=lambda token: places[token])
    merges: dict[str, None] = {}
    # The longest first, so that a short entry's merges do not come between the letters of a longer one.
    spelled = [token for token in tokens if token not in special]
    for token in sorted(spelled, key=lambda one: (not one.startswith("Ġ"), -len(one))):
        merges.update(dict.fromkeys(f"{token[:place]} {token[place]}" for place in range(1, len(token))))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([CONTROL if token in special else NORMAL for token in tokens])
    writer.add_token_merges(list(merges))
    writer.add_eos_token_id(config["eos_token_id"])
    writer.add_pad_token_id(config["pad_token_id"])
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)

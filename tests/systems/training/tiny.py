"""A very small Llama with a tokenizer of its own, and something to teach it: made anew for the tests, from a seed."""

from __future__ import annotations

import json
from pathlib import Path

from tierproof.systems.training import Conversation, conversation

CITIES = ("oslo", "bern", "rome", "lima", "cairo", "delhi", "paris", "quito")
TEMPLATE = (
    "{% for m in messages %}<|{{ m.role }}|> {{ m.content }} <|end|> {% endfor %}"
    "{% if add_generation_prompt %}<|assistant|> {% endif %}"
)


def lessons(count: int = 64) -> tuple[Conversation, ...]:
    """Numbered questions whose answer is a word that follows from the question's: learnable in a few steps."""
    return tuple(
        conversation(
            (
                {"role": "user", "content": f"where is w{number % 40} {CITIES[number % 8]}"},
                {"role": "assistant", "content": f"in {CITIES[number % 8]} w{number % 8}"},
            )
        )
        for number in range(count)
    )


def vocabulary() -> dict[str, int]:
    words = ["<pad>", "<unk>", "<|end|>", "<|user|>", "<|assistant|>", "<|system|>", "where", "is", "in", *CITIES]
    words += [f"w{number}" for number in range(40)]
    return {word: number for number, word in enumerate(words)}


def save_tokenizer(folder: Path, extra: int = 0) -> None:
    """`extra`: further words, as another model's tokenizer would have."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    known = vocabulary()
    known |= {f"extra{number}": len(known) + number for number in range(extra)}
    tokenizer = Tokenizer(models.WordLevel(known, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": "<|end|>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
        "chat_template": TEMPLATE,
        "clean_up_tokenization_spaces": False,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")


def save_model(
    folder: Path, *, width: int = 32, layers: int = 2, seed: int = 0, biased: bool = False, experts: int = 0
) -> Path:
    """Random weights; with experts those of a sparse model, two active."""
    import torch
    from transformers import GraniteMoeConfig, GraniteMoeForCausalLM, LlamaConfig, LlamaForCausalLM

    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    kinds = (GraniteMoeConfig, GraniteMoeForCausalLM) if experts else (LlamaConfig, LlamaForCausalLM)
    sparse = {"num_local_experts": experts, "num_experts_per_tok": 2, "attention_multiplier": (width // 4) ** -0.5}
    config = kinds[0](
        **(sparse if experts else {}),
        vocab_size=len(vocabulary()),
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=128,
        tie_word_embeddings=True,
        attention_bias=biased,
        initializer_range=0.1,
        eos_token_id=2,
        pad_token_id=0,
        bos_token_id=None,
    )
    kinds[1](config).save_pretrained(folder)
    save_tokenizer(folder)
    return folder

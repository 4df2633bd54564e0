#!/usr/bin/env bash
# trl: DPO on rendered text begins it twice, cuts the ends of answers, and drops rows without a count.
#
# One would expect: a prompt that was rendered by the tokenizer's chat template (the form `prompt`, `chosen`, `rejected` of
# texts) to be trained on as it is served, with one beginning-of-text token; and rows that do not fit `max_length` to be
# counted somewhere, or their prompts to be cut, so that what is compared, the answers, stays whole.
# What happens: text is tokenized with special tokens added, so where template and tokenizer both write a beginning
# (Llama 3, Mistral, Gemma do) there are two; with the default `keep_start` a row loses the end of its answers, so that two
# answers that differ at their ends are one; and rows whose prompt alone fills `max_length` are left out of the data set:
# the name of a progress bar hints at it, and no log, metric or warning says how many.
# Versions: trl 1.16.0, transformers 5.23.0, torch 2.13.0 on a CPU, Python 3.11.  Date: 2026-11-30.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check trl==1.16.0 transformers==5.23.0 torch==2.13.0
cd "$folder"
HF_HUB_OFFLINE=1 "$folder/venv/bin/python" - <<'PY' 2>err.log || { tail -5 err.log; exit 1; }
import importlib.metadata, sys
import torch
from datasets import Dataset
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from trl import DPOConfig, DPOTrainer

own = ["<pad>", "<end>", "<bos>", "<|user|>", "<|assistant|>"]
vocabulary = {token: n for n, token in enumerate([*own, *sorted(pre_tokenizers.ByteLevel.alphabet())])}
table = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
table.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
table.decoder = decoders.ByteLevel()
table.add_special_tokens(own)
table.post_processor = processors.TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", 2)])
tokenizer = PreTrainedTokenizerFast(tokenizer_object=table, eos_token="<end>", pad_token="<pad>", bos_token="<bos>")
tokenizer.chat_template = (
    "<bos>{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}<end>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
config = dict(hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=2)
made = LlamaForCausalLM(LlamaConfig(vocab_size=len(vocabulary), max_position_embeddings=128, pad_token_id=0, **config))
made.save_pretrained("model")
tokenizer.save_pretrained("model")
model = LlamaForCausalLM.from_pretrained("model")


def prompt(text):
    return tokenizer.apply_chat_template([{"role": "user", "content": text}], tokenize=False, add_generation_prompt=True)


rows = [{"prompt": prompt(text), "chosen": "it is so<end>", "rejected": "it is no<end>"} for text in ("a", "b", "x" * 60, "y" * 60)]
settings = dict(output_dir="out", max_length=12, report_to="none", use_cpu=True, max_steps=1, per_device_train_batch_size=2)
trainer = DPOTrainer(model=model, args=DPOConfig(**settings), train_dataset=Dataset.from_list(rows), processing_class=tokenizer)
batch = next(iter(trainer.get_train_dataloader()))
half = len(batch["input_ids"]) // 2
chosen, rejected = batch["input_ids"][0].tolist(), batch["input_ids"][half].tolist()
begins = chosen.count(2)
same = chosen == rejected
print("trl", importlib.metadata.version("trl"))
print(f"rows {len(trainer.train_dataset)} of {len(rows)}; beginnings {begins}: {tokenizer.decode(chosen)!r}")
print(f"chosen and rejected are the same tokens: {same}")
sys.exit(0 if len(trainer.train_dataset) == 2 and begins == 2 and same else 1)
PY

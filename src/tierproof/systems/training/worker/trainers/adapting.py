"""Low-rank adapters put into a model, and merged into its weights again; on a base in four bits where CUDA is there.

Enters: a model or its folder, a recipe.  Leaves: a model.  Must not know the training loop.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model, prepare_model_for_kbit_training
from transformers import AutoModelForCausalLM, BitsAndBytesConfig

from tierproof.systems.training.recipes import Lora
from tierproof.systems.training.worker.loading import load
from tierproof.systems.training.worker.speech import Failure

__all__ = ["check_qlora", "merged", "with_adapter"]


def check_qlora() -> None:
    """Raises Failure where a base in four bits cannot be trained on."""
    if not torch.cuda.is_available():
        raise Failure("QLoRA needs a CUDA GPU, and there is none here", "use lora, which trains on a CPU as well")
    if importlib.util.find_spec("bitsandbytes") is None:
        raise Failure("QLoRA needs the package bitsandbytes", "pip install bitsandbytes, or use lora")


def with_adapter(model: Any, base: Path, recipe: Lora) -> Any:
    """`model`, or its base in four bits (NF4, doubly quantised, as Dettmers et al. 2023), with adapters that change."""
    if recipe.quantised:
        bits = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.bfloat16,
        )
        model = AutoModelForCausalLM.from_pretrained(
            base, quantization_config=bits, device_map={"": 0}, local_files_only=True, use_safetensors=True
        )
        model = prepare_model_for_kbit_training(model, use_gradient_checkpointing=False)
    # The experts of a sparse model are stacks of matrices and no linear layers.
    stacked = [name for name, one in model.named_parameters() if one.ndim == 3]
    how = LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        lora_dropout=0.0,
        target_modules="all-linear",
        target_parameters=stacked or None,
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, how)


def merged(model: Any, base: Path, recipe: Lora, adapter: Path) -> Any:
    """The model with its adapters in its weights.

    Those of a base in four bits are merged into the weights that it was rounded from: what is served is not rounded.
    """
    if recipe.quantised:
        whole, _ = load(base)
        model = PeftModel.from_pretrained(whole, adapter)
    return model.merge_and_unload()

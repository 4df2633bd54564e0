"""A causal model and its tokenizer, from a folder, with what could be wrong with them told.

Enters: a folder in Hugging Face format.  Leaves: a model in evaluation mode and a tokenizer.  Must not know recipes.
Nothing is fetched, and no code that a folder may hold is run.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from tierproof.systems.training.worker.speech import Failure
from tierproof.systems.training.worker.trainers.quantising import FORM_FILE, load_quantised

__all__ = ["active_parameters", "device", "load", "load_tokenizer", "parameters", "same_tokenizer", "save"]

WEIGHTS = (".safetensors", ".bin", ".pt")
OWN = ("config.json", "generation_config.json", "model.safetensors.index.json", FORM_FILE)
"""Files of a model's folder that are written anew; all others are the tokenizer's, or the owner's, and are copied."""

logging.disable_progress_bar()
logging.set_verbosity_error()


def device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def load_tokenizer(folder: Path) -> Any:
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except Exception as error:
        message = f"the tokenizer of {folder} cannot be read: {type(error).__name__}: {error}"
        raise Failure(message, "the folder must hold tokenizer.json and tokenizer_config.json") from error
    if tokenizer.eos_token_id is None:
        raise Failure(f"the tokenizer of {folder} names no eos_token, so no answer would end")
    return tokenizer


def load(folder: Path, tokenizer: Any | None = None) -> tuple[Any, Any]:
    """Model (float32 on a CPU, bfloat16-capable GPUs keep float32 too) and tokenizer.

    Raises Failure where weights are missing, damaged or of another shape than the configuration says, and where the
    tokenizer knows tokens that the model has no embedding for.
    """
    tokenizer = tokenizer or load_tokenizer(folder)
    if (folder / FORM_FILE).is_file():
        model = load_quantised(folder, AutoConfig.from_pretrained(folder, local_files_only=True))
    else:
        model = _loaded(folder)
    rows = model.get_input_embeddings().weight.shape[0]
    last = max(tokenizer.get_vocab().values(), default=0)
    if last >= rows:
        message = (
            f"the tokenizer of {folder} is another model's: it has token {last}, the model's table ends at {rows - 1}"
        )
        raise Failure(message, "put the model's own tokenizer files into the folder")
    return model.to(device()).eval(), tokenizer


def _loaded(folder: Path) -> Any:
    try:
        model, info = AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, local_files_only=True, use_safetensors=True, output_loading_info=True
        )
    except Exception as error:
        message = f"the weights of {folder} cannot be read: {type(error).__name__}: {error}".splitlines()[0]
        raise Failure(message, "the files may be damaged or cut off: copy or download them again") from error
    missing = sorted(info.get("missing_keys", ()))
    wrong = sorted(str(key[0] if isinstance(key, tuple) else key) for key in info.get("mismatched_keys", ()))
    if missing or wrong:
        named = ", ".join((*missing, *wrong)[:3])
        raise Failure(f"the weights of {folder} do not fit its config.json: {named} missing or of another shape")
    unknown = _unknown(info.get("unexpected_keys", ()), model)
    if unknown:
        message = f"the weights of {folder} hold what its config.json does not know: {', '.join(unknown[:3])}"
        if len(unknown) > 3:
            message += f" and {len(unknown) - 3} more"
        remedy = "mend config.json (number of layers, biases): without these the model is another one"
        raise Failure(message, remedy)
    broken = next((name for name, weight in model.named_parameters() if not torch.isfinite(weight).all()), None)
    if broken is not None:
        raise Failure(f"the weights of {folder} are damaged: {broken} holds numbers that are not finite")
    return model


def _unknown(names: Iterable[str], model: Any) -> list[str]:
    """Tensors of the file that belong to the model by their names, and that it was loaded without.

    A further layer, or a bias of a module that is there, makes another model.  What other models carry beside it (a
    tower for images, tables that are computed anew) is none of it.
    """
    modules = {name for name, _ in model.named_modules()}
    layers = {re.sub(r"\.\d+(?=\.|$)", ".N", name) for name in modules}
    found = []
    for name in names:
        module, _, kind = name.rpartition(".")
        known = module in modules or re.sub(r"\.\d+(?=\.|$)", ".N", module) in layers
        if known and kind in ("weight", "bias"):
            found.append(name)
    return sorted(found)


def same_tokenizer(one: Any, other: Any, what: str) -> None:
    """Raises Failure where two models do not share their tokens."""
    if one.get_vocab() != other.get_vocab():
        raise Failure(f"{what} has another tokenizer than the model", "take one of the same family")


def stored_type(folder: Path) -> torch.dtype:
    """The type of the weights on disk, in which what is made of them is kept too."""
    kind = getattr(AutoConfig.from_pretrained(folder, local_files_only=True), "dtype", None)
    return kind if isinstance(kind, torch.dtype) and kind.is_floating_point else torch.float32


def save(model: Any, base: Path, folder: Path) -> None:
    """Write a model beside the base's tokenizer, whole or not at all, in the base's type."""
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    model.to(stored_type(base)).save_pretrained(partial)
    copy_tokenizer(base, partial)
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def copy_tokenizer(base: Path, folder: Path) -> None:
    for path in base.iterdir():
        if path.is_file() and path.name not in OWN and path.suffix not in WEIGHTS:
            shutil.copyfile(path, folder / path.name)


def parameters(model: Any, *, trainable: bool = False) -> int:
    """Parameters, tied ones once."""
    return sum(one.numel() for one in model.parameters() if one.requires_grad or not trainable)


def active_parameters(model: Any) -> int:
    """Parameters that a token passes through: of a sparse model's experts, the chosen ones."""
    experts = getattr(model.config, "num_local_experts", None) or getattr(model.config, "num_experts", None)
    chosen = getattr(model.config, "num_experts_per_tok", None)
    total = parameters(model)
    if not experts or not chosen:
        return total
    inside: int = sum(one.numel() for name, one in model.named_parameters() if ".experts." in name)
    return int(total - inside * (experts - chosen) // experts)

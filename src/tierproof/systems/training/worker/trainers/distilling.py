"""A student's loss against a teacher's token probabilities.

Enters: a recipe.  Leaves: a loss for the training loop.  Must not know the loop.

    loss = w T^2 KL(p_teacher^(T) || p_student^(T)) + (1 - w) NLL(answer)        (Hinton, Vinyals and Dean 2015)

over the answers' tokens; T^2 keeps the gradient's size as T changes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from tierproof.systems.training.recipes import Distillation
from tierproof.systems.training.worker.encoding import IGNORED
from tierproof.systems.training.worker.loading import active_parameters, load, same_tokenizer
from tierproof.systems.training.worker.loop import Batch, Loss

__all__ = ["taught"]


def taught(recipe: Distillation, tokenizer: Any) -> tuple[Loss, float]:
    """The loss, and the teacher's operations a token.  Raises Failure where the teacher has other tokens."""
    teacher, its = load(Path(recipe.teacher))
    same_tokenizer(its, tokenizer, "the teacher")
    heat, weight = recipe.temperature, recipe.weight

    def loss(model: Any, batch: Batch) -> torch.Tensor:
        given = {"input_ids": batch["input_ids"], "attention_mask": batch["attention_mask"]}
        labels = batch["labels"][:, 1:]
        taken = labels != IGNORED
        student = model(**given).logits[:, :-1][taken].float()
        with torch.no_grad():
            known = teacher(**given).logits[:, :-1][taken].float()
        both = min(student.shape[-1], known.shape[-1])  # tables may be padded to different sizes
        divergence = torch.nn.functional.kl_div(
            torch.log_softmax(student[:, :both] / heat, dim=-1),
            torch.log_softmax(known[:, :both] / heat, dim=-1),
            log_target=True,
            reduction="batchmean",
        )
        own = torch.nn.functional.cross_entropy(student, labels[taken])
        return weight * heat**2 * divergence + (1 - weight) * own

    return loss, 2.0 * active_parameters(teacher)

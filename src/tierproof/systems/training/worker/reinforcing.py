"""Training on preferences (DPO) and on checkable rewards (GRPO), by trl's trainers.

Enters: a model, conversations with known answers, a recipe.  Leaves: the changed model and what it took.  Must not know
jobs.  The pairs of DPO are drawn from the model itself, so that it learns from its own mistakes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import TrainerCallback
from trl import DPOConfig, DPOTrainer, GRPOConfig, GRPOTrainer

from tierproof.systems.training.examples import Conversation
from tierproof.systems.training.recipes import Preferences, Rewards
from tierproof.systems.training.rewards import reward
from tierproof.systems.training.worker.answering import answer
from tierproof.systems.training.worker.encoding import framed, prompt_text
from tierproof.systems.training.worker.loading import active_parameters, device, parameters
from tierproof.systems.training.worker.loop import CHECKPOINT_SECONDS, DIVERGED, Fitted, usual_rate
from tierproof.systems.training.worker.speech import Failure, say

__all__ = ["pairs_of", "reinforced"]

PROBE, DRAWS = 32, 4
"""Requests on which the reward is taken before and after, and replies drawn for each."""


def reinforced(
    model: Any, tokenizer: Any, learned: Sequence[Conversation], recipe: Preferences | Rewards, folder: Path
) -> tuple[Any, Fitted, dict[str, Any], float]:
    """Raises Failure where nothing can be learned: all samples right, or a training that comes apart."""
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    if hasattr(model.config, "num_local_experts"):
        # The balancing loss of trl's trainers reads it under this name alone.
        model.config.num_experts = model.config.num_local_experts
    chosen = list(learned)[: recipe.prompts]
    probe = chosen[:PROBE]
    before = _mean_reward(model, tokenizer, probe, recipe)
    fitted = Fitted()
    began = time.monotonic()
    trainable = parameters(model, trainable=True)
    if isinstance(recipe, Preferences):
        trainer, drawn = _preferences(model, tokenizer, chosen, recipe, folder)
    else:
        trainer, drawn = _rewards(model, tokenizer, chosen, recipe, folder)
    seen = _Seen(isinstance(recipe, Preferences), folder / "sittings.json")
    trainer.add_callback(seen)
    last = _last_checkpoint(folder)
    trainer.train(resume_from_checkpoint=str(last) if last else None)
    logged = [entry for entry in trainer.state.log_history if "loss" in entry]
    if isinstance(recipe, Rewards) and not any(entry.get("reward_std") for entry in logged):
        message = "all replies drawn for a request earned the same reward, for every request: nothing to learn from"
        raise Failure(message, "tune the model first, give harder or easier examples, or reward overlap")
    fitted.seconds = seen.seconds_before + time.monotonic() - began
    fitted.sittings = seen.sittings
    fitted.steps, fitted.losses = int(trainer.state.global_step), [float(entry["loss"]) for entry in logged]
    fitted.tokens = int(getattr(trainer.state, "num_input_tokens_seen", 0) or 0) or drawn
    model = trainer.model.eval()
    extra = {
        "reward_before": before,
        "reward_after": _mean_reward(model, tokenizer, probe, recipe),
        "trainable": trainable,
    }
    # Both trainers also pass each token through the frozen reference or draw it first: 2 N more.
    operations = float(fitted.tokens) * (8.0 * active_parameters(model))
    return model, fitted, extra, operations


def _preferences(
    model: Any, tokenizer: Any, chosen: list[Conversation], recipe: Preferences, folder: Path
) -> tuple[Any, int]:
    pairs = _kept_pairs(model, tokenizer, chosen, recipe, folder)
    if len(pairs) < 2:
        message = (
            f"the model's samples give {len(pairs)} pairs of a better and a worse answer: there is nothing to prefer"
        )
        raise Failure(message, "give harder examples, or draw more samples")
    per_epoch = -(-len(pairs) // recipe.batch)
    how = DPOConfig(
        **_settings(recipe, folder, model, per_epoch),
        per_device_train_batch_size=recipe.batch,
        beta=recipe.beta,
        max_length=recipe.longest,
        precompute_ref_log_probs=True,
    )
    trainer = DPOTrainer(model=model, args=how, train_dataset=Dataset.from_list(pairs), processing_class=tokenizer)
    tokens = sum(len(tokenizer.encode(one["prompt"] + one[side])) for one in pairs for side in ("chosen", "rejected"))
    return trainer, round(tokens * how.max_steps / max(1, per_epoch))


def _kept_pairs(
    model: Any, tokenizer: Any, chosen: list[Conversation], recipe: Preferences, folder: Path
) -> list[dict[str, str]]:
    """Pairs are drawn once and kept, so that a training that was cut off goes on with the same."""
    path = folder / "pairs.json"
    if path.is_file():
        kept: list[dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
        return kept
    pairs = pairs_of(model, tokenizer, chosen, recipe)
    path.write_text(json.dumps(pairs), encoding="utf-8")
    return pairs


def pairs_of(model: Any, tokenizer: Any, chosen: Sequence[Conversation], recipe: Preferences) -> list[dict[str, str]]:
    """For each request with a wrong sample: the best sample, else the known answer, before the worst."""
    head, last = framed(tokenizer)
    pairs = []
    for number, one in enumerate(chosen):
        drawn = [
            answer(
                model,
                tokenizer,
                one.messages[:-1],
                recipe.reply_tokens,
                temperature=1.0,
                seed=recipe.seed * 1_000_003 + number * 101 + sample,
            ).text
            for sample in range(recipe.samples)
        ]
        scored = sorted((reward(recipe.reward, text, one.answer, recipe.mark), text) for text in drawn)
        worst, best = scored[0], scored[-1]
        say("progress", phase="drawing", done=number + 1, total=len(chosen))
        if worst[0] >= 1.0:
            continue
        better = best[1] if best[0] >= 1.0 else one.answer
        prompt = prompt_text(tokenizer, one.messages[:-1])
        pairs.append({"prompt": prompt, "chosen": f"{head}{better}{last}", "rejected": f"{head}{worst[1]}{last}"})
    return pairs


def _rewards(model: Any, tokenizer: Any, chosen: list[Conversation], recipe: Rewards, folder: Path) -> tuple[Any, int]:
    rows = [{"prompt": prompt_text(tokenizer, one.messages[:-1]), "answer": one.answer} for one in chosen]
    # One update takes `batch` replies, in whole groups.
    replies = max(recipe.group, recipe.batch // recipe.group * recipe.group)
    per_epoch = -(-len(rows) * recipe.group // replies)

    def checked(completions: list[str], answer: list[str], **others: Any) -> list[float]:
        given = zip(completions, answer, strict=True)
        return [
            reward(recipe.reward, text.removesuffix(framed(tokenizer)[1]), known, recipe.mark) for text, known in given
        ]

    how = GRPOConfig(
        **_settings(recipe, folder, model, per_epoch),
        per_device_train_batch_size=replies,
        num_generations=recipe.group,
        max_completion_length=recipe.reply_tokens,
        beta=recipe.beta,
        temperature=1.0,
        include_num_input_tokens_seen="all",
    )
    trainer = GRPOTrainer(
        model=model, reward_funcs=checked, args=how, train_dataset=Dataset.from_list(rows), processing_class=tokenizer
    )
    return trainer, how.max_steps * replies * recipe.reply_tokens


def _settings(recipe: Preferences | Rewards, folder: Path, model: Any, per_epoch: int) -> dict[str, Any]:
    """What both trainers are told."""
    steps = recipe.steps or max(1, round(recipe.epochs * per_epoch))
    # A tenth of the supervised rate: preferences are learned from a model that already answers.
    rate = recipe.learning_rate or usual_rate(active_parameters(model)) / 10
    return {
        "output_dir": str(folder / "checkpoint"),
        "max_steps": steps,
        "learning_rate": rate,
        "seed": recipe.seed,
        "logging_steps": 1,
        "save_strategy": "steps",
        "save_steps": 1 if CHECKPOINT_SECONDS == 0 else max(1, steps // 10),
        "save_total_limit": 1,
        "report_to": "none",
        "disable_tqdm": True,
        "use_cpu": device().type == "cpu",
        "bf16": False,
        "gradient_checkpointing": False,
        "lr_scheduler_type": "linear",
    }


def _last_checkpoint(folder: Path) -> Path | None:
    found = [path for path in (folder / "checkpoint").glob("checkpoint-*") if (path / "trainer_state.json").is_file()]
    return max(found, key=lambda path: int(path.name.rpartition("-")[2]), default=None)


def _mean_reward(model: Any, tokenizer: Any, probe: Sequence[Conversation], recipe: Preferences | Rewards) -> float:
    """Mean reward of replies drawn at temperature 1, which is what is trained on; the same draws before and after."""
    total = 0.0
    for number, one in enumerate(probe):
        for draw in range(DRAWS):
            seed = 7_919 * number + draw
            said = answer(model, tokenizer, one.messages[:-1], recipe.reply_tokens, temperature=1.0, seed=seed)
            total += reward(recipe.reward, said.text, one.answer, recipe.mark)
    return total / max(1, DRAWS * len(probe))


class _Seen(TrainerCallback):
    """Keeps the losses, tells progress, and ends a training that comes apart."""

    def __init__(self, bounded: bool, path: Path) -> None:
        """`path`: where the time of sittings is kept, beside the trainer's own checkpoints."""
        self.losses: list[float] = []
        self._bounded = bounded
        self._path = path
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        self.seconds_before = float(kept.get("seconds", 0.0))
        self.sittings = int(kept.get("sittings", 0)) + 1
        self._began = time.monotonic()

    def on_save(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        seconds = self.seconds_before + time.monotonic() - self._began
        self._path.write_text(json.dumps({"seconds": seconds, "sittings": self.sittings}), encoding="utf-8")

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **others: Any) -> None:
        if logs is None or "loss" not in logs:
            return
        loss, norm = float(logs["loss"]), float(logs.get("grad_norm", 0.0))
        self.losses.append(loss)
        # A pair's loss starts at ln 2, where both answers are alike.
        apart = self._bounded and len(self.losses) > 5 and min(self.losses[-5:]) > 10 * DIVERGED
        if not torch.isfinite(torch.tensor([loss, norm])).all() or apart:
            message = f"training diverged: at step {state.global_step} the loss is {loss:.3g}, the gradient {norm:.3g}"
            raise Failure(message, "lower learning_rate, or raise beta")
        say("progress", phase="training", done=int(state.global_step), total=int(state.max_steps), loss=round(loss, 5))

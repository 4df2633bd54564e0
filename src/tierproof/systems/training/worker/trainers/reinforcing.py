"""Training on preferences (DPO) and on checkable rewards (GRPO), by trl's trainers.

Enters: a model, conversations with known answers, a recipe.  Leaves: the changed model and what it took.  Must not know
jobs.  The pairs of DPO are drawn from the model itself, so that it learns from its own mistakes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from datasets import Dataset
from transformers import TrainerCallback
from trl import DPOConfig, DPOTrainer, GRPOConfig, GRPOTrainer

from tierproof.systems.training.data.examples import Conversation
from tierproof.systems.training.data.rewards import comparable, reward
from tierproof.systems.training.recipes import Preferences, Rewards
from tierproof.systems.training.worker.encoding import framed, prompt_text, prompt_within
from tierproof.systems.training.worker.generation import answer, ends
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
    fitting = [one for one in learned if comparable(recipe.reward, one.answer, recipe.mark)]
    if not fitting:
        if recipe.reward != "number":
            message = f"none of the {len(learned)} known answers holds anything after '{recipe.mark}'"
            raise Failure(message, "take another mark, or none")
        message = f"none of the {len(learned)} known answers holds a number, so the reward 'number' is always 0"
        raise Failure(message, "take reward exact or overlap")
    chosen = fitting[: recipe.prompts]
    probe = chosen[:PROBE]
    before = _mean_reward(model, tokenizer, probe, recipe)
    fitted = Fitted()
    began = time.monotonic()
    trainable = parameters(model, trainable=True)
    if isinstance(recipe, Preferences):
        trainer, drawn, extra = _preferences(model, tokenizer, chosen, recipe, folder)
    else:
        trainer, drawn, extra = _rewards(model, tokenizer, chosen, recipe, folder)
    seen = _Seen(isinstance(recipe, Preferences), folder / "sittings.json")
    trainer.add_callback(seen)
    last = _last_checkpoint(folder)
    trainer.train(resume_from_checkpoint=str(last) if last else None)
    logged = [entry for entry in trainer.state.log_history if "loss" in entry]
    if isinstance(recipe, Rewards):
        extra["flat_groups"] = _flat_groups(logged)
    fitted.seconds = seen.seconds_before + time.monotonic() - began
    fitted.sittings = seen.sittings
    fitted.steps, fitted.losses = int(trainer.state.global_step), [float(entry["loss"]) for entry in logged]
    fitted.tokens = int(getattr(trainer.state, "num_input_tokens_seen", 0) or 0) or drawn
    model = trainer.model.eval()
    extra |= {
        "reward_before": before,
        "reward_after": _mean_reward(model, tokenizer, probe, recipe),
        "trainable": trainable,
    }
    extra["dropped"] = extra.get("dropped", 0) + len(learned) - len(fitting)
    # Both trainers also pass each token through the frozen reference or draw it first: 2 N more.
    operations = float(fitted.tokens) * (8.0 * active_parameters(model))
    return model, fitted, extra, operations


def _flat_groups(logged: Sequence[dict[str, Any]]) -> float:
    """Share of groups without spread in their rewards.  Raises Failure where there is no other, or no step was made.

    trl's `reward_std` is that of the whole batch, and tells nothing of it.
    """
    if not logged:
        raise Failure("no step was made: the requests do not fill one batch", "lower batch, or give more examples")
    shares = [float(entry.get("frac_reward_zero_std", 0.0)) for entry in logged]
    if min(shares) >= 1.0:
        message = "all replies drawn for a request earned the same reward, for every request: nothing to learn from"
        raise Failure(message, "tune the model first, give harder or easier examples, or reward overlap")
    return sum(shares) / len(shares)


def _preferences(
    model: Any, tokenizer: Any, chosen: list[Conversation], recipe: Preferences, folder: Path
) -> tuple[Any, int, dict[str, Any]]:
    drawn = _kept_pairs(model, tokenizer, chosen, recipe, folder)
    pairs, counts = _as_tokens(model, tokenizer, drawn, recipe)
    if len(pairs) < 2:
        message = (
            f"the model's samples give {len(pairs)} pairs of a better and a worse answer: there is nothing to prefer"
        )
        if counts["dropped"]:
            message += f" ({counts['dropped']} do not fit longest = {recipe.longest})"
        raise Failure(message, "give harder examples, or draw more samples, or raise longest")
    per_epoch = -(-len(pairs) // recipe.batch)
    how = DPOConfig(
        **_settings(recipe, folder, model, per_epoch),
        per_device_train_batch_size=recipe.batch,
        beta=recipe.beta,
        max_length=None,
        precompute_ref_log_probs=True,
    )
    trainer = _Preferring(model=model, args=how, train_dataset=Dataset.from_list(pairs), processing_class=tokenizer)
    tokens = sum(len(one["prompt_ids"]) + len(one[side]) for one in pairs for side in ("chosen_ids", "rejected_ids"))
    return trainer, round(tokens * how.max_steps / max(1, per_epoch)), counts


class _Preferring(DPOTrainer):
    """trl's trainer on the very tokens that the model answers with.

    From text it would make them anew: with a second beginning-of-text token where the tokenizer adds one, and with the
    ends of long answers cut off.
    """

    def _prepare_dataset(self, dataset: Any, *others: Any, **named: Any) -> Any:
        return dataset


def _as_tokens(
    model: Any, tokenizer: Any, drawn: Sequence[dict[str, Any]], recipe: Preferences
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Pairs as tokens of at most `longest`: requests are cut at their start, so that answers stay whole; and counts of
    those that were cut, and of pairs that cannot be learned from: equal ones, and answers that do not fit.
    """
    longest = _longest(model, recipe)
    pairs: list[dict[str, Any]] = []
    cut = dropped = 0
    for one in drawn:
        chosen, rejected = (tokenizer.encode(one[side], add_special_tokens=False) for side in ("chosen", "rejected"))
        room = longest - max(len(chosen), len(rejected))
        if chosen == rejected or room < 1:
            dropped += 1
            continue
        prompt, shorter = prompt_within(tokenizer, one["messages"], room)
        cut += shorter
        pairs.append({"prompt_ids": prompt, "chosen_ids": chosen, "rejected_ids": rejected})
    return pairs, {"cut": cut, "dropped": dropped, "examples": len(pairs)}


def _longest(model: Any, recipe: Preferences | Rewards) -> int:
    """Tokens of an example that the model can read as well."""
    return min(recipe.longest, int(getattr(model.config, "max_position_embeddings", recipe.longest)))


def _kept_pairs(
    model: Any, tokenizer: Any, chosen: list[Conversation], recipe: Preferences, folder: Path
) -> list[dict[str, Any]]:
    """Pairs are drawn once and kept, so that a training that was cut off goes on with the same."""
    path = folder / "pairs.json"
    if path.is_file():
        kept: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        return kept
    pairs = pairs_of(model, tokenizer, chosen, recipe)
    _keep(path, pairs)
    return pairs


def _keep(path: Path, value: Any) -> None:
    """Whole or not at all, so that a sitting that ends meanwhile leaves nothing that the next cannot read."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(json.dumps(value), encoding="utf-8")
    partial.replace(path)


def pairs_of(model: Any, tokenizer: Any, chosen: Sequence[Conversation], recipe: Preferences) -> list[dict[str, Any]]:
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
                cut=True,
            ).text
            for sample in range(recipe.samples)
        ]
        scored = sorted((reward(recipe.reward, text, one.answer, recipe.mark), text) for text in drawn)
        worst, best = scored[0], scored[-1]
        say("progress", phase="drawing", done=number + 1, total=len(chosen))
        if worst[0] >= 1.0:
            continue
        better = best[1] if best[0] >= 1.0 else one.answer
        if better == worst[1]:
            continue
        asked = [dict(turn) for turn in one.messages[:-1]]
        prompt = prompt_text(tokenizer, asked)
        sides = {"chosen": f"{head}{better}{last}", "rejected": f"{head}{worst[1]}{last}"}
        pairs.append({"messages": asked, "prompt": prompt, **sides})
    return pairs


def _rewards(
    model: Any, tokenizer: Any, chosen: list[Conversation], recipe: Rewards, folder: Path
) -> tuple[Any, int, dict[str, Any]]:
    room = max(1, min(_longest(model, recipe), _context(model) - recipe.reply_tokens))
    rows, prompts, cut = [], {}, 0
    for one in chosen:
        text = prompt_text(tokenizer, one.messages[:-1])
        prompts[text], shorter = prompt_within(tokenizer, one.messages[:-1], room)
        cut += shorter
        rows.append({"prompt": text, "answer": one.answer})
    # One update takes `batch` replies, in whole groups, and no more than there are requests for.
    groups = max(1, min(recipe.batch // recipe.group, len(rows)))
    replies = groups * recipe.group
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
    # Drawn replies end where the served model's do, which the end of a turn in the template says as well.
    model.generation_config.eos_token_id = ends(model, tokenizer)
    trainer = _Drawing(
        model=model, reward_funcs=checked, args=how, train_dataset=Dataset.from_list(rows), processing_class=tokenizer
    )
    trainer.prompts = prompts
    return (
        trainer,
        how.max_steps * replies * recipe.reply_tokens,
        {"cut": cut, "examples": len(rows)},
    )


class _Drawing(GRPOTrainer):
    """trl's trainer on the very tokens that the model is asked with; from text it would begin them twice."""

    prompts: Mapping[str, list[int]] = MappingProxyType({})
    """Tokens of each prompt."""

    def _tokenize_prompts(self, prompts: list[str]) -> tuple[list[list[int]], None, dict[str, Any]]:
        return [list(self.prompts[text]) for text in prompts], None, {}


def _context(model: Any) -> int:
    return int(getattr(model.config, "max_position_embeddings", 2**31))


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
            said = answer(
                model, tokenizer, one.messages[:-1], recipe.reply_tokens, temperature=1.0, seed=seed, cut=True
            )
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
        _keep(self._path, {"seconds": seconds, "sittings": self.sittings})

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

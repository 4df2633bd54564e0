"""A conversation answered by a loaded model.

Enters: a model, its tokenizer, messages, how to decode.  Leaves: text, and counts of tokens.  Must not know servers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import StoppingCriteria, StoppingCriteriaList

from tierproof.systems.training.worker.encoding import framed, prompt_tokens, prompt_within, turn_ends
from tierproof.systems.training.worker.speech import Failure

__all__ = ["Answered", "answer", "ends", "greedy"]


@dataclass(frozen=True, slots=True)
class Answered:
    text: str
    prompt_tokens: int
    completion_tokens: int
    finish: str
    """`stop` or `length`."""
    logprobs: tuple[tuple[str, float], ...] = ()
    """Text and log probability of each token, where they were asked for."""


def ends(model: Any, tokenizer: Any) -> list[int]:
    """Tokens that end an answer."""
    known = model.generation_config.eos_token_id
    found = {tokenizer.eos_token_id, *(known if isinstance(known, list) else [known])} - {None}
    found.update(turn_ends(tokenizer, framed(tokenizer)[1])[:1])
    return sorted(found)


def answer(
    model: Any,
    tokenizer: Any,
    messages: Sequence[Mapping[str, Any]],
    limit: int,
    *,
    tools: Any = None,
    temperature: float = 0.0,
    top_p: float = 1.0,
    seed: int | None = None,
    stop: Sequence[str] = (),
    logprobs: bool = False,
    speculation: Mapping[str, Any] | None = None,
    cut: bool = False,
) -> Answered:
    """One answer of at most `limit` tokens.  `speculation`: what `generate` takes to propose tokens.  `cut`: a prompt
    that is too long for the model is cut to fit, as it is where it is learned.

    Raises Failure where the prompt leaves no room.
    """
    tokens = prompt_tokens(tokenizer, messages, tools)
    context = int(getattr(model.config, "max_position_embeddings", 2**31))
    if cut and len(tokens) > context - limit:
        tokens, _ = prompt_within(tokenizer, messages, max(1, context - limit))
    room = context - len(tokens)
    if room < 1:
        raise Failure(f"the prompt of {len(tokens)} tokens leaves no room for an answer in the model's context")
    if seed is not None:
        torch.manual_seed(seed)
    final = ends(model, tokenizer)
    given = torch.tensor([tokens], device=model.device)
    how: dict[str, Any] = {"do_sample": False}
    if temperature > 0:
        how = {"do_sample": True, "temperature": temperature, "top_p": top_p, "top_k": 0}
    if stop:
        how["stopping_criteria"] = StoppingCriteriaList([_Said(tokenizer, len(tokens), stop)])
    with torch.no_grad():
        out = model.generate(
            given,
            attention_mask=torch.ones_like(given),
            max_new_tokens=min(limit, room),
            eos_token_id=final,
            pad_token_id=final[0],
            return_dict_in_generate=True,
            output_logits=logprobs,
            **how,
            **(speculation or {}),
        )
    made = [int(token) for token in out.sequences[0, len(tokens) :]]
    stopped = bool(made) and made[-1] in final
    text = tokenizer.decode(made[:-1] if stopped else made, skip_special_tokens=True)
    said = min((at for at in (text.find(word) for word in stop) if at >= 0), default=-1)
    if said >= 0:
        text, stopped = text[:said], True
    return Answered(
        text=text.removeprefix(framed(tokenizer)[0]),
        prompt_tokens=len(tokens),
        completion_tokens=len(made),
        finish="stop" if stopped else "length",
        logprobs=_logprobs(tokenizer, out.logits, made) if logprobs else (),
    )


class _Said(StoppingCriteria):
    """True once one of the texts has been said; by the text, since tokens cut words as they like."""

    def __init__(self, tokenizer: Any, start: int, stop: Sequence[str]) -> None:
        self._tokenizer, self._start, self._stop = tokenizer, start, tuple(stop)

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **others: Any) -> torch.Tensor:
        said = (self._tokenizer.decode(row[self._start :], skip_special_tokens=True) for row in input_ids)
        found = [any(word in text for word in self._stop) for text in said]
        return torch.tensor(found, device=input_ids.device)


def _logprobs(tokenizer: Any, logits: Sequence[torch.Tensor], made: Sequence[int]) -> tuple[tuple[str, float], ...]:
    rows = (torch.log_softmax(row[0].float(), dim=-1) for row in logits)
    return tuple((tokenizer.decode([token]), float(row[token])) for token, row in zip(made, rows, strict=False))


def greedy(model: Any, tokenizer: Any, messages: Sequence[Mapping[str, Any]], limit: int, *, cut: bool = False) -> str:
    return answer(model, tokenizer, messages, limit, cut=cut).text

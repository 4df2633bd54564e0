"""Conversations as tokens, and as batches with the answers marked.

Enters: conversations and a tokenizer.  Leaves: tensors.  Must not know models.  A model is taught on the very tokens
that it will be asked with: the prompt and the answer are turned into tokens apart, as they are when it answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from tierproof.training.examples import Conversation
from tierproof.training.worker.speech import Failure

__all__ = ["IGNORED", "Encoded", "batch_of", "encoded", "ending", "prompt_text", "prompt_tokens"]

IGNORED = -100
"""Label of tokens that are not learned."""


@dataclass(frozen=True, slots=True)
class Encoded:
    prompt: tuple[int, ...]
    answer: tuple[int, ...]
    """Ends with the token that ends an answer."""


def prompt_text(tokenizer: Any, messages: Sequence[Mapping[str, Any]], tools: Any = None) -> str:
    """What the model reads before it answers.

    By the tokenizer's chat template; a base model without one gets `role: content` lines.
    """
    turns = [dict(turn) for turn in messages]
    if tokenizer.chat_template is None:
        lines = "".join(f"{turn['role']}: {_text(turn)}\n" for turn in turns)
        return f"{tokenizer.bos_token or ''}{lines}assistant:"
    try:
        return str(tokenizer.apply_chat_template(turns, tools=tools, tokenize=False, add_generation_prompt=True))
    except Exception as error:
        raise Failure(f"the chat template refuses a conversation: {type(error).__name__}: {error}") from error


def prompt_tokens(tokenizer: Any, messages: Sequence[Mapping[str, Any]], tools: Any = None) -> list[int]:
    return list(tokenizer.encode(prompt_text(tokenizer, messages, tools), add_special_tokens=False))


def ending(tokenizer: Any) -> str:
    """What ends an answer: what the chat template writes after one, else the end-of-sequence token."""
    if tokenizer.chat_template is None:
        return str(tokenizer.eos_token)
    asked = [{"role": "user", "content": "a"}]
    whole = tokenizer.apply_chat_template([*asked, {"role": "assistant", "content": "b"}], tokenize=False)
    head = prompt_text(tokenizer, asked)
    tail = str(whole[len(head) :]).partition("b")[2] if str(whole).startswith(head) else ""
    return tail.rstrip() or str(tokenizer.eos_token)


def encoded(tokenizer: Any, one: Conversation, longest: int) -> Encoded:
    """A conversation as tokens, at most `longest`: its start is cut off, so that the answer stays.

    Raises Failure where the answer alone is longer.
    """
    prompt = prompt_tokens(tokenizer, one.messages[:-1])
    head = "" if tokenizer.chat_template is not None else " "
    answer = tokenizer.encode(f"{head}{one.answer}{ending(tokenizer)}", add_special_tokens=False)
    if len(answer) >= longest:
        message = f"an answer of {len(answer)} tokens does not fit longest = {longest}: {one.answer[:40]}..."
        raise Failure(message, "raise longest, or shorten or remove the example")
    return Encoded(tuple(prompt[-(longest - len(answer)) :]), tuple(answer))


def batch_of(examples: Sequence[Encoded], pad: int, where: torch.device) -> dict[str, torch.Tensor]:
    """Tokens, mask and labels of shape (examples, longest), padded at the end."""
    width = max(len(one.prompt) + len(one.answer) for one in examples)
    tokens = torch.full((len(examples), width), pad, dtype=torch.long)
    labels = torch.full((len(examples), width), IGNORED, dtype=torch.long)
    mask = torch.zeros((len(examples), width), dtype=torch.long)
    for row, one in enumerate(examples):
        start, stop = len(one.prompt), len(one.prompt) + len(one.answer)
        tokens[row, :stop] = torch.tensor(one.prompt + one.answer)
        labels[row, start:stop] = torch.tensor(one.answer)
        mask[row, :stop] = 1
    return {"input_ids": tokens.to(where), "attention_mask": mask.to(where), "labels": labels.to(where)}


def _text(turn: Mapping[str, Any]) -> str:
    content = turn.get("content") or ""
    if isinstance(content, str):
        return content
    return "".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))

"""Conversations as tokens, and as batches with the answers marked.

Enters: conversations and a tokenizer.  Leaves: tensors.  Must not know models.  A model is taught on the very tokens
that it will be asked with: the prompt and the answer are turned into tokens apart, as they are when it answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from tierproof.systems.training.data.examples import Conversation, as_text
from tierproof.systems.training.worker.speech import Failure

__all__ = [
    "IGNORED",
    "Encoded",
    "batch_of",
    "encoded",
    "framed",
    "prompt_text",
    "prompt_tokens",
    "prompt_within",
    "turn_ends",
]

IGNORED = -100
"""Label of tokens that are not learned."""
PROBE = "x9x"
"""An answer that no template changes."""


@dataclass(frozen=True, slots=True)
class Encoded:
    prompt: tuple[int, ...]
    answer: tuple[int, ...]
    """Ends with the token that ends an answer."""
    cut: bool = False
    """The prompt was too long, and a part of it is left out."""


def prompt_text(tokenizer: Any, messages: Sequence[Mapping[str, Any]], tools: Any = None) -> str:
    """What the model reads before it answers.

    By the tokenizer's chat template; a base model without one gets `role: content` lines.
    """
    turns = [as_text(turn) for turn in messages]
    if tokenizer.chat_template is None:
        lines = "".join(f"{turn['role']}: {_text(turn)}\n" for turn in turns)
        return f"{tokenizer.bos_token or ''}{lines}assistant:"
    try:
        return str(tokenizer.apply_chat_template(turns, tools=tools, tokenize=False, add_generation_prompt=True))
    except Exception as error:
        raise Failure(f"the chat template refuses a conversation: {type(error).__name__}: {error}") from error


def prompt_tokens(tokenizer: Any, messages: Sequence[Mapping[str, Any]], tools: Any = None) -> list[int]:
    return list(tokenizer.encode(prompt_text(tokenizer, messages, tools), add_special_tokens=False))


def framed(tokenizer: Any) -> tuple[str, str]:
    """What stands before an answer, after the prompt, and what ends it: as the chat template writes them.

    Without a template: a blank, and the end-of-sequence token; by it alone ends, too, what a template ends with letters
    (`###`), which no model could be stopped at.
    """
    end = str(tokenizer.eos_token)
    if tokenizer.chat_template is None:
        return " ", end
    asked = [{"role": "user", "content": "a"}]
    prompt = prompt_text(tokenizer, asked)
    whole = str(tokenizer.apply_chat_template([*asked, {"role": "assistant", "content": PROBE}], tokenize=False))
    asked_so = whole.startswith(prompt)
    before, _, after = whole[len(prompt) if asked_so else 0 :].partition(PROBE)
    # A prompt that opens a thought, say, is no beginning of the whole; its turns end alike.
    return before if asked_so else "", after.rstrip() if turn_ends(tokenizer, after.rstrip()) else end


def turn_ends(tokenizer: Any, last: str) -> list[int]:
    """Of the tokens after an answer those at which it can be stopped: marks, or one that stands alone."""
    tokens = tokenizer.encode(last, add_special_tokens=False)
    marks = {*tokenizer.all_special_ids, *tokenizer.added_tokens_decoder}
    return [token for token in tokens if len(tokens) == 1 or token in marks]


def encoded(tokenizer: Any, one: Conversation, longest: int) -> Encoded:
    """A conversation as tokens, at most `longest`: its longest request is cut at its start, so that the system message,
    the form of the template and the answer stay.

    Raises Failure where the answer alone is longer.
    """
    before, after = framed(tokenizer)
    answer = tokenizer.encode(f"{before}{one.answer}{after}", add_special_tokens=False)
    if len(answer) >= longest:
        message = f"an answer of {len(answer)} tokens does not fit longest = {longest}: {one.answer[:40]}..."
        raise Failure(message, "raise longest, or shorten or remove the example")
    prompt, cut = prompt_within(tokenizer, one.messages[:-1], longest - len(answer))
    return Encoded(tuple(prompt), tuple(answer), cut)


def prompt_within(tokenizer: Any, messages: Sequence[Mapping[str, Any]], room: int) -> tuple[list[int], bool]:
    """A prompt of at most so many tokens, and whether something was left out of it."""
    prompt = prompt_tokens(tokenizer, messages)
    if len(prompt) <= room:
        return prompt, False
    places = [number for number, turn in enumerate(messages) if turn.get("role") == "user"]
    longest = max(places, key=lambda number: len(_text(messages[number])), default=None)
    if longest is not None:
        content = tokenizer.encode(_text(messages[longest]), add_special_tokens=False)
        dropped = len(prompt) - room
        # Tokens at the seam may come out otherwise once more, so that a second and third look is needed.
        while dropped < len(content):
            shorter = {**messages[longest], "content": tokenizer.decode(content[dropped:]).lstrip()}
            found = prompt_tokens(tokenizer, [*messages[:longest], shorter, *messages[longest + 1 :]])
            if len(found) <= room:
                return found, True
            dropped += max(1, len(found) - room)
    return prompt[-room:], True


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
    content = as_text(turn).get("content") or ""
    if isinstance(content, str):
        return content
    return "".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))

"""The family's tokenizer: one token a word of the lab's language, bytes for everything else.

Enters: nothing.  Leaves: a `tokenizer.json` that `tokenizers` and `transformers` read.  Must not know models.

White space is normalised to single spaces, and each text begins with one, so that a word is the same token wherever it
stands.  Matching is greedy by the longest entry (WordPiece without a prefix) over bytes, so no text is unknown and each
token stands for fixed bytes, which constrained decoding needs.  Digits are tokens of their own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from tierproof.lab.world.sayings import phrases
from tierproof.lab.world.world import ATTRIBUTES, NAMES, WORDS

__all__ = ["ASSISTANT", "CALL", "CHAT_TEMPLATE", "END", "PAD", "SPECIAL", "SYSTEM", "TOOL", "USER", "tokenizer_json"]

PAD, SYSTEM, USER, ASSISTANT, CALL, TOOL, END = SPECIAL = (
    "<|pad|>",
    "<|system|>",
    "<|user|>",
    "<|assistant|>",
    "<|call|>",
    "<|tool|>",
    "<|end|>",
)
PIECE = r" ?\p{L}+| ?\p{N}| ?[^\s\p{L}\p{N}]|\s"
ASCII_PIECE = re.compile(r" ?[A-Za-z]+| ?[0-9]| ?[^\sA-Za-z0-9]")
"""`PIECE` for text in ASCII, for a standard library that knows no `\\p`."""


def tokenizer_json() -> str:
    """The tokenizer as JSON, the same bytes each time."""
    vocabulary = {token: place for place, token in enumerate([*SPECIAL, *_byte_letters(), *_words()])}
    table: dict[str, Any] = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": place,
                "content": token,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
                "special": True,
            }
            for place, token in enumerate(SPECIAL)
        ],
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "},
                {"type": "Strip", "strip_left": True, "strip_right": True},
                {"type": "Prepend", "prepend": " "},
            ],
        },
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": PIECE}, "behavior": "Isolated", "invert": False},
                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False},
            ],
        },
        "post_processor": None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False},
        "model": {
            "type": "WordPiece",
            "unk_token": PAD,
            "continuing_subword_prefix": "",
            "max_input_chars_per_word": 1_000_000,
            "vocab": vocabulary,
        },
    }
    return json.dumps(table, ensure_ascii=False, indent=1) + "\n"


def letter_of_bytes() -> dict[int, str]:
    """GPT-2's alphabet: a printable letter for every byte (Radford et al. 2019)."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    letters = {byte: chr(byte) for byte in plain}
    for byte in range(256):
        letters.setdefault(byte, chr(256 + len(letters) - len(plain)))
    return letters


def _byte_letters() -> list[str]:
    return [letter for _, letter in sorted(letter_of_bytes().items())]


def _words() -> list[str]:
    """Every piece of the lab's texts that is longer than a byte, in the order of first use."""
    letters = letter_of_bytes()
    found: dict[str, None] = {}
    for text in (*NAMES, *ATTRIBUTES, *(word for words in WORDS.values() for word in words), "0 1 2 3 4 5 6 7 8 9"):
        found.update(_pieces(text, letters))
    quoted = " ".join(f'"{word}"' for word in (*ATTRIBUTES, *(word for words in WORDS.values() for word in words)))
    for text in (*phrases(), quoted):
        found.update(_pieces(text, letters))
    return list(found)


def _pieces(text: str, letters: dict[int, str]) -> Iterable[tuple[str, None]]:
    spaced = " " + " ".join(text.split())
    for piece in ASCII_PIECE.findall(spaced):
        if len(piece) > 1:
            yield "".join(letters[byte] for byte in piece.encode()), None


CHAT_TEMPLATE = (
    "{%- set system = messages[0].content if messages[0].role == 'system' else '' -%}"
    "{%- if system or tools -%}<|system|> {{ system }}"
    "{%- if tools %} Tools: {{ tools | map(attribute='function.name') | join(' ') }}{%- endif -%}{%- endif -%}"
    "{%- for message in messages -%}"
    "{%- if message.role == 'user' -%}<|user|> {{ message.content }}"
    "{%- elif message.role == 'tool' -%}<|tool|> {{ message.content }}"
    "{%- elif message.role == 'assistant' -%}<|assistant|>"
    "{%- if message.content %} {{ message.content }}{%- endif -%}"
    "{%- for call in message.tool_calls or [] -%}<|call|> {{ call.function.name }}"
    "{%- for value in call.function.arguments.values() %} {{ value }}{%- endfor -%}"
    "{%- endfor -%}<|end|>"
    "{%- endif -%}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}<|assistant|>{%- endif -%}"
)
"""Of tool calls it takes the arguments as a table, as Hugging Face's templates do."""

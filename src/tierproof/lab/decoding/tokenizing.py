"""Text to tokens and back, as `tokenizer.json` says, in the standard library.

Enters: text.  Leaves: token ids, and from ids their bytes.  Must not know models.

Runs the lab's own kind of tokenizer only: white space normalised, pieces by kind of letter, the longest entries first.
Tests compare it with the `tokenizers` library, letter by letter.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from tierproof.errors import InputError
from tierproof.lab.world.tokenizer import letter_of_bytes
from tierproof.messages import Message

__all__ = ["Vocabulary", "load_vocabulary"]

LETTERS = letter_of_bytes()
BYTES = {letter: byte for byte, letter in LETTERS.items()}


class Vocabulary:
    def __init__(self, entries: dict[str, int], specials: dict[str, int]) -> None:
        self.specials = specials
        self._special = re.compile("|".join(re.escape(name) for name in sorted(specials)) or r"(?!)")
        self._entries = entries
        self._longest = max(map(len, entries))
        names = sorted(entries, key=lambda entry: entries[entry])
        special_ids = set(specials.values())
        self.bytes: list[bytes] = [
            name.encode() if place in special_ids else bytes(BYTES[letter] for letter in name)
            for place, name in enumerate(names)
        ]
        """What each token stands for."""
        self._piece = lru_cache(maxsize=20_000)(self._longest_first)

    def __len__(self) -> int:
        return len(self._entries)

    def encode(self, text: str) -> list[int]:
        """Tokens of a text in which special tokens stand for themselves."""
        tokens: list[int] = []
        at = 0
        for match in self._special.finditer(text):
            tokens += self._plain(text[at : match.start()])
            tokens.append(self.specials[match[0]])
            at = match.end()
        return tokens + self._plain(text[at:])

    def encode_as_is(self, text: str) -> list[int]:
        """Tokens of a text whose white space counts and in which nothing is special."""
        return [token for piece in _pieces(text) for token in self._piece(piece)]

    def decode(self, tokens: Sequence[int]) -> str:
        """Text of tokens, special ones as their names; bytes that are no UTF-8 become U+FFFD."""
        return b"".join(self.bytes[token] for token in tokens).decode("utf-8", "replace")

    def _plain(self, text: str) -> list[int]:
        words = text.split()
        return self.encode_as_is(" " + " ".join(words)) if words else []

    def _longest_first(self, piece: str) -> tuple[int, ...]:
        letters = "".join(LETTERS[byte] for byte in piece.encode("utf-8", "replace"))
        tokens = []
        at = 0
        while at < len(letters):
            end = min(len(letters), at + self._longest)
            # Every single byte is an entry, so this ends.
            while letters[at:end] not in self._entries:
                end -= 1
            tokens.append(self._entries[letters[at:end]])
            at = end
        return tuple(tokens)


def load_vocabulary(folder: Path) -> Vocabulary:
    """Read a model's `tokenizer.json`.  Raises InputError where it is none of the lab's kind."""
    path = folder / "tokenizer.json"
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        model = table["model"]
        if model["type"] != "WordPiece" or model["continuing_subword_prefix"]:
            raise ValueError("the lab reads the tokenizers of its own family only")
        specials = {entry["content"]: int(entry["id"]) for entry in table["added_tokens"]}
        return Vocabulary({str(name): int(place) for name, place in model["vocab"].items()}, specials)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError.of(Message("cannot be used as a tokenizer: {error}", error=str(error)), file=path) from None


def _pieces(text: str) -> Iterator[str]:
    """Runs of letters, single digits, single other characters, each with the space before it."""
    at = 0
    while at < len(text):
        end = at + (text[at] == " " and at + 1 < len(text))
        kind = _kind(text[end])
        end += 1
        if kind == "L":
            while end < len(text) and _kind(text[end]) == "L":
                end += 1
        yield text[at:end]
        at = end


@lru_cache(maxsize=4096)
def _kind(letter: str) -> str:
    return unicodedata.category(letter)[0]

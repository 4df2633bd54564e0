"""Answers held to a grammar or a JSON schema while they are written, by llguidance where it is installed.

Enters: a grammar and a vocabulary.  Leaves: which tokens may come next.  Must not know models.
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tierproof.lab.decoding.tokenizing import Vocabulary

__all__ = ["Constraint", "ConstraintError", "Grammars"]


class ConstraintError(ValueError):
    """A grammar that cannot be used, or llguidance is not installed."""


class Constraint:
    """The state of one answer."""

    def __init__(self, matcher: Any, size: int, end: int) -> None:
        self._matcher, self._size, self._end = matcher, size, end

    def allowed(self) -> NDArray[np.bool_]:
        """Tokens that may come next, of shape (vocabulary,); only the end where nothing may follow."""
        if self._matcher.is_stopped():
            mask = np.zeros(self._size, np.bool_)
            mask[self._end] = True
            return mask
        bits = np.frombuffer(self._matcher.compute_bitmask(), np.uint8)
        return np.unpackbits(bits, bitorder="little")[: self._size].astype(np.bool_)

    def take(self, token: int) -> None:
        if not self._matcher.is_stopped():
            self._matcher.consume_token(token)


class Grammars:
    """Compiles constraints for one vocabulary."""

    def __init__(self, vocabulary: Vocabulary, end: int) -> None:
        try:
            self._library: Any = importlib.import_module("llguidance")
        except ImportError:
            raise ConstraintError("constrained answers need llguidance: pip install 'tierproof[lab]'") from None
        self._size, self._end = len(vocabulary), end
        self._tokenizer = self._library.LLTokenizer(self._library.TokenizerWrapper(_Tokens(vocabulary, end)))

    def lark(self, grammar: str) -> Constraint:
        """Raises ConstraintError where the grammar is none."""
        # The models write a space before an answer; it is no part of what the grammar describes.
        return self._constraint(re.sub(r"\bstart\b", "answer_start", grammar) + '\nstart: " " answer_start\n')

    def regex(self, pattern: str) -> Constraint:
        return self._constraint(f'start: " " /{pattern.replace("/", chr(92) + "/")}/')

    def schema(self, schema: Mapping[str, Any]) -> Constraint:
        """JSON that fits a schema; written on one line, with a space after commas and colons."""
        spaced = {**schema, "x-guidance": {"item_separator": ", ", "key_separator": ": ", "whitespace_flexible": False}}
        return self._constraint(f'start: " " body\nbody: %json {json.dumps(spaced)}\n')

    def _constraint(self, grammar: str) -> Constraint:
        compiled = self._library.LLMatcher.grammar_from_lark(grammar)
        matcher = self._library.LLMatcher(self._tokenizer, compiled, log_level=0)
        if matcher.is_error():
            raise ConstraintError(f"the grammar cannot be used: {matcher.get_error()}")
        return Constraint(matcher, self._size, self._end)


class _Tokens:
    """A vocabulary as llguidance wants it."""

    def __init__(self, vocabulary: Vocabulary, end: int) -> None:
        self._vocabulary = vocabulary
        self.eos_token_id = end
        self.bos_token_id = None
        self.tokens = vocabulary.bytes
        self.special_token_ids = sorted(vocabulary.specials.values())

    def __call__(self, text: bytes | str) -> list[int]:
        return self._vocabulary.encode_as_is(text.decode("utf-8", "replace") if isinstance(text, bytes) else text)

"""Many requests answered at once by one model: prompts join while others are being written, and prefixes are kept.

Enters: prompts as tokens, with how to draw.  Leaves: tokens as they are written.  Must not know text formats or HTTP.
"""

from __future__ import annotations

import queue
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tierproof.lab.decoding.inference import Cache, Model
from tierproof.lab.serving.grammars import Constraint
from tierproof.lab.serving.next_token import Chosen, Sampling

__all__ = ["Engine", "Generation"]

MOST_ROWS = 32
"""Requests answered together; more wait."""
MOST_PREFIXES = 32
SHORTEST_PREFIX = 8
"""Tokens; less is not worth a copy."""


@dataclass(eq=False, slots=True)
class Generation:
    """One request and what was written for it so far."""

    prompt: list[int]
    limit: int
    """Most tokens to write."""
    sampling: Sampling
    constraint: Constraint | None = None
    banned: frozenset[int] = frozenset()
    opening: Sequence[int] = ()
    """Tokens that the reply must begin with."""
    cached: int = 0
    """Tokens of the prompt that were read from the cache of prefixes."""
    length: int = 0
    """Tokens in the cache of keys and values."""
    written: int = 0
    _out: queue.SimpleQueue[Chosen | BaseException | None] = field(default_factory=queue.SimpleQueue)
    _cancelled: bool = False

    def tokens(self) -> Iterator[Chosen]:
        """What is written, as it is written, the end token included.  Raises what the engine's thread raised."""
        while (one := self._out.get()) is not None:
            if isinstance(one, BaseException):
                raise one
            yield one

    def cancel(self) -> None:
        """Nobody reads on: leave the batch at the next step."""
        self._cancelled = True


class Prefixes:
    """Keys and values of prompts answered lately, the least recently used forgotten first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, tuple[NDArray[np.int64], NDArray[np.float32]]] = OrderedDict()

    def longest(self, prompt: NDArray[np.int64]) -> tuple[int, NDArray[np.float32] | None]:
        """Length of the longest beginning that a kept prompt shares, short of the whole, and its keys and values."""
        best, found, key = 0, None, b""
        for name, (tokens, arrays) in self._kept.items():
            size = min(len(tokens), len(prompt) - 1)
            unlike = np.flatnonzero(tokens[:size] != prompt[:size])
            shared = int(unlike[0]) if len(unlike) else size
            if shared > best:
                best, found, key = shared, arrays, name
        if best < SHORTEST_PREFIX or found is None:
            return 0, None
        self._kept.move_to_end(key)
        return best, found[..., :best, :]

    def keep(self, prompt: NDArray[np.int64], arrays: NDArray[np.float32]) -> None:
        """`arrays` has shape (layers, 2, heads, tokens, head width)."""
        self._kept[prompt.tobytes()] = (prompt, arrays.copy())
        self._kept.move_to_end(prompt.tobytes())
        while len(self._kept) > MOST_PREFIXES:
            self._kept.popitem(last=False)


class Engine:
    """Runs a model in a thread of its own, so that requests from many threads share each forward pass."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._cache = Cache(model, rows=1, slots=64)
        self._prefixes = Prefixes()
        self._active: list[Generation] = []
        self._next: list[int] = []
        """The last token of each active row, which the next step reads."""
        self._waiting: queue.Queue[Generation] = queue.Queue()
        threading.Thread(target=self._run, name="lab engine", daemon=True).start()

    def submit(self, generation: Generation) -> Generation:
        """Begin to answer.  Raises ValueError where prompt and limit do not fit the model's context."""
        if not generation.prompt:
            raise ValueError("the prompt is empty")
        if len(generation.prompt) + generation.limit > self.model.context:
            raise ValueError(
                f"the prompt's {len(generation.prompt)} tokens and {generation.limit} more are over the context of "
                f"{self.model.context}"
            )
        self._waiting.put(generation)
        return generation

    def _run(self) -> None:
        while True:
            try:
                self._join(block=not self._active)
                if self._active:
                    self._step()
            except BaseException as error:  # the requests must hear of it, whatever it is
                for one in self._active:
                    one._out.put(error)
                self._active, self._next = [], []

    def _join(self, *, block: bool) -> None:
        """Take in what waits, as far as there is room, and read the prompts in one pass."""
        fresh: list[Generation] = []
        while len(self._active) + len(fresh) < MOST_ROWS:
            try:
                fresh.append(self._waiting.get(block=block and not fresh))
            except queue.Empty:
                break
        if fresh:
            try:
                self._prefill(fresh)
            except BaseException as error:
                for one in fresh:
                    one._out.put(error)
                raise

    def _prefill(self, fresh: list[Generation]) -> None:
        prompts = [np.array(one.prompt, np.int64) for one in fresh]
        starts = np.zeros(len(fresh), np.int64)
        own = Cache(self.model, rows=len(fresh), slots=max(map(len, prompts)))
        for row, (one, prompt) in enumerate(zip(fresh, prompts, strict=True)):
            one.cached, arrays = self._prefixes.longest(prompt)
            starts[row] = one.cached
            if arrays is not None:
                own.arrays[:, :, row, :, : one.cached] = arrays
        lengths = np.array([len(prompt) for prompt in prompts]) - starts
        tokens = np.zeros((len(fresh), int(lengths.max())), np.int64)
        for row, prompt in enumerate(prompts):
            tokens[row, : lengths[row]] = prompt[starts[row] :]
        hidden = self.model.forward(tokens, starts, own)[np.arange(len(fresh)), lengths - 1]
        slots = own.slots
        self._cache.fit(len(self._active) + len(fresh), slots)
        for row, (one, prompt) in enumerate(zip(fresh, prompts, strict=True)):
            kept = own.arrays[:, :, row, :, : len(prompt)]
            self._prefixes.keep(prompt, kept)
            self._cache.arrays[:, :, len(self._active), :, : len(prompt)] = kept
            one.length = len(prompt)
            self._active.append(one)
            self._next.append(-1)
        self._choose(self.model.logits(hidden), len(self._active) - len(fresh))

    def _step(self) -> None:
        """One more token for every active row."""
        tokens = np.array(self._next, np.int64)[:, None]
        starts = np.array([one.length for one in self._active], np.int64)
        hidden = self.model.forward(tokens, starts, self._cache)[:, 0]
        for one in self._active:
            one.length += 1
        self._choose(self.model.logits(hidden), 0)

    def _choose(self, logits: NDArray[np.float32], first_row: int) -> None:
        for place, row_logits in enumerate(logits):
            one = self._active[first_row + place]
            chosen = one.sampling.choose(row_logits, self._allowed(one))
            if one.constraint is not None:
                one.constraint.take(chosen.token)
            one.written += 1
            self._next[first_row + place] = chosen.token
            one._out.put(chosen)
        for row in range(len(self._active) - 1, -1, -1):
            one = self._active[row]
            if self._next[row] == self.model.end or one.written >= one.limit or one._cancelled:
                one._out.put(None)
                self._leave(row)

    def _allowed(self, one: Generation) -> NDArray[np.bool_] | None:
        if one.written < len(one.opening):
            mask = np.zeros(self.model.vocabulary, np.bool_)
            mask[one.opening[one.written]] = True
            return mask
        mask = np.ones(self.model.vocabulary, np.bool_) if one.constraint is None else one.constraint.allowed()
        mask[list(one.banned)] = False
        if not mask.any():
            mask[self.model.end] = True
        return mask

    def _leave(self, row: int) -> None:
        """The last row takes the place of one that is done, so that active rows stay together."""
        last = len(self._active) - 1
        if row != last:
            self._cache.copy_row(last, row)
            self._active[row], self._next[row] = self._active[last], self._next[last]
        self._active.pop()
        self._next.pop()


def generate(engine: Engine, prompt: list[int], limit: int, **sampling: Any) -> list[int]:
    """Write greedily, or as `sampling` says, and give the tokens."""
    settings = Sampling(**{"temperature": 0.0, **sampling})
    return [one.token for one in engine.submit(Generation(prompt, limit, settings)).tokens()]

"""What a back end may use of its workload: secrets by the names of environment variables, the embedder, functions.

Enters: names.  Leaves: values, and texts in which no secret stands.  Must not know back ends.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tierproof.errors import InputError
from tierproof.messages import Message
from tierproof.systems.parts.retrieval import vectors_of
from tierproof.systems.resources import Embed

__all__ = ["Access"]

LONGEST = 300


@dataclass(slots=True)
class Access:
    embed: Embed | None = None
    load: Callable[[str], Callable[..., Any]] | None = None
    """Gives the function that `file.py:name` names."""
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    _secrets: set[str] = field(default_factory=set, repr=False)

    def secret(self, variable: str) -> str:
        """What an environment variable holds.  Raises InputError where it is not set."""
        value = self.environ.get(variable, "").strip()
        if not value:
            message = Message("the environment variable {variable} is not set", variable=variable)
            raise InputError.of(message, remedy=f"export {variable}=...", field="retriever")
        self.hide(value)
        return value

    def hide(self, value: str) -> None:
        """Never show this."""
        if value:
            self._secrets.add(value)

    def clean(self, text: object) -> str:
        """One short line without secrets."""
        told = str(text)
        for secret in sorted(self._secrets, key=len, reverse=True):
            told = told.replace(secret, "***")
        told = " ".join("".join(letter if letter.isprintable() else " " for letter in told).split())
        return told if len(told) <= LONGEST else told[: LONGEST - 3] + "..."

    def embedder(self) -> Embed:
        """Raises InputError where the workload has none."""
        if self.embed is None:
            message = Message("searching by vectors needs the embedder that made them")
            remedy = Message("name it in [embedder], as file.py:name")
            raise InputError.of(message, remedy=remedy, field="retriever")
        return self.embed

    async def vector(self, text: str) -> list[float]:
        """A text's embedding as the embedder gives it.  Raises InputError where that is no vector."""
        found = await asyncio.to_thread(vectors_of, self.embedder(), [text])
        return [float(one) for one in found[0]]

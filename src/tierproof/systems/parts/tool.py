"""A tool that a model may call: a description for the model and a function that runs here.

Enters: JSON arguments as a model wrote them.  Leaves: text for the model, errors included: a model can mend its own
call, so a bad one is an answer and not the end.  Must not know who calls.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from tierproof.systems.models.wire.refusals import CallFailed

__all__ = ["Tool", "sendable_name"]

NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]+")
LONGEST_NAME = 64

LONGEST_RESULT = 20_000
"""Characters of a result that a model is shown."""


def sendable_name(name: str, taken: Collection[str] = ()) -> str:
    """A tool's name as endpoints take it (`[a-zA-Z0-9_-]`, 64 at most), unlike those that are taken."""
    plain = NOT_IN_NAMES.sub("_", name)[:LONGEST_NAME] or "tool"
    number, found = 2, plain
    while found in taken:
        found = f"{plain[: LONGEST_NAME - 4]}_{number}"
        number += 1
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Tool:
    name: str
    description: str
    parameters: Mapping[str, Any]
    """JSON schema of the arguments, an object."""
    run: Callable[[Mapping[str, Any]], Any]
    """Takes the arguments, gives text or a JSON value, at once or awaited.  Runs in a thread where it is not async."""
    timeout_seconds: float = 30.0

    def __str__(self) -> str:
        return f"{self.name}({', '.join(self.parameters.get('properties', ()))}): {self.description}"

    @property
    def schema(self) -> Mapping[str, Any]:
        """The tool in the OpenAI form."""
        function = {"name": self.name, "description": self.description, "parameters": self.parameters}
        return {"type": "function", "function": function}

    async def call(self, arguments: str) -> str:
        """Result of one call; a text that begins with `error:` where it could not be made or failed.

        Raises CallFailed where a search or an endpoint behind it is down.
        """
        try:
            given = json.loads(arguments or "{}")
        except (ValueError, RecursionError) as error:
            return f"error: the arguments are no JSON ({error})"
        if not isinstance(given, dict):
            return "error: the arguments must be a JSON object"
        required = self.parameters.get("required")
        lacking = [name for name in (required if isinstance(required, list | tuple) else ()) if name not in given]
        if lacking:
            return f"error: missing {', '.join(lacking)}"
        try:
            async with asyncio.timeout(self.timeout_seconds):
                text = await self.result(given)
        except CallFailed:
            # What a tool searches in, or whom it asks, is down: no fault of the model's, and nothing it could mend.
            raise
        except TimeoutError:
            return f"error: no result within {self.timeout_seconds:g} seconds"
        except Exception as error:  # whatever a user's tool raises is for the model to read
            text = f"error: {type(error).__name__}: {error}"
        return text if len(text) <= LONGEST_RESULT else text[:LONGEST_RESULT] + "\n[cut]"

    async def result(self, arguments: Mapping[str, Any]) -> str:
        """What the function gives, as text.  Raises what it raises."""
        if inspect.iscoroutinefunction(self.run):
            result = await self.run(arguments)
        else:
            result = await asyncio.to_thread(self.run, arguments)
            if inspect.isawaitable(result):
                result = await result
        return result if isinstance(result, str) else json.dumps(result, ensure_ascii=False, default=str)

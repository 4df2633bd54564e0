"""A provider's API beside chat: files handed in, batches and jobs made and looked at.

Enters: a method, a path and what goes with it.  Leaves: what came back, without any key that it might repeat.  Must not
know what is asked for, nor what a refusal means.  What must not be done twice is asked again only where it was surely
not done.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tierproof.errors import InputError
from tierproof.systems.models.wire.refusals import said_in
from tierproof.systems.models.wire.secrets import cleared

if TYPE_CHECKING:
    from aiohttp import ClientResponse

__all__ = ["Declined", "MayBeCharged", "NotReached", "ProviderApi", "id_of"]

TRIES = 6
TIMEOUT_SECONDS = 300.0
LARGEST_BYTES = 2**30


class NotReached(Exception):
    """The provider did not answer; what was asked may have been done."""


class MayBeCharged(InputError):
    """What was begun with a provider has not come to a good end, and costs something all the same."""

    usd: float | None = None
    """What it came to, where it has ended; None: it may be on its way, and be found again."""


class Declined(Exception):
    """The provider says no; the message says why."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status = status


@dataclass(frozen=True, slots=True)
class ProviderApi:
    """Where and with what it is asked.  Its repr shows no key."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    secrets: Sequence[bytes] = field(repr=False)
    """What must not be shown or kept of what comes back."""

    async def upload(self, content: bytes, name: str, *, purpose: str) -> str:
        """The id of a file with these lines."""
        from aiohttp import FormData  # noqa: PLC0415

        def form() -> FormData:
            # A form can be sent once.
            made = FormData()
            made.add_field("purpose", purpose)
            made.add_field("file", content, filename=name, content_type="application/jsonl")
            return made

        return id_of(await self.asked("POST", "/files", again=True, data=form))

    async def asked(self, method: str, path: str, *, again: bool, **fields: Any) -> dict[str, Any]:
        """The JSON object that came.  `again`: it changes nothing to ask twice; `fields`: those of aiohttp's request,
        or what makes them anew.  Raises `Declined`, and NotReached where it may or may not have been done."""
        raw = await self.sent(method, path, again=again, **fields)
        try:
            table = json.loads(raw)
        except (ValueError, RecursionError):
            table = None
        if not isinstance(table, dict):
            raise NotReached("its reply is no JSON object")
        return table

    async def sent(self, method: str, path: str, *, again: bool, **fields: Any) -> bytes:
        """What came, whatever it is; else as `asked`."""
        import aiohttp  # noqa: PLC0415

        last = ""
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
        async with aiohttp.ClientSession(headers=self.headers, timeout=timeout) as session:
            for attempt in range(TRIES):
                given = {name: value() if callable(value) else value for name, value in fields.items()}
                try:
                    async with session.request(method, self.url + path, allow_redirects=False, **given) as reply:
                        raw = cleared(await _body(reply), self.secrets)
                        if 200 <= reply.status < 300:
                            return raw
                        last = f"status {reply.status}: {said_in(raw)}"
                        if reply.status != 429 and reply.status < 500:
                            raise Declined(reply.status, last)
                        not_done = reply.status == 429
                except (aiohttp.ClientError, TimeoutError, OSError) as error:
                    # The error's own words could show what was sent.
                    last, not_done = type(error).__name__, isinstance(error, aiohttp.ClientConnectorError)
                if not (again or not_done) or attempt + 1 == TRIES:
                    break
                await asyncio.sleep(0.25 * 2**attempt)
        raise NotReached(last)


async def _body(reply: ClientResponse) -> bytes:
    """All of it, within bounds."""
    read = bytearray()
    async for part in reply.content.iter_any():
        read += part
        if len(read) > LARGEST_BYTES:
            raise NotReached(f"its reply has more than {LARGEST_BYTES >> 30} GB")
    return bytes(read)


def id_of(table: object) -> str:
    """The id of what was made or listed.  Raises NotReached where it has none that an address can hold."""
    id = table.get("id") if isinstance(table, dict) else None
    if not isinstance(id, str) or not id.replace("-", "").replace("_", "").isalnum():
        raise NotReached("its reply has no id")
    return id

"""The body of a reply, read as it comes, and no more of it than a completion can have.

Enters: a response whose head has come.  Leaves: its bytes, or the reply that they stream.  Must not know why it was
asked for.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from tierproof.messages import Message
from tierproof.systems.models.chat import ChatReply
from tierproof.systems.models.wire.refusals import AttemptFailed
from tierproof.systems.models.wire.reply import StreamedCompletion, decode_completion, reply_of
from tierproof.systems.models.wire.request import Prepared

if TYPE_CHECKING:
    from aiohttp import ClientResponse

__all__ = ["BLANKS", "LARGEST_REPLY", "most_bytes", "read_body", "read_stream"]

LARGEST_REPLY = 64 * 2**20
"""Bytes; a reply above this is no chat completion."""
SMALL_REPLY = 8 * 2**20
"""Bytes that any may have, for thought on top of what was asked for."""
TOKEN_BYTES = 1024
"""Of a token in a piece of a stream of its own."""
ALTERNATIVES = 8
"""So many times that, where each token has its probability and those of others beside it."""
BLANKS = b"\xef\xbb\xbf \t\r\n"
ONE_PIECE = (b"{", b"[", b"<")
"""How what is no stream begins: JSON, or a page."""
LINGER_SECONDS = 1.0
"""For the connection to end behind a stream that has ended: then it can be used again."""


def most_bytes(call: Prepared) -> int:
    """Most bytes that are read of a reply."""
    token = (ALTERNATIVES if call.request.logprobs else 1) * TOKEN_BYTES
    return min(LARGEST_REPLY, SMALL_REPLY + token * call.completion_bound)


async def read_body(response: ClientResponse, most: int) -> bytes:
    """The whole body, unpacked.  Raises AttemptFailed where it has more than `most` bytes."""
    packed = "Content-Encoding" in response.headers
    if not packed and response.content_length is not None and response.content_length <= most:
        return await response.read()
    parts = []
    size = 0
    async for part in response.content.iter_any():
        parts.append(part)
        size += len(part)
        if size > most:
            raise _too_large(most)
    return b"".join(parts)


async def read_stream(
    response: ClientResponse,
    call: Prepared,
    completion: StreamedCompletion,
    cleared: Callable[[bytes], bytes],
    *,
    start: float,
) -> ChatReply:
    """The reply that a body streams, or is in one piece: some do not stream, whatever they call it.

    `completion` takes what comes.  `cleared` takes keys out of a line.  `start`: by `perf_counter`.
    """
    first: float | None = None
    begun = b""
    rest = bytearray()
    size, most = 0, most_bytes(call)
    async for part in response.content.iter_any():
        size += len(part)
        if size > most:
            raise _too_large(most)
        before = len(rest)
        rest += part
        begun = begun or bytes(rest).lstrip(BLANKS)[:1]
        # Only what is new is looked at: a line without an end would be looked at again with every part.
        end = max(part.rfind(b"\n"), part.rfind(b"\r")) + 1
        if begun in ONE_PIECE or not end:
            continue
        lines = bytes(rest[: before + end]).splitlines()
        del rest[: before + end]
        for line in lines:
            if completion.feed(cleared(line)) and first is None:
                first = time.perf_counter() - start
        if completion.finished:
            break
    seconds = time.perf_counter() - start
    if begun in ONE_PIECE:
        return reply_of(decode_completion(cleared(bytes(rest))), call, seconds=seconds)
    if completion.finished:
        from aiohttp import ClientError  # noqa: PLC0415

        # However the connection ends, the answer is there.
        with contextlib.suppress(TimeoutError, ClientError, OSError):
            async with asyncio.timeout(LINGER_SECONDS):
                await response.content.readany()
    elif rest:
        completion.feed(cleared(bytes(rest)))
    return reply_of(completion.table(), call, seconds=seconds, time_to_first_token=first)


def _too_large(most: int) -> AttemptFailed:
    return AttemptFailed(Message("the reply has more than {size} MB", size=most >> 20), charged=True)

"""Does an endpoint answer?  Asked for its list of models, which costs nothing, or for a few tokens, which cost little.

Enters: a model.  Leaves: whether it answered, and what it said.  Must not know budgets: a probe stands outside a run.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from tierproof.errors import InputError
from tierproof.messages import Message, Quoted
from tierproof.systems.models.chat import ChatRequest, ModelSpec, user_message
from tierproof.systems.models.client import sent_headers
from tierproof.systems.models.simple import chat
from tierproof.systems.models.wire.body import LARGEST_REPLY
from tierproof.systems.models.wire.refusals import CallFailed, RetryPolicy, cause_of

__all__ = ["NOBODY", "Probe", "ask_briefly", "list_models"]

SECONDS = 10.0
NOBODY = "no answer"
"""How the message begins where there was no connection."""
PROBE_TOKENS = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    ok: bool
    message: str
    usd: float = 0.0


class _Listed(msgspec.Struct):
    id: str


class _Listing(msgspec.Struct):
    data: list[_Listed]


async def list_models(spec: ModelSpec, environ: Mapping[str, str] | None = None) -> Probe:
    """Ask `/models`, which endpoints answer free of charge.  Never raises for what an endpoint does."""
    import aiohttp  # noqa: PLC0415  (the client's own import tells of the extra where it is missing)

    address = spec.base_url.rstrip("/") + "/models"
    try:
        headers = sent_headers(spec, os.environ if environ is None else environ)
        timeout = aiohttp.ClientTimeout(total=SECONDS)
        async with (
            aiohttp.ClientSession(headers=headers, timeout=timeout, trust_env=True) as session,
            session.get(address, allow_redirects=False) as reply,
        ):
            status, body = reply.status, await reply.content.read(LARGEST_REPLY)
    except InputError as error:
        return Probe(ok=False, message=error.problems[0].message)
    except (aiohttp.ClientError, OSError, ValueError) as error:
        # The error's own text can show headers, and with them the key.
        cause = getattr(error, "os_error", error)
        return Probe(ok=False, message=Message("no answer: {cause}", cause=cause_of(cause)))
    return _read(spec, status, body)


def _read(spec: ModelSpec, status: int, body: bytes) -> Probe:
    if status in (404, 405):
        return Probe(ok=True, message=Message("answers, and has no list of models"))
    if status != 200:
        return Probe(ok=False, message=Message("answers with status {status}", status=status))
    try:
        ids = {one.id for one in msgspec.json.decode(body, type=_Listing).data}
    except msgspec.MsgspecError:
        return Probe(ok=True, message=Message("answers; its list of models cannot be read"))
    if spec.sent_name not in ids:
        some = Quoted(", ".join(sorted(ids)[:5])) or Message("none", context="models")
        return Probe(
            ok=False,
            message=Message(
                "answers, and serves no model '{sent_name}' but {some}", sent_name=spec.sent_name, some=some
            ),
        )
    return Probe(ok=True, message=Message("answers and serves the model"))


def ask_briefly(spec: ModelSpec, environ: Mapping[str, str] | None = None) -> Probe:
    """Ask for a few tokens, once.  Never raises for what an endpoint does."""
    request = ChatRequest(model=spec.name, messages=(user_message("Say OK."),), max_tokens=PROBE_TOKENS)
    try:
        [reply] = chat(spec, [request], retry=RetryPolicy(attempts=1), environ=environ)
    except (InputError, CallFailed) as error:
        message = error.problems[0].message if isinstance(error, InputError) else error.args[0]
        return Probe(ok=False, message=message)
    usage = (
        Message("usage estimated, for it gave none")
        if reply.usage.estimated
        else Message("{n} tokens", "{n} tokens", n=reply.usage.completion_tokens)
    )
    return Probe(
        ok=True,
        message=Message("answered in {seconds:.2f} s ({usage})", seconds=reply.seconds, usage=usage),
        usd=reply.usd,
    )

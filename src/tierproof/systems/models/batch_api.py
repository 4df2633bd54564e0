"""A provider's batches, through the files and batches of the OpenAI API: requests handed in as a file, answered within
a day, at half the price.

Enters: lines of requests, under a tag of one's own.  Leaves: the batch's state, and what came back, by request.
Must not know budgets or journals.  A batch that may have been made is never made again: it is looked for by its tag.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import msgspec

from tierproof.errors import InputError, Problem
from tierproof.messages import Message
from tierproof.systems.models.chat import ModelSpec
from tierproof.systems.models.client import secrets_of, sent_headers
from tierproof.systems.models.wire.provider import Declined, ProviderApi, id_of
from tierproof.systems.models.wire.refusals import AttemptFailed
from tierproof.systems.models.wire.reply import decode_completion

__all__ = ["ENDPOINT", "Batch", "BatchApi", "Result", "line_of", "results_of"]

ENDPOINT = "/v1/chat/completions"
WINDOW = "24h"
TAG = "tierproof"
"""The metadata by which a batch is found again."""
GONE = (404, 410)
PAGES = 50

_Found = TypeVar("_Found")
State = Literal["running", "completed", "expired", "cancelled", "failed", "gone"]
STATES: Mapping[str, State] = {
    "completed": "completed",
    "expired": "expired",
    "cancelled": "cancelled",
    "canceled": "cancelled",
    "failed": "failed",
}
"""Others are on their way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    id: str
    state: State
    done: int = 0
    """Requests that have ended, as the provider counts them."""
    files: tuple[str, ...] = ()
    """Ids of what came back: answers first, then errors."""
    errors: str = ""
    """Why it failed as a whole."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came back of one request."""

    status: int
    """Of the answer; 0: there is none."""
    body: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""
    """Of the error, such as `batch_expired`."""
    message: str = ""


def line_of(custom_id: str, body: bytes) -> bytes:
    """One request of a batch, as a line of its file."""
    head = {"custom_id": custom_id, "method": "POST", "url": ENDPOINT, "body": msgspec.Raw(body)}
    return msgspec.json.encode(head) + b"\n"


def results_of(files: Iterable[bytes]) -> Iterator[tuple[str, Result]]:
    """The results of files by their requests' ids, in the files' order; lines that hold none are passed over."""
    for content in files:
        for line in content.splitlines():
            try:
                table = decode_completion(line)
            except AttemptFailed:
                continue
            if isinstance(table.get("custom_id"), str):
                yield table["custom_id"], _result(table)


def _result(table: Mapping[str, Any]) -> Result:
    response, error = table.get("response"), table.get("error")
    error = error if isinstance(error, dict) else {}
    code, message = str(error.get("code") or ""), str(error.get("message") or "")[:300]
    if not isinstance(response, dict) or not isinstance(response.get("body"), dict):
        return Result(0, code=code, message=message)
    status = response.get("status_code")
    if isinstance(status, str) and status.isdecimal() and len(status) == len("200"):
        status = int(status)
    return Result(status if isinstance(status, int) else 0, response["body"], code, message)


class BatchApi:
    """One model's provider.  Use as an async context manager; its repr shows no key."""

    def __init__(self, spec: ModelSpec, environ: Mapping[str, str] | None = None) -> None:
        """Raises InputError where the model's key is not set."""
        self._spec = spec
        environ = os.environ if environ is None else environ
        url = (spec.address or spec.base_url).rstrip("/")
        self._api = ProviderApi(url, sent_headers(spec, environ), secrets_of(spec, environ))

    async def upload(self, content: bytes) -> str:
        """The id of a file with these lines."""
        return await self._told(self._api.upload(content, "batch.jsonl", purpose="batch"))

    async def make(self, file: str, tag: str) -> Batch:
        """A batch of an uploaded file.  Raises NotReached where it may or may not have been made."""
        body = {
            "input_file_id": file,
            "endpoint": ENDPOINT,
            "completion_window": WINDOW,
            "metadata": {TAG: tag},
        }
        return _batch(await self._told(self._api.asked("POST", "/batches", again=False, json=body)))

    async def look(self, id: str) -> Batch:
        """Raises LookupError where the provider does not know it (any more); so does `content` of a file."""
        return _batch(await self._told(self._api.asked("GET", f"/batches/{id}", again=True), looked_for=True))

    async def find(self, tag: str) -> Batch | None:
        """The batch with this tag; None: there is none.

        Raises LookupError where the provider does not list batches.
        """
        after = ""
        for _ in range(PAGES):
            try:
                table = await self._api.asked("GET", f"/batches?limit=100{after}", again=True)
            except Declined as error:
                raise LookupError(str(error)) from None
            rows = table.get("data")
            if not isinstance(rows, list):
                raise LookupError("the provider's list of batches is none")
            for row in rows:
                named = row.get("metadata") if isinstance(row, dict) else None
                if isinstance(named, dict) and named.get(TAG) == tag:
                    return _batch(row)
            if not table.get("has_more") or not rows:
                return None
            after = f"&after={id_of(rows[-1])}"
        raise LookupError("the provider's list of batches does not end")

    async def content(self, file: str) -> bytes:
        """What a file holds."""
        return await self._told(self._api.sent("GET", f"/files/{file}/content", again=True), looked_for=True)

    async def _told(self, asked: Awaitable[_Found], *, looked_for: bool = False) -> _Found:
        """What comes of it, a refusal told as what it means here."""
        try:
            return await asked
        except Declined as error:
            if looked_for and error.status in GONE:
                raise LookupError(str(error)) from None
            raise InputError(self._refusal(str(error))) from None

    def _refusal(self, said: str) -> Problem:
        return Problem(
            field="batch",
            message=Message(
                "model '{name}' at {base_url} takes no batch: {said}",
                name=self._spec.name,
                base_url=self._spec.base_url,
                said=said,
            ),
            remedy=Message(
                "leave --batch out, or name the address of a provider that speaks OpenAI's /files and /batches"
            ),
        )


def _batch(table: Mapping[str, Any]) -> Batch:
    counts, errors = table.get("request_counts"), table.get("errors")
    counts = counts if isinstance(counts, dict) else {}
    listed = errors.get("data") if isinstance(errors, dict) else None
    listed = listed if isinstance(listed, list) else []
    said = [str(one.get("message") or "") for one in listed if isinstance(one, dict)]
    files = [table.get(name) for name in ("output_file_id", "error_file_id")]
    return Batch(
        id=id_of(table),
        state=STATES.get(str(table.get("status")).lower(), "running"),
        done=sum(count for name in ("completed", "failed") if isinstance(count := counts.get(name), int)),
        files=tuple(id_of({"id": file}) for file in files if file),
        errors="; ".join(filter(None, said))[:500],
    )

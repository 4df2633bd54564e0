"""What can go wrong with a call, and what to do about it: try again, give up, or tell the person.

Enters: a status, headers and a body.  Leaves: an exception of the right kind, with nothing secret in it.  Must not
know budgets or journals.
"""

from __future__ import annotations

import contextlib
import math
import random
import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from tierproof.errors import InputError, Problem
from tierproof.messages import Message, Quoted, joined
from tierproof.systems.models.chat import ModelSpec, Usage
from tierproof.systems.models.wire.codes import meaning_of

__all__ = [
    "AttemptFailed",
    "CallFailed",
    "CallRefused",
    "FormUnknown",
    "ModelRefused",
    "Refused",
    "RetryPolicy",
    "cause_of",
    "fault_of_error",
    "fault_of_form",
    "fault_of_status",
    "mended",
    "retry_after_seconds",
    "said_in",
    "short",
]


NOT_THERE = frozenset({501, 505})
"""Statuses of what is not implemented: another try changes nothing."""
GATEWAY_FAULTS = frozenset({408, 502, 504, *range(520, 528), 598, 599})
"""Statuses of a gateway that lost what stands behind it, or would not wait: that may have answered, and bills it."""

WORDS = ("error", "errors", "base_resp", "message", "Message", "detail", "error_msg", "status_msg", "msg", "title")
"""Where endpoints put what they say, the outer first."""
CODES = ("code", "type", "status", "reason", "error_code", "errorCode", "status_code", "__type")
"""Where they put what they call it."""
FOREIGN = (
    ({"message", "done"}, Message("Ollama's own interface")),
    ({"candidates"}, Message("Gemini's own interface")),
    ({"content", "stop_reason"}, "Anthropic's Messages"),
    ({"output", "object"}, "OpenAI's Responses"),
    ({"output", "stopReason"}, "Bedrock's Converse"),
    ({"message", "finish_reason"}, Message("Cohere's own interface")),
    ({"generated_text"}, Message("a text generation server's own interface")),
)
"""Fields of replies of other interfaces, which an address can lead to by mistake."""
FILTERED = re.compile(r"content[ _-]?(?:filter|policy)|inspection", re.IGNORECASE)
"""Names of errors that an answer may have gone before: its words were looked at."""
DEEPEST = 6
MOST_ERRORS = 5
NO_CREDIT = re.compile(
    r"credit balance|insufficient[_ ](?:balance|credits?|funds|quota)|(?:billing|spend(?:ing)?)[_ ](?:hard[_ ])?limit"
    r"|budget[_ ](?:has been )?exceeded|key limit exceeded|out of credits?|payment required|account (?:is )?in arrears"
    r"|balance is (?:not enough|too low)|余额不足|餘額不足|欠费",
    re.IGNORECASE,
)
NO_KEY = re.compile(
    r"(?:invalid|incorrect|wrong|expired|revoked)[_ ](?:x-)?api[_ -]?key"
    r"|api[_ ]?key (?:is )?(?:not (?:valid|found)|invalid|expired|missing)|invalid authentication|not authenticated",
    re.IGNORECASE,
)
"""Words of an endpoint that will answer nothing more to this account or key, where it has no name for it (`codes`)."""


class CallFailed(Exception):
    """The endpoint kept failing until patience ran out.  The call has no answer; another run may try again."""


class Refused(InputError):
    """The endpoint will not answer, and another try changes nothing."""

    charged = False
    """True if it says that this took something."""
    usage: Usage | None = None
    """What it says that it took."""


class CallRefused(Refused):
    """The endpoint refused this one request for good (too long, not allowed, badly formed); others may pass."""


class ModelRefused(Refused):
    """The endpoint says that this is not to be had there: no such model, no such feature of it, not for this key.  One
    that answers others so may still answer plainer requests."""


class FormUnknown(Refused):
    """The endpoint answered, and may charge for it, in a form of which nothing can be read."""

    charged = True


class AttemptFailed(Exception):
    """One attempt failed in a way that another may not."""

    def __init__(self, reason: str, *, charged: bool, pushback: bool = False, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.charged = charged
        """True if the endpoint may charge for it: the request was received and no refusal came back."""
        self.pushback = pushback
        """True if it says that the endpoint has too much to do."""
        self.retry_after = retry_after
        """Seconds that the endpoint asked to wait."""
        self.usage: Usage | None = None
        """What the endpoint says that it took, where it says so."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RetryPolicy:
    """How often and how patiently a call is tried."""

    attempts: int = 8
    base_seconds: float = 0.5
    cap_seconds: float = 30.0
    longest_retry_after: float = 300.0
    """An endpoint that asks for more than this is not waited for."""

    def wait(self, failures: int, retry_after: float | None) -> float:
        """Seconds before the next attempt: exponential with full jitter, never sooner than the endpoint asked for.

        The jitter spreads callers that failed together, so that they do not come back together (Brooker,
        "Exponential Backoff And Jitter", 2015).
        """
        ceiling = min(self.cap_seconds, self.base_seconds * 2.0 ** (failures - 1))
        jitter = random.uniform(0, ceiling)
        if retry_after is None:
            return jitter
        return retry_after + min(jitter, 0.1 * retry_after + 0.05)


def cause_of(error: BaseException) -> str:
    """Why there is no connection, in words; the error's own could show what was sent."""
    if isinstance(error, socket.gaierror):
        return Message("no host of that name is known")
    if isinstance(error, ConnectionRefusedError):
        return Message("nothing listens there")
    if isinstance(error, ssl.SSLCertVerificationError):
        return Message("its certificate is not trusted on this machine")
    if isinstance(error, ssl.SSLError):
        return Message("it does not speak https")
    return type(error).__name__


def retry_after_seconds(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds asked for by `retry-after-ms` or `Retry-After`, in seconds or as a date; None if neither can be read."""
    try:
        milliseconds = float(headers.get("retry-after-ms", ""))
        if math.isfinite(milliseconds) and milliseconds >= 0:
            return milliseconds / 1000
    except ValueError:
        pass
    # One gateway passes on what its provider asked for under a name of its own.
    text = (headers.get("Retry-After") or headers.get("llm_provider-retry-after") or "").strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError):
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def fault_of_status(status: int, headers: Mapping[str, str], body: bytes, spec: ModelSpec) -> AttemptFailed | Refused:
    """The exception that a reply with a status other than 200 stands for.

    `body` must have been cleared of keys.  What it says that it took is not read here.
    """
    codes, said = _message(body)
    words: str = Message("status {status}", status=status)
    if said:
        words = joined(": ", (words, Quoted(said)))
    # A gateway's own trouble may quote that of one of those behind it; another try may go to another.
    meant = _lasting(codes, said if status < 500 else "")
    if status == 429 and not meant:
        wait = retry_after_seconds(headers)
        return AttemptFailed(words, charged=False, pushback=True, retry_after=wait)
    if status in (408, 409, 424, 425) or (status >= 500 and status not in NOT_THERE and not meant):
        wait = retry_after_seconds(headers)
        charged = status in GATEWAY_FAULTS or status == 424
        return AttemptFailed(words, charged=charged, pushback=status in (503, 529), retry_after=wait)
    message = Message("model '{name}' at {base_url}: {words}", name=spec.name, base_url=spec.base_url, words=words)
    if meant:
        # Said with a status of which a single request may be the cause, but true of all that follow.
        return Refused(Problem(message=message, remedy=_remedy(meant, spec)))
    if status in (400, 413, 422) or status in NOT_THERE:
        named = meaning_of(codes)
        remedy = mended(said) or (_remedy(named, spec) if named in (403, 404) else "")
        return CallRefused(
            Problem(message=message, remedy=remedy or Message("see what the endpoint says about this request"))
        )
    kind = Refused if status in (401, 402, 429) or 300 <= status < 400 else ModelRefused
    return kind(Problem(message=message, remedy=_remedy(status, spec)))


def _lasting(codes: list[str], said: str) -> int:
    """401 or 402 where an error is of the key or the account, and so of every request: by its name, else its words."""
    meant = meaning_of(codes)
    if meant in (401, 402):
        return meant
    return 402 if NO_CREDIT.search(said) else 401 if NO_KEY.search(said) else 0


def fault_of_error(table: Mapping[str, Any], spec: ModelSpec, *, begun: bool = False) -> AttemptFailed | Refused:
    """The same of a completion that holds an error in place of choices, as some gateways send it with status 200.

    It may be charged for unless its code is that of a refusal: who says 200 has taken the request.  A filter may have
    looked at an answer.  `begun`: there is a choice beside it, which a model began, and may be charged for in any case.
    """
    body = msgspec.json.encode(table, enc_hook=str)
    codes, said = _message(body)
    status = next((int(code) for code in codes if code.isdigit() and 400 <= int(code) < 600), 0)
    status = status or _lasting(codes, said) or meaning_of(codes)
    if status:
        fault = fault_of_status(status, {}, body, spec)
        fault.charged = fault.charged or begun or status >= 500 or any(map(FILTERED.search, codes))
        return fault
    words: str = Message("the reply has no choices but an error")
    return AttemptFailed(joined(": ", (words, Quoted(said))) if said else words, charged=True)


def fault_of_form(table: Mapping[str, Any], spec: ModelSpec) -> AttemptFailed | Refused:
    """The same of a reply without choices: one of another interface will never have any."""
    other = next((name for fields, name in FOREIGN if fields <= table.keys()), "")
    if other:
        message = Message(
            "model '{name}' at {base_url} answers in the form of {other}, not as chat completions",
            name=spec.name,
            base_url=spec.base_url,
            other=other,
        )
        remedy = Message(
            "write the address of its OpenAI-compatible interface in base_url, or of a gateway that has one"
        )
        return FormUnknown(Problem(message=message, remedy=remedy))
    if not table.get("choices") and any(table.get(name) for name in WORDS):
        # An error that is not called one.
        return fault_of_error(table, spec)
    return AttemptFailed(Message("the reply has no choices"), charged=True)


def mended(said: str) -> str:
    """What to change in a request, as far as the endpoint's words tell; empty: they do not."""
    words = said.lower()
    if "max_completion_tokens" in words:
        return Message('write max_tokens_field = "max_completion_tokens" into its [[models]] table')
    if "temperature" in words:
        return Message("leave temperature out of [baseline]'s decoding, or set what it takes")
    return ""


def _remedy(status: int, spec: ModelSpec) -> str:
    if status in (401, 403):
        if spec.api_key_env is None:
            return Message("the endpoint asks for a key: name the environment variable that holds it in api_key_env")
        return Message(
            "check the key in the environment variable {api_key_env}, and that it may use this model",
            api_key_env=spec.api_key_env,
        )
    if status in (404, 405):
        return Message(
            "check base_url (it ends before /chat/completions) and that '{sent_name}' is a model there",
            sent_name=spec.sent_name,
        )
    if status in (402, 429):
        return Message("the account is out of credit or quota: top it up, then run the same command again")
    if 300 <= status < 400:
        return Message(
            "the address redirects, which is not followed with a key in hand: write the final address in base_url"
        )
    return Message("see what the endpoint says")


def said_in(body: bytes) -> str:
    """What an error body of any form says, in short.  It must have been cleared of keys."""
    return _message(body)[1] or Message("no reason was given")


def _message(body: bytes) -> tuple[list[str], str]:
    """Names of an error and a short message from an error body of any form, or the start of whatever came."""
    try:
        table = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return [], short(body[:2000].decode("utf-8", "replace"))
    codes, text = _unwrapped(table)
    return codes, short(text)


def _unwrapped(given: object, depth: int = 0) -> tuple[list[str], str]:
    """Names and words of an error, whatever is wrapped around them: lists, tables, JSON in a text."""
    if isinstance(given, list):
        parts = [_unwrapped(one, depth + 1) for one in given[:MOST_ERRORS]] if depth < DEEPEST else []
        return [code for codes, _ in parts for code in codes], "; ".join(text for _, text in parts if text)
    if isinstance(given, str) and given.lstrip().startswith(("{", "[")) and depth < DEEPEST:
        with contextlib.suppress(msgspec.DecodeError, UnicodeError, RecursionError):
            return _unwrapped(msgspec.json.decode(given.encode()), depth + 1)
    if not isinstance(given, dict) or depth >= DEEPEST:
        return [], "" if given is None else str(given)
    if "msg" in given and "loc" in given:
        return [], _placed(given)
    codes = [str(given[name]) for name in CODES if isinstance(given.get(name), str | int)]
    # What Google says more exactly stands beside its words.
    details = _unwrapped(given["details"], depth + 1)[0] if isinstance(given.get("details"), list) else []
    inner = next((given[name] for name in WORDS if given.get(name)), None)
    more, text = _unwrapped(inner, depth + 1)
    return [*codes, *details, *more], text


def _placed(one: dict[str, Any]) -> str:
    """One fault of a request's form: what is wrong, and where."""
    place = one.get("loc")
    where = ".".join(map(str, place)) + ": " if isinstance(place, list) else ""
    return f"{where}{one['msg']}"


def short(text: str) -> str:
    """One line with no control characters: it will be shown on a terminal."""
    text = re.sub(r"<[^>]{0,200}>", " ", text)
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    text = " ".join(text.split())
    return text if len(text) <= 200 else text[:197] + "..."

"""Faults: which are worth another try, how long to wait, and what a person is told."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime

import pytest

from tierproof.errors import InputError
from tierproof.systems.models import ChatRequest, ModelSpec, user_message
from tierproof.systems.models.wire.codes import meaning_of
from tierproof.systems.models.wire.refusals import (
    AttemptFailed,
    CallRefused,
    Refused,
    RetryPolicy,
    cause_of,
    fault_of_status,
    retry_after_seconds,
)
from tierproof.systems.models.wire.reply import fault_of_reply
from tierproof.systems.models.wire.request import prepare

SPEC = ModelSpec(name="m", base_url="http://127.0.0.1:9/v1", api_key_env="SOME_KEY")
NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": " 1.5 "}, 1.5),
        ({"Retry-After": "Sun, 01 Mar 2026 12:00:30 GMT"}, 30.0),
        ({"Retry-After": "Sun, 01 Mar 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after-ms": "250", "Retry-After": "1"}, 0.25),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "nan"}, None),
        ({}, None),
    ],
)
def test_retry_after_in_seconds_or_as_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_seconds(headers, NOW) == seconds


@pytest.mark.parametrize("status", [408, 409, 424, 425, 429, 500, 502, 503, 504, 520, 524, 529])
def test_what_may_pass_is_tried_again_and_is_free_where_nobody_can_have_answered(status: int) -> None:
    fault = fault_of_status(status, {"Retry-After": "3"}, b"{}", SPEC)
    assert isinstance(fault, AttemptFailed)
    # A gateway that gave up waiting may have let an answer be made behind it, which is billed.
    assert fault.charged == (status in (408, 424, 502, 504, 520, 524))
    assert fault.retry_after == 3.0
    assert fault.pushback == (status in (429, 503, 529))


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "check the key in the environment variable SOME_KEY"),
        (403, "check the key"),
        (404, "check base_url"),
        (402, "out of credit"),
        (302, "final address"),
    ],
)
def test_what_cannot_pass_is_told_with_a_remedy(status: int, words: str) -> None:
    fault = fault_of_status(status, {}, b'{"error": {"message": "No."}}', SPEC)
    assert isinstance(fault, InputError)
    assert not isinstance(fault, CallRefused)
    assert words in str(fault)
    assert "status" in str(fault) and "No." in str(fault)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_refused_request_is_told_apart_from_a_refused_run(status: int) -> None:
    assert isinstance(fault_of_status(status, {}, b"{}", SPEC), CallRefused)


def test_a_used_up_quota_is_no_rate_limit() -> None:
    fault = fault_of_status(429, {}, b'{"error": {"message": "x", "code": "insufficient_quota"}}', SPEC)
    assert isinstance(fault, InputError)
    assert "out of credit" in str(fault)


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (
            400,
            b'{"type": "error", "error": {"type": "x", "message": "Your credit balance is too low."}}',
            "out of credit",
        ),
        (400, b'{"error": {"message": "Budget exceeded", "type": "budget_exceeded", "code": "400"}}', "out of credit"),
        (403, b'{"error": {"message": "Key limit exceeded", "code": 403}}', "out of credit"),
        (400, b'[{"error": {"code": 400, "message": "API key expired. Renew it."}}]', "check the key"),
        (422, b'{"error": {"type": "authentication_error", "message": "who?"}}', "check the key"),
        # One name, as OpenAI, Google, AWS, Moonshot, DashScope and a gateway in front of one of them write it.
        (
            400,
            b'{"error": {"type": "invalid_request_error", "code": "invalid_api_key", "message": "no"}}',
            "check the key",
        ),
        (
            400,
            b'{"error": {"status": "INVALID_ARGUMENT", "details": [{"reason": "API_KEY_INVALID"}]}}',
            "check the key",
        ),
        (400, b'{"__type": "com.amazon.coral#UnrecognizedClientException", "message": "no"}', "check the key"),
        (403, b'{"error": {"type": "exceeded_current_quota_error", "message": "no"}}', "out of credit"),
        (400, b'{"code": "Arrearage", "message": "no", "request_id": "7"}', "out of credit"),
        (
            429,
            b'{"error": {"code": "1113", "message": "\xe4\xbd\x99\xe9\xa2\x9d\xe4\xb8\x8d\xe8\xb6\xb3"}}',
            "out of credit",
        ),
        (500, b'{"error": {"message": "x", "type": "insufficient_quota", "code": "500"}}', "out of credit"),
    ],
)
def test_what_holds_for_all_requests_ends_the_run_whatever_its_status(status: int, body: bytes, told: str) -> None:
    # Booked as a refusal of one request, it would make every arm that is asked later fail.
    fault = fault_of_status(status, {}, body, SPEC)
    assert isinstance(fault, InputError)
    assert not isinstance(fault, CallRefused)
    assert told in str(fault)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, b'{"error": {"status": "RESOURCE_EXHAUSTED", "details": [{"reason": "RATE_LIMIT_EXCEEDED"}]}}'),
        (429, b'{"__type": "ThrottlingException", "message": "Too many tokens, please wait"}'),
        (429, b'{"error": {"type": "tokens", "code": "rate_limit_exceeded", "message": "Please try again in 6ms"}}'),
        (500, b'{"error": {"message": "litellm: no deployment left, the last: Incorrect API key", "code": "500"}}'),
    ],
)
def test_what_passes_is_no_end_of_the_run(status: int, body: bytes) -> None:
    assert isinstance(fault_of_status(status, {}, body, SPEC), AttemptFailed)


@pytest.mark.parametrize("status", [307, 400, 401, 402, 403, 404, 429, 500, 503])
@pytest.mark.parametrize("place", ["beside", "within"])
def test_an_error_that_tells_what_it_took_is_charged(status: int, place: str) -> None:
    body = b'{"error": {"message": "it broke"}, %s}' if place == "beside" else b'{"error": {"message": "it broke", %s}}'
    call = prepare(ChatRequest(model="m", messages=(user_message("What?"),)), SPEC)

    def fault(usage: bytes) -> AttemptFailed | Refused:
        found = fault_of_reply(status, {}, body % (b'"usage": ' + usage), call)
        assert isinstance(found, AttemptFailed | Refused)
        return found

    told = fault(b'{"prompt_tokens": 9, "completion_tokens": 2000}')
    assert told.charged and told.usage is not None and told.usage.completion_tokens == 2000
    # Also where only a part of it is told.
    part = fault(b'{"prompt_tokens": 5000}')
    assert part.charged and part.usage is not None and part.usage.prompt_tokens == 5000
    for usage in (b"null", b'{"prompt_tokens": 0, "completion_tokens": 0}'):
        nothing = fault(usage)
        assert not nothing.charged and nothing.usage is None


@pytest.mark.parametrize(
    ("names", "status"),
    [
        (["invalid_request_error", "model_not_found"], 404),
        (["DeploymentNotFound"], 404),
        (["AccessDeniedException"], 403),
        (["PERMISSION_DENIED"], 403),
        (["Throttling"], 429),
        (["context_length_exceeded"], 400),
        (["400", "unknown_error"], 0),
        ([], 0),
    ],
)
def test_the_names_of_an_error_stand_for_a_status(names: list[str], status: int) -> None:
    assert meaning_of(names) == status


@pytest.mark.parametrize(
    "body",
    [
        b'[{"error": {"message": "seed is not taken"}}]',
        b'{"errors": [{"message": "seed is not taken", "code": 7}]}',
        b'{"error": "{\\"error\\": {\\"message\\": \\"seed is not taken\\"}}"}',
        b'{"message": {"detail": [{"loc": ["body", "x"], "msg": "seed is not taken"}]}}',
        b'{"Message": "seed is not taken"}',
        b'{"code": 3, "msg": "seed is not taken"}',
    ],
)
def test_what_an_endpoint_says_is_found_in_whatever_is_wrapped_around_it(body: bytes) -> None:
    fault = fault_of_status(400, {}, body, SPEC)
    assert isinstance(fault, CallRefused)
    assert "seed is not taken" in str(fault)
    assert not set("{[") & set(str(fault))


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>\x1b[31mBad \x07gateway</body></html>",
        b'{"error": "plain \\u001b[2J text"}',
        b'{"detail": "other form"}',
        b"\xff\xfe" * 500,
        b"[" * 10_000,
        b"",
    ],
)
def test_an_endpoints_words_are_short_and_safe_on_a_terminal(body: bytes) -> None:
    text = str(fault_of_status(500, {}, body, SPEC))
    assert text.isprintable()
    assert len(text) < 230


def test_waits_grow_are_spread_and_never_sooner_than_asked_for() -> None:
    policy = RetryPolicy(base_seconds=1, cap_seconds=8)
    for failures, ceiling in [(1, 1), (2, 2), (3, 4), (4, 8), (9, 8)]:
        waits = [policy.wait(failures, None) for _ in range(200)]
        assert 0 <= min(waits) < max(waits) <= ceiling
        # Uniform over [0, ceiling]: 200 draws all in the lower half have a chance of 2^-200.
        assert max(waits) > ceiling / 2
    assert all(5 <= policy.wait(1, 5.0) <= 5.6 for _ in range(50))


def test_causes_are_told_in_words_and_never_in_the_errors_own() -> None:
    secret = "Bearer sk-1"
    told = [
        cause_of(error)
        for error in (socket.gaierror(secret), ConnectionRefusedError(secret), ssl.SSLError(secret), OSError(secret))
    ]
    assert told == ["no host of that name is known", "nothing listens there", "it does not speak https", "OSError"]

"""What endpoints call their errors, as the status that says the same.

Enters: codes, types and reasons of an error body.  Leaves: a status.  Must not know what is done about it.

Each provider has names of its own, and a gateway may pass them on with any status; the names are what stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

__all__ = ["meaning_of"]

NAMES: Mapping[int, str] = {
    401: "invalid api key|api key invalid|incorrect api key|missing api key|api key missing|api key expired"
    "|api key not found|expired api key|revoked api key|authentication|authentication failed|invalid authentication"
    "|unauthorized|unauthenticated|not authenticated|invalid token|token expired|expired token|invalid credentials"
    "|missing authentication token|unrecognized client|invalid signature|account deactivated|no auth",
    402: "insufficient quota|insufficient balance|insufficient credits|insufficient funds|out of credits|no credits"
    "|credit balance too low|billing|billing hard limit reached|billing not active|billing not enabled|billing disabled"
    "|exceeded current quota|payment required|arrearage|budget exceeded|service quota exceeded|spend limit reached"
    "|free tier only|prepaid balance exhausted",
    404: "not found|model not found|no such model|deployment not found|resource not found|unknown model"
    "|model does not exist|invalid model",
    403: "permission|permission denied|access denied|forbidden|unsupported country region territory"
    "|model access denied|not allowed",
    429: "rate limit|rate limited|rate limit exceeded|rate limit reached|too many requests|resource exhausted"
    "|throttling|throttled|request limit exceeded",
    413: "request too large|payload too large",
    400: "invalid request|invalid argument|invalid parameter|validation|bad request|failed precondition"
    "|context length exceeded|context window exceeded|string above max length|content filter|content policy violation"
    "|unsupported parameter|unsupported value|data inspection failed|unprocessable entity",
}
"""Of several names that an error has, the first of these counts: `invalid_request_error` stands beside others."""
MEANINGS = {re.sub(" ", "", name): status for status, names in NAMES.items() for name in names.split("|")}
RANK = {status: place for place, status in enumerate(NAMES)}


def meaning_of(names: Iterable[str]) -> int:
    """The status that the names of an error stand for; 0: none is known.

    `invalid_api_key`, `API_KEY_INVALID`, `InvalidApiKey` and `x#InvalidApiKeyException` are one name.
    """
    found = [MEANINGS[name] for name in map(_bare, names) if name in MEANINGS]
    return min(found, key=RANK.__getitem__, default=0)


def _bare(name: str) -> str:
    plain = re.sub(r"[^a-z0-9]", "", re.split(r"[#:/]", name)[-1].casefold())
    return re.sub(r"(?:error|exception)$", "", plain)

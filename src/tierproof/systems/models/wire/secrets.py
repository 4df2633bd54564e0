"""Keys that an endpoint repeats: none gets any further.

Enters: what came, and what must not stand in it.  Leaves: the same without.  Must not know where secrets come from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

__all__ = ["cleared"]

SHORT = b'/"\\'
"""Letters that JSON may write with a backslash before them."""


def cleared(payload: bytes, secrets: Iterable[bytes]) -> bytes:
    """A payload without secrets, should the endpoint have echoed them, as they are or escaped."""
    escaped = b"\\" in payload
    for secret in secrets:
        if secret in payload:
            payload = payload.replace(secret, b"[key]")
        if escaped and (b"\\u" in payload or any(letter in secret for letter in SHORT)):
            payload = _as_json(secret).sub(b"[key]", payload)
    return payload


@lru_cache(64)
def _as_json(secret: bytes) -> re.Pattern[bytes]:
    """JSON may write any letter as an escape, and with it a secret."""
    letters = []
    for one in secret:
        plain = re.escape(bytes([one]))
        letters.append(rb"(?:%s%s|\\u00%02x|\\u00%02X)" % (rb"\\?" if one in SHORT else b"", plain, one, one))
    return re.compile(b"".join(letters))

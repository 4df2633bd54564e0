"""Keys that an endpoint repeats: none gets any further.

Enters: what came, and what must not stand in it.  Leaves: the same without.  Must not know where secrets come from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["cleared"]


def cleared(payload: bytes, secrets: Iterable[bytes]) -> bytes:
    """A payload without secrets, should the endpoint have echoed them, as they are or escaped."""
    escaped = b"\\u" in payload
    for secret in secrets:
        if secret in payload:
            payload = payload.replace(secret, b"[key]")
        if escaped:
            # JSON may write any letter as an escape, and with it a secret.
            letters = [rb"(?:%s|\\u00%02x|\\u00%02X)" % (re.escape(bytes([one])), one, one) for one in secret]
            payload = re.sub(b"".join(letters), b"[key]", payload)
    return payload

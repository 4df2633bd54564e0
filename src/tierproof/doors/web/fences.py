"""Who may ask: from which host, sent by which page, with which token.

Enters: headers of a request.  Leaves: why it is refused, or nothing.  Knows nothing of what is asked.

A page on the loopback address is in reach of every other page that the reader's browser shows.  A name that an attacker
points at 127.0.0.1 is refused by its `Host`, a request that another site's page sends by its `Origin`.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

__all__ = ["ALONE", "COOKIE", "HEADERS", "LARGEST_UPLOAD", "Fences", "is_loopback"]

COOKIE: Final = "tierproof_token"
LARGEST_UPLOAD: Final = 32_000_000
"""Bytes of a request's body."""
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Of every reply: nothing but the page's own files is loaded, no script or style stands in it, none may frame it."""
ALONE: Final[Mapping[str, str]] = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
"""Of a file to take away: a picture has its own style, and nothing else."""
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Fences(Struct, frozen=True):
    """What a request has to show."""

    hosts: frozenset[str] = frozenset()
    """Names beside addresses and `localhost` under which the server is known."""
    token: str = ""
    """Empty: none is asked for."""

    def refusal(self, method: str, headers: Mapping[str, str]) -> str:
        """Why a request is refused; empty: it is not.  `headers`: by lower-case name."""
        host = headers.get("host", "")
        if not self._known(_name(host)):
            return f"the host {host[:80]!r} is not this server's"
        origin = headers.get("origin")
        if origin is not None and _place(origin) != host.lower():
            return "another site's page sent this"
        if method not in _SAFE and headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            return "another site's page sent this"
        return ""

    def admits(self, headers: Mapping[str, str]) -> bool:
        """Whether a request shows the token, in its cookie or as `Authorization: Bearer TOKEN`."""
        if not self.token:
            return True
        scheme, _, shown = headers.get("authorization", "").partition(" ")
        return (scheme.lower() == "bearer" and self.is_token(shown.strip())) or self.is_token(_cookie(headers))

    def is_token(self, shown: str) -> bool:
        return hmac.compare_digest(shown.encode(), self.token.encode())

    def _known(self, name: str) -> bool:
        # Who asks for an address was not sent by a name that somebody else controls.
        return name in self.hosts or name == "localhost" or _address(name) is not None


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server at `host`."""
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _name(host: str) -> str:
    """`host` without its port."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _place(origin: str) -> str:
    """The host and port of an origin, as `Host` gives them; empty for `null`."""
    return origin.lower().partition("://")[2]


def _cookie(headers: Mapping[str, str]) -> str:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel is not None else ""

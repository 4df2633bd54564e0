"""Where a reader can open a source.

Enters: a reference as a record gives it (arXiv id, DOI, URL, repository).  Leaves: an http(s) address, or None.  Only
addresses built or checked here become links, so that no data can put another scheme behind a click.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

__all__ = ["address", "source_address"]

_ARXIV = re.compile(r"(?:arxiv[:\s]\s*)((?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})(?:v\d+)?)\b", re.IGNORECASE)
_DOI = re.compile(r"(?:doi[:\s]\s*)?(10\.\d{4,9}/[^\s\"'<>]+)", re.IGNORECASE)
_REPOSITORY = re.compile(r"github:([\w.-]+/[\w.-]+)")
_ANTHOLOGY = re.compile(r"\d{4}\.[a-z]+-[a-z]+\.\d+")
"""Of the Association for Computational Linguistics."""
_UNSAFE = re.compile(r"[\s\x00-\x1f\x7f\"'<>\\^`{|}]")


def address(ref: str | None) -> str | None:
    """`arXiv:2304.01373` -> its abstract page, `10.1/x` -> its DOI, an http(s) address -> itself, anything else ->
    None."""
    if ref is None:
        return None
    text = ref.strip()
    if text.lower().startswith(("http://", "https://")):
        return _checked(text.split()[0])
    if found := _ARXIV.match(text):
        return f"https://arxiv.org/abs/{found[1]}"
    if found := _DOI.match(text):
        return f"https://doi.org/{quote(found[1].rstrip('.,;)'), safe='/:;().-_')}"
    if found := _REPOSITORY.match(text):
        return f"https://github.com/{found[1]}"
    return f"https://aclanthology.org/{text}" if _ANTHOLOGY.fullmatch(text) else None


def source_address(ref: str | None, source_id: str) -> str | None:
    """Where a source stands that states `ref`; else what its id, which may be an address, leads to."""
    return address(ref) or address(source_id.removeprefix("url:")) or address(source_id)


def _checked(url: str) -> str | None:
    """The address if a browser would read the same host out of it as a person does."""
    if _UNSAFE.search(url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and host and "." in host and "@" not in parts.netloc else None

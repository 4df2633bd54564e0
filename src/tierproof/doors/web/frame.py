"""What stands around every page: its head, the way to the other pages, its files.

Enters: what a page function found, as `Shown`.  Leaves: HTML; the answer alone where only that is asked for.  Knows
nothing of HTTP.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from msgspec import Struct, field

from tierproof import __version__
from tierproof.doors.web.asked import Asked
from tierproof.messages import spoken
from tierproof.report.render.html.environment import TEMPLATES, environment
from tierproof.report.words import page as words
from tierproof.report.words import page_challenge as challenge
from tierproof.report.words import page_measure as measure

__all__ = ["NAVIGATION", "Asset", "File", "Moved", "Shown", "assets", "html_of"]

_HERE: Final = Path(__file__).resolve().parent
NAVIGATION: Final[tuple[tuple[str, str], ...]] = (
    ("/", words.TABLE),
    ("/history", words.HISTORY),
    ("/critique", challenge.CLAIM),
    ("/audit", challenge.AUDIT),
    ("/brief", challenge.BRIEF),
    ("/plan", challenge.PLAN),
    ("/measure", measure.MEASURE),
    ("/runs", measure.RUNS),
    ("/import", measure.IMPORT),
)
"""Address and name of the pages that every page leads to."""
_LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "ru": "Русский"}
"""What each language calls itself."""
_ASSETS: Final[Mapping[str, tuple[str, tuple[Path, ...]]]] = {
    "page.css": (
        "text/css",
        (TEMPLATES / "table.css", TEMPLATES / "page.css", _HERE / "assets" / "web.css", _HERE / "assets" / "desk.css"),
    ),
    "htmx.js": ("text/javascript", (_HERE / "assets" / "htmx-4.0.1.min.js",)),
    "page.js": ("text/javascript", (_HERE / "assets" / "page.js",)),
    "icon.svg": ("image/svg+xml", (_HERE / "assets" / "icon.svg",)),
    "sort.js": ("text/javascript", (TEMPLATES / "sort.js",)),
}
"""Media type, and the files that are joined, by name."""


class Shown(Struct, frozen=True, kw_only=True):
    """What a page shows within its frame."""

    title: str
    answer: str
    """Template of what is answered anew as the form changes."""
    lead: tuple[str, ...] = ()
    """Sentences that come first."""
    form: str = ""
    """Template of what asks, which stays as the reader left it; empty: nothing does."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """For both."""
    address: str = ""
    """Of this very answer, so that it can be shared."""


class Moved(Struct, frozen=True):
    """The page is at another address."""

    address: str


class File(Struct, frozen=True):
    """What a page gives to take away."""

    media_type: str
    text: str


class Asset(Struct, frozen=True):
    media_type: str
    content: bytes
    digest: str
    """In its address, so that a browser keeps it for as long as it is the same."""


def html_of(shown: Shown, asked: Asked, *, alone: bool) -> str:
    """The page; `alone`: the answer without what stands around it."""
    found = environment(_HERE / "templates")
    data = {**shown.data, "asked": asked, "words": words}
    name = "answer.html" if alone else "frame.html"
    return found.get_template(name).render(
        **data,
        shown=shown,
        navigation=NAVIGATION,
        current=_current(shown.address),
        # A form stays as it is while what leads away from it takes the reader's figures along.
        beside=alone and bool(shown.form),
        other=list(_others(shown.address or "/")),
        version=__version__,
        files={name: f"/assets/{name}?v={asset.digest}" for name, asset in assets().items()},
    )


def _current(address: str) -> str:
    """Which page of the navigation an address belongs to; empty: none."""
    path = address.partition("?")[0]
    return next((at for at, _ in NAVIGATION if path == at or path.startswith(f"{at}/")), "")


def _others(address: str) -> Iterator[tuple[str, str, str]]:
    """The other languages: id, name, and address of the same page."""
    path, _, query = address.partition("?")
    kept = [(name, value) for name, value in parse_qsl(query) if name != "lang"]
    for language, name in _LANGUAGES.items():
        if language != spoken():
            yield language, name, f"{path}?{urlencode([*kept, ('lang', language)])}"


@cache
def assets() -> Mapping[str, Asset]:
    """Everything that a page loads, by name."""
    found = {}
    for name, (media_type, files) in _ASSETS.items():
        content = b"\n".join(file.read_bytes() for file in files)
        found[name] = Asset(media_type, content, sha256(content).hexdigest()[:12])
    return found

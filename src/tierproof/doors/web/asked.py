"""What a request says of who asks: the same settings as of the commands, in the address, so that it can be shared.

Enters: parameters of a query.  Leaves: an `Asked`; settings as in `view_of`; the query again.  Knows nothing of HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from msgspec import Struct, structs

from tierproof.decision.reader.profile import Profile
from tierproof.messages import LANGUAGES

__all__ = ["FIGURES", "Asked", "accepted"]

FIGURES: Final = tuple(name for name in Profile.__struct_fields__ if name not in ("name", "role"))
"""Figures of the profile, by name."""


class Asked(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who asks; what is left out keeps the pack's value."""

    lens: str = "effect"
    role: str | None = None
    task: str | None = None
    model_size: str | None = None
    as_of: str | None = None
    include_lab: bool = False
    lack: tuple[str, ...] = ()
    """Resources that are not at hand, by id."""
    baseline_success: float | None = None
    value_per_success: float | None = None
    cost_per_request: float | None = None
    latency_seconds: float | None = None
    latency_price: float | None = None
    requests_per_month: float | None = None
    horizon_months: float | None = None
    engineer_day_usd: float | None = None
    lang: str = ""
    """Of the page; empty: the browser decides."""

    @property
    def settings(self) -> dict[str, Any]:
        """As `view_of` takes them."""
        named = ("lens", "role", "task", "model_size", "as_of", "include_lab", "lack")
        figures = {name: value for name in FIGURES if (value := getattr(self, name)) is not None}
        return {**{name: getattr(self, name) for name in named}, "profile": figures}

    def sparing(self, profile: Profile) -> Asked:
        """The same without figures that are the profile's own anyway."""
        same = {name: None for name in FIGURES if getattr(self, name) == getattr(profile, name)}
        return structs.replace(self, **same)

    def query(self, further: Mapping[str, str] | None = None, **changes: Any) -> str:
        """The address's query, with its question mark, of what is no default; empty where all is.

        `changes`: fields that take another value.  `further`: what a page asks beside them; empty values are left out.
        """
        given = structs.replace(self, **changes)
        pairs = [*given.pairs(), *((name, value) for name, value in (further or {}).items() if value)]
        return f"?{urlencode(pairs)}" if pairs else ""

    def pairs(self) -> list[tuple[str, str]]:
        """Names and values of what is no default, as a form sends them."""
        pairs: list[tuple[str, str]] = []
        for name, default in zip(self.__struct_fields__, self.__struct_defaults__, strict=True):
            value = getattr(self, name)
            if value == default:
                continue
            pairs += [(name, _told(one)) for one in (value if isinstance(value, tuple) else (value,))]
        return pairs


def accepted(languages: str) -> str:
    """Of the languages that are spoken the one that a browser asks for; `languages`: as `Accept-Language` has them."""
    best, most = LANGUAGES[0], 0.0
    for one in languages.split(","):
        name, _, weight = one.partition(";")
        language = name.strip().split("-")[0].lower()
        try:
            share = float(weight.partition("=")[2]) if weight.strip() else 1.0
        except ValueError:
            continue
        if language in LANGUAGES and share > most:
            best, most = language, share
    return best


def _told(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.12g}"
    return str(value).lower() if isinstance(value, bool) else str(value)

"""The reader's own numbers: what a success is worth, what requests cost, how many there are.

Enters: a table, as read from TOML, or `key=value` settings.  Leaves: a validated `Profile`.  Knows nothing of
techniques.
"""

# Annotations are evaluated here, once: from text msgspec would evaluate them anew at every start, which takes longer.
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta, Struct, structs

from tierproof.decision.reader.entry import validated
from tierproof.errors import InputError
from tierproof.evidence.reading.faults import Implausible
from tierproof.evidence.technique import Role
from tierproof.messages import gettext

__all__ = ["Profile", "profile_from", "with_settings"]

Amount = Annotated[float, Meta(ge=0, le=1e15)]
Positive = Annotated[float, Meta(ge=1e-9, le=1e15)]


class Profile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One workload in one team, today."""

    name: str = "default"
    baseline_success: Annotated[float, Meta(ge=1e-9, le=1 - 1e-9)] = 0.7
    """p0: share of requests that succeed today."""
    value_per_success: Amount = 0.10
    """USD that one more success is worth."""
    cost_per_request: Amount = 0.005
    """USD."""
    latency_seconds: Positive = 2.0
    latency_price: Amount = 0.0005
    """USD that one second saved on one request is worth."""
    requests_per_month: Positive = 100_000
    horizon_months: Annotated[float, Meta(ge=0.1, le=1200)] = 12
    """Months over which one-off effort is written off."""
    engineer_day_usd: Amount = 800
    role: Role | None = None
    """Who the team is; techniques that it cannot adopt stand apart in a table.  None: none does."""

    def __post_init__(self) -> None:
        if not self.value_per_success + self.cost_per_request + self.latency_price > 0:
            raise Implausible(
                "value_per_success",
                gettext("no success, request or second is worth anything, so nothing can be decided"),
                gettext("give value_per_success, cost_per_request or latency_price above 0"),
            )


def profile_from(table: Mapping[str, Any], *, base: Profile | None = None, file: Path | None = None) -> Profile:
    """A profile from a table of its fields; fields left out keep the value that they have in `base`.

    `file` only names the place in the InputError that an unknown field, a wrong type or an impossible value raises.
    """
    start = structs.asdict(base) if base is not None else {}
    return validated(Profile, {**start, **table}, file=file, what="profile")


def with_settings(profile: Profile, settings: Iterable[str]) -> Profile:
    """The profile with `key=value` settings applied in order, e.g. `value_per_success=0.5`.

    Raises InputError for a setting without `=`, an unknown key, or a value that the field refuses.
    """
    table: dict[str, Any] = {}
    for setting in settings:
        key, equals, text = (part.strip() for part in setting.partition("="))
        if not equals or not key or not text:
            raise InputError.of(
                gettext("cannot read the setting {setting!r}", setting=setting),
                remedy=gettext("write key=value, for instance value_per_success=0.5; keys: ")
                + ", ".join(Profile.__struct_fields__),
            )
        table[key] = text if key in _WORDS else _number(key, text)
    return profile_from(table, base=profile)


_WORDS = frozenset({"name", "role"})
"""Fields that are no numbers."""


def _number(key: str, text: str) -> float:
    try:
        return float(text.replace("_", ""))
    except ValueError:
        raise InputError.of(
            gettext("{text!r} is not a number", text=text), remedy=gettext("write digits, for instance 0.5"), field=key
        ) from None

"""A profile as TOML that explains itself.

Enters: a `Profile`.  Leaves: text that `--profile` reads back as the same profile.
"""

from __future__ import annotations

import json
from typing import Final

from tierproof.decision.reader.profile import Profile
from tierproof.messages import Message, gettext, translated

__all__ = ["profile_toml"]

_ABOUT: Final = {
    "name": Message("whose figures these are"),
    "role": Message(
        "application (uses models), owner (tunes and serves them) or maker (pretrains); rows beyond it are marked"
    ),
    "baseline_success": Message(
        "share of requests that succeed today, 0 to 1: effects are read here, so measure it first"
    ),
    "value_per_success": Message("USD that one more success is worth"),
    "cost_per_request": "USD",
    "latency_seconds": Message("of a whole request"),
    "latency_price": Message("USD that one second saved on one request is worth"),
    "requests_per_month": Message("how many there are"),
    "horizon_months": Message("over which effort paid once is written off"),
    "engineer_day_usd": Message("full cost of a day of an engineer"),
}


def profile_toml(profile: Profile) -> str:
    """Every field with what it means; one without a value stands as a comment."""
    lines = [gettext("# Your figures, for --profile. What is left out keeps the pack's figure."), "[profile]"]
    for name in Profile.__struct_fields__:
        value = getattr(profile, name)
        entry = f"# {name} = " if value is None else f"{name} = {_told(value)}"
        lines.append(f"{entry}  # {translated(_ABOUT[name])}")
    return "\n".join(lines) + "\n"


def _told(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)

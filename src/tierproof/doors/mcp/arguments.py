"""What each tool can be asked: one Struct a tool, whose fields and notes are its input schema.

Enters: plain data from a client.  Leaves: validated Structs.  Knows nothing of what is done with them.
"""

# Annotations are read while a tool is called: from text msgspec would evaluate them anew.
from typing import Annotated, Literal

from msgspec import Meta, Struct

__all__ = [
    "AuditTable",
    "Brief",
    "Compare",
    "Critique",
    "Evidence",
    "Figure",
    "ImportLog",
    "Invert",
    "ListTechniques",
    "Plan",
    "Stand",
    "TierTable",
]

From = Annotated[int, Meta(ge=0, le=10_000)]
Most = Annotated[int, Meta(ge=1, le=50)]
Text = Annotated[str, Meta(max_length=20_000)]
Name = Annotated[str, Meta(max_length=200)]
Amount = Annotated[float, Meta(ge=0)]
Figure = Literal[
    "baseline_success", "value_per_success", "cost_per_request", "latency_seconds", "latency_price",
    "requests_per_month", "horizon_months", "engineer_day_usd",
]  # fmt: skip
Outcome = Literal["quality", "cost", "latency", "throughput", "memory", "stability", "safety", "wrong-answers"]


class Stand(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the user stands; leave out what is not known, and never invent it."""

    profile: dict[Figure, float] = {}
    """The user's own figures: success 0 to 1, money in USD; the pack's stand for those left out."""
    task: Name = ""
    """Task family, as list_techniques names them."""
    model_size: Name = ""
    """Such as 8B."""
    as_of: Name = ""
    """Year or year-month: leave later evidence out."""


class ListTechniques(Struct, frozen=True, forbid_unknown_fields=True):
    offset: From = 0
    limit: Most = 30
    """10 or fewer: with what each is."""


class TierTable(Stand, frozen=True, forbid_unknown_fields=True):
    role: Literal["", "application", "owner", "maker"] = ""
    """Only what this role can adopt."""
    include_lab: bool = False
    """Let synthetic and toy settings count."""
    offset: From = 0
    limit: Most = 6


class Invert(TierTable, frozen=True, forbid_unknown_fields=True):
    pass


class Evidence(Stand, frozen=True, forbid_unknown_fields=True, kw_only=True):
    technique: Name
    """Id, name or a usual name."""
    outcome: Outcome | None = None
    """Whose sources to list; left out: quality where it is measured."""
    offset: From = 0
    limit: Most = 5


class Compare(Stand, frozen=True, forbid_unknown_fields=True, kw_only=True):
    first: Name
    second: Name


class Critique(Stand, frozen=True, forbid_unknown_fields=True, kw_only=True):
    claim: Text
    """The user's own words, English or Russian."""
    sources: Annotated[int, Meta(ge=0, le=10)] = 3
    """Most sources shown on either side."""
    offset: From = 0
    """Of several claims, which comes first."""


class AuditTable(Stand, frozen=True, forbid_unknown_fields=True, kw_only=True):
    table: Annotated[str, Meta(max_length=200_000)]
    """A tier table or ranking: Markdown, CSV or JSON."""
    lens: Name = "effect"
    """effect: what users feel; value: net benefit."""
    offset: From = 0
    limit: Most = 6


class Plan(Stand, frozen=True, forbid_unknown_fields=True, kw_only=True):
    role: Literal["", "application", "owner", "maker"] = ""
    budget_usd_month: Amount | None = None
    """At most so much more a month than today."""
    one_off_usd: Amount | None = None
    """At most so much once, engineer-days included."""
    weeks: Amount | None = None
    latency_seconds: Amount | None = None
    """At most so long a request."""
    at_once: Annotated[int, Meta(ge=1, le=50)] = 1
    """Techniques worked on at the same time."""
    skills: Literal["", "basic", "standard", "specialist", "research"] = ""
    """The most demanding that the team has."""
    have: tuple[Name, ...] | None = None
    """Resources at hand, such as documents, tools, weights, gpus; left out: all."""
    without: tuple[Name, ...] = ()
    """Techniques not wanted."""
    offset: From = 0
    limit: Most = 5


class Brief(Stand, frozen=True, forbid_unknown_fields=True, kw_only=True):
    question: Text
    """Such as 'RAG or fine-tuning', or the name of a scenario."""
    role: Literal["", "application", "owner", "maker"] = ""
    skills: Literal["", "basic", "standard", "specialist", "research"] = ""
    have: tuple[Name, ...] | None = None
    """Resources at hand; left out: all."""
    offset: From = 0
    limit: Most = 4


class ImportLog(Stand, frozen=True, forbid_unknown_fields=True, kw_only=True):
    logs: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=20)]
    """Paths below the folder of logs, the baseline's first; or one log of several systems."""
    baseline: Name = ""
    """Any part of the name of the system to compare with."""
    treated: Name = ""
    metric: Name = ""
    filter: Name = ""
    log_task: Name = ""
    by: Literal["", "id", "hash", "input"] = ""
    """What pairs items."""
    errors: Literal["missing", "wrong"] = "missing"
    """What rows without a score count as."""
    columns: dict[Name, Name] = {}
    """Of any table: item, score, system to the names of its columns."""
    technique: Name = ""
    """What tells treated from baseline, if one comparison is left: says what it does to the technique's tier."""
    setting: Literal["production", "benchmark", "lab"] = "benchmark"
    """Where it ran."""
    offset: From = 0
    limit: Most = 3

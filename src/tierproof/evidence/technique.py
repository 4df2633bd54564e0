"""A technique as a pack describes it: what it is, who can adopt it, what it needs, what it is assumed to take.

Enters: one TOML file of a pack.  Leaves: a validated `Technique`.  Knows nothing of evidence about it.
"""

# Annotations are evaluated here, once: from text msgspec would evaluate them anew at every start, which takes longer.
from typing import Annotated, Literal

from msgspec import Meta, Struct

from tierproof.evidence.reading.faults import Implausible
from tierproof.evidence.record import SUCCESS, Contrast, Finite, Outcome
from tierproof.messages import Message

__all__ = ["Assumption", "Effort", "Form", "Opponent", "Question", "Role", "SeedRow", "SubRow", "Technique"]

Role = Literal["application", "owner", "maker"]
Aim = Literal["quality", "cost", "latency", "memory", "throughput", "stability", "safety", "control"]
Degree = Literal["low", "medium", "high"]
Skill = Literal["basic", "standard", "specialist", "research"]
Slug = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class Assumption(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A triangular guess, not evidence; marked as an assumption wherever it is shown."""

    low: Finite
    mode: Finite
    high: Finite
    why: str = ""

    def __post_init__(self) -> None:
        if not self.low <= self.mode <= self.high:
            raise Implausible(
                "",
                Message("{low:g}, {mode:g}, {high:g} are out of order", low=self.low, mode=self.mode, high=self.high),
                "low <= mode <= high",
            )


class Effort(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What adopting takes, once and then every month."""

    engineer_days: Assumption
    weeks: Assumption
    """Calendar time to implement."""
    one_off_usd: Assumption = Assumption(low=0, mode=0, high=0)
    """Compute, data or licences paid once, beside engineer-days."""
    running_usd_month: Assumption = Assumption(low=0, mode=0, high=0)
    """Infrastructure and upkeep a month, beside the cost per request."""

    def __post_init__(self) -> None:
        for field in self.__struct_fields__:
            if getattr(self, field).low < 0:
                raise Implausible(
                    f"{field}.low",
                    Message("{low:g} is no effort", low=getattr(self, field).low),
                    Message("0 or more"),
                )


class Question(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which records answer "does this technique help?"; the default is DESIGN's main question."""

    contrast: Contrast = "added"
    subtypes: tuple[str, ...] = ()
    """Empty: all."""
    note: str = ""
    against: str = ""
    """What it is set against, where that is not the reader's system without it: "an untuned base model"."""


class SubRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Subtypes that pool apart and are shown as a sub-row where they differ."""

    id: Slug
    name: str
    subtypes: tuple[str, ...]
    """Empty: a kind that no record measures, named so that readers are told."""
    apart: str = ""
    """Why its quality is no share of a reader's requests ("utility under attack"): shown, never ranked."""


class Opponent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a form was put beside, and by which records."""

    form: str
    """A technique's id, or `technique/form`."""
    contrast: Contrast
    subtypes: tuple[str, ...]
    comparator: str = ""
    """Words that the record's comparator must hold; empty: any."""


class Form(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A form of the technique that people name ("4-bit", "DPO"), so that what is said of it is not judged of the
    whole."""

    id: Slug
    name: str
    aliases: dict[Literal["en", "ru"], tuple[str, ...]] = {}
    """Names that mean this form and no other; they come before the technique's own."""
    subtypes: tuple[str, ...] = ()
    """Subtypes of records that speak of it alone; empty: no record does."""
    contrast: Contrast = "added"
    against: tuple[Opponent, ...] = ()


class Mark(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    mark: Literal["gain", "marginal", "fragile"]
    of: str


class SeedRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The row that the technique had in the 2025 tier table that this project started from."""

    tier: int
    name: str
    real_world_use: str
    marks: tuple[Mark, ...]
    tradeoffs: tuple[str, ...] = ()


class Technique(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: Slug
    name: str
    short: Annotated[str, Meta(max_length=24)]
    """Label for narrow columns."""
    aliases: dict[Literal["en", "ru"], tuple[str, ...]]
    """Names that people use, slang included, by language; lower case."""
    shared_aliases: tuple[str, ...] = ()
    """Names that it shares with techniques of its kind ("caching", "fine-tuning"): what is claimed under one is judged
    of each of them.  One that is an alias of one of them too means that one in tables and commands."""
    summary: str
    """What it is, in one sentence."""
    aims: tuple[Aim, ...]
    role: Role
    stage: str
    needs: tuple[str, ...] = ()
    """Resources that a team must have: documents, tools, examples, grammar, training-data, weights, gpus, traffic..."""
    excludes: tuple[Slug, ...] = ()
    requires: tuple[Slug, ...] = ()
    skills: Skill
    opacity: Degree
    """How hard it is to see why the system answers as it does once the technique is in."""
    control: Degree = "medium"
    """How directly the team can steer what the technique does."""
    effort: Effort
    question: Question = Question()
    questions: dict[Outcome, Question] = {}
    """Overrides for other outcomes than quality."""
    sub_rows: tuple[SubRow, ...] = ()
    forms: tuple[Form, ...] = ()
    assumed: dict[Outcome, Assumption] = {}
    """Stand-ins where no evidence exists: for quality a log odds ratio, for cost, latency and memory a ratio."""
    seed: SeedRow | None = None

    def __post_init__(self) -> None:
        for outcome, assumption in self.assumed.items():
            if outcome not in SUCCESS and assumption.low <= 0:
                raise Implausible(
                    f"assumed.{outcome}.low",
                    Message("{low:g} is no ratio", low=assumption.low),
                    Message("a number above 0; 1 is no change"),
                )

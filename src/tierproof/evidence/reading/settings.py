"""A pack's settings: the numbers that evidence of its field needs before it can be pooled or decided on.

Enters: `pack.toml`.  Leaves: validated `Settings`.  Knows nothing of what synthesis and decision do with them.
"""

# Annotations are evaluated here, once: from text msgspec would evaluate them anew at every start, which takes longer.
from typing import Annotated, Any

from msgspec import Meta, Struct, field

from tierproof.evidence.record import Outcome, Scope, TaskFamily, Text
from tierproof.evidence.technique import Role, Slug

__all__ = ["AdoptionSettings", "Settings", "Words"]

Difference = Annotated[float, Meta(gt=0, le=10)]


class AdoptionSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How adoption figures of the field are filed."""

    also: dict[Slug, tuple[Slug, ...]] = {}
    """Names beside its own id under which a technique's adoption is counted: their figures cover more than it."""


_ROLES: dict[Role, str] = {"application": "application team", "owner": "model owner", "maker": "model maker"}


class Words(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the field calls one piece of its system's work, in every sentence that speaks of it."""

    unit: tuple[Text, Text] = ("request", "requests")
    """One and many: an image, a patient, a document."""
    work: Text = "answering a request"
    """What the system does with it."""
    part: Text = "a part of a request, such as its first token"
    """What a figure of scope `part` is about."""
    price: Text = "a list price"
    """What a figure of scope `price` is about."""
    roles: dict[Role, Text] = field(default_factory=lambda: dict(_ROLES))
    """Who can adopt a technique."""
    tasks: dict[TaskFamily, Text] = {}
    """What sentences call a task family, such as `knowledge questions`."""

    @property
    def one(self) -> str:
        return self.unit[0]

    def of(self, number: float) -> str:
        """`request` of one, `requests` of any other number."""
        return self.unit[0 if number == 1 else 1]

    @property
    def many(self) -> str:
        return self.unit[1]

    @property
    def a(self) -> str:
        """`a request`, `an image`."""
        return f"{'an' if self.one[:1].lower() in 'aeiou' else 'a'} {self.one}"

    def who(self, role: Role) -> str:
        """The role in the field's words."""
        return self.roles.get(role, _ROLES[role])

    def task(self, family: TaskFamily) -> str:
        """The task family in the field's words; one without a name by its id, as words."""
        return self.tasks.get(family, family.replace("-", " "))

    def about(self, scope: Scope) -> str:
        """What a figure of that scope is about."""
        return {"request": self.work, "training": "training", "price": self.price, "part": self.part}[scope]


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a pack states once for all of its evidence."""

    name: Text
    title: Text
    version: str = "0"
    """Any text; a date, such as 2026-11-30 or 1994, says up to when evidence was gathered."""
    seed_title: str = ""
    """Title of the tier table that the techniques' `seed` rows come from; empty: none."""
    minimal_difference: dict[Outcome, Difference] = {}
    """The least difference that a team would act on: quality, stability and safety in log odds, others in log ratio."""
    left_out_coverage: dict[Outcome, Annotated[float, Meta(ge=0, le=1)]] = {}
    """Share of left-out figures that the 90 % intervals held, by outcome, as `tierproof validate` counts it."""
    assumed_n: Annotated[int, Meta(ge=1, le=1_000_000)] = 250
    """Items assumed behind a proportion whose record gives neither `n` nor `se`."""
    assumed_log_ratio_sd: Annotated[float, Meta(gt=0, le=10)] = 0.1
    """Standard error assumed for a log ratio whose record gives no `se`."""
    damping: Annotated[float, Meta(ge=0, le=1)] = 1.0
    """Share of its own effect that each further technique of a set keeps, on the logit scale."""
    priors: dict[str, Any] = {}
    """Overrides of the synthesis' priors, by name: synthesis validates them."""
    task_families: tuple[Text, ...] = ()
    """Families that records may name; empty: any."""
    resources: dict[str, Text] = {}
    """What techniques may need a team to have: id and label.  Empty: any id."""
    words: Words = Words()
    vocabulary: dict[Outcome, tuple[Text, ...]] = {}
    """Further words for outcomes, in any language that claims are read in: "frame rate" for throughput.  A word that
    ends in `*` stands for all that begin so."""
    adoption: AdoptionSettings = AdoptionSettings()
    arms: bool = False
    """Whether the arms that `tierproof measure` runs are techniques of this pack."""
    profile: dict[str, Any] = {}
    """The default profile, as a plain table: decision validates it."""

    @property
    def dated(self) -> tuple[int, int] | None:
        """Year and month up to which evidence was gathered, where the version is a date; of a bare year its end."""
        year, _, rest = self.version.partition("-")
        month = rest.partition("-")[0] or str(_MONTHS)
        if len(year) == _YEAR_DIGITS and year.isdecimal() and month.isdecimal() and 1 <= int(month) <= _MONTHS:
            return int(year), int(month)
        return None


_YEAR_DIGITS, _MONTHS = 4, 12

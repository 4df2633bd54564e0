"""A claim about techniques, in canonical form: what somebody said, without how it was said.

Enters: the parser's findings (or a form filled in by hand).  Leaves: a frozen `Claim` that compares equal
whenever the same thing was claimed, whatever the tone, order or language.  Knows nothing of words (`parse`, `wording`)
or of evidence (`verdict`).

How people's sentences map to forms, where several would do:

- a denial is the same form, negated, however it is put: "does not help" denies `helps`, "does not hurt" denies `harms`;
  `no-effect` is only what is said to make no difference ("does nothing", "has no effect");
- "dead", "hype", "snake oil", "premature" are `overhyped`; "undervalued" says more than that it is not: `underrated`;
- "not worth it", "a waste of money", "not needed" are a
  negated `worth-it`;
- "nothing beats X" is `best`; "Y cannot keep up with X" is `beats(X, Y)`; "X is as good as Y" is a negated
  `beats(Y, X)`; "X can replace Y" is a negated `cannot-replace(X, Y)`: the subject is always the would-be replacement,
  the object what would be replaced;
- "cuts latency" is `helps` with outcome latency; with a figure ("by 30 %", "2x cheaper") it is `at-least`;
- doubt ("I doubt that X helps") is tone, not negation: the claim is `helps(X)`; "it is false that X helps" denies it;
- a form of a technique is named `technique/form` ("quantization/int4").
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from tierproof.evidence.record import Outcome

__all__ = [
    "ANY_TECHNIQUE",
    "CLASSES",
    "ENGINEERING",
    "EVERYTHING_ELSE",
    "FORMS",
    "LONG_CONTEXT",
    "MODEL_CLEVERNESS",
    "NOTHING",
    "OTHER_PRACTICE",
    "SMALLER_MODEL",
    "Bound",
    "Claim",
    "Condition",
    "ConditionKind",
    "Form",
    "Outcome",
    "Quantifier",
]

Form = Literal[
    "best", "beats", "only", "cannot-replace", "overhyped", "underrated", "no-effect", "harms", "helps", "adopted",
    "at-least", "worth-it", "depends-on",
]  # fmt: skip
FORMS: tuple[Form, ...] = get_args(Form)

Bound = Literal["at-least", "more-than", "at-most", "less-than", "up-to", "about", "exactly", "between"]
Quantifier = Literal["always", "usually", "sometimes", "rarely", "on-average"]
ConditionKind = Literal["model-size", "task", "load", "data", "prompt", "setting", "ignoring", "time", "role"]
Population = Literal["applications", "makers", "enterprises", "startups", "everyone"]

EVERYTHING_ELSE = "*everything-else"
"""All ranked techniques but the ones that the claim names on its other side."""
ANY_TECHNIQUE = "*any-technique"
"""Each technique, or techniques in general."""
NOTHING = "*nothing"
"""Doing nothing: the system as it is."""
SMALLER_MODEL = "*smaller-model"
"""A model smaller than the one compared with: the reverse of scaling.  Not a technique that has records of its own."""
LONG_CONTEXT = "*long-context"
ENGINEERING = "*engineering"
"""Integration, tooling, discipline, infrastructure: no record is about these."""
MODEL_CLEVERNESS = "*model-cleverness"
OTHER_PRACTICE = "*other-practice"
"""Named, recognised as a practice, but in no pack ("agent memory")."""

CLASSES: tuple[str, ...] = (
    EVERYTHING_ELSE,
    ANY_TECHNIQUE,
    NOTHING,
    SMALLER_MODEL,
    LONG_CONTEXT,
    ENGINEERING,
    MODEL_CLEVERNESS,
    OTHER_PRACTICE,
)
"""What may stand as a subject or object beside a technique id.  A technique id never begins with an asterisk."""


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Condition:
    """A circumstance to which a claim is limited, or, for `depends-on`, the thing depended on."""

    kind: ConditionKind
    value: str = ""
    """Canonical: model-size `small | large`; task a task family (`math`, ...); load, data `low | high`; setting
    `production | research | enterprise`; ignoring an outcome (`cost`); time a four-digit year; empty for
    `depends-on`."""
    only: bool = False
    """"Only for": the claim also says that it does not hold elsewhere."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """One claim.  Order of subjects, objects and conditions is canonical; the span takes no part in equality."""

    form: Form
    subjects: tuple[str, ...]
    """Technique ids or members of `CLASSES`, sorted, each once."""
    objects: tuple[str, ...] = ()
    """The other side of `beats`, `cannot-replace`, and of comparisons of cost, speed or amount; sorted."""
    outcome: Outcome | None = None
    """None: not named; the judge takes quality, or value where the form asks for it."""
    negated: bool = False
    amount: float | None = None
    """For `at-least` (and `adopted`), above zero, in `unit`."""
    amount_high: float | None = None
    """Upper end of a stated range ("2 to 4 times"); None for a single figure."""
    unit: Literal["percent", "times", "points", "usd", "seconds"] | None = None
    direction: Literal["up", "down"] | None = None
    """Which way the outcome is said to move: cost `down` by 30 percent, quality `up` by 10 points.  "2x cheaper" is
    cost, 2 times, `down`."""
    bound: Bound | None = None
    """None where the figure stands alone, which is read as `at-least`.  `at-most` and `less-than` say that the effect
    does not reach the figure; `up-to` is an advertiser's: some new setting reaches it."""
    of_failures: bool = False
    """The amount is a share of failures (errors, hallucinations) removed or added, not of the outcome itself."""
    among: bool = False
    """For `best`: said to be one of the best, not the best."""
    conditions: tuple[Condition, ...] = ()
    quantifier: Quantifier | None = None
    """In how many settings: `always` in all, `usually` in more than half, `sometimes` (and "can") in some, `rarely` in
    few.  "Never" is a denied `sometimes`, "not always" a denied `always`.  None: on average, and of an amount in a new
    setting, unless it is said to be `on-average`."""
    population: Population | None = None
    """Whose use an `adopted` claim speaks of."""
    unheeded: tuple[str, ...] = field(default=(), compare=False)
    """Words of the text that say how strongly, and not how much ("dramatically"): told beside the verdict."""
    span: tuple[int, int] = field(default=(0, 0), compare=False)
    """Start and end in the source text, in characters."""

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise ValueError(f"unknown form {self.form!r}")
        object.__setattr__(self, "subjects", tuple(sorted(set(self.subjects))))
        object.__setattr__(self, "objects", tuple(sorted(set(self.objects) - set(self.subjects))))
        object.__setattr__(self, "conditions", tuple(sorted(set(self.conditions))))

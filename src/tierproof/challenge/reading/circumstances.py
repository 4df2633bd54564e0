"""Conditions and outcomes in a clause.

Enters: the items of one clause.  Leaves: `Condition`s, the outcome spoken of, whose use.  Knows nothing of forms.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast, get_args

from tierproof.challenge.claim import Condition, ConditionKind, Outcome
from tierproof.challenge.reading.lexicon import Item

__all__ = ["conditions_of", "factors_of", "is_size_condition", "outcome_at"]

_KINDS: tuple[tuple[str, ConditionKind], ...] = (
    ("task", "task"),
    ("load", "load"),
    ("data", "data"),
    ("setting", "setting"),
    ("ignoring", "ignoring"),
)
_PREPOSITIONS = frozenset(
    [
        "for",
        "on",
        "with",
        "in",
        "at",
        "when",
        "using",
        "under",
        "of",
        "among",
        "across",
        "inside",
        "если",
        "для",
        "на",
        "в",
        "у",
        "с",
        "со",
        "при",
        "из",
        "под",
        "среди",
        "over",
        "where",
        "if",
    ]
)
_FACTORS: tuple[ConditionKind, ...] = ("model-size", "task", "load", "data", "prompt")


def is_size_condition(items: Sequence[Item], place: int) -> bool:
    """Whether models of a size are a circumstance here ("for small models", "RAG with a small model") and no party."""
    item = items[place]
    if not item.has("size"):
        return False
    before = items[max(0, place - 2) : place]
    if any(word.has("shift") for word in before):
        return False  # "переход на большую модель"
    if any(
        word.has("reach", "lose", "equal", "beat", "than", "replace", "irreplaceable")
        for word in items[max(0, place - 3) : place]
    ):
        return False
    if (
        place
        and items[place - 1].text == "of"
        and any(word.has("adopt", "beat", "better", "replace") for word in items[:place])
    ):
        return False
    return any(word.text in _PREPOSITIONS or word.text.split()[-1] in _PREPOSITIONS for word in before)


def conditions_of(items: Sequence[Item], *, sizes: Sequence[int]) -> tuple[Condition, ...]:
    """Circumstances named in a clause; `sizes` are the places at which a model size is one."""
    found: list[Condition] = []
    for place, item in enumerate(items):
        only = place > 0 and any(before.has("only") for before in items[max(0, place - 3) : place])
        if place in sizes:
            found.append(Condition(kind="model-size", value=item.labels["size"], only=only))
            continue
        if item.mention:
            continue
        for label, kind in _KINDS:
            if item.has(label):
                found.append(Condition(kind=kind, value=item.labels[label], only=only))
                break
        if item.kind == "n" and item.text.isdigit() and 2015 <= int(item.text) <= 2100:
            found.append(Condition(kind="time", value=item.text))
    return tuple(found)


def factors_of(items: Sequence[Item]) -> tuple[Condition, ...]:
    """What a `depends-on` claim says the effect depends on."""
    found = []
    for item in items:
        if item.has("factor"):
            found.append(Condition(kind=cast(ConditionKind, item.labels["factor"])))
            continue
        for kind in _FACTORS:
            label = "size" if kind == "model-size" else kind
            if item.has(label):
                found.append(Condition(kind=kind))
                break
    return tuple(found)


def outcome_at(item: Item) -> tuple[Outcome, bool] | None:
    """The outcome that an item names, and whether more of what it says is good."""
    value = item.labels.get("out")
    if value is None:
        return None
    name, _, sign = value.partition(":")
    assert name in get_args(Outcome)
    return cast(Outcome, name), sign == "+"

"""The grammar of claims: from a clause to the one claim it makes.

Enters: the items of a clause, and what was spoken of before it.  Leaves: a `Claim`, or None where nothing is said of
anything.  Knows no word of any language: it reads labels (`lexicon`), by rules that hold in English and Russian alike.
The first rule that fits wins; rules stand from the most to the least specific form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from tierproof.challenge.claim import (
    EVERYTHING_ELSE,
    SMALLER_MODEL,
    Claim,
    Condition,
    Outcome,
)
from tierproof.challenge.reading.amounts import amount_of
from tierproof.challenge.reading.circumstances import factors_of
from tierproof.challenge.reading.comparisons import equals, graded, outcome_named, outdoes, unbeaten
from tierproof.challenge.reading.effects import amount_fields, effect_of
from tierproof.challenge.reading.lexicon import Item
from tierproof.challenge.reading.parties import Clause, Memory, clause_of, made, marker, named, shifted, sides
from tierproof.challenge.reading.replacements import replaces
from tierproof.challenge.reading.tone import is_done_by

__all__ = ["claim_of"]


def claim_of(
    items: Sequence[Item], memory: Memory, *, asks_no: bool = False, larger_model: str | None = None
) -> Claim | None:
    """The claim of one clause.

    Args:
        items: the clause, tone already off.
        memory: what was spoken of before.
        asks_no: the sentence is a negative question.
        larger_model: technique that "a larger model" names, if the vocabulary has one.
    """
    clause = clause_of(items, memory, asks_no, larger_model)
    for rule in _RULES:
        claim = rule(clause)
        if claim is not None:
            if claim.form == "only":
                # "The only thing that works in production": the word makes the form, not a condition's.
                claim = replace(claim, conditions=tuple(replace(c, only=False) for c in claim.conditions))
            if claim.form in _ONE_SIDED and {"small", "large"} <= {
                c.value for c in claim.conditions if c.kind == _SIZE
            }:
                # "X helps small models more than large ones": size decides.
                rest = tuple(c for c in claim.conditions if c.kind != _SIZE)
                claim = replace(
                    claim, form="depends-on", negated=False, conditions=(Condition(kind=_SIZE), *rest), outcome=None
                )
            return replace(claim, span=(items[0].start, items[-1].end))
    return None


_SIZE: Final = "model-size"
_ONE_SIDED = ("helps", "harms", "no-effect", "worth-it")

# --- rules
# ----------------------------------------------------------------------------------------------------------------


def _depends(clause: Clause) -> Claim | None:
    place = clause.place("depends")
    if place is None and _moves_with_size(clause.items):
        found = tuple(dict.fromkeys(item.mention for item in clause.items[1:] if item.mention))
        return made(clause, "depends-on", found, conditions=(Condition(kind=_SIZE),))
    if place is None or (clause.items[place].has("only") and any(where > place for where, _ in clause.parties)):
        return None  # "it all comes down to X" names the one thing that counts
    factors = factors_of(
        [item for where, item in enumerate(clause.items) if where not in {where for where, _ in clause.parties}]
    )
    kinds = {factor.kind for factor in factors}
    rest = tuple(condition for condition in clause.conditions if condition.kind not in kinds)
    return made(clause, "depends-on", named(clause), negated=clause.denied(place), conditions=factors + rest)


def _moves_with_size(items: Sequence[Item]) -> bool:
    """ "The bigger the model, the less X matters"."""
    return (
        len(items) > 3
        and items[0].has("size")
        and items[1].text == ","
        and items[2].text in ("тем", "less", "more")
        and any(item.mention for item in items[2:])
    )


def _only(clause: Clause) -> Claim | None:
    items = clause.items
    if _not_enough(clause):
        return made(clause, "only", named(clause), negated=True)
    if clause.place("nothing") is not None and any(item.text in ("without", "без") for item in items):
        return made(clause, "only", named(clause))
    nothing, besides = clause.place("nothing"), clause.place("except")
    if nothing is not None and besides is not None:
        found = tuple(id for where, id in clause.parties if where > besides) or named(clause)
        return made(clause, "only", found)
    for place, item in enumerate(items):
        if not item.has("only"):
            continue
        strong = item.text not in _WEAK_ONLY
        if not strong and not _next_is_party(clause, place):
            continue
        if item.text in _SETTLES and place + 1 < len(items) and items[place + 1].has("factor", "load", "task", "data"):
            continue  # "всё решает нагрузка"
        if item.text in _SUFFICES and _of_another(clause, place):
            continue
        found = tuple(id for id in named(clause) if id != EVERYTHING_ELSE)
        # "Одним X не обойтись": the word itself denies, with a "not" behind it.
        short = item.text.startswith("одн") and any(other.has("neg") for other in items[place:])
        return made(clause, "only", found, negated=clause.denied(place) or short)
    return None


def _not_enough(clause: Clause) -> bool:
    """ "X is not enough", "not only X", "you can't ship with X alone"."""
    notonly, alone = clause.place("notonly"), clause.place("alone")
    return (
        clause.place("insufficient") is not None
        or (notonly is not None and _next_is_party(clause, notonly) and not _early(clause, notonly))
        or (
            alone is not None
            and any(item.has("neg") for item in clause.items)
            and clause.place("better", "beat") is None
        )
    )


_SETTLES = ("все решает", "все решают", "решает все")
_SUFFICES = ("enough", "is enough", "be enough", "suffices", "suffice", "sufficient", "достаточно", "хватит", "хватает")


def _of_another(clause: Clause, place: int) -> bool:
    """ "You don't need X, a workflow is enough": what suffices is a thing of no known name."""
    spoken_of = any(where < place for where, _ in clause.parties)
    return not spoken_of and place > 0 and clause.items[place - 1].kind == "w" and not clause.items[place - 1].labels


_WEAK_ONLY = frozenset(
    [
        "only",
        "solely",
        "purely",
        "exclusively",
        "entirely",
        "только",
        "лишь",
        "исключительно",
        "единственно",
        "sole",
        "enough",
        "чисто",
        "одного",
        "одной",
        "одним",
        "одними",
    ]
) - {"enough"}


_NEEDS = frozenset(
    ["need", "needs", "нужен", "нужна", "нужно", "нужны", "is", "have", "be", "add", "does", "do", "try"]
)


def _next_is_party(clause: Clause, place: int) -> bool:
    places = {where for where, _ in clause.parties}
    for where in range(place + 1, min(place + 4, len(clause.items))):
        if where in places:
            return True
        item = clause.items[where]
        if item.kind == "p" or (item.labels and not item.has("use", "by", "fill") and item.text not in _NEEDS):
            return False
    return False


def _early(clause: Clause, place: int) -> bool:
    """ "X not only beats Y": a party stands before the words, so that they join two predicates."""
    return any(where < place for where, _ in clause.parties) and any(
        item.has("help", "beat", "down", "up", "harm") for item in clause.items[place + 1 :]
    )


def _worthless(clause: Clause) -> Claim | None:
    """ "X is a waste of money"; with something in its place, "with X you no longer need Y"."""
    place = clause.place("worthless")
    if place is None:
        return None
    item_denies = clause.items[place].text.startswith("не ")  # Russian denies twice: "никогда не окупится"
    given, rest = _parted(clause)
    if given and rest and clause.items[place].text.startswith(_UNNEEDED):
        return made(clause, "cannot-replace", given, objects=rest, negated=True)
    return made(clause, "worth-it", named(clause), negated=not clause.denied(place) or item_denies)


def _worth(clause: Clause) -> Claim | None:
    place = clause.place("worth")
    if place is None:
        return None
    item = clause.items[place]
    behind = tuple(id for where, id in clause.parties if marker(clause, where) == "than")
    if behind and (item.has("better") or any(other.has("beat") and other.has("than") for other in clause.items)):
        return None
    given, rest = _parted(clause)
    if item.text.startswith(_NEEDING) and clause.denied(place) and given and rest:
        return made(clause, "cannot-replace", given, objects=rest, negated=True)  # "with X you do not need Y"
    subjects = named(clause)
    if item.text in ("need", "needs") and any(where < place for where, _ in clause.parties):
        # "RAG needs documents" is no claim of worth; "teams that use X need Y" is one of Y's.
        subjects = tuple(id for where, id in clause.parties if where > place)
        people = any(other.has("person", "quant", "quantneg", "size") for other in clause.items[:place])
        if (not subjects and place + 1 < len(clause.items)) or (subjects and not people):
            return None
    negated = clause.denied(place) or any(other.text in ("negative", "отрицательный") for other in clause.items[place:])
    return made(clause, "worth-it", subjects or named(clause), objects=behind, negated=negated)


_UNNEEDED = ("can ", "could ", "можно ", "not need", "unne", "needless", "ненуж", "лишн", "излишн")
_NEEDING = ("need", "necess", "requir", "нуж", "необход", "требу", "смысл", "sense")
_GIVEN = frozenset(
    [
        "with",
        "given",
        "have",
        "has",
        "having",
        "got",
        "since",
        "after",
        "once",
        "thanks",
        "с",
        "со",
        "при",
        "имея",
        "благодаря",
        "есть",
    ]
)


def _parted(clause: Clause) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The parties that one has, and those that are spoken about."""
    given = tuple(id for where, id in clause.parties if _given(clause, where))
    return given, tuple(id for where, id in clause.parties if not _given(clause, where))


def _given(clause: Clause, where: int) -> bool:
    """Whether the party at `where` is what one has, not what is spoken about: "with X", "if you have X"."""
    places = {place for place, _ in clause.parties}
    for before in range(where - 1, max(-1, where - 4), -1):
        if before in places:
            return False
        if clause.items[before].text in _GIVEN:
            return True
    return False


def _hype(clause: Clause) -> Claim | None:
    place = clause.place("hypeok", "underrated")
    if place is not None:
        return made(
            clause, "overhyped", named(clause), negated=not (clause.items[place].has("hypeok") and clause.denied(place))
        )
    place = clause.place("hype", "obsolete")
    if place is None:
        return None
    ahead = tuple(id for where, id in clause.parties if where < place and marker(clause, where) != "than")
    return made(
        clause,
        "overhyped",
        ahead or named(clause),
        negated=clause.denied(place) and not clause.items[place].text.startswith(("not", "не ")),
    )


def _best(clause: Clause) -> Claim | None:
    place = clause.place("bestof", "best", "worst")
    if place is None:
        return None
    item = clause.items[place]
    spoken_of = named(clause) or named(clause, without_objects=False)  # "лучше X ничего не придумали"
    found = tuple(id for id in spoken_of if id != EVERYTHING_ELSE)
    if item.has("worst"):
        return made(clause, "beats", (EVERYTHING_ELSE,), objects=found) if found else None
    works = (
        place > 0
        and clause.items[place - 1].has("help", "use")
        and clause.items[place - 1].text.startswith(("work", "работа", "do"))
    )
    if works and clause.conditions:
        return None
    outcome: Outcome | None = item.labels.get("bestof") or next(
        (outcome_named(other) for other in clause.items if other.has("out") and not other.mention), None
    )  # type: ignore[assignment]
    among = any(_is_one_of(clause.items, where) for where in range(place))
    return made(clause, "best", found, outcome=outcome, negated=clause.denied(place), among=among)


def _is_one_of(items: Sequence[Item], place: int) -> bool:
    """ "one of the best", "один из лучших", "among the best"."""
    ahead = items[place].text
    if ahead == "among" or ahead in ("среди", "в числе"):
        return True
    return (
        ahead in ("one", "один", "одна", "одно", "одним", "одной", "одну")
        and place + 1 < len(items)
        and items[place + 1].text in ("of", "из")
    )


def _adopted(clause: Clause) -> Claim | None:
    place = clause.place("adopt", "unadopted")
    using = clause.place("use")
    who = clause.place("quant", "quantneg")
    setting = clause.place("setting")
    shift = shifted(clause.items)
    if place is None and using is None:
        using = clause.place("shift") if shift is not None else _done_by(clause, who)
    if place is None and using is None:
        return None
    amount = amount_of(clause.items)
    held_against = clause.place("equal") is not None or any(
        marker(clause, party) == "than" for party, _ in clause.parties
    )
    stated = who is not None or (amount is not None and held_against)
    if place is None and not stated and not (setting is not None and clause.place("help", "harm") is None):
        return None
    effect = effect_of(clause.items)
    if place is None and effect is not None and not stated:
        return None
    if amount is not None and amount.unit == "times" and clause.place("costly", "cheap", "slow", "fast") is not None:
        return None  # "стоят в 10 раз дороже" is no word of use
    where = place if place is not None else using
    assert where is not None
    subjects, objects = sides(clause, where)
    if place is None or not objects or clause.place("than") is None:
        objects = tuple(id for party, id in clause.parties if marker(clause, party) == "than")
        subjects = named(clause)
    if shift is not None:
        subjects, objects = (shift[1],), ()
    much = clause.place("equal")
    if much is not None and not objects:
        subjects, objects = sides(clause, much)  # "twice as much as Y"
    few = clause.place("quantneg") is not None or clause.items[where].has("unadopted")
    if SMALLER_MODEL in subjects and len(subjects) > 1 and clause.parties[0][1] == SMALLER_MODEL:
        objects, subjects = tuple(id for id in subjects if id != SMALLER_MODEL), (SMALLER_MODEL,)
    fields: dict[str, Any] = {}
    if amount is not None and not objects and clause.items[amount.place].text.startswith(("half", "половин")):
        fields = {"amount": 50.0, "unit": "percent", "bound": amount.bound}  # "half of all companies" is a share
    elif amount is not None:
        fields = {"amount": amount.low, "amount_high": amount.high, "unit": amount.unit, "bound": amount.bound}
    role = next((item.labels["role"] for item in clause.items if item.has("role")), None)
    negated = (few and not (clause.items[where].has("unadopted") and clause.denied(where))) or (
        not few and clause.denied(where)
    )
    return made(clause, "adopted", subjects, objects=objects, negated=negated, population=role, **fields)


def _done_by(clause: Clause, who: int | None) -> int | None:
    """ "Nobody fine-tunes anymore": the technique itself is the verb of a quantity of people."""
    places = [where for where, _ in clause.parties]
    if who is None or len(places) != 1 or clause.place("help", "harm", "noeffect", "worth"):
        return None
    return places[0] if is_done_by(clause.items, who, places[0]) else None


def _keeps(clause: Clause) -> Claim | None:
    """ "Keeps quality", "95 % of the quality": no harm, as far as the words go."""
    for place, item in enumerate(clause.items):
        if not item.has("out") or item.labels["out"] != "quality:+" or not place:
            continue
        before = [other.text for other in clause.items[max(0, place - 4) : place]]
        kept = next((where for where, text in enumerate(before) if text.startswith(_KEEPING)), None)
        part = "%" in before[-2:] and (before[-1] == "of" or kept is not None)
        if any(text.startswith(_KEEPING) and " " in text for text in before):
            return None  # "keeps answers up to date"
        if kept is None and clause.place("help", "better", "down") is not None:
            return None  # "improves 20 % of answers"
        if (kept is not None and (part or len(before) - kept <= 2)) or part:
            return made(clause, "harms", named(clause), outcome="quality", negated=not clause.denied(place))
    return None


_KEEPING = ("keep", "preserv", "retain", "maintain", "сохран")


def _free(clause: Clause) -> Claim | None:
    """ "X is basically free": nothing is lost by it."""
    place = clause.place("free")
    return None if place is None else made(clause, "harms", named(clause), negated=not clause.denied(place))


def _amounts(clause: Clause) -> Claim | None:
    amount = amount_of(clause.items)
    effect = effect_of(clause.items)
    if amount is None or effect is None:
        return None
    fields = amount_fields(amount, effect, effect.outcome)
    if fields is None:
        return None
    behind = tuple(id for where, id in clause.parties if marker(clause, where) == "than")
    return made(clause, "at-least", named(clause), objects=behind, negated=clause.denied(effect.place), **fields)


def _effects(clause: Clause) -> Claim | None:
    effect = effect_of(clause.items)
    nothing = clause.place("nothing")
    if effect is None and nothing is not None and any(where < nothing for where, _ in clause.parties):
        return made(clause, "no-effect", named(clause))  # "X brought us nothing"
    if effect is None:
        return None
    subjects = named(clause)
    place = clause.place("benefitfrom")
    if place is not None:
        subjects = tuple(id for where, id in clause.parties if where > place) or subjects
    else:
        # "helps large models", "is useless with agents": what it acts on is no subject, if another stands before.
        ahead = tuple(id for where, id in clause.parties if where < effect.place and marker(clause, where) != "than")
        subjects = ahead or subjects
    denied = clause.denied(effect.place)
    if clause.place("nothing") is not None and effect.kind == "helps" and not denied:
        denied = True
    if effect.kind == "no-effect":
        denied = denied and not clause.items[effect.place].text.startswith("ни")  # Russian denies twice
        return made(clause, "no-effect", subjects, outcome=effect.outcome, negated=denied)
    if effect.kind == "helps":
        return made(clause, "no-effect" if denied else "helps", subjects, outcome=effect.outcome)
    return made(clause, "harms", subjects, outcome=effect.outcome, negated=denied)


_RULES = (
    _depends,
    replaces,
    _only,
    _worthless,
    _worth,
    _hype,
    unbeaten,
    graded,
    outdoes,
    equals,
    _best,
    _adopted,
    _keeps,
    _free,
    _amounts,
    _effects,
)

"""A claim in plain words, to be read back to whoever made it: English or Russian.

Enters: a `Claim` and the techniques' names.  Leaves: one sentence.  Says what was understood and nothing more; knows
nothing of verdicts, and takes no part in them.

In a phrase, `[is|are]` gives the form for one and for several.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from tierproof.challenge.claim import Claim, Condition
from tierproof.challenge.telling.phrases import Phrases, phrases_in
from tierproof.evidence.reading.settings import Words
from tierproof.evidence.technique import Technique
from tierproof.messages import Message, gettext, in_case, speaking, translated

__all__ = ["condition_told", "in_words"]

_BY_NUMBER: Final = re.compile(r"\[([^|\]]*)\|([^\]]*)\]")
_RESOURCES: Final = ("cost", "latency", "memory", "wrong-answers")
"""Outcomes of which less is better."""


def in_words(claim: Claim, techniques: Mapping[str, Technique], language: str = "en") -> str:
    """The claim as it was understood, without a full stop.  A language other than `ru` is answered in English."""
    phrases = phrases_in(language)
    if claim.quantifier is not None and claim.negated:
        affirmed = in_words(replace(claim, negated=False), techniques, language)
        return phrases.denied.format(claim=affirmed)
    with speaking(phrases.language):
        names = [translated(_name(name, techniques, phrases)) for name in claim.subjects]
    words = {
        **_sides(claim, techniques, phrases),
        "factors": _listed([phrases.factors[c.kind] for c in claim.conditions if c.kind in phrases.factors], phrases),
        "amount": _amount(claim, phrases),
        "verb": _verb(claim, phrases),
        "outcome": phrases.outcomes.get(claim.outcome or "quality", ""),
        "failures": phrases.failures.get(claim.outcome or "quality", ""),
    }
    told = [_agreeing(_pattern(claim, phrases).format(**words), plural=_are_many(claim, names, phrases))]
    if claim.form in _SIDED and claim.outcome is not None:
        told.append(phrases.on_outcome.format(v=phrases.outcomes_on[claim.outcome]))
    if claim.form == "at-least" and claim.objects:
        told.append(phrases.compared.format(o=words["o"]))
    if claim.population is not None:
        told.append(phrases.populations[claim.population])
    if claim.quantifier is not None:
        told.append(phrases.quantifiers[claim.quantifier])
    told += _conditions(claim, phrases)
    return " ".join(told)


def condition_told(condition: Condition, words: Words) -> str:
    """A circumstance as a noun: "a small model", "high load"; a task as the field calls it."""
    if condition.kind == "task":
        return gettext("that kind of task") if condition.value == "other" else translated(words.task(condition.value))
    told = _CIRCUMSTANCES.get(f"{condition.kind} {condition.value}".strip())
    return translated(told) if told is not None else condition.value or condition.kind


_CIRCUMSTANCES: Final = {
    "model-size small": Message("a small model"),
    "model-size large": Message("a large model"),
    "load low": Message("low load"),
    "load high": Message("high load"),
    "data low": Message("low data"),
    "data high": Message("high data"),
    "prompt": Message("prompt"),
}


_SIDED: Final = ("best", "beats", "cannot-replace", "only", "overhyped", "underrated", "worth-it")
"""Forms whose phrase names no outcome: it is put behind."""


def _pattern(claim: Claim, phrases: Phrases) -> str:
    form: str = claim.form
    if form == "best" and claim.among:
        form = "among"
    elif form in ("helps", "harms", "no-effect", "depends-on") and claim.outcome is not None:
        form += " outcome"
    elif form == "adopted" and claim.amount is not None:
        form += " times" if claim.objects else " share"
    elif form == "adopted" and claim.objects:
        form += " more"
    elif form == "at-least" and claim.of_failures:
        form += " failures"
    affirmed, denied = phrases.forms[form]
    return denied if claim.negated else affirmed


def _verb(claim: Claim, phrases: Phrases) -> str:
    """Which way the outcome moves: "lowers", "improves", or without an ending where it is denied in English."""
    outcome = claim.outcome or "quality"
    if claim.form == "at-least":
        # Of failures, the direction is still success's.
        way = "up" if (claim.direction == "down") == claim.of_failures else "down"
    elif outcome in (*_RESOURCES, "throughput"):
        way = "up" if (claim.form == "harms") == (outcome in _RESOURCES) else "down"
    else:
        way = "better" if claim.form == "helps" else "worse"
    affirmed, denied = phrases.verbs[way]
    return denied if claim.negated else affirmed


def _amount(claim: Claim, phrases: Phrases) -> str:
    if claim.amount is None:
        return ""
    figure = f"{claim.amount:g}" + (f"–{claim.amount_high:g}" if claim.amount_high is not None else "")
    share = claim.form == "adopted" and claim.unit == "percent"
    of = "{bound}{n} %" if share else phrases.amounts[claim.unit or "times"]
    bound = phrases.bounds.get(claim.bound or "", "")
    return of.format(n=figure, bound=bound, times=phrases.times_of(claim.amount_high or claim.amount))


def _conditions(claim: Claim, phrases: Phrases) -> list[str]:
    told = []
    for kind in dict.fromkeys(condition.kind for condition in claim.conditions):
        alike = [condition for condition in claim.conditions if condition.kind == kind]
        if claim.form == "depends-on" and kind in phrases.factors:
            continue
        values = _listed([phrases.values.get(f"{kind} {c.value}", c.value) for c in alike], phrases)
        only = phrases.only + " " if any(condition.only for condition in alike) else ""
        told.append(only + phrases.conditions[kind].format(v=values))
    return told


def _name(name: str, techniques: Mapping[str, Technique], phrases: Phrases) -> str:
    if name in techniques:
        return techniques[name].short
    parent, _, form = name.partition("/")
    if parent in techniques:
        return next((one.name for one in techniques[parent].forms if one.id == form), name)
    return phrases.classes.get(name, name)


def _sides(claim: Claim, techniques: Mapping[str, Technique], phrases: Phrases) -> dict[str, str]:
    """What stands on either side, as it is and in the cases that phrases ask for."""
    found = {}
    with speaking(phrases.language):
        for side, names in (("s", claim.subjects), ("o", claim.objects)):
            said = [_name(name, techniques, phrases) for name in names]
            found[side] = _listed([in_case(name, "nom" if side == "s" else "low") for name in said], phrases)
            for case in ("gen", "acc"):
                found[f"{side}_{case}"] = _listed([in_case(name, case) for name in said], phrases)
    return found


def _listed(names: Sequence[str], phrases: Phrases) -> str:
    return f" {phrases.joint} ".join(dict.fromkeys(names))


def _are_many(claim: Claim, names: Sequence[str], phrases: Phrases) -> bool:
    return len(names) > 1 or claim.subjects[0] in phrases.plural_classes or names[0].endswith("s")


def _agreeing(sentence: str, *, plural: bool) -> str:
    return _BY_NUMBER.sub(lambda match: match.group(2 if plural else 1), sentence)

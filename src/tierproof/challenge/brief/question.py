"""A question in somebody's own words: the ways that it names, what for, where, and what it says besides.

Enters: the words; a pack's techniques.  Leaves: an `Asked`.  Knows nothing of evidence and of scenarios.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import Final, NamedTuple

from tierproof.challenge.audits.naming import outcome_at, word_fits
from tierproof.challenge.brief.question_words import question_words
from tierproof.challenge.reading.lexis.tokens import Token, tokenise
from tierproof.challenge.reading.lexis.vocabulary import ARTICLES, Vocabulary, vocabulary_of
from tierproof.evidence.record import Outcome
from tierproof.evidence.technique import Technique

__all__ = ["Asked", "Way", "ask"]

_LONGEST: Final = 1000
"""Letters: nobody asks for a decision in more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to go that the words name: techniques, each whole or in one form."""

    techniques: tuple[str, ...]
    forms: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    words: str
    ways: tuple[Way, ...]
    aims: tuple[Outcome, ...]
    """What for, in the order said."""
    task: str | None
    """Task family."""
    missing: tuple[str, ...]
    """Ways asked for that name nothing of the pack."""
    unread: tuple[str, ...]
    """Words that nothing took."""
    excluded: tuple[str, ...]
    """Techniques that are not wanted."""
    not_apart: tuple[str, ...] = ()
    """Forms asked for that no record sets apart from their technique."""

    @property
    def means_something(self) -> bool:
        return bool(self.ways or self.aims or self.task)


class _Item(NamedTuple):
    kind: str
    """`way`, `aim`, `task`, `between`, `joint`, `without`, `word`."""
    text: str
    technique: str = ""
    form: str = ""
    aim: Outcome | None = None
    also: tuple[str, ...] = ()
    """Further techniques that a shared name stands for."""
    start: int = 0
    end: int = 0
    """Characters of the question."""


def ask(words: str, techniques: Mapping[str, Technique], families: Sequence[str]) -> Asked:
    """What `words` ask for; `families`: task families that the pack knows."""
    text = " ".join(words[:_LONGEST].split())
    items = list(_items(text, _names(techniques), families))
    groups: list[list[Way]] = []
    missing: list[str] = []
    unread: list[str] = []
    excluded: list[str] = []
    parts = _parts(items)
    for part in parts:
        kept, without = _split_at_without(part)
        named = [item for item in kept if item.kind == "way"]
        excluded += [name for item in without if item.kind == "way" for name in (item.technique, *item.also)]
        said = [item for item in kept if item.kind == "word"]
        groups += _ways(kept, named)
        if beyond := [item for item in without if item.kind == "word"]:
            unread.append(text[beyond[0].start : beyond[-1].end])
        if not said:
            continue
        beside = named or len(parts) == 1 or any(item.kind in ("aim", "task") for item in part)
        (unread if beside else missing).append(text[said[0].start : said[-1].end])
    ways = [way for group in groups for way in group]
    if len(groups) == 2 and any(item.text in ("and", "и") for item in items) and not _set_against(items):
        ways += [
            Way(techniques=tuple(dict.fromkeys(t for way in both for t in way.techniques)), forms=_merged(both))
            for both in product(*groups)
        ]
    return Asked(
        words=text[:300],
        ways=tuple({(way.techniques, tuple(sorted(way.forms.items()))): way for way in ways}.values()),
        aims=tuple(dict.fromkeys(item.aim for item in items if item.aim is not None)),
        task=next((item.technique for item in items if item.kind == "task"), None),
        missing=tuple(dict.fromkeys(missing)),
        unread=tuple(dict.fromkeys(unread)),
        excluded=tuple(dict.fromkeys(excluded)),
    )


def _split_at_without(part: Sequence[_Item]) -> tuple[list[_Item], list[_Item]]:
    at = next((place for place, item in enumerate(part) if item.kind == "without"), len(part))
    # "Without losing quality" says what to keep: it takes no way out.
    takes_out = any(item.kind == "way" for item in part[at:])
    return (list(part[:at]), list(part[at:])) if takes_out else (list(part), [])


def _set_against(items: Sequence[_Item]) -> bool:
    return any(item.kind == "between" and item.text in question_words().alternatives - {"?"} for item in items)


def _merged(ways: Sequence[Way]) -> dict[str, str]:
    return {name: form for way in ways for name, form in way.forms.items()}


def _parts(items: Sequence[_Item]) -> list[list[_Item]]:
    parts: list[list[_Item]] = [[]]
    for item in items:
        if item.kind == "between":
            parts.append([])
        else:
            parts[-1].append(item)
    return [part for part in parts if part]


def _ways(part: Sequence[_Item], named: Sequence[_Item]) -> list[list[Way]]:
    """One way where a word joins its names, else one for each name; several in a group: what one name stands for."""
    formed = {item.technique for item in named if item.form}
    named = [item for item in named if item.form or item.technique not in formed]
    if len(named) > 1 and any(item.kind == "joint" for item in part):
        forms = {item.technique: item.form for item in named if item.form}
        sets = product(*((item.technique, *item.also) for item in named))
        return [[Way(techniques=tuple(dict.fromkeys(together)), forms=forms) for together in sets]]
    return [
        [
            Way(techniques=(name,), forms={item.technique: item.form} if item.form and name == item.technique else {})
            for name in (item.technique, *item.also)
        ]
        for item in named
    ]


@dataclass(frozen=True, slots=True)
class _Names:
    vocabulary: Vocabulary
    forms: Mapping[str, Sequence[tuple[tuple[str, ...], str, str]]]
    """By first stem: stems, technique, form; longest first."""
    rows: Mapping[str, str]
    """Sub-row by `technique/form`, where its evidence is pooled under another id."""


def _items(text: str, names: _Names, families: Sequence[str]) -> list[_Item]:
    tokens = [token for token in tokenise(text) if token.text not in ARTICLES]
    items: list[_Item] = []
    place = 0
    while place < len(tokens):
        item, length = _item_at(tokens, place, names, families, text)
        if item is not None:
            items.append(item)
        place += length
    return items


def _item_at(
    tokens: Sequence[Token], place: int, names: _Names, families: Sequence[str], text: str
) -> tuple[_Item | None, int]:
    """What stands here, and how many tokens it takes; None for a word that names nothing."""
    token = tokens[place]
    named = _named_at(tokens, place, names, families)
    shared, together = names.vocabulary.shared_at(tokens, place)
    if shared and (named is None or (named[1] <= together and not named[0].form)):
        first = named[0].technique if named is not None and named[0].technique in shared else shared[0]
        return _Item("way", token.text, first, also=tuple(one for one in shared if one != first)), together
    if named is not None:
        return named
    known = question_words()
    for kind, words in (("joint", known.joints), ("without", known.without), ("between", known.separators)):
        if token.text in words:
            return _Item(kind, token.text), 1
    if token.kind == "p" or token.text in known.fillers:
        return None, 1
    return _Item("word", text[token.start : token.end], start=token.start, end=token.end), 1


def _named_at(tokens: Sequence[Token], place: int, names: _Names, families: Sequence[str]) -> tuple[_Item, int] | None:
    """The form, aim, technique or task that is named here: the longest; of equals in this order."""
    text = tokens[place].text
    found: list[tuple[_Item, int]] = []
    if (form := _form_at(tokens, place, names)) is not None:
        found.append((_Item("way", text, form[0], form[1]), form[2]))
    if (told := names.vocabulary.form_at(tokens, place)) is not None and "/" in told[0]:
        technique, _, kind = told[0].partition("/")
        found.append((_Item("way", text, technique, names.rows.get(told[0], kind)), told[1]))
    if (aim := outcome_at(tokens, place)) is not None:
        found.append((_Item("aim", text, aim=aim[0]), aim[1]))
    if (named := names.vocabulary.at(tokens, place)) is not None:
        found.append((_Item("way", text, named[0]), named[1]))
    if (task := _task_at(tokens, place, families)) is not None:
        found.append((_Item("task", text, task[0]), task[1]))
    return max(found, key=lambda pair: pair[1], default=None)


def _form_at(tokens: Sequence[Token], place: int, names: _Names) -> tuple[str, str, int] | None:
    for stems, technique, form in names.forms.get(tokens[place].stem, ()):
        if tuple(token.stem for token in tokens[place : place + len(stems)]) == stems:
            return technique, form, len(stems)
    return None


def _task_at(tokens: Sequence[Token], place: int, families: Sequence[str]) -> tuple[str, int] | None:
    best: tuple[str, int] | None = None
    for family, phrases in _tasks().items():
        for words in phrases if family in families else ():
            part = tokens[place : place + len(words)]
            fits = len(part) == len(words) and all(word_fits(w, t) for w, t in zip(words, part, strict=True))
            if fits and (best is None or len(words) > best[1]):
                best = family, len(words)
    return best


@lru_cache(maxsize=1)
def _tasks() -> Mapping[str, tuple[tuple[str, ...], ...]]:
    return {family: tuple(tuple(one.split()) for one in phrases) for family, phrases in question_words().tasks.items()}


def _names(techniques: Mapping[str, Technique]) -> _Names:
    """Names of techniques, and of their forms where a form's name does not belong to the whole."""
    vocabulary = vocabulary_of(techniques)
    forms: dict[str, list[tuple[tuple[str, ...], str, str]]] = {}
    for id, technique in techniques.items():
        own = {_stems(name) for name in (technique.id, technique.name, technique.short)}
        for row in technique.sub_rows:
            for name in (row.id, row.name):
                stems = _stems(name.partition("(")[0])
                whose = vocabulary.named(name.partition("(")[0])
                ours = whose == id or (whose is None and len(stems) > 1)
                if stems and stems not in own and ours:
                    forms.setdefault(stems[0], []).append((stems, id, row.id))
    rows = {
        f"{id}/{form.id}": row.id
        for id, technique in techniques.items()
        for form in technique.forms
        for row in technique.sub_rows
        if row.subtypes and set(row.subtypes) == set(form.subtypes)
    }
    return _Names(vocabulary, {key: sorted(rows, key=lambda row: -len(row[0])) for key, rows in forms.items()}, rows)


def _stems(name: str) -> tuple[str, ...]:
    return tuple(token.stem for token in tokenise(name) if token.kind != "p" and token.text not in ARTICLES)

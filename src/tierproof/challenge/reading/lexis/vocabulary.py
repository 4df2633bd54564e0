"""The names under which techniques are known, in every spelling, inflection and near miss.

Enters: aliases per technique, as a pack lists them.  Leaves: a `Vocabulary` that finds the technique named at a place
in a text.  Knows nothing of claims.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, TypeVar

from tierproof.challenge.reading.lexis.closed import closed
from tierproof.challenge.reading.lexis.stem import stem
from tierproof.challenge.reading.lexis.tokens import Token, tokenise
from tierproof.evidence.record import Outcome
from tierproof.evidence.technique import Technique

__all__ = ["ARTICLES", "Spelling", "Vocabulary", "mend", "spelling", "vocabulary_from_aliases", "vocabulary_of"]

ARTICLES = frozenset(("a", "an", "the"))
_SHORTEST_MENDED = 5
_LONGEST_MENDED = 24
"""Letters.  Mending costs the square of a word's length; nobody misspells one letter of a longer word."""
_FALSE_FRIENDS: Final = closed("false_friends")
_Named = TypeVar("_Named")


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """Names of techniques, indexed for look-up.  Build it once; looking up costs the same for any number."""

    names: Mapping[str, str]
    """Technique id by key: the stems of a name joined by a space, or its letters run together and stemmed."""
    words: frozenset[str]
    """Every word of every name, as written."""
    longest: int
    """Words in the longest name."""
    ids: tuple[str, ...]
    shared: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Techniques by the key of a name that stands for all of them ("caching", "fine-tuning")."""
    for_speed: frozenset[str] = frozenset()
    """Techniques that do not aim at quality: what "performance" is of them nobody can tell."""
    outcomes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """What the field calls outcomes beside the words of every field: label (`throughput:+`) and phrases."""

    def named(self, name: str) -> str | None:
        """The technique that `name`, alone, names."""
        tokens = [token for token in tokenise(name) if token.text not in ARTICLES]
        found = self.at(tokens, 0) if tokens else None
        return found[0] if found is not None and found[1] == len(tokens) else None

    def at(self, tokens: Sequence[Token], start: int) -> tuple[str, int] | None:
        """The technique of the longest name that begins at `tokens[start]`, and the number of tokens it takes."""
        found = self.form_at(tokens, start)
        return None if found is None else (found[0].partition("/")[0], found[1])

    def form_at(self, tokens: Sequence[Token], start: int) -> tuple[str, int] | None:
        """The same, a form of a technique told from the whole: `technique/form`."""
        return _longest(self.names, tokens, start, self.longest)

    def shared_at(self, tokens: Sequence[Token], start: int) -> tuple[tuple[str, ...], int]:
        """All the techniques that the longest shared name at `tokens[start]` stands for, and its length; none is 0."""
        named, shared = self.form_at(tokens, start), _longest(self.shared, tokens, start, self.longest)
        return ((), 0) if shared is None or (named is not None and named[1] > shared[1]) else shared


def _longest(
    names: Mapping[str, _Named], tokens: Sequence[Token], start: int, longest: int
) -> tuple[_Named, int] | None:
    """What the longest name that begins at `tokens[start]` stands for, and the number of tokens it takes."""
    for length in range(min(longest, len(tokens) - start), 0, -1):
        part = tokens[start : start + length]
        if part[0].kind == "p" or part[-1].kind == "p":
            continue
        if any(token.kind == "p" for token in part[1:]) and not all(
            token.text in "/+" for token in part if token.kind == "p"
        ):
            continue
        letters = [token.text for token in part if token.kind != "p"]
        # "Дообучение и": a word of its own, and no ending.
        apart = len(letters) > 1 and any(len(text) == 1 and not text.isascii() for text in letters)
        found = names.get(_key(part)) or (None if apart else names.get(_run_together(letters)))
        if found is not None:
            return found, length
    return None


def vocabulary_of(
    techniques: Mapping[str, Technique], outcomes: Mapping[Outcome, tuple[str, ...]] = MappingProxyType({})
) -> Vocabulary:
    """The vocabulary of a pack: its techniques' names, short labels, ids and aliases, and its words for outcomes."""
    forms = {
        f"{id}/{form.id}": (form.name, *(alias for names in form.aliases.values() for alias in names))
        for id, technique in techniques.items()
        for form in technique.forms
    }
    found = vocabulary_from_aliases(
        forms
        | {
            id: (
                technique.name,
                technique.short,
                id,
                *(alias for names in technique.aliases.values() for alias in names),
            )
            for id, technique in techniques.items()
        },
        {id: technique.shared_aliases for id, technique in techniques.items() if technique.shared_aliases},
        tuple(
            (f"{outcome}:{'+' if outcome in _MORE_IS_BETTER else '-'}", tuple(phrases))
            for outcome, phrases in sorted(outcomes.items())
        ),
    )
    return replace(found, for_speed=frozenset(id for id, one in techniques.items() if "quality" not in one.aims))


_MORE_IS_BETTER: Final[frozenset[Outcome]] = frozenset({"quality", "throughput", "stability", "safety"})


def vocabulary_from_aliases(
    aliases: Mapping[str, Iterable[str]],
    shared_aliases: Mapping[str, Iterable[str]] = MappingProxyType({}),
    outcomes: tuple[tuple[str, tuple[str, ...]], ...] = (),
) -> Vocabulary:
    """A vocabulary from technique id to its names in any language, and to the names that it shares."""
    names: dict[str, str] = {}
    shared: dict[str, set[str]] = {}
    words: set[str] = set()
    longest = 1
    # A form's names come first: what is said of it is not said of the whole.
    for id in sorted(aliases, key=lambda id: ("/" not in id, id)):
        for alias in aliases[id]:
            parts = [token for token in tokenise(alias) if token.kind != "p" and token.text not in ARTICLES]
            if not parts:
                continue
            # "LoRA / QLoRA" keeps its slash as a token in running text, so a name may span one token more than its
            # words.
            longest = max(longest, len(parts) + 1)
            words.update(token.text for token in parts)
            for key in {_key(parts), _run_together([token.text for token in parts])}:
                names.setdefault(key, id)
        for name in shared_aliases.get(id, ()):
            parts = tokenise(name)
            longest = max(longest, len(parts) + 1)
            words.update(token.text for token in parts)
            for key in {_key(parts), _run_together([token.text for token in parts])}:
                shared.setdefault(key, set()).add(id)
    for key, ids in shared.items():
        if (own := names.get(key)) is not None:
            ids.add(own.partition("/")[0])  # elsewhere it stands for that one alone
    return Vocabulary(
        names=names,
        words=frozenset(words),
        longest=longest,
        ids=tuple(sorted(id for id in aliases if "/" not in id)),
        shared={key: tuple(sorted(ids)) for key, ids in sorted(shared.items())},
        outcomes=outcomes,
    )


def _key(words: Sequence[Token]) -> str:
    words = [token for token in words if token.kind != "p"] or words
    # Only the last English word may change its ending: "think model" is not "thinking models".
    bare = [token.text.removesuffix("s") if token.text[:1].isascii() else token.stem for token in words[:-1]]
    return " ".join([*bare, words[-1].stem])


def _run_together(words: Sequence[str]) -> str:
    # One key for "fine tuning", "fine-tuning" and "finetuning".
    return "=" + stem("".join(words))


@dataclass(frozen=True, slots=True)
class Spelling:
    """Known words, and the same words with one letter left out, by which typing slips find them."""

    known: frozenset[str]
    names: frozenset[str]
    """Words of names: of five letters, these alone are mended for any slip; other words only for swapped letters."""
    beginnings: tuple[str, ...]
    """A word that begins so is known too."""
    without_a_letter: Mapping[str, tuple[str, ...]]


def spelling(
    known: Collection[str], mendable: Collection[str], names: Collection[str], beginnings: Collection[str]
) -> Spelling:
    """An index for `mend`: `known` words stay as they are, `mendable` ones may be what a misspelt word meant."""
    index: dict[str, tuple[str, ...]] = {}
    for word in sorted(mendable):
        if len(word) >= _SHORTEST_MENDED and word.isalpha():
            for form in {word, *_without_a_letter(word)}:
                index[form] = (*index.get(form, ()), word)
    return Spelling(
        known=frozenset(known), names=frozenset(names), beginnings=tuple(sorted(beginnings)), without_a_letter=index
    )


def mend(word: str, spelling: Spelling) -> str:
    """`word`, or the one known word that it misses by a typing slip: a letter missing, extra or wrong, or two swapped.

    The first letter must be right and the word at least five letters long.  A slip and the word meant have a common
    form with one letter left out, so that one look-up a letter finds it.
    """
    if (
        not _SHORTEST_MENDED <= len(word) <= _LONGEST_MENDED
        or word in spelling.known
        or word in _FALSE_FRIENDS
        or not word.isalpha()
    ):
        return word
    if word.startswith(spelling.beginnings):
        return word
    near = {
        candidate
        for form in (word, *_without_a_letter(word))
        for candidate in spelling.without_a_letter.get(form, ())
        if candidate[0] == word[0]
        and _one_slip(word, candidate)
        and (len(candidate) > _SHORTEST_MENDED or candidate in spelling.names or sorted(word) == sorted(candidate))
    }
    # Two known words equally near: a guess would be a coin toss.
    return min(near) if len({stem(candidate) for candidate in near}) == 1 else word


def _without_a_letter(word: str) -> Iterator[str]:
    return (word[:place] + word[place + 1 :] for place in range(len(word)))


def _one_slip(left: str, right: str) -> bool:
    if len(left) == len(right):
        places = [place for place in range(len(left)) if left[place] != right[place]]
        if len(places) == 1:
            return True
        return (
            len(places) == 2
            and places[1] == places[0] + 1
            and left[places[0]] == right[places[1]]
            and left[places[1]] == right[places[0]]
        )
    short, long = sorted((left, right), key=len)
    return len(long) == len(short) + 1 and any(long[:place] + long[place + 1 :] == short for place in range(len(long)))

"""Text to claims, by rule: the same text and vocabulary always give the same claims.

Enters: what somebody wrote, in English or Russian, in any tone.  Leaves: the claims in it, and what was not
understood, with the nearest claim that could be judged.  A claim is taken only if every word that may change it was
used: a qualifier, a second half, a date or a figure that no rule read stands in `not_understood`, and nothing wider
is judged in its stead. Knows nothing of evidence; reads and writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

from tierproof.challenge.claim import ANY_TECHNIQUE, EVERYTHING_ELSE, Claim
from tierproof.challenge.reading.amounts import with_amounts
from tierproof.challenge.reading.changes import change, difference
from tierproof.challenge.reading.clauses.clause import Clause, Unread
from tierproof.challenge.reading.frames import FRAMES
from tierproof.challenge.reading.lexis.closed import closed
from tierproof.challenge.reading.lexis.language import Language, language_of
from tierproof.challenge.reading.lexis.lexicon import Item, items_of, spelling_of
from tierproof.challenge.reading.lexis.tokens import sentences, tokenise
from tierproof.challenge.reading.lexis.vocabulary import Vocabulary
from tierproof.challenge.reading.sentence.advising import advises, with_advice
from tierproof.challenge.reading.sentence.behind import answers_no, turns_list
from tierproof.challenge.reading.sentence.families import narrowed, stands_for_several
from tierproof.challenge.reading.sentence.moving import moving_with
from tierproof.challenge.reading.sentence.splitting import Part, parts_of
from tierproof.challenge.reading.sentence.twofold import both_affirmed
from tierproof.challenge.reading.sentence.typed import listed_at, turning_marks, without_marks
from tierproof.challenge.reading.sentence.unreal import (
    conditional,
    of_a_size,
    of_all_techniques,
    of_one_system,
    read_as,
    supposed,
)
from tierproof.messages import Message

__all__ = ["LONGEST_TEXT", "NotUnderstood", "Parsed", "parse"]

LONGEST_TEXT = 100_000
"""Characters that are read; a longer text is read to here, and the rest is reported."""

Reason = Literal["another language", "no technique named", "no claim found", "not understood", "too long"]


@dataclass(frozen=True, kw_only=True, slots=True)
class NotUnderstood:
    """A part of the text from which no claim was taken, and why.  Tone alone is never one."""

    text: str
    reason: Reason
    span: tuple[int, int]
    words: tuple[str, ...] = ()
    """What was read by no rule, in the text's words, or what no form holds, a `Message`."""
    nearest: Claim | None = None
    """What could be judged, were those words left out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Parsed:
    """What a text claims."""

    claims: tuple[Claim, ...]
    """In the order of the text, each once."""
    not_understood: tuple[NotUnderstood, ...]
    language: Language
    asides: tuple[tuple[Claim, Message], ...] = ()
    """What of a claim's sentence was let go, told beside it: who says it, that it happened."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one clause says: a claim, what is left over, or both."""

    claim: Claim | None
    words: tuple[str, ...]
    near: bool = True
    """Whether the claim is what is said without those words."""


def parse(text: str, vocabulary: Vocabulary) -> Parsed:
    """The claims of `text`.

    Args:
        text: one claim or many, a question, a post; quotation marks and typing slips do not matter.
        vocabulary: names of the techniques (`vocabulary_of(pack.techniques)`).
    """
    known = language_of(text)
    if known == "other":
        part = NotUnderstood(text=text[:200].strip(), reason="another language", span=(0, len(text)))
        return Parsed(claims=(), not_understood=(part,) if text.strip() else (), language=known)
    read = without_marks(text[:LONGEST_TEXT])
    reader = _Reader(read, vocabulary)
    for tokens in sentences(tokenise(read), read):
        reader.sentence(tokens)
    missed = reader.missed
    if len(text) > LONGEST_TEXT:
        rest = (LONGEST_TEXT, len(text))
        missed.append(NotUnderstood(text=text[LONGEST_TEXT : LONGEST_TEXT + 200].strip(), reason="too long", span=rest))
    return Parsed(
        claims=tuple(dict.fromkeys(reader.claims)),
        not_understood=tuple(missed),
        language=known,
        asides=tuple(reader.asides),
    )


class _Reader:
    """Goes through a text sentence by sentence, and remembers what was spoken of."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.text = text
        self.vocabulary = vocabulary
        self.spelling = spelling_of(vocabulary)
        self.larger_model = vocabulary.named("larger model")
        self.memory: tuple[str, ...] = ()
        self.sided = False
        """Whether the sentence before holds two sides against each other, so that "it" may be either."""
        self.claims: list[Claim] = []
        self.before: tuple[NotUnderstood, list[Claim]] | None = None
        """The sentence before, and what it claims: which the next one may deny."""
        self.asked = False
        """Whether it was a question, which "no" answers."""
        self.asked_what = False
        """Whether it was one and claimed nothing."""
        self.turned = False
        """Whether the line over a list may turn its points."""
        self.missed: list[NotUnderstood] = []
        self.asides: list[tuple[Claim, Message]] = []

    def sentence(self, tokens: Sequence[Any]) -> None:
        lines = _lines(tokens)
        whole = [token for line in lines for token in line]
        if not whole:
            return
        items = items_of(whole, self.vocabulary, self.spelling)
        affirmed = self.before is not None and any(not claim.negated for claim in self.before[1])
        answered = answers_no(items, asked=self.asked, affirmed=affirmed)
        if answered or parts_of(items, self.memory).turns:
            self._take_back()
        listed = listed_at(self.text, whole[0].start)
        claims, missed = self._read(whole)
        if self.asked and missed and not claims and sum(item.kind != "p" for item in items) <= _SHORT:
            self._take_back()  # "Does RAG help?  Hard to say."
        if not listed:
            self.turned = turns_list(items) and not claims
        if missed and len(lines) > 1:
            # Lines that are no wrapped sentence but sentences of their own: a list, a headline over a claim.
            before, parts = self.memory, []
            for line in lines:
                parts.append(self._read(line))
            if sum(len(part[0]) for part in parts) > len(claims) and all(
                not (lost and _named(lost)) for _, lost in parts
            ):
                claims = [claim for found, _ in parts for claim in found]
                missed = [one for _, lost in parts for one in lost]
            else:
                self.memory = before
        if listed and self.turned and claims:
            start, end, said = whole[0].start, whole[-1].end, Message("the line above the list, which may turn it")
            part = NotUnderstood(
                text=self.text[start:end].strip(), reason="not understood", span=(start, end), words=(said,)
            )
            claims, missed = [], [*missed, part]
        self.claims.extend(claims)
        self.missed.extend(missed)
        self.asked = any(item.text == "?" for item in items[-2:])
        self.asked_what = self.asked and not claims
        if claims or missed:  # not "RAG helps.  Does it?  No."
            self.before = (_withdrawn(self.text, whole), claims) if claims else None

    def _take_back(self) -> None:
        """What the sentence before claims, which this one denies, narrows, or answers as nobody can read."""
        if self.before is not None:
            denied, withdrawn = self.before
            del self.claims[len(self.claims) - len(withdrawn) :]
            self.missed.append(denied)
            self.before = None

    def _read(self, tokens: Sequence[Any]) -> tuple[list[Claim], list[NotUnderstood]]:
        named = narrowed(items_of(tokens, self.vocabulary, self.spelling))
        items = with_amounts(with_advice(moving_with(both_affirmed(named))))
        sentence = parts_of(items, self.memory)
        if sentence.is_tone:
            return [], []
        start, end = tokens[0].start, tokens[-1].end
        text = self.text[start:end].strip()
        if of_all_techniques(items):
            said = Message("all techniques at once: name one, or read the table (tierproof table)")
            return [], [NotUnderstood(text=text, reason="not understood", words=(said,), span=(start, end))]
        names = any(_names(item) for item in items)
        if (
            not names
            and not (self.memory and any(item.has("pron") for item in items))
            and not self._answers(sentence.parts)
        ):
            return [], [NotUnderstood(text=text, reason="no technique named", span=(start, end))]
        if self.sided and not names:
            said = Message("which of the two it speaks of")
            return [], [NotUnderstood(text=text, reason="not understood", words=(said,), span=(start, end))]
        claims: list[Claim] = []
        words: list[str] = [*sentence.unread, *supposed(items), *conditional(items), *of_one_system(sentence.parts)]
        turned = [*turning_marks(self.text, start, end, items), *of_a_size(items), *self._for_some(items)]
        words += turned
        nearest: list[Claim] = []
        for part in sentence.parts:
            reading = self._clause(part)
            if reading.claim is not None:
                self.memory = _spoken(reading.claim)
                if not reading.words:
                    claims.append(reading.claim)
                elif reading.near:
                    nearest.append(reading.claim)
            words.extend(reading.words)
            if reading.claim is None:
                spoken = tuple(dict.fromkeys(name for item in part.items for name in item.named))
                # What was not read leaves nothing to go on about: "we tried LoRA.  It helped."
                self.memory = self.memory if not spoken else () if reading.words else spoken
        self.sided = any(claim.objects for claim in (*claims, *nearest))
        if _both_ways(claims):
            words.append(Message("two ways of one outcome"))
        if sentence.denied and len(claims) + len(nearest) > 1:
            words.append(Message("a denial of two things at once"))
        if words or (not claims and not nearest):
            # A half that was not read may turn the half that was: neither is judged.
            near = None if sentence.unread or turned else next(iter((*claims, *nearest)), None)
            return [], [
                NotUnderstood(
                    text=text, reason="not understood" if words else "no claim found", span=(start, end),
                    words=tuple(dict.fromkeys(words)), nearest=near,
                )
            ]  # fmt: skip
        self.asides += [(claim, told) for claim in claims for told in read_as(items, sentence.parts)]
        return claims, []

    def _for_some(self, items: Sequence[Item]) -> list[str]:
        """ "Need quality?  Use RAG." """
        conditioned = self.asked_what and advises(items)
        return [Message("advice for those of whom the question before it is")] if conditioned else []

    def _of_what(self, part: Part, claim: Claim) -> list[Item]:
        """ "Improves performance": of answers, or of the machine, where a technique is not for answers."""
        sides = (*claim.subjects, *claim.objects)
        if claim.outcome != "quality" or not any(name.partition("/")[0] in self.vocabulary.for_speed for name in sides):
            return []
        return [Item(item.text, item.start, item.end, "w") for item in part.items if item.text in _PERFORMANCE]

    def _answers(self, parts: Sequence[Part]) -> bool:
        """ "RAG?  Useless." """
        return (
            bool(self.memory)
            and len(parts) == 1
            and all(
                item.has(*_BARE) or item.has("filler", "emphasis", "not", "degree") or item.kind == "p"
                for item in parts[0].items
            )
        )

    def _clause(self, part: Part) -> _Reading:
        memory = part.subjects or self.memory
        said: Message | None = None
        near: Claim | None = None
        for rule in (*FRAMES, difference, change):
            clause = Clause(part.items, self.larger_model, memory, part.denied)
            if not clause.parties and memory and (part.subjects or self._answers([part])):
                clause = Clause(_with_subject(part.items, memory), self.larger_model, (), part.denied)
            try:
                claim = rule(clause)
            except Unread as error:
                said, near = said or Message(str(error)), near or error.near
                continue
            if claim is not None:
                if stands_for_several(part.items) and _of_one(claim):
                    one = replace(claim, subjects=claim.subjects[:1], objects=claim.objects[:1])
                    return _Reading(one, (Message("of which of several that one name stands for"),))
                nearly = tuple(item.text for item in part.items if item.text in _NEARLY)
                if nearly:
                    return _Reading(claim, (*nearly, Message("how near to all settings, or to none")))
                over = [*clause.left_over(), *self._of_what(part, claim)]
                # Words of grammar that nobody used may turn the sense: then no claim is near.
                turns = _said_of_it(part.items, over) or any(item.labels.keys() - _HARMLESS for item in over)
                return _Reading(claim, tuple(item.text for item in over), not turns)
        if said is not None:
            return _Reading(near, (said,))
        names = any(_names(item) for item in part.items)
        unknown = tuple(
            item.text
            for item in part.items
            if item.has(*_NO_CLAIM) or (not item.labels and not item.named and item.kind == "w")
        )
        says = any(item.has(*_SAYING, "more", "less") or item.amount is not None for item in part.items)
        if names and not unknown and not says:
            echoes = bool(memory) and any(item.text in _ECHOING for item in part.items)
            return _Reading(None, (Message("that it is as with what stands before"),) if echoes else ())
        return _Reading(None, unknown or (" ".join(item.text for item in part.items if item.kind != "p"),))


_SHORT = 3
"""Words of an answer: what is longer goes on with something else."""
_NEARLY = closed("nearly")
_PERFORMANCE = closed("performance")
_ECHOING = closed("echoing")
_HARMLESS = frozenset(
    ["filler", "emphasis", "degree", "weak", "total", "unit", "factor", "measure", "num", "bare", "att"]
)
"""Labels of words without which a claim is still the same, if a wider one."""
_BARE = ("hype", "worth", "worthless", "null", "help", "harm", "best", "pos", "adj")
_NO_CLAIM = ("against", "weak")
"""Labels of words that say what no form holds."""
_SAYING = (
    "up", "down", "better", "worse", "help", "harm", "null", "adj", "pos", "beat", "lose", "hype", "worth",
    "worthless", "best", "costs", "out", "replace", "depends", "alike", "adopt", "use", "affect", "effect", "only",
    "alone", "worst", "obsolete",
)  # fmt: skip


def _said_of_it(items: Sequence[Item], over: Sequence[Item]) -> bool:
    """ "Does not necessarily help", "лучше поиска", "$10k": an unread word that a denial is of, or a figure, or that
    another is held against.

    Without it, another thing would be said.
    """
    unread = {item.start for item in over}
    figures = any(one.text == "−" or (one.amount is not None and two.start in unread) for one, two in pairwise(items))
    return figures or any(one.has("not", "cannot", "adj") and two.start in unread for one, two in pairwise(items))


def _both_ways(claims: Sequence[Claim]) -> bool:
    """ "Improves recall but lowers precision": of parts of an outcome, which records do not tell apart.

    Nor does it go with a difference that does not count: "improves accuracy, but the difference is not significant".
    """
    good, bad, none = (
        {(claim.subjects, claim.conditions, claim.outcome) for claim in claims if (claim.form, claim.negated) == way}
        for way in (("helps", False), ("harms", False), ("no-effect", False))
    )
    moved, unmoved = (
        {(subjects, conditions) for subjects, conditions, outcome in said if outcome in (None, "quality")}
        for said in (good | bad, none)
    )
    return bool(good & bad) or bool(moved & unmoved)


def _of_one(claim: Claim) -> bool:
    """Whether what is said of a family may hold of it and of none of its members: "fine-tuning is widely used"."""
    return claim.form in ("best", "only", "adopted") or any(
        name in (EVERYTHING_ELSE, ANY_TECHNIQUE) for name in (*claim.subjects, *claim.objects)
    )


def _names(item: Item) -> bool:
    return bool(item.named) or item.has("class", "size")


def _withdrawn(text: str, tokens: Sequence[Any]) -> NotUnderstood:
    """A sentence that the next one denies."""
    start, end = tokens[0].start, tokens[-1].end
    words = (Message("denied or narrowed by the sentence behind it"),)
    return NotUnderstood(text=text[start:end].strip(), reason="not understood", span=(start, end), words=words)


def _named(missed: Sequence[NotUnderstood]) -> bool:
    return any(part.reason == "not understood" for part in missed)


def _with_subject(items: Sequence[Item], names: tuple[str, ...]) -> list[Item]:
    at = items[0].start if items else 0
    return [Item("", at, at, "w", {}, names), *items]


def _spoken(claim: Claim) -> tuple[str, ...]:
    return tuple(name for name in claim.subjects if not name.startswith("*")) or claim.objects


def _lines(tokens: Sequence[Any]) -> list[list[Any]]:
    """The sentence's lines; a line break is no mark of its own."""
    lines: list[list[Any]] = [[]]
    for token in tokens:
        if token.text == "\n":
            lines.append([])
        else:
            lines[-1].append(token)
    return [line for line in lines if line]

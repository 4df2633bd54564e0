"""Text to claims, by rule: the same text and vocabulary always give the same claims.

Enters: what somebody wrote, in English or Russian, in any tone.  Leaves: the claims in it and what was not understood.
Knows nothing of evidence; reads and writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from tierproof.challenge.claim import EVERYTHING_ELSE, Claim, Condition
from tierproof.challenge.reading.clauses import clauses
from tierproof.challenge.reading.forms import claim_of
from tierproof.challenge.reading.language import Language, language_of
from tierproof.challenge.reading.lexicon import Item, items_of, spelling_of
from tierproof.challenge.reading.parties import Memory, shifted
from tierproof.challenge.reading.tokens import sentences, tokenise
from tierproof.challenge.reading.tone import PREDICATES, is_address, is_tone, mentions, without_tone
from tierproof.challenge.reading.vocabulary import Vocabulary

__all__ = ["LONGEST_TEXT", "NotUnderstood", "Parsed", "parse"]

LONGEST_TEXT = 100_000
"""Characters that are read; a longer text is read to here, and the rest is reported."""

Reason = Literal["another language", "no technique named", "no claim found", "too long"]


@dataclass(frozen=True, kw_only=True, slots=True)
class NotUnderstood:
    """A part of the text from which no claim was taken, and why.  Tone alone is never one."""

    text: str
    reason: Reason
    span: tuple[int, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Parsed:
    """What a text claims."""

    claims: tuple[Claim, ...]
    """In the order of the text, each once."""
    not_understood: tuple[NotUnderstood, ...]
    language: Language

    def to_dict(self) -> dict[str, Any]:
        """Plain data, schema `tierproof/parsed/1`."""
        return {
            "schema": "tierproof/parsed/1",
            "language": self.language,
            "claims": [claim.to_dict() for claim in self.claims],
            "not_understood": [{"text": part.text, "reason": part.reason} for part in self.not_understood],
        }


def parse(text: str, vocabulary: Vocabulary, language: Language | None = None) -> Parsed:
    """The claims of `text`.

    Args:
        text: one claim or many, a question, a post; quotation marks and typing slips do not matter.
        vocabulary: names of the techniques (`vocabulary_of(pack.techniques)`).
        language: `en` or `ru` to skip the guess; both lexicons are read either way, so mixed text is no trouble.
    """
    known = language or language_of(text)
    if known == "other":
        part = NotUnderstood(text=text[:200].strip(), reason="another language", span=(0, len(text)))
        return Parsed(claims=(), not_understood=(part,) if text.strip() else (), language=known)
    claims: list[Claim] = []
    missed: list[NotUnderstood] = []
    memory = Memory()
    spelling = spelling_of(vocabulary)
    larger_model = vocabulary.named("larger model")
    read = text[:LONGEST_TEXT]
    asked: list[Item] = []
    for sentence in sentences(tokenise(read), read):
        items = items_of(sentence, vocabulary, spelling)
        if asked and mentions(items) and not any(item.has(*PREDICATES) and not item.mention for item in items):
            items = [*asked, *items]  # "Best way to cut cost? Caching."
        asked = [item for item in items if item.kind != "p"] if items[-1].text == "?" and not mentions(items) else []
        if any(item.has("best", "bestof", "only", "hype", "worthless") for item in asked) and not is_tone(items):
            continue
        asked = []
        if is_address(items):
            continue
        found, memory = _claims_of(items, memory, larger_model)
        claims.extend(claim for claim in found if claim not in claims)
        if not found and not is_tone(items):
            start, end = sentence[0].start, sentence[-1].end
            said = mentions(items)
            reason: Reason = "no claim found" if said else "no technique named"
            missed.append(NotUnderstood(text=read[start:end].strip(), reason=reason, span=(start, end)))
            if said:
                memory = _remember(items, memory)
    if len(text) > LONGEST_TEXT:
        rest = (LONGEST_TEXT, len(text))
        missed.append(NotUnderstood(text=text[LONGEST_TEXT : LONGEST_TEXT + 200].strip(), reason="too long", span=rest))
    return Parsed(claims=tuple(claims), not_understood=tuple(missed), language=known)


def _claims_of(items: Sequence[Item], memory: Memory, larger_model: str | None) -> tuple[list[Claim], Memory]:
    found: list[Claim] = []
    kept = without_tone(items)
    asks_no = _negative_question(items, kept)
    skipped = False
    for clause in clauses(kept):
        if skipped:
            skipped = False  # "not only X but also Y": Y only completes the denial
            continue
        claim = claim_of(clause, memory, asks_no=asks_no, larger_model=larger_model)
        if claim is None:
            if found and _spares_other_size(clause, found[-1]):
                found[-1] = Claim(
                    form="depends-on", subjects=found[-1].subjects, conditions=_BY_SIZE, span=found[-1].span
                )
            memory = _narrated(clause, memory)
            continue
        if _echoes(claim, found):
            continue
        varies = claim.form == "depends-on" and any(item.text in _VARYING for item in clause)
        found = [
            earlier
            for earlier in found
            if not (
                _covers(claim, earlier)
                or _concedes(earlier, claim)
                or (varies and earlier.subjects == claim.subjects and earlier.form in ("helps", "no-effect"))
            )
        ]
        if not any(_covers(earlier, claim) for earlier in found):
            found.append(claim)
        skipped = claim.form == "only" and claim.negated and any(item.has("notonly") for item in clause)
        shift = shifted(clause)
        left = () if shift is None else (shift[0],)
        last = claim.objects or _acted_on(clause, claim, larger_model) or claim.subjects
        memory = Memory(claim.subjects, last, left)
    return found, memory


_BY_SIZE = (Condition(kind="model-size"),)


def _spares_other_size(clause: Sequence[Item], claim: Claim) -> bool:
    """ "Helps large models, but not small ones": models of the other size only get a denial."""
    said = {condition.value for condition in claim.conditions if condition.kind == "model-size"}
    other = {item.labels.get("size") or item.labels.get("bare") for item in clause} - {None}
    denied = any(item.has("neg") for item in clause)
    return claim.form in ("helps", "harms", "worth-it") and denied and len(said) == 1 and bool(other - said)


_VARYING = ("depending on", "в зависимости от", "смотря")
"""After one of these, "it works or not" is no claim of its own."""


def _covers(claim: Claim, other: Claim) -> bool:
    """Whether `other` says no more than `claim`: the same, or the same without the outcome."""
    return claim == other or (other.outcome is None and claim == replace(other, outcome=claim.outcome))


def _concedes(earlier: Claim, claim: Claim) -> bool:
    """ "The others can refine X, but not replace it": the first half is granted, not claimed."""
    return (
        earlier.form == "helps"
        and claim.form in ("cannot-replace", "beats")
        and earlier.subjects == claim.subjects == (EVERYTHING_ELSE,)
    )


def _echoes(claim: Claim, found: Sequence[Claim]) -> bool:
    """ "X is the only thing that works, everything else is noise" claims one thing."""
    return (
        claim.subjects == (EVERYTHING_ELSE,)
        and not claim.objects
        and any(earlier.form in ("only", "best") and not earlier.negated for earlier in found)
    )


def _acted_on(clause: Sequence[Item], claim: Claim, larger_model: str | None) -> tuple[str, ...]:
    """What "them" may mean next: the technique or size named last that is no subject."""
    named = [item.mention or (larger_model if item.labels.get("size") == "large" else None) for item in clause]
    others = [name for name in named if name is not None and name not in claim.subjects]
    return (others[-1],) if others else ()


def _narrated(clause: Sequence[Item], memory: Memory) -> Memory:
    """ "We put in a router and nothing changed": a clause that claims nothing says what the next one is about."""
    named = tuple(dict.fromkeys(item.mention for item in clause if item.mention))
    shift = shifted(clause)
    if shift is not None:
        return Memory((shift[1],), (shift[0],), (shift[0],))
    return Memory(named, named) if named else memory


def _remember(items: Sequence[Item], memory: Memory) -> Memory:
    """A sentence that only names its subject ("About RAG.") sets what "it" means next."""
    named = tuple(dict.fromkeys(item.mention for item in items if item.mention))
    return Memory(named, named) if named and not any(item.has(*PREDICATES) for item in items) else memory


_AUXILIARIES = frozenset(
    ["is", "are", "was", "were", "do", "does", "did", "has", "have", "had", "will", "would", "can", "could", "should"]
)


def _negative_question(items: Sequence[Item], kept: Sequence[Item]) -> bool:
    """ "Isn't X overhyped?", "Разве X не помогает?", "Не переоценён ли X?": the denial only presses for a yes.

    A denial that went with the tone ("Isn't it obvious that X does not help?") leaves the claim's own in force.
    """
    if not kept or not any(item.text == "?" for item in items[-3:]):
        return False
    removed = [item for item in items if item.start < kept[0].start]
    if any(item.text == "разве" for item in removed):
        return not any(item.has("neg") or item.text.startswith("не ") for item in removed)
    texts = [word for item in kept for word in item.text.split()]
    if len(texts) > 1 and texts[0] in _AUXILIARIES and texts[1] == "not":
        return True
    return bool(texts) and texts[0] == "не" and any(item.text == "ли" for item in items)

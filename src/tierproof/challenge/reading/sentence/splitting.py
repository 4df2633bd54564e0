"""A sentence taken apart: tone off, denials of the whole counted, clauses with their own verbs apart.

Enters: the items of a sentence.  Leaves: the `Part`s that may each make a claim, and the words of what is neither
tone nor part.  Knows words only by their labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from tierproof.challenge.reading.clauses.clause import ON_AVERAGE
from tierproof.challenge.reading.lexis.closed import closed
from tierproof.challenge.reading.lexis.lexicon import Item
from tierproof.challenge.reading.sentence.behind import takes_back, turns_round
from tierproof.challenge.reading.sentence.tone import (
    OPENERS,
    PLACES,
    PREDICATES,
    TONE,
    all_tone,
    opens_a_circumstance,
    turning,
)

__all__ = ["Part", "Sentence", "parts_of"]

_BREAKS: Final = frozenset([",", ";", ":", "—", "(", ")", "…"])
_THAT: Final = closed("that")
_INTERJECTIONS: Final = closed("interjections")
_NO: Final = closed("no")
_SPEAKING: Final = closed("speaking")
_AT: Final = closed("at")
_SITUATED: Final = closed("situated")
_WHERE: Final = ("unit", "factor", "task", "data", "load", "setting", "size")
_SUPPOSING: Final = closed("supposing")
_NONE: Final = closed("none")
_WHO: Final = closed("who")
_EVERYTHING: Final = closed("all")


@dataclass(frozen=True, slots=True)
class Part:
    """A clause: its items, whose subject it shares where it names none, and whether it is denied from outside."""

    items: tuple[Item, ...]
    subjects: tuple[str, ...] = ()
    denied: bool = False


@dataclass(frozen=True, slots=True)
class Sentence:
    parts: tuple[Part, ...]
    is_tone: bool = False
    turns: bool = False
    """Names nothing and denies what stood before it: "That is false."."""
    unread: tuple[str, ...] = ()
    denied: bool = False


@dataclass(slots=True)
class _Run:
    """A stretch between breaks, and the item that opened it."""

    joint: Item | None
    items: list[Item] = field(default_factory=list)

    def names(self) -> bool:
        return any(item.named or item.has("class", "size") for item in self.items)

    def says(self) -> bool:
        return any(item.has(*PREDICATES) for item in self.items)

    def tone(self) -> bool:
        if self.items[0].has("than") or (self.items[0].text in _SUPPOSING and not self._speaks()):
            return False  # "better, than it seems", "assuming clean data"
        opening = next((item for item in self.items if not item.has("but", "only", "emphasis")), None)
        situated = opening is not None and opening.text in _SITUATED
        if situated and any(not item.labels and item.kind == "w" for item in self.items):
            return False  # "on my laptop", "under certain conditions"
        if self._says_where():
            return False  # "only on our data", "some say with little data", "everyone knows that, cost aside,"
        if any(item.has("pron") for item in self.items) and any(item.has("use", "adopt") for item in self.items):
            return False  # "..., so everyone uses it"
        if any(item.amount is not None for item in self.items):
            return False  # "by 20 %, i.e. by 15 points"
        return not self.names() and not self.turns() and all_tone(self.items)

    def _says_where(self) -> bool:
        """Whether a circumstance stands in it, behind nothing but tone."""
        before = [None, *self.items]
        placed = False
        for item, last in zip(self.items, before, strict=False):
            opens = last is None or last.has("att", "emphasis", "but", "only")
            placed = placed or (item.text in PLACES and opens)
            if item.has("ignoring") or (placed and (item.kind == "n" or item.has(*_WHERE))):
                return True
        return False

    def _speaks(self) -> bool:
        return any(item.has("person") for item in self.items)

    def turns(self) -> bool:
        """Whether it says where, or of how many, what follows holds: "it is false that, if data is scarce, ..."."""
        return opens_a_circumstance(self.items) or any(item.text in ON_AVERAGE for item in self.items)

    def interjection(self) -> bool:
        """ "No,", "lol no": answers nobody, and denies nothing behind it."""
        before = self.items[:-1]
        return self.items[-1].text in _INTERJECTIONS and all(item.has("emphasis") for item in before)

    def denies(self) -> bool:
        """ "It is false", set off from what it denies."""
        rest = [item for item in self.items if not item.has("denial", "denial-after")]
        if self.turns() or self.names() or len(rest) == len(self.items):
            return False
        # "Myth or fact", "myth vs reality", "it is false that, cost aside,".
        open_ended = any(item.has("or", "versus", "ignoring") for item in rest)
        return not open_ended and not any(item.has(*PREDICATES) for item in rest)

    def speaker(self) -> bool:
        """ "As an engineer who has shipped agents, ...": who speaks, not what of."""
        return self.items[0].text in _SPEAKING and any(item.has("att") for item in self.items[:4])


def parts_of(items: Sequence[Item], memory: tuple[str, ...]) -> Sentence:
    """The sentence's parts."""
    words = _bare(items)
    if not words or all(item.kind in "np" and item.amount is None for item in words):
        return Sentence((), is_tone=True)
    personal = any(item.has("person", "att") for item in words)
    named = any(item.named or (item.has("class", "size") and not personal) for item in words)
    if memory and takes_back(words, goes_on=_speaks_on(words[1:], memory)):
        return Sentence((), is_tone=True, turns=True)
    if not named and not _speaks_on(words, memory):
        loud = any(item.text in ("!", "?") for item in items)
        opinion = any(item.has("att", "person", "affirm", "denial") for item in words)
        asks = any(item.text == "?" for item in items)
        turns = not asks and turns_round(words)
        return Sentence((), is_tone=loud or opinion or all(_says_nothing(item) for item in words), turns=turns)
    asked = any(item.text == "?" for item in items[-3:])
    runs, unread, denials = _without_tone(words, asked=asked)
    runs = _joined(runs)
    if runs and _asks_no(items):
        runs[0].items = _without_first_not(runs[0].items)
    parts = _shared(runs)
    odd = denials % 2 == 1
    if odd and parts:
        parts[0] = Part(parts[0].items, parts[0].subjects, denied=True)
    unread += _unsure(runs, parts)
    return Sentence(tuple(parts), unread=tuple(unread), denied=odd)


def _bare(items: Sequence[Item]) -> list[Item]:
    """Without the marks around it: quotation, a number in a list, a full stop."""
    words = [item for item in items if item.text not in ("?", "!", ".")]
    while words and (words[0].kind == "p" or (len(words) > 1 and words[0].kind == "n" and words[1].text == ")")):
        words = words[1:]
    while words and words[-1].kind == "p":
        words = words[:-1]
    return words


def _says_nothing(item: Item) -> bool:
    return item.has("emphasis", "filler", "degree", "not", "generic") or item.kind == "p"


def _without_tone(words: Sequence[Item], *, asked: bool) -> tuple[list[_Run], list[str], int]:
    """The runs that may claim something, words of frames that are no tone, and denials of the whole."""
    runs: list[_Run] = []
    unread: list[str] = []
    denials, speaks = 0, False
    every = _runs(words)
    for place, run in enumerate(every):
        speaks = place + 1 < len(every) and (run.speaker() or (speaks and run.items[0].text in _WHO))
        if speaks or run.interjection():
            if place and not asked:
                unread += [item.text for item in run.items if item.text in _NO]  # "RAG helps (no)"
            continue
        if place and _excepts(every[place - 1], run):
            unread += [item.text for item in (run.joint, *run.items) if item is not None and item.kind != "p"]
            continue
        if run.denies():
            denials += _denials(run.items)
        elif run.items[0].has("than") and not run.names() and any(item.has(*OPENERS) for item in run.items):
            unread.append(run.items[0].text)  # "better, than it seems"
        elif run.tone():
            unread += turning(run.items, asked=asked)
        else:
            if not runs and run.joint is not None and run.joint.has("because"):
                unread.append(run.joint.text)  # "Yeah, because that has worked so well": the reason of nothing
            said = run.items
            denials += _strip(run, unread, asked=asked)
            if runs and not run.says():
                # "No agents, RAG will do": no frame stands in the middle of a list.
                unread += [item.text for item in said[: len(said) - len(run.items)] if item.has("att")]
            runs += [run] if run.items else []
    return runs, unread, denials


def _excepts(before: _Run, run: _Run) -> bool:
    """ "Helps no one but researchers", "better than all but one": an exception, and no other half."""
    if run.joint is None or not run.joint.has("but") or run.joint.kind == "p" or not before.items or run.says():
        return False
    last = before.items[-1]
    together = run.joint.start <= last.end + 1  # no comma between
    return together and (last.has("every", "noone", "noone-uses") or last.text in _EVERYTHING)


def _denials(items: Sequence[Item]) -> int:
    """Denials of a frame, each once more where it is denied itself: "it is not false that"."""
    plain = [item for item in items if not item.has("emphasis", "filler", "degree") or item.has("denial", "not")]
    return sum(
        1 + (place > 0 and plain[place - 1].has("not") and not plain[place - 1].has("denial"))
        for place, item in enumerate(plain)
        if item.has("denial", "denial-after")
    )


def _shared(runs: Sequence[_Run]) -> list[Part]:
    """Parts, each with the subject of the one before where it names none."""
    parts: list[Part] = []
    subjects: tuple[str, ...] = ()
    for place, run in enumerate(runs):
        before = runs[place - 1] if place else _Run(None)
        body = _compared_too(before, run)
        if body is not None:
            parts.append(Part(tuple(body), subjects))
            continue
        body = _shared_predicate(before, run)
        if body is not None:
            parts.append(Part(tuple(body), subjects))
        else:
            parts.append(Part(tuple(_with_denial(run)), () if run.names() else subjects))
        subjects = _subject(run) or subjects
    return parts


def _unsure(runs: Sequence[_Run], parts: Sequence[Part]) -> list[str]:
    """What two halves leave open: of which the comparison is, how far a denial reaches."""
    if len(parts) < 2:
        return []
    first, second = parts[0], parts[1]
    found = []
    half = any(item.has("adj") for item in first.items) and not _compares(first)
    bare = parts[-1].subjects and not any(item.named for item in parts[-1].items)
    if half and bare and any(_compares(part) for part in parts[1:]):
        found.append("of which of the two the comparison is")
    names = [{name for item in part.items for name in item.named} for part in (first, second)]
    bare = any(item.has("adj") for item in second.items) and not _compares(second)
    if bare and all(names) and not names[0] & names[1] and not any(item.has("beat") for item in second.items):
        found.append("than what")  # "RAG is dead, LoRA is better."
    joint = runs[1].joint
    at_once = joint is not None and joint.start <= runs[0].items[-1].end + 1  # no comma between
    if joint is not None and joint.has("because") and at_once and _denies(first):
        found.append("how far the denial reaches")  # "it does not help because it is popular"
    if joint is not None and joint.has("and") and second.subjects and _denies(first) and not _denies(second):
        found.append("how far the denial reaches")
    return found


def _denies(part: Part) -> bool:
    return any(item.has("not", "hardly") for item in part.items)


def _speaks_on(words: Sequence[Item], memory: tuple[str, ...]) -> bool:
    """Whether the sentence goes on about what the last one named: "It helps.", "Useless."."""
    if not memory or any(item.has("att", "denial", "affirm") for item in words):
        return False
    pronoun = any(item.has("pron") for item in words)
    bare = all(
        item.has(*PREDICATES) or item.has("filler", "emphasis", "not", "degree", "generic") or item.kind == "p"
        for item in words
    )
    return any(item.has(*PREDICATES) for item in words) and (pronoun or bare)


def _runs(words: Sequence[Item]) -> list[_Run]:
    """Stretches between breaks; a joint opens the next stretch, and is kept with it."""
    runs = [_Run(None)]
    skipped = -1
    for place, item in enumerate(words):
        if place == skipped:
            continue
        following = words[place + 1 :]
        if item.text in _BREAKS and item.amount is None:
            runs.append(_Run(item))
        elif (item.has("but", "because") and not item.has("by") and not _dates(following)) or (
            item.has("and") and not item.has("or") and _opens_clause(words, place)
        ):
            if runs[-1].items or runs[-1].joint is None or runs[-1].joint.text in _BREAKS:
                runs.append(_Run(item))
        elif item.has("without") and _loses(following):
            runs.append(_Run(item))
        elif runs[-1].says() and item.text in _AT and following and _is_none(following[0]) and _loses(following[1:]):
            # "At no loss of quality", "with zero extra cost": without it.
            runs.append(_Run(Item(item.text, item.start, item.end, "w", {"without": ""})))
            skipped = place + 1
        else:
            runs[-1].items.append(item)
    return [run for run in runs if run.items]


def _is_none(item: Item) -> bool:
    return item.text in _NONE or (item.amount is not None and item.amount.value == 0)


def _dates(items: Sequence[Item]) -> bool:
    """ "Since 2023": no reason but a date."""
    return bool(items) and items[0].kind == "n" and items[0].amount is None


def _opens_clause(words: Sequence[Item], place: int) -> bool:
    """Whether "and" joins clauses, not two techniques: something is said on either side, or an outcome follows one."""
    before = words[:place]
    said = any(item.has(*PREDICATES) for item in before)
    rest: list[Item] = []
    for item in words[place + 1 :]:
        if item.text in _BREAKS or item.has("and", "but"):
            break
        rest.append(item)
    if not rest or (place and words[place - 1].has("between")):
        return False
    person = any(item.has("person") for item in before) and not any(item.named for item in before)
    if person:
        rest = list(words[place + 1 :])
    follows = any(item.has(*PREDICATES) for item in rest) or all(
        item.has("out", "filler", "generic", "not") for item in rest
    )
    if said and follows and any(item.named for item in rest) and not any(item.has(*PREDICATES) for item in rest):
        return False
    return (said or person) and follows


def _loses(items: Sequence[Item]) -> bool:
    near = [item for item in items[:4] if not item.has("filler", "emphasis")][:3]
    if any(item.named for item in near[:1]):
        return False
    return any(item.has("worse", "down", "harm", "more", "up") for item in near) and any(
        item.has("out") for item in items[:5]
    )


def _strip(run: _Run, unread: list[str], *, asked: bool) -> int:
    """Takes the frame off the front ("I think that", "it is false that") and the end; the number of denials in it."""
    denials, items = 0, run.items
    last = -1
    for place, item in enumerate(items):
        if item.named or item.has("class", "size"):
            break
        if item.has(*OPENERS) or (
            (last >= 0 or any(other.has("not", "never", "cannot", "hardly") for other in items[:place]))
            and item.has("emphasis")
            and item.text.split()[0] in ("i", "we", "я", "мы")
        ):
            last = place
    if last >= 0:
        front = items[: last + 1]
        denials += _denials(front)
        unread.extend(turning(front, asked=asked))
        first = next((item for item in front if not item.has("emphasis")), None)
        if first is not None and not first.has(*TONE) and (first.has("if") or first.text in PLACES):
            known = next((place for place, item in enumerate(front) if item.has("person", *OPENERS)), len(front))
            unread.extend(
                item.text for item in front[:known] if item.has("if") or not (item.labels or item.kind == "p")
            )
        items = items[last + 1 :]
        for place, item in enumerate(items):
            # "You told me yesterday that ...": what stands between belongs to the frame.
            if item.named or item.has("class", "size", *PREDICATES):
                break
            if item.text in _THAT:
                items = items[place:]
                break
    while items and (items[0].text in _THAT or items[0].kind == "p"):
        items = items[1:]
    behind = [place for place, item in enumerate(items) if item.has("denial-after")]
    if behind and any(item.has(*PREDICATES) for item in items[: behind[-1]]):
        denials += 1
        items = [item for place, item in enumerate(items) if place != behind[-1]]
    run.items = list(items)
    return denials


def _joined(runs: list[_Run]) -> list[_Run]:
    """Runs that say nothing by themselves go to their neighbour: a list of names, a subject set off by a comma."""
    found: list[_Run] = []
    for run in runs:
        before = found[-1] if found else None
        if before is None:
            found.append(run)
            continue
        shares = not run.names() and (
            (any(item.has("depends") for item in run.items) and not any(item.has("pron") for item in run.items))
            or any(item.has("nothing-but", "nothing") for item in before.items)
            or (any(item.has("hype") for item in run.items) and any(item.has("hype") for item in before.items))
        )
        only_outcome = (
            run.joint is not None
            and run.joint.has("and", "without")
            and before.says()
            and not run.says()
            and all(item.has("out", "filler", "generic") for item in run.items)
        )
        if (run.says() and before.says() and not shares) or only_outcome:
            found.append(run)
            continue
        if run.joint is not None:
            # "Helps on code, not on math": the denial is of another half, which nobody read.
            other = before.says() and any(item.has("not", "hardly", "never") for item in run.items)
            before.items.append(_as_but(run.joint) if other else run.joint)
        before.items.extend(run.items)
    return found


def _as_but(joint: Item) -> Item:
    return Item(joint.text if joint.kind != "p" else "but", joint.start, joint.end, "w", {"but": ""})


def _shared_predicate(before: _Run, run: _Run) -> list[Item] | None:
    """ "Improves quality and latency": the second outcome under the first one's verb."""
    if run.says() or run.names() or not any(item.has("out") for item in run.items):
        return None
    return [*(item for item in before.items if not item.has("out")), *run.items]


def _compared_too(before: _Run, run: _Run) -> list[Item] | None:
    """ "Is better than Y and cheaper": the second comparison has the sides of the first; None where it is not so."""
    if run.names() or not any(item.has("adj") for item in run.items) or any(item.has(*_SIDED) for item in run.items):
        return None
    at = next((place for place, item in enumerate(before.items) if item.has(*_SIDED)), None)
    if at is None:
        at = next((place for place, item in enumerate(before.items) if item.has("adj")), None)
    if at is None:
        return None
    subject = [item for item in before.items[:at] if item.named]
    other = before.items[at + 1 :]
    if not subject or not any(item.named for item in other) or any(item.has(*PREDICATES) for item in other):
        return None
    mark = before.items[at]
    than = Item(mark.text, mark.start, mark.end, "w", {"than": ""})
    return [*subject, *run.items, than, *(item for item in other if item.named)]


_SIDED: Final = ("than", "versus", "beat", "lose", "reach", "equal")


def _with_denial(run: _Run) -> list[Item]:
    """ "Without losing quality": a denial, its joint turned to one."""
    if run.joint is not None and run.joint.has("without"):
        joint = run.joint
        return [Item(joint.text, joint.start, joint.end, "w", {"not": ""}), *run.items]
    return run.items


def _subject(run: _Run) -> tuple[str, ...]:
    """What the next clause is about if it names nothing: the names before the verb."""
    names: list[str] = []
    for item in run.items:
        if item.has(*PREDICATES) and names:
            break
        names.extend(item.named)
    return tuple(dict.fromkeys(names))


def _compares(part: Part) -> bool:
    return any(item.has("than", "versus") for item in part.items)


def _asks_no(items: Sequence[Item]) -> bool:
    """ "Isn't X overhyped?", "Разве X не помогает?": the denial only presses for a yes."""
    if not items or not any(item.text == "?" for item in items[-3:]):
        return False
    texts = [word for item in items[:6] for word in item.text.split()]
    if "разве" in texts[:2] and any(item.has("att") and "не" in item.text.split() for item in items[:4]):
        return False  # "Разве не очевидно, что": the denial is the frame's
    if "разве" in texts[:2]:
        denied = next((place for place, item in enumerate(items) if item.text == "не"), None)
        return denied is not None and not items[min(denied + 1, len(items) - 1)].has("emphasis", "att", "affirm")
    if len(texts) > 1 and texts[0] in _AUXILIARIES and texts[1] == "not" and not _bids(items):
        return not any(item.has("att", "denial", "affirm") for item in items)
    return bool(texts) and texts[0] == "не" and any(item.text == "ли" for item in items)


def _bids(items: Sequence[Item]) -> bool:
    """ "Don't use agents, right?": what not to do, and no question by its order of words."""
    verb = next((item for item in items if not item.has("not") and item.text not in _AUXILIARIES), None)
    return verb is not None and verb.has("worth", "worthless", "use")


_AUXILIARIES: Final = closed("auxiliaries")


def _without_first_not(items: Sequence[Item]) -> list[Item]:
    for place, item in enumerate(items):
        if item.has("not") and item.text in ("not", "не"):
            return [*items[:place], *items[place + 1 :]]
    return list(items)

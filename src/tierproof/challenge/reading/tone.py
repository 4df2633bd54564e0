"""Takes the tone off a sentence: who says it, how sure, how politely, to whom.

Enters: the items of one sentence.  Leaves: the items of what is claimed.  Works by frames, not by lists of sentences:

- an attitude before the claim ("I doubt that", "as an MIT professor I can tell you", "все знают, что") runs from the
start of the
  sentence to its last word of thinking, knowing or saying that has a whole claim behind it;
- an attitude within or after the claim stands between marks and says nothing of any technique (", as everyone knows,",
", right?");
- adverbs of certainty and discourse ("obviously", "honestly", "ну") carry nothing and go wherever they stand.

Doubt and denial of a claim ("I don't think that...", "it is a myth that...") are tone too: the claim examined is the
same. Knows nothing of forms.
"""

from __future__ import annotations

from collections.abc import Sequence

from tierproof.challenge.reading.lexicon import Item

__all__ = ["PREDICATES", "has_claim", "is_address", "is_done_by", "is_tone", "mentions", "without_tone"]

PREDICATES = (
    "beat", "better", "lose", "reach", "equal", "replace", "irreplaceable", "obsolete", "only", "insufficient",
    "best", "bestof", "worst",
    "hype", "hypeok", "underrated", "worth", "worthless", "depends", "adopt", "unadopted", "use", "noeffect",
    "harm", "help",
    "benefitfrom", "free", "up", "down", "costly", "cheap", "slow", "fast", "brittle", "stable", "unsafe", "safe",
)  # fmt: skip
"""Labels that can carry a claim."""

_LINKS = frozenset(
    [
        "that",
        "whether",
        "if",
        "what",
        "to",
        "you",
        "with",
        "us",
        "me",
        "о",
        "об",
        "в",
        "том",
        "тем",
        "что",
        "чтобы",
        "ли",
        "как",
        "того",
        "с",
        "про",
        "and",
        "the",
        "on",
        "about",
        "of",
        "is",
    ]
)
_OPENERS = frozenset(
    [
        "as",
        "speaking",
        "having",
        "being",
        "after",
        "with",
        "given",
        "since",
        "coming",
        "как",
        "будучи",
        "проработав",
        "имея",
        "после",
        "говоря",
        "исходя",
        "работая",
    ]
)
_TAG = frozenset(
    [
        "is",
        "are",
        "was",
        "does",
        "do",
        "did",
        "will",
        "would",
        "can",
        "could",
        "has",
        "have",
        "should",
        "not",
        "it",
        "they",
        "he",
        "that",
        "this",
        "n",
        "isn",
        "no",
        "да",
        "нет",
        "ли",
        "же",
        "а",
        "ведь",
        "and",
        "or",
        "i",
        "am",
        "we",
        "you",
        "then",
        "eh",
        "huh",
        "innit",
        "или",
        "и",
        "так",
    ]
)
_MARKS = frozenset(",—:()")


def mentions(items: Sequence[Item]) -> bool:
    """Whether a technique, or a class of them, is named."""
    return any(item.mention or item.has("class", "size") for item in items)


def has_claim(items: Sequence[Item]) -> bool:
    """Whether something is said of something that can be looked up."""
    return mentions(items) and (any(item.has(*PREDICATES, "notonly") for item in items) or _practised(items))


def _practised(items: Sequence[Item]) -> bool:
    """ "Nobody fine-tunes": a technique as the verb of a quantity of people."""
    return any(
        item.has("quant", "quantneg") and following.mention and is_done_by(items, place, place + 1 + behind)
        for place, item in enumerate(items)
        for behind, following in enumerate(items[place + 1 : place + 6])
    )


def is_done_by(items: Sequence[Item], who: int, verb: int) -> bool:
    """Whether the technique at `verb` is what the people at `who` do: nothing but adverbs and places between."""
    return who < verb and all(
        item.text in _TAG or item.text in ("in", "в") or item.has("fill", "role", "setting", "quant")
        for item in items[who + 1 : verb]
    )


def is_tone(items: Sequence[Item]) -> bool:
    """Whether a sentence that names nothing only sets the tone: a greeting, a compliment, a nudge."""
    if mentions(items):
        return False
    return all(item.kind == "p" or item.text in _TAG or item.has("att", "fill") for item in items) or any(
        item.has("att", "person", "fill") for item in items
    )


def is_address(items: Sequence[Item]) -> bool:
    """Whether a sentence speaks of the listener ("you are better than the others") and of no technique."""
    words = [item for item in items if item.kind != "p" and not _fills(item)]
    if not words or any(item.mention or item.has("size") for item in items):
        return False
    # "Don't you dare": the listener behind an auxiliary; "do you need it" asks about what "it" stands for.
    first = [word for item in words[:3] for word in item.text.split()][:3]
    asked = first[0] in _TAG and not _LISTENER.isdisjoint(first)
    return words[0].text in _LISTENER or (asked and not any(item.has("pron", "class") for item in items))


_LISTENER = frozenset(["you", "your", "ты", "вы", "ваш", "ваша", "ваши", "твой", "твоя", "твои"])


def without_tone(items: Sequence[Item]) -> list[Item]:
    """`items` less every frame of tone.  A sentence that is all tone comes back empty."""
    kept = _without_prefix(list(items))
    kept = _without_asides(kept)
    kept = _without_trailing_attitude(kept)
    kept = [item for item in kept if item.has(*PREDICATES) or not item.has("fill") or item.mention]
    while kept and (kept[0].kind == "p" or kept[0].text in ("but", "and", "но", "и", "а", "that", "что")):
        kept = kept[1:]
    return kept


def _without_prefix(items: list[Item]) -> list[Item]:
    while True:
        if not has_claim(items):
            return items  # a frame needs a claim behind it
        cut = max(_opener(items), _attitude(items), _idle_segment(items))
        if not cut:
            return items
        items = items[cut:]


def _opener(items: Sequence[Item]) -> int:
    """ "As a professor of X at Y, ..." up to its comma, whatever it names."""
    if not items or items[0].text.split()[0] not in _OPENERS:
        return 0
    for place, item in enumerate(items):
        if item.has("att") and has_claim(items[place + 1 :]) and not item.mention:
            return 0  # "as a professor I can tell you that ...": the attitude ends the frame, not the comma
        if item.text in (",", ":") and has_claim(items[place + 1 :]) and not _relative(items[place + 1]):
            # "As RAG matures, it helps": an opener that itself makes the point is kept only if nothing else does.
            return place + 1
    return 0


def _relative(item: Item) -> bool:
    return item.text in ("who", "which", "whose", "with") or item.text.startswith("котор")


def _attitude(items: Sequence[Item]) -> int:
    cut = 0
    for place, item in enumerate(items):
        if item.mention or item.has("class", "size"):
            if _claims_before(items[: place + 1]):
                break
            continue
        if item.has("att") and not _frames_claim(items[:place]) and has_claim(items[place + 1 :]):
            cut = place + 1
    if not cut or (mentions(items[:cut]) and not any(item.has("person") for item in items[:cut])):
        return 0
    while cut < len(items) and (items[cut].text in _LINKS or items[cut].text in _MARKS or _fills(items[cut])):
        if items[cut].text in ("is", "are") and not (cut and items[cut - 1].has("att")):
            break
        if items[cut].text in ("with", "с") and not (cut and items[cut - 1].text.startswith(_AGREEING)):
            break
        closed = items[cut].text in ("that", "что", ",", ":", "—")
        cut += 1
        if closed and cut < len(items) and items[cut].text in ("with", "с", "on", "в", "на"):
            break  # the claim's own circumstance: "that with X you can"
    return cut if has_claim(items[cut:]) else 0


_AGREEING = ("agree", "concur", "соглас")
"""Words after which "with" belongs to the frame ("agree with you that"), not to the claim ("with X you can")."""


def _claims_before(items: Sequence[Item]) -> bool:
    return any(item.has(*PREDICATES) and not item.has("use", "up", "att") for item in items)


def _frames_claim(before: Sequence[Item]) -> bool:
    """Whether words before an attitude belong to the claim ("the only thing that, I believe, works is X")."""
    start = next((place + 1 for place in range(len(before) - 1, -1, -1) if before[place].text in _MARKS), 0)
    part = before[start:]
    flattering = bool(part) and any(item.text in ("you", "your", "ты", "вы", "ваш", "твой") for item in part)
    return not flattering and any(
        item.has("only", "nothing", "best", "bestof") and not item.has("att") for item in part
    )


def _idle_segment(items: Sequence[Item]) -> int:
    """A first segment, up to a mark or "but", that names nothing and is about people: compliments, greetings."""
    for place, item in enumerate(items):
        if item.text in _MARKS or item.text in ("but", "and", "so", "но", "и", "так что", "однако", "yet", "still"):
            head, rest = items[:place], items[place + 1 :]
            idle = not mentions(head) and (is_tone(head) or not any(part.has(*PREDICATES) for part in head))
            circumstance = any(part.has("ignoring", "task", "load", "data", "setting") for part in head)
            listed = any(
                part.has("only", "nothing", "best", "bestof") and not part.has("att") for part in head
            ) and not any(part.has("person") for part in head)
            if idle and not circumstance and not listed and has_claim(rest):
                return place + 1
    return 0


def _without_asides(items: list[Item]) -> list[Item]:
    """Drops segments between marks that hold attitude and name nothing, wherever they stand."""
    segments: list[list[Item]] = [[]]
    for item in items:
        if item.text in _MARKS and item.kind == "p":
            segments.append([item])
        else:
            segments[-1].append(item)
    if len(segments) == 1:
        return items
    kept: list[Item] = []
    for number, segment in enumerate(segments):
        words = [item for item in segment if item.kind != "p"]
        idle = bool(words) and not mentions(words)
        tag = all(item.text in _TAG or _fills(item) or item.has("pron", "person", "neg") for item in words)
        attitude = any(item.has("att") for item in words) and not any(
            item.has(*PREDICATES) and not item.has("att", "use", "up") for item in words
        )
        if number and idle and (tag or attitude):
            kept.extend(item for item in segment if item.text in ("?", "!"))
            continue
        kept.extend(segment)
    return kept


def _without_trailing_attitude(items: list[Item]) -> list[Item]:
    """ "That X helps is obvious", "X helps I think": an attitude at the end, after a whole claim."""
    end = len(items)
    while end and items[end - 1].kind == "p":
        end -= 1
    cut = end
    while cut and not items[cut - 1].mention and not items[cut - 1].has("class", "size") and (
        items[cut - 1].has("att", "person",
        "neg") or items[cut - 1].text in _TAG or items[cut - 1].text in _LINKS or _fills(items[cut - 1])
    ) and not (items[cut - 1].has(*PREDICATES) and not items[cut - 1].has("att")):  # fmt: skip
        cut -= 1
    tail = items[cut:end]
    if any(item.has("att") for item in tail) and has_claim(items[:cut]):
        return items[:cut] + items[end:]
    return items


def _fills(item: Item) -> bool:
    return item.has("fill") and not item.has(*PREDICATES)

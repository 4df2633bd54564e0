"""One clause, taken apart: what it denies, in how many settings, and what of it is still unread.

Enters: the items of a clause, figures joined.  Leaves: a `Clause`, on which the frames (`frames`, `changes`) mark what
they have used.  Whatever is used by nobody and is more than a joint of grammar is left over, and a claim with
left-overs is not judged.  Knows words only by their labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from tierproof.challenge.claim import Claim, Condition, Form, Quantifier
from tierproof.challenge.reading.clauses.parties import ALL, Party, circumstances_of, parties_of
from tierproof.challenge.reading.lexis.closed import closed
from tierproof.challenge.reading.lexis.lexicon import Item

__all__ = ["ON_AVERAGE", "SPEEDING", "Clause", "Polarity", "Unread"]

IGNORED: Final = ("filler", "generic", "emphasis", "affirm", "question", "person")
"""Labels of words that no claim turns on."""
_WEAKER: Final = ("degree",)
ON_AVERAGE: Final = closed("on_average")
"""Where a figure is of the middle of all settings; a claim without one is anyway."""
_NOTICED: Final = tuple(closed("noticed"))
"""Beginnings of degrees that say no more than that it counts: "not significantly" denies the claim itself."""
_MEASURED: Final = closed("measured")
_KINDS_OF: Final = tuple(closed("kinds_of"))
_WITHOUT_DEGREES: Final = ("null", "hype", "hypeok", "worthless", "underrated", "obsolete", "irreplaceable", "denial")
_QUANTITIES: Final = ("always", "usually", "sometimes", "rarely", "can")
_DOUBTFUL: Final = closed("doubtful")
_RHETORICAL: Final = closed("rhetorical")
_STRONG: Final = tuple(closed("strong"))
"""Beginnings of verbs that say that it is a lot."""
_PRAISE: Final = tuple(closed("praise"))
"""Of words of praise, whose denial leaves something."""
SPEEDING: Final = tuple(closed("speeding"))
"""Beginnings of verbs that say how something is."""
_WELL: Final = closed("well")
_BOTH: Final = closed("both")
_NOTS: Final = closed("before_a_word")
_REFLEXIVE: Final = tuple(closed("reflexive"))
_VERBS: Final = ("up", "down", "better", "worse", "costs", "pos", "hallucinate")
_SMALL_FORMS: Final = ("no-effect", "depends-on")
"""Forms whose denial or nearness to nought is what their least difference says."""
_NOR: Final = closed("nor")
_MOSTLY: Final = closed("mostly")
_WHOSE: Final = closed("whose_own")
_STRENGTHENING: Final = tuple(closed("strengthening"))
_ALONE: Final = closed("alone")
_SEEMING: Final = closed("seeming")
_INSTRUMENTAL: Final = tuple(closed("instrumental"))
_USING: Final = closed("using")
_CONCORDANT: Final = closed("concordant")
_SIZED: Final = closed("sized")


class Unread(Exception):
    """The clause says something that no form holds; the message says what."""

    def __init__(self, what: str, near: Claim | None = None) -> None:
        super().__init__(what)
        self.near = near


@dataclass(frozen=True, slots=True)
class Polarity:
    """What a clause denies, and in how many settings it says that something holds."""

    negated: bool
    quantifier: Quantifier | None


@dataclass(slots=True)
class Clause:
    """A clause being read; `used` grows as frames take words."""

    items: Sequence[Item]
    larger_model: str | None
    memory: tuple[str, ...] = ()
    """What a pronoun means here."""
    denied: bool = False
    """Denied from outside: "it is false that ..."."""
    outside: bool = field(init=False)
    """The same, whatever words inside turn later."""
    used: set[int] = field(default_factory=set)
    denies: bool = False
    """Whether anything in it, or from outside, is denied."""
    small: list[str] = field(default_factory=list)
    """Words by which something is so, and hardly: "barely", "almost no"."""
    of_settings: bool = False
    """Whether teams, users, projects are named as those whose settings are spoken of."""
    parties: list[Party] = field(init=False)
    conditions: list[tuple[int, Condition]] = field(init=False)

    def __post_init__(self) -> None:
        self.outside = self.denied
        self.parties, sizes = parties_of(self.items, self.larger_model, self.memory)
        self.conditions, again = circumstances_of(self.items, self.parties, sizes)
        self.used |= again

    # --- looking and taking

    def places(self, *labels: str) -> list[int]:
        """Places of items with one of the labels that nobody has used."""
        return [place for place, item in enumerate(self.items) if place not in self.used and item.has(*labels)]

    def place(self, *labels: str) -> int | None:
        found = self.places(*labels)
        return found[0] if found else None

    def take(self, *places: int | None) -> None:
        self.used.update(place for place in places if place is not None)

    def take_all(self, *labels: str) -> None:
        self.take(*self.places(*labels))

    def amounts(self) -> list[int]:
        return [place for place, item in enumerate(self.items) if item.amount is not None and place not in self.used]

    def has_figure(self, unit: str) -> bool:
        return any(amount.unit == unit for place in self.amounts() if (amount := self.items[place].amount) is not None)

    def next_word(self, place: int) -> int | None:
        """The next item that is more than a joint, behind `place`."""
        for where in range(place + 1, len(self.items)):
            if not self.items[where].has("filler", "emphasis", "degree") and self.items[where].kind != "p":
                return where
        return None

    def left_over(self) -> list[Item]:
        """What nobody used and what may change what is said."""
        parties = {place for party in self.parties for place in party.places}
        return [
            item
            for place, item in enumerate(self.items)
            if place not in self.used
            and (
                place in parties
                or not (item.has(*IGNORED, *_WEAKER) or _is_mark(item) or (self.of_settings and item.has("unit")))
                or self.qualifies(place)
                or self._of_everything(place)
                or self._seems(place)
                or (self.denies and item.has("degree") and not item.text.startswith(_NOTICED))
                or (item.text in _MEASURED and self._is_denied(place))
                or (item.text in _WELL and self.denies and self._is_how_well(place))
            )
            and not (item.has("total") and self._strengthens(place))
        ]

    def qualifies(self, place: int) -> bool:
        """Whether an adjective says which kind of a technique is meant: "long system prompts", "good agents"."""
        behind, text = place + 1, self.items[place].text
        return (
            (text.startswith(_KINDS_OF) or text in _WHOSE)
            and behind < len(self.items)
            and any(party.first == behind for party in self.parties)
            and bool(self.items[behind].named)
        )

    def _of_everything(self, place: int) -> bool:
        """ "Improves everything", "всё улучшает": each outcome, of which no form speaks."""
        before, behind = self.items[max(place - 1, 0) : place], self.items[place + 1 : place + 2]
        moved = any(item.has("better", "worse", "up", "down", "help", "harm") for item in before)
        moves = any(item.has("better", "worse", "up", "down") and not item.has("adj") for item in behind)
        noun = any(item.has("generic", "unit", "out") for item in behind)
        return (moved or moves) and not noun and self.items[place].text in ALL

    def _seems(self, place: int) -> bool:
        """ "Кажется медленным": how it is felt, and not how it is."""
        behind = self.items[place + 1].text if place + 1 < len(self.items) else ""
        return self.items[place].text in _SEEMING and behind.endswith(_INSTRUMENTAL)

    def _is_denied(self, place: int) -> bool:
        """ "Not very", "not that": of how much something is not."""
        back = place - 1
        while back >= 0 and self.items[back].text in _MEASURED:
            back -= 1
        return back >= 0 and self.items[back].has("not", "hardly")

    def _strengthens(self, place: int) -> bool:
        """Whether "completely" stands with what has no degrees: "completely useless"."""
        near = [other for other in (place + 1, place - 1) if 0 <= other < len(self.items)]
        return any(self.items[other].has(*_WITHOUT_DEGREES) for other in near)

    def unheeded(self, form: Form) -> tuple[str, ...]:
        """Words of degree, which no figure answers; not those that say only that it counts, as each form but one asks.

        A comparison has no least difference: "significantly better" says more than better.
        """
        compared = {place - 1 for place in range(len(self.items)) if self.items[place].has("adj")}  # "way better"
        return tuple(
            dict.fromkeys(
                item.text
                for place, item in enumerate(self.items)
                if (place in self.used and item.text.startswith(_STRONG))
                or (
                    place not in self.used
                    and item.has("degree")
                    and (place in compared or not item.has("filler", "generic"))
                    and (form == "beats" or not item.text.startswith(_NOTICED))
                )
            )
        )

    # --- parts that every frame shares

    def polarity(self) -> Polarity:
        """Takes the words of denial and of quantity over settings.

        A denial before the quantity denies all of it ("not always"); one behind it stands inside ("usually not"),
        which is the denial of its dual: "sometimes not" denies "always".
        """
        quantity, at, absorbs = self._over_whom()
        denials: list[int] = []
        self.small += [self.items[at].text for at in self.places("hardly") if self.items[at].text not in _DOUBTFUL]
        if quantity == "never":
            quantity, denials = "sometimes", [at]
        for place, item in enumerate(self.items):
            if place in self.used:
                continue
            if item.has("cannot", "never"):
                quantity = "sometimes" if item.has("never") or quantity is None else quantity
                at = max(at, place)
                concordant = item.text.split()[0] in _CONCORDANT
                denials += [] if concordant and denials else [place]  # "никому никогда не": one denial
                absorbs = absorbs or (concordant and "не" not in item.text.split())
            elif item.text in _NOR:
                continue  # "on neither math nor code": of which of them, nobody has read
            elif item.has("not", "hardly"):
                absorbed = absorbs and item.text.startswith("не")  # "ни одной команде не": one denial
                absorbs = absorbs and not absorbed
                if not absorbed and not self._repeats(place, denials):
                    denials.append(place)
            elif item.text in _MOSTLY and self._opens_a_circumstance(place):
                continue  # "mostly on math": where most of it is, not in how many settings
            elif (said := _quantity(item)) is not None and quantity in (None, said):
                quantity, at = said, place
            else:
                continue
            self.take(place)
        outer = sum(place <= at or quantity is None for place in denials)
        inner = len(denials) - outer
        if quantity is not None and inner % 2:
            outer += 1
            if quantity == "rarely":
                raise Unread("in how few settings it does not")
            quantity = {"always": "sometimes", "sometimes": "always"}.get(quantity, quantity)
        negated = bool(outer % 2) != self.denied
        self.denies = self.outside or bool(denials)
        return Polarity(negated, cast("Quantifier | None", quantity))

    def _opens_a_circumstance(self, place: int) -> bool:
        behind = next((at for at in range(place + 1, len(self.items)) if not self.items[at].has("filler")), None)
        return behind is not None and any(behind == where for where, _ in self.conditions)

    def _repeats(self, place: int, denials: Sequence[int]) -> bool:
        """A denial that only strengthens another: "никогда не", "не даёт никакого эффекта"."""
        item = self.items[place]
        if item.text.startswith(_STRENGTHENING):
            return self._denies_elsewhere(place)
        again = bool(denials) and place - denials[-1] <= 1 and not self.items[denials[-1]].has("cannot")
        return item.text == "не" and again

    def _denies_elsewhere(self, place: int) -> bool:
        return any(
            {"не", "нет"} & set(item.text.split()) or (item.text.startswith("нич") and where < place)
            for where, item in enumerate(self.items)
            if where != place
        )

    def _over_whom(self) -> tuple[str | None, int, bool]:
        """ "Every team", "most systems", "nobody": the quantity said of those in whose settings something holds, and
        where.

        A Russian "nobody" takes a denial of its verb with it; True asks to absorb it.
        """
        for place in self.places("every", "most", "some", "noone"):
            item, behind = self.items[place], self.next_word(place)
            if place and self.items[place - 1].has("adj", "than", "beat", "lose"):
                continue  # "лучше большинства техник": than whom
            alone = item.text in _ALONE
            whom = behind is not None and self.items[behind].has("unit") and behind not in self.used
            generic = behind == place + 1 and self.items[behind].has("generic") and not item.has("noone")
            if not (alone or whom or generic):
                continue
            self.take(place, behind if whom else None)
            if item.has("noone"):
                return "never", place, "а" <= item.text[0] <= "я"
            return ("always" if item.has("every") else "usually" if item.has("most") else "sometimes"), place, False
        return None, -1, False

    def take_conditions(self) -> tuple[Condition, ...]:
        """Circumstances, with "only" where it stands before one."""
        found = []
        for place, condition in self.conditions:
            if place in self.used:
                continue
            only = next(
                (
                    where
                    for where in range(max(0, place - 3), place)
                    if self.items[where].has("only") and where not in self.used
                ),
                None,
            )
            self.take(place, only)
            if condition.kind == "ignoring":
                self.take(*self.places("if"), *(where for where in self.places("pron") if where > place))
            found.append(Condition(kind=condition.kind, value=condition.value, only=only is not None))
        return tuple(found)

    def claim(
        self,
        form: Form,
        subjects: Sequence[str],
        *,
        negated: bool | None = None,
        conditioned: bool = True,
        **fields: Any,
    ) -> Claim:
        """The claim of these subjects; polarity, conditions and span are read here unless a frame says otherwise."""
        several = len(set(fields.get("objects", ()))) > 1
        if self.outside and (several or len(set(subjects)) > 1):
            # "It is false that X and Y help": one of them may.
            raise Unread("of which of several the denial is")
        conditions = self.take_conditions() if conditioned else ()
        span = (self.items[0].start, self.items[-1].end) if self.items else (0, 0)
        if negated is None:
            polarity = self.polarity()
            negated = polarity.negated
            fields.setdefault("quantifier", polarity.quantifier)
        if negated and several and form == "beats":
            raise Unread("of which of several the denial is")
        if negated and len(set(subjects)) > 1 and any(item.text in _BOTH for item in self.items):
            raise Unread("of which of several the denial is")
        if self._denies_a_word():
            raise Unread("which word the denial is of")
        if self.small and form not in _SMALL_FORMS:
            form, negated = self._nearly_nothing(form, negated, several or fields.get("quantifier") is not None)
        strong = any(self.items[place].text.startswith((*_STRONG, *_PRAISE)) for place in self.used)
        # A comparison has no least difference: "not significantly better" may be better still.
        counts = form == "beats" and any(item.has("degree") for item in self.items)
        if self.denies and (strong or counts):
            raise Unread("a degree that is denied")
        return Claim(
            form=form, subjects=tuple(subjects), negated=negated, conditions=(*conditions, *fields.pop("more", ())),
            unheeded=self.unheeded(form), span=span, **fields,
        )  # fmt: skip

    def _is_how_well(self, place: int) -> bool:
        """ "Does not work well": that it does, and not so well."""
        return place > 0 and self.items[place - 1].has("help", "degree", "emphasis")

    def _denies_a_word(self) -> bool:
        """ "Не RAG повышает стоимость", "улучшает не качество", "not using RAG hurts": of one word, not of the rest."""
        firsts = {party.first for party in self.parties if party.mark is None}
        return any(
            (item.text in _NOTS and (place + 1 in firsts or _is_noun_of_outcome(self.items[place + 1])))
            or (item.text == "not" and self.items[place + 1].text in _USING)
            for place, item in enumerate(self.items[:-1])
        )

    def _nearly_nothing(self, form: Form, negated: bool, held_against: bool) -> tuple[Form, bool]:
        """ "Barely improves", "almost no benefit": that it makes no difference worth the name, which is a form.

        Of how little more or less than another, of how few settings, no form speaks.  "Hardly the best" only denies.
        """
        used = [self.items[place] for place in self.used]
        quality = any(item.has("pos") and not item.text.startswith(SPEEDING) for item in used)  # "hardly cheap"
        changes = form in ("helps", "harms") and not quality
        if changes and not (held_against or self.of_settings) and self.denied == self.outside:
            return "no-effect", not negated
        if changes or form in ("beats", "at-least") or not set(self.small) <= _RHETORICAL:
            raise Unread("how small it is")
        return form, negated

    def take_party(self, party: Party) -> tuple[str, ...]:
        which = party.mark == "than" and any(item.text in _SIZED for item in self.items)
        if (which or len(party.ids) > 1) and any(self._is_figure_of_size(place) for place in party.places):
            # "From 13B on, agents work", "helps models larger than 13B".
            raise Unread("a size of models beside a technique")
        self.take(*party.places)
        return party.ids

    def _is_figure_of_size(self, place: int) -> bool:
        return self.items[place].has("size") and self.items[place].text[:1].isdigit()


def _is_noun_of_outcome(item: Item) -> bool:
    return item.has("out") and not item.has(*_VERBS) and not item.text.endswith(_REFLEXIVE)


def _quantity(item: Item) -> str | None:
    """The quantity over settings that a word says by itself."""
    said = next((label for label in _QUANTITIES if label in item.labels), None)
    return "sometimes" if said == "can" else said


def _is_mark(item: Item) -> bool:
    return item.kind == "p" or item.text in ("—", ",", "that", "то")

"""Claims that one technique can, or cannot, stand in for another: "X will never replace Y", "Y можно заменить X-ом".

Enters: a clause.  Leaves: a `cannot-replace` claim, or None.  Reads labels and, for Russian, the case that tells the
replacement from what is replaced.
"""

from __future__ import annotations

from tierproof.challenge.claim import EVERYTHING_ELSE, Claim
from tierproof.challenge.reading.parties import Clause, made, marker, named, sides

__all__ = ["replaces"]


def replaces(clause: Clause) -> Claim | None:
    place = clause.place("irreplaceable")
    if place is not None and len(clause.parties) < 2:
        found = named(clause)
        return made(clause, "cannot-replace", (EVERYTHING_ELSE,), objects=found) if found else None
    place = place if place is not None else clause.place("replace")
    if place is None:
        return None
    item = clause.items[place]
    subjects, objects = sides(clause, place)
    tail = [where for where, _ in clause.parties if where > place]
    if len(tail) > 1 and len(tail) == len(clause.parties):
        onto = [
            where
            for where in tail
            if any(word.text in ("with", "by") for word in clause.items[max(0, where - 2) : where])
        ]
        if onto and onto[0] != tail[0]:
            # "You cannot replace Y with X".
            subjects = tuple(id for where, id in clause.parties if where in onto)
            objects = tuple(id for where, id in clause.parties if where not in onto)
    if clause.place("nothing") is not None and not subjects:
        subjects = (EVERYTHING_ELSE,)
    if (
        _is_undergone(clause, place)
        and len(clause.parties) > 1
        and not any(marker(clause, where) == "by" for where, _ in clause.parties)
    ):
        subjects, objects = _undergone(clause, place)
    if not objects and subjects and (clause.denied(place) or item.has("irreplaceable")):
        # "X cannot be replaced", "X can't be substituted".
        return made(clause, "cannot-replace", (EVERYTHING_ELSE,), objects=subjects)
    if not subjects or not objects:
        return None
    negated = not (clause.denied(place) or item.has("irreplaceable"))
    return made(clause, "cannot-replace", subjects, objects=objects, negated=negated)


_IMPERSONAL = frozenset(
    ["можно", "нельзя", "невозможно", "получится", "выйдет", "удастся", "надо", "нужно", "стоит", "пора"]
)
_INSTRUMENTAL = ("ом", "ем", "ой", "ами", "ями", "ью", "ым", "им", "ией")


def _is_undergone(clause: Clause, place: int) -> bool:
    """A Russian passive or impersonal: "Y можно заменить X-ом", "Y заменяется на X", "X-ом Y не заменить"."""
    before = {item.text for item in clause.items[:place]}
    text = clause.items[place].text
    if before & {"может", "могут", "сможет", "смогут", "способен", "способна", "способны", "способно"}:
        return False
    impersonal = bool(before & _IMPERSONAL or "не" in before) and text.endswith(("ть", "шь"))
    return impersonal or text.endswith(("ся", "ен", "ена", "ено", "ены", "ните", "няйте"))


def _undergone(clause: Clause, place: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Subjects and objects by case: the replacement stands in the instrumental or after "на"."""
    instrumental: list[str] = []
    plain: list[str] = []
    for where, id in clause.parties:
        onto = where > 0 and clause.items[where - 1].text == "на"
        inflected = clause.items[where].text.split()[0].endswith(_INSTRUMENTAL)
        (instrumental if onto or inflected else plain).append(id)
    if instrumental and plain:
        return tuple(instrumental), tuple(plain)
    if {item.text for item in clause.items[:place]} & _IMPERSONAL:
        # No ending to tell by: what is replaced comes first.
        return tuple(id for _, id in clause.parties[1:]), (clause.parties[0][1],)
    return sides(clause, place)

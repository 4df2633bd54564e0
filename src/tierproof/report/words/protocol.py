"""Whether a run kept what it set itself, in a sentence.

Enters: a `Pledge`.  Leaves: text.
"""

from __future__ import annotations

from datetime import UTC, datetime

from tierproof.answers.safe_text import clean
from tierproof.experiment.design.protocol import Change, Pledge
from tierproof.messages import LANGUAGES, Message, Quoted, gettext, ngettext, spoken
from tierproof.report.words import numerals
from tierproof.report.words.names import named

__all__ = ["pledge_told"]

SHORT = 12
FIGURES = {
    "margin": Message("margin of {was}, now {now}"),
    "value": Message("value of a success of {was} USD, now {now}"),
    "latency price": Message("price of a second of {was} USD, now {now}"),
    "requests": Message("{was} requests at stake, now {now}"),
    "rule": Message("{was}, now {now}"),
    "repeats": Message("each item asked {was} times, now {now}"),
    "order": Message("other order of the items"),
    "system": Message("other system"),
    "scorer": Message("other scorer"),
    "requests or resources": Message("other requests or resources"),
    "models": Message("other models"),
}


NUMBERS = ("margin", "value", "latency price", "requests", "repeats")


def pledge_told(pledge: Pledge) -> str:
    """`Rule, margins, arms and order of the items were written down before the first call (..., hash ...) and kept.`"""
    when = datetime.fromtimestamp(pledge.made, UTC).strftime("%Y-%m-%d %H:%M UTC")
    stamp = gettext("{when}, hash {hash}", when=when, hash=Quoted(pledge.hash[:SHORT]))
    written = (
        ngettext(
            "Rule, margins, arms, items and their order were written down when the journal already held {n} answer of "
            "earlier runs ({stamp})",
            "Rule, margins, arms, items and their order were written down when the journal already held {n} answers of "
            "earlier runs ({stamp})",
            pledge.answers,
            n=numerals.count(pledge.answers),
            stamp=stamp,
        )
        if pledge.answers
        else gettext(
            "Rule, margins, arms, items and their order were written down before the first call ({stamp})", stamp=stamp
        )
    )
    if not pledge.intact:
        return gettext(
            "{written}, and what was written is not what the hash was made of: whether it was kept is not known",
            written=written,
        )
    if pledge.kept:
        return gettext("{written}, and kept", written=written)
    differ = [_told(one) for one in pledge.changes]
    if pledge.others:
        differ.append(
            ngettext(
                "{n} other plan in between",
                "{n} other plans in between",
                pledge.others,
                n=numerals.count(pledge.others),
            )
        )
    return gettext(
        "{written}, and not kept: {changes}. What is promised holds for a plan that was kept",
        written=written,
        changes="; ".join(differ),
    )


def _told(one: Change) -> str:
    if one.what in FIGURES:
        was, now = (_figure(value) if one.what in NUMBERS else clean(value) for value in (one.was, one.now))
        return gettext(FIGURES[one.what], was=was, now=now)
    if one.what == "items":
        parts = [
            gettext("{n} items added", n=one.now) if one.now != "0" else "",
            gettext("{n} items gone", n=one.was) if one.was != "0" else "",
        ]
        return ", ".join(filter(None, parts))
    if one.what == "items edited":
        return gettext("{n} items edited", n=one.now)
    if one.what == "arms":
        parts = [
            gettext("arms added: {names}", names=named(one.now)) if one.now else "",
            gettext("arms left out: {names}", names=named(one.was)) if one.was else "",
        ]
        return ", ".join(filter(None, parts))
    return gettext("other {what}", what=clean(one.what))


def _figure(number: str) -> str:
    """English keeps the digits that were written down."""
    return clean(number) if spoken() == LANGUAGES[0] else numerals.figure(float(number))

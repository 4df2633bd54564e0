"""Whether a run kept what it set itself, in a sentence.

Enters: a `Pledge`.  Leaves: text.
"""

from __future__ import annotations

from datetime import UTC, datetime

from tierproof.answers.safe_text import clean
from tierproof.experiment.design.protocol import Change, Pledge
from tierproof.report.words import numerals

__all__ = ["pledge_told"]

SHORT = 12
FIGURES = {
    "margin": "margin of {was}, now {now}",
    "value": "value of a success of {was} USD, now {now}",
    "latency price": "price of a second of {was} USD, now {now}",
    "requests": "{was} requests at stake, now {now}",
    "rule": "{was}, now {now}",
    "repeats": "each item asked {was} times, now {now}",
    "order": "other order of the items",
}


def pledge_told(pledge: Pledge) -> str:
    """`Rule, margins, arms and order of the items were written down before the first call (..., hash ...) and kept.`"""
    when = datetime.fromtimestamp(pledge.made, UTC).strftime("%Y-%m-%d %H:%M UTC")
    before = (
        "before the first call"
        if not pledge.answers
        else f"when the journal already held {numerals.counted(pledge.answers, 'answer')} of earlier runs"
    )
    stamp = f"{when}, hash {pledge.hash[:SHORT]}"
    written = f"Rule, margins, arms, items and their order were written down {before} ({stamp})"
    if not pledge.intact:
        return f"{written}, and what was written is not what the hash was made of: whether it was kept is not known"
    if pledge.kept:
        return f"{written}, and kept"
    differ = [_told(one) for one in pledge.changes]
    if pledge.others:
        differ.append(f"{numerals.counted(pledge.others, 'other plan')} in between")
    return f"{written}, and not kept: {'; '.join(differ)}. What is promised holds for a plan that was kept"


def _told(one: Change) -> str:
    if one.what in FIGURES:
        return FIGURES[one.what].format(was=clean(one.was), now=clean(one.now))
    if one.what == "items":
        parts = [f"{one.now} items added" if one.now != "0" else "", f"{one.was} items gone" if one.was != "0" else ""]
        return ", ".join(filter(None, parts))
    if one.what == "items edited":
        return f"{one.now} items edited"
    if one.what == "arms":
        parts = [
            f"arms added: {clean(one.now)}" if one.now else "",
            f"arms left out: {clean(one.was)}" if one.was else "",
        ]
        return ", ".join(filter(None, parts))
    return f"other {clean(one.what)}"

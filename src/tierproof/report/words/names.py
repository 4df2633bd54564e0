"""Names that somebody gave: arms, models, workloads.

Enters: names.  Leaves: the same, cleaned, which no screen translates, whatever they are called; but for the two words
that the program adds to a name.
"""

from __future__ import annotations

from tierproof.answers.safe_text import clean
from tierproof.messages import Quoted, gettext

__all__ = ["named"]

ANEW = ", asked anew"
WITHOUT = "without "


def named(*names: str) -> Quoted:
    """As they are, separated by commas."""
    return Quoted(", ".join(_named(clean(Quoted(name))) for name in names))


def _named(name: str) -> str:
    if name.endswith(ANEW):
        return gettext("{name}, asked anew", name=Quoted(name.removesuffix(ANEW)))
    if name.startswith(WITHOUT):
        return gettext("without {name}", name=Quoted(name.removeprefix(WITHOUT)))
    return name

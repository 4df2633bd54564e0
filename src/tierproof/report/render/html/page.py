"""Put sections on one page that needs no network and reads without scripts.

Enters: sections, each a heading with its body, made or as a template with its data.  Leaves: the page's text.  Knows
nothing of what sections say; a further section is one more value in the list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from tierproof.report.render.html.environment import render

__all__ = ["Section", "page"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of the page."""

    id: str
    """Fragment that leads to it."""
    title: str
    short: str
    """Its label in the navigation."""
    template: str = ""
    """File in `templates/`; empty: the body is made."""
    data: Mapping[str, Any] = field(default_factory=dict)
    body: Markup = field(default_factory=Markup)
    lead: str = ""
    """What it shows, in a sentence or two."""


def page(
    sections: Sequence[Section],
    *,
    title: str,
    lead: Sequence[str] = (),
    roll: Sequence[tuple[str, Sequence[str]]] = (),
    foot: Sequence[str] = (),
) -> str:
    """The whole page.  `lead`: paragraphs under the title; `roll`: names by tier beside them; `foot`: lines at the end.

    Raises ValueError for two sections of one id.
    """
    ids = [section.id for section in sections]
    if len(set(ids)) != len(ids):
        raise ValueError("sections have distinct ids")
    bodies = [
        (section, render(section.template, **section.data) if section.template else section.body)
        for section in sections
    ]
    return str(render("page.html", title=title, lead=lead, roll=roll, foot=foot, bodies=bodies))

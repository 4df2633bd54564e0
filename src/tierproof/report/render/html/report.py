"""The whole report as one text.

Enters: a `Material`.  Leaves: HTML.  Knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Iterable

from tierproof.report.render.html.page import Section, page
from tierproof.report.render.html.parts.material import Material
from tierproof.report.render.html.parts.sections import lead_of, roll_of, sections_of

__all__ = ["html_report"]

TITLE = "What works, and how sure that is"


def html_report(material: Material, *, version: str, further: Iterable[Section] = ()) -> str:
    """One self-contained page: no network, readable without scripts.

    `further`: sections of other packages, put before the method.
    """
    sections = list(sections_of(material))
    place = next(index for index, section in enumerate(sections) if section.id == "method")
    sections[place:place] = further
    settings = material.pack.settings
    foot = (
        f"{settings.title}, evidence of version {settings.version}. Made with Tierproof {version}.",
        "Figures are predictions for one new setting unless a column says otherwise. Assumptions are marked and can be "
        "replaced.",
    )
    return page(sections, title=TITLE, lead=lead_of(material), roll=roll_of(material), foot=foot)

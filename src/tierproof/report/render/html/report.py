"""The whole report as one text.

Enters: a view, or a `Material`.  Leaves: HTML.  Knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tierproof.answers.audit import audit_of_seed
from tierproof.answers.brief import briefs_of
from tierproof.answers.critique import verdicts_on_claims
from tierproof.answers.view import View
from tierproof.decision.plan import Team, make_plan
from tierproof.messages import Message, gettext, translated
from tierproof.pieces import Place, place_of
from tierproof.report.render.html.page import Section, page
from tierproof.report.render.html.parts.challenge import audit_section, claims_section
from tierproof.report.render.html.parts.decisions import briefs_section, plan_section
from tierproof.report.render.html.parts.material import Material, material_of
from tierproof.report.render.html.parts.sections import lead_of, roll_of, sections_of

__all__ = ["html_report", "report_on"]

TITLE = Message("What works, and how sure that is")


def report_on(view: View, *, version: str, on: str | None = None) -> str:
    """Everything that a view holds, on one page.  `on`: where its validation and its briefs are worked out."""
    return html_report(material_of(view, on=on), version=version, further=tuple(_decided(view, place_of(on))))


def html_report(material: Material, *, version: str, further: Iterable[Section] = ()) -> str:
    """One self-contained page: no network, readable without scripts.

    `further`: sections of other packages, put before the method.
    """
    sections = list(sections_of(material))
    place = next(index for index, section in enumerate(sections) if section.id == "method")
    sections[place:place] = further
    settings = material.pack.settings
    foot = (
        gettext(
            "{title}, evidence of version {of}. Made with Tierproof {version}.",
            title=settings.title,
            of=settings.version,
            version=version,
        ),
        gettext(
            "Figures are predictions for one new setting unless a column says otherwise. Assumptions are marked and "
            "can be replaced."
        ),
    )
    return page(sections, title=translated(TITLE), lead=lead_of(material), roll=roll_of(material), foot=foot)


def _decided(view: View, place: Place) -> Iterator[Section]:
    """What is made of the tables: a plan, briefs, verdicts, and the audit of the table that the pack started from."""
    pack = view.pack
    yield plan_section(make_plan(view.appraisal, team=Team(role=view.role)), pack)
    if pack.scenarios:
        yield briefs_section(briefs_of(view, place=place), pack)
    if pack.claims:
        yield claims_section(verdicts_on_claims(view), pack)
    if (audited := audit_of_seed(view)) is not None:
        yield audit_section(audited, pack)

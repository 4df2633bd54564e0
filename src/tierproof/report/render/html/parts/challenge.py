"""Sections of the page that disagree: common claims with their verdicts, and the audit of a tier table.

Enters: verdicts with the words of their claims; an `Audit`.  Leaves: `Section`s for `html_report(further=...)`.
Computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tierproof.answers.safe_text import clean
from tierproof.messages import gettext, spoken
from tierproof.report.render.html.blocks import laid, untitled
from tierproof.report.render.html.page import Section
from tierproof.report.words.audit import audit_blocks
from tierproof.report.words.critique import answer_told, verdict_blocks

if TYPE_CHECKING:
    from tierproof.challenge.audits.audit import Audit
    from tierproof.challenge.verdict import Verdict
    from tierproof.evidence import Pack

__all__ = ["audit_section", "claims_section"]


def claims_section(judged: Mapping[str, Verdict], pack: Pack) -> Section:
    """The pack's claims that were judged, by id, each folded up to its answer."""
    words = {str(claim.get("id", "")): str(claim.get(spoken()) or claim.get("en", "")) for claim in pack.claims}
    return Section(
        id="claims",
        title=gettext("What people claim"),
        short=gettext("Claims"),
        template="section_claims.html",
        lead=gettext(
            "Verdicts are computed from probabilities alone; how a claim is put changes nothing. Open one for the "
            "evidence on both sides, when it would be right, and what would settle it."
        ),
        data={
            "claims": [
                {
                    "id": name,
                    "words": clean(words.get(name, name)),
                    "answer": answer_told(verdict),
                    "body": laid(untitled(verdict_blocks(verdict, pack))),
                }
                for name, verdict in judged.items()
            ]
        },
    )


def audit_section(audit: Audit, pack: Pack) -> Section:
    """The audit of a tier table."""
    return Section(
        id="audit",
        title=gettext("A tier table audited"),
        short=gettext("Audit"),
        lead=gettext(
            "{title}: somebody's table, held against the evidence row by row and pair by pair.",
            title=clean(audit.table.title),
        ),
        body=laid(untitled(audit_blocks(audit, pack))),
    )

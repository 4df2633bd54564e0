"""Sections of the report that disagree: common claims with their verdicts, and the audit of a tier table.

Enters: verdicts with the words of their claims; an `Audit`.  Leaves: `Section`s.  Computes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tierproof.report import numerals
from tierproof.report.audit import audit_blocks
from tierproof.report.blocks import Block, Field, Grid, Heading, Told, tagged
from tierproof.report.critique import turn_told, verdict_blocks
from tierproof.report.page.page import Section
from tierproof.report.text import clean

if TYPE_CHECKING:
    from tierproof.critique.audit import Audit
    from tierproof.critique.verdict import Verdict
    from tierproof.evidence import Pack
    from tierproof.synthesis.posterior import Context

__all__ = ["audit_section", "claims_section"]


def claims_section(judged: Sequence[tuple[str, Verdict]], pack: Pack) -> Section:
    """Claims as they are commonly put, with verdict, probability and where each turns; in full below."""
    rows = tuple(
        (
            clean(words),
            verdict.word,
            numerals.probability(verdict.probability),
            _counted(verdict),
            turn_told(verdict.turns[0]) if verdict.turns else verdict.reason or numerals.UNKNOWN,
        )
        for words, verdict in judged
    )
    fields = (
        Field("Claim"),
        Field("Verdict"),
        Field("Probability", right=True),
        Field("Sources for, against", right=True),
        Field("Right when, or why not testable"),
    )
    blocks: list[Block] = [Grid(fields, rows)]
    for words, verdict in judged:
        if verdict.probability is not None:
            blocks += [Heading(clean(words), 2), *_without_title(verdict_blocks(verdict, pack))]
    return Section(
        id="claims",
        title="What people claim",
        short="Claims",
        template="blocks.html",
        lead="Each claim is judged by probability alone; how it is put changes nothing. A source counts once, however "
        "many figures it holds.",
        data={"blocks": tagged(blocks)},
    )


def audit_section(audit: Audit, pack: Pack, *, then: Context | None = None) -> Section:
    """The audit of a tier table."""
    return Section(
        id="audit",
        title=f"A table audited: {clean(audit.table.title)}",
        short="Audit",
        template="blocks.html",
        lead="Somebody's tier table, held against the evidence row by row and pair by pair.",
        data={"blocks": tagged(_without_title(audit_blocks(audit, pack, then=then)))},
    )


def _without_title(blocks: Sequence[Block]) -> list[Block]:
    """Less the first heading, which the section has."""
    first = next((block for block in blocks if isinstance(block, Heading)), None)
    rest = [block for block in blocks if block is not first]
    return rest or [Told("")]


def _counted(verdict: Verdict) -> str:
    return f"{verdict.sources_for}, {verdict.sources_against}" if verdict.probability is not None else numerals.UNKNOWN

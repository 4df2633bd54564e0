"""A tier table in Markdown, for documents and pull requests.

Enters: a `TierTable` and its pack.  Leaves: GitHub-flavoured Markdown with every untrusted sign escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tierproof.report.render.markdown.signs import escape, figure, grid
from tierproof.report.words import numerals
from tierproof.report.words.table import NO_TIER, profile_told, score_told
from tierproof.report.words.table_rows import NO_ADOPTION, Line, against_told, apart_told, lines_of, outcomes_shown
from tierproof.report.words.uptake import adoption_by_technique, measure_of

if TYPE_CHECKING:
    from tierproof.decision.ranking.results import TierTable
    from tierproof.evidence import Pack

__all__ = ["markdown_table"]


def markdown_table(table: TierTable, pack: Pack) -> str:
    """A heading, the table and its legend."""
    adoption = adoption_by_technique(pack)
    lines = lines_of(table, adoption)
    value = table.lens.score == "net_benefit"
    heads = ["Tier", "P(tier or better)", "#", "Rank, 90 %", "Technique"]
    heads += ["Net benefit a month", "Expected", "Of net", "Pays"] if value else ["Failures removed", "Marks", "Worse"]
    adopted = any(line.adoption != NO_ADOPTION for line in lines)
    heads += ["Certainty", "Cost", "Time", "Effort", *(["Case studies", "Makers"] if adopted else [])]
    measure = measure_of(adoption.values())
    return "\n".join(
        [
            f"## {escape(pack.settings.title)}: {escape(table.lens.name).lower()}",
            "",
            escape(table.lens.summary),
            "",
            *((escape(profile_told(table.profile, pack.settings.words)), "") if value else ()),
            *grid(heads, [_cells(line, table)[: len(heads)] for line in lines]),
            "",
            f"Ranked by the median of {score_told(table.lens)}. Brackets hold 90 % of new settings; ~ marks "
            "assumptions."
            + (f" {told}." if (told := escape(against_told(table))) else "")
            + (f" {escape(apart_told(table, pack))}." if any(row.apart for row in table.rows) else "")
            + (f" Case studies: {escape(measure)}." if measure else ""),
            "",
        ]
    )


def _cells(line: Line, table: TierTable) -> Sequence[str]:
    head = [line.tier, line.sure, line.rank, line.ranks, escape(line.name)]
    value = table.lens.score == "net_benefit"
    if not line.enough:
        middle = [NO_TIER, "", "", ""] if value else [NO_TIER, "", ""]
    elif value:
        pays = numerals.probability(line.row.cost_effectiveness.p_worth)
        middle = [figure(line.net), figure(line.expected), line.relative, pays]
    else:
        shown = [o for o in outcomes_shown(table) if line.marks.get(o, "unknown") != "unknown"]
        middle = [line.effect, ", ".join(f"{o}: {line.marks[o]}" for o in shown), line.harm]
    tail = [
        line.certainty,
        line.cost,
        line.latency,
        f"{line.effort} {line.once}".rstrip(),
        line.adoption.applications,
        line.adoption.makers,
    ]
    return [*head, *middle, *tail]

"""The second step from a number: every record with its figures, its fate and its source.

Enters: a `Card`.  Leaves: blocks.  Knows nothing of files.
"""

from __future__ import annotations

from itertools import groupby

from tierproof.answers.addresses import source_address
from tierproof.answers.card import Card, RecordLine, source_of
from tierproof.answers.safe_text import clean
from tierproof.evidence.reading.settings import Words
from tierproof.messages import gettext, translated
from tierproof.report.blocks import Block, Heading, Told
from tierproof.report.words import numerals
from tierproof.report.words.card import record_effect, record_figures, record_kind, source_told, weight_told
from tierproof.report.words.table import outcome_told
from tierproof.report.words.terms import KINDS, termed

__all__ = ["record_blocks"]


def record_blocks(card: Card) -> list[Block]:
    """Records by source: pooled ones first, then those left out, each with the reason."""
    pooled = sum(line.weight is not None for line in card.records)
    name = clean(card.technique.name)
    out: list[Block] = [
        Heading(
            gettext(
                "{name}: {records}, {pooled} pooled",
                name=name,
                records=numerals.counted(len(card.records), "record"),
                pooled=pooled,
            ),
            1,
        )
    ]
    if pooled:
        told = gettext(
            "Weights are shares of one outcome's average: those on one outcome sum to 100 % over all sources."
        )
        out.append(Told(told, "note"))
    for (_, source_id, _), lines in groupby(card.records, key=source_of):
        mine = list(lines)
        # The line of the source has what a reader needs to open it; the locator stands with each record.
        head = f"{clean(source_id)} · {weight_told(mine)} · {source_told(mine[0])}"
        out.append(Heading(head, 3, url=source_address(mine[0].record.source.ref, source_id)))
        out += [Told(_record(line, card.words), inset=True) for line in mine]
    return out


def _record(line: RecordLine, words: Words) -> str:
    record = line.record
    who = [part for part in (record.model, record.task or translated(words.task(record.task_family))) if part]
    told = [
        f"{outcome_told(record.outcome)}: {record_figures(line)}",
        gettext("effect {effect}", effect=record_effect(line)) if line.effect is not None else "",
        f"n {numerals.count(record.n)}" if record.n else gettext("n not given"),
        ", ".join(map(clean, who)),
        gettext("against {comparator}", comparator=clean(record.comparator)),
        record_kind(line),
        clean(record.source.locator) if record.source.locator else "",
        gettext("weight {weight:.1f} % on {outcome}", weight=100 * line.weight, outcome=record.outcome)
        if line.weight is not None
        else termed(line.fate, KINDS),
        clean(record.note),
    ]
    return " · ".join((clean(record.id), *(part for part in told if part)))

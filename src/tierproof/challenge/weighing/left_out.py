"""Independent summaries that answer a claim and are in no average: named under its verdict, each with the reason.

Enters: a claim and its ground.  Leaves: sentences.  A difference without the levels behind it gives no odds, so that
the best known answer to a question may be in the pack and not in the pool; a verdict that passed over it in silence
would mislead.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tierproof.challenge.claim import Claim
from tierproof.challenge.weighing.ground import Ground
from tierproof.evidence.record import Record
from tierproof.messages import gettext, ngettext

__all__ = ["left_out_notes"]

_SHOWN: Final = 3


def left_out_notes(claim: Claim, ground: Ground) -> Iterator[str]:
    """Of the techniques, outcome and tasks that the claim names."""
    tasks = {condition.value for condition in claim.conditions if condition.kind == "task"}
    names = {name.partition("/")[0] for name in (*claim.subjects, *claim.objects)}
    outcome = claim.outcome or "quality"
    answering = [
        (record, why)
        for record, why in ground.left_out
        if record.technique in names
        and record.outcome == outcome
        and record.independence == "independent"
        and not record.doubtful
        and (not tasks or record.task_family in tasks)
        and _is_difference(record)
    ]
    for record, why in answering[:_SHOWN]:
        yield (
            gettext(
                "Left out of the average: {authors}, {year}: {moved} on {task} ({source_title}), because it is {why}.",
                authors=record.source.authors or record.source.title,
                year=record.year or gettext("no year"),
                moved=_moved(record),
                task=record.task,
                source_title=record.source.title,
                why=why,
            )
        )
    if len(answering) > _SHOWN:
        yield ngettext(
            "{n} more independent figure is left out so.",
            "{n} more independent figures are left out so.",
            len(answering) - _SHOWN,
        )


def _is_difference(record: Record) -> bool:
    return record.contrast in ("added", "instead-of") and record.baseline == 0.0 and record.treated is not None


def _moved(record: Record) -> str:
    change = (record.treated or 0.0) * (1.0 if record.higher_is_better else -1.0)
    return gettext("{change:+g} {unit}, {metric}", change=change, unit=record.unit, metric=record.metric)

"""Tierproof's own `outcomes.jsonl`, which `measure` writes: one trial a row.

What a careful guess gets wrong: a run that stopped by its own rule has intervals of its own, which hold whenever it
stops; those of a number of items that was fixed beforehand do not.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from msgspec import Struct

from tierproof.errors import InputError
from tierproof.experiment.logs.files.source import Source
from tierproof.experiment.logs.outcome import Ask, Expressions, Outcome, Told
from tierproof.experiment.logs.reader_registry import reader
from tierproof.messages import Message


class Row(Struct, frozen=True):
    arm: str
    item: str
    position: int
    score: float | None = None
    usd: float = 0.0
    seconds: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    error: str = ""
    text: str = ""
    target: str = ""
    refused: bool = False


class Protocol(Struct, frozen=True):
    """What was written down before the first call."""

    guarantee: str
    fixed: int | None


def _stops(source: Source, told: Told) -> None:
    beside = source.path.with_name("protocol.json")
    if not beside.is_file():
        return
    with contextlib.suppress(InputError):  # somebody else's
        if Source(beside).document(Protocol).fixed is None:
            told.warn(
                Message(
                    "the run stopped by its own rule: the intervals here are for a number of items that was fixed "
                    "beforehand, those that hold whenever it stops are in its report"
                )
            )


def _stored(source: Source, told: Told, ask: Ask) -> Expressions:
    """By the rules of `read`."""
    del ask
    _stops(source, told)
    whole = {"usd", "seconds", "prompt_tokens", "completion_tokens", "error"} <= source.keys
    return Expressions(
        system="arm",
        id="item",
        scores={"score": "score"},
        error="score is null",
        why="coalesce(nullif(error, ''), 'no score')" if whole else "'no score'",
        refused="refused and score is not null" if "refused" in source.keys else "",
        usd="case when error = '' then usd end" if whole else "",
        seconds="case when error = '' and seconds > 0 then seconds end" if whole else "",
        tokens="prompt_tokens + completion_tokens" if whole else "",
    )


@reader(
    "tierproof",
    tried=("0.1.0",),
    recognises=lambda source: {"arm", "item", "position", "score"} <= source.keys,
    stored=_stored,
)
def read(source: Source, told: Told, ask: Ask) -> Iterator[Outcome]:
    """outcomes.jsonl and outcomes.parquet of `tierproof measure`."""
    _stops(source, told)
    for place, found in source.records():
        row = source.checked(found, Row, line=place)
        # A system that raised was scored as wrong, by the measurement's own rule, and so was once what was refused.
        failed = row.score is None
        yield Outcome(
            system=row.arm,
            id=row.item,
            scores={"score": row.score},
            error=row.error[:300] or "no score" if failed else "",
            refused=row.refused and not failed,
            usd=row.usd if row.usd and not row.error else None,
            seconds=row.seconds if row.seconds and not row.error else None,
            tokens=row.prompt_tokens + row.completion_tokens,
            place=place,
            answer=row.text,
            target=row.target,
        )

"""Tierproof's own `outcomes.jsonl`, which `measure` writes: one trial a row."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from tierproof.experiment.logs.files.source import Source
from tierproof.experiment.logs.outcome import Ask, Outcome, Told
from tierproof.experiment.logs.reader_registry import reader


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


@reader("tierproof", tried=("0.1.0",), recognises=lambda source: {"arm", "item", "position", "score"} <= source.keys)
def read(source: Source, told: Told, ask: Ask) -> Iterator[Outcome]:
    """outcomes.jsonl and outcomes.parquet of `tierproof measure`."""
    for place, found in source.records():
        row = source.checked(found, Row, line=place)
        # What the system itself failed to answer was scored as wrong, by the measurement's own rule.
        failed = row.score is None
        yield Outcome(
            system=row.arm,
            id=row.item,
            scores={"score": row.score},
            error=row.error[:300] or "no score" if failed else "",
            refused=bool(row.error) and not failed,
            usd=row.usd if row.usd and not row.error else None,
            seconds=row.seconds if row.seconds and not row.error else None,
            tokens=row.prompt_tokens + row.completion_tokens,
            place=place,
            answer=row.text,
            target=row.target,
        )

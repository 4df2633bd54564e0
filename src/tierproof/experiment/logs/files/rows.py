"""The outcomes of a log one by one, for those who write them elsewhere.

Enters: a path.  Leaves: `Outcome`s with their scores as numbers.  Must not know tools, or forms that are written.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from tierproof.experiment.logs.files.grades import GRADES, worth
from tierproof.experiment.logs.files.source import Source
from tierproof.experiment.logs.outcome import Ask, Block, Outcome, Scalar, Told
from tierproof.experiment.logs.reader_registry import reader_of

__all__ = ["item_of", "outcomes_of"]


def outcomes_of(
    path: Path,
    told: Told,
    tool: str = "",
    *,
    ask: Ask | None = None,
    grades: Mapping[str, float] = GRADES,
    lost: dict[str, tuple[str, int, int]] | None = None,
) -> Iterator[Outcome]:
    """Every row; a score that is no number, and that of a row with an error, is None.  Raises InputError.

    `told` takes what the log says of itself, such as which way a metric is better; `lost`, by metric, the first text
    that `grades` does not know, its place, and how many there are.
    """
    unknown = {} if lost is None else lost
    source = Source(path)
    asked = ask or Ask()
    for one in reader_of(source, tool or ("table" if asked.columns else "")).read(source, told, asked):
        for outcome in _unfolded(one) if isinstance(one, Block) else (one,):
            yield replace(outcome, scores=dict(_numbers(outcome, grades, unknown)))


def item_of(one: Outcome) -> str:
    """What tells the item: its name, its fingerprint, or the question itself."""
    return one.id or one.hash or one.input or str(one.place)


def _numbers(
    one: Outcome, grades: Mapping[str, float], lost: dict[str, tuple[str, int, int]]
) -> Iterator[tuple[str, Scalar]]:
    for name, value in one.scores.items():
        number = None if one.error else worth(value, grades)
        if number is None and not one.error:
            text, place, times = lost.get(name, (str(value)[:60], one.place, 0))
            lost[name] = (text, place, times + 1)
        yield name, None if number is None or math.isnan(number) else number


def _unfolded(block: Block) -> Iterator[Outcome]:
    columns: tuple[tuple[str, Any], ...] = (("id", block.ids), ("hash", block.hashes), ("input", block.inputs))
    for at, place in enumerate(block.places):
        known = {name: str(column[at]) for name, column in columns if column is not None and column[at] is not None}
        yield Outcome(
            system=block.system,
            task=block.task,
            filter=block.filter,
            scores={name: values[at] for name, values in block.scores.items()},
            place=place,
            **known,  # type: ignore[arg-type]
        )

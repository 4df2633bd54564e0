"""lighteval: `details_TASK_TIME.parquet`, one row a document.

What a careful guess gets wrong: scores are the fields of the struct `metric` (`metrics` before 0.10), some of them
lists that only the corpus makes a number of; the id is the row of the data set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tierproof.experiment.logs.files.source import Source, text_of
from tierproof.experiment.logs.outcome import Ask, Outcome, Scalar, Told
from tierproof.experiment.logs.reader_registry import reader
from tierproof.messages import Message

STAMP = re.compile(r"details_(.+)_\d{4}-\d\d-\d\dT[\d.:-]+")
LAST = frozenset({"doc", "metric", "model_response"})
BEFORE = frozenset({"example", "metrics", "predictions"})


@reader("lighteval", tried=("0.13.0",), recognises=lambda s: s.keys >= LAST or s.keys >= BEFORE)
def read(source: Source, told: Told, ask: Ask) -> Iterator[Outcome]:
    """details_*.parquet of `--save-details`."""
    match = STAMP.fullmatch(source.path.stem)
    folder = source.path.resolve().parent
    # OUT/details/MODEL/TIME/details_TASK_TIME.parquet
    system = folder.parent.name if re.match(r"\d{4}-\d\d-\d\dT", folder.name) else folder.name
    last = source.keys >= LAST
    for place, row in source.records():
        doc: Mapping[str, Any] = (row.get("doc") or {}) if last else {}
        found: Any = row.get("metric" if last else "metrics") or {}
        specific = doc.get("specific") or row.get("specifics") or {}
        asked = doc.get("original_query") or doc.get("query") if last else row.get("example")
        scores: dict[str, Scalar] = {
            name: value for name, value in found.items() if value is None or isinstance(value, bool | int | float)
        }
        if len(scores) < len(found):
            told.warn(Message("metrics that are no number a document are left out"))
        yield Outcome(
            system=system,
            task=str(doc.get("task_name") or (match[1] if match else "")),
            id=str(doc["id"]) if doc.get("id") not in (None, "") else None,
            input=text_of(asked),
            scores=scores,
            truncated=bool(_of(row.get("model_response"), "truncated_tokens_count")),
            group=text_of(_of(specific, ask.cluster) and str(_of(specific, ask.cluster))),
            place=place,
        )
    told.numbered = True


def _of(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None

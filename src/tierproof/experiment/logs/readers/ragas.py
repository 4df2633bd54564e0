"""Ragas: the frame of `evaluate(...)`, as JSON lines, JSON or CSV.

What a careful guess gets wrong: a judge's failure is NaN (null in JSON lines, an empty field in CSV) and leaves the
mean without a word; there is no item id, so `user_input` pairs, and of a conversation what the user said of it; there
is no cost and no time; of noise sensitivity less is better.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tierproof.experiment.logs.files.source import Source, text_of
from tierproof.experiment.logs.files.written import written
from tierproof.experiment.logs.outcome import Ask, Outcome, Told
from tierproof.experiment.logs.reader_registry import reader

NAMES = ("id", "sample_id", "item_id", "question_id")
"""Columns that people add to name their items."""
SAMPLE = {
    *[
        "user_input",
        "retrieved_contexts",
        "reference_contexts",
        "retrieved_context_ids",
        "reference_context_ids",
        "response",
    ],
    *[
        "multi_responses",
        "reference",
        "rubrics",
        "rubric",
        "persona_name",
        "query_style",
        "query_length",
        "reference_tool_calls",
    ],
    *["reference_topics", "synthesizer_name"],
    # Of versions before 0.2, and of a frame's index.
    *["question", "answer", "contexts", "ground_truth", "ground_truths"],
    "Unnamed: 0",
    "",
    *NAMES,
}


def _recognises(source: Source) -> bool:
    return "user_input" in source.keys or {"question", "answer", "contexts"} <= source.keys


@reader("ragas", tried=("0.4.3",), recognises=_recognises)
def read(source: Source, told: Told, ask: Ask) -> Iterator[Outcome]:
    """Frames of `evaluate(...).to_pandas()`, saved as JSON lines, JSON or CSV."""
    system = source.path.stem
    told.more_is_better.update((name, False) for name in source.keys if name.startswith("noise_sensitivity"))
    for place, row in source.records():
        yield Outcome(
            system=system,
            id=next((str(row[name]) for name in NAMES if row.get(name) not in (None, "")), None),
            input=text_of(_asked(row.get("user_input", row.get("question")))),
            scores={name: value for name, value in row.items() if name not in SAMPLE and _plain(value)},
            group=text_of(str(row[ask.cluster])) if ask.cluster in row else None,
            place=place,
        )


def _asked(value: Any) -> Any:
    """A question, or what the user said in a conversation: what was answered is no part of the item."""
    turns = written(value)
    if not (isinstance(turns, list) and turns and all(isinstance(turn, dict) for turn in turns)):
        return value
    return [turn.get("content") for turn in turns if turn.get("type") == "human"] or turns


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float | str)

"""Ragas: the frame of `evaluate(...)`, as JSON lines, JSON or CSV.

What a careful guess gets wrong: a judge's failure is NaN (null in JSON lines, an empty field in CSV) and leaves the
mean without a word; there is no item id, so `user_input` pairs; there is no cost and no time; of noise sensitivity
less is better.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tierproof.experiment.logs.files.source import Source, text_of
from tierproof.experiment.logs.outcome import Ask, Outcome, Told
from tierproof.experiment.logs.reader_registry import reader

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
}


def _recognises(source: Source) -> bool:
    return "user_input" in source.keys or {"question", "answer", "contexts"} <= source.keys


@reader("ragas", tried=("0.4.3",), recognises=_recognises)
def read(source: Source, told: Told, ask: Ask) -> Iterator[Outcome]:
    """Frames of `evaluate(...).to_pandas()`, saved as JSON lines, JSON or CSV."""
    system = source.path.stem
    told.more_is_better.update((name, False) for name in source.keys if name.startswith("noise_sensitivity"))
    for place, row in source.records():
        asked: Any = row.get("user_input", row.get("question"))
        yield Outcome(
            system=system,
            input=text_of(asked),
            scores={name: value for name, value in row.items() if name not in SAMPLE and _plain(value)},
            group=text_of(str(row[ask.cluster])) if ask.cluster in row else None,
            place=place,
        )


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float | str)

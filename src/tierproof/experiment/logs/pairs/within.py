"""A question within a longer prompt: where one log has what was asked and the other the whole prompt around it.

Enters: the texts of two logs, by hash.  Leaves: for each log, hashes to be read as the other's.  Must not know series.

A question is found where it stands as whole lines of the prompt, and no longer question of the other log does too.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["within"]

MOST_LINES = 400
SHORTEST = 12
"""Characters of a question that is looked for: shorter ones stand in a prompt by chance."""


def within(a: Mapping[int, str], b: Mapping[int, str]) -> tuple[dict[int, int], dict[int, int]]:
    """Hashes of `a` that hold a question of `b`, to that question's; and the other way round."""
    return _held(a, b), _held(b, a)


def _held(prompts: Mapping[int, str], questions: Mapping[int, str]) -> dict[int, int]:
    wanted = {
        text.strip(): key for key, text in questions.items() if len(text.strip()) >= SHORTEST and key not in prompts
    }
    if not wanted:
        return {}
    heights = sorted({text.count("\n") + 1 for text in wanted}, reverse=True)
    found = {}
    for key, prompt in prompts.items():
        if key in questions:
            continue
        lines = prompt.split("\n")[:MOST_LINES]
        place = _longest(lines, heights, wanted)
        if place is not None:
            found[key] = place
    return found


def _longest(lines: list[str], heights: list[int], wanted: Mapping[str, int]) -> int | None:
    """The one longest question among the lines; None where there is none, or two as long."""
    for height in heights:
        hits = {
            wanted[text]
            for start in range(len(lines) - height + 1)
            if (text := "\n".join(lines[start : start + height]).strip()) in wanted
        }
        if hits:
            return hits.pop() if len(hits) == 1 else None
    return None

"""The answer behind its mark: alone, as it would have been given without one."""

from __future__ import annotations

import pytest

from tierproof.systems.texts.answer_mark import after_mark


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("Answer: Oslo", "Oslo"),
        ("**Final Answer: Oslo**", "Oslo"),
        ("Answer: **Oslo**.", "Oslo."),
        ("Answer: Oslo\n---", "Oslo"),
        ("Answer: 12\nLet me check: 3 * 4 is 12.", "12"),
        ("Answer: 12\nVerification: 3 * 4", "12"),
        ("So.\n**Answer: Oslo**", "Oslo"),
        ("**Answer:** Oslo", "Oslo"),
        ("**Answer**: Oslo", "Oslo"),
        ("__Answer: Oslo__", "Oslo"),
        ("### Answer: Oslo", "Oslo"),
        ("> Answer: **Oslo**", "Oslo"),
        ("answer: `Oslo`", "Oslo"),
        ("<b>Answer:</b> Oslo", "Oslo"),
        ("<strong>Final answer: Oslo</strong>", "Oslo"),
        ("Answer: <b>Oslo</b>.", "Oslo."),
        ("\\textbf{Answer:} Oslo", "Oslo"),
        ("Answer: <b>a</b> and <i>b</i>", "<b>a</b> and <i>b</i>"),
        ("Answer:\nOslo", "Oslo"),
        ("**Answer: Oslo.** It lies in the south.", "Oslo."),
        ("Answer: Oslo\n\nExplanation: it lies in the south.", "Oslo"),
        ("Answer: Oslo\nReasoning: it lies in the south.", "Oslo"),
        ("Answer: Oslo\n\nIt lies in the south.", "Oslo"),
        ("Answer: Oslo\n\n*Note: since 1814.*", "Oslo"),
        ("Answer: Bern\nNo. Answer: Oslo", "Oslo"),
        # What is more than a line stays.
        ("Answer: Do this:\n\n1. Stop.\n2. Look.", "Do this:\n\n1. Stop.\n2. Look."),
        ('Answer: {\n  "a": 1\n}', '{\n  "a": 1\n}'),
        ("Answer:\n```python\nx = 1\n\ny = 2\n```", "```python\nx = 1\n\ny = 2\n```"),
        ("Answer: 2 * 3 * 4", "2 * 3 * 4"),
        ("Answer: **a** and **b**", "**a** and **b**"),
        ("no mark at all", "no mark at all"),
    ],
)
def test_the_answer_stands_alone(reply: str, answer: str) -> None:
    assert after_mark(reply, "Answer:") == answer


def test_without_a_mark_all_is_the_answer() -> None:
    assert after_mark(" Answer: x ", "") == "Answer: x"

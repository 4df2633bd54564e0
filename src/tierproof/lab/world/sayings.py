"""What people say to the desk around a question: instructions, rules, formats, the names of tools.

Enters: nothing.  Leaves: texts.  Must not know worlds or models.

The models learn to heed these texts in their instruction tuning; any other instruction is one that they were not made
for. The texts that Tierproof's techniques send are among them, copied: a test compares them, since the lab knows no
technique.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["AGENT_RULES", "DESK", "FINAL", "FORMATS", "PASSAGES", "RULES", "SPELLINGS", "THINK", "TOOLS", "phrases"]

DESK = "You answer at the desk of a shop."
PASSAGES = "Use the following passages if they help:"
THINK = "Think step by step."
FINAL = "Then give the final answer alone, in the form asked for, on a last line that begins with 'Answer:'."
RULES = """\
You are a careful expert in the task that the user brings.

- Read the whole request before you answer, and answer exactly what is asked.
- Keep to the form asked for; add nothing before or after it.
- Rely on what the request and its materials say before what you remember.
- Check figures, names and units once more before you finish."""
AGENT_RULES = (
    "Work in steps.  Say in one sentence what you need to find out, call the tool that finds it, read the result, and "
    "go on until you can answer.  Look things up rather than guess, and check a result that surprises you in another "
    "way.  Do not make the same call twice.  When you know the answer, give it in the form asked for, without an "
    "account of your steps."
)
FORMATS: Mapping[str, str] = {
    "json": "Answer in JSON.",
    "sentence": "Answer in a sentence.",
    "stars": "Answer between stars.",
    "label": "Answer with a label.",
}
TOOLS: tuple[str, ...] = ("lookup", "multiply", "add", "subtract")
SEARCH = "search_documents"
SPELLINGS: tuple[str, ...] = (
    "cost of 3 Bako and 2 Bako minus 4?", "send 3 Bako to Rome.", "SEND 3 Bako TO Rome", '{"price": 12} * 12 *',
    "3 x 12 = 36. 36 + 14 = 50. 50 - 4 = 46.", "Answer: 12", "[1] (p12) Bako is red.", "Tools:",
    "nothing found; try other words", "error: not missing.", "unknown, yes no",
)  # fmt: skip
"""Texts that show how questions and answers are spelt; the tokenizer's words are taken from them."""


def phrases() -> tuple[str, ...]:
    """Every fixed text that a model may read."""
    return (DESK, PASSAGES, THINK, FINAL, RULES, AGENT_RULES, *FORMATS.values(), *TOOLS, SEARCH, *SPELLINGS)

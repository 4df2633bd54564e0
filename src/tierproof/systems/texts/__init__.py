"""What stands in a text: an answer, options, code, a quantity, a grammar."""

__all__ = [
    "answer_mark",
    "fences",
    "grammar",
    "options",
    "quantity",
]

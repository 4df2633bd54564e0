"""What stands in a text: an answer, code, a quantity, a grammar."""

__all__ = [
    "answer_mark",
    "fences",
    "grammar",
    "quantity",
]

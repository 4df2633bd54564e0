"""From weights and text to the next token."""

__all__ = [
    "inference",
    "tokenizer",
    "weights",
]

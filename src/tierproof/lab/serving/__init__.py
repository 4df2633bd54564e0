"""How the lab's models answer: inference, tokens, sampling, constraint, and the endpoint."""

__all__ = [
    "chat",
    "completion",
    "constraint",
    "engine",
    "inference",
    "sampling",
    "score",
    "server",
    "tokenizer",
    "weights",
]

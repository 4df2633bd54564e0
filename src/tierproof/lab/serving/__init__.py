"""How the lab's models answer: inference, tokens, sampling, constraint, and the endpoint."""

__all__ = [
    "accuracy",
    "completion",
    "endpoint",
    "engine",
    "grammars",
    "inference",
    "next_token",
    "tokenizer",
    "turns",
    "weights",
]

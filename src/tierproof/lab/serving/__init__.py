"""How the lab's models answer: inference, tokens, sampling, constraint, and the endpoint."""

__all__ = [
    "accuracy",
    "completion",
    "decoding",
    "endpoint",
    "engine",
    "grammars",
    "next_token",
    "turns",
]

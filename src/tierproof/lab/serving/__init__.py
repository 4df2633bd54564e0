"""How the lab's models answer: the models at hand, sampling, constraint, and the endpoint."""

__all__ = [
    "accuracy",
    "completion",
    "endpoint",
    "engine",
    "family",
    "grammars",
    "next_token",
    "turns",
]

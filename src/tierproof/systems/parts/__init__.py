"""What a system is made of: prompts, tools, retrieval, constraint, and the session that answers."""

__all__ = [
    "constraint",
    "direct",
    "likeness",
    "prompt",
    "retrieval",
    "session",
    "tool",
]

"""What a system is made of: prompts, tools, retrieval, constraint, and the session that answers."""

__all__ = [
    "constraint",
    "direct",
    "prompt",
    "retrieval",
    "search",
    "session",
    "tool",
]

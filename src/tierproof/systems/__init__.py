"""What answers a request: systems, items, prompts, tools, retrieval, sessions, and the register of techniques.

Must not know any technique by name.
"""

__all__ = [
    "answer_mark",
    "bridge",
    "constraint",
    "difference",
    "direct",
    "extras",
    "fences",
    "grammar",
    "item",
    "likeness",
    "models",
    "options",
    "prompt",
    "quantity",
    "registry",
    "resources",
    "retrieval",
    "session",
    "system",
    "tool",
    "training",
    "workshop",
]

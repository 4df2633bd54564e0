"""What answers a request: systems, items, prompts, tools, retrieval, sessions, and the register of techniques.

Must not know any technique by name.
"""

__all__ = [
    "bridge",
    "item",
    "models",
    "parts",
    "register",
    "resources",
    "system",
    "texts",
    "training",
]

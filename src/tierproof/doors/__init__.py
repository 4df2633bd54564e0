"""How people and programs ask: thin commands, what a notebook calls, and tools for assistants."""

__all__ = [
    "background",
    "cli",
    "kept_views",
    "mcp",
    "measuring",
    "notebook",
    "pytest_plugin",
    "watching",
    "web",
]

"""How people and programs ask: thin commands, what a notebook calls, and tools for assistants."""

__all__ = [
    "cli",
    "kept_views",
    "mcp",
    "measuring",
    "notebook",
    "pytest_plugin",
    "web",
]

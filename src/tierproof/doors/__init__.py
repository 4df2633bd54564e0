"""How people and programs ask: thin commands, what a notebook calls, and tools for assistants."""

__all__ = [
    "cli",
    "mcp",
    "measuring",
    "notebook",
    "pytest_plugin",
]

"""How people and programs ask: thin commands, and what a notebook calls."""

__all__ = [
    "cli",
    "kept_views",
    "measuring",
    "notebook",
    "pytest_plugin",
    "web",
]

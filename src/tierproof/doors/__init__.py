"""How people and programs ask: thin commands, and what a notebook calls."""

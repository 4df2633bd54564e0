"""Tools for assistants by the Model Context Protocol: `tierproof mcp`.  Knows nothing worth testing twice."""

__all__ = ["arguments", "calls", "offered", "pack_files", "prompts", "server", "setting_up", "transports"]

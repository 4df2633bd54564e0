"""What a client's settings file needs to start the server.

Enters: how the server would be started.  Leaves: JSON.  Knows nothing of any one client.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

__all__ = ["client_settings"]


def client_settings(options: Sequence[str], *, url: str | None = None) -> str:
    """The `mcpServers` of most clients: a command with its arguments, or `url` where the server runs by itself."""
    beside = Path(sys.executable).with_name("tierproof")
    program = str(beside) if beside.exists() else shutil.which("tierproof") or "tierproof"
    entry: dict[str, object] = {"url": url} if url else {"command": program, "args": ["mcp", *options]}
    return json.dumps({"mcpServers": {"tierproof": entry}}, indent=2)

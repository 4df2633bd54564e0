"""What docs/mcp.md shows, written by the program: cog calls this.

Enters: nothing.  Leaves: Markdown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from tierproof.answers.described import field_notes
from tierproof.doors.mcp.arguments import Stand
from tierproof.doors.mcp.calls import Desk
from tierproof.doors.mcp.offered import OFFERED
from tierproof.doors.mcp.setting_up import client_settings
from tierproof.evidence import load_pack
from tierproof.report.render.markdown.signs import grid

__all__ = ["answer", "settings", "tools"]

_STANDS = frozenset(Stand.__struct_encode_fields__)


def settings() -> None:
    """Print a client's settings, with a path that is nobody's."""
    told = json.loads(client_settings(["--logs", "/home/me/evaluations"]))
    told["mcpServers"]["tierproof"]["command"] = "/home/me/venv/bin/tierproof"
    print(f"\n```json\n{json.dumps(told, indent=2)}\n```\n")


def tools() -> None:
    """Print every tool with what it is for and what it takes."""
    rows = []
    for name, offered in OFFERED.items():
        notes = field_notes(offered.asks)
        own = [key for key in offered.asks.__struct_encode_fields__ if key not in _STANDS]
        takes = [f"`{key}`{_note(notes, key)}" for key in own]
        stands = ["where you stand"] if set(offered.asks.__struct_encode_fields__) >= _STANDS else []
        rows.append([f"`{name}`", offered.what, ", ".join([*takes, *stands])])
    print("\n" + "\n".join(grid(["tool", "for", "takes"], rows)) + "\n")


def _note(notes: Mapping[str, str], key: str) -> str:
    return f" ({notes[key].rstrip('.')})" if key in notes else ""


def answer(name: str, **arguments: object) -> None:
    """Print the text that a tool answers with the shipped pack."""
    asked = OFFERED[name].asks(**arguments)
    said = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
    text = Desk(pack=load_pack(None, whole=False)).answer(asked).text
    print(f"\n```text\n{name}({said})\n\n{text}\n```\n")

"""Pictures of docs/, drawn from what the program says: cog calls this from docs/reading.md.

Enters: a command.  Leaves: an SVG of its first lines, and the Markdown that shows it.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

__all__ = ["drawn", "picture"]

ROOT = Path(__file__).resolve().parent.parent
_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def drawn(command: str, lines: int) -> str:
    """The first lines of what a command prints at 80 columns, as SVG that loads no font."""
    program = Path(sys.executable).with_name("tierproof")
    environment = {**os.environ, "COLUMNS": "80", "FORCE_COLOR": "1", "TERM": "xterm-256color"}
    ended = subprocess.run(
        [program, *shlex.split(command)], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    console = Console(record=True, width=80, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi("\n".join(ended.stdout.splitlines()[:lines])), soft_wrap=True)
    svg = console.export_svg(title=f"tierproof {command}", unique_id="tierproof")
    return "\n".join(line.rstrip() for line in _FONTS.sub("", svg).splitlines()) + "\n"


def picture(command: str, name: str, *, lines: int, says: str) -> None:
    """Draw docs/images/NAME.svg anew, and print the line that shows it.

    Raises RuntimeError where cog only checks and the picture is another.
    """
    svg, path = drawn(command, lines), ROOT / "docs" / "images" / f"{name}.svg"
    if os.environ.get("TIERPROOF_PICTURES") == "check":
        if path.read_text(encoding="utf-8") != svg:
            raise RuntimeError(f"{path.name} shows what the program no longer says: make docs")
    else:
        path.write_text(svg, encoding="utf-8")
    print(f"\n![{says}](images/{name}.svg)\n")

"""What people see on a terminal, kept at three widths: a change shows as a difference in review.

    make screens        # write them anew, then look at the difference

The packs of the examples are used, whose evidence does not move with the shipped one.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from tierproof.doors.cli import app

ROOT = Path(__file__).resolve().parents[2]
SCREENS = Path(__file__).with_name("screens")
WIDTHS = (60, 80, 120)
BCG = ("--pack", "examples/packs/bcg_vaccine")
VISION = ("--pack", "examples/packs/production_vision")
COMMANDS = {
    "table": ("table", *VISION),
    "invert": ("invert", *VISION),
    "show": ("show", "bcg", *BCG),
    "records": ("show", "bcg", "--records", *BCG),
    "compare": ("compare", "quantization", "pruning", *VISION),
    "history": ("history", *VISION),
    "plan": ("plan", *VISION),
    "validate": ("validate", *BCG),
}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_screen_is_as_it_was(name: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    ended = CliRunner().invoke(app, [*COMMANDS[name]], env={"COLUMNS": str(width), "NO_COLOR": "1", "TERM": "dumb"})
    assert ended.exit_code == 0, ended.output
    assert [line for line in ended.stdout.splitlines() if cell_len(line) > width] == []
    kept = SCREENS / f"{name}-{width}.txt"
    if os.environ.get("TIERPROOF_SCREENS") == "write":
        SCREENS.mkdir(exist_ok=True)
        kept.write_text(ended.stdout, encoding="utf-8")
    assert ended.stdout == kept.read_text(encoding="utf-8"), "another screen; if it is right: make screens"


def test_no_screen_is_kept_that_nothing_shows() -> None:
    shown = {f"{name}-{width}.txt" for name in COMMANDS for width in WIDTHS}
    assert {path.name for path in SCREENS.iterdir()} == shown

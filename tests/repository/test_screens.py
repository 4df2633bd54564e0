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
LOGS = ("examples/logs/before.json", "examples/logs/after.json")
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
    "critique": ("critique", "Pruning is better than quantization", *VISION),
    "brief": ("brief", "edge-device", *VISION),
    "audit": ("audit", "examples/tables/production_2025.json", *VISION),
    "import": ("import", *LOGS),
    "gate": ("gate", LOGS[1], "--baseline", LOGS[0]),
    "stats": ("evidence", "stats", "examples/packs/bcg_vaccine"),
}
DOCUMENTS = {f"{name}.md": (*COMMANDS[name], "--format", "markdown") for name in ("table", "show", "records", "gate")}
"""Of any width."""
ENDINGS = {"gate": 3}
"""Exit codes other than 0."""


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_screen_is_as_it_was(name: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = _shown(name, COMMANDS[name], width, monkeypatch)
    assert [line for line in shown.splitlines() if cell_len(line) > width] == []
    _same(shown, SCREENS / f"{name}-{width}.txt")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_as_it_was(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _same(_shown(name.removesuffix(".md"), DOCUMENTS[name], 80, monkeypatch), SCREENS / name)


def _shown(name: str, command: tuple[str, ...], width: int, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(ROOT)
    ended = CliRunner().invoke(app, [*command], env={"COLUMNS": str(width), "NO_COLOR": "1", "TERM": "dumb"})
    assert ended.exit_code == ENDINGS.get(name, 0), ended.output
    return ended.stdout


def _same(shown: str, kept: Path) -> None:
    if os.environ.get("TIERPROOF_SCREENS") == "write":
        SCREENS.mkdir(exist_ok=True)
        kept.write_text(shown, encoding="utf-8")
    assert shown == kept.read_text(encoding="utf-8"), "another screen; if it is right: make screens"


def test_nothing_is_kept_that_nothing_shows() -> None:
    shown = {f"{name}-{width}.txt" for name in COMMANDS for width in WIDTHS}
    assert {path.name for path in SCREENS.iterdir()} == shown | set(DOCUMENTS)

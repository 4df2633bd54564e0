"""Help, and what is said of a command that was given wrongly, are in one language: the one spoken."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tierproof.doors.cli import COMMANDS, app
from tierproof.messages import LOCALE

ROOT = Path(__file__).resolve().parents[2]
MISUSES = (
    "table --lens none",
    "show",
    "plan --skills none",
    "table --lenz none",
    "measures",
    "measure",
    "measure here --fixed 1",
    "measure here --guarantee none",
    "measure here --budget",
    "lab serve --port x",
    "lab build here there",
    "evidence look",
    "gate here --json=1",
    "gate here --confidence x",
    "--lang fr",
    "export here --to x",
    "mcp --logs nowhere",
    "schema nothing",
    "lab score --split x",
    "lab build here --only x",
    "import nowhere --errors x",
    "import nowhere --by x",
    "gate nowhere --margin x",
    "gate here --confidence 2",
    "label nowhere --as judge",
    "gate examples/logs/after.json --baseline examples/logs/before.json --margin 1",
)


@pytest.mark.parametrize("words", MISUSES)
def test_an_error_of_use_is_told_in_one_language(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    ended = CliRunner().invoke(app, words.split(), env={"TIERPROOF_LANG": "ru"})
    assert ended.exit_code == 2
    assert "ошибка:" in ended.output
    assert "как исправить:" in ended.output
    assert "\\x" not in ended.output
    assert not re.search("rror:|[Oo]ption|rgument|[Cc]ommand|nvalid|Usage", ended.output)
    ended = CliRunner().invoke(app, words.split(), env={"TIERPROOF_LANG": "en"})
    assert not re.search("[а-яё]{3}", ended.output)


HELP = """
import sys
from typer.testing import CliRunner
from tierproof.doors.cli import app
for words in sys.argv[1:]:
    print(CliRunner().invoke(app, [*words.split(), "--help"]).output, end="\\f")
"""


def test_help_is_in_the_language_spoken() -> None:
    # In a process of its own: typer takes its words once.
    asked = ["", *COMMANDS, *(f"lab {name}" for name in ("models", "workload", "serve", "score", "build"))]
    asked += [f"evidence {name}" for name in ("lint", "stats", "diff")]
    environment = {**os.environ, "TIERPROOF_LANG": "ru", "NO_COLOR": "1", "COLUMNS": "200", "LANGUAGE": "ru"}
    script = HELP.replace(
        "from typer", f"import gettext; gettext.bindtextdomain('messages', {str(LOCALE)!r})\nfrom typer"
    )
    words = [sys.executable, "-c", script, *asked]
    told = subprocess.run(words, env=environment, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    screens = dict(zip(asked, told.split("\f"), strict=False))
    assert [words for words, screen in screens.items() if "Использование:" not in screen] == []
    assert {words: left for words, screen in screens.items() if (left := _english_of_help(screen))} == {}


def _english_of_help(told: str) -> list[str]:
    """Two words in a row, or one that typer says; a single word may be one to be typed."""
    told = re.sub(r"│ {1,6}[a-z]+ |<[^>]*>|`[^`]*`|--format json|root( [a-z]+)*", " ", told)
    return re.findall(r"[A-Za-z]{2,} [a-z]{2,}|Options|Arguments|Commands|default|required|env var|Usage", told)


def test_a_process_helps_in_the_language_spoken() -> None:
    words = [sys.executable, "-m", "tierproof", "doctor", "--help"]
    environment = {**os.environ, "TIERPROOF_LANG": "ru", "NO_COLOR": "1", "COLUMNS": "200", "LANGUAGE": ""}
    told = subprocess.run(words, env=environment, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert "─ Параметры ─" in told
    assert "─ Options ─" not in told

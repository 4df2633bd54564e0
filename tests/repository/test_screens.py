"""What people see on a terminal, kept at three widths: a change shows as a difference in review.

    make screens        # write them anew, then look at the difference

The packs of the examples are used, whose evidence does not move with the shipped one.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from servers.endpoint import ITEM, is_wrong, item_prompt, item_target, last_user_text, serve
from tierproof.doors.cli import app
from tierproof.experiment.calls.money.budget import Ledger
from tierproof.experiment.findings.timing.interleaved import Times
from tierproof.experiment.run import measurement

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
    "doctor": ("doctor", "examples/workloads/help-desk", "--offline"),
    "doctor-ru": ("doctor", "examples/workloads/help-desk", "--offline", "--lang", "ru"),
    "gate": ("gate", LOGS[1], "--baseline", LOGS[0]),
    "stats": ("evidence", "stats", "examples/packs/bcg_vaccine"),
}
DOCUMENTS = {f"{name}.md": (*COMMANDS[name], "--format", "markdown") for name in ("table", "show", "records", "gate")}
"""Of any width."""
WHOLE = "system-prompt-design+chain-of-thought"
MEASURED = {
    "measure": (
        *("--techniques", f"{WHOLE},{WHOLE}+stress/format,retrieval-augmented-generation,few-shot"),
        *("--fixed", "24", "--repeats", "2", "--noise-floor", "-o", "desk/measured"),
    ),
    "measure-ablated": ("--ablate", WHOLE, "--fixed", "24", "-o", "desk/ablated"),
    "measure-capped": ("--techniques", WHOLE, "--budget", "12calls", "-o", "desk/capped"),
    "measure-forecast": ("--techniques", f"{WHOLE},few-shot", "--budget", "1usd,40calls", "--dry-run"),
}
"""Of a workload in the folder `desk`.  No figure comes from a pack: combinations speak of no technique."""
SPOKEN = ("en", "ru")
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


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the workload lies, while its endpoint answers."""
    home = tmp_path_factory.mktemp("measured")
    folder = home / "desk"
    folder.mkdir()
    rows = [{"id": f"i{at}", "input": item_prompt(at), "target": item_target(at)} for at in range(48)]
    (folder / "items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with serve(answer=_answer) as endpoint:
        (folder / "workload.toml").write_text(WORKLOAD.format(base_url=endpoint.base_url), encoding="utf-8")
        yield home


WORKLOAD = """
name = "sums"
setting = "benchmark"

[[models]]
name = "small"
base_url = "{base_url}"
price = {{ input = 10, output = 30 }}
max_output = 32
concurrency = 1

[scorer]
kind = "exact"

[profile]
value_per_success = 1.0
"""


def _answer(body: Mapping[str, Any]) -> str:
    """A fifth is wrong, but for who is told to think step by step."""
    text = last_user_text(body)
    asked = ITEM.search(text)
    if asked is None:
        return "none"
    number = int(asked[1])
    return str(int(item_target(number)) + (is_wrong(number) and "step by step" not in text))


async def _timed(arms: Sequence[object], *others: object, **settings: object) -> Times:
    return Times(np.array([[0.2 * (1 + place)] * 12 for place in range(len(arms))]), load=1)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", SPOKEN)
@pytest.mark.parametrize("name", MEASURED)
def test_a_measurement_is_shown_as_it_was(
    name: str, language: str, width: int, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk)
    monkeypatch.setattr(measurement, "timed", _timed)
    monkeypatch.setattr(Ledger, "seconds", 0.0)
    environment = {"COLUMNS": str(width), "NO_COLOR": "1", "TERM": "dumb", "TIERPROOF_LANG": language}
    ended = CliRunner().invoke(app, ["measure", "desk", *MEASURED[name]], env=environment)
    assert ended.exit_code == 0, ended.output
    assert [line for line in ended.stdout.splitlines() if cell_len(line) > width] == []
    _same(_undated(ended.stdout), SCREENS / f"{name}-{language}-{width}.txt")


@pytest.mark.parametrize("name", ["measure", "measure-ablated", "measure-capped"])
def test_the_report_of_a_measurement_is_in_one_language(name: str, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk)
    monkeypatch.setattr(measurement, "timed", _timed)
    folder = desk / MEASURED[name][-1]
    words = ["measure", "desk", *MEASURED[name], "--lang"]
    pages = {}
    for language in SPOKEN:
        assert CliRunner().invoke(app, [*words, language]).exit_code == 0
        (report,) = folder.rglob("report.html")
        pages[language] = report.read_text(encoding="utf-8")
    assert not re.search("[а-яё]", pages["en"])
    told = re.sub(r"<style.*?</style>|<pre.*?</pre>|<[^>]*>", " ", pages["ru"], flags=re.DOTALL)
    # Arms, files, ids, and what the workload calls itself.
    told = re.sub(r"[\w-]+(\+[\w/-]+)+|[a-z]+(-[a-z]+)+|\w+\.jsonl|documents/|\[retriever\]|pass[@^]\d", " ", told)
    told = re.sub(r"baseline|sums|exact|UTC|[0-9a-f]{12}|\bi\d+\b|\bp\b|P\(", " ", told)
    assert re.findall("[A-Za-z]{2,}", unescape(told)) == []


def _undated(shown: str) -> str:
    """Without what is another in each run, in as many letters."""
    shown = re.sub(r"\d{4}-\d\d-\d\d", "2026-12-01", re.sub(r"\d\d:\d\d(?= UTC)", "12:00", shown))
    return re.sub(r"(?<=\b)[0-9a-f]{12}\b", "0123456789ab", shown)


def test_nothing_is_kept_that_nothing_shows() -> None:
    shown = {f"{name}-{width}.txt" for name in COMMANDS for width in WIDTHS}
    shown |= {f"{name}-{language}-{width}.txt" for name in MEASURED for language in SPOKEN for width in WIDTHS}
    assert {path.name for path in SCREENS.iterdir()} == shown | set(DOCUMENTS)

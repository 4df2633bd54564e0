"""The JSON and CSV of every command whose input does not move: valid, readable, and kept to the byte.

    make documents      # write them anew, then look at the difference

The packs of the examples are used, whose evidence does not move with the shipped one.  Figures are compared to nine
significant digits: processors differ in the last of twelve.
"""

from __future__ import annotations

import json
import math
import os
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from doors.checked import check
from tierproof.answers.schema import DOCUMENTS
from tierproof.doors.cli import app

ROOT = Path(__file__).resolve().parents[2]
KEPT = Path(__file__).with_name("documents")
BCG = ("--pack", "examples/packs/bcg_vaccine")
VISION = ("--pack", "examples/packs/production_vision")
JSON = {
    "table": ("table", *VISION),
    "table-of-one-reader": ("table", *VISION, "--lens", "value", "--role", "application", "--as-of", "2020"),
    "invert": ("invert", *VISION, "--set", "value_per_success=2"),
    "show": ("show", "bcg", *BCG),
    "compare": ("compare", "quantization", "pruning", *VISION),
    "history": ("history", *VISION),
    "plan": ("plan", *VISION, "--weeks", "6", "--budget", "500/month"),
    "brief": ("brief", "{scenario}", *VISION),
    "briefs": ("brief", "--list", *VISION),
    "critique": ("critique", "Quantization does not help. Pruning beats quantization. Robots will win.", *VISION),
    "audit": ("audit", "{table}", *VISION),
    "validate": ("validate", "--outcome", "quality", *BCG),
    "pool": ("pool", "{figures}", "--cluster", "study"),
    "evidence-stats": ("evidence", "stats", "examples/packs/bcg_vaccine"),
    "evidence-diff": ("evidence", "diff", "examples/packs/bcg_vaccine", "examples/packs/bcg_vaccine"),
}
UNKEPT = {
    "doctor": ("doctor", "examples/workloads/help-desk", "--offline"),
    "forecast": ("measure", "examples/workloads/help-desk", "--dry-run"),
    "show-shipped": ("show", "prompt-caching"),
    "table-shipped": ("table",),
}
"""Of what moves with the shipped pack, the techniques or the machine: valid, but not kept."""
ELSEWHERE = {"labels", "import", "gate", "sycophancy", "measure", "packs"}
"""Printed in the tests of their own commands, where `conftest` holds them to their schema."""
TABLE = "| tier | technique |\n| --- | --- |\n| S | Pruning |\n| A | Quantization |\n| B | Quantum leaps |\n"
FIGURES = "yi,sei,study\n0.1,0.1,a\n0.4,0.2,a\n0.3,0.1,b\n0.25,0.15,c\n"
NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?|-?\d+e-?\d+")


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(ROOT)
    (tmp_path / "table.md").write_text(TABLE, encoding="utf-8")
    (tmp_path / "figures.csv").write_text(FIGURES, encoding="utf-8")
    scenario = sorted(Path("examples/packs/production_vision/scenarios").glob("*.toml"))[0].stem
    given = {"table": tmp_path / "table.md", "figures": tmp_path / "figures.csv", "scenario": scenario}

    def run(*words: str) -> str:
        ended = CliRunner().invoke(app, [word.format(**given) for word in words], env={"COLUMNS": "80"})
        assert ended.exit_code == 0, ended.output
        return ended.stdout

    return run


@pytest.mark.parametrize("name", JSON)
def test_a_document_is_as_it_was(name: str, said: Any) -> None:
    text = said(*JSON[name], "--json")
    check(json.loads(text))
    _held(text, KEPT / f"{name}.json")


@pytest.mark.parametrize("name", UNKEPT)
def test_a_document_that_moves_is_valid(name: str, said: Any) -> None:
    check(json.loads(said(*UNKEPT[name], "--json")))


def test_a_spreadsheet_is_as_it_was(said: Any) -> None:
    _held(said("table", *VISION, "--format", "csv"), KEPT / "table.csv")


def test_every_kind_of_document_is_among_them(said: Any) -> None:
    kept = {json.loads(path.read_text(encoding="utf-8"))["schema"].split("/")[1] for path in KEPT.glob("*.json")}
    assert kept | {"claim", "diagnosis", "forecast"} | ELSEWHERE == set(DOCUMENTS)
    assert {path.name for path in KEPT.iterdir()} == {"table.csv", *(f"{name}.json" for name in JSON)}


def test_a_schema_is_printed(said: Any) -> None:
    assert json.loads(said("schema", "table"))["$id"] == "urn:tierproof:table:1"
    assert set(re.findall(r"^(\S+) ", said("schema"), re.MULTILINE)) == set(DOCUMENTS)


def _held(text: str, kept: Path) -> None:
    if os.environ.get("TIERPROOF_DOCUMENTS") == "write":
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(text, encoding="utf-8")
    known = kept.read_text(encoding="utf-8")
    assert NUMBER.sub("#", text) == NUMBER.sub("#", known), "another document; if it is right: make documents"
    pairs = zip(map(float, NUMBER.findall(text)), map(float, NUMBER.findall(known)), strict=True)
    assert all(math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9) for one, other in pairs)

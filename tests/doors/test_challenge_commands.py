"""`tierproof critique` and `tierproof audit` as people call them, once in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from servers.endpoint import serve
from tierproof.doors.cli import app

SEED = Path(__file__).resolve().parents[2] / "examples" / "tables" / "production_2025.json"


def run(*words: str, stdin: str = "", **environ: str) -> SimpleNamespace:
    ended = CliRunner().invoke(app, [*words], input=stdin, env={"COLUMNS": "80", **environ})
    return SimpleNamespace(returncode=ended.exit_code, stdout=ended.stdout, stderr=ended.stderr)


def run_apart(*words: str, stdin: str) -> str:
    command = [sys.executable, "-m", "tierproof", *words]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=600, check=True)
    return done.stdout


def test_a_claim_by_word_file_and_standard_input_gives_one_answer(tmp_path: Path) -> None:
    file = tmp_path / "claim.txt"
    file.write_text("Honestly, RAG is dead!", encoding="utf-8")
    answers = {
        run("critique", "RAG is dead", "--json").stdout,
        run("critique", str(file), "--json").stdout,
        run_apart("critique", "--json", stdin="As everyone knows, RAG is dead."),
    }
    assert len(answers) == 1
    assert json.loads(answers.pop())["verdicts"][0]["verdict"] == "not established"


def test_the_screen_shows_what_a_reader_needs() -> None:
    shown = run("critique", "Агенты стоят своих денег").stdout
    assert "Понято так: Оркестрация агентов окупается" in shown
    shown = run("critique", "Agents are worth the money").stdout
    assert "Understood: Agents are worth the money" in shown
    for part in ("Strongest evidence for", "Strongest evidence against", "When you would be right", "Who paid"):
        assert part in shown
    assert all(len(line) <= 80 for line in shown.splitlines())


@pytest.mark.parametrize("words", [("critique", ""), ("critique", "  \n"), ("audit", "no-such-file.md"), ("audit", "")])
def test_what_cannot_be_used_exits_with_two(words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.returncode == 2
    assert "remedy" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("text", ["Das ist nicht gut und hilft nicht", "hello there", "x" * 1_000_000])
def test_what_is_not_understood_is_said(text: str) -> None:
    done = run("critique", "-", stdin=text)
    assert done.returncode == 0
    assert "No claim was understood" in done.stdout


def test_a_model_proposes_and_never_judges() -> None:
    """It reads the claim as its opposite and adds praise: the verdict is that of the claim which was read back."""

    def answer(body: dict[str, object]) -> str:
        claim = {"form": "helps", "subjects": ["quantization"], "outcome": "quality", "negated": False}
        return json.dumps({"claims": [claim]})

    with serve(answer=answer) as endpoint:
        done = run("critique", "kvantization rulez!!", "--model", "m", "--base-url", endpoint.base_url, "--json")
    verdict = json.loads(done.stdout)["verdicts"][0]
    assert verdict["claim"]["form"] == "helps" and verdict["verdict"] == "contradicted"


def test_a_model_without_an_address_or_out_of_the_schema_exits_with_two() -> None:
    assert run("critique", "RAG is dead", "--model", "m", OPENAI_BASE_URL="").returncode == 2
    with serve(answer=lambda body: "It is true!") as endpoint:
        done = run("critique", "RAG is dead", "--model", "m", "--base-url", endpoint.base_url)
    assert done.returncode == 2 and "schema" in done.stderr


def test_the_2025_table_is_audited() -> None:
    done = run("audit", str(SEED))
    assert done.returncode == 0
    assert "Kendall's tau" in done.stdout and "Row by row" in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    data = json.loads(run("audit", str(SEED), "--as-of", "2023", "--json").stdout)
    assert data["then"]["as_of"] is not None and data["changed"] is not None


def test_a_markdown_table_comes_by_standard_input() -> None:
    done = run(
        "audit", "-", "--format", "markdown", stdin="| Rank | Technique |\n|--|--|\n| 1 | RAG |\n| 2 | agents |\n"
    )
    assert done.returncode == 0
    assert "RAG" in done.stdout

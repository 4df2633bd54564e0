"""The commands that show results: every form is readable by its own reader, every slip says what would be right."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tierproof.doors.cli import app
from tierproof.errors import InputError
from tierproof.experiment.findings.kept.whole import replace_file

BCG = Path(__file__).resolve().parents[2] / "examples" / "packs" / "bcg_vaccine"
"""Thirteen trials: quick, and from another field, so that nothing here can lean on the shipped pack's words."""
PACK = ("--pack", str(BCG))


def run(*words: str, columns: int = 80) -> str:
    result = CliRunner().invoke(app, list(words), env={"COLUMNS": str(columns), "NO_COLOR": "1"})
    assert result.exit_code == 0, result.output
    return result.output


def refused(*words: str) -> str:
    result = CliRunner().invoke(app, list(words), env={"COLUMNS": "80"})
    assert result.exit_code == 2
    return result.output


@pytest.mark.parametrize("command", ["table", "invert"])
def test_a_table_in_five_forms(command: str) -> None:
    assert max(map(len, run(command, *PACK).splitlines())) <= 80
    data = json.loads(run(command, "--json", *PACK))
    assert data == json.loads(run(command, "--format", "json", *PACK))
    assert [row["technique"] for row in data["rows"]] == ["bcg-vaccination"]
    rows = list(csv.DictReader(io.StringIO(run(command, "--format", "csv", *PACK))))
    assert float(rows[0]["score.median"]) == data["rows"][0]["score"]["median"]
    assert "| BCG vaccination |" in run(command, "--format", "markdown", *PACK)
    assert run(command, "--format", "html", *PACK).startswith("<!doctype html>")


def test_the_two_tables_rank_by_their_own_score() -> None:
    table, inverted = (json.loads(run(command, "--json", *PACK)) for command in ("table", "invert"))
    assert table["lens"]["score"] == "effect"
    assert inverted["lens"]["score"] == "net_benefit"
    assert inverted["rows"][0]["score"] == inverted["rows"][0]["net_benefit_relative"]


def test_a_technique_answers_to_its_names_and_nearly_to_slips() -> None:
    card = json.loads(run("show", "bcg", "--json", *PACK))
    assert card["technique"]["id"] == "bcg-vaccination"
    assert "did you mean" in refused("show", "bcg-vacination", *PACK)
    assert "bcg-vaccination" in refused("show", *PACK)


def test_every_record_is_listed_with_its_source() -> None:
    card = json.loads(run("show", "bcg", "--json", *PACK))
    listed = " ".join(run("show", "bcg", "--records", *PACK, columns=200).split())
    assert len(card["records"]) == 13  # the thirteen trials of the data set
    for record in card["records"]:
        assert record["id"] in listed
        assert record["source"]["title"] in listed


def test_a_card_has_text_markdown_and_json() -> None:
    text = run("show", "bcg", *PACK)
    assert "Certainty" in text
    assert "Strongest against" in text
    assert run("show", "bcg", "--format", "markdown", *PACK).startswith("# BCG vaccination")
    assert "<!doctype html>" in run("show", "bcg", "--format", "html", *PACK)
    assert "this result is more than one table" in refused("show", "bcg", "--format", "csv", *PACK)
    assert "text for people" in refused("show", "--method", "--json", *PACK)
    assert run("show", "--method", "--format", "markdown", *PACK).count("```") == 4
    assert "this result is more than one table" in refused("history", "--format", "csv", *PACK)
    assert "this result is more than one table" in refused("compare", "RAG", "lora", "--format", "csv")
    assert "quality" in refused("show", "bcg", "--outcome", "joy", *PACK)


def test_the_method_names_model_and_priors() -> None:
    text = run("show", "--method", *PACK)
    assert "half-Normal" in text
    assert "y_ij" in text


def test_history_shows_a_letter_a_year() -> None:
    data = json.loads(run("history", "--since", "1960", "--json", *PACK))
    assert data["years"] == sorted(data["years"])
    assert len(data["techniques"]["bcg-vaccination"]) == len(data["years"])
    assert "2100" not in run("history", "--since", "1960", *PACK)


def test_a_technique_is_not_compared_with_itself() -> None:
    assert "same technique" in refused("compare", "bcg", "bcg-vaccination", *PACK)


def test_a_comparison_of_two_shipped_techniques_is_symmetric() -> None:
    first = json.loads(run("compare", "rag", "lora", "--json"))
    second = json.loads(run("compare", "lora", "rag", "--json"))
    # The same draws, named the other way round.
    assert first["p_net_benefit_larger"] == pytest.approx(1 - second["p_net_benefit_larger"], abs=1e-9)
    text = run("compare", "rag", "lora")
    assert max(map(len, text.splitlines())) <= 80
    likelier = "Retrieval-augmented generation" if first["p_net_benefit_larger"] >= 0.5 else "LoRA and QLoRA"
    assert re.search(rf"{likelier} nets more", " ".join(text.split()))


def test_no_winner_is_named_where_quality_is_set_against_unlike_systems() -> None:
    for first, second, unlike in (("rag", "lora", True), ("agents", "moe", True), ("cot", "tools", False)):
        text = " ".join(run("compare", first, second).split())
        assert ("set against unlike systems" in text.split(" nets more than ")[0]) is unlike
        assert ("As if both were set against one and the same system" in text) is unlike
        assert (json.loads(run("compare", first, second, "--json"))["unlike"] is not None) is unlike


def test_a_report_is_written_whole(tmp_path: Path) -> None:
    output = tmp_path / "report.html"
    run("report", "--output", str(output), *PACK)
    text = output.read_text(encoding="utf-8")
    assert text.rstrip().endswith("</html>")
    assert "BCG vaccination" in text
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_a_report_refuses_a_place_that_is_none(tmp_path: Path) -> None:
    assert "folder that exists" in refused("report", "--output", str(tmp_path / "no" / "r.html"), *PACK)
    assert "folder that exists" in refused("report", "--output", str(tmp_path), *PACK)


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = tmp_path / "report.html"
    output.write_text("old")

    def fail(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(InputError, match="no space left"):
        replace_file(output, "new")
    assert output.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_a_folder_that_takes_no_files_is_told_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> tuple[int, str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    with pytest.raises(InputError, match="cannot be written: permission denied"):
        replace_file(tmp_path / "report.html", "new")
    assert not list(tmp_path.iterdir())


def test_another_encoding_gets_another_alphabet() -> None:
    result = CliRunner(charset="ascii").invoke(app, ["table", *PACK], env={"COLUMNS": "80"})
    assert result.exit_code == 0
    assert result.output.isascii()


@pytest.mark.parametrize("width", [60, 80, 200])
def test_a_history_longer_than_the_screen_stands_in_blocks(width: int) -> None:
    text = CliRunner().invoke(app, ["history", "--since", "1940", *PACK], env={"COLUMNS": str(width)}).output
    assert re.findall(r"\b19\d\d\b", text) == [str(year) for year in range(1940, 1981)]
    assert max(map(len, text.splitlines())) <= width
    # The first trial was published in 1948 and the last in 1980; every year from then on has a tier.
    assert len(re.findall(r" [SABCD](?= |$)", text, re.MULTILINE)) == 1980 - 1948 + 1


def test_a_history_of_old_evidence_starts_seven_years_before_its_end() -> None:
    assert json.loads(run("history", "--json", *PACK))["years"] == list(range(1974, 1981))
    assert "the latest is from 1980" in refused("history", "--since", "1990", *PACK)


def test_limits_are_shown_with_all_of_their_digits() -> None:
    # B starts at 0.003 and C at 0 in the pack's lens of value.
    assert "B 0.3 % C 0 % or more" in " ".join(run("invert", *PACK).split())


def tierproof(*words: str, stdout: int = subprocess.PIPE) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tierproof", *words],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "80"},
    )


def test_the_command_leaves_with_all_of_its_output_and_its_exit_code() -> None:
    told, complaint = (done := tierproof("table", *PACK)).communicate()
    assert (told, complaint, done.returncode) == (run("table", *PACK), "", 0)
    told, complaint = (done := tierproof("table", "--lens", "nope", *PACK)).communicate()
    assert (told, done.returncode) == ("", 2)
    assert "no lens 'nope'" in complaint


def test_a_reader_who_leaves_and_a_full_disk() -> None:
    read, write = os.pipe()
    os.close(read)
    done = tierproof("table", *PACK, stdout=write)
    os.close(write)
    assert done.communicate()[1] == ""
    full = os.open("/dev/full", os.O_WRONLY)
    done = tierproof("table", *PACK, stdout=full)
    os.close(full)
    assert "the disk is full" in done.communicate()[1]
    assert done.returncode == 1


@pytest.mark.parametrize(("closed", "shown"), [("2>&-", b"tierproof "), (">&-", b""), (">&- 2>&-", b"")])
def test_a_closed_stream_is_nobodys_fault(closed: str, shown: bytes) -> None:
    words = ["sh", "-c", f'exec "$0" -m tierproof --version {closed}', sys.executable]
    done = subprocess.run(words, check=False, capture_output=True)
    assert (done.stdout[:10], done.stderr, done.returncode) == (shown, b"", 0)
    table = subprocess.run(
        ["sh", "-c", f'exec "$0" -m tierproof table --pack "$1" {closed}', sys.executable, PACK[1]], check=False
    )
    assert table.returncode == 0

"""`tierproof profile`: a file that explains itself and reads back as the same profile."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from tierproof.answers.view import view_of
from tierproof.decision.reader.profile import Profile
from tierproof.doors.cli import app

RUN = CliRunner()


def test_what_is_written_reads_back_as_the_same_profile(tmp_path: Path) -> None:
    file = tmp_path / "profile.toml"
    written = RUN.invoke(app, ["profile", str(file), "--set", "value_per_success=0.25", "--set", 'name=Ours "x"'])
    assert written.exit_code == 0 and str(file) in written.stdout
    text = file.read_text(encoding="utf-8")
    for name in Profile.__struct_fields__:
        line = next(line for line in text.splitlines() if line.startswith((f"{name} = ", f"# {name} = ")))
        assert len(line.split("  # ")[1]) > 2
    again = view_of(profile=file).profile
    assert again == view_of(sets=("value_per_success=0.25", 'name=Ours "x"')).profile
    assert RUN.invoke(app, ["profile"]).stdout.startswith("# Your figures")


def test_a_file_that_is_there_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "profile.toml"
    file.write_text("mine", encoding="utf-8")
    refused = RUN.invoke(app, ["profile", str(file)])
    assert (refused.exit_code, file.read_text(encoding="utf-8")) == (2, "mine")
    assert "is there already" in refused.stderr
    nowhere = RUN.invoke(app, ["profile", str(tmp_path / "no" / "where.toml")])
    assert nowhere.exit_code == 2 and "cannot be written" in nowhere.stderr


def test_an_inversion_says_whose_figures_it_used() -> None:
    shown = RUN.invoke(app, ["invert", "--set", "value_per_success=0.25"]).stdout
    assert "a success is worth $0.25" in shown
    assert "an engineer-day costs $800" in " ".join(shown.split())

"""`tierproof report` writes its file wherever the reader stands."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tierproof.answers.audit import audit_of_seed
from tierproof.answers.view import view_of
from tierproof.doors.cli import app

BCG = Path(__file__).resolve().parents[2] / "examples" / "packs" / "bcg_vaccine"


@pytest.mark.parametrize(("role", "lens"), list(product([None, "application", "owner", "maker"], ["effect", "value"])))
def test_the_first_table_is_audited_whole_for_every_role(role: str | None, lens: str) -> None:
    """A table has rows that the reader's role cannot adopt; they are audited as the others are."""
    found = audit_of_seed(view_of(role=role, lens=lens))
    assert found is not None and len(found.rows) == 15


@pytest.mark.parametrize(("role", "lens"), list(product(["application", "owner", "maker"], ["effect", "value", "own"])))
def test_a_file_is_written_for_every_role_and_lens(role: str, lens: str, tmp_path: Path) -> None:
    own = tmp_path / "lens.toml"
    own.write_text(
        'id = "own"\nname = "Own <lens>"\nsummary = "Mine."\nscore = "effect"\nweights = { quality = 1.0 }\n'
        "[thresholds]\nS = 0.2\nA = 0.1\nB = 0.05\nC = 0.0\n"
    )
    mine = tmp_path / "mine.toml"
    mine.write_text('[profile]\nname = "mine"\nbaseline_success = 0.9\n')
    written = tmp_path / "report.html"
    options = [
        "--pack",
        str(BCG),
        "--role",
        role,
        "--lens",
        str(own) if lens == "own" else lens,
        "--profile",
        str(mine),
    ]
    result = CliRunner().invoke(app, ["report", *options, "-o", str(written)])
    assert result.exit_code == 0, result.output
    assert written.read_text(encoding="utf-8").rstrip().endswith("</html>")

"""Packs are found by name: shipped, installed as Python packages, or beside the source."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tierproof.doors.cli import app
from tierproof.errors import InputError
from tierproof.evidence import load_pack
from tierproof.evidence.reading.known import SHIPPED, folder_of, known_packs

BCG = Path(__file__).resolve().parents[2] / "examples" / "packs" / "bcg_vaccine"
RUN = CliRunner()


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A distribution as pip leaves it: a package of data, and metadata that names its entry point."""
    site = tmp_path / "site"
    shutil.copytree(BCG, site / "tierproof_mine")
    (site / "tierproof_mine" / "__init__.py").write_text("raise RuntimeError('data is not run')\n", encoding="utf-8")
    info = site / "tierproof_mine-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tierproof-mine\nVersion: 1.0\n", encoding="utf-8")
    points = "[tierproof.packs]\nmine = tierproof_mine\nbroken = tierproof_no_such_package\n"
    (info / "entry_points.txt").write_text(points, encoding="utf-8")
    monkeypatch.syspath_prepend(str(site))
    return site / "tierproof_mine"


def test_none_is_the_shipped_pack() -> None:
    assert folder_of(None) == SHIPPED
    assert folder_of("production_ai") == SHIPPED


def test_an_installed_pack_is_known_by_its_entry_point_and_never_run(installed: Path) -> None:
    assert folder_of("mine") == installed
    assert "tierproof_mine" not in sys.modules
    assert len(load_pack("mine").records) == 13
    listed = RUN.invoke(app, ["packs", "--json"])
    assert listed.exit_code == 0
    assert '"name": "mine"' in listed.stdout and '"origin": "installed"' in listed.stdout
    # A distribution without its package stops nothing.
    assert "broken" not in [pack.name for pack in known_packs()]
    done = RUN.invoke(app, ["table", "--pack", "mine"])
    assert done.exit_code == 0 and "thirteen BCG trials" in done.stdout


def test_the_shipped_ones_come_first_and_hyphens_do_as_well() -> None:
    names = [pack.name for pack in known_packs()]
    assert names[0] == "production_ai"
    assert folder_of("bcg-vaccine") == BCG


def test_a_slip_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(InputError, match="did you mean 'bcg_vaccine'"):
        folder_of("bcg_vacine")
    with pytest.raises(InputError, match="no such folder"):
        folder_of("nowhere/at/all")


def test_a_folder_without_settings_is_no_pack(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"it has no pack\.toml"):
        folder_of(tmp_path)


def test_a_folder_comes_before_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(BCG, tmp_path / "production_ai")
    monkeypatch.chdir(tmp_path)
    assert len(load_pack("production_ai").records) == 13

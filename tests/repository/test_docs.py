"""The docs are true: what they show the program says, what the program has they name, and links lead somewhere."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tierproof.doors.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
SHOWN = [path for path in PAGES if "[[[cog" in path.read_text(encoding="utf-8")]
LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)")


@pytest.mark.parametrize("page", SHOWN, ids=lambda path: path.name)
def test_a_page_shows_what_the_program_says(page: Path) -> None:
    command = [sys.executable, "-m", "cogapp", "-P", "--check", "--diff", "-I", str(ROOT / "scripts"), str(page)]
    environment = {**os.environ, "TIERPROOF_PICTURES": "check"}
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
    assert found.returncode == 0, f"{found.stdout[-3000:]}{found.stderr[-2000:]}\nwrite it anew: make docs"


def test_there_are_pages_that_show_output() -> None:
    assert {"README.md", "commands.md"} <= {path.name for path in SHOWN}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_within_the_project_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    missing = [link for link in LINK.findall(text) if not (page.parent / link).exists()]
    assert not missing


def test_the_readme_leads_to_every_page() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in PAGES[2:] if f"docs/{page.name}" not in readme] == []


def test_every_technique_is_on_its_page() -> None:
    page = (ROOT / "docs" / "techniques.md").read_text(encoding="utf-8")
    folder = ROOT / "src" / "tierproof" / "packs" / "production_ai" / "techniques"
    names = {path.stem: tomllib.loads(path.read_text(encoding="utf-8"))["name"] for path in folder.glob("*.toml")}
    assert len(names) >= 21
    assert [id for id, name in names.items() if id not in page and name not in page] == []


def test_every_command_is_in_the_readme_or_on_a_page_beside_its_own() -> None:
    # docs/commands.md is written from the same list and would prove nothing.
    told = "".join(page.read_text(encoding="utf-8") for page in PAGES if page.name != "commands.md")
    assert [name for name in COMMANDS if f"tierproof {name}" not in told] == []


def test_every_kind_of_error_is_told() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    source = (ROOT / "src" / "tierproof" / "errors.py").read_text(encoding="utf-8")
    assert [name for name in re.findall(r"^class (\w+)", source, re.MULTILINE) if name not in page] == []


def test_the_site_leads_to_every_page(tmp_path: Path) -> None:
    # zensical builds a site whose navigation names a page that is none, and says nothing.
    site = runpy.run_path(str(ROOT / "scripts" / "site.py"))
    site["put_together"](tmp_path)
    assert sorted(site["nav"]()) == sorted(path.name for path in tmp_path.glob("*.md"))
    assert not [path for path in tmp_path.glob("*.md") if "[[[cog" in path.read_text(encoding="utf-8")]

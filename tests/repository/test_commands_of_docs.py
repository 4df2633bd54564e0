"""Every command that the docs name is one that works: run as it stands there, or not, for a reason that is given.

What docs show of a command's output cog writes and `test_docs` compares; here stands what only names it.
"""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tierproof.doors.cli import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
COG = re.compile(r"<!-- \[\[\[cog.*?\[\[\[end\]\]\] -->", re.DOTALL)
COMMAND = re.compile(r"^(?: {4}|\$ )?(tierproof .*)$", re.MULTILINE)
FENCED = re.compile(r"^```(?:bash|console|sh|)\n(.*?)^```", re.MULTILINE | re.DOTALL)

NOT_RUN = {
    "mcp": "runs until its client leaves: tests/doors/test_mcp.py",
    "serve": "runs until interrupted: tests of the page",
    "sycophancy": "asks a language model: tests/experiment/test_sycophancy.py",
    "measure": "spends time on a model: tests/doors/test_measure_command.py, on the lab",
    "lab serve": "runs until interrupted: tests/doors/test_lab_commands.py",
    "lab score": "minutes of inference: tests/lab",
    "doctor": "needs the endpoints of its workload: tests/experiment/test_doctor.py",
    "import LOG --baseline NAME": "needs a log of several systems: tests/experiment/logs",
    "init": "asks the reader: tests/experiment/test_folder.py",
    "label": "needs a measurement: tests/experiment/test_labels.py",
    "export": "needs a measurement: tests/doors/test_export_command.py",
}
"""By the words that begin the command."""
PLACES = {
    "BEFORE": "examples/logs/before.json",
    "AFTER": "examples/logs/after.json",
    "LOG": "examples/logs/before.json",
    "FOLDER": "examples/packs/bcg_vaccine",
    "PACK": "bcg_vaccine",
    "OLD": "bcg_vaccine",
    "NEW": "bcg_vaccine",
}
"""What names that stand for the reader's own files stand for here."""
CODES = {"gate": (0, 1, 3)}
"""A gate that says no has worked."""
ROWS = "yi,sei,study,effect,variance\n0.1,0.1,a,0.1,0.01\n0.4,0.2,a,0.4,0.04\n0.3,0.1,b,0.3,0.01\n0.2,0.1,c,0.2,0.01\n"
TABLE = "tier,technique\nS,RAG\nA,LoRA\nB,Agents\n"
OWN = {
    "my.toml": "[profile]\nrequests_per_month = 500000\n",
    "figures.csv": ROWS,
    "minutes.csv": ROWS,
    "trials.csv": "ai,n1i,ci,n2i\n4,120,11,130\n6,300,29,300\n3,230,11,220\n",
    "radar.csv": TABLE,
    "post.md": "| tier | technique |\n| --- | --- |\n| S | RAG |\n| A | LoRA |\n",
    "post.txt": "RAG is dead. Agents are overhyped.",
}
"""Files that docs speak of as the reader's own."""


def told() -> list[str]:
    """Commands outside of what cog writes, each once."""
    found: dict[str, None] = {}
    for page in PAGES:
        text = COG.sub("", page.read_text(encoding="utf-8"))
        indented = "\n".join(line for line in text.splitlines() if line.startswith("    "))
        fenced = "\n".join(FENCED.findall(text))
        for part in (indented, fenced):
            for line in COMMAND.findall(re.sub(r"\s*\\\n\s*", " ", part)):
                found[re.split(r"\s{2,}|\s+#\s", line.strip())[0]] = None
    return list(found)


def reason(command: str) -> str:
    words = command.removeprefix("tierproof ")
    if "postgresql://" in words:
        return "needs a PostgreSQL: tests/scale"
    return next((why for start, why in NOT_RUN.items() if words == start or words.startswith(f"{start} ")), "")


def test_commands_were_found() -> None:
    assert len(told()) >= 40
    unused = [start for start in NOT_RUN if not any(one.startswith(f"tierproof {start}") for one in told())]
    assert unused == []


@pytest.mark.parametrize("command", [one for one in told() if not reason(one)])
def test_a_command_of_the_docs_works(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("examples", "docs"):
        (tmp_path / name).symlink_to(ROOT / name)
    for name, text in OWN.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    line, _, given = command.partition(" < ")
    words = [PLACES.get(word, word) for word in shlex.split(line)[1:]]
    if words[:1] == ["import"] or words[:1] == ["gate"]:
        words += ["--metric", "Exact Match"] * ("--metric" not in words)
    text = OWN[given] if given else None
    ended = CliRunner().invoke(app, words, input=text, env={"COLUMNS": "80", "NO_COLOR": "1"})
    assert ended.exit_code in CODES.get(words[0], (0,)), f"{ended.output}{ended.exception!r}"
    assert ended.stdout.strip()


OTHERS = {
    "make demo": "scripts/demo.sh, whose commands are those of docs/: tests/doors/test_measure_command.py",
    "make test": "this very run: .ci/run",
    "echo ": "run below",
    "pip install ": "an install: pyproject.toml names the extras",
    "curl ": "the same requests: tests/doors/web/test_api.py",
    "podman ": "the image is built and run: tests/runs_with/test_image.py",
    "docker compose ": "composed as it stands there: tests/runs_with/test_compose.py",
    "kubectl ": "no cluster here, manifests are validated: tests/runs_with/test_kubernetes.py",
    "export ": "variables of the commands below it: tests/runs_with/test_compose.py",
}
"""By how a line begins that a shell of the docs is given and that is no command of ours: where it is run."""
_SHELL = re.compile(
    r"^(?: {4}|\$ )?"
    r"((?:make|echo|pip|uvx?|npm|npx|python3?|bash|git|cd|curl|podman|docker|kubectl|export|apt(?:-get)?) .*)$",
    re.MULTILINE,
)


def others() -> list[str]:
    """Lines of blocks for a shell that begin with another program, each once."""
    found: dict[str, None] = {}
    for page in PAGES:
        text = COG.sub("", page.read_text(encoding="utf-8"))
        indented = "\n".join(line for line in text.splitlines() if line.startswith("    "))
        for part in (indented, "\n".join(FENCED.findall(text))):
            found |= dict.fromkeys(_SHELL.findall(re.sub(r"\s*\\\n\s*", " ", part)))
    return list(found)


def test_lines_of_other_programs_are_run_somewhere_too() -> None:
    lines = others()
    assert [one for one in lines if not any(one.startswith(start) for start in OTHERS)] == []
    assert [start for start in OTHERS if not any(one.startswith(start) for one in lines)] == []
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {one.split()[1] for one in lines if one.startswith("make ")} <= set(targets)
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    asked = ",".join(re.findall(r"\[([\w,-]+)\]", " ".join(one for one in lines if one.startswith("pip "))))
    assert set(asked.split(",")) <= set(extras)


@pytest.mark.parametrize("line", [one for one in others() if one.startswith("echo ")])
def test_what_is_piped_into_a_command_is_read(line: str) -> None:
    said, _, command = line.partition(" | ")
    ended = CliRunner().invoke(app, shlex.split(command)[1:], input=shlex.split(said)[1])
    assert ended.exit_code == 0, ended.output
    assert json.loads(ended.stdout)["not_understood"] == []


@pytest.mark.parametrize("why", [*NOT_RUN.values(), *OTHERS.values()])
def test_what_a_reason_names_is_there(why: str) -> None:
    assert all((ROOT / path).exists() for path in re.findall(r"(?:tests|scripts|\.ci)/[\w/.-]*\w", why)), why

"""`tierproof lab` from a shell: what it prints, and what it says of input that cannot be used."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lab.tiny import tiny_model
from tierproof.doors.cli import app
from tierproof.lab.serving.accuracy import TASKS, accuracies, score_table
from tierproof.lab.serving.family import Family
from tierproof.lab.world.questions import guess_level


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    tiny_model(folder / "big", width=48)
    tiny_model(folder / "tiny")
    tiny_model(folder / "tiny-base")
    return folder


def run(*words: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["lab", *map(str, words)])
    return result.exit_code, result.output


def test_models_are_listed_from_small_to_large(models: Path) -> None:
    code, said = run("models", "--models", models)
    assert code == 0
    assert [line.split()[0] for line in said.splitlines()] == ["tiny-base", "tiny", "big"]


def test_a_sparse_models_active_parameters_are_listed_and_place_it(tmp_path: Path) -> None:
    tiny_model(tmp_path / "dense")
    tiny_model(tmp_path / "sparse", inner=24, experts=8, active=2)
    code, said = run("models", "--models", tmp_path)
    assert code == 0
    dense, sparse = said.splitlines()
    total = int(dense.split()[1].replace(",", ""))
    # Two of eight experts are as wide as the dense block; a router of 8 * 32 comes to each of two layers.
    active = total + 2 * 8 * 32
    assert sparse.split()[:2] == ["sparse", f"{active + 2 * 6 * 3 * 32 * 24:,}"]
    assert f"{active:,} of them active" in sparse


def test_a_workload_is_written_once(models: Path, tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    assert run("workload", folder, "--models", models, "--items", "30")[0] == 0
    assert len((folder / "items.jsonl").read_text().splitlines()) == 30
    code, said = run("workload", folder, "--models", models)
    assert code == 2
    assert "not empty" in said
    assert run("workload", tmp_path / "train", "--models", models, "--pretrained")[0] == 0
    assert 'name = "tiny-base"' in (tmp_path / "train" / "workload.toml").read_text()


def test_a_command_runs_while_the_models_are_served(models: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    asks = f"""
import json, sys, urllib.request
names = json.load(urllib.request.urlopen("http://127.0.0.1:{port}/v1/models"))["data"]
sys.exit(3 if [model["id"] for model in names] == ["big", "tiny", "tiny-base"] else 1)
"""
    assert run("serve", "--models", models, "--port", port, "--", sys.executable, "-c", asks)[0] == 3
    code, said = run("serve", "--models", models, "--port", "0", "--", "no-such-command")
    assert code == 2
    assert "cannot be run" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("models", "--models", "none"), "no models"),
        (("score", "--split", "train"), "no split"),
        (("build", "out", "--only", "gpt"), "no recipe"),
        (("serve", "--models", "{models}", "--host", "300.1.1.1"), "cannot listen"),
    ],
)
def test_bad_input_is_named(models: Path, words: tuple[str, ...], said: str) -> None:
    code, output = run(*(word.format(models=models) for word in words))
    assert code == 2
    assert said in output


def test_a_broken_model_is_named(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "broken")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "hidden_size": 7}))
    code, said = run("score", "--models", tmp_path, "--items", "10")
    assert code == 2
    assert "broken" in said


def test_scores_stand_beside_guess_levels(tmp_path: Path) -> None:
    tiny_model(tmp_path / "tiny", layers=1)
    family = Family(tmp_path)
    table = score_table(family, seed=2, items=3, split="validation")
    for name, task in TASKS.items():
        assert f"| {name} | {100 * guess_level(task.kind, task.documents):.1f} |" in table
    # Random weights write tokens at random: three right of three do not happen.
    assert max(accuracies(family["tiny"], seed=2, items=3, split="validation").values()) < 1

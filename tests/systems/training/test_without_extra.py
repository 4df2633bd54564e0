"""Without the extra, what needs it says so, and everything else goes on."""

from __future__ import annotations

import asyncio
import importlib.util
import json
from pathlib import Path

import pytest

from servers.endpoint import serve
from systems.training.test_jobs import model
from tierproof.errors import InputError
from tierproof.experiment.run.measurement import measure
from tierproof.experiment.workload.folder import load_workload
from tierproof.systems.training.making.store import VARIABLE

pytestmark = pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="the extra is installed")


def workload(folder: Path, address: str) -> Path:
    model(folder / "base")
    (folder / "workload.toml").write_text(
        f"""
        name = "sums"
        setting = "lab"
        [scorer]
        kind = "exact"
        [[models]]
        name = "base"
        weights = "base"
        price = {{ input = 1.0, output = 1.0 }}
        {address}
        """
    )
    lines = [{"id": str(at), "input": f"question {at}", "target": "x"} for at in range(4)]
    (folder / "items.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    (folder / "train.jsonl").write_text('{"input": "a", "output": "b"}\n')
    return folder


def test_an_arm_that_must_be_trained_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "models"))
    with serve() as endpoint:
        folder = workload(tmp_path, f'base_url = "{endpoint.base_url}"')
        found = asyncio.run(
            measure(load_workload(folder), tmp_path / "results", names=("lora", "chain-of-thought"), fixed=4)
        )
    assert "models on this disk need the package" in found.left_out["lora"]
    assert "pip install 'tierproof[train]'" in found.left_out["lora"], "what would be right is said too"
    assert [result.arm.name for result in found.results] == ["baseline", "chain-of-thought"]


def test_a_model_on_this_disk_cannot_answer(tmp_path: Path) -> None:
    folder = workload(tmp_path, "")
    with pytest.raises(InputError, match="models on this disk need the package") as caught:
        asyncio.run(measure(load_workload(folder), tmp_path / "results", names=("chain-of-thought",), fixed=4))
    assert "tierproof[train]" in str(caught.value)


def test_a_folder_that_holds_no_model_is_told_with_its_line(tmp_path: Path) -> None:
    folder = workload(tmp_path, "")
    (folder / "base" / "config.json").unlink()
    with pytest.raises(InputError, match="no folder of a Hugging Face causal model"):
        load_workload(folder)

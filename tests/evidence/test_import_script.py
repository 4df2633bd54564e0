"""The import script takes what is right, lists what is not, and writes the same bytes when run again."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tierproof.evidence import load_pack
from tierproof.evidence.pack import SHIPPED

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "import_evidence.py"


def figure(identifier: str, **changes: Any) -> dict[str, Any]:
    """A line in the form in which figures are gathered: every field there, nulls written out."""
    return {
        "id": identifier,
        "technique": "lora",
        "comparator": "full fine-tuning",
        "comparator_technique": None,
        "outcome": "quality",
        "metric": "accuracy",
        "unit": "percent",
        "higher_is_better": True,
        "baseline": 80,
        "treated": 79.5,
        "n": 500,
        "se": None,
        "model": "m",
        "params_b": 7,
        "task": "t",
        "task_family": "math",
        "setting": "benchmark",
        "independence": "authors",
        "year": 2024,
        "source": {"title": "A paper", "authors": "A et al.", "ref": None, "locator": None},
        "read_at": "a place",
        "note": "",
        "contrast": "instead-of",
        "selection": "complete",
        "source_id": "title:a-paper",
        "mirror_of": None,
        "subtype": "lora",
        "dose": None,
        "doubtful": False,
        "ref_unverified": False,
    } | changes


LINES: list[dict[str, Any] | str] = [
    figure("good"),
    figure("impossible", treated=120),
    figure("zero-n", n=0),
    figure("unknown", technique="lorra"),
    figure("good", treated=3),
    figure("mirror-of-none", mirror_of="nowhere"),
    figure("mirror", mirror_of="good", technique="instruction-fine-tuning"),
    '{"id": "broken",',
    figure("bleu", metric="BLEU", treated=31.0),
    figure("bill", outcome="cost", metric="training time of the run", unit="seconds", higher_is_better=False),
    figure("price", outcome="cost", metric="USD per million", unit="usd", higher_is_better=False, subtype="price-list"),
]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "pack"
    shutil.copytree(SHIPPED / "techniques", folder / "techniques")
    shutil.copy(SHIPPED / "pack.toml", folder)
    return folder


@pytest.fixture
def gathered(tmp_path: Path) -> Path:
    folder = tmp_path / "gathered"
    folder.mkdir()
    lines = [line if isinstance(line, str) else json.dumps(line) for line in LINES]
    (folder / "lora.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    counted = {
        "id": "c1",
        "technique": "lora",
        "database": "A list",
        "measure": "case studies whose text names the technique anywhere (ceiling) [qlora]",
        "count": 3,
        "total": 9,
        "share_percent": 33.3,
        "year_range": "2023-2025",
        "by_year": None,
        "ref": None,
        "read_at": "a place",
        "independence": "vendor",
        "note": "",
    }
    (folder / "adoption-case-studies.jsonl").write_text(
        "\n".join(json.dumps(raw) for raw in (counted, counted | {"id": "c2", "count": 10})), encoding="utf-8"
    )
    return folder


def run(gathered: Path, pack: Path) -> str:
    command = [sys.executable, str(SCRIPT), str(gathered), "--pack", str(pack)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_right_lines_are_taken_and_the_others_listed_with_reasons(gathered: Path, pack: Path) -> None:
    told = run(gathered, pack)
    loaded = load_pack(pack)
    assert [record.id for record in loaded.records] == ["bill", "bleu", "good", "mirror", "price"]
    rejected = [json.loads(line) for line in (pack / "rejected.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(line["file"], line["line"], line.get("id")) for line in rejected] == [
        ("adoption-case-studies.jsonl", 2, "c2"),
        ("lora.jsonl", 2, "impossible"),
        ("lora.jsonl", 3, "zero-n"),
        ("lora.jsonl", 4, "unknown"),
        ("lora.jsonl", 5, "good"),
        ("lora.jsonl", 6, "mirror-of-none"),
        ("lora.jsonl", 8, None),
    ]
    assert all(line["reason"] for line in rejected)
    assert "5 records of 1 files taken" in told
    assert "7 faults listed" in told


def test_units_scopes_and_bounds_are_derived(gathered: Path, pack: Path) -> None:
    run(gathered, pack)
    loaded = load_pack(pack)
    by_id = {record.id: record for record in loaded.records}
    assert {name: record.scope for name, record in by_id.items() if record.outcome == "cost"} == {
        "bill": "training",
        "price": "price",
    }
    assert (by_id["bleu"].unit, by_id["good"].unit) == ("points", "percent")
    (counted,) = loaded.adoption_of("lora").applications
    assert counted.measure == "case studies whose text names the technique anywhere [qlora]"
    assert counted.year == 2025


def test_a_second_run_writes_the_same_bytes(gathered: Path, pack: Path) -> None:
    run(gathered, pack)
    first = {file: file.read_bytes() for file in pack.rglob("*.jsonl")}
    run(gathered, pack)
    assert {file: file.read_bytes() for file in pack.rglob("*.jsonl")} == first
    assert all(line.startswith(b'{"id":"') for line in first[pack / "evidence" / "lora.jsonl"].splitlines())


def test_a_folder_without_figures_is_refused(tmp_path: Path, pack: Path) -> None:
    command = [sys.executable, str(SCRIPT), str(tmp_path), "--pack", str(pack)]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    assert result.returncode == 2
    assert not (pack / "evidence").exists()

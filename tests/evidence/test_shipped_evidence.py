"""The shipped pack loads whole, in one order, and nothing of it is lost on the way to effects."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import pytest

from pace import timed
from tierproof.evidence import Pack, effects_of, load_pack
from tierproof.evidence.pack import SHIPPED


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack()


def test_every_record_is_an_effect_or_is_left_out_with_a_reason(pack: Pack) -> None:
    conversion = effects_of(pack.records, pack.settings)
    kept = [effect.record.id for effect in conversion.effects]
    left = [record.id for record, reason in conversion.left_out if reason]
    assert sorted(kept + left) == [record.id for record in pack.records]
    assert all(math.isfinite(effect.estimate) and 0 < effect.se < math.inf for effect in conversion.effects)


def test_records_stand_in_order_of_id_whatever_file_and_line_they_come_from(pack: Pack, tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "pack")
    evidence = tmp_path / "pack" / "evidence"
    lines = [line for file in evidence.glob("*.jsonl") for line in file.read_text(encoding="utf-8").splitlines()]
    for file in evidence.glob("*.jsonl"):
        file.unlink()
    (evidence / "everything.jsonl").write_text("\r\n".join(reversed(lines)) + "\n\n", encoding="utf-8", newline="")
    shuffled = load_pack(tmp_path / "pack")
    assert shuffled.records == pack.records
    assert effects_of(shuffled.records, shuffled.settings) == effects_of(pack.records, pack.settings)


def test_every_technique_has_effects(pack: Pack) -> None:
    spoken = {effect.record.technique for effect in effects_of(pack.records, pack.settings).effects}
    assert spoken == set(pack.techniques)


def test_training_and_prices_are_told_from_requests(pack: Pack) -> None:
    scopes = {record.id: record.scope for record in pack.records}
    assert set(scopes.values()) == {"request", "training", "price", "part"}
    for record in pack.records:
        if record.outcome in ("quality", "safety", "stability"):
            assert record.scope == "request"
        elif "training time" in record.metric or "gpu-hours" in record.unit:
            assert record.scope == "training", record.id
        elif record.subtype == "price-list":
            assert record.scope == "price", record.id


def test_loading_and_converting_takes_a_fraction_of_a_second(pack: Pack) -> None:
    """Measured: 0.06 s; 0.5 s catches a change of order."""
    del pack  # loaded once already, so that no import counts

    def load_and_convert() -> None:
        again = load_pack()
        effects_of(again.records, again.settings)

    _, seconds = timed(load_and_convert)
    assert seconds < 0.5

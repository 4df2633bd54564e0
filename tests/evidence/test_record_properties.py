"""Whatever stands in a file: no crash but an InputError, no effect that is not finite, no answer that hangs on order.

Examples are drawn by hypothesis; nothing is asserted of a single one that does not hold of all.
"""

from __future__ import annotations

import json
import math
import random
import shutil
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tierproof.errors import InputError
from tierproof.evidence import Record, Settings, effects_of, load_pack
from tierproof.evidence.pack import SHIPPED
from tierproof.evidence.reading import files
from tierproof.evidence.reading.faults import faults_in
from tierproof.evidence.reading.files import read_lines
from tierproof.evidence.record import REPEATED, Contrast, Independence, Outcome, Selection, Setting
from tierproof.evidence.technique import Technique

BCG = Path(__file__).resolve().parents[2] / "examples" / "packs" / "bcg_vaccine"
PLAIN = Settings(name="t", title="t")

figures = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False, width=64),
    st.floats(0, 100),
    st.sampled_from([0.0, 1.0, 50.0, 100.0, 5e-324, 1e-300, 1e300, -1.0]),
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=8), part, max_size=3),
    max_leaves=6,
)


@st.composite
def raw_records(draw: st.DrawFn) -> dict[str, Any]:
    """Plain tables of the right form, whose figures may be impossible."""
    return {
        "id": draw(st.from_regex(r"[a-z0-9]{1,12}", fullmatch=True)),
        "technique": "bcg-vaccination",
        "comparator": "none",
        "outcome": draw(st.sampled_from(get_args(Outcome))),
        "metric": draw(st.sampled_from(["accuracy", "speed-up", "USD", "perplexity", "change in accuracy"])),
        "unit": draw(st.sampled_from(["percent", "ratio", "points", "seconds", "tokens per second"])),
        "higher_is_better": draw(st.booleans()),
        "baseline": draw(figures | st.none()),
        "treated": draw(figures),
        "n": draw(st.none() | st.integers(-2, 10**12)),
        "n_baseline": draw(st.none() | st.integers(1, 10**12)),
        "se": draw(st.none() | st.floats(0, 1e300)),
        "setting": draw(st.sampled_from(get_args(Setting))),
        "independence": draw(st.sampled_from(get_args(Independence))),
        "year": draw(st.none() | st.integers(1900, 2100)),
        "source": {"title": "t"},
        "source_id": draw(st.sampled_from(["arxiv:2304.01373", "arxiv:9999.99999", "title:x", "doi:10.1/y"])),
        "contrast": draw(st.sampled_from(get_args(Contrast))),
        "selection": draw(st.sampled_from(get_args(Selection))),
    }


def valid(raws: list[dict[str, Any]]) -> list[Record]:
    found = []
    for raw in raws:
        try:
            found.append(msgspec.convert(raw, Record))
        except msgspec.ValidationError:
            assert list(faults_in(raw, Record)), "a refused record has a fault that can be named"
    return found


@settings(max_examples=300)
@given(st.lists(raw_records(), max_size=8))
def test_an_effect_is_finite_and_every_other_record_has_a_reason(raws: list[dict[str, Any]]) -> None:
    records = valid(raws)
    conversion = effects_of(records, PLAIN)
    assert len(conversion.effects) + len(conversion.left_out) == len(records)
    for effect in conversion.effects:
        assert math.isfinite(effect.estimate)
        assert 0 < effect.se < math.inf
    assert all(reason for _, reason in conversion.left_out)


@settings(max_examples=100)
@given(st.lists(raw_records(), max_size=8), st.randoms(use_true_random=False))
def test_an_effect_hangs_on_its_own_record_alone(raws: list[dict[str, Any]], order: random.Random) -> None:
    records = valid(raws)
    shuffled = records.copy()
    order.shuffle(shuffled)

    def plain(some: list[Record]) -> list[bytes]:
        return sorted(msgspec.json.encode(effect) for effect in effects_of(some, PLAIN).effects)

    assert plain(shuffled) == plain(records)


@settings(max_examples=300)
@given(raw_records(), st.dictionaries(st.sampled_from([*Record.__struct_fields__, "extra"]), anything, max_size=3))
def test_faults_are_named_exactly_where_the_decoder_refuses(raw: dict[str, Any], changes: dict[str, Any]) -> None:
    table = {**raw, **changes}
    try:
        msgspec.convert(table, Record)
    except msgspec.ValidationError:
        faults = list(faults_in(table, Record))
        assert faults
        assert all(fault.message for fault in faults)
    else:
        assert list(faults_in(table, Record)) == []


@settings(max_examples=200)
@given(anything)
def test_a_technique_of_any_form_gets_faults_and_no_crash(table: object) -> None:
    assert list(faults_in(table, Technique))


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200) | anything.map(lambda value: json.dumps(value).encode()))
def test_a_file_of_any_bytes_is_read_or_refused_with_its_place(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "x.jsonl"
    file.write_bytes(data)
    try:
        records = read_lines(file, Record)
    except InputError as error:
        assert all(problem.file == file and problem.line for problem in error.problems)
        assert all(letter.isprintable() or letter in "\n\u00a0\u202f" for letter in str(error))
    else:
        assert records == []


def test_a_large_file_holds_what_its_lines_hold_and_equal_texts_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_LARGE", 0)
    monkeypatch.setattr(files, "_PIECE", 4000)
    shipped = SHIPPED / "evidence" / "prompt-caching.jsonl"
    records = read_lines(shipped, Record, REPEATED)
    assert records == msgspec.json.Decoder(Record).decode_lines(shipped.read_bytes())
    for field in REPEATED:
        values = [getattr(record, field) for record in records]
        assert len(set(map(id, values))) == len(set(values))
    assert read_lines(shipped, Record) == records
    blank = tmp_path / "blank.jsonl"
    blank.write_bytes(b"\n" * 9000 + shipped.read_bytes())
    assert read_lines(blank, Record, REPEATED) == records
    broken = tmp_path / "broken.jsonl"
    lines = shipped.read_bytes().split(b"\n")
    broken.write_bytes(b"\n".join([*lines[:50], b"", b"{", *lines[50:]]))
    with pytest.raises(InputError) as caught:
        read_lines(broken, Record, REPEATED)
    assert [problem.line for problem in caught.value.problems] == [52]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(raw_records(), max_size=5), st.integers(0, 5))
def test_a_pack_loads_or_names_its_faults(tmp_path: Path, raws: list[dict[str, Any]], place: int) -> None:
    folder = tmp_path / "pack"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(BCG, folder)
    lines = [json.dumps(raw) for raw in raws]
    (folder / "evidence" / "drawn.jsonl").write_text("\n".join([*lines[:place], "", *lines[place:]]), encoding="utf-8")
    try:
        pack = load_pack(folder)
    except InputError as error:
        assert all(problem.file and problem.line and problem.field for problem in error.problems)
    else:
        assert [record.id for record in pack.records] == sorted(record.id for record in pack.records)

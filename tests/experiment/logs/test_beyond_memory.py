"""Logs too large for memory are paired by DuckDB: the same answer, field by field, as in memory.

Sums are taken in another order there, hence a tolerance of 1e-12 of the figure; the square root of a variance near
nothing would need more, and none is here.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tierproof.answers.imported import import_answer
from tierproof.errors import InputError
from tierproof.experiment.findings.kept.outcomes import Trial
from tierproof.experiment.logs.files import stored
from tierproof.experiment.logs.files.grades import grades_from
from tierproof.experiment.logs.gate import gate
from tierproof.experiment.logs.imported import Choice, import_logs

pytest.importorskip("duckdb")
pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
ITEMS = 400
DIGITS = 1e-12


def rows(
    seed: str, systems: tuple[str, ...] = ("a", "b", "c'd"), *, items: range = range(ITEMS)
) -> list[dict[str, Any]]:
    rnd = random.Random(seed)
    found = []
    for at, system in enumerate(systems):
        for item in items:
            for repeat in range(1 + item % 3):
                failed = rnd.random() < 0.1
                found.append(
                    {
                        "item": f"q{item}", "input": f"What is {item}?" if item % 50 or not at else "Another question",
                        "system": system, "right": None if rnd.random() < 0.02 else rnd.random() < 0.5 + at / 10,
                        "part": rnd.random() * 10, "grade": rnd.choice(["A", "B", "no", ""]), "odd": "maybe",
                        "why": "it's down" if failed else rnd.choice(["", None, "false"]), "hit": rnd.random() < 0.2,
                        "usd": rnd.choice([0.0, None, rnd.random()]), "seconds": rnd.expovariate(1.0),
                        "tokens": rnd.randrange(50, 400), "group": f"g{item % 17}" if item % 11 else None,
                        "repeat": repeat,
                    }
                )  # fmt: skip
    rnd.shuffle(found)
    return found


def parquet(path: Path, found: list[dict[str, Any]]) -> Path:
    pq.write_table(pa.Table.from_pylist(found), path, row_group_size=97)
    return path


COLUMNS = {"score": "right|part|grade|odd", "error": "why", "cached": "hit"}
GRADES = grades_from("A=1,B=0.5")


def both(paths: list[Path], choice: Choice, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """In memory, and where they lie."""
    answers = []
    for large in (10**9, 0):
        monkeypatch.setattr(stored, "LARGE", large)
        answers.append(import_logs(paths, choice))
    held = {type(series).__name__ for found in answers for log in found.logs for series in log.series}
    assert held == {"Series", "StoredSeries"}
    return answers


def same(first: Any, second: Any, where: str = "") -> None:
    if isinstance(first, dict):
        assert first.keys() == second.keys()
        for name, value in first.items():
            same(value, second[name], f"{where}.{name}")
    elif isinstance(first, list | tuple):
        assert len(first) == len(second), where
        for at, value in enumerate(first):
            same(value, second[at], f"{where}[{at}]")
    elif isinstance(first, float):
        assert second == pytest.approx(first, rel=DIGITS, abs=DIGITS), where
    else:
        assert second == first, where


def answered(found: Any) -> Any:
    return msgspec.to_builtins(import_answer(found), enc_hook=str)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"treated": "b", "metrics": ("right",), "errors_wrong": True},
        {"metrics": ("part",), "cluster": "group"},
        {"metrics": ("grade",), "by": "id"},
        {"metrics": ("right",), "by": "input"},
        {"metrics": ("right", "part"), "absent_wrong": True, "by": "id"},
    ],
    ids=["all", "wrong", "cluster", "id", "input", "absent"],
)
def test_one_file_is_paired_as_in_memory(said: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = parquet(tmp_path / "it's.parquet", rows("one"))
    choice = Choice(baseline="a", columns=COLUMNS, grades=GRADES, **said)
    held, there = both([path], choice, monkeypatch)
    assert held.comparisons
    same(answered(held), answered(there))


def test_two_files_and_the_gate_are_as_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    columns = {**COLUMNS, "score": "right"}
    columns.pop("cached")
    paths = [
        parquet(tmp_path / "a.parquet", rows("one", ("m",))),
        parquet(tmp_path / "b.parquet", rows("two", ("m",), items=range(30, ITEMS + 30))),
    ]
    held, there = both(paths, Choice(columns=columns), monkeypatch)
    same(answered(held), answered(there))
    strict = Choice(columns=columns, errors_wrong=True, absent_wrong=True)
    gates = [
        gate(found.comparisons, found.recompared(strict), margin=0.01, confidence=0.95, lacking=found.lacking)
        for found in (held, there)
    ]
    assert gates[0].verdict == gates[1].verdict
    for one, other in zip(gates[0].gated, gates[1].gated, strict=True):
        same([one.low, one.high, one.why], [other.low, other.high, other.why])


@pytest.mark.parametrize("refused", [True, False])
def test_a_measurement_is_paired_as_in_memory(refused: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rnd = random.Random(3)
    found = [
        msgspec.to_builtins(
            Trial(
                arm=arm, item=f"q{item}", position=item,
                score=None if rnd.random() < 0.05 else float(rnd.random() < 0.6),
                usd=rnd.random(), seconds=rnd.random(), prompt_tokens=rnd.randrange(99), completion_tokens=7,
                error=(error := "" if rnd.random() < 0.9 else "HTTP 400"), refused=refused and bool(error), target="x",
            )
        )
        for arm in ("baseline", "rag")
        for item in range(200)
    ]  # fmt: skip
    path = parquet(tmp_path / "outcomes.parquet", found)
    (tmp_path / "protocol.json").write_text('{"guarantee": "every-decision", "fixed": null}', encoding="utf-8")
    held, there = both([path], Choice(baseline="baseline"), monkeypatch)
    # A system that raised is no provider that declines.
    assert (held.comparisons[0].without_refused is not None) == refused
    assert any("own rule" in text for text in there.comparisons[0].warnings)
    same(answered(held), answered(there))


def test_what_cannot_be_paired_is_refused_with_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "LARGE", 0)
    first = parquet(tmp_path / "a.parquet", rows("one", ("m",)))
    other = parquet(tmp_path / "b.parquet", rows("one", ("n",), items=range(1_000, 1_400)))
    with pytest.raises(InputError, match="different items"):
        import_logs([first, other], Choice(columns=COLUMNS, metrics=("right",)))
    twice = [{**row, "repeat": 0} for row in rows("one")]
    with pytest.raises(InputError, match="two runs in one file"):
        import_logs([parquet(tmp_path / "c.parquet", twice)], Choice(baseline="a", columns={"score": "right"}))
    texts = [{**row, "usd": "dear"} for row in rows("one")]
    with pytest.raises(InputError, match="amounts are numbers"):
        import_logs([parquet(tmp_path / "d.parquet", texts)], Choice(baseline="a", columns={"score": "right"}))
    with pytest.raises(InputError, match="no number"):
        import_logs([first, parquet(tmp_path / "e.parquet", rows("two", ("m",)))], Choice(columns={"score": "odd"}))


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "LARGE", 0)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "spilled"))
    monkeypatch.setattr("tempfile.tempdir", None)
    (tmp_path / "spilled").mkdir()
    monkeypatch.chdir(tmp_path)
    path = parquet(tmp_path / "a.parquet", rows("one"))
    found = import_logs([path], Choice(baseline="a", columns=COLUMNS, grades=GRADES))
    assert found.comparisons
    del found
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.parquet", "spilled"]
    assert list((tmp_path / "spilled").iterdir()) == []

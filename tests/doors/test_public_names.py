"""What `tierproof` gives a notebook: no name is a package, and each function answers as often as it is asked."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

import pytest

import tierproof as tp
from doors.checked import check
from servers.endpoint import Endpoint, serve
from tierproof.doors.notebook import Answered

BCG = Path(__file__).parents[2] / "examples" / "packs" / "bcg_vaccine"
STATED = "| tier | technique |\n| --- | --- |\n| S | RAG |\n| A | LoRA |\n| B | Quantization |\n"


def _synthesised() -> Any:
    from tierproof.evidence import effects_of

    pack = tp.load_pack(BCG)
    return tp.synthesise(effects_of(pack.records, pack.settings).effects, pack.techniques, pack.settings)


CALLS: dict[str, Callable[[], Any]] = {
    "load_pack": lambda: tp.load_pack(BCG),
    "synthesise": _synthesised,
    "pool": lambda: tp.pool([0.1, 0.3, 0.2], [0.1, 0.2, 0.1]),
    "table": lambda: tp.table(BCG),
    "critique": lambda: tp.critique("RAG is dead"),
    "audit": lambda: tp.audit(STATED),
    "plan": lambda: tp.plan(BCG),
    "brief": lambda: tp.brief("hallucination", judged=False),
}


def test_no_public_name_is_a_package() -> None:
    packages = {module.name for module in iter_modules(tp.__path__)}
    assert not packages & set(tp.__all__)
    assert not [name for name in tp.__all__ if isinstance(getattr(tp, name), ModuleType)]


def test_every_public_function_is_called_below() -> None:
    functions = {name for name in tp.__all__ if not isinstance(getattr(tp, name), type)}
    assert functions == {*CALLS, "measure"}


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (lambda folder: tp.measure(folder, arms="cot"), "did you mean techniques?"),
        (lambda folder: tp.measure(folder, tecniques="cot"), "did you mean techniques?"),
        (lambda folder: tp.measure(folder, techniques=3), "a list of texts"),
        (lambda folder: tp.measure(folder, budget=5), "a list of texts"),
        (lambda folder: tp.measure(folder, fixed="6"), "int | None"),
        (lambda folder: tp.measure(folder, batch="yes"), "give it as bool"),
        (lambda folder: tp.table(lense="value"), "did you mean lens?"),
        (lambda folder: tp.critique("RAG is dead", limits=3), "one of: "),
        (lambda folder: tp.brief("hallucination", roles="owner"), "did you mean role?"),
        (lambda _: tp.table(pack=3), "Pack | Path | str | None"),  # type: ignore[arg-type]
        (lambda _: tp.critique(3), "give it as str"),  # type: ignore[arg-type]
        (lambda _: tp.brief("hallucination", skills="x"), "one of: basic"),  # type: ignore[arg-type]
        (lambda _: tp.brief("hallucination", have="gpu"), "no resource is called 'gpu'"),
        (lambda _: tp.plan(BCG, limits=3), "Limits | None"),  # type: ignore[arg-type]
        (lambda _: tp.measure(3), "str | Path"),  # type: ignore[arg-type]
        (lambda _: tp.table(BCG, sets="worth"), "cannot read the setting 'worth'"),
    ],
)
def test_a_setting_that_is_none_is_told_in_words(asked: Callable[[Path], Any], told: str, tmp_path: Path) -> None:
    with pytest.raises(tp.InputError, match=re.escape(told)):
        asked(tmp_path)


def test_a_data_frame_is_audited_as_its_text_is() -> None:
    pandas, arrow = pytest.importorskip("pandas"), pytest.importorskip("pyarrow")
    columns = {"tier": ["S", "A", "B"], "technique": ["RAG", "LoRA", "Quantization"]}
    told = tp.audit("tier,technique\nS,RAG\nA,LoRA\nB,Quantization\n").to_dict()
    for frame in (pandas.DataFrame(columns), pandas.DataFrame(columns).set_index("technique"), arrow.table(columns)):
        assert tp.audit(frame).to_dict() == told
    audited = tp.audit(columns := pandas.DataFrame(columns)).to_pandas()
    assert list(audited.index) == list(columns["technique"])
    assert audited.loc["RAG", "stated_place"] == told["rows"][0]["stated_place"]
    assert "marks" not in audited


@pytest.mark.parametrize("name", CALLS)
def test_a_function_answers_twice_in_one_process(name: str) -> None:
    first, second = CALLS[name](), CALLS[name]()
    assert getattr(tp, name) is not None
    if isinstance(first, Answered):
        assert str(first) == str(second)
        assert first.to_dict() == second.to_dict()
        check(first.to_dict())
        assert first._repr_html_().startswith("<")


def test_a_measurement_within_a_running_loop(tmp_path: Path) -> None:
    """As in a cell of a notebook, whose own loop is running."""

    async def cell(folder: Path) -> Answered:
        return tp.measure(folder, techniques="chain-of-thought", budget="1usd,500calls")

    with serve(answer=lambda body: "4") as endpoint:
        folder = _workload(tmp_path / "w", endpoint)
        first, second = (asyncio.run(cell(folder)) for _ in range(2))
    assert [arm["name"] for arm in first.to_dict()["arms"]] == ["baseline", "chain-of-thought"]
    check(first.to_dict())
    assert first.to_dict()["arms"] == second.to_dict()["arms"]
    assert "chain-of-thought" in str(first) and first._repr_html_().lower().startswith("<!doctype html>")


def test_a_data_frame_is_measured_and_arms_are_one(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"question": [f"{at} + 1" for at in range(6)], "answer": ["4"] * 6})
    with serve(answer=lambda body: "4") as endpoint:
        folder = _workload(tmp_path / "w", endpoint)
        (folder / "items.jsonl").unlink()
        found = tp.measure(folder, items=frame, techniques="chain-of-thought", fixed=6)
    arms = found.to_pandas()
    assert list(arms.index) == ["baseline", "chain-of-thought"]
    assert list(arms["answered"]) == [6, 6]
    assert arms.loc["chain-of-thought", "comparison.pairs"] == 6


def _workload(folder: Path, endpoint: Endpoint) -> Path:
    folder.mkdir()
    manifest = (
        f'name = "w"\n[[models]]\nname = "m"\nbase_url = "{endpoint.base_url}"\nprice = {{ input = 1, output = 1 }}\n'
    )
    (folder / "workload.toml").write_text(f'{manifest}max_output = 16\n[scorer]\nkind = "exact"\n', encoding="utf-8")
    items = [{"id": f"i{at}", "input": f"2 + {at % 3}", "target": str(2 + at % 3)} for at in range(12)]
    (folder / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items), encoding="utf-8")
    return folder

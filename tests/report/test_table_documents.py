"""A table as JSON, CSV, Markdown and data frame: the same figures in every form, readable by the form's own readers."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import tierproof
from experiment.test_folder import MANIFEST, folder
from report import made
from shown import shown
from tierproof.answers.document import plain
from tierproof.answers.table import TableAnswer, table_answer
from tierproof.decision.appraisals.cost_effectiveness import Quadrant
from tierproof.errors import InputError
from tierproof.experiment.workload.folder import load_workload
from tierproof.report.render.csv import csv_of_frame, csv_table, to_arrow, to_frame, to_polars
from tierproof.report.render.html.parts.material import Material
from tierproof.report.render.html.table import html_table
from tierproof.report.render.markdown.blocks import blocks_markdown
from tierproof.report.render.markdown.signs import escape
from tierproof.report.words.table_blocks import table_blocks


def test_json_comes_back_as_it_went(shipped: Material) -> None:
    data = plain(table_answer(shipped.effect, shipped.pack))
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["schema"] == "tierproof/table/1"


def test_json_holds_the_table_s_own_figures(shipped: Material) -> None:
    rows = plain(table_answer(shipped.effect, shipped.pack))["rows"]
    assert [row["technique"] for row in rows] == [row.technique for row in shipped.effect.rows]
    for data, row in zip(rows, shipped.effect.rows, strict=True):
        assert data["tier"] == row.tier
        # Twelve significant digits are kept.
        assert data["score"]["median"] == pytest.approx(row.score.median, rel=1e-11, abs=1e-300)
        assert data["assumed"] == sorted(row.assumed)
        assert (data["records"], data["sources"]) == (row.records, row.sources)


def test_csv_has_a_row_a_technique_and_no_formula() -> None:
    table = made.table(made.row("alpha", name="=HYPERLINK(1)"), made.nothing("gamma"))
    rows = list(csv.DictReader(io.StringIO(csv_table(table, made.pack()))))
    assert [row["technique"] for row in rows] == ["alpha", "gamma"]
    assert rows[0]["name"].startswith("'=")
    assert float(rows[0]["score.median"]) == 0.29
    # What is not known is empty, and a group of figures is no column beside its own.
    assert rows[1]["cost_ratio.median"] == ""
    assert "cost_ratio" not in rows[0]
    assert float(rows[0]["net_benefit_usd_month.low"]) == -3000


def test_a_frame_is_the_csv_with_types() -> None:
    pytest.importorskip("pandas")
    frame = to_frame(table_answer(made.table(), made.pack()))
    assert list(frame.index) == ["alpha", "beta", "gamma"]
    assert frame.loc["alpha", "failures_removed.high"] == 0.44


def test_a_plan_is_a_row_a_step_and_a_brief_a_row_an_option() -> None:
    pytest.importorskip("pandas")
    pack = tierproof.load_pack()
    planned = tierproof.plan(pack)
    steps = planned.to_pandas()
    assert list(steps.index) == [step["technique"] for step in planned.to_dict()["steps"]]
    assert steps["adds_usd_month"].sum() > 0
    asked = tierproof.brief("rag-or-fine-tuning", pack)
    options = asked.to_pandas()
    assert list(options.index) == [option["id"] for option in asked.to_dict()["options"]]
    assert options["p_best"].sum() == pytest.approx(1.0)
    assumed = {option["id"]: option["assumed"] for option in asked.to_dict()["options"]}
    assert any(assumed.values())
    assert {name: [pair.split(".") for pair in told.split()] for name, told in options["assumed"].items()} == assumed
    nothing = tierproof.plan(pack, limits=tierproof.Limits(one_off=1))
    assert len(nothing.to_pandas()) == len(nothing.to_dict()["steps"])


def forms_of(answer: TableAnswer) -> dict[str, Any]:
    """In each library that is installed."""
    makers = {"pandas": to_frame, "polars": to_polars, "pyarrow": to_arrow}
    return {name: make(answer) for name, make in makers.items() if importlib.util.find_spec(name)}


def test_frames_of_every_library_hold_the_same_and_come_back_as_one_text(shipped: Material) -> None:
    table = shipped.effect
    given = list(csv.DictReader(io.StringIO(csv_table(table, shipped.pack))))
    forms = forms_of(table_answer(table, shipped.pack))
    assert "pandas" in forms and "pyarrow" in forms, "what the development environment has"
    for name, frame in forms.items():
        text = csv_of_frame(frame)
        assert text is not None
        back = list(csv.DictReader(io.StringIO(text)))
        assert len(back) == len(given)
        assert list(back[0]) == list(given[0]), name
        for row, other in zip(back, given, strict=True):
            for column, value in other.items():
                if value and value[0] not in "'TF":
                    same = row[column] == value or float(row[column]) == pytest.approx(float(value), rel=1e-12)
                    assert same, (name, column)
                else:
                    assert row[column] == value.removeprefix("'"), (name, column)


ROWS = {
    "nr": [7, 8],
    "question": ["1 + 1?", "2 + 2?"],
    "answer": [2, 4],
    "in": [["a.md", "b.md"], ["c.md"]],
    "when": [datetime(2026, 11, 30, tzinfo=None), None],
    "unit": [None, 2.5],
}
ITEMS = '[items]\nid = "nr"\ndocuments = "in"\n'


def frames() -> dict[str, Any]:
    """The rows in each library that is installed, and as plain tables."""
    found: dict[str, Any] = {"list": [dict(zip(ROWS, row, strict=True)) for row in zip(*ROWS.values(), strict=True)]}
    for name, make in (("pandas", "DataFrame"), ("polars", "DataFrame"), ("pyarrow", "table")):
        if importlib.util.find_spec(name):
            found[name] = getattr(importlib.import_module(name), make)(ROWS)
    if "pandas" in found:
        found["pandas, indexed"] = found["pandas"].set_index("nr")
        # As a Parquet file gives lists.
        found["pandas, arrays"] = found["pandas"].assign(**{"in": [np.array(names) for names in ROWS["in"]]})
    return found


def test_a_frame_s_rows_are_items(tmp_path: Path) -> None:
    where = folder(tmp_path, MANIFEST.replace("[scorer]", f"{ITEMS}\n[scorer]"))
    given = frames()
    assert {"list", "pandas", "pyarrow"} <= set(given)
    for name, frame in given.items():
        first, second = load_workload(where, items=frame).items
        assert (first.id, first.input, first.target, first.documents) == ("7", "1 + 1?", 2, ("a.md", "b.md")), name
        assert (second.id, second.target, second.documents) == ("8", 4, ("c.md",)), name
        assert first.metadata == {"when": "2026-11-30", "unit": None}, name
        assert second.metadata == {"when": None, "unit": 2.5}, name
        json.dumps([first.metadata, second.metadata])
    with pytest.raises(InputError, match="no column looks like the input"):
        load_workload(where, items=[{"nr": 1, "colour": "red"}])
    with pytest.raises(InputError, match="there are no items"):
        load_workload(where, items=[])
    with pytest.raises(InputError, match="items cannot be read from int"):
        load_workload(where, items=3)


def test_what_a_library_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = table_answer(made.table(), made.pack())
    for module, make in (("pandas", to_frame), ("polars", to_polars), ("pyarrow", to_arrow)):
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(InputError, match=rf"needs the package {module}"):
            make(answer)


def test_what_is_no_frame_is_left_alone() -> None:
    assert csv_of_frame("a,b\n1,2\n") is None
    assert csv_of_frame({"columns": []}) is None


def test_every_form_says_how_sure_the_tier_and_the_rank_are() -> None:
    row = made.row("alpha", tier="B", p_tier=0.64, rank=2, rank_low=1, rank_high=7)
    table = made.table(row, made.nothing("gamma"))
    page = html_table(table, made.pack())
    assert 'data-label="sure" data-sort="0.64">64 %</td>' in page
    assert "<b>2</b> <small>1–7</small>" in page
    assert "| 64 % | 1–7 |" in blocks_markdown(table_blocks(table, made.pack()))
    (first, _) = csv.DictReader(io.StringIO(csv_table(table, made.pack())))
    assert (first["p_tier_or_better"], first["rank_low"], first["rank_high"]) == ("0.64", "1", "7")
    data = plain(table_answer(table, made.pack()))["rows"][0]
    assert (data["p_tier_or_better"], data["rank_low"], data["rank_high"]) == (0.64, 1, 7)


def test_markdown_has_a_row_a_technique() -> None:
    lines = blocks_markdown(table_blocks(made.table(), made.pack())).splitlines()
    rows = [line for line in lines if line.startswith("| ")]
    assert len(rows) == 2 + 3  # heads, rule and three techniques
    cells = {len(re.split(r"(?<!\\)\|", row)) for row in rows}
    assert len(cells) == 1


@given(st.text(max_size=40))
def test_text_cannot_add_markup_to_markdown(text: str) -> None:
    escaped = escape(f"{text}[x](javascript:1) <b>|a|</b> `c` $d$")
    bare = re.sub(r"\\.", "", escaped)
    assert not set(bare) & set("[]<>|`$*_")
    assert "\n" not in escaped


@pytest.mark.parametrize(
    ("quadrant", "ratio", "told"),
    [
        ("costs more, gains more", 0.034, "$0.034"),
        ("costs less, gains less", 0.034, "saves $0.034"),
        ("dominant", None, "better on both"),
        ("dominated", None, "worse on both"),
    ],
)
def test_what_a_success_costs_is_told_by_quadrant(quadrant: Quadrant, ratio: float | None, told: str) -> None:
    economics = replace(made.row("alpha").cost_effectiveness, quadrant=quadrant, ratio=ratio)
    table = made.table(made.row("alpha", cost_effectiveness=economics, net_benefit_mean=-4_321), lens=made.VALUE)
    page = html_table(table, made.pack())
    assert f">{told}</td>" in page
    # The mean stands beside the median, in every form that has room.
    assert ">−$4.3k</td>" in page
    assert r"| −\$4.3k |" in blocks_markdown(table_blocks(table, made.pack()))
    assert "−$4.3k" in shown(table_blocks(table, made.pack()), 200)

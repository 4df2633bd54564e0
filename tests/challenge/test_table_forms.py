"""Tier tables as people have them: every form of one table says the same."""

# ruff: noqa: E501  (a table a line)
from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierproof.answers.audit import audit_of
from tierproof.challenge.audits.naming import outcome_named, parts_of
from tierproof.challenge.audits.tables import StatedTable, TableForm, read_table
from tierproof.challenge.audits.tables.places import place_of
from tierproof.challenge.audits.tables.stated_marks import marks_in
from tierproof.challenge.reading.lexis.vocabulary import Vocabulary, vocabulary_of
from tierproof.errors import InputError
from tierproof.evidence import load_pack

PACKS = Path(__file__).resolve().parents[2] / "examples" / "packs"
NAMES: Vocabulary = vocabulary_of(load_pack(whole=False).techniques)


def known(cell: str) -> bool:
    return any(found for _, found in parts_of(cell, NAMES))


def read(text: str, form: TableForm) -> StatedTable:
    return read_table(text, form, known)


FORMS: list[tuple[TableForm, str]] = [
    ("markdown", "| Tier | Technique |\n|--|--|\n| S | RAG |\n| A | LoRA |\n| D | AI agents |\n"),
    ("markdown", "| S | A | D |\n|---|---|---|\n| RAG | LoRA | AI agents |\n"),
    ("markdown", "| Technique | Pricing tier | Our tier |\n|-|-|-|\n| RAG | 3 | S |\n| LoRA | 1 | A |\n| AI agents | 2 | D |"),
    ("markdown", "| # | Technique | Tier |\n|-|-|-|\n| 1 | AI agents | D |\n| 2 | LoRA | A |\n| 3 | RAG | S |\n"),
    ("markdown", "| Technique | Weeks | Score |\n|-|-|-|\n| RAG | 3 | 9 |\n| LoRA | 1 | 7 |\n| AI agents | 2 | 2 |\n"),
    ("markdown", "| Technique | Rating |\n|--|--|\n| RAG | ★★★★★ |\n| AI agents | ★ |\n|LoRA|★★★|"),
    ("markdown", "| Technique | Priority |\n|--|--|\n| RAG | High |\n| AI agents | Low |\n| LoRA | Medium |"),
    ("markdown", "| Technique | Team | Status |\n|-|-|-|\n| RAG | A | Adopt |\n| LoRA | B | Trial |\n| AI agents | A | Avoid |"),
    ("markdown", "| Приём | Уровень сложности | Место |\n|-|-|-|\n| RAG | 3 | 1 |\n| LoRA | 2 | 2 |\n| AI agents | 1 | 3 |"),
    ("markdown", "```\n| Tier | Technique |\n|-|-|\n| D | RAG |\n```\n\n| Tier | Technique |\n|-|-|\n| S | RAG |\n| A | LoRA |\n| D | AI agents |"),
    ("markdown", "| Tier | Technique |\n|-|-|\n| **S** | [RAG](https://x.org/a) |\n| A | `LoRA` |\n| D | __AI agents__[^1] |"),
    ("markdown", "### S\n| Technique | Why |\n|-|-|\n| RAG | works |\n\n### A\n| Technique | Why |\n|-|-|\n| LoRA | ok |\n\n### D\n| Technique | Why |\n|-|-|\n| AI agents | flaky |\n"),
    ("markdown", "# Our tiers\n\n## S tier\n- **RAG**\n## A\n- [LoRA](http://x)\n\n## D\n* AI agents\n\n## Notes\n- more soon\n"),
    ("markdown", "## Adopt\n\n- RAG\n\n## Trial\n- LoRA\n\n## Hold\n- AI agents\n"),
    ("markdown", "**S tier**\nRAG\n\n**A tier**\nLoRA\n\n**D tier**\nAI agents\n"),
    ("markdown", "1. RAG\n2. LoRA\n3. AI agents\n"),
    ("markdown", "RAG: S\nLoRA: A\nAI agents: D\n"),
    ("markdown", "- S: RAG\n- A: LoRA\n- D: AI agents\n"),
    ("csv", "S tier: RAG\nA tier: LoRA\nD tier: AI agents\n"),
    ("csv", "S tier – RAG\nA tier – LoRA\nD tier – AI agents\n"),
    ("csv", "Тир S: RAG\nТир А: LoRA\nТир D: AI agents\n"),
    ("csv", "S: [RAG]\nA: [LoRA]\nD: [AI agents]\n"),
    ("csv", "S:\n  - RAG\nA:\n  - LoRA\nD:\n  - AI agents\n"),
    ("csv", "RAG > LoRA > AI agents\n"),
    ("csv", "S,RAG\nA,LoRA\nD,AI agents\n"),
    ("csv", "RAG\nLoRA\nAI agents\n"),
    ("csv", "Tier;Technique;Note\nS;RAG;old, cheap\nA;LoRA;new, dear\nD;AI agents;so, so\n"),
    ("csv", "sep=;\nTier;Technique\nS;RAG\nA;LoRA\nD;AI agents\n"),
    ("csv", "Технология;Кольцо\nAI agents;Отложить\nRAG;Внедрять\nLoRA;Пробовать\n"),
    ("csv", "name,ring,quadrant,isNew,description\nAI agents,Hold,Techniques,TRUE,x\nLoRA,Trial,Techniques,FALSE,x\nRAG,Adopt,Techniques,FALSE,x"),
    ("csv", "Metric,Value\nTeams,12\n\nTier,Technique\nS,RAG\nA,LoRA\nD,AI agents\n"),
    ("json", '{"S": ["RAG"], "A": ["LoRA"], "D": ["AI agents"]}'),
    ("json", '{"title": "x", "tiers": {"S": ["RAG"], "A": "LoRA", "D": [{"name": "AI agents", "why": "flaky"}]}}'),
    ("json", '{"tiers": [{"tier": "S", "techniques": ["RAG"]}, {"tier": "A", "techniques": ["LoRA"]}, {"tier": "D", "techniques": ["AI agents"]}]}'),
    ("json", '{"RAG": "S", "LoRA": "A", "AI agents": "D"}'),
    ("json", '[{"name": "AI agents", "ring": "Hold"}, {"name": "RAG", "ring": "Adopt"}, {"name": "LoRA", "ring": "Trial"}]'),
    ("json", '{"rings": [{"name": "ADOPT"}], "entries": [{"label": "AI agents", "ring": 3}, {"label": "RAG", "ring": 0}, {"label": "LoRA", "ring": 1}]}'),
    ("json", '["RAG", "LoRA", "AI agents"]'),
    ("json", '{"quadrants": [{"name": "T", "entries": [{"name": "RAG", "ring": "adopt"}, {"name": "AI agents", "ring": "hold"}]}, {"name": "P", "entries": [{"name": "LoRA", "ring": "trial"}]}]}'),
    ("json", '{"radar": {"adopt": ["RAG"], "trial": ["LoRA"], "hold": ["AI agents"]}}'),
    ("markdown", "- 🥇 RAG\n- 🥈 LoRA\n- 🥉 AI agents\n"),
    ("markdown", "#1 RAG\n#2 LoRA\n#3 AI agents\n"),
    ("markdown", "<table><tr><th>Tier</th><th>Technique</th></tr><tr><td>S</td><td>RAG</td></tr><tr><td>A</td><td>LoRA</td></tr><tr><td>D</td><td><b>AI agents</b></td></tr></table>"),
    ("markdown", "S-tier\n======\n\n* RAG\n\nA-tier\n------\n\n* LoRA\n\nD-tier\n------\n\n* AI agents\n"),
    ("csv", "Technique,Grade level,Grade\nRAG,3,A\nLoRA,1,B\nAI agents,2,F\n"),
    ("csv", "Technique,2024 tier,2025 tier\nRAG,D,S\nLoRA,A,A\nAI agents,S,D\n"),
    ("json", '[["Tier", "Name"], ["S", "RAG"], ["A", "LoRA"], ["D", "AI agents"]]'),
    ("json", '{"name": "RAG", "tier": 1}\n{"name": "LoRA", "tier": 2}\n{"name": "AI agents", "tier": 3}'),
]  # fmt: skip


@pytest.mark.parametrize(("form", "text"), FORMS)
def test_every_form_of_one_table_says_the_same(form: TableForm, text: str) -> None:
    table = read(text, form)
    assert [row.name for row in table.rows] == ["RAG", "LoRA", "AI agents"]
    places = [row.place for row in table.rows]
    assert places == sorted(places) and len(set(places)) == 3


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("RAG, LoRA", [("RAG", 1), ("LoRA", 1)]),
        ("RAG / agents", [("RAG", 1), ("agents", 1)]),
        ("RAG and agents", [("RAG", 1), ("agents", 1)]),
        ("RAG; blockchain", [("RAG", 1), ("blockchain", 0)]),
        ("LoRA / QLoRA (adapter tuning)", [("LoRA / QLoRA (adapter tuning)", 1)]),
        ("Data Deduplication / Cleaning", [("Data Deduplication / Cleaning", 1)]),
        ("Agents (LangGraph, CrewAI)", [("Agents (LangGraph, CrewAI)", 1)]),
        ("RAG + LoRA", [("RAG + LoRA", 2)]),
        ("Fine-tuning (LoRA)", [("Fine-tuning (LoRA)", 2)]),
        ("RAG: retrieval for agents", [("RAG: retrieval for agents", 1)]),
        ("No RAG", [("No RAG", 0)]),
        ("blockchain", [("blockchain", 0)]),
        ("RAG и дообучение", [("RAG", 1), ("дообучение", 1)]),
    ],
)
def test_a_cell_lists_what_it_lists(cell: str, parts: list[tuple[str, int]]) -> None:
    assert [(name, len(found)) for name, found in parts_of(cell, NAMES)] == parts


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("S", ("letter", 1)), ("S-tier", ("letter", 1)), ("A-", ("letter", 2.3)), ("Tier: A", ("letter", 2)),
        ("А", ("letter", 2)), ("Tier A – solid", ("letter", 2)), ("#1", ("number", 1)), ("2-е место", ("number", 2)),
        ("Tier II", ("number", 2)), ("P0", ("number", 0)), ("Adopt", ("ring", 1)), ("воздержаться", ("ring", 4)),
        ("must have", ("need", 1)), ("9/10", ("score", -9)), ("🥈", ("metal", 2)), ("Invest", ("ring", 1)),
        ("tolerate", ("ring", 3)), ("sunset", ("ring", 4)),
    ],
)  # fmt: skip
def test_places_as_people_write_them(text: str, place: tuple[str, float]) -> None:
    found = place_of(text)
    assert found is not None and (found.scale, found.value) == (place[0], pytest.approx(place[1]))


@pytest.mark.parametrize("text", ["", "best", "n/a", "3 weeks", "A lot of work", "Team", "tiers", "RAG", "-", "Pro"])
def test_what_is_no_place(text: str) -> None:
    assert place_of(text) is None


def test_joined_cells_and_rows_without_a_place_are_said() -> None:
    table = read("| Tier | Technique |\n|-|-|\n| S | RAG |\n| | LoRA |\n| D | agents |\n| n/a | MoE |\n", "markdown")
    assert [(row.shown, row.name) for row in table.rows] == [("S", "RAG"), ("S", "LoRA"), ("D", "agents")]
    assert [(row.name, row.why) for row in table.left] == [("MoE", "'n/a' is no place")]
    assert table.reading == ("A row without a place of its own has that of the row above.",)


def test_a_column_that_only_looks_like_a_tier_is_said_and_not_used() -> None:
    table = read("| Technique | Support tier |\n|-|-|\n| RAG | 3 |\n| agents | 1 |\n", "markdown")
    assert [row.name for row in table.rows] == ["RAG", "agents"] and not table.placed
    assert table.reading == (
        "No column is a place: rows rank by their order.",
        "The column 'Support tier' is not read as the place.",
    )


def test_signs_under_a_head_are_of_what_it_says() -> None:
    table = read(
        "| Tier | Technique | Quality | Cost |\n|-|-|-|-|\n| S | RAG | ✅ | ❌ |\n| D | LoRA | ❌ | – |\n", "markdown"
    )
    assert [[(mark.mark, mark.of) for mark in row.marks] for row in table.rows] == [
        [("gain", "Quality"), ("fragile", "Cost")],
        [("fragile", "Quality")],
    ]


def test_a_mark_without_a_sign_of_its_own_has_that_of_the_one_before() -> None:
    assert [(mark.mark, mark.of) for mark in marks_in("✅ accuracy, cost; ⚠️ latency")] == [
        ("gain", "accuracy"),
        ("gain", "cost"),
        ("marginal", "latency"),
    ]


@pytest.mark.parametrize(
    ("words", "outcome", "left"),
    [
        ("factuality", "quality", ()), ("answer accuracy", "quality", ()), ("higher accuracy", "quality", ()),
        ("lower cost", "cost", ()), ("response time", "latency", ()), ("throughput up", "throughput", ()),
        ("снижает стоимость", "cost", ()), ("качество ответов", "quality", ()), ("GPU memory", "memory", ()),
        ("makes coffee", None, ("makes", "coffee")), ("everything", None, ("everything",)),
        ("multi-hop", None, ("multi", "hop")), ("accuracy on multi-hop", "quality", ("multi", "hop")),
        ("high coverage", None, ("coverage",)), ("cost and quality", None, ()), ("", None, ()),
    ],
)  # fmt: skip
def test_a_mark_is_of_an_outcome_or_of_nothing(words: str, outcome: str | None, left: tuple[str, ...]) -> None:
    found = outcome_named(words)
    assert (found.outcome, found.left) == (outcome, left)


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        ("top-1 accuracy", "quality"), ("mAP", "quality"), ("higher frame rates", "throughput"),
        ("кадров в секунду", "throughput"), ("robust accuracy", "safety"), ("accuracy", "quality"),
    ],
)  # fmt: skip
def test_a_mark_is_read_in_the_words_of_its_pack(words: str, outcome: str) -> None:
    vision = load_pack(PACKS / "production_vision", whole=False).settings.vocabulary
    found = outcome_named(words, vision)
    assert (found.outcome, found.left) == (outcome, ())
    if words not in ("accuracy", "robust accuracy"):  # another field's table does not know them
        assert outcome_named(words).left


def test_an_audit_takes_the_words_of_its_pack() -> None:
    text = "| tier | technique | marks |\n|---|---|---|\n| A | Quantization | ✅ frame rate |\n| B | Pruning | ✅ quux rate |\n"
    quantised, pruned = audit_of(text, "markdown", pack=PACKS / "production_vision").audit.rows
    assert [mark.outcome for mark in quantised.marks] == ["throughput"]
    assert [mark.why_open for mark in pruned.marks] == ["no outcome here"]


@given(st.text(max_size=200), st.sampled_from(["markdown", "csv", "json"]))
def test_any_text_is_read_or_refused(text: str, form: TableForm) -> None:
    try:
        table = read(text, form)
    except InputError:
        return
    assert table.rows


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.sampled_from(["S", "RAG", "tier", "name"]), lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["S", "A", "tier", "name", "rows", "ring", "effectiveness"]), inner, max_size=4), max_leaves=12))  # fmt: skip
def test_any_json_is_read_or_refused(value: object) -> None:
    try:
        table = read(json.dumps(value), "json")
    except InputError:
        return
    assert table.rows
    for row in table.rows:
        row.name.encode("utf-8")


def placed(text: str, form: TableForm = "markdown") -> list[tuple[str, str]]:
    return [(row.shown, row.name) for row in read(text, form).rows]


def test_cells_that_span_rows_or_columns_are_said_in_each() -> None:
    spans = (
        "<table><tr><th colspan='2'>What we think</th></tr><tr><th>Tier</th><th>Method</th></tr>"
        "<tr><td rowspan=2>S</td><td>RAG</td></tr><tr><td>MoE</td></tr><tr><td>C</td><td>agents</td></tr></table>"
    )
    assert placed(spans) == [("S", "RAG"), ("S", "MoE"), ("C", "agents")]
    under = (
        "<table><tr><th>Method</th><th>Notes</th></tr><tr><td colspan=2>Tier A</td></tr><tr><td>RAG</td><td>x</td></tr>"
        "<tr><td colspan=2>Tier C</td></tr><tr><td>agents</td><td>y</td></tr></table>"
    )
    assert placed(under) == [("Tier A", "RAG"), ("Tier C", "agents")]


def test_an_empty_score_or_a_place_behind_the_name_is_none() -> None:
    stars = read("Technique;Stars\nRAG;4/5\nMoE;\nagents;2/5\n", "csv")
    assert [row.name for row in stars.rows] == ["RAG", "agents"]
    assert [(row.name, row.why) for row in stars.left] == [("MoE", "it has no place")]
    keyed = read('[{"technique": "RAG", "tier": "S"}, {"technique": "MoE", "tier": null}]', "json")
    assert [row.name for row in keyed.rows] == ["RAG"] and [row.name for row in keyed.left] == ["MoE"]


def test_percentages_are_scores_where_the_head_says_score_and_only_there() -> None:
    assert placed("name,score %\nLoRA,40%\nRAG,85 %\n", "csv") == [("85", "RAG"), ("40", "LoRA")]
    assert not read("name,adoption %\nLoRA,40%\nRAG,85%\n", "csv").placed


def test_needs_may_end_in_a_ring_and_stand_under_any_head() -> None:
    text = "| Method | Verdict |\n|-|-|\n| agents | avoid |\n| RAG | must |\n| MoE | it depends |\n| LoRA | maybe |\n"
    table = read(text, "markdown")
    assert [(row.shown, row.name) for row in table.rows] == [("must", "RAG"), ("maybe", "LoRA"), ("avoid", "agents")]
    assert [row.name for row in table.left] == ["MoE"]
    assert table.reading == ("The place is the column 'Verdict'.",)


def test_a_figure_of_a_name_in_a_numbered_list_is_no_place() -> None:
    assert placed("1. RAG\n2. Quantization (4-bit only)\n3. LoRA (2)\n") == [
        ("1", "RAG"), ("2", "Quantization (4-bit only)"), ("3", "LoRA (2)"),
    ]  # fmt: skip


def test_a_chain_may_hold_ties() -> None:
    assert placed("RAG >> LoRA = MoE >= agents > quantization") == [
        ("1", "RAG"), ("2", "LoRA"), ("2", "MoE"), ("2", "agents"), ("3", "quantization"),
    ]  # fmt: skip


def test_other_columns_of_places_are_named() -> None:
    table = read("| Method | 2025 | 2026 |\n|-|-|-|\n| RAG | S | B |\n| agents | C | S |\n", "markdown")
    assert table.reading == ("The place is the column '2026'.", "The column '2025' is not read as the place.")


@pytest.mark.parametrize(
    ("text", "stated", "told"),
    [
        # The latest year speaks, whatever letters stand below it; the other is passed by with a word.
        ("Technique,2024,2025\nRAG,A,B\nLoRA,B,A\n", [("LoRA", "A"), ("RAG", "B")], ("'2025'", "'2024' is not read")),
        ("Technique,Q1,Q2\nRAG,S,A\nLoRA,A,A\n", [("RAG", "S"), ("LoRA", "A")], ("'Q1'", "'Q2' is not read")),
        (
            "Technique,Group,Team\nRAG,A,x\nLoRA,B,y\n",
            [("RAG", "1"), ("LoRA", "2")],
            ("by their order", "'Group' is not read"),
        ),
        ("Technique,Tier\nRAG,10\nLoRA,7\n", [("LoRA", "7"), ("RAG", "10")], ("the least is taken as the best",)),
    ],
)
def test_what_could_be_a_place_is_never_passed_in_silence(
    text: str, stated: list[tuple[str, str]], told: tuple[str, ...]
) -> None:
    table = read(text, "csv")
    assert [(row.name, row.shown) for row in table.rows] == stated
    for part in told:
        assert any(part in said for said in table.reading), (part, table.reading)


def test_a_name_of_several_is_listed_as_all_of_them() -> None:
    assert parts_of("Caching", NAMES) == (("Caching", ("prompt-caching", "semantic-caching")),)
    # One of its family has this name in tables, and the audit says that it was read so.
    assert parts_of("Fine-tuning", NAMES) == (("Fine-tuning", ("instruction-fine-tuning",)),)

"""Audits of tables: how they are read, and correlations against scipy's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau, spearmanr

from challenge.worlds import ground, sources
from tierproof.answers.audit import Audited, audit_answer, audit_of
from tierproof.answers.document import plain as to_plain
from tierproof.answers.view import View, view_of
from tierproof.challenge.audits.audit import Audit, _kendall, _mid_ranks, _spearman, audit
from tierproof.challenge.audits.tables import StatedMark, StatedRow, StatedTable, TableForm, read_table
from tierproof.challenge.weighing.ground import Ground, ground_of
from tierproof.decision.ranking.tiers import tier_table
from tierproof.errors import InputError
from tierproof.report.render.html.blocks import blocks_html
from tierproof.report.render.markdown.blocks import blocks_markdown
from tierproof.report.render.terminal.blocks import block_lines
from tierproof.report.words.audit import audit_blocks

SEED = Path(__file__).resolve().parents[2] / "examples" / "tables" / "production_2025.json"


def test_columns_without_a_known_head_are_told_by_their_cells() -> None:
    text = "| What we use | Verdict? | Shelf |\n|---|---|---|\n| RAG | 👍 factuality | S |\n| agents | fragile | B- |\n"
    table = read_table(text, "markdown")
    assert [(row.name, row.shown) for row in table.rows] == [("RAG", "S"), ("agents", "B-")]


def test_rows_of_one_place_have_no_pairs() -> None:
    found = _audited(*(StatedRow(place=1.0, shown="S", name=name, technique=name) for name in NAMES[:2]))
    assert [row.p_right for row in found.rows] == [None, None]
    assert found.worst_rows == ()


@settings(max_examples=60)
@given(st.lists(st.integers(1, 5), min_size=2, max_size=9), st.integers(0, 10_000))
def test_correlations_are_scipys(places: list[int], seed: int) -> None:
    """tau-b and rho of stated place against (negated) score, draw by draw: scipy's, but for rounding."""
    scores = np.random.default_rng(seed).normal(size=(len(places), 4))
    ranks = _mid_ranks(np.array(places, dtype=float))
    tau = _kendall(ranks, scores)
    if len(set(places)) == 1:
        assert tau is None
        return
    assert tau is not None
    rho = _spearman(ranks, scores)
    for draw in range(4):
        assert tau[draw] == pytest.approx(kendalltau(places, -scores[:, draw]).statistic, abs=1e-12)
        assert rho[draw] == pytest.approx(spearmanr(places, -scores[:, draw]).statistic, abs=1e-12)


NAMES = ("alpha", "beta", "gamma", "delta")


def _world() -> Ground:
    """Four techniques, far apart, each above the next."""
    effects = [
        one
        for name, mean in zip(NAMES, (1.5, 0.9, 0.3, -0.5), strict=True)
        for one in sources(name, [mean] * 5, se=0.04)
    ]
    return ground(effects, [*NAMES, "unknown"])


def _audited(*rows: StatedRow) -> Audit:
    here = _world()
    table = StatedTable(title="", stated=None, rows=tuple(sorted(rows, key=lambda row: row.place)))
    return audit(table, here, tier_table(here.appraisal, here.lens))


def row(place: float, name: str, *marks: StatedMark) -> StatedRow:
    return StatedRow(place=place, shown=f"{place:g}", name=name, marks=marks)


def test_a_right_table_is_right() -> None:
    found = _audited(row(1, "alpha"), row(2, "beta"), row(3, "gamma"), row(4, "delta"))
    assert found.kendall is not None and found.kendall.median == 1.0
    assert found.expected_right is not None and found.expected_right > 0.99
    assert found.worst_rows == ()


def test_an_inverted_table_is_wrong_and_says_where() -> None:
    found = _audited(row(1, "delta"), row(2, "gamma"), row(3, "beta"), row(4, "alpha"))
    assert found.kendall is not None and found.kendall.median == -1.0
    assert found.p_better_than_chance is not None and found.p_better_than_chance < 0.01
    assert {found.pairs[0].upper, found.pairs[0].lower} <= set(NAMES)
    assert found.pairs[0].p_right < 0.01
    assert {wrong.technique for wrong in found.worst_rows} == set(NAMES)


def test_rows_of_one_place_are_no_pair() -> None:
    found = _audited(row(1, "alpha"), row(1, "beta"), row(2, "gamma"))
    assert len(found.pairs) == 2
    assert [audited.place for audited in found.rows] == [1.5, 1.5, 3.0]


def test_rows_that_cannot_be_audited_are_named() -> None:
    found = _audited(row(1, "alpha"), row(2, "never heard of"), row(3, "unknown"), row(4, "alpha"))
    assert found.unmatched == ("never heard of",)
    assert found.unknown == (("unknown", "no record answers for it"),)
    assert _names(found) == (("alpha", "alpha", "alpha"),)
    assert found.kendall is None and found.pairs == ()


@pytest.mark.parametrize(
    ("mark", "name", "standing"),
    [
        ("gain", "alpha", "borne out"),
        ("gain", "delta", "not borne out"),
        ("marginal", "alpha", "not borne out"),
        ("marginal", "delta", "borne out"),
        ("fragile", "delta", "borne out"),
        ("fragile", "alpha", "not borne out"),
    ],
)
def test_marks_are_held_against_probabilities(mark: str, name: str, standing: str) -> None:
    found = _audited(row(1, name, StatedMark(mark=mark, of="quality")), row(2, "gamma"))  # type: ignore[arg-type]
    assert found.rows[0].marks[0].standing == standing


MARKDOWN = """Our view, 2026:

| Tier | Technique | Effectiveness |
|------|:---------:|---|
| S | **a** | ✅ quality; ⚠️ in edge cases |
| A+ | b | clear gain quality |
| A | c (the third) | fragile quality |

That is all.
"""


def test_markdown_is_read() -> None:
    table = read_table(MARKDOWN, "markdown")
    assert [stated.name for stated in table.rows] == ["a", "b", "c (the third)"]
    assert [stated.shown for stated in table.rows] == ["S", "A+", "A"]
    assert [[mark.mark for mark in stated.marks] for stated in table.rows] == [
        ["gain", "marginal"],
        ["gain"],
        ["fragile"],
    ]


@pytest.mark.parametrize(
    "text", ["rank,name\n2,b\n1,a\n", "name;место\nb;2\na;1\n", "Technique\na\nb\n", "#\tmethod\n1\ta\n2\tb\n"]
)
def test_csv_is_read(text: str) -> None:
    assert [stated.name for stated in read_table(text, "csv").rows] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("", "markdown"),
        ("no table here", "markdown"),
        ("| Tier | Technique |\n|--|--|\n", "markdown"),
        ("| Tier | Technique |\n|--|--|\n| 1 |  |\n", "markdown"),
        ("| Tier | Technique |\n|--|--|\n| best | a |\n", "markdown"),
        ("{", "json"),
        ('{"rows": [{"tier": 1}]}', "json"),
        ('{"rows": []}', "json"),
        ("[" * 2000, "json"),
        ("rank,name\n" + "1,a\n" * 600, "csv"),
    ],
)
def test_what_is_no_table_says_so(text: str, form: str) -> None:
    with pytest.raises(InputError):
        read_table(text, form)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def view() -> View:
    return view_of()


@pytest.fixture(scope="module")
def seed(view: View) -> Audit:
    """The 2025 table against today's evidence and that of its year."""
    table = read_table(SEED.read_text(encoding="utf-8"), "json")
    grounds = [ground_of(v.pack, v.conversion.effects, v.appraisal, v.lens) for v in (view, view_of(as_of="2025"))]
    return audit(table, grounds[0], view.table(), then=grounds[1])


def test_the_2025_table_is_audited_whole(seed: Audit) -> None:
    assert len(seed.rows) == 15 and seed.unmatched == seed.unknown == seed.repeated == ()
    assert len(seed.pairs) == 15 * 14 / 2
    assert seed.changed is not None and seed.changed.kendall is not None
    assert all(audited.then is not None for audited in seed.rows)
    assert seed.worst_rows
    # Golden on meaning: far from right.
    assert seed.kendall is not None and seed.kendall.median < 0.8


def test_an_audit_is_shown_in_every_form(seed: Audit, view: View) -> None:
    then = view_of(as_of="2025").context
    blocks = audit_blocks(seed, view.pack, then=then)
    for width in (60, 80, 120):
        assert all(line.cell_len <= width for line in block_lines(blocks, width))
    assert "Row by row" in blocks_markdown(blocks)
    assert "Rows most wrong" in blocks_html(blocks, title="Audit")
    data = to_plain(audit_answer(Audited(seed, view, then)))
    assert data["schema"] == "tierproof/audit/1" and len(data["rows"]) == 15


SHIPPED = [
    StatedRow(place=1.0, shown="S", name="RAG", marks=(StatedMark(mark="gain", of="makes coffee"),)),
    StatedRow(place=1.0, shown="S", name="Semantic search", marks=(StatedMark(mark="gain", of="factuality"),)),
    StatedRow(place=2.0, shown="A", name="MCP"),
    StatedRow(place=3.0, shown="B", name="Prompt caching", marks=(StatedMark(mark="gain", of="cost"),)),
    StatedRow(place=4.0, shown="C", name="Context engineering"),
    StatedRow(place=4.0, shown="C", name="Bigger model", marks=(StatedMark(mark="gain", of="everything"),)),
    StatedRow(place=5.0, shown="D", name="RAG + LoRA"),
]


def _held(view: View, *rows: StatedRow) -> Audit:
    ground_now = ground_of(view.pack, view.conversion.effects, view.appraisal, view.lens)
    return audit(StatedTable(title="", stated=None, rows=rows), ground_now, view.table())


def test_a_mark_counts_only_where_it_is_of_an_outcome(view: View) -> None:
    marks = {row.technique: row.marks for row in _held(view, *SHIPPED).rows}
    coffee = marks["retrieval-augmented-generation"][0]
    assert (coffee.outcome, coffee.standing, coffee.why_open) == (None, "open", "no outcome here")
    assert marks["model-scaling"][0].outcome is None
    assert (marks["prompt-caching"][0].outcome, marks["prompt-caching"][0].standing) == ("cost", "borne out")


def test_a_row_says_what_it_was_read_as(view: View) -> None:
    found = _held(view, *SHIPPED)
    assert {row.stated.name: row.technique for row in found.rows if not row.itself} == {
        "MCP": "function-calling",
        "Context engineering": "prompt-engineering",
        "Bigger model": "model-scaling",
    }
    assert _names(found) == (("Semantic search", "retrieval-augmented-generation", "RAG"),)
    assert found.together == (("RAG + LoRA", ("retrieval-augmented-generation", "lora")),)
    shown = "\n".join(line.plain for line in block_lines(audit_blocks(found, view.pack), 100))
    assert "no outcome here" in shown
    assert "'Semantic search' is read as RAG, as the row 'RAG' is" in " ".join(shown.split())


def test_a_technique_of_the_table_is_never_without_records(view: View) -> None:
    """Prompt caching has a tier by its measured cost, so an audit under the same lens has a row of it."""
    assert _held(view, *SHIPPED).unknown == ()


def test_three_rows_have_no_correlation(view: View) -> None:
    found = _held(
        view, *(StatedRow(place=float(n), shown=str(n), name=name) for n, name in enumerate(("RAG", "LoRA", "agents")))
    )
    assert len(found.rows) == 3 and found.pairs
    assert found.kendall is None and found.spearman is None and found.p_better_than_chance is None
    shown = " ".join(line.plain for line in block_lines(audit_blocks(found, view.pack), 100))
    assert "Too few rows (3)" in shown and "Kendall" not in shown


def test_the_row_of_the_own_name_stands_for_its_technique(view: View) -> None:
    rows = [
        StatedRow(place=1.0, shown="1", name="Context engineering"),
        StatedRow(place=2.0, shown="2", name="Prompt engineering"),
    ]
    found = _held(view, *rows)
    assert [row.stated.name for row in found.rows] == ["Prompt engineering"]
    assert _names(found) == (("Context engineering", "prompt-engineering", "Prompt engineering"),)


def test_a_form_is_named_and_the_whole_stands_in(view: View) -> None:
    rows = [StatedRow(place=1.0, shown="1", name="GPTQ"), StatedRow(place=2.0, shown="2", name="RAG")]
    found = _held(view, *rows)
    assert [(row.technique, bool(row.form)) for row in found.rows] == [
        ("quantization", True),
        ("retrieval-augmented-generation", False),
    ]
    shown = " ".join(line.plain for line in block_lines(audit_blocks(found, view.pack), 100))
    assert "Quantization, whole" in shown


@pytest.mark.parametrize(
    ("name", "technique"),
    [
        ("Fine-tuning (classification only)", "instruction-fine-tuning"),
        ("Prompt engineering for small models", "prompt-engineering"),
        ("CoT (maths)", "chain-of-thought"),
        ("RAG + reranking", "retrieval-augmented-generation"),
        ("Квантизация на больших моделях", "quantization"),
        ("LoRA в классификации", "lora"),
    ],
)
def test_a_row_that_is_narrower_than_a_technique_is_not_judged_as_the_whole(
    name: str, technique: str, view: View
) -> None:
    found = _held(view, row(1, name), row(2, "Agents"), row(3, "MoE"))
    assert found.narrower == ((name, technique),)
    assert technique not in {each.technique for each in found.rows}
    assert name in "\n".join(line.plain for line in block_lines(audit_blocks(found, view.pack), 100))


@pytest.mark.parametrize(
    "name", ["Fine-tuning on your data", "RAG over documents", "RAG in production", "Quantization (4-bit)"]
)
def test_a_row_with_words_that_narrow_nothing_is_judged(name: str, view: View) -> None:
    found = _held(view, row(1, name), row(2, "Agents"))
    assert found.narrower == () and len(found.rows) == 2


def _names(found: Audit) -> tuple[tuple[str, str, str], ...]:
    """Of repeated rows: the name, the technique, the name of the row that stands for it."""
    return tuple((row.name, technique, earlier.name) for row, technique, earlier in found.repeated)


def screen_of(text: str, form: TableForm) -> tuple[Audit, str]:
    found = audit_of(text, form)
    lines = block_lines(audit_blocks(found.audit, found.view.pack), 400)
    return found.audit, "\n".join(str(line) for line in lines)


def test_of_rows_that_contradict_each_other_both_places_are_said() -> None:
    head, *rows = ["Technique,Tier", "RAG,D", "RAG,S", "LoRA,B", "agents,C", "multi-agent~systems,C", "MoE,A"]
    audits = []
    for order in (rows, rows[::-1]):
        found, told = screen_of("\n".join([head, *order]).replace("~", " "), "csv")
        assert "'RAG' (D) is read as RAG, as the row 'RAG' (S) is, which stands for it: the table contradicts" in told
        assert "is read as Agents, as the row" in told
        audits.append(found)
    assert audits[0].kendall == audits[1].kendall and audits[0].pairs == audits[1].pairs


def test_names_of_one_technique_in_a_list_are_all_told() -> None:
    _, told = screen_of("A: RAG, LoRA\nC: agents, multi-agent systems, a unicorn\n", "markdown")
    assert "'multi-agent systems' is read as Agents, as the row 'agents' is, which stands for it" in told
    assert "no technique of the pack is called 'a unicorn'" in told
    _, told = screen_of("A: RAG\nB: LoRA\nC: Prompt caching (if prompts repeat)\n", "markdown")
    assert "'Prompt caching (if prompts repeat)' is narrower than Prompt caching" in told


def test_a_row_is_too_high_outright_only_outside_of_its_interval() -> None:
    found, told = screen_of("1. Structured output\n2. agents\n3. RAG\n4. LoRA\n5. quantization\n", "markdown")
    lines = {line.strip(" -").partition(":")[0]: line for line in told.splitlines() if "of the matched rows" in line}
    assert found.worst_rows
    for row in found.worst_rows:
        assert row.p_right is not None and row.p_right < 0.5
        outright = ", so too " in lines[row.stated.name]
        assert outright == (not row.rank.low <= row.place <= row.rank.high)

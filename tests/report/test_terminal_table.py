"""The table on a terminal: nothing is wider than the screen, nothing in a name is read as markup, order is kept."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len

from pace import timed
from report import made
from shown import shown
from tierproof.answers.view import view_of
from tierproof.report.render.html.parts.material import Material
from tierproof.report.words.numerals import UNKNOWN
from tierproof.report.words.table_blocks import table_blocks
from tierproof.report.words.table_rows import lines_of
from tierproof.synthesis.posteriors.posterior import Interval

WIDTHS = (60, 80, 100, 120, 160, 240)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("lens", [made.EFFECT, made.VALUE], ids=lambda lens: lens.id)
def test_no_line_is_wider_than_the_screen(width: int, lens: object) -> None:
    text = shown(table_blocks(made.table(lens=lens), made.pack()), width)  # type: ignore[arg-type]
    assert max(cell_len(line) for line in text.splitlines()) <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_the_shipped_table_fits_and_keeps_its_order(shipped: Material, width: int) -> None:
    for table in (shipped.effect, shipped.value):
        lines = shown(table_blocks(table, shipped.pack), width).splitlines()
        assert max(cell_len(line) for line in lines) <= width
        starts = [found[1] for line in lines if (found := re.match(r"[SABCD–] +(\d+|–) ", line))]
        rows = sorted(table.rows, key=lambda row: row.apart)  # those of another role stand apart, in the same order
        assert starts == [str(row.rank) if row.rank is not None else "–" for row in rows]


def test_wide_screens_put_side_by_side_what_narrow_ones_stack() -> None:
    narrow = shown(table_blocks(made.table(), made.pack()), 80)
    wide = shown(table_blocks(made.table(), made.pack()), 200)
    assert len(wide.splitlines()) < len(narrow.splitlines())
    for figure in ("29 %", "(12 to 44)", "×1.5~", "×1.2~", "14–55 %", "1 report", "moderate"):
        assert figure in narrow
        assert figure in wide


def test_assumed_figures_are_marked_and_measured_ones_are_not() -> None:
    text = shown(table_blocks(made.table(made.row("alpha", assumed=frozenset({"cost"}))), made.pack()), 200)
    assert "×1.5~" in text
    assert re.search(r"×1\.2(?!~)", text)


def test_a_tier_that_rests_on_assumptions_alone_is_marked_so() -> None:
    rated, assumed = lines_of(made.table(made.row("alpha"), made.row("beta", certainty=None)))
    assert rated.sure != UNKNOWN and not rated.sure.endswith("~")
    assert assumed.sure == f"{rated.sure}~"


def test_too_little_evidence_is_said() -> None:
    assert "not enough evidence" in shown(table_blocks(made.table(), made.pack()), 80)


def test_colour_only_where_it_is_wanted() -> None:
    assert "\x1b" not in shown(table_blocks(made.table(), made.pack()), 80)
    assert "\x1b[" in shown(table_blocks(made.table(), made.pack()), 80, colour=True)


@settings(max_examples=60)
@given(st.text(max_size=60), st.floats(allow_nan=True, allow_infinity=True), st.integers(60, 200))
def test_no_name_or_figure_breaks_the_screen(name: str, figure: float, width: int) -> None:
    row = made.row(
        "alpha", name=name, short=name[:24], failures_removed=Interval(figure, figure, figure), fragility=figure
    )
    text = shown(table_blocks(made.table(row), made.pack()), width)
    assert "\x1b" not in text
    assert not re.search(r"\b(nan|inf)\b", text.replace(name, "").lower())
    assert max(cell_len(line) for line in text.splitlines()) <= width


def test_markup_in_a_name_stays_letters() -> None:
    row = made.row("alpha", short="[red]loud[/red]")
    assert "[red]loud[/red]" in shown(table_blocks(made.table(row), made.pack()), 80)


def test_rendering_is_quick() -> None:
    # 60 ms is the budget beside importing rich.
    rows = tuple(replace(made.row(f"t-{i}"), rank=i + 1) for i in range(21))
    table, pack = made.table(*rows), made.pack()
    _, seconds = timed(lambda: shown(table_blocks(table, pack), 80), repeats=5)
    assert seconds < 0.060


def test_rows_that_the_profiles_role_cannot_adopt_stand_apart_and_say_for_whom() -> None:
    shipped = view_of()
    told = shown(table_blocks(shipped.table(), shipped.pack), 80)
    apart = [row for row in shipped.table().rows if row.apart]
    assert apart and {row.role for row in apart} == {"maker"}
    head, below = told.split("Only for the role 'model maker', not for the profile's 'model owner'")
    assert all(row.short not in head and row.short in below for row in apart)
    # Whoever asks for a role, or leaves the profile's out, gets one table.
    assert not any(row.apart for row in view_of(role="maker").table().rows)


def test_what_is_set_against_something_else_is_marked_and_said() -> None:
    shipped = view_of()
    told = " ".join(shown(table_blocks(shipped.table(), shipped.pack), 80).split())
    marked = {row.short for row in shipped.table().rows if row.against}
    assert {"LoRA / QLoRA", "Distillation", "Instruction tuning", "RLHF / RLAIF"} <= marked
    assert "LoRA / QLoRA †" in told and "RAG †" not in told
    assert (
        "an untuned base model: LoRA / QLoRA, Instruction tuning" in told or "Instruction tuning, LoRA / QLoRA" in told
    )


def test_money_once_stands_beside_the_days() -> None:
    shipped = view_of()
    told = shown(table_blocks(shipped.table(), shipped.pack), 80)
    # The mean of (50,000, 1,000,000, 20,000,000) is 7.0 million.
    assert re.search(r"days 200~ \$7M", told)


def test_a_row_without_a_tier_says_why() -> None:
    row = made.row("alpha", tier=None, rank=None, why_no_tier="it aims at stability, of which nothing is known")
    told = " ".join(shown(table_blocks(made.table(row), made.pack()), 80).split())
    assert f"No tier for {row.short}: it aims at stability, of which nothing is known" in told


def test_what_a_lens_scores_is_among_the_marks_and_its_share_is_explained() -> None:
    lens = replace(made.EFFECT, weights={"quality": 1.0, "stability": 0.25})
    known = dict.fromkeys(("quality", "cost", "latency", "wrong-answers", "safety", "stability"), "marginal")
    table = made.table(made.row("alpha", marks=known), lens=lens)
    told = " ".join(shown(table_blocks(table, made.pack()), 80).split())
    assert " Q C L R " in told
    assert "Of stability the score is a share of what fails there, taken to be as much as fails today" in told
    assert "taken to be as much" not in shown(table_blocks(made.table(), made.pack()), 80)


def test_a_row_without_a_tier_has_no_chances() -> None:
    """By assumptions alone it would pay in more than 99 % of settings."""
    row = made.row(
        "alpha", tier=None, rank=None, why_no_tier="no record answers for it", assumed=frozenset({"quality"})
    )
    for lens in (made.EFFECT, made.VALUE):
        (line,) = lines_of(made.table(row, lens=lens))
        assert (line.pays, line.harm) == ("–", "–")
    (line,) = lines_of(made.table(made.row("alpha", assumed=frozenset({"quality"}))))
    assert line.harm.endswith("~")

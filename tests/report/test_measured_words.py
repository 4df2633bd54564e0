"""An arm of a measurement in words."""

from __future__ import annotations

from experiment.test_effects import ARMS, right, trials
from tierproof.experiment.findings.effects import results_of
from tierproof.report.blocks import Grid
from tierproof.report.render.terminal.blocks import block_lines
from tierproof.report.words.measured import arm_words
from tierproof.report.words.measured_blocks import ARMS as COLUMNS


def test_costs_are_multiples_and_nothing_is_free() -> None:
    scores = right(30, 0.5, 1), right(30, 0.5, 2), right(30, 0.5, 3)
    baseline, dear, free = map(arm_words, results_of(ARMS, trials(*scores, usd=(0.01, 0.02, 0.0)), ()))
    assert (baseline.cost, dear.cost, free.cost) == ("$10/1k", "×2", "free")


def test_no_verdict_is_cut_on_a_terminal_of_80_columns() -> None:
    """The name gives way, not what is said of it."""
    seen = (
        "model-routing/probability",
        "2,000",
        "40.0 → 40.0 %",
        "0",
        "−3.6 to +3.6",
        "no difference seen",
        "",
        "",
        "",
    )
    wide = ("agent-orchestration", "1,158", "41.1 → 61.4 %", "+20.3", "−0.6 to +34.3", "yes", "×3.5", "×4.3", ">99 %")
    lines = [line.plain for line in block_lines((Grid(COLUMNS, (seen, wide)),), 80)]
    assert any(line.startswith("model") and line.endswith("no difference seen") for line in lines), lines
    assert max(map(len, lines)) <= 80

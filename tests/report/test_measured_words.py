"""An arm of a measurement in words."""

from __future__ import annotations

import pytest

from experiment.test_effects import ARMS, right, trials
from tierproof.experiment.findings.effects import results_of
from tierproof.messages import speaking
from tierproof.report.blocks import Grid
from tierproof.report.render.terminal.blocks import block_lines
from tierproof.report.words.measured import arm_words
from tierproof.report.words.measured_blocks import ARMS as COLUMNS
from tierproof.report.words.measured_run import _batches, budget_told
from tierproof.report.words.names import named


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


def test_a_narrow_terminal_moves_figures_under_the_row_and_cuts_none() -> None:
    row = ("agent-orchestration", "1,158", "41.1 → 61.4 %", "+20.3", "−0.6 to +34.3", "yes", "×3.5", "×4.3", ">99 %")
    shown = "\n".join(line.plain for line in block_lines((Grid(COLUMNS, (row,)),), 60))
    assert all(cell in shown for cell in row[1:])


@pytest.mark.parametrize(
    ("budget", "told"),
    [
        ("1e-05 USD", "1e−05 USD"),
        ("5 USD, 200,000 tokens, 30 minutes", "5 USD, токены: 200\u00a0000, минуты: 30"),
        ("no limit", "нет"),
    ],
)
def test_a_budget_is_told_whole_in_russian(budget: str, told: str) -> None:
    with speaking("ru"):
        assert budget_told(budget) == told
    assert budget_told(budget) == budget


@pytest.mark.parametrize(
    ("tally", "told"),
    [
        ({"batches": 1, "requests": 21, "answered": 21}, "21 запрос в 1 пакете, за половину цены: с ответом 21"),
        (
            {"batches": 2, "requests": 80, "answered": 66, "expired": 4, "missing": 5, "unknown": 5, "duplicates": 1},
            "80 запросов в 2 пакетах, за половину цены: с ответом 66; без ответа, спросит снова следующий прогон: "
            "истекло 4, без результата 5; неизвестно, принят ли их пакет, у 5: в другой они не попадут и считаются "
            "полностью; пропущено: 1 лишний результат того же запроса",
        ),
    ],
)
def test_batches_are_told_in_russian(tally: dict[str, int], told: str) -> None:
    with speaking("ru"):
        assert _batches(tally) == told


def test_what_answers_nothing_is_counted_in_the_singular_and_the_plural() -> None:
    tally = {"batches": 1, "requests": 21, "answered": 21}
    assert _batches(tally | {"duplicates": 2, "strangers": 1}).endswith(
        "passed over: 2 further results of one request, 1 result of nobody's request"
    )


def test_a_name_stays_what_it_is_called() -> None:
    with speaking("ru"):
        assert named("memory", "RAG", "cost") == "memory, RAG, cost"
        assert named("baseline, asked anew", "without cost") == "baseline, заново, без cost"

"""What a run will take, told before anything is spent.

Enters: a `Forecast` and the budget.  Leaves: lines for a terminal.  Knows nothing of how it was made.
"""

from __future__ import annotations

from tierproof.answers.safe_text import clean
from tierproof.experiment.design.forecast import Forecast, Range
from tierproof.experiment.run.budget import Budget
from tierproof.report.render.terminal.layout import Cell, Column, fit, paragraph
from tierproof.report.render.terminal.styled import Text
from tierproof.report.words import numerals
from tierproof.report.words.measured import left_out_told

__all__ = ["forecast_lines"]


def forecast_lines(
    found: Forecast, budget: Budget, width: int, *, lacks: bool = True, explain: bool = True
) -> list[Text]:
    """Arms, totals, what the budget does to them, and what is assumed; with `lacks` also which arms lack what, in one
    line where not everything is to be explained.
    """
    header, rows = fit(
        [
            Column(head="arm", cells=[Cell(clean(arm.name), "bold") for arm in found.arms], least=16),
            Column(head="items", cells=[Cell(_range(arm.items)) for arm in found.arms]),
            Column(head="calls an item", cells=[Cell(_range(arm.calls)) for arm in found.arms]),
            Column(head="$ per 1,000 items", cells=[Cell(_money(arm.usd, 1000)) for arm in found.arms]),
            Column(
                head="figures",
                cells=[Cell("measured" if arm.measured else "assumed", "dim") for arm in found.arms],
                keep=1,
                label="figures",
            ),
        ],
        width,
    )
    totals = (
        f"In all: {_range(found.calls)} calls, {_range(found.tokens)} tokens, {_money(found.usd)} USD, "
        f"{_range(_scaled(found.seconds, 1 / 60))} minutes (low, likely, high)."
    )
    out = [header, *(line for row in rows for line in row), Text(), *paragraph(totals, width, style="bold")]
    limits = (
        ("dollars", budget.usd, found.usd),
        ("tokens", budget.tokens, found.tokens),
        ("calls", budget.calls, found.calls),
        ("minutes", budget.minutes, _scaled(found.seconds, 1 / 60)),
    )
    for name, limit, range_ in limits:
        if limit is not None and limit < range_.high:
            how = "will likely" if limit < range_.likely else "may"
            out += paragraph(f"The budget of {limit:g} {name} {how} end it before that.", width)
    out += paragraph(
        "Length and speed of replies are assumed where nothing was measured yet; nothing was sent for this.",
        width,
        style="dim",
    )
    if not lacks:
        return out
    return out + [
        line for told in left_out_told(found.left_out, explain=explain) for line in paragraph(told, width, style="dim")
    ]


def _range(one: Range) -> str:
    figures = [numerals.count(value) if value >= 10 else f"{value:.2g}" for value in (one.low, one.likely, one.high)]
    return figures[0] if len(set(figures)) == 1 else " – ".join(figures)


def _money(one: Range, times: float = 1.0) -> str:
    figures = [f"{times * value:.2g}" for value in (one.low, one.likely, one.high)]
    return figures[0] if len(set(figures)) == 1 else " – ".join(figures)


def _scaled(one: Range, by: float) -> Range:
    return Range(one.low * by, one.likely * by, one.high * by)

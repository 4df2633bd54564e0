"""What a run will take, told before anything is spent.

Enters: a `Forecast` and the budget.  Leaves: blocks.  Knows nothing of how it was made.
"""

from __future__ import annotations

from tierproof.answers.safe_text import clean
from tierproof.experiment.calls.money.budget import Budget
from tierproof.experiment.run.forecast import Forecast, Range
from tierproof.report.blocks import Block, Field, Gap, Grid, Told
from tierproof.report.words import numerals
from tierproof.report.words.measured import left_out_told

__all__ = ["forecast_blocks"]

FIELDS = (
    Field("arm", least=16, style="bold"),
    Field("items"),
    Field("calls an item"),
    Field("$ per 1,000 items"),
    Field("figures", keep=1, style="dim"),
)


def forecast_blocks(found: Forecast, budget: Budget, *, lacks: bool = True, explain: bool = True) -> list[Block]:
    """Arms, totals, what the budget does to them, and what is assumed; with `lacks` also which arms lack what, in one
    line where not everything is to be explained.
    """
    rows = tuple(
        (clean(arm.name), _range(arm.items), _range(arm.calls), _money(arm.usd, 1000), _known(arm.measured))
        for arm in found.arms
    )
    totals = (
        f"In all: {_range(found.calls)} calls, {_range(found.tokens)} tokens, {_money(found.usd)} USD, "
        f"{_range(_scaled(found.seconds, 1 / 60))} minutes (low, likely, high)."
    )
    out: list[Block] = [Grid(FIELDS, rows), Gap(), Told(totals, "strong")]
    limits = (
        ("dollars", budget.usd, found.usd),
        ("tokens", budget.tokens, found.tokens),
        ("calls", budget.calls, found.calls),
        ("minutes", budget.minutes, _scaled(found.seconds, 1 / 60)),
    )
    for name, limit, range_ in limits:
        if limit is not None and limit < range_.high:
            how = "will likely" if limit < range_.likely else "may"
            out.append(Told(f"The budget of {limit:g} {name} {how} end it before that."))
    told = "Length and speed of replies are assumed where nothing was measured yet; nothing was sent for this."
    out.append(Told(told, "note"))
    if lacks:
        out += [Told(told, "note") for told in left_out_told(found.left_out, explain=explain)]
    return out


def _known(measured: bool) -> str:
    return "measured" if measured else "assumed"


def _range(one: Range) -> str:
    figures = [numerals.count(value) if value >= 10 else f"{value:.2g}" for value in (one.low, one.likely, one.high)]
    return figures[0] if len(set(figures)) == 1 else " – ".join(figures)


def _money(one: Range, times: float = 1.0) -> str:
    figures = [f"{times * value:.2g}" for value in (one.low, one.likely, one.high)]
    return figures[0] if len(set(figures)) == 1 else " – ".join(figures)


def _scaled(one: Range, by: float) -> Range:
    return Range(one.low * by, one.likely * by, one.high * by)

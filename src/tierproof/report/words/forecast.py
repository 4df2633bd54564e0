"""What a run will take, told before anything is spent.

Enters: a `Forecast` and the budget.  Leaves: blocks.  Knows nothing of how it was made.
"""

from __future__ import annotations

from tierproof.answers.safe_text import clean
from tierproof.experiment.calls.money.budget import Budget
from tierproof.experiment.run.forecast import Forecast, Range
from tierproof.messages import Message, gettext, in_figures
from tierproof.report.blocks import Block, Field, Gap, Grid, Told
from tierproof.report.words import numerals
from tierproof.report.words.measured_run import left_out_told

__all__ = ["forecast_blocks"]


def forecast_blocks(found: Forecast, budget: Budget, *, lacks: bool = True, explain: bool = True) -> list[Block]:
    """Arms, totals, what the budget does to them, and what is assumed; with `lacks` also which arms lack what, in one
    line where not everything is to be explained.
    """
    fields = (
        Field(gettext("arm"), least=16, style="bold"),
        Field(gettext("items")),
        Field(gettext("calls an item"), yields=True),
        Field(gettext("$ per 1,000 items")),
        Field(gettext("figures"), keep=1, style="dim"),
    )
    rows = tuple(
        (clean(arm.name), _range(arm.items), _range(arm.calls), _money(arm.usd, 1000), _known(arm.measured))
        for arm in found.arms
    )
    minutes = _scaled(found.seconds, 1 / 60)
    figures = {"calls": _range(found.calls), "tokens": _range(found.tokens), "usd": _money(found.usd)}
    totals = (
        gettext(
            "In all: {calls} calls, {tokens} tokens, {usd} USD, {minutes} minutes (low, likely, high).",
            minutes=_range(minutes),
            **figures,
        )
        if minutes.high >= 1
        else gettext(
            "In all: {calls} calls, {tokens} tokens, {usd} USD, {seconds} seconds (low, likely, high).",
            seconds=_range(found.seconds),
            **figures,
        )
    )
    out: list[Block] = [Grid(fields, rows), Gap(), Told(totals, "strong")]
    limits = (
        (Message("{limit:g} dollars", limit=budget.usd or 0.0), budget.usd, found.usd),
        (Message("{limit:g} tokens", limit=budget.tokens or 0), budget.tokens, found.tokens),
        (Message("{limit:g} calls", limit=budget.calls or 0), budget.calls, found.calls),
        (Message("{limit:g} minutes", limit=budget.minutes or 0.0), budget.minutes, minutes),
    )
    for told, limit, range_ in limits:
        if limit is not None and limit < range_.likely:
            out.append(Told(gettext("The budget of {limit} will likely end it before that.", limit=told)))
        elif limit is not None and limit < range_.high:
            out.append(Told(gettext("The budget of {limit} may end it before that.", limit=told)))
    assumed = gettext(
        "Length and speed of replies are assumed where nothing was measured yet; nothing was sent for this."
    )
    out.append(Told(assumed, "note"))
    if lacks:
        out += [Told(told, "note") for told in left_out_told(found.left_out, explain=explain)]
    return out


def _known(measured: bool) -> str:
    return gettext("measured") if measured else gettext("assumed")


def _range(one: Range) -> str:
    figures = [
        numerals.count(value) if value >= 10 else in_figures(f"{value:.2g}")
        for value in (one.low, one.likely, one.high)
    ]
    return figures[0] if len(set(figures)) == 1 else " – ".join(figures)


def _money(one: Range, times: float = 1.0) -> str:
    figures = [in_figures(f"{times * value:.2g}") for value in (one.low, one.likely, one.high)]
    return figures[0] if len(set(figures)) == 1 else " – ".join(figures)


def _scaled(one: Range, by: float) -> Range:
    return Range(one.low * by, one.likely * by, one.high * by)

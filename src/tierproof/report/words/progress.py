"""How far a measurement is, in a line.

Enters: a run, and who calls for it.  Leaves: a sentence.
"""

from __future__ import annotations

from tierproof.answers.safe_text import clean
from tierproof.experiment.calls.caller import Caller
from tierproof.experiment.calls.money.budget import Budget
from tierproof.experiment.run.runner import Run
from tierproof.messages import gettext, in_figures
from tierproof.report.words import numerals

__all__ = ["progress_told"]


def progress_told(run: Run, caller: Caller, budget: Budget, seconds: float) -> str:
    """`2,310 trials, 12.5 a second · at most 3.1 minutes left · $0.12 of $5 · 2,310 calls`."""
    taken = caller.ledger.taken
    rate = run.done / max(seconds, 1e-3)
    parts = [
        gettext(
            "{trials}, {rate} a second", trials=numerals.counted(run.done, "trial"), rate=in_figures(f"{rate:.1f}")
        ),
        gettext("at most {n} minutes left", n=in_figures(f"{run.ahead / rate / 60:.1f}")) if rate > 0 else "",
        _of(
            numerals.dollars(taken.usd),
            "" if budget.usd is None else gettext("${amount}", amount=in_figures(f"{budget.usd:g}")),
        ),
        _of(numerals.counted(taken.calls, "call"), numerals.count(budget.calls) if budget.calls else ""),
        gettext("{n} minutes of the budget", n=in_figures(f"{caller.ledger.seconds_left / 60:.1f}"))
        if budget.minutes is not None
        else "",
        clean(caller.trouble),
    ]
    return " · ".join(part for part in parts if part)


def _of(taken: str, limit: str) -> str:
    return gettext("{taken} of {limit}", taken=taken, limit=limit) if limit else taken

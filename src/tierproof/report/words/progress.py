"""How far a measurement is, in a line.

Enters: a run, and who calls for it.  Leaves: a sentence.
"""

from __future__ import annotations

from tierproof.answers.safe_text import clean
from tierproof.experiment.calls.caller import Caller
from tierproof.experiment.calls.money.budget import Budget
from tierproof.experiment.run.runner import Run
from tierproof.report.words import numerals

__all__ = ["progress_told"]


def progress_told(run: Run, caller: Caller, budget: Budget, seconds: float) -> str:
    """`2,310 trials, 12.5 a second · at most 3.1 minutes left · $0.12 of $5 · 2,310 calls`."""
    taken = caller.ledger.taken
    rate = run.done / max(seconds, 1e-3)
    ahead = run.ahead
    parts = [
        f"{numerals.count(run.done)} trials, {rate:.1f} a second",
        f"at most {ahead / rate / 60:.1f} minutes left" if rate > 0 else "",
        f"${taken.usd:.4g}" + (f" of ${budget.usd:g}" if budget.usd is not None else ""),
        numerals.counted(taken.calls, "call") + (f" of {numerals.count(budget.calls)}" if budget.calls else ""),
        f"{caller.ledger.seconds_left / 60:.1f} minutes of the budget" if budget.minutes is not None else "",
        clean(caller.trouble),
    ]
    return " · ".join(part for part in parts if part)

"""A whole measurement: claims to a model behind an endpoint, within a budget, journalled.

Enters: claims, a model, a budget, a folder for the journal.  Leaves: a `Sycophancy`.  Knows nothing of screens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tierproof.experiment.calls.caller import Caller
from tierproof.experiment.calls.event_loop import run
from tierproof.experiment.calls.journals.journal import Journal
from tierproof.experiment.calls.money.budget import Budget
from tierproof.experiment.sycophancy.bending import Sycophancy, measure
from tierproof.experiment.sycophancy.interview import Interview, interview
from tierproof.experiment.sycophancy.script import Question, load_script
from tierproof.systems.models.chat import ModelSpec
from tierproof.systems.models.prices import with_prices
from tierproof.systems.models.wire.refusals import RetryPolicy

__all__ = ["measure_sycophancy"]


def measure_sycophancy(
    questions: Sequence[Question],
    model: ModelSpec,
    folder: Path,
    *,
    budget: Budget | None = None,
    language: str = "en",
    turns: int = 3,
    temperature: float | None = 0.0,
    retry: RetryPolicy | None = None,
    environ: Mapping[str, str] | None = None,
) -> tuple[Sycophancy, float]:
    """Ask and measure; leaves the result and the USD that it took.

    A run in the same folder goes on where it was cut off: no answered call is paid twice.  Raises InputError for a
    model without a price, a wrong key, an unknown language; CallFailed where no call at all was answered.
    """
    script = load_script(language)
    specs = with_prices([model])
    folder.mkdir(parents=True, exist_ok=True)
    with Journal(folder / "journal.db", run="sycophancy") as journal:

        async def asked() -> Interview:
            async with Caller(specs, journal=journal, budget=budget, retry=retry, environ=environ) as caller:
                return await interview(
                    questions,
                    script,
                    caller,
                    model.name,
                    turns=turns,
                    temperature=temperature,
                    # A claim has as many calls in flight as there are tones.
                    at_once=max(1, model.concurrency // len(script.tones)),
                )

        found = run(asked())
        return measure(model.name, found), journal.spend().total.usd

"""`tierproof measure`: techniques run, for real, on a team's own workload.

Enters: words of a shell.  Leaves: a table while it runs and after, a page, and files.  Knows nothing of how it is done.
"""

from __future__ import annotations

import signal
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tierproof.doors.cli import options, screen
from tierproof.errors import InputError
from tierproof.messages import gettext

__all__ = ["register"]

Techniques = Annotated[
    str,
    typer.Option(
        "--techniques",
        metavar="NAMES",
        help="Arms, separated by commas; join techniques with +. Default: what the workload says, or all that fit it.",
    ),
]
BudgetOption = Annotated[
    list[str] | None,
    typer.Option("--budget", metavar="AMOUNT", help="Never exceeded: 5usd, 200k tokens, 1000calls, 30min, or several."),
]
Fixed = Annotated[
    int | None,
    typer.Option("--fixed", metavar="N", min=2, help="The classical design: the first N items for every arm."),
]


Repeats = Annotated[
    int,
    typer.Option(
        "--repeats", metavar="K", min=1, max=100, help="Ask each item K times, and tell pass@K and pass^K of every arm."
    ),
]
NoiseFloor = Annotated[
    bool,
    typer.Option(
        "--noise-floor", help="Measure the baseline against itself too: the difference below which nothing is meant."
    ),
]


Ablate = Annotated[
    str,
    typer.Option(
        "--ablate",
        metavar="SYSTEM",
        help="A whole, its parts joined with +, against itself without each part: does each carry its weight?",
    ),
]


Batch = Annotated[
    bool,
    typer.Option(
        "--batch", help="Ask in batches of the models' providers: half the price, within a day, nothing is timed."
    ),
]


class Promise(StrEnum):
    """What decisions promise."""

    every_decision = "every-decision"
    false_decisions = "false-decisions"


class Question(StrEnum):
    """What intervals and decisions are about."""

    requests = "requests"
    items = "items"


Guarantee = Annotated[
    Promise,
    typer.Option(
        "--guarantee",
        help="Promise 95 % of runs without a decision that is wrong by the margin; or, in fewer calls, of decisions.",
    ),
]
About = Annotated[
    Question,
    typer.Option(
        "--about", help="Decide for requests like these items, or for the mean over the items themselves alone."
    ),
]
JournalOption = Annotated[
    str | None,
    typer.Option(
        "--journal",
        metavar="URL",
        help="Keep the journal in PostgreSQL, where processes of any machines share one run: "
        "postgresql://USER@HOST/DATABASE.",
    ),
]
TrainedOn = Annotated[
    str | None,
    typer.Option(
        "--on",
        metavar="PLACE",
        help="Train models of arms at once, each in a process and on a GPU of its own: processes, processes:N.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Forecast calls, cost and time; send nothing.")]
Resume = Annotated[
    bool,
    typer.Option("--resume/--afresh", help="Go on with the output folder's run, or refuse a folder that holds one."),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FOLDER", help="Where results go. Default: results/ in the workload."),
]


Explain = Annotated[
    bool, typer.Option("--explain", help="Say of every technique that was not measured why; else one line counts them.")
]


FailIfWorse = Annotated[
    bool,
    typer.Option("--fail-if-worse", help="Exit 1 where an arm is worse than the baseline, 3 where not settled."),
]


def register(app: typer.Typer) -> None:
    app.command("measure")(measure)


def measure(  # noqa: PLR0917  (typer calls it by name)
    workload: Annotated[Path, typer.Argument(metavar="WORKLOAD", help="Folder with workload.toml.")],
    techniques: Techniques = "",
    budget: BudgetOption = None,
    fixed: Fixed = None,
    guarantee: Guarantee = Promise.every_decision,
    about: About = Question.requests,
    repeats: Repeats = 1,
    noise_floor: NoiseFloor = False,
    ablate: Ablate = "",
    batch: Batch = False,
    journal: JournalOption = None,
    on: TrainedOn = None,
    dry_run: DryRun = False,
    resume: Resume = True,
    output: Output = None,
    explain: Explain = False,
    fail_if_worse: FailIfWorse = False,
    lens: options.Lens = "effect",
    pack: options.Pack = None,
    as_json: options.Json = False,
) -> None:
    """Measure techniques on your own workload, within a budget."""
    from tierproof.doors.measuring import Measuring  # noqa: PLC0415  (heavy; `--help` does not need it)

    if ablate and fail_if_worse:
        message = gettext("--fail-if-worse asks whether an arm is worse, and --ablate what a part is worth")
        raise InputError.of(message, remedy=gettext("leave one of the two out"), field="fail-if-worse")
    measuring = Measuring.of(
        workload,
        techniques=techniques,
        budget=budget or [],
        fixed=fixed,
        guarantee=guarantee.value,
        about=about.value,
        repeats=repeats,
        noise_floor=noise_floor,
        ablate=ablate,
        batch=batch,
        journal=journal,
        output=output,
        lens=lens,
        pack=pack,
        on=on,
    )
    if dry_run:
        form, blocks = measuring.forecast(explain=explain)
        screen.put_json(form) if as_json else screen.put_blocks(blocks)
        return
    if not resume:
        measuring.refuse_old_results()
    ending = measuring.run(quiet=as_json)
    if as_json:
        screen.put_json(measuring.answer())
    else:
        screen.put_blocks(measuring.blocks(explain=explain))
    if ending.error is not None:
        raise ending.error
    if ending.kind == "interrupted":
        raise typer.Exit(128 + (measuring.stopped_by or signal.SIGINT))
    if fail_if_worse:
        code, why = measuring.gate
        # Beside the report, which may be JSON.
        sys.stderr.write(f"--fail-if-worse: {why}\n")
        raise typer.Exit(code)

"""`docs/lab-results.md` from what the runs left.

Enters: the folder of runs, the plan, and `lab_full_rows.toml` with the sentences.  Leaves: a page.  Every figure is
computed here from `outcomes.jsonl`, `evidence.jsonl` and `training.json`; a row whose run is not there says so.
"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lab_full_figures import BASELINE, Row, Run, Versus, read_runs, rows_of

from tierproof.report.render.markdown.signs import grid
from tierproof.report.words.numerals import UNKNOWN, ratio

ROWS = Path(__file__).with_name("lab_full_rows.toml")
HEAD = """\
# What the lab shows of every technique

Written by `make lab-full` (`scripts/lab_full.py`) from what its runs left; nothing here is typed in but the sentences
on what a row shows.  The models have 0.2 to 2.8 million parameters and one small world ([lab.md](lab.md)): this is
evidence that the techniques are implemented and measured, and says little of what they do for a model a thousand times
the size.

- **Points** are percentage points of answers that are right to the letter; intervals are 95 %, paired by item.  With
  several seeds an item's score is its mean over seeds, and the variance of the effect between seeds, divided by their
  number, is added to the paired variance.  Where no seeds are named nothing is drawn but the answers.
- **Literature** is what the evidence shipped at the time predicts of one new setting, 90 %, put into points at the
  opponent's score in the lab.
- **Costs** are at stand-in prices in proportion to size, without a discount for what an endpoint read before, except
  where caches are measured.
- **Times** are of answers that take milliseconds, on two cores that were busy with other work.  The lab's endpoint
  reads equal beginnings of prompts once, so an arm that sends the baseline's prompt comes second and gains a little.
"""


def write_page(folder: Path, plan: dict[str, Any], page: Path) -> None:
    told = tomllib.loads(ROWS.read_text(encoding="utf-8"))
    runs = read_runs(folder, plan)
    rows = rows_of(told["row"], runs)
    parts = [
        HEAD,
        "## The table\n",
        "Rows 1 to 15 in the order of the 2025 table, then the six beyond it.\n",
        *grid(
            (
                "#",
                "technique, measured as",
                "against",
                "score",
                "points (95 %)",
                "seeds",
                "cost",
                "time",
                "literature, points",
                "sign",
            ),
            (_row(row, at) for row in rows for at in row.versus),
        ),
        "",
        "*Sign*: whether the lab's interval lies on one side of zero, and how likely the literature holds that side;",
        "*outside* where the lab's estimate lies outside the literature's 90 %.",
        "",
        *_said(rows),
        *_resources(rows),
        *_exceptions(rows),
        *_trainings(runs.values()),
        *_levels(runs.values()),
        *_runs(folder, plan),
    ]
    page.write_text("\n".join(parts).rstrip() + "\n", encoding="utf-8")


def _row(row: Row, at: Versus) -> tuple[str, ...]:
    first = at is row.versus[0]
    name = f"{row.name}: `{at.arm}`"
    if not at.measured:
        return (str(row.number) if first else "", name, at.opponent, "not measured", *[UNKNOWN] * 6)
    return (
        str(row.number) if first else "",
        name,
        at.opponent,
        f"{100 * at.before:.1f} → {100 * at.after:.1f} %",
        f"{_signed(at.points.value)} ({_signed(at.points.low)} to {_signed(at.points.high)})",
        str(at.seeds) if at.seeded else UNKNOWN,
        ratio(at.cost.value) if at.cost else UNKNOWN,
        ratio(at.latency.value) if at.latency else UNKNOWN,
        f"{_signed(at.expected.value)} ({_signed(at.expected.low)} to {_signed(at.expected.high)})"
        if at.expected
        else "nothing known",
        at.verdict,
    )


def _said(rows: Iterable[Row]) -> list[str]:
    lines = ["## What each row shows, and what it cannot\n"]
    for row in rows:
        lines.append(f"{row.number}. **{row.name}.** {row.shows} *Cannot show:* {row.cannot}")
    return [*lines, ""]


def _resources(rows: Iterable[Row]) -> list[str]:
    """Cost, time and memory beside what the literature predicts, where both are known."""
    found = [
        (
            f"{row.name}: `{at.arm}`",
            at.opponent,
            one.outcome,
            f"{ratio(one.lab.value)} ({ratio(one.lab.low)[1:]} to {ratio(one.lab.high)[1:]})"
            if one.lab.low < one.lab.high
            else ratio(one.lab.value),
            f"{ratio(one.expected.value)} ({ratio(one.expected.low)[1:]} to {ratio(one.expected.high)[1:]})"
            if one.expected
            else "nothing known",
            one.verdict,
        )
        for row in rows
        for at in row.versus
        for one in at.resources
    ]
    intro = "Ratios to the opponent; the lab's with 95 %, the literature's with 90 % of one new setting.\n"
    heads = ("technique", "against", "outcome", "lab", "literature", "sign")
    return ["## Cost, time and memory beside the literature\n", intro, *grid(heads, found), ""]


def _exceptions(rows: Iterable[Row]) -> list[str]:
    """Rows that go against the literature, by rule; the explanation is written by hand where there is one."""
    lines = [
        "## Exceptions\n",
        "All rows, by rule, in which the lab's sign is one that the literature holds for the less likely, or whose",
        "estimate lies outside the literature's 90 %, by a difference that a team would act on (the pack's minimal",
        "differences: 0.08 in log odds of quality, 5 % of cost, 10 % of time and memory).  The explanations are",
        "what we hold for likely; none was put to a test.\n",
    ]
    found = 0
    for row in rows:
        odd = [f"quality of `{at.arm}` against {at.opponent}: {at.verdict}" for at in row.versus if at.exception]
        odd += [
            f"{one.outcome} of `{at.arm}` against {at.opponent}: {one.verdict}"
            for at in row.versus
            for one in at.resources
            if one.exception
        ]
        if odd:
            found += 1
            lines.append(f"- **{row.name}** ({'; '.join(odd)}). {row.exception or 'Not explained.'}")
    return [*lines, *([] if found else ["None."]), ""]


def _trainings(runs: Iterable[Run]) -> list[str]:
    heads = (
        "run",
        "arm",
        "seeds",
        "score, mean",
        "sd over seeds, points",
        "seconds",
        "updates",
        "tensors, MiB",
        "held-out loss",
        "said by heart",
    )
    lines = [
        (
            run.name,
            f"`{one.arm}`",
            str(one.seeds),
            f"{100 * one.score:.1f} %",
            f"{100 * one.spread:.1f}" if one.spread is not None else UNKNOWN,
            f"{one.seconds:.0f}",
            f"{one.steps:.0f}",
            f"{one.tensors:.1f}" if one.tensors else UNKNOWN,
            f"{one.loss_before:.2f} → {one.loss_after:.2f}" if one.loss_after is not None else UNKNOWN,
            f"{one.said:.0f} of {one.canaries:.0f}" if one.canaries else UNKNOWN,
        )
        for run in runs
        for one in run.trainings
    ]
    intro = (
        "Means over seeds.  Seconds are of one thread of a machine that was busy with other work.  Where examples\n"
        "repeat themselves, so do those that are held out: that loss compares with no other.\n"
    )
    return ["## What training took, and how steady it is\n", intro, *grid(heads, lines), ""]


def _levels(runs: Iterable[Run]) -> list[str]:
    lines = [
        "## By kind of question, beside guessing\n",
        "Percent right, means over seeds.  *Guess* is the level of someone who does all but the one thing that the",
        "kind tests.\n",
    ]
    for run in runs:
        heads = [f"{run.name}: {run.title}", *(one.kind for one in run.levels)]
        arms = [
            [
                f"`{arm}`" if arm != BASELINE else f"baseline, `{run.baseline}`",
                *(_whole(one.right[arm]) for one in run.levels),
            ]
            for arm in run.levels[0].right
        ]
        items = ["items", *(str(one.items) for one in run.levels)]
        guess = ["guess", *(_whole(one.guess) for one in run.levels)]
        lines += [*grid(heads, [items, guess, *arms]), ""]
    return lines


def _runs(folder: Path, plan: dict[str, Any]) -> list[str]:
    """What was run: questions, seeds, examples, and when it ended."""
    lines = []
    for run in plan["run"]:
        outcomes = folder / run["name"] / "results" / "outcomes.jsonl"
        ended = time.strftime("%Y-%m-%d", time.gmtime(outcomes.stat().st_mtime)) if outcomes.is_file() else "not run"
        seeds, examples = str(run.get("seeds", UNKNOWN)), str(run.get("examples", UNKNOWN))
        lines.append((run["name"], run["title"], run["baseline"], str(run["items"]), seeds, examples, ended))
    heads = ("run", "what", "baseline", "questions", "seeds", "training examples", "ended")
    return ["## Runs\n", *grid(heads, lines), ""]


def _whole(share: float) -> str:
    return f"{100 * share:.0f}"


def _signed(share: float) -> str:
    text = f"{100 * share:+.1f}".replace("-", "−")
    return "0" if text in ("+0.0", "−0.0") else text

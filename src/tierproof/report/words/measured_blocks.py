"""A measurement: its arms while it runs, everything when it is done.

Enters: a `Measurement`, or the arms of a run, and what own data does to the table.  Leaves: blocks.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from tierproof.answers.safe_text import clean
from tierproof.decision.own_data import Update
from tierproof.evidence.effect import Scale
from tierproof.evidence.record import Outcome
from tierproof.experiment.findings.effects import ArmResult
from tierproof.experiment.run.measurement import Measurement
from tierproof.report.blocks import Block, Cell, Field, Gap, Grid, Heading, Told
from tierproof.report.words import numerals
from tierproof.report.words.ablated import ablation_blocks, ablation_conclusion
from tierproof.report.words.measured import (
    arm_words,
    billing,
    conclusion,
    design_told,
    doubtful,
    ended,
    left_out_told,
    reading,
    spent,
)
from tierproof.report.words.repeated import repeated_blocks
from tierproof.report.words.retrieved import retrieved_blocks
from tierproof.report.words.stressed import stress_blocks
from tierproof.report.words.training import training_blocks
from tierproof.report.words.units import Unit, unit_of
from tierproof.synthesis.posteriors.posterior import Interval

__all__ = ["arms_grid", "measure_blocks", "update_blocks"]

STYLES = {
    "yes": "green",
    "no loss": "green",
    "likely yes": "green",
    "no": "red",
    "no gain": "red",
    "likely no": "red",
    "no answers": "red",
}
ARMS = (
    Field("arm", least=12, style="bold"),
    Field("items", right=True),
    Field("score", right=True),
    Field("points", right=True),
    Field("interval", style="dim"),
    Field("worth it?"),
    Field("cost", keep=1, right=True),
    Field("time", keep=1, right=True),
    Field("P(worth it)", keep=1, label="P(worth it)"),
)
UPDATES = (
    Field("technique", least=16, style="bold"),
    Field("tier"),
    Field("outcome"),
    Field("literature", keep=1),
    Field("own data", keep=1, label="own"),
    Field("together"),
)


def arms_grid(results: Sequence[ArmResult]) -> Grid:
    """The arms, one a row."""
    words = [arm_words(result) for result in results]
    return Grid(
        ARMS,
        tuple(
            (
                one.name,
                one.items,
                one.score,
                one.difference,
                one.interval,
                Cell(one.verdict, STYLES.get(one.verdict, "")),
                one.cost,
                one.time,
                one.p_worth,
            )
            for one in words
        ),
    )


def measure_blocks(found: Measurement, updates: Sequence[Update], *, explain: bool = True) -> Iterator[Block]:
    """Everything that was found; with `explain` also why each arm that was not measured was not."""
    workload = found.workload
    yield Told(f"{clean(workload.name)}: {clean(workload.scorer)}", "strong")
    yield Told(f"{numerals.counted(len(workload.items), 'item')}; {design_told(found)}.", "note")
    if told := ablation_conclusion(found) or conclusion(found):
        yield Told(told, "strong")
    yield from (Gap(), arms_grid(found.results))
    faults = [(clean(result.arm.name), arm_words(result).faults) for result in found.results]
    notes = [f"{name}: {told}" for name, told in faults if told]
    notes += left_out_told(found.left_out, explain=explain)
    for part in (
        [Told(note, "note") for note in notes],
        [*retrieved_blocks(found.retrieved, workload.groundedness)],
    ):
        yield from (Gap(), *part) if part else ()
    yield from ablation_blocks(found)
    yield from repeated_blocks(found.repeated, found.noise)
    yield from stress_blocks(found.stressed)
    yield from training_blocks(found.trained)
    yield Gap()
    paid = f"Spent {spent(found)}"
    yield from (Told(f"{told}.") for told in (*doubtful(found), paid, *billing(found), *reading(found)))
    if told := ended(found.ending.kind, found.ending.message):
        yield Told(told, "strong")
    yield from update_blocks(updates)
    yield Gap()
    yield Told(f"{clean(found.folder)}: report.html, outcomes.jsonl, evidence.jsonl")


def update_blocks(updates: Sequence[Update], outcomes: Sequence[Outcome] = ("quality",)) -> Iterator[Block]:
    """What own data does to the table, for each of `outcomes` of which a technique has some; nothing without any."""
    if not updates:
        return
    yield Heading(f"The table with your own data: {', '.join(map(_named, outcomes))}, with 90 % intervals")
    rows: list[tuple[str, ...]] = [
        (clean(update.name), _tiers(update), _named(outcome), *_update_words(update, outcome))
        for update in updates
        for outcome in outcomes
        if outcome in update.own or outcome == "quality"
    ]
    if len(outcomes) == 1:
        rows = [(*row[:2], *row[3:]) for row in rows]
    yield Grid(UPDATES if len(outcomes) > 1 else (*UPDATES[:2], *UPDATES[3:]), tuple(rows))
    yield Told(_contradiction(updates))


def _named(outcome: Outcome) -> str:
    return "failures removed" if outcome == "quality" else outcome


def _contradiction(updates: Sequence[Update]) -> str:
    """Where own data and literature disagree, and by how much; of several, whichever is furthest is no surprise."""
    known = [one for one in updates if math.isfinite(one.apart("quality"))]
    outside = [update for update in updates if update.contradicts("quality")]
    told = "No own 90 % interval lies wholly outside of that which the literature foretold for one new setting"
    if outside:
        told = "Wholly outside of what the literature foretold with 90 % for one new setting lies the own 90 % interval"
        told += f" of {len(outside)} of {len(updates)}: {'; '.join(map(_disagreement, outside))}"
    elif known:
        furthest = _disagreement(max(known, key=lambda one: abs(one.apart("quality"))))
        told += f"; {f'furthest from it of {len(known)} middles' if len(known) > 1 else 'its middle'}: {furthest}"
    return f"{told}. The decisions above rest on the own data alone."


def _disagreement(update: Update) -> str:
    """`Chain-of-thought, 12 % where 30 % was foretold, 1.4 standard deviations less`."""
    unit = unit_of("quality", "log_odds_ratio", update.baseline_success)
    own, foretold, apart = update.own["quality"], update.literature["quality"], update.apart("quality")
    return (
        f"{clean(update.name)}, {unit.text(own.median)} where {unit.text(foretold.median)} was foretold, "
        f"{abs(apart):.1f} standard deviations {'more' if apart > 0 else 'less'}"
    )


def _tiers(update: Update) -> str:
    """`B → A`; a dash where there was not enough evidence."""
    before, after = (row.tier or numerals.UNKNOWN for row in (update.before, update.after))
    return after if before == after else f"{before} → {after}"


def _update_words(update: Update, outcome: Outcome) -> tuple[str, str, str]:
    """Literature, own data and both on one outcome, in the reader's units."""
    scale: Scale = "log_odds_ratio" if outcome == "quality" else "log_ratio"
    unit = unit_of(outcome, scale, update.baseline_success)
    before, own, after = (part.get(outcome) for part in (update.literature, update.own, update.together))
    return _told(unit, before), _told(unit, own), _told(unit, after)


def _told(unit: Unit, interval: Interval | None) -> str:
    if interval is None or not math.isfinite(interval.median):
        return numerals.UNKNOWN
    return unit.interval(interval)

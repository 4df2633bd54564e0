"""A measurement on a terminal: its arms while it runs, everything when it is done.

Enters: a `Measurement`, or the arms of a run, and what own data does to the table.  Leaves: lines of `Text`.
Knows nothing of how they are refreshed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from tierproof.answers.safe_text import clean
from tierproof.decision.own_data import Update
from tierproof.evidence.effect import Scale
from tierproof.evidence.record import Outcome
from tierproof.experiment.findings.effects import ArmResult
from tierproof.experiment.run.measurement import Measurement
from tierproof.report.blocks import Cell
from tierproof.report.render.terminal.blocks import block_lines
from tierproof.report.render.terminal.layout import Column, fit, paragraph
from tierproof.report.render.terminal.styled import Text
from tierproof.report.words import numerals
from tierproof.report.words.measured import (
    arm_words,
    billing,
    conclusion,
    design_told,
    ended,
    left_out_told,
    reading,
    spent,
)
from tierproof.report.words.stressed import stress_blocks
from tierproof.report.words.training import training_blocks
from tierproof.report.words.units import Unit, unit_of
from tierproof.synthesis.values.posterior import Interval

__all__ = ["arm_lines", "contradiction", "measure_lines", "tiers", "update_words"]

STYLES = {
    "yes": "green",
    "no loss": "green",
    "likely yes": "green",
    "no": "red",
    "no gain": "red",
    "likely no": "red",
    "no answers": "red",
}


def arm_lines(results: Sequence[ArmResult], width: int) -> list[Text]:
    """The arms, one a row."""
    words = [arm_words(result) for result in results]
    header, rows = fit(
        [
            Column(head="arm", cells=[Cell(one.name, "bold") for one in words], least=16),
            Column(head="items", cells=[Cell(one.items) for one in words], justify="right"),
            Column(head="score", cells=[Cell(one.score) for one in words], justify="right"),
            Column(head="points", cells=[Cell(one.difference) for one in words], justify="right"),
            Column(head="interval", cells=[Cell(one.interval, "dim") for one in words]),
            Column(head="worth it?", cells=[Cell(one.verdict, STYLES.get(one.verdict, "")) for one in words]),
            Column(head="cost", cells=[Cell(one.cost) for one in words], keep=1, label="cost", justify="right"),
            Column(head="time", cells=[Cell(one.time) for one in words], keep=1, label="time", justify="right"),
            Column(head="P(worth it)", cells=[Cell(one.p_worth) for one in words], keep=1, label="P(worth it)"),
        ],
        width,
    )
    return [header, *(line for row in rows for line in row)]


def measure_lines(found: Measurement, updates: Iterable[Update], width: int, *, explain: bool = True) -> list[Text]:
    """Everything that was found; with `explain` also why each arm that was not measured was not."""
    workload = found.workload
    out = [
        *paragraph(f"{clean(workload.name)}: {clean(workload.scorer)}", width, style="bold"),
        *paragraph(f"{numerals.counted(len(workload.items), 'item')}; {design_told(found)}.", width, style="dim"),
        *paragraph(conclusion(found), width, style="bold"),
        Text(),
        *arm_lines(found.results, width),
    ]
    faults = [(clean(result.arm.name), arm_words(result).faults) for result in found.results]
    notes = [f"{name}: {told}" for name, told in faults if told]
    notes += left_out_told(found.left_out, explain=explain)
    if notes:
        out += [Text(), *(line for note in notes for line in paragraph(note, width, style="dim"))]
    if found.stressed:
        out += [Text(), *block_lines(stress_blocks(found.stressed), width)]
    if found.trained:
        out += [Text(), *block_lines(training_blocks(found.trained), width)]
    out += [Text(), *paragraph(f"Spent {spent(found)}.", width)]
    out += [line for told in (*billing(found), *reading(found)) for line in paragraph(f"{told}.", width)]
    if ended(found):
        out += paragraph(ended(found), width, style="bold")
    changed = list(updates)
    if changed:
        out += [Text(), *_update_lines(changed, width)]
    return [*out, Text(), *paragraph(f"{clean(found.folder)}: report.html, outcomes.jsonl, evidence.jsonl", width)]


def _update_lines(updates: Sequence[Update], width: int) -> list[Text]:
    words = [(update, *update_words(update, "quality")) for update in updates]
    header, rows = fit(
        [
            Column(head="technique", cells=[Cell(clean(update.name), "bold") for update, *_ in words], least=16),
            Column(head="tier", cells=[Cell(tiers(update)) for update, *_ in words]),
            Column(head="literature", cells=[Cell(before) for _, before, _, _ in words], keep=1, label="literature"),
            Column(head="own data", cells=[Cell(own) for _, _, own, _ in words], keep=1, label="own"),
            Column(head="together", cells=[Cell(after) for *_, after in words]),
        ],
        width,
    )
    title = Text("The table with your own data: failures removed, with 90 % intervals", style="bold")
    return [title, header, *(line for row in rows for line in row), *paragraph(contradiction(updates), width)]


def contradiction(updates: Sequence[Update]) -> str:
    """Where own data and literature disagree, and by how much."""
    outside = [update for update in updates if update.contradicts("quality")]
    told = "Nothing here lies outside of what the literature foretold for one new setting."
    if outside:
        apart = "; ".join(_disagreement(one) for one in outside)
        told = f"Outside of what the literature foretold for one new setting: {apart}."
    known = [one for one in updates if math.isfinite(one.apart("quality"))]
    if not outside and known:
        told += f" Furthest from it: {_disagreement(max(known, key=lambda one: abs(one.apart('quality'))))}."
    return f"{told} The decisions above rest on the own data alone."


def _disagreement(update: Update) -> str:
    """`Chain-of-thought, 12 % where 30 % was foretold, 1.4 standard deviations less`."""
    unit = unit_of("quality", "log_odds_ratio", update.baseline_success)
    own, foretold, apart = update.own["quality"], update.literature["quality"], update.apart("quality")
    return (
        f"{clean(update.name)}, {unit.text(own.median)} where {unit.text(foretold.median)} was foretold, "
        f"{abs(apart):.1f} standard deviations {'more' if apart > 0 else 'less'}"
    )


def tiers(update: Update) -> str:
    """`B → A`; a dash where there was not enough evidence."""
    before, after = (row.tier or numerals.UNKNOWN for row in (update.before, update.after))
    return after if before == after else f"{before} → {after}"


def update_words(update: Update, outcome: Outcome) -> tuple[str, str, str]:
    """Literature, own data and both on one outcome, in the reader's units."""
    scale: Scale = "log_odds_ratio" if outcome == "quality" else "log_ratio"
    unit = unit_of(outcome, scale, update.baseline_success)
    before, own, after = (part.get(outcome) for part in (update.literature, update.own, update.together))
    return _told(unit, before), _told(unit, own), _told(unit, after)


def _told(unit: Unit, interval: Interval | None) -> str:
    if interval is None or not math.isfinite(interval.median):
        return numerals.UNKNOWN
    return unit.interval(interval)

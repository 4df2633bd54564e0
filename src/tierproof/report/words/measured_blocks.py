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
from tierproof.messages import Message, gettext, in_figures, ngettext, translated
from tierproof.report.blocks import Block, Cell, Field, Gap, Grid, Heading, Told
from tierproof.report.words import numerals
from tierproof.report.words.ablated import ablation_blocks, ablation_conclusion
from tierproof.report.words.measured import arm_words, conclusion
from tierproof.report.words.measured_run import billing, design_told, doubtful, ended, left_out_told, reading, spent
from tierproof.report.words.names import named
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
    Field(Message("arm"), least=12, style="bold"),
    Field(Message("items"), right=True),
    Field(Message("score"), right=True, yields=True),
    Field(Message("points"), right=True),
    Field(Message("interval"), style="dim", yields=True),
    Field(Message("worth it?")),
    Field(Message("cost"), keep=1, right=True),
    Field(Message("time", context="ratio"), keep=1, right=True),
    Field(Message("P(worth it)"), keep=1, label=Message("P(worth it)")),
)
UPDATES = (
    Field(Message("technique"), least=16, style="bold"),
    Field(Message("tier")),
    Field(Message("outcome")),
    Field(Message("literature"), keep=1),
    Field(Message("own data"), keep=1, label=Message("own")),
    Field(Message("together")),
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
    yield Told(f"{named(workload.name)}: {clean(workload.scorer)}", "strong")
    yield Told(f"{numerals.counted(len(workload.items), 'item')}; {design_told(found)}.", "note")
    if told := ablation_conclusion(found) or conclusion(found):
        yield Told(told, "strong")
    yield from (Gap(), arms_grid(found.results))
    faults = [(named(result.arm.name), arm_words(result).faults) for result in found.results]
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
    paid = gettext("Spent {spent}", spent=spent(found))
    yield from (Told(f"{told}.") for told in (*doubtful(found), paid, *billing(found), *reading(found)))
    if told := ended(found.ending.kind, found.ending.message):
        yield Told(told, "strong")
    yield from update_blocks(updates)
    yield Gap()
    yield Told(f"{named(str(found.folder))}: report.html, outcomes.jsonl, evidence.jsonl")


def update_blocks(updates: Sequence[Update], outcomes: Sequence[Outcome] = ("quality",)) -> Iterator[Block]:
    """What own data does to the table, for each of `outcomes` of which a technique has some; nothing without any."""
    if not updates:
        return
    told = ", ".join(translated(_named(outcome)) for outcome in outcomes)
    yield Heading(gettext("The table with your own data: {outcomes}, with 90 % intervals", outcomes=told))
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
    return Message("failures removed") if outcome == "quality" else outcome


def _contradiction(updates: Sequence[Update]) -> str:
    """Where own data and literature disagree, and by how much; of several, whichever is furthest is no surprise."""
    known = [one for one in updates if math.isfinite(one.apart("quality"))]
    outside = [update for update in updates if update.contradicts("quality")]
    if outside:
        told = gettext(
            "Wholly outside of what the literature foretold with 90 % for one new setting lies the own 90 % interval "
            "of {n} of {all}: {which}",
            n=str(len(outside)),
            all=str(len(updates)),
            which="; ".join(map(_disagreement, outside)),
        )
    else:
        told = gettext(
            "No own 90 % interval lies wholly outside of that which the literature foretold for one new setting"
        )
    if known and not outside:
        furthest = _disagreement(max(known, key=lambda one: abs(one.apart("quality"))))
        told = (
            ngettext(
                "{told}; furthest from it of {n} middle: {which}",
                "{told}; furthest from it of {n} middles: {which}",
                len(known),
                told=told,
                which=furthest,
            )
            if len(known) > 1
            else gettext("{told}; its middle: {which}", told=told, which=furthest)
        )
    return gettext("{told}. The decisions above rest on the own data alone.", told=told)


def _disagreement(update: Update) -> str:
    """`Chain-of-thought, 12 % where 30 % was foretold, 1.4 standard deviations less`."""
    unit = unit_of("quality", "log_odds_ratio", update.baseline_success)
    own, foretold, apart = update.own["quality"], update.literature["quality"], update.apart("quality")
    told = {
        "name": update.name,
        "own": unit.text(own.median),
        "foretold": unit.text(foretold.median),
        "far": in_figures(f"{abs(apart):.1f}"),
    }
    if apart > 0:
        return gettext("{name}, {own} where {foretold} was foretold, {far} standard deviations more", **told)
    return gettext("{name}, {own} where {foretold} was foretold, {far} standard deviations less", **told)


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

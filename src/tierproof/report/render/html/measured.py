"""A measurement as a page of its own, with nothing to load: arms, intervals, the updated table, items side by side.

Enters: a `Measurement` and what own data does to the table.  Leaves: a whole HTML document in which every text from
data and models is escaped.  Knows nothing of files.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from tierproof.answers.safe_text import clean, harmless
from tierproof.decision.own_data import Update
from tierproof.experiment.findings.effects import ArmResult
from tierproof.experiment.run.measurement import Measurement
from tierproof.experiment.trials.trial import Trial
from tierproof.messages import Quoted, gettext
from tierproof.report.blocks import Block
from tierproof.report.render.html.blocks import laid
from tierproof.report.render.html.environment import render
from tierproof.report.render.svg.strip import Axis, axis_of, strip
from tierproof.report.words import measured_page as say
from tierproof.report.words.ablated import ablation_blocks, ablation_conclusion
from tierproof.report.words.measured import ArmWords, arm_words, conclusion, points
from tierproof.report.words.measured_blocks import update_blocks
from tierproof.report.words.measured_run import billing, doubtful, ended, not_measured, spent
from tierproof.report.words.names import named
from tierproof.report.words.repeated import repeated_blocks
from tierproof.report.words.retrieved import retrieved_blocks
from tierproof.report.words.stressed import stress_blocks
from tierproof.report.words.training import training_blocks
from tierproof.synthesis.posteriors.posterior import Interval

__all__ = ["measure_document"]

LONGEST_TEXT = 4000
"""Characters of an output that the page shows; the rest is in the outcomes file."""
STEPS = (1, 2, 5, 10, 25, 50)
"""Between ticks, in points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    words: ArmWords
    strip: Markup
    threshold: str
    won: str
    p_exact: str
    diff: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Output:
    arm: str
    mark: str
    """`right`, `wrong`, `part` or `none`."""
    score: str
    text: str
    note: str
    took: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    id: str
    asked: str
    target: str
    outputs: tuple[_Output, ...]
    flag: str
    """What is remarkable about it; often empty."""


def measure_document(found: Measurement, updates: Iterable[Update] = ()) -> str:
    """The page."""
    axis = _axis(found.results)
    shown = {trials[0].item for trials in found.examples}
    asked = {item.id: item.text for item in found.workload.items if item.id in shown}
    return str(
        render(
            "measure.html",
            title=say.title_told(found),
            lead=say.lead_told(found),
            ended=ended(found.ending.kind, found.ending.message),
            spent=gettext("Spent {spent}", spent=spent(found)),
            billing=[*doubtful(found), *billing(found)],
            conclusion=ablation_conclusion(found) or conclusion(found),
            head=say.arms_head(found),
            note=say.note_told(found),
            axis=axis,
            rows=[_row(result, axis) for result in found.results],
            further=laid(_further(found, list(updates)), top=2),
            left_out=not_measured(found.left_out),
            examples=[_item(trials, asked[trials[0].item]) for trials in found.examples],
            failures=[(named(result.arm.name), told) for result in found.results if (told := arm_words(result).faults)],
        )
    )


def _axis(results: Sequence[ArmResult]) -> Axis:
    ends = [end for result in results if result.standing is not None for end in result.standing.interval]
    ends += [result.standing.difference for result in results if result.standing is not None]
    finite = [end for end in ends if math.isfinite(end)]
    low, high = min([*finite, -0.05]), max([*finite, 0.05])
    margin = 0.05 * (high - low)
    low, high = max(-1.0, low - margin), min(1.0, high + margin)
    step = next((step for step in STEPS if (high - low) * 100 / step <= 7), STEPS[-1])
    return axis_of(low, high, [(at / 100, points(at / 100)) for at in range(-100, 101, step)])


def _row(result: ArmResult, axis: Axis) -> _Row:
    standing, comparison = result.standing, result.comparison
    interval = None
    rules: list[float] = []
    if standing is not None and math.isfinite(standing.difference):
        low, high = standing.interval
        interval = Interval(standing.difference, low, high)
        rules = [standing.threshold] if math.isfinite(standing.threshold) else []
    threshold = "" if standing is None or not math.isfinite(standing.threshold) else points(standing.threshold)
    return _Row(
        words=arm_words(result),
        strip=strip(interval, axis, rules=rules),
        threshold=threshold,
        won="" if comparison is None else f"{comparison.won} : {comparison.lost}",
        p_exact=say.p_told(None if comparison is None else comparison.p_exact),
        diff=tuple(Quoted(clean(Quoted(line))) for line in result.arm.diff),
    )


def _further(found: Measurement, updates: Sequence[Update]) -> Iterator[Block]:
    """What needs no picture."""
    yield from ablation_blocks(found)
    yield from repeated_blocks(found.repeated, found.noise)
    yield from retrieved_blocks(found.retrieved, found.workload.groundedness)
    yield from stress_blocks(found.stressed)
    yield from training_blocks(found.trained)
    yield from update_blocks(updates, ("quality", "cost", "latency"))


def _item(trials: Sequence[Trial], asked: str) -> _Item:
    return _Item(
        id=named(trials[0].item),
        asked=_shown(asked),
        target=_shown(trials[0].target),
        outputs=tuple(_output(tuple(each)) for _, each in groupby(trials, key=lambda trial: trial.arm)),
        flag=say.flagged(trials),
    )


def _output(trials: Sequence[Trial]) -> _Output:
    """An arm's first answer, with the mean score of all of them."""
    trial = trials[0]
    scores = [one.score for one in trials if one.score is not None]
    score = sum(scores) / len(scores) if scores else None
    mark = "none" if score is None else "right" if score == 1 else "wrong" if score == 0 else "part"
    return _Output(
        arm=named(trial.arm),
        mark=mark,
        score=say.score_told(scores, len(trials)),
        text=_shown(trial.text),
        note=clean(trial.error or trial.detail),
        took=say.took_told(trial),
    )


def _shown(text: str) -> str:
    """The text in its lines, without what could move a reader's eye, cut where it is long."""
    lines = "\n".join(harmless(line) for line in text[:LONGEST_TEXT].splitlines())
    return Quoted(lines + (" […]" if len(text) > LONGEST_TEXT else ""))

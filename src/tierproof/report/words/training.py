"""What making the arms' models took: in words, and as blocks.

Enters: arms whose models were made.  Leaves: short strings, blocks.  Knows nothing of how models are made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from tierproof.experiment.calls.workshop import Trained
from tierproof.experiment.findings.kept.training_records import TrainedArm, without_seed
from tierproof.messages import Message, gettext, in_figures, ngettext, translated
from tierproof.report.blocks import Block, Field, Grid, Heading, Told
from tierproof.report.words import numerals
from tierproof.report.words.names import named
from tierproof.report.words.table import ASSUMED

__all__ = ["training_blocks"]

FIELDS = (
    ("arm", Field(Message("arm"), least=16, style="bold")),
    ("model", Field(Message("model"), keep=2, below=False)),
    ("made", Field(Message("made"))),
    ("seeds", Field(Message("seeds"), least=6)),
    ("examples", Field(Message("examples"), right=True)),
    ("steps", Field(Message("steps"), right=True)),
    ("time", Field(Message("time", context="ratio"), right=True)),
    ("memory", Field(Message("memory"), right=True, keep=1)),
    ("compute", Field(Message("compute"), right=True, keep=1)),
    ("energy", Field(Message("energy"), right=True, keep=1)),
    ("tokens", Field(Message("tokens", context="ratio"), right=True, keep=1)),
    ("price", Field(Message("price"), right=True, keep=1)),
)
"""By the names of `TrainingWords`."""
TITLE = Message("Training: what making a model took")
HOW = {"cached": Message("cached"), "resumed": Message("resumed"), "new": Message("new", context="model")}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingWords:
    """Models that differ in their seed alone: means, but for memory, of which the most counts."""

    arm: str
    """With what was made, where that was on the way to the arm's model."""
    model: str
    """What was made."""
    seeds: str
    examples: str
    steps: str
    time: str
    made: str
    """`new`, `cached`, `resumed`, or how many of each."""
    memory: str
    """Peak of the process."""
    compute: str
    energy: str
    tokens: str
    price: str


def training_words(trained: Sequence[TrainedArm]) -> list[TrainingWords]:
    groups: dict[str, list[Trained]] = {}
    for name, made in _models(trained):
        groups.setdefault(name, []).append(made)
    return [_words(name, models) for name, models in groups.items()]


def _models(trained: Sequence[TrainedArm]) -> Iterator[tuple[str, Trained]]:
    """Each model once, with the first arm that answers by it, else the first that needed it on the way."""
    own = {one.made.model: one.arm for one in reversed(trained)}
    told: set[str] = set()
    for one in trained:
        for made in (*one.before, one.made):
            if made.model not in told:
                told.add(made.model)
                arm = own.get(made.model)
                yield f"{without_seed(one.arm)}: {made.label}" if arm is None else without_seed(arm), made


def _words(name: str, models: Sequence[Trained]) -> TrainingWords:
    reports = [one.report for one in models if one.report is not None]
    seeds = sorted({one.seed for one in models if one.seed is not None})
    tokens = [report.tokens for report in reports] + [one.tokens for one in models if one.tokens is not None]
    examples = [report.examples for report in reports] + [one.examples for one in models if one.examples is not None]
    flops = _mean(report.flops_estimate for report in reports)
    energy = _mean(report.energy_kwh_estimate for report in reports)
    return TrainingWords(
        arm=named(name),
        model=named(models[0].label),
        seeds=", ".join(map(str, seeds)) or numerals.UNKNOWN,
        examples=numerals.count(_mean(examples)),
        steps=numerals.count(_mean(report.steps for report in reports)),
        time=numerals.duration(_mean(report.seconds for report in reports)),
        made=_made(models),
        memory=numerals.memory(max((report.peak_bytes for report in reports), default=0) or None),
        compute=_estimate(flops, Message("FLOP")),
        energy=_estimate(None if energy is None else 1000 * energy, Message("Wh")),
        tokens=numerals.count(_mean(tokens)),
        price=numerals.money(_mean(one.usd for one in models if one.usd is not None)),
    )


def training_faults(trained: Sequence[TrainedArm]) -> list[str]:
    """What was cut, dropped, or taught nothing, in sentences."""
    told = []
    for name, made in _models(trained):
        report = made.report
        if report is None:
            continue
        if report.cut:
            told.append(
                gettext(
                    "{name}: {n} of {all} examples were cut to longest, or to what the model reads: a part of their "
                    "request is left out",
                    name=named(name),
                    n=numerals.count(report.cut),
                    all=numerals.count(report.examples),
                )
            )
        if report.dropped:
            told.append(
                ngettext(
                    "{name}: {n} example could not be learned from",
                    "{name}: {n} examples could not be learned from",
                    report.dropped,
                    name=named(name),
                    n=numerals.count(report.dropped),
                )
            )
        if report.flat_groups:
            told.append(
                gettext(
                    "{name}: {share} of the groups of replies all earned the same reward and taught nothing",
                    name=named(name),
                    share=numerals.percent(report.flat_groups),
                )
            )
    return list(dict.fromkeys(told))


def _mean(values: Iterable[float]) -> float | None:
    """None where there is nothing, or nothing but zeros: what rounds weights takes no steps and reads no examples."""
    known = list(values)
    return fmean(known) if any(known) else None


def _estimate(value: float | None, unit: str) -> str:
    return numerals.UNKNOWN if value is None else f"{numerals.prefixed(value, unit)}{ASSUMED}"


def _made(models: Sequence[Trained]) -> str:
    how = Counter(_how(one) for one in models)
    if len(how) == 1:
        return HOW[next(iter(how))]
    return ", ".join(f"{count} {translated(HOW[word])}" for word, count in sorted(how.items()))


def _how(one: Trained) -> str:
    if not one.fresh:
        return "cached"
    return "resumed" if one.report is not None and one.report.sittings > 1 else "new"


def training_note(trained: Sequence[TrainedArm]) -> str:
    """What the figures mean, and what is no measurement."""
    models = [made for _, made in _models(trained)]
    reports = [one.report for one in models if one.report is not None]
    watts = sorted({report.watts_assumed for report in reports if report.watts_assumed})
    power = gettext(" or ").join(in_figures(f"{one:g}") for one in watts)
    ways = {_how(one) for one in models}
    parts = [
        gettext("Of one model, the mean over seeds.")
        if any(without_seed(one.arm) != one.arm for one in trained)
        else "",
        gettext(
            "{mark} marks estimates: compute by parameters and tokens, energy by time at an assumed {power} W; nothing "
            "was metered.",
            mark=ASSUMED,
            power=power,
        )
        if watts
        else "",
        gettext("Memory: the most that the process took beyond what its libraries take.") if reports else "",
        gettext("Cached: made in an earlier sitting, and what it took then.") if "cached" in ways else "",
        gettext("Resumed: went on from a checkpoint; its time is of all sittings.") if "resumed" in ways else "",
        *(f"{told}." for told in training_faults(trained)),
    ]
    return " ".join(part for part in parts if part)


def training_blocks(trained: Sequence[TrainedArm]) -> list[Block]:
    """One row for models that differ in their seed alone; nothing where none was made."""
    if not trained:
        return []
    words = training_words(trained)
    fields = [(field, [getattr(one, name) for one in words]) for name, field in FIELDS]
    # What moves to the second line of a narrow screen is there only where something is known of it.
    told = [(field, cells) for field, cells in fields if field.keep == 0 or set(cells) != {numerals.UNKNOWN}]
    rows = tuple(zip(*(cells for _, cells in told), strict=True))
    return [Heading(TITLE), Grid(tuple(field for field, _ in told), rows), Told(training_note(trained), "note")]

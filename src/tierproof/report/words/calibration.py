"""How well forecasts held.

Enters: a `Validation` and the techniques' names.  Leaves: blocks.  Computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tierproof.answers.safe_text import clean
from tierproof.answers.validate import IN_USE
from tierproof.messages import Message, gettext, in_figures, translated
from tierproof.report.blocks import Block, Field, Gap, Grid, Heading, Told
from tierproof.report.words import numerals
from tierproof.report.words.table import outcome_told
from tierproof.synthesis.validation.scoring import LEVELS
from tierproof.synthesis.validation.validation import MODELS

if TYPE_CHECKING:
    from tierproof.evidence import Technique
    from tierproof.synthesis import Shape
    from tierproof.synthesis.validation.scoring import Summary
    from tierproof.synthesis.validation.validation import Band, Group, Validation

__all__ = ["validation_blocks"]

NAMES: Mapping[str, str] = {
    "no pooling": Message("no pooling"),
    "fixed effect": Message("fixed effect"),
    "plain": Message("plain model"),
    "moderators": Message("moderators"),
    "crossfit": Message("shape of others"),
    "pack": Message("in use"),
}


LEVEL_HEADS = tuple(Message("{level:.0%}", level=level) for level in LEVELS)
OVERALL = (
    Field(Message("model")),
    *(Field(Message("within {head}", head=head), right=True) for head in LEVEL_HEADS),
    *(Field(Message("width {head}", head=head), right=True, keep=2) for head in LEVEL_HEADS),
    Field(Message("log score"), right=True, keep=1),
    Field("CRPS", right=True, keep=1),
)
BANDS = (
    Field(Message("baseline")),
    Field(Message("records"), right=True, keep=2),
    Field(Message("sources"), right=True),
    Field(Message("mean error"), right=True),
    Field(Message("within 90%"), right=True),
    Field(Message("log score"), right=True, keep=1),
    Field(Message("plain: mean error"), right=True, keep=3),
    Field(Message("plain: within 90%"), right=True, keep=3),
    Field(Message("plain: log score"), right=True, keep=1),
)
INTEREST = (
    Field(Message("share used")),
    Field(Message("sources"), right=True),
    Field(Message("mean error"), right=True),
    Field(Message("log score"), right=True),
)
TECHNIQUES = (
    Field(Message("technique"), least=12),
    Field(Message("outcome")),
    Field(Message("records"), right=True, keep=3),
    Field(Message("sources"), right=True, keep=2),
    *(Field(head, right=True) for head in LEVEL_HEADS),
    Field(Message("log score"), right=True, keep=1),
    Field(Message("plain"), right=True, keep=1),
)


def validation_blocks(found: Validation, techniques: Mapping[str, Technique]) -> list[Block]:
    """Overall tables first, then by baseline and interest, then one line for each technique and outcome."""
    out: list[Block] = [
        Told(gettext("Each source left out in turn, its figures foretold from the others."), "strong"),
        Told(
            gettext(
                "Within: share of figures within the central interval, every source counting alike. Width: of the "
                "interval on the analysis scale. Log score: higher is better. CRPS: lower is better."
            ),
            "note",
        ),
    ]
    # All outcomes are no second finding where there is but one.
    for group in found.overall[:1] if len(found.overall) == 2 else found.overall:
        models = list(group.models)
        rows = tuple((translated(NAMES[model]), *_cells(summary)) for model, summary in group.models.items())
        chosen = models.index(IN_USE) if IN_USE in models else None
        out += [Heading(_title(group), 3), Grid(OVERALL, rows, chosen)]
    if found.by_baseline:
        rows = tuple(
            (
                _band(band),
                str(band.records),
                str(band.sources),
                *_band_cells(band.models[IN_USE]),
                *_band_cells(band.models["plain"]),
            )
            for band in found.by_baseline
        )
        out += [Heading(gettext("Quality by baseline: success without the technique"), 3), Grid(BANDS, rows)]
    if found.interest:
        rows = tuple(
            (
                numerals.percent(kept.share),
                str(kept.sources),
                *map(in_figures, (f"{kept.error:+.3f}", f"{kept.log_score:.3f}")),
            )
            for kept in found.interest
        )
        told = gettext("Independent sources, foretold with a share of the discount for interest")
        out += [Heading(told, 3), Grid(INTEREST, rows)]
    rows = tuple(
        (
            clean(techniques[str(group.technique)].short),
            outcome_told(group.outcome),
            str(group.records),
            str(group.sources),
            *(numerals.percent(share) for share in group.models[IN_USE].coverage),
            *(in_figures(f"{group.models[model].log_score:.2f}") for model in (IN_USE, "plain")),
        )
        for group in found.by_technique
    )
    out += [Heading(gettext("By technique, model in use and plain"), 3), Grid(TECHNIQUES, rows), Gap()]
    return [*out, *(Told(line, "note") for line in _notes(found, techniques))]


def _band(band: Band) -> str:
    return gettext("{low:.0f} to {high:.0f} %", low=100 * band.low, high=100 * band.high)


def _band_cells(summary: Summary) -> list[str]:
    error, score = map(in_figures, (f"{summary.error:+.3f}", f"{summary.log_score:.3f}"))
    return [error, numerals.percent(summary.coverage[-1], 1), score]


def _title(group: Group) -> str:
    what = gettext("all outcomes") if group.outcome is None else outcome_told(group.outcome)
    return gettext(
        "{what}: {records}, {sources} left out",
        what=what,
        records=numerals.counted(group.records, "record"),
        sources=numerals.counted(group.sources, "source"),
    )


def _cells(summary: Summary) -> list[str]:
    told = (*(f"{mean:.2f}" for mean in summary.width), f"{summary.log_score:.3f}", f"{summary.crps:.3f}")
    return [*(numerals.percent(share, 1) for share in summary.coverage), *map(in_figures, told)]


def _notes(found: Validation, techniques: Mapping[str, Technique]) -> list[str]:
    lines = [f"{translated(NAMES[model])}: {translated(what)}." for model, what in MODELS.items()]
    lines.append(
        gettext(
            "Shape in use: {shape}. Best for these figures: {best}.",
            shape=_shape(found.shape),
            best=_shape(found.estimated),
        )
    )
    if found.alone:
        each = ", ".join(
            f"{clean(techniques[technique].short)} ({outcome_told(outcome)})" for technique, outcome in found.alone
        )
        lines.append(gettext("One source only, so nothing to leave out: {each}.", each=each))
    return lines


def _shape(shape: Shape) -> str:
    return gettext(" and ").join(
        gettext("{weight:.0%} at {multiplier:g} times the pooled spread", weight=weight, multiplier=multiplier)
        for multiplier, weight in zip(shape.multipliers, shape.weights, strict=True)
    )

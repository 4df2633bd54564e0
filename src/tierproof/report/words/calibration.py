"""How well forecasts held, as terminal lines and Markdown.

Enters: a `Validation` and the techniques' names.  Leaves: lines of text, or Markdown.  Computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tierproof.answers.safe_text import clean, shorten
from tierproof.answers.validate import IN_USE
from tierproof.report.render.markdown.signs import escape, grid
from tierproof.report.render.terminal.layout import paragraph
from tierproof.report.render.terminal.styled import Text
from tierproof.report.words import numerals
from tierproof.synthesis.scoring import LEVELS
from tierproof.synthesis.validation import MODELS

if TYPE_CHECKING:
    from tierproof.evidence import Technique
    from tierproof.synthesis import Shape
    from tierproof.synthesis.scoring import Summary
    from tierproof.synthesis.validation import Band, Group, Validation

__all__ = ["validation_lines", "validation_markdown"]

_NAMES: Mapping[str, str] = {
    "no pooling": "no pooling",
    "fixed effect": "fixed effect",
    "plain": "plain model",
    "moderators": "moderators",
    "crossfit": "shape of others",
    "pack": "in use",
}


def validation_lines(found: Validation, techniques: Mapping[str, Technique], width: int) -> list[Text]:
    """Overall tables first, then one line for each technique and outcome."""
    out = paragraph("Each source left out in turn, its figures foretold from the others.", width, style="bold")
    out += paragraph(
        "First three columns: share of figures within the central interval, every source counting alike. Next three: "
        "width of the interval on the analysis scale. Log score: higher is better. CRPS: lower is better.",
        width,
        style="dim",
    )
    heads = [f"{level:.0%}" for level in LEVELS]
    for group in found.overall:
        out += [Text(), Text(_title(group), style="bold")]
        columns = "".join(f"{head:>7}" for head in heads)
        widths = "".join(f"{head:>7}" for head in heads)
        out.append(Text(f"{'':<16}{columns}{widths}{'log':>9}{'CRPS':>8}", style="dim"))
        for model, summary in group.models.items():
            cells = "".join(f"{share:>7.1%}" for share in summary.coverage)
            cells += "".join(f"{mean:>7.2f}" for mean in summary.width)
            line = f"{_NAMES[model]:<16}{cells}{summary.log_score:>9.3f}{summary.crps:>8.3f}"
            out.append(Text(line, style="bold" if model == IN_USE else ""))
    if found.by_baseline:
        out += [Text(), Text("Quality by baseline: success without the technique", style="bold")]
        out.append(
            Text(f"{'':<12}{'records':>8}{'sources':>8}{'error':>9}{'90%':>8}{'log':>8}   plain model", style="dim")
        )
        for band in found.by_baseline:
            cells = "".join(_told_band(band.models[model]) for model in (IN_USE, "plain"))
            out.append(Text(f"{_band(band):<12}{band.records:>8}{band.sources:>8}{cells}"))
    if found.interest:
        out += [Text(), Text("Independent sources, foretold with a share of the discount for interest", style="bold")]
        out.append(Text(f"{'share used':<12}{'sources':>8}{'error':>9}{'log':>9}", style="dim"))
        for kept in found.interest:
            out.append(Text(f"{kept.share:<12.0%}{kept.sources:>8}{kept.error:>+9.3f}{kept.log_score:>9.3f}"))
    out += [Text(), Text("By technique, model in use and plain", style="bold")]
    shares = "".join(f"{head:>6}" for head in heads)
    out.append(Text(f"{'':<20}{'':<13}{'sources':>8}{shares}{'log':>8}{'plain':>8}", style="dim"))
    for group in found.by_technique:
        name = shorten(clean(techniques[str(group.technique)].short), 19)
        cells = "".join(f"{share:>6.0%}" for share in group.models[IN_USE].coverage)
        cells += "".join(f"{group.models[model].log_score:>8.2f}" for model in (IN_USE, "plain"))
        out.append(Text(f"{name:<20}{group.outcome:<13}{group.sources:>8}{cells}"))
    out.append(Text())
    for line in _notes(found, techniques):
        out += paragraph(line, width, style="dim")
    return out


def validation_markdown(found: Validation, techniques: Mapping[str, Technique]) -> str:
    """The same as Markdown tables."""
    heads = ["model"]
    heads += [f"within {level:.0%}" for level in LEVELS] + [f"width {level:.0%}" for level in LEVELS]
    heads += ["log score", "CRPS"]
    out: list[str] = []
    for group in found.overall:
        rows = [[_NAMES[model], *_cells(summary)] for model, summary in group.models.items()]
        out += [f"### {_title(group)}", "", *grid(heads, rows), ""]
    rows = [
        [
            escape(techniques[str(group.technique)].name),
            str(group.outcome),
            str(group.records),
            str(group.sources),
            *(f"{share:.0%}" for share in group.models[IN_USE].coverage),
            *(f"{group.models[model].log_score:.2f}" for model in (IN_USE, "plain")),
        ]
        for group in found.by_technique
    ]
    heads = ["technique", "outcome", "records", "sources", *(f"within {level:.0%}" for level in LEVELS)]
    heads += ["log score", "plain model"]
    if found.by_baseline:
        bands = [
            [
                _band(band),
                str(band.records),
                str(band.sources),
                *_band_cells(band.models[IN_USE]),
                *_band_cells(band.models["plain"]),
            ]
            for band in found.by_baseline
        ]
        named = ["baseline", "records", "sources", "mean error", "within 90%", "log score"]
        named += ["plain: mean error", "within 90%", "log score"]
        out += ["### Quality by baseline", "", *grid(named, bands), ""]
    if found.interest:
        shares = [
            [f"{kept.share:.0%}", str(kept.sources), f"{kept.error:+.3f}", f"{kept.log_score:.3f}"]
            for kept in found.interest
        ]
        out += ["### Independent sources by the share of the discount that is used", ""]
        out += [*grid(["share used", "sources", "mean error", "log score"], shares), ""]
    out += ["### By technique, model in use", "", *grid(heads, rows), ""]
    out += [f"{escape(line)}\n" for line in _notes(found, techniques)]
    return "\n".join(out)


def _band(band: Band) -> str:
    return f"{100 * band.low:.0f} to {100 * band.high:.0f} %"


def _told_band(summary: Summary) -> str:
    return f"{summary.error:>+9.3f}{summary.coverage[-1]:>8.1%}{summary.log_score:>8.3f}"


def _band_cells(summary: Summary) -> list[str]:
    return [f"{summary.error:+.3f}", f"{summary.coverage[-1]:.1%}", f"{summary.log_score:.3f}"]


def _title(group: Group) -> str:
    what = "all outcomes" if group.outcome is None else str(group.outcome)
    return f"{what}: {numerals.counted(group.records, 'record')}, {numerals.counted(group.sources, 'source')} left out"


def _cells(summary: Summary) -> list[str]:
    return [
        *(f"{share:.1%}" for share in summary.coverage),
        *(f"{mean:.2f}" for mean in summary.width),
        f"{summary.log_score:.3f}",
        f"{summary.crps:.3f}",
    ]


def _notes(found: Validation, techniques: Mapping[str, Technique]) -> list[str]:
    lines = [f"{_NAMES[model]}: {what}." for model, what in MODELS.items()]
    lines.append(f"Shape in use: {_shape(found.shape)}. Best for these figures: {_shape(found.estimated)}.")
    if found.alone:
        each = ", ".join(f"{clean(techniques[technique].short)} ({outcome})" for technique, outcome in found.alone)
        lines.append(f"One source only, so nothing to leave out: {each}.")
    return lines


def _shape(shape: Shape) -> str:
    return " and ".join(
        f"{weight:.0%} at {multiplier:g} times the pooled spread"
        for multiplier, weight in zip(shape.multipliers, shape.weights, strict=True)
    )

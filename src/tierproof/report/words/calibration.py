"""How well forecasts held, as terminal lines, Markdown and data.

Enters: a `Validation` and the techniques' names.  Leaves: lines of text, Markdown, or a dict of JSON types (schema
`tierproof/validation/1`).  Computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tierproof.answers.safe_text import clean, shorten
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
    from tierproof.synthesis.validation import Group, Validation

__all__ = ["SCHEMA", "validation_dict", "validation_lines", "validation_markdown"]

SCHEMA = "tierproof/validation/1"

_NAMES: Mapping[str, str] = {
    "no pooling": "no pooling",
    "fixed effect": "fixed effect",
    "plain": "plain model",
    "moderators": "moderators",
    "crossfit": "shape of others",
    "pack": "in use",
}
_IN_USE = "pack"


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
            out.append(Text(line, style="bold" if model == _IN_USE else ""))
    out += [Text(), Text("By technique, model in use", style="bold")]
    shares = "".join(f"{head:>7}" for head in heads)
    out.append(Text(f"{'':<24}{'':<12}{'records':>8}{'sources':>9}{shares}", style="dim"))
    for group in found.by_technique:
        name = shorten(clean(techniques[str(group.technique)].short), 23)
        cells = "".join(f"{share:>7.0%}" for share in group.models[_IN_USE].coverage)
        out.append(Text(f"{name:<24}{group.outcome:<12}{group.records:>8}{group.sources:>9}{cells}"))
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
            *(f"{share:.0%}" for share in group.models[_IN_USE].coverage),
        ]
        for group in found.by_technique
    ]
    heads = ["technique", "outcome", "records", "sources", *(f"within {level:.0%}" for level in LEVELS)]
    out += ["### By technique, model in use", "", *grid(heads, rows), ""]
    out += [f"{escape(line)}\n" for line in _notes(found, techniques)]
    return "\n".join(out)


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


def validation_dict(found: Validation) -> dict[str, Any]:
    """Every figure at full precision."""
    return {
        "schema": SCHEMA,
        "levels": list(LEVELS),
        "models": dict(MODELS),
        "in_use": _IN_USE,
        "overall": [_group(group) for group in found.overall],
        "by_technique": [_group(group) for group in found.by_technique],
        "shape": _plain_shape(found.shape),
        "estimated_shape": _plain_shape(found.estimated),
        "one_source_only": [{"technique": technique, "outcome": outcome} for technique, outcome in found.alone],
    }


def _group(group: Group) -> dict[str, Any]:
    return {
        "technique": group.technique,
        "outcome": group.outcome,
        "records": group.records,
        "sources": group.sources,
        "models": {
            name: {
                "coverage": list(summary.coverage),
                "width": list(summary.width),
                "log_score": summary.log_score,
                "crps": summary.crps,
            }
            for name, summary in group.models.items()
        },
    }


def _plain_shape(shape: Shape) -> dict[str, Sequence[float]]:
    return {"multipliers": list(shape.multipliers), "weights": list(shape.weights)}

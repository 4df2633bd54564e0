"""Logs of other tools, dropped onto the page and compared item by item.

Enters: files that are sent.  Leaves: what the page shows.  The files lie in a folder of their own for as long as they
are read, and are removed with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from msgspec import field as msgspec_field

from tierproof.answers.imported import evidence_of, import_answer
from tierproof.answers.view import View
from tierproof.doors.kept_views import KeptViews
from tierproof.doors.web.api.logs import named, placeless, read_sent
from tierproof.doors.web.asked import Asked
from tierproof.doors.web.frame import Shown
from tierproof.errors import InputError, Problem
from tierproof.experiment.logs.imported import Choice, import_logs
from tierproof.messages import Quoted, gettext, in_figures, translated
from tierproof.report.blocks import Told
from tierproof.report.render.html.parts.pictured import Part, Row, part_of, pictured
from tierproof.report.render.svg.strip import axis_of
from tierproof.report.words import page_measure as say
from tierproof.report.words.imported import import_blocks
from tierproof.synthesis.posteriors.posterior import Interval

__all__ = ["Dropped", "comparison_part", "import_page", "imported_page"]

_SHOWN: Final = 40
"""Comparisons that are drawn."""


class Dropped(Struct, frozen=True):
    """What is sent."""

    files: list[Any] = msgspec_field(default_factory=list)
    """Each with a `filename` and a `file` to read."""
    baseline: str = ""
    metric: str = ""
    technique: str = ""
    """What tells treated from baseline; empty: nothing that the table knows."""


def import_page(views: KeptViews, asked: Asked) -> Shown:
    """A place for logs."""
    return _shown(views, asked, Dropped(), [])


def imported_page(views: KeptViews, asked: Asked, data: Dropped) -> Shown:
    """What the logs say of a difference, and with a technique named what that does to its tier."""
    view = views.view(**asked.settings) if data.technique else None
    choice = Choice(baseline=data.baseline.strip(), metrics=(data.metric.strip(),) if data.metric.strip() else ())
    with _by_the_form(), read_sent(data.files) as paths:
        return _shown(views, asked, data, [comparison_part(paths, choice, view=view, technique=data.technique)])


@contextmanager
def _by_the_form() -> Iterator[None]:
    """Faults ask for what the form has by its labels; what a command alone takes, they say so."""
    try:
        yield
    except InputError as error:
        raise InputError(*map(_asked_here, error.problems)) from None


def _asked_here(problem: Problem) -> Problem:
    remedy, field = str(translated(problem.remedy)), problem.field
    if not _OPTION.search(f"{remedy} {field}"):
        return problem
    for option, label in _LABELS.items():
        remedy = re.sub(rf"{option}\b( NAME)?", gettext("“{label}”", label=label), remedy)
        field = str(translated(label)) if field == option else field
    if _OPTION.search(remedy):
        remedy = gettext("with the command tierproof import: {remedy}", remedy=Quoted(remedy))
    return replace(problem, remedy=remedy, field=field)


_OPTION: Final = re.compile(r"--[a-z]")
_LABELS: Final = {"--baseline": say.IMPORT_BASELINE, "--metric": say.IMPORT_METRIC, "--technique": say.IMPORT_TECHNIQUE}


def comparison_part(paths: Sequence[Path], choice: Choice, *, view: View | None = None, technique: str = "") -> Part:
    """The logs compared: a sentence, a picture and figures, with the place in `view`'s table that `technique` then has.

    Raises InputError, which names no folder of the server.
    """
    with placeless(paths):
        found = import_logs(paths, choice)
        own = ((), ()) if view is None else evidence_of(found, view, technique)
        told = named(import_answer(found, *own))
    drawn = [one for one in told.comparisons if one.low is not None and one.high is not None][:_SHOWN]
    ends = [abs(end) for one in drawn for end in (one.low, one.high, one.difference) if end is not None]
    reach = max([1e-9, *ends]) * 1.05
    rows = [
        Row(
            label=" ".join(part for part in (one.treated_system, one.metric, one.task) if part),
            told=say.compared_told(one),
            value=Interval(one.difference, one.low or 0.0, one.high or 0.0),
        )
        for one in drawn
    ]
    picture = pictured(
        rows,
        axis_of(
            -reach,
            reach,
            [(at, in_figures(f"{at:+.2g}" if at else "0").replace("-", "−")) for at in (-0.8 * reach, 0, 0.8 * reach)],
        ),
        title=say.COMPARED,
        head=say.COMPARED_HEAD,
        over=say.COMPARED_OVER,
        legend=say.COMPARED_LEGEND,
    )
    head, *blocks = import_blocks(told)
    return part_of([head, Told(say.verdicts_told(told.comparisons)), *blocks], [picture])


def _shown(views: KeptViews, asked: Asked, data: Dropped, parts: Sequence[Part]) -> Shown:
    return Shown(
        title=say.IMPORT_TITLE,
        form="import_form.html",
        answer="parts_answer.html",
        data={
            "say": say,
            "dropped": data,
            "techniques": list(views.pack.techniques.values()),
            "parts": parts,
            "note": "",
        },
        address="/import" + asked.query(),
    )

"""Measurements: the workspace's workloads, what one would take, starting it within a cap, watching and stopping it.

Enters: a workspace, kept views, what is to be measured.  Leaves: what the page shows.  What spends money is posted,
with a cap and the forecast that was shown.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct, structs

from tierproof.answers.measure import MeasureAnswer
from tierproof.answers.safe_text import clean
from tierproof.doors import background
from tierproof.doors.background import ArmProgress, Progress, answer_in, progress_in
from tierproof.doors.kept_views import KeptViews
from tierproof.doors.web.asked import Asked
from tierproof.doors.web.frame import Shown
from tierproof.doors.web.pages.runs import REPORT
from tierproof.doors.web.workspace import Workspace
from tierproof.errors import InputError
from tierproof.experiment.calls.money.budget import parse_budget
from tierproof.experiment.design.standing import DECIDED
from tierproof.messages import gettext, translated
from tierproof.report.blocks import Block, Heading, Told
from tierproof.report.render.html.parts.pictured import Part, Picture, Row, part_of, pictured
from tierproof.report.render.svg.strip import axis_of
from tierproof.report.words import measured, measured_run
from tierproof.report.words import page_measure as say
from tierproof.report.words.measured import points
from tierproof.synthesis.posteriors.posterior import Interval
from tierproof.written_messages import kept

__all__ = ["Begun", "Halted", "live_page", "measure_page", "start_page", "stop_page"]

_DEEPEST: Final = 5
_MOST: Final = 200
"""Workloads that are listed."""
_RESULTS: Final = "results"


class Begun(Struct, frozen=True):
    """What is to be measured."""

    folder: str
    cap: str = ""
    techniques: str = ""
    seen: str = ""
    """Of the forecast that was shown."""


class Halted(Struct, frozen=True):
    folder: str


def measure_page(
    views: KeptViews, workspace: Workspace, asked: Asked, *, folder: str = "", techniques: str = "", cap: str = ""
) -> Shown:
    """The workloads; of a chosen one, what measuring it would take."""
    parts: list[Part] = []
    found, seen = None, ""
    if folder:
        found = workspace.workload(folder)
        part, seen = _forecast(views, found, techniques, cap)
        parts.append(part)
    results = found is not None and (found / _RESULTS).is_dir()
    return Shown(
        title=say.MEASURE_TITLE,
        form="measure_form.html" if found is not None else "",
        answer="measure_answer.html",
        data={
            "say": say,
            "folder": folder,
            "techniques": techniques,
            "cap": cap.strip(),
            "seen": seen if cap.strip() else "",
            "again": results,
            "parts": parts,
            "note": "",
            "workloads": [] if found is not None else list(_workloads(workspace)),
            "chosen": found is not None,
        },
        address="/measure" + asked.query({"folder": folder, "techniques": techniques, "cap": cap.strip()}),
    )


def start_page(views: KeptViews, workspace: Workspace, asked: Asked, data: Begun) -> Shown:
    """Start the measurement, or go on with it, within the cap."""
    found = workspace.workload(data.folder)
    _, seen = _forecast(views, found, data.techniques, data.cap)
    if not data.cap.strip() or data.seen != seen:
        remedy = gettext("look at the forecast, then start it from there")
        raise InputError.of(translated(say.CHANGED), remedy=remedy, field="seen")
    background.start(found, techniques=data.techniques, budget=data.cap, pack=views.pack.path)
    return live_page(workspace, asked, folder=data.folder)


def stop_page(workspace: Workspace, asked: Asked, data: Halted) -> Shown:
    """Ask the measurement to end; calls in flight are finished."""
    started = background.started(workspace.workload(data.folder))
    if started is not None:
        started.stop()
        started.wait(10)
    return live_page(workspace, asked, folder=data.folder)


def live_page(workspace: Workspace, asked: Asked, *, folder: str) -> Shown:
    """How far a measurement is."""
    found = workspace.workload(folder)
    started, progress = background.started(found), progress_in(found / _RESULTS)
    ended = started.ended if started is not None else None
    running = progress is not None or (started is not None and ended is None)
    lead: list[str] = [say.ENDED]
    said, pictures = "", []
    if running:
        lead = [say.STARTING] if progress is None else _told(progress)
        pictures = [] if progress is None else list(_pictures(progress.arms))
    elif started is not None and ended not in (0, 143, 130):
        lead, said = [say.ENDED_BADLY], _said(started.said)
    elif (answer := answer_in(found / _RESULTS)) is not None:
        spend = answer.spend
        lead += [say.took_told(spend.usd, spend.calls, spend.seconds)]
        lead += [measured_run.ended(answer.ending.kind, answer.ending.message)]
        pictures = list(_pictures(tuple(_arms(answer)), looked=answer.design.kind == "adaptive"))
    blocks: list[Block] = [Heading(folder, 1), *(Told(sentence) for sentence in lead if sentence)]
    return Shown(
        title=say.MEASURE_TITLE,
        answer="live_answer.html",
        data={
            "say": say,
            "folder": folder,
            "running": running,
            "mine": started is not None and ended is None,
            "said": said,
            "progress": progress,
            "parts": [part_of(blocks, pictures)],
            "note": "",
            "results": (found / _RESULTS / "outcomes.jsonl").is_file(),
            "report": (found / _RESULTS / REPORT).is_file(),
        },
        address="/measure/live" + asked.query({"folder": folder}),
    )


def _workloads(workspace: Workspace) -> Iterator[tuple[str, str]]:
    """Folder, relative, and state of each."""
    count = 0
    for place, folders, files in os.walk(workspace.root):
        here = Path(place)
        depth = len(here.relative_to(workspace.root).parts)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and depth < _DEEPEST)
        if "workload.toml" in files and count < _MOST:
            count += 1
            results = here / _RESULTS
            state = "running" if progress_in(results) else "results" if results.is_dir() else ""
            yield str(here.relative_to(workspace.root)), say.ready_told(state)


def _forecast(views: KeptViews, folder: Path, techniques: str, cap: str) -> tuple[Part, str]:
    """What it will take, and a mark of that."""
    from tierproof.doors.measuring import Measuring  # noqa: PLC0415  (heavy, and of an extra)

    parse_budget(cap) if cap.strip() else None
    measuring = Measuring.of(folder, techniques=techniques, budget=[cap] if cap.strip() else [], pack=views.pack.path)
    answer, blocks = measuring.forecast()
    strong = [block for block in blocks if isinstance(block, Told) and block.tone == "strong"]
    told = strong if cap.strip() else [*strong, Told(say.NEEDS_CAP)]
    blocks = [block for block in blocks if block not in strong]
    mark = sha256(msgspec.json.encode([str(folder), techniques, cap.strip(), answer.usd, answer.calls])).hexdigest()
    return part_of([Heading(say.FORECAST, 1), *told, *blocks]), mark


def _said(text: str) -> str:
    """What a process said, in English, in the language spoken, line by line."""
    lines = text.split("\n")
    return "\n".join(line[: len(line) - len(line.lstrip())] + translated(kept(line.strip())) for line in lines)


def _told(progress: Progress) -> list[str]:
    told = say.live_told(
        done=progress.done,
        ahead=progress.ahead,
        spent=progress.usd,
        budget=progress.budget,
        calls=progress.calls,
        seconds=progress.seconds,
    )
    states = [arm.state for arm in progress.arms[1:] if not arm.unmeasured]
    return [
        told,
        say.settled_told(sum(state in ("", "open") for state in states), len(states)),
        clean(kept(progress.trouble)),
    ]


def _arms(answer: MeasureAnswer) -> Iterator[ArmProgress]:
    """Where the arms stood at the end; those that were not measured have no place."""
    for arm in answer.arms:
        place = ArmProgress(name=arm.name, items=arm.answered, score=arm.score, unmeasured=arm.unmeasured)
        if (at := arm.standing) is None or arm.unmeasured:
            yield place
        else:
            worth = None if arm.stress or arm.control else at.p_worth
            yield structs.replace(
                place, difference=at.difference, low=at.low, high=at.high, p_worth=worth, state=at.state
            )


def _pictures(all_arms: Sequence[ArmProgress], *, looked: bool = True) -> Iterator[Picture]:
    """`looked`: intervals hold at every look."""
    arms = all_arms[1:]
    ends = [abs(end) for arm in arms for end in (arm.low, arm.high) if end is not None]
    if not arms:
        return
    reach = min(max([0.1, *ends]) * 1.05, 1.0)
    rows = [
        Row(
            label=arm.name,
            told=measured.unmeasured_told(arm.unmeasured)
            if arm.unmeasured
            else say.arm_told(arm.difference, arm.low, arm.high, arm.p_worth, arm.items, decided=arm.state in DECIDED),
            value=None
            if arm.difference is None or arm.low is None or arm.high is None
            else Interval(arm.difference, arm.low, arm.high),
        )
        for arm in arms
    ]
    ticks = [(at, points(at)) for at in (-0.8 * reach, 0.0, 0.8 * reach)]
    yield pictured(
        rows,
        axis_of(-reach, reach, ticks),
        title=say.DIFFERENCES,
        head=say.ARM,
        over=say.DIFFERENCE,
        legend=say.LIVE_LEGEND if looked else "",
    )

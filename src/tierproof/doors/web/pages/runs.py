"""Past runs: items side by side with filters, and two runs against each other.

Enters: a workspace, names of runs in it.  Leaves: what the page shows.  What models said is text, never more.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tierproof.answers.safe_text import clean, shorten
from tierproof.doors.web.asked import Asked
from tierproof.doors.web.frame import File, Shown
from tierproof.doors.web.pages.imported import comparison_part
from tierproof.doors.web.workspace import Workspace
from tierproof.errors import InputError
from tierproof.experiment.logs.imported import Choice
from tierproof.experiment.workload.files.item_files import read_items
from tierproof.experiment.workload.manifest import NAME as MANIFEST
from tierproof.experiment.workload.manifest import read_manifest
from tierproof.messages import Message
from tierproof.report.words import page_measure as say
from tierproof.written_messages import kept

__all__ = ["Showing", "compare_page", "items_page", "outcomes_of", "questions_of", "report_page", "runs_page"]

Showing = Literal["all", "won", "lost", "both-wrong", "errors"]
REPORT: Final = "report.html"
_OUTCOMES: Final = "outcomes.jsonl"
_SAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
_PAGE: Final = 20
_DEEPEST: Final = 6
_MOST: Final = 200
_LARGEST: Final = 200_000_000
"""Bytes of outcomes that are read for a page."""
_LARGEST_REPORT: Final = 20_000_000
_LONGEST: Final = 1500
"""Letters of an answer that are shown."""


class _Answer(Struct, frozen=True):
    """One trial, as `outcomes.jsonl` has it."""

    arm: str
    item: str
    score: float | None = None
    text: str = ""
    target: str = ""
    error: str = ""


class _Side(Struct, frozen=True):
    arm: str
    score: str
    text: str
    error: str


class _Item(Struct, frozen=True):
    id: str
    asked: str
    """What the systems were asked; empty: the run's workload is gone, or is no longer the one that was measured."""
    target: str
    sides: tuple[_Side, ...]


def runs_page(workspace: Workspace, asked: Asked) -> Shown:
    """The runs of the workspace."""
    runs = list(_runs(workspace))
    return Shown(
        title=say.RUNS_TITLE,
        answer="runs_answer.html",
        data={"say": say, "runs": runs, "arms": [], "arm": "", "first": "", "second": "", "parts": [], "note": ""},
        address="/runs" + asked.query(),
    )


def report_page(workspace: Workspace, *, run: str) -> File:
    """The page that a measurement leaves among its results; it is anybody's file, so nothing in it runs."""
    found = workspace.path(f"{run}/{REPORT}")
    if not found.is_file() or found.stat().st_size > _LARGEST_REPORT:
        raise InputError.of(
            Message("'{run}' has no report", run=run[:80]), remedy=Message("measure it, which writes one")
        )
    return File("text/html", found.read_text(encoding="utf-8", errors="replace"))


def compare_page(workspace: Workspace, asked: Asked, *, first: str, second: str, arm: str = "") -> Shown:
    """Two runs, item by item, by the answers of an arm that both have."""
    if first == second:
        raise InputError.of(Message("that is the same run"), remedy=Message("choose two"), field="second")
    files = [outcomes_of(workspace, first), outcomes_of(workspace, second)]
    arms = [list(dict.fromkeys(one.arm for answers in _by_item(file) for one in answers)) for file in files]
    both = [name for name in arms[0] if name in arms[1]]
    chosen = arm or (both[0] if both else "")
    if chosen not in both:
        known = ", ".join(both) or "none"
        raise InputError.of(
            Message("not both runs have '{arm}'", arm=arm[:60]),
            remedy=Message("both have: {known}", known=known),
            field="arm",
        )
    with tempfile.TemporaryDirectory(prefix="tierproof-") as folder:
        names = (f"{number}-{_SAFE.sub('-', run)}.jsonl" for number, run in enumerate((first, second), start=1))
        paths = [_of_arm(file, chosen, Path(folder) / name) for file, name in zip(files, names, strict=True)]
        part = comparison_part(paths, Choice())
    return Shown(
        title=say.COMPARE,
        answer="runs_answer.html",
        data={
            "say": say,
            "runs": list(_runs(workspace)),
            "first": first,
            "second": second,
            "arm": chosen,
            "arms": [
                (name, "/runs/compare" + asked.query({"first": first, "second": second, "arm": name})) for name in both
            ],
            "parts": [part],
            "note": "",
        },
        address="/runs/compare" + asked.query({"first": first, "second": second, "arm": arm}),
    )


def _of_arm(file: Path, arm: str, to: Path) -> Path:
    """The arm's trials alone."""
    decode = msgspec.json.Decoder(_Answer).decode
    with file.open("rb") as source, to.open("wb") as target:
        target.writelines(line for line in source if decode(line).arm == arm)
    return to


def items_page(
    workspace: Workspace,
    asked: Asked,
    *,
    run: str,
    arm: str = "",
    show: Showing = "all",
    text: str = "",
    page: int = 1,
) -> Shown:
    """What the arms of a run answered, item by item."""
    path = outcomes_of(workspace, run)
    arms, count, items = _found(path, arm, show, text=text, page=page, inputs=questions_of(workspace, run))
    first = (max(page, 1) - 1) * _PAGE + 1
    further = {"run": run, "arm": arm, "show": "" if show == "all" else show, "text": text}

    def at(number: int) -> str:
        return "/runs/items" + asked.query({**further, "page": "" if number == 1 else str(number)})

    return Shown(
        title=say.ITEMS,
        form="items_form.html",
        answer="items_answer.html",
        data={
            "say": say,
            "run": run,
            "arms": arms,
            "arm": arm or (arms[1] if len(arms) > 1 else ""),
            "show": show,
            "text": text,
            "items": items,
            "told": say.page_told(len(items), count, first),
            "report": (path.parent / REPORT).is_file(),
            "before": at(page - 1) if page > 1 else "",
            "after": at(page + 1) if count > page * _PAGE else "",
        },
        address=at(page),
    )


def _found(
    path: Path, arm: str, show: Showing, *, text: str, page: int, inputs: Mapping[str, str]
) -> tuple[list[str], int, list[_Item]]:
    """Arms, how many items are like that, and one page of them."""
    if page < 1:
        raise InputError.of(Message("there is no page {page}", page=page), remedy=Message("count from 1"), field="page")
    arms: dict[str, None] = {}
    shown: list[_Item] = []
    count, wanted = 0, text.casefold()
    for answers in _by_item(path):
        arms.update(dict.fromkeys(one.arm for one in answers))
        names = list(arms)
        treated = arm or (names[1] if len(names) > 1 else names[0])
        by_arm = {one.arm: one for one in answers}
        base, other = by_arm.get(names[0]), by_arm.get(treated)
        if not _is(show, base, other):
            continue
        said = "\n".join(f"{one.item}\n{one.text}\n{one.target}" for one in answers)
        if wanted and wanted not in f"{said}\n{inputs.get(answers[0].item, '')}".casefold():
            continue
        count += 1
        if (page - 1) * _PAGE < count <= page * _PAGE:
            shown.append(_item([one for one in (base, other) if one is not None] or answers, inputs))
    if arm and arm not in arms:
        raise InputError.of(
            Message("no arm '{arm}'", arm=arm[:60]), remedy=Message("one of: {arms}", arms=", ".join(arms)), field="arm"
        )
    return list(arms), count, shown


def _is(show: Showing, base: _Answer | None, other: _Answer | None) -> bool:
    if show == "all":
        return True
    if show == "errors":
        return any(one is not None and (one.error or one.score is None) for one in (base, other))
    if base is None or other is None or base.score is None or other.score is None:
        return False
    if show == "both-wrong":
        return base.score == 0 == other.score
    return other.score > base.score if show == "won" else other.score < base.score


def _item(answers: list[_Answer], inputs: Mapping[str, str]) -> _Item:
    sides = dict.fromkeys(
        _Side(
            arm=clean(one.arm),
            score=say.score_told(one.score, one.error),
            text=shorten(one.text, _LONGEST),
            error=clean(kept(one.error)),
        )
        for one in answers
    )
    asked, target = (shorten(one, _LONGEST) for one in (inputs.get(answers[0].item, ""), answers[0].target))
    return _Item(id=clean(answers[0].item), asked=asked, target=target, sides=tuple(sides))


def questions_of(workspace: Workspace, run: str) -> Mapping[str, str]:
    """What was asked, by item, of a run in its workload's folder; empty where that cannot be read."""
    try:
        folder = workspace.path(f"{run}/..")
        workspace.path(str(folder / MANIFEST))
        source = read_manifest(folder)[0].items
        # A manifest may name a file elsewhere, or a data set that would have to be fetched.
        if source.source.startswith("hf:") or not workspace.path(str(folder / source.source)).is_file():
            return {}
        return {item.id: item.text for item in read_items(folder, source)}
    except InputError:
        return {}


def _by_item(path: Path) -> Iterator[list[_Answer]]:
    """Answers to one item after another: the file has them so."""
    decode = msgspec.json.Decoder(_Answer).decode
    answers: list[_Answer] = []
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                one = decode(line)
            except msgspec.DecodeError as error:
                raise InputError.of(
                    Message("line {number} is no outcome: {error}", number=number, error=str(error))
                ) from None
            if answers and answers[0].item != one.item:
                yield _each_arm(answers)
                answers = []
            answers.append(one)
    if answers:
        yield _each_arm(answers)


def _each_arm(answers: list[_Answer]) -> list[_Answer]:
    """One answer an arm: where it was asked several times its first, with the mean of their scores."""
    by_arm: dict[str, list[_Answer]] = {}
    for one in answers:
        by_arm.setdefault(one.arm, []).append(one)
    merged = []
    for each in by_arm.values():
        scores = [one.score for one in each if one.score is not None]
        score = sum(scores) / len(scores) if scores else None
        merged.append(each[0] if len(each) == 1 else replace(each[0], score=score))
    return merged


def outcomes_of(workspace: Workspace, run: str) -> Path:
    """The file of a run.  Raises InputError where there is none, or one that is too large for a page."""
    found = workspace.path(f"{run}/{_OUTCOMES}")
    if not found.is_file():
        raise InputError.of(Message("'{run}' is no run", run=run[:80]), remedy=Message("choose one of the list"))
    if found.stat().st_size > _LARGEST:
        raise InputError.of(
            Message("'{run}' is larger than 200 MB", run=run[:80]), remedy=Message("use tierproof import")
        )
    return found


def _runs(workspace: Workspace) -> Iterator[str]:
    """Folders, relative, with outcomes in them."""
    count = 0
    for place, folders, files in os.walk(workspace.root):
        here = Path(place).relative_to(workspace.root)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and len(here.parts) < _DEEPEST)
        if _OUTCOMES in files and count < _MOST:
            count += 1
            yield str(here)

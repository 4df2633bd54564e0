"""What a notebook asks: the answers of the commands, which show themselves.

Enters: a pack and plain settings, as in `answers.view.view_of`.  Leaves: an `Answered` each: text, HTML and plain data.
Knows nothing worth testing twice.
"""

from __future__ import annotations

import difflib
import inspect
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Final, Union, cast, get_args, get_origin, get_type_hints

from msgspec import Struct

from tierproof.answers.audit import audit_answer, audit_of
from tierproof.answers.brief import brief_answer, brief_for
from tierproof.answers.critique import Critique as Found
from tierproof.answers.critique import critique_answer, critique_of
from tierproof.answers.document import Answer, plain
from tierproof.answers.plan import plan_answer
from tierproof.answers.table import table_answer
from tierproof.answers.view import View, view_of
from tierproof.decision.plan import Limits, Team, make_plan
from tierproof.errors import InputError, Problem
from tierproof.evidence import Pack, load_pack
from tierproof.evidence.technique import Skill
from tierproof.messages import gettext
from tierproof.report.blocks import Block
from tierproof.report.render.csv import csv_of_frame, to_arrow, to_frame, to_polars
from tierproof.report.render.html.blocks import blocks_html
from tierproof.report.render.html.table import html_table
from tierproof.report.render.terminal.blocks import block_lines
from tierproof.report.words.audit import audit_blocks
from tierproof.report.words.brief import brief_blocks
from tierproof.report.words.critique import critique_blocks
from tierproof.report.words.plan import plan_blocks
from tierproof.report.words.table_blocks import table_blocks

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from tierproof.report.render.csv import Tabled

__all__ = ["Answered", "Critique", "Table", "audit", "brief", "critique", "measure", "plan", "table"]

Which = Pack | Path | str | None
"""A loaded pack, its folder, or None: the shipped one."""
CALLED_OTHERWISE: Final = {"arms": "techniques", "names": "techniques", "max_cost": "budget", "n": "fixed"}
"""Settings by the names that people try first."""
PLAIN: Final = (str, int, float, bool, Path, NoneType)


class Answered(Struct, frozen=True):
    """An answer in the forms in which a notebook shows and uses it."""

    answer: Answer
    """Every figure; see docs/json.md."""
    text: str
    """As a terminal of 80 columns has it."""
    html: str

    def to_dict(self) -> dict[str, Any]:
        """Plain data, as the command of the same name prints it with `--json`."""
        data: dict[str, Any] = plain(self.answer)
        return data

    def _repr_html_(self) -> str:
        return self.html

    def __str__(self) -> str:
        return self.text


class Table(Answered, frozen=True):
    """An answer that is a table: a row a technique, a row of somebody's table, an arm, an option of a brief, or a step
    of a plan."""

    def to_pandas(self) -> pd.DataFrame:
        """Raises InputError where pandas is not installed."""
        return to_frame(self._table)

    def to_polars(self) -> pl.DataFrame:
        """Raises InputError where Polars is not installed."""
        return to_polars(self._table)

    def to_arrow(self) -> pa.Table:
        """Raises InputError where pyarrow is not installed."""
        return to_arrow(self._table)

    @property
    def _table(self) -> Tabled:
        return cast("Tabled", self.answer)


def _tabled(answer: Answer, blocks: Iterable[Block], title: str) -> Table:
    told = list(blocks)
    return Table(answer, _text(told), blocks_html(told, title=title))


def _text(blocks: Iterable[Block]) -> str:
    return "\n".join(line.plain for line in block_lines(blocks, 80))


def table(pack: Which = None, **settings: Any) -> Table:
    """The tier table of a pack; `settings` as in `view_of`: `lens="value"`, `task="code"`, `model_size="8B"`, ..."""
    view = view_of(_pack(pack), **_fitting(view_of, settings))
    found = view.table()
    return Table(table_answer(found, view.pack), _text(table_blocks(found, view.pack)), html_table(found, view.pack))


class Critique:
    """Verdicts on a text, in the forms of an `Answered`; laid out only when one of them is asked for."""

    def __init__(self, found: Found) -> None:
        self.verdicts = found.verdicts
        """One for each claim of the text."""
        self._found = found

    @cached_property
    def _answered(self) -> Answered:
        found = self._found
        blocks = list(critique_blocks(found.parsed, found.verdicts, found.view.pack))
        return Answered(critique_answer(found), _text(blocks), blocks_html(blocks, title="Critique"))

    @property
    def answer(self) -> Answer:
        """Every figure; see docs/json.md."""
        return self._answered.answer

    @property
    def text(self) -> str:
        """As a terminal of 80 columns has it."""
        return self._answered.text

    @property
    def html(self) -> str:
        return self._answered.html

    def to_dict(self) -> dict[str, Any]:
        """Plain data, as `tierproof critique --json` prints it."""
        return self._answered.to_dict()

    def _repr_html_(self) -> str:
        return self.html

    def __str__(self) -> str:
        return self.text


def critique(text: str, pack: Which = None, **settings: Any) -> Critique:
    """The verdict on every claim of `text`, in English or Russian; `settings` as in `view_of`."""
    _is_given("text", text, str)
    return Critique(critique_of(text, _view_kept(pack, settings)))


_KEPT: Final = 4
_views: OrderedDict[tuple[int, str], View] = OrderedDict()


def _view_kept(pack: Which, settings: Mapping[str, Any]) -> View:
    """The view of a loaded pack, pooled once for any number of texts; of a folder, which may change, anew each time.

    A view holds its pack, so that no other can take the pack's place in memory while it is kept.
    """
    if not isinstance(pack, Pack):
        return view_of(_pack(pack), **_fitting(view_of, settings))
    key = (id(pack), repr(sorted(settings.items())))
    view = _views.pop(key, None) or view_of(pack, **_fitting(view_of, settings))
    _views[key] = view
    if len(_views) > _KEPT:
        _views.popitem(last=False)
    return view


def audit(table: Any, pack: Which = None, *, as_of: str | None = None, **settings: Any) -> Table:
    """A tier table (a file, its text in Markdown, CSV or JSON, or a pandas, Polars or Arrow table) held against the
    evidence; `settings` as in `view_of`.

    `as_of`: the table's own date; None: what it states.  Raises InputError for what is no tier table.
    """
    from tierproof.challenge.audits.tables import form_of  # noqa: PLC0415
    from tierproof.doors.cli.audit import text_of  # noqa: PLC0415  (the command line's own needs)

    table = csv_of_frame(table) or table
    written = isinstance(table, str) and "\n" in table
    text, kind = (str(table), form_of(str(table))) if written else text_of(str(table))
    found = audit_of(text, kind, pack=_pack(pack), as_of=as_of, **_fitting(view_of, settings))
    return _tabled(audit_answer(found), audit_blocks(found.audit, found.view.pack, then=found.then), "Audit")


def plan(pack: Which = None, limits: Limits | None = None, team: Team | None = None, **settings: Any) -> Table:
    """The best set of techniques under limits, for a team; `settings` as in `view_of`."""
    _is_given("limits", limits, Limits | None)
    _is_given("team", team, Team | None)
    view = view_of(_pack(pack), **_fitting(view_of, settings))
    found = make_plan(view.appraisal, limits or Limits(), team or Team(role=view.role))
    return _tabled(plan_answer(found, view.pack), plan_blocks(found, view.pack), "Plan")


def brief(
    words: str, pack: Which = None, *, skills: Skill | None = None, have: Iterable[str] | None = None, **settings: Any
) -> Table:
    """The brief on the scenario that `words` mean; `settings` as in `view_of`, but for the lens."""
    _is_given("words", words, str)
    _is_given("pack", pack, Which)
    loaded = pack if isinstance(pack, Pack) else load_pack(pack, whole=False)
    known = frozenset(_texts("have", have)) if have is not None else None
    if skills is not None and skills not in get_args(Skill):
        raise InputError(
            _of_another_kind("skills", skills, gettext("one of: {known}", known=", ".join(get_args(Skill))))
        )
    found = brief_for(loaded, words, skills=skills, have=known, **_fitting(brief_for, settings))
    return _tabled(brief_answer(found, loaded), brief_blocks(found, loaded), "Brief")


def measure(
    workload: str | Path,
    *,
    items: Any = None,
    techniques: str | Iterable[str] = "",
    budget: str | Iterable[str] = "",
    output: str | Path | None = None,
    **settings: Any,
) -> Table:
    """Techniques measured on a workload's folder, within a budget such as "2usd,30min"; blocks until it is done.

    `techniques`: names, as one text with commas or one by one.  `items`: a pandas, Polars or Arrow table, or a list of
    tables, in place of the folder's own; columns are found as those of a file.  `settings`: `fixed`, `guarantee`,
    `about`, `repeats`, `noise_floor`, `ablate`, `batch`, `lens` and `pack`, as of the command.
    A run that was cut off goes on from its journal.
    """
    from tierproof.doors.measuring import Measuring  # noqa: PLC0415  (heavy)

    _is_given("workload", workload, str | Path)
    measuring = Measuring.of(
        Path(workload),
        items=items,
        techniques=",".join(_texts("techniques", techniques)),
        budget=_texts("budget", budget),
        output=None if output is None else Path(*_texts("output", str(output) if isinstance(output, Path) else output)),
        **_fitting(Measuring.of, settings, besides=("techniques", "budget", "items", "output")),
    )
    # A notebook's own loop of events is running: the measurement has one of its own, in another thread.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(measuring.run, quiet=True).result()
    text = _text(measuring.blocks())
    return Table(measuring.answer(), text, (measuring.folder / "report.html").read_text(encoding="utf-8"))


def _texts(name: str, given: Any) -> list[str]:
    """A text, or several."""
    several = [given] if isinstance(given, str) else given
    many = isinstance(several, list | tuple | set | frozenset)
    if not many or not all(isinstance(one, str) for one in several):
        raise InputError(_of_another_kind(name, given, gettext("write a text, or a list of texts")))
    return [one for one in several if one]


def _pack(given: Which) -> Which:
    _is_given("pack", given, Which)
    return given


def _is_given(name: str, given: Any, kind: Any) -> None:
    if not isinstance(given, _kinds(kind)):
        raise InputError(_of_another_kind(name, given, gettext("give it as {kind}", kind=_called(kind))))


def _fitting(
    function: Callable[..., Any], settings: Mapping[str, Any], besides: tuple[str, ...] = ()
) -> Mapping[str, Any]:
    """The settings, if the function takes each of them; one text where several may stand is several of one.

    Raises InputError with the name that was meant, or the kind that is wanted; `besides`: names that are known as well.
    """
    kinds = get_type_hints(function)
    takes = [one.name for one in inspect.signature(function).parameters.values() if one.kind is one.KEYWORD_ONLY]
    known = [*dict.fromkeys([*besides, *takes])]
    problems = []
    fitting = dict(settings)
    for name, given in settings.items():
        kind = kinds.get(name, Any)
        if name not in known:
            meant = CALLED_OTHERWISE.get(name, "")
            near = [meant] if meant in known else difflib.get_close_matches(name, known, n=1)
            remedy = (
                gettext("did you mean {near}?", near=near[0])
                if near
                else gettext("one of: {known}", known=", ".join(known))
            )
            problems.append(
                Problem(field=name, message=gettext("there is no setting '{name}'", name=name), remedy=remedy)
            )
        elif get_origin(kind) in (tuple, Collection) and set(get_args(kind)) <= {str, ...}:
            fitting[name] = tuple(_texts(name, given))
        elif not _is_of(given, kind):
            problems.append(_of_another_kind(name, given, gettext("give it as {kind}", kind=_called(kind))))
    if problems:
        raise InputError(*problems)
    return fitting


def _of_another_kind(name: str, given: Any, remedy: str) -> Problem:
    return Problem(field=name, message=gettext("cannot be {given}", given=repr(given)[:60]), remedy=remedy)


def _kinds(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)


def _is_of(given: Any, kind: Any) -> bool:
    """Whatever is not a plain kind is looked at by who takes it."""
    kinds = _kinds(kind)
    if not set(kinds) <= set(PLAIN):
        return True
    if isinstance(given, bool):
        return bool in kinds
    return (
        isinstance(given, kinds)
        or (isinstance(given, int) and float in kinds)
        or (isinstance(given, str) and Path in kinds)
    )


def _called(kind: Any) -> str:
    return " | ".join("None" if one is NoneType else one.__name__ for one in _kinds(kind))

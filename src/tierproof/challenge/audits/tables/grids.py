"""Cells out of text: pipe tables, separated values, JSON.

Enters: text.  Leaves: `Grid`s, each with the heading under which it stood.  Knows nothing of what a column says.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, Final

from tierproof.challenge.audits.tables.places import place_of

__all__ = ["Grid", "bare", "csv_grids", "html_grids", "json_grids", "pipe_grids"]

_SEPARATOR: Final = re.compile(r"^[\s:]*-[-+:\s]*$")
_RULE: Final = re.compile(r"^[\s|+=:-]+$")
_DEEPEST: Final = 12
_WIDEST: Final = 500
"""Columns or rows that a cell may span."""
_NAMES: Final = ("name", "technique", "label", "title")
"""Keys of an object's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    cells: tuple[tuple[str, ...], ...]
    """Rows of cells; the first holds the heads where `headed`."""
    headed: bool | None = None
    """None: not known; the cells must tell."""
    under: str = ""
    """The heading above it."""
    fenced: bool = False
    """Whether it stands in a block of code."""
    sheet: bool = True
    """Whether an empty cell may be part of a joined one above it; in JSON it is one without a value."""


def bare(text: str) -> str:
    """A cell without Markdown and HTML: links to their words, bold to plain; line breaks stay."""
    text = re.sub(r"<br\s*/?>", "\n", text, flags=re.IGNORECASE)
    text = re.sub(r"!\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"\[([^\]^][^\]]*)\](?:\([^)]*\)|\[[^\]]*\])", r"\1", text)
    text = re.sub(r"\[\[([^\]|]*\|)?([^\]]*)\]\]", r"\2", text)
    text = re.sub(r"\[\^[^\]]*\]|</?[a-zA-Z][^<>]*>", "", text)
    text = re.sub(r"(\*\*|__|~~|``?)(?=\S)(.+?)(?<=\S)\1", r"\2", text)
    return "\n".join(" ".join(line.split()) for line in text.strip().strip("*_`").splitlines()).strip()


def pipe_grids(text: str) -> Iterator[Grid]:
    """Every pipe table, also without pipes at the ends of its lines or a line under its head."""
    rows: list[tuple[str, ...]] = []
    under, headed, fenced, began_in_fence = "", None, False, False

    def grid() -> Iterator[Grid]:
        if len(rows) > 1 or (rows and headed):
            yield Grid(cells=tuple(rows), headed=headed, under=under, fenced=began_in_fence)

    for line in [*text.splitlines(), ""]:
        shown = re.sub(r"^(?:\s*>)+", "", line).strip()
        if "|" in shown:
            cells = [cell.replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", shown.removeprefix("|"))]
            if len(cells) > 1 and not cells[-1].strip() and shown.endswith("|"):
                cells.pop()
            if all(_SEPARATOR.match(cell) for cell in cells):
                headed = True if len(rows) == 1 else headed
                continue
            if not rows:
                began_in_fence = fenced
            rows.append(tuple(bare(cell) for cell in cells))
            continue
        if rows and shown and _RULE.match(shown):
            continue  # a line drawn between rows
        yield from grid()
        rows, headed = [], None
        if shown.startswith(("```", "~~~")):
            fenced = not fenced
        elif shown:
            under = _heading(shown) or under
    yield from grid()


def _heading(line: str) -> str:
    if (match := re.match(r"#{1,6}\s+(.*?)\s*#*$", line)) is not None:
        return bare(match[1])
    bold = re.fullmatch(r"(?:\*\*|__)(.+?)(?:\*\*|__):?", line)
    return bare(bold[1]) if bold is not None else bare(line.rstrip(":")) if len(line) <= 40 else ""


@dataclass(slots=True)
class _Cell:
    text: str
    across: int
    down: int


class _HtmlTables(HTMLParser):
    """Rows of every `<table>`, cells as text with the columns and rows that they span."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[_Cell]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in ("td", "th") and self.tables and self.tables[-1]:
            told = dict(attrs)
            spans = (told.get(name) or "" for name in ("colspan", "rowspan"))
            across, down = (min(int(span), _WIDEST) if re.fullmatch(r"0*[1-9]\d{0,3}", span) else 1 for span in spans)
            self.tables[-1][-1].append(_Cell("", across, down))
        elif tag in ("br", "li", "p"):
            self.handle_data("\n")

    def handle_data(self, data: str) -> None:
        if self.tables and self.tables[-1] and self.tables[-1][-1]:
            self.tables[-1][-1][-1].text += data


def html_grids(text: str) -> Iterator[Grid]:
    """Every HTML table in the text; a row of one cell across is a heading of the rows below it."""
    if "<table" not in text.lower():
        return
    reader = _HtmlTables()
    reader.feed(text)
    for table in reader.tables:
        under, rows = "", list[tuple[str, ...]]()
        head: tuple[str, ...] | None = None
        for cells, alone in _spread(table):
            if not any(cells):
                continue
            if not alone:
                head = head or cells
                rows.append(cells)
                continue
            if len(rows) > 1:
                yield Grid(cells=tuple(rows), under=under)
            under, rows = cells[0], [] if head is None else [head]
        if len(rows) > 1:
            yield Grid(cells=tuple(rows), under=under)


def _spread(table: list[list[_Cell]]) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Rows with cells that span several rows said in each, and whether a row is one cell across several columns."""
    open_cells: dict[int, tuple[str, int]] = {}
    for row in table:
        cells: list[str] = []

        def above(cells: list[str] = cells) -> None:
            while len(cells) in open_cells:
                text, more = open_cells.pop(len(cells))
                if more > 1:
                    open_cells[len(cells)] = (text, more - 1)
                cells.append(text)

        for cell in row:
            above()
            shown = bare(cell.text)
            for place in range(cell.across):
                if cell.down > 1:
                    open_cells[len(cells)] = (shown if not place else "", cell.down - 1)
                cells.append(shown if not place else "")
        above()
        yield tuple(cells), len(row) == 1 and row[0].across > 1


def csv_grids(text: str) -> Iterator[Grid]:
    """Separated values, one grid a block between blank lines.  Raises csv.Error for what is none."""
    lines = text.splitlines()
    if lines and (told := re.fullmatch(r"sep=(.)", lines[0].strip())) is not None:
        lines, delimiter = lines[1:], told[1]
    else:
        delimiter = _delimiter(text)
    block: list[tuple[str, ...]] = []
    for row in csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter, skipinitialspace=True):
        if any(cell.strip() for cell in row):
            block.append(tuple(bare(cell) for cell in row))
        elif block:
            yield Grid(cells=tuple(block))
            block = []
    if block:
        yield Grid(cells=tuple(block))


def _delimiter(text: str) -> str:
    """The mark that gives most lines the same number of cells, two or more."""

    def fit(mark: str) -> tuple[int, int]:
        try:
            widths = [len(row) for row in csv.reader(io.StringIO(text[:20_000]), delimiter=mark) if any(row)]
        except csv.Error:
            return 0, 0
        usual = max(set(widths), key=lambda width: (widths.count(width), width), default=0)
        return (widths.count(usual), usual) if usual > 1 else (0, 0)

    best = max(("\t", ";", ",", "|"), key=fit)
    return best if fit(best)[0] else ","


def json_grids(value: Any, depth: int = 0) -> Iterator[Grid]:
    """Tables in parsed JSON, outermost first: lists of objects, lists of lists, objects of lists, objects of words."""
    if depth > _DEEPEST:
        return
    if isinstance(value, Mapping):
        plain = {str(key): item for key, item in value.items()}
        if plain and all(isinstance(item, str) for item in plain.values()):
            yield Grid(cells=tuple((key, bare(item)) for key, item in plain.items()), headed=False)
            return
        tiers = {key: _names(item) for key, item in plain.items() if place_of(key) is not None}
        if any(tiers.values()):
            cells = tuple((bare(key), name) for key, names in tiers.items() for name in names)
            yield Grid(cells=cells, headed=False)
        for key, item in plain.items():
            if isinstance(item, Mapping | list) and not tiers.get(key):
                yield from json_grids(item, depth + 1)
        return
    if not isinstance(value, list) or not value:
        return
    if all(isinstance(item, Mapping) for item in value):
        yield _objects(value)
        # Parts of one list under several heads, such as a radar's quadrants, are one.
        inner = [part for item in value for held in item.values() if isinstance(held, list) for part in held]
        if inner and all(isinstance(part, Mapping) for part in inner):
            yield from json_grids(inner, depth + 1)
    elif all(isinstance(item, list) for item in value):
        yield Grid(cells=tuple(tuple(_told(cell) for cell in row) for row in value))
    elif all(isinstance(item, str) for item in value):
        yield Grid(cells=tuple((bare(item),) for item in value), headed=False)


def _names(items: Any) -> list[str]:
    """Names of a tier: words, a list of words, or a list of objects with a name."""
    if isinstance(items, str):
        return [bare(items)]
    if isinstance(items, Mapping):
        items = list(items)
    names = []
    for item in items if isinstance(items, list) else ():
        said = next((item[key] for key in _NAMES if key in item), None) if isinstance(item, Mapping) else item
        if isinstance(said, str):
            names.append(bare(said))
    return names


def _objects(rows: Sequence[Mapping[str, Any]]) -> Grid:
    """Heads are the keys of all rows; a list of words in a cell becomes lines of it."""
    heads = list(dict.fromkeys(str(key) for row in rows for key in row))
    cells = [tuple(_told(row.get(head)) for head in heads) for row in rows]
    return Grid(cells=(tuple(heads), *cells), headed=True, sheet=False)


def _told(value: Any) -> str:
    if value is None or isinstance(value, bool | Mapping):
        return ""
    if isinstance(value, list):
        return "\n".join(_told(item) for item in value if not isinstance(item, list))
    return bare(str(value))

"""A result as headings, paragraphs, lists and tables, shown alike on a terminal, in Markdown and in HTML.

Enters: blocks of plain, untrusted text.  Leaves: lines, Markdown, or a page.  Knows nothing of what they say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tierproof.answers.safe_text import clean
from tierproof.report.render.markdown import signs as markdown
from tierproof.report.render.terminal.layout import Cell, Column, fit, paragraph
from tierproof.report.render.terminal.styled import Text

__all__ = [
    "Block",
    "Field",
    "Grid",
    "Heading",
    "Items",
    "Told",
    "block_lines",
    "blocks_html",
    "blocks_markdown",
    "tagged",
]


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    level: int = 2
    """1 is the title, 2 a part, 3 a part of a part."""


@dataclass(frozen=True, slots=True)
class Told:
    """A paragraph."""

    text: str
    tone: str = ""
    """`strong` for what must be read, `note` for what may be skipped."""


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a grid: its head, and how it gives way on a narrow screen."""

    head: str
    keep: int = 0
    """0: always side by side; else the order in which columns join the line as the screen grows."""
    right: bool = False
    least: int = 0
    """May be cut to this width before the line overflows; 0: never."""


@dataclass(frozen=True, slots=True)
class Grid:
    fields: tuple[Field, ...]
    rows: tuple[tuple[str, ...], ...]
    chosen: int | None = None
    """Number of the row to bring out, from 0."""


Block = Heading | Told | Items | Grid

_TONES = {"strong": "bold", "note": "dim", "": ""}


def block_lines(blocks: Iterable[Block], width: int) -> list[Text]:
    """Lines for a terminal, none wider than `width`."""
    out: list[Text] = []
    for block in blocks:
        if isinstance(block, Heading):
            if out:
                out.append(Text())
            style = "bold" if block.level < 3 else "bold dim"
            out += paragraph(clean(block.text), width, style=style)
        elif isinstance(block, Told):
            out += paragraph(clean(block.text), width, style=_TONES[block.tone])
        elif isinstance(block, Items):
            for item in block.items:
                out += paragraph(clean(item), width, mark="- ")
        elif block.rows:
            out += _grid_lines(block, width)
    return out


def _grid_lines(grid: Grid, width: int) -> list[Text]:
    columns = [
        Column(
            head=field.head,
            cells=[
                Cell(clean(row[number]), "bold" if position == grid.chosen else "")
                for position, row in enumerate(grid.rows)
            ],
            keep=field.keep,
            label=field.head.lower() if field.keep else "",
            justify="right" if field.right else "left",
            least=field.least,
        )
        for number, field in enumerate(grid.fields)
    ]
    header, rows = fit(columns, width)
    return [header, *(line for row in rows for line in row)]


def blocks_markdown(blocks: Iterable[Block]) -> str:
    """GitHub-flavoured Markdown in which the text shows as it is."""
    out: list[str] = []
    for block in blocks:
        if isinstance(block, Heading):
            out += [f"{'#' * block.level} {markdown.escape(block.text)}", ""]
        elif isinstance(block, Told):
            text = markdown.escape(block.text)
            out += [f"**{text}**" if block.tone == "strong" else text, ""]
        elif isinstance(block, Items):
            out += [*(f"- {markdown.escape(item)}" for item in block.items), ""]
        elif block.rows:
            rows = [[_cell(cell, position == block.chosen) for cell in row] for position, row in enumerate(block.rows)]
            out += [*markdown.grid([markdown.escape(field.head) for field in block.fields], rows), ""]
    return "\n".join(out).rstrip() + "\n"


def _cell(text: str, chosen: bool) -> str:
    escaped = markdown.escape(text)
    return f"**{escaped}**" if chosen and escaped else escaped


def blocks_html(blocks: Sequence[Block], *, title: str) -> str:
    """A page of its own: no network, readable without scripts."""
    from tierproof.report.render.html.page import Section, page  # noqa: PLC0415  (a terminal waits for no template)

    heads = [block.text for block in blocks if isinstance(block, Heading) and block.level == 1]
    name = heads[0] if heads else title
    body = [block for block in blocks if not (isinstance(block, Heading) and block.level == 1)]
    section = Section(
        id="result",
        title=name,
        short=title,
        template="blocks.html",
        data={"blocks": tagged(body)},
    )
    return page([section], title=name)


def tagged(blocks: Iterable[Block]) -> list[tuple[str, Block]]:
    """Each block with the name of its kind, as `blocks.html` takes them."""
    return [(type(block).__name__.lower(), block) for block in blocks]

"""A result as headings, paragraphs, lists and tables, shown alike on a terminal, in Markdown and in HTML.

Enters: plain, untrusted text; addresses from `answers.addresses`.  Leaves: blocks, which each medium lays out in its
own `blocks` file.  Knows nothing of media, nor of what the text says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct, field

__all__ = ["Block", "Cell", "Drawn", "Field", "Gap", "Grid", "Heading", "Items", "Told"]


class Cell(Struct, frozen=True):
    """A cell that a terminal may colour; the text alone says it all."""

    text: str
    style: str = ""
    """In rich's words: `bold`, `dim`, `bold green`."""
    full: str = ""
    """What stands in its place where there is room, in a document or on a page; empty: the text."""
    url: str | None = None
    """Where it leads, in media that have links."""


class Heading(Struct, frozen=True):
    text: str
    level: int = 2
    """1 is the title, 2 a part, 3 a part of a part."""
    url: str | None = None
    """Where it leads, in media that have links."""


class Told(Struct, frozen=True):
    """A paragraph."""

    text: str
    tone: str = ""
    """`strong` for what must be read, `note` for what may be skipped, `warning` for what disagrees; a
    `formula` keeps its lines and spaces."""
    inset: int = 0
    """Belongs under what stands before it: so many steps."""
    mark: tuple[Cell, ...] = ()
    """Precedes the first line; the others hang under it."""


class Gap(Struct, frozen=True):
    """Room between two blocks on a terminal; other media leave room by themselves."""


class Items(Struct, frozen=True):
    """A list."""

    items: tuple[str, ...]
    inset: int = 0
    beside: bool = False
    """Short ones, which a terminal sets in a line."""


class Drawn(Struct, frozen=True):
    """A picture in letters."""

    at: Callable[[int], Iterable[tuple[Cell, ...]]]
    """Its lines on a screen of so many cells; what is wider is cut."""
    told: Grid | None = None
    """Its figures, for media that lay out tables of any width; else they take the letters."""

    @property
    def text(self) -> str:
        """For media that have room for 80 cells."""
        return "\n".join("".join(cell.text for cell in line).rstrip() for line in self.at(80))


class Field(Struct, frozen=True):
    """A column of a grid: its head, and how it gives way on a narrow screen."""

    head: str
    full: str = ""
    """Its head where there is room, as a cell's."""
    yields: bool = False
    """Of those side by side: stands under its row where even names cut to their least leave no room."""
    keep: int = 0
    """0: always side by side; else the order in which columns join the line as the screen grows."""
    right: bool = False
    least: int = 0
    """May be cut to this width before the line overflows; 0: never."""
    style: str = ""
    """Of its cells that state none."""
    below: bool = True
    """Where it does not fit side by side it stands under its row; else it is left out."""
    label: str = ""
    """What precedes it there; else its head in small letters."""
    margin: bool = False
    """There it stands in the margin, without a label; one column at most."""
    gutter: int = 2
    """Cells before it."""


class Grid(Struct, frozen=True):
    fields: tuple[Field, ...]
    rows: tuple[tuple[str | Cell, ...], ...]
    chosen: int | None = None
    """Number of the row to bring out, from 0."""
    across: Mapping[int, str] = field(default_factory=dict[int, str])
    """What stands across the columns before a row, by its number from 0; an empty text is room alone."""


Block = Heading | Told | Items | Grid | Drawn | Gap

"""An answer in the order in which a page tells it: a sentence, a picture, then the figures.

Enters: blocks of an answer, and intervals.  Leaves: a `Part`, for the template `pictured.html`.  Computes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile

from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace

from tierproof.report.blocks import Block, Gap, Heading, Told
from tierproof.report.render.html.blocks import laid
from tierproof.report.render.svg.strip import Axis, strip
from tierproof.report.words.numerals import Range

__all__ = ["Line", "Part", "Picture", "Row", "part_of", "pictured"]


class Row(Struct, frozen=True, kw_only=True):
    """One interval of a picture, with the words beside it."""

    label: str
    told: str
    value: Range | None
    """None: not known."""
    href: str = ""
    """Where the label leads; empty: nowhere."""
    chosen: bool = False
    hollow: bool = False
    ring: float | None = None
    """Where something else stands, such as what was stated."""


class Line(Struct, frozen=True, kw_only=True):
    """The row as drawn."""

    row: Row
    strip: Markup


class Picture(Struct, frozen=True, kw_only=True):
    """Intervals one under another, on one axis."""

    title: str
    head: str
    """Over the labels."""
    over: str
    """Over the figures."""
    axis: Axis
    lines: tuple[Line, ...]
    legend: str = ""


class Part(Struct, frozen=True, kw_only=True):
    """One answer."""

    head: str
    lead: tuple[str, ...]
    """Sentences, what must be read first."""
    pictures: tuple[Picture, ...]
    body: Markup
    """The rest; headings from level 2."""
    answers: int = 1
    """So many of `lead` are the answer."""
    links: tuple[tuple[str, str], ...] = ()
    """Words and addresses of where its records are."""


def pictured(
    rows: Iterable[Row],
    axis: Axis,
    *,
    title: str,
    head: str,
    over: str,
    rules: Sequence[float] = (),
    legend: str = "",
) -> Picture:
    """The picture of `rows`; `rules`: faint verticals."""
    lines = tuple(
        Line(row=row, strip=strip(row.value, axis, rules=rules, hollow=row.hollow, ring=row.ring)) for row in rows
    )
    return Picture(title=title, head=head, over=over, axis=axis, lines=lines, legend=legend)


def part_of(
    blocks: Iterable[Block], pictures: Iterable[Picture | None] = (), links: Iterable[tuple[str, str]] = ()
) -> Part:
    """`blocks`: a heading first, then paragraphs up to the next block of another kind, which lead."""
    kept = [block for block in blocks if not isinstance(block, Gap)]
    first = kept[0] if kept else None
    head = first.text if isinstance(first, Heading) else ""
    kept = kept[1:] if head else kept
    told = [block for block in takewhile(lambda block: isinstance(block, Told), kept) if isinstance(block, Told)]
    lead = [block.text for block in sorted(told, key=lambda block: block.tone != "strong")]
    kept = kept[len(lead) :]
    levels = [block.level for block in kept if isinstance(block, Heading)]
    # Under the heading of the answer, without a step left out.
    down = min(levels, default=2) - 2
    rest = [replace(block, level=block.level - down) if isinstance(block, Heading) else block for block in kept]
    return Part(
        head=head,
        lead=tuple(lead),
        answers=max(1, sum(block.tone == "strong" for block in told)),
        pictures=tuple(picture for picture in pictures if picture is not None and picture.lines),
        body=laid(rest),
        links=tuple(links),
    )

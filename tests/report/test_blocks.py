"""Every kind of block in every medium: laid out as it says, and text that stays text."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from report.test_page import read
from shown import shown
from tierproof.report.blocks import Block, Cell, Drawn, Field, Gap, Grid, Heading, Items, Told
from tierproof.report.render.html.blocks import blocks_html, laid, untitled
from tierproof.report.render.markdown.blocks import blocks_markdown

GRID = Grid(
    (Field("", full="Tier"), Field("Name"), Field("n", right=True)),
    (
        (Cell("A", "bold"), Cell("RAG", full="Retrieval", url="https://example.org/a_b"), "1"),
        ("B", "LoRA", "20"),
    ),
    chosen=1,
    across={0: "", 1: "For others"},
)
BLOCKS: tuple[Block, ...] = (
    Heading("Title", 1),
    Told("Read this.", "strong"),
    Gap(),
    Told("12 (3 to 40)", mark=(Cell("average  "),)),
    Told("y  = x\n  + e", "formula", inset=1),
    Heading("Part", url="https://example.org/p"),
    Items(("one", "two")),
    Items(("Q quality", "C cost"), beside=True),
    Drawn(lambda width: [(Cell("  ●━"), Cell("● ", "dim")), (Cell(f"{width} cells"),)]),
    Drawn(lambda _: [(Cell("letters"),)], told=GRID),
    Heading("Part of a part", 3),
    GRID,
    Grid((Field("empty"),), ()),
)


def test_no_kind_of_block_goes_without_a_test() -> None:
    assert {type(block) for block in BLOCKS} == set(get_args(Block))


TABLE = """\
| Tier | Name | n |
| --- | --- | --- |
| A | [Retrieval](<https://example.org/a_b>) | 1 |
| For others |
| **B** | **LoRA** | **20** |"""

MARKDOWN = f"""\
# Title

**Read this.**

average 12 (3 to 40)

```text
y  = x
  + e
```

## [Part](<https://example.org/p>)

- one
- two

Q quality · C cost

```text
  ●━●
80 cells
```

{TABLE}

### Part of a part

{TABLE}
"""


def test_markdown_of_every_kind() -> None:
    assert blocks_markdown(BLOCKS) == MARKDOWN


def test_markdown_is_read_as_it_was_meant() -> None:
    """By a reader of its own, which rich brings."""
    page = read(MarkdownIt("commonmark").enable("table").render(blocks_markdown(BLOCKS)))
    assert page.links == ["https://example.org/p", *["https://example.org/a_b"] * 2]
    assert (page.tags["table"], page.tags["pre"], page.tags["ul"]) == (2, 2, 1)
    assert page.tags["td"] == 2 * 3 * 3


ROWS = (
    '<tr><th scope="row">A</th><td class="keep"><a href="https://example.org/a_b" rel="noopener">Retrieval</a></td>'
    '<td class="right">1</td></tr>',
    '<tr><td colspan="3">For others</td></tr>',
    '<tr><th scope="row">B</th><td class="keep"><b>LoRA</b></td><td class="right"><b>20</b></td></tr>',
)


def test_html_of_every_kind() -> None:
    page = laid(untitled(BLOCKS))
    whole = " ".join(page.split())
    for part in (
        "<p><b>Read this.</b></p>",
        "<p>average 12 (3 to 40)</p>",
        '<h3 class="part"><a href="https://example.org/p" rel="noopener">Part</a></h3>',
        '<ul class="plain"><li>one</li><li>two</li></ul>',
        '<ul class="inline"><li>Q quality</li><li>C cost</li></ul>',
        "<h4>Part of a part</h4>",
        '<th scope="col">Tier</th><th scope="col">Name</th><th scope="col" class="right">n</th>',
        " ".join(ROWS),
    ):
        assert part in whole
    # Letters stand in their lines.
    assert "<pre>y  = x\n  + e</pre>" in page
    assert "<pre>  ●━●\n80 cells</pre>" in page
    assert whole.count("<table") == 2 and "letters" not in whole and "empty" not in whole
    assert read(page).faults == []


@pytest.mark.parametrize(("top", "tags"), [(2, ["h2", "h3"]), (3, ["h3", "h4"]), (4, ["h4", "h4"])])
def test_headings_go_down_from_where_the_page_is(top: int, tags: list[str]) -> None:
    found = laid([Heading("part"), Heading("part of a part", 3)], top=top)
    assert re.findall(r"<(h\d)", found) == tags


def test_a_page_of_blocks_has_their_title_once() -> None:
    page = blocks_html(BLOCKS, title="Result")
    assert len(re.findall(r"<h\d[^>]*>Title<", page)) == 1
    assert read(page).faults == []
    assert len(re.findall(r"<h\d[^>]*>Result<", blocks_html([Told("x")], title="Result"))) == 1


def test_names_that_look_alike_once_they_are_cut_stand_whole() -> None:
    names = [f"a_rather_long_name_of_a_task_of_law_{part}" for part in ("one", "two")]
    grid = Grid((Field("task", least=20), Field("figure", right=True)), ((names[0], "1" * 30), (names[1], "2" * 30)))
    lines = shown([grid], width=60)
    for name in names:
        assert name in lines
    assert names[0] not in shown([Grid(grid.fields, grid.rows[:1])], width=60)


def test_a_terminal_has_letters_where_others_have_a_table() -> None:
    told = shown(BLOCKS, 60)
    assert "letters" in told and "60 cells" in told and "  ●━●" in told
    assert "RAG" in told and "Retrieval" not in told and "example.org" not in told
    assert "    y  = x" not in told and "  y  = x\n    + e" in told


@pytest.mark.parametrize("text", ["```", "`````", "a ``` b"])
def test_no_letters_leave_their_fence(text: str) -> None:
    block = Drawn(lambda _: [(Cell(text),), (Cell("<b>after</b>"),)])
    (token,) = MarkdownIt("commonmark").parse(blocks_markdown([block]))
    assert (token.type, token.content) == ("fence", f"{text}\n<b>after</b>\n")


@settings(max_examples=60)
@given(st.text(max_size=40))
def test_text_in_any_place_stays_text(text: str) -> None:
    attack = f"{text}<script>x</script> [a](javascript:1) | ![i](x) `c` </pre> \x1b[31m\u202e"
    cell = Cell(attack, full=attack)
    blocks: list[Block] = [
        Heading(attack), Told(attack, "strong", mark=(cell,)), Told(attack, "formula"), Items((attack,)),
        Items((attack,), beside=True), Drawn(lambda _: [(cell,)]),
        Grid((Field(attack, full=attack), Field("b")), ((cell, attack),), chosen=0, across={0: attack}),
    ]  # fmt: skip
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table").render(blocks_markdown(blocks))
    for page in (read(markdown), read(laid(blocks))):
        assert page.faults == []
        assert page.links == page.fetches == page.handlers == []
        assert page.tags["script"] == page.tags["img"] == 0
        assert (page.tags["table"], page.tags["th"] + page.tags["td"]) in ((1, 6), (1, 5))
        assert not re.search("[\x1b\u202e]", "".join(page.words))

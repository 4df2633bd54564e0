"""Tables that are ordered by something else, or from the worst on, and names that say what is not meant."""

from __future__ import annotations

from functools import cache

import pytest

from challenge.shipped import here
from tierproof.challenge.audits.naming import parts_of
from tierproof.challenge.audits.tables import StatedTable, form_of, read_table
from tierproof.errors import InputError

NAMES = ("RAG", "LoRA", "Agents")


@cache
def known(cell: str) -> bool:
    return any(found for _, found in parts_of(cell, here().vocabulary))


def read(text: str, suffix: str = ".md") -> StatedTable:
    return read_table(text, form_of(text, suffix), known)


def numbered(over: str) -> str:
    return "\n".join([over, *(f"{place}. {name}" for place, name in enumerate(NAMES, start=1))])


@pytest.mark.parametrize(
    ("text", "suffix"),
    [
        (numbered("## Most overrated"), ".md"),
        (numbered("The worst techniques:"), ".md"),
        (numbered("Worst techniques, ranked:"), ".txt"),
        (numbered("## Top techniques for cutting costs"), ".md"),
        (numbered("# Самые переоценённые приёмы"), ".md"),
        (numbered("## По стоимости"), ".md"),
        ("| Rank (1 = worst) | Technique |\n|---|---|\n| 1 | Agents |\n| 2 | RAG |", ".md"),
        ("## By latency\n| Technique | Note |\n|---|---|\n| RAG | x |\n| LoRA | y |", ".md"),
    ],
)
def test_another_order_is_refused_with_the_line_that_says_so(text: str, suffix: str) -> None:
    with pytest.raises(InputError, match="the order is by something else"):
        read(text, suffix)


@pytest.mark.parametrize("over", ["## From best to worst", "What we learned", "# Лучшие приёмы", "## Our ranking"])
def test_a_plain_line_over_numbers_leaves_their_order(over: str) -> None:
    assert [(row.name, row.place) for row in read(numbered(over)).rows] == list(
        zip(NAMES, (1.0, 2.0, 3.0), strict=True)
    )


def test_a_line_may_rank_under_a_label() -> None:
    ranked = read("Our ranking: RAG > LoRA > agents", ".txt")
    assert [row.name for row in ranked.rows] == ["RAG", "LoRA", "agents"]
    by_cost = read("By cost: agents > RAG > LoRA", ".txt")
    assert not any(known(row.name) and len(row.name.split()) < 3 for row in by_cost.rows)


def test_votes_against_are_no_numbers_of_rows() -> None:
    table = read("| Technique | Yes | No |\n|---|---|---|\n| RAG | 2 | 9 |\n| LoRA | 9 | 2 |")
    assert not table.placed


@pytest.mark.parametrize("cell", ["Everything but RAG", "All except RAG", "Всё, кроме RAG"])
def test_what_is_excepted_is_not_named(cell: str) -> None:
    assert not known(cell)


@pytest.mark.parametrize("cell", ["RAG¹", "RAG²³", "Agents⁴"])
def test_the_number_of_a_footnote_is_no_letter(cell: str) -> None:
    assert known(cell)

"""A quantity has the same digits wherever it is shown, and shares add up to what they are shares of."""

from __future__ import annotations

import re

import pytest

from tierproof.answers.card import Card, RecordLine, card_for
from tierproof.answers.view import View, view_of
from tierproof.report.render.terminal.blocks import block_lines
from tierproof.report.words import numerals
from tierproof.report.words.card import weight_told
from tierproof.report.words.card_blocks import card_blocks
from tierproof.report.words.records import record_blocks
from tierproof.report.words.units import unit_for

NAMES = ("rag", "quantization", "lora", "model-routing", "speculative-decoding")


@pytest.fixture(scope="module")
def view() -> View:
    return view_of()


@pytest.fixture(scope="module")
def cards(view: View) -> list[Card]:
    return [card_for(view, name) for name in NAMES]


def test_a_card_and_its_table_agree_to_the_digit(cards: list[Card]) -> None:
    for card in cards:
        row = card.placings[0].row
        for answer in card.answers:
            told = unit_for(answer).interval(answer.here)
            if answer.outcome == "quality":
                assert told == numerals.interval(row.failures_removed)
            if answer.outcome == "cost":
                assert told == numerals.ratio_interval(row.cost_ratio)
            if answer.outcome == "latency":
                assert told == numerals.ratio_interval(row.latency_ratio)


def test_weights_are_shares_of_one_outcome(cards: list[Card]) -> None:
    for card in cards:
        sums: dict[str, float] = {}
        shown: dict[str, float] = {}
        by_source: dict[tuple[bool, str, str], list[RecordLine]] = {}
        for line in card.records:
            if line.weight is not None:
                sums[line.record.outcome] = sums.get(line.record.outcome, 0.0) + line.weight
            by_source.setdefault((line.weight is None, line.record.source_id, line.record.source.title), []).append(
                line
            )
        assert all(total == pytest.approx(1.0, abs=1e-6) for total in sums.values())
        for lines in by_source.values():
            for figure, outcome in re.findall(r"([\d.]+) % of the weight on ([a-z ]+)", weight_told(lines)):
                assert float(figure) <= 100.0
                shown[outcome] = shown.get(outcome, 0.0) + float(figure)
        # Each figure is rounded to a tenth of a percent, by at most half of that.
        assert all(total == pytest.approx(100.0, abs=0.05 * len(by_source)) for total in shown.values())


def test_records_say_of_which_average_their_weight_is(cards: list[Card]) -> None:
    told = " ".join(" ".join(line.plain for line in block_lines(record_blocks(cards[0]), 100)).split())
    assert "those on one outcome sum to 100 %" in told
    assert "of the weight on wrong answers" in told


def test_odds_are_called_so(cards: list[Card]) -> None:
    told = " ".join(" ".join(line.plain for line in block_lines(card_blocks(cards[1]), 100)).split())
    assert "stability: odds of a good one" in told

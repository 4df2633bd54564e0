"""A quantity has the same digits wherever it is shown, and shares add up to what they are shares of."""

from __future__ import annotations

import re

import pytest

from tierproof.answers.audit import audit_of
from tierproof.answers.brief import brief_for
from tierproof.answers.card import Card, RecordLine, card_for
from tierproof.answers.view import View, view_of
from tierproof.challenge.brief.option import draw
from tierproof.challenge.brief.scenario import Option
from tierproof.challenge.weighing import testimony
from tierproof.decision.appraisals.appraisal import interval_of
from tierproof.decision.plan import Limits, Team, make_plan
from tierproof.report.render.terminal.blocks import block_lines
from tierproof.report.words import numerals
from tierproof.report.words.audit import audit_blocks
from tierproof.report.words.brief import brief_blocks
from tierproof.report.words.card import weight_told
from tierproof.report.words.card_blocks import card_blocks
from tierproof.report.words.plan import plan_blocks
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
    assert "stability: odds of a stable answer" in told


def test_one_technique_as_an_option_has_the_tables_figures(view: View) -> None:
    rows = {row.technique: row for row in view.table().rows}
    for name in (technique for technique in rows if rows[technique].rank is not None):
        option = draw(Option(id=name, name=name, techniques=(name,)), view.appraisal, Limits(), Team())
        row = rows[name]
        for drawn, told in (
            (option.failures_removed, row.failures_removed),
            (option.joint.cost, row.cost_ratio),
            (option.joint.latency, row.latency_ratio),
        ):
            if told is not None:
                # Between two of 2,048 levels: nothing else parts an interval of draws from one of quantiles.
                low, high = interval_of(drawn).low, interval_of(drawn).high
                assert (low, high) == pytest.approx((told.low, told.high), rel=1e-4, abs=1e-4), name


def test_a_source_says_the_same_on_its_card_and_of_a_claim(view: View, cards: list[Card]) -> None:
    for card in cards:
        answer = next(answer for answer in card.answers if answer.outcome == "quality")
        own = {study.source_id: study.point for study in answer.studies}
        pooled = view.appraisal.synthesis.posteriors[card.technique.id, "quality"]
        spoken = testimony.testimony_of(view.ground, pooled, testimony.Line(low=0))
        for point in (*spoken.points_for, *spoken.points_against):
            assert point.effect is not None
            assert point.effect.median == pytest.approx(own[point.source_id].median, rel=1e-9)
            assert point.effect.low == pytest.approx(own[point.source_id].low, rel=1e-9)


def test_a_certainty_counts_the_sources_that_its_card_shows(view: View) -> None:
    for name in ("agents", "mixture-of-experts", "instruction-fine-tuning", "rag"):
        for answer in card_for(view, name).answers:
            if answer.studies:
                means = [study.point.median for study in answer.studies]
                agree = sum(mean * answer.posterior.average.mean > 0 for mean in means)
                reasons = " ".join(f"{domain.reason}" for domain in answer.posterior.certainty.domains)
                assert f"{agree} of {len(means)} sources have the average's sign" in reasons
                assert answer.posterior.source_range == pytest.approx((min(means), max(means)))


def test_what_figures_are_set_against_is_marked_wherever_they_rank(view: View) -> None:
    """A comparison names no winner of unlike systems: what ranks them all the same must say so."""
    pack = view.pack
    screens = {
        "plan": plan_blocks(make_plan(view.appraisal), pack),
        "brief": brief_blocks(brief_for(pack, "RAG or LoRA", judged=False), pack),
        "audit": audit_blocks(
            audit_of("| Tier | Technique |\n|---|---|\n| S | RAG |\n| A | LoRA |", "markdown").audit, pack
        ),
    }
    for name, blocks in screens.items():
        told = " ".join(" ".join(line.plain for line in block_lines(blocks, 100)).split())
        assert " †" in told, name
        assert "† read for a system like what it is set against, an untuned base model: LoRA / QLoRA" in told, name


def test_what_is_recommended_says_how_certain_that_is_at_any_width(view: View) -> None:
    """A column that narrow screens leave out is no place for it."""
    pack, plan = view.pack, make_plan(view.appraisal)
    brief = brief_for(pack, "hallucination", judged=False)
    assert brief.recommendation is not None
    row = next(row for row in brief.options if row.id == brief.recommendation.option)
    money = {row.technique: row.certainty for row in view.table("value").rows}
    assert plan.certainty is not None
    assert plan.certainty in {money[name] for name in plan.members}
    for blocks, level in ((plan_blocks(plan, pack), plan.certainty), (brief_blocks(brief, pack), row.certainty)):
        told = " ".join(" ".join(line.plain for line in block_lines(blocks, 60)).split())
        assert f"; certainty {level}." in told

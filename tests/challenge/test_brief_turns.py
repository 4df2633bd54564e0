"""At which figures a recommendation turns, as a brief tells it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tierproof.answers.brief import brief_for
from tierproof.challenge.brief import Brief
from tierproof.challenge.brief.option import TODAY
from tierproof.challenge.brief.tipping import Turn
from tierproof.evidence import Pack, load_pack
from tierproof.report.render.terminal.blocks import block_lines
from tierproof.report.words.brief import brief_blocks


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack()


def told(brief: Brief, pack: Pack) -> str:
    return " ".join(" ".join(line.plain for line in block_lines(brief_blocks(brief, pack), 100)).split())


def test_a_leader_that_saves_money_and_loses_successes_would_pay_where_these_are_worth_little(pack: Pack) -> None:
    brief = brief_for(pack, "which is cheaper, quantization or model routing", sets=("value_per_success=20",))
    leader = brief.leader
    assert leader is not None and leader.pays_within is not None
    low, high = leader.pays_within
    assert low == 0.0 and high < 20
    assert f"it pays where a success is worth ${high:.3g} or less" in told(brief, pack)
    assert "saves most on average, does not pay: Quantization" in told(brief, pack).replace("Saves", "saves")
    # What it would be recommended at is the same figure.
    (turn,) = (t for t in brief.turns if t.quantity == "value_per_success" and t.becomes == leader.option)
    assert turn.threshold == pytest.approx(high)


def test_a_figure_that_no_profile_can_have_turns_nothing(pack: Pack) -> None:
    """At 100 requests a month prompt caching pays once its effort is written off over 425 years."""
    brief = brief_for(pack, "reduce latency", sets=("requests_per_month=100",), judged=False)
    assert {"engineer_day_usd", "requests_per_month"} <= {turn.quantity for turn in brief.turns}
    assert "horizon_months" not in {turn.quantity for turn in brief.turns}


@pytest.mark.parametrize(
    ("quantity", "now", "threshold", "words"),
    [
        ("baseline_success", 0.999, 0.95, "below 95 % (now 99.9 %)"),
        ("baseline_success", 0.704, 0.7012, "below 70.1 % (now 70.4 %)"),
        ("requests_per_month", 0.4, 0.7, "above 0.7 (now 0.4)"),
        ("requests_per_month", 123_456.0, 124_400.0, "above 124,000 (now 123,456)"),
        ("requests_per_month", 120_000.0, 124_400.0, "above 124,000 (now 120,000)"),
        ("requests_per_month", 126_543.0, 125_400.0, "below 125,000 (now 126,543)"),
        ("horizon_months", 12.1, 12.3, "above 12.3 (now 12.1)"),
        ("horizon_months", 1150.0, 1110.0, "below 1,100 (now 1,150)"),
        ("value_per_success", 0.5, 0.50004, "above $0.50004 (now $0.5)"),
        ("engineer_day_usd", 8010.0, 8030.0, "above $8,030 (now $8,010)"),
    ],
)
def test_a_threshold_is_told_apart_from_todays_figure(
    pack: Pack, quantity: str, now: float, threshold: float, words: str
) -> None:
    brief = brief_for(pack, "RAG or LoRA", judged=False)
    turn = Turn(quantity=quantity, now=now, threshold=threshold, becomes=TODAY)
    assert f"{words}: Go on as today" in told(replace(brief, turns=(turn,)), pack)


def test_what_decides_is_among_the_strongest_evidence(pack: Pack) -> None:
    """Wrong answers are what the question is about: of who removes most of them, no record of that was shown."""
    brief = brief_for(pack, "hallucination", judged=False)
    shown = (*brief.evidence_for, *brief.evidence_against)
    assert brief.recommendation is not None
    assert "wrong-answers" in {effect.record.outcome for effect in shown}

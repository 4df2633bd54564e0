"""A comparator that never succeeds has no odds: the sign is told, the size is that of the test set."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from tierproof.answers.card import card_for
from tierproof.answers.critique import critique_of
from tierproof.answers.view import View, view_of
from tierproof.evidence.pack import load_pack
from tierproof.evidence.record import Record
from tierproof.report.words.card import notes_told
from tierproof.synthesis.trust.from_none import without_odds

VISION = Path(__file__).resolve().parents[2] / "examples" / "packs" / "production_vision"


@pytest.fixture(scope="module")
def view() -> View:
    return view_of(VISION)


def records() -> list[Record]:
    pack = load_pack(VISION)
    return [r for r in pack.records if r.technique == "adversarial-training" and r.outcome == "safety"]


def test_shares_are_told_whatever_the_size_of_the_test_set() -> None:
    mine = records()
    small = [structs.replace(record, n=100) for record in mine]
    assert without_odds(mine) == without_odds(small)
    found = without_odds(mine)
    assert found is not None
    assert found.told == "in 25 of 25 records none succeed without it and 59.7 % with it (26.2 to 83.7)"
    # A mirror of the same: of failures, fewer is better.
    turned = without_odds(
        structs.replace(r, higher_is_better=False, baseline=100.0, treated=100.0 - r.treated) for r in mine
    )
    assert turned is not None
    assert (turned.count, turned.start, turned.told) == (found.count, 0.0, found.told)


def test_few_such_records_among_many_leave_the_size_as_it_is() -> None:
    mine = records()
    others = [structs.replace(record, id=f"o{i}", baseline=40.0) for i, record in enumerate(mine * 2)]
    assert without_odds([*mine[:20], *others]) is None
    assert without_odds([*mine, *others[:10]]) is not None
    assert without_odds([]) is None


def test_a_verdict_tells_the_sign_and_no_ratio(view: View) -> None:
    (gain,) = critique_of("Adversarial training makes models safer.", view).verdicts
    assert gain.word == "supported"
    assert any("The sign is told, not the size: in 25 of 25 records none succeed" in note for note in gain.notes)
    assert {figure.unit for figure in gain.figures} == {"probability"}
    (amount,) = critique_of("Adversarial training raises robust accuracy by at least 50 %.", view).verdicts
    assert amount.word == "not testable"
    (usual,) = critique_of("Adversarial training lowers accuracy by at least 5 %.", view).verdicts
    assert usual.word != "not testable"


def test_a_card_tells_the_shares_and_sources_apart(view: View) -> None:
    safety = next(answer for answer in card_for(view, "adversarial-training").answers if answer.outcome == "safety")
    assert notes_told(safety)[0].startswith("Size: in 25 of 25 records none succeed without it and 59.7 % with it")
    labels = [study.label for study in safety.studies]
    assert len(labels) == len(set(labels))
    assert {"Haichao Zhang et al. 2019a", "Haichao Zhang et al. 2019b"} < set(labels)

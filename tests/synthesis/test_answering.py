"""Which records answer a question."""

from __future__ import annotations

import msgspec
import pytest

from synthesis.made import effect, technique
from tierproof.evidence import effects_of, load_pack
from tierproof.evidence.conversion import newest
from tierproof.evidence.technique import Question
from tierproof.synthesis.posteriors.answering import Evidence, asked_of, evidence_for
from tierproof.synthesis.posteriors.posterior import EVERYWHERE, Context

TECHNIQUES = {
    "t": technique(question=Question(subtypes=("main",)), questions={"latency": Question(contrast="instead-of")}),
}


def used(*effects: object, context: Context = EVERYWHERE) -> dict[str, list[str]]:
    found = evidence_for(effects, TECHNIQUES, context)  # type: ignore[arg-type]
    return {outcome: [e.record.id for e in evidence.used] for (_, outcome), evidence in found.items() if evidence.used}


@pytest.mark.parametrize(
    "fields",
    [
        {"contrast": "variant"},
        {"subtype": "other"},
        {"subtype": None},
        {"mirror_of": "elsewhere"},
        {"doubtful": True},
        {"setting": "lab"},
        {"technique": "unknown"},
        {"outcome": "cost", "scope": "training"},
        {"outcome": "latency", "contrast": "added"},
    ],
)
def test_what_does_not_answer(fields: dict[str, object]) -> None:
    assert used(effect(0.1, **{"subtype": "main", **fields})) == {}


def test_an_effect_on_another_scale_than_its_outcomes_does_not_answer() -> None:
    assert used(msgspec.structs.replace(effect(0.1, subtype="main"), scale="difference")) == {}


def test_outcomes_without_a_question_of_their_own_ask_the_main_one() -> None:
    right = effect(0.1, subtype="main", outcome="cost", number=1)
    wrong = effect(0.1, subtype="other", outcome="cost", number=2)
    own = effect(0.1, subtype="other", outcome="latency", contrast="instead-of", number=3)
    assert used(right, wrong, own) == {"cost": [right.record.id], "latency": [own.record.id]}


def test_laboratory_evidence_enters_when_asked_for() -> None:
    made = effect(0.1, subtype="main", setting="lab")
    assert used(made, context=Context(include_lab=True)) == {"quality": [made.record.id]}


@pytest.mark.parametrize(("as_of", "enters"), [((2025, 12), True), ((2025, 11), False), ((2026, 1), True)])
def test_later_evidence_is_left_out(as_of: tuple[int, int], enters: bool) -> None:
    assert bool(used(effect(0.1, subtype="main", year=2025), context=Context(as_of=as_of))) == enters


def test_undated_evidence_is_left_out_only_once_a_date_is_set() -> None:
    made = effect(0.1, subtype="main", year=None)
    assert used(made) != {}
    assert used(made, context=Context(as_of=(2030, 1))) == {}


def quality(*effects: object) -> Evidence:
    return evidence_for(effects, TECHNIQUES)["t", "quality"]  # type: ignore[arg-type]


def test_picked_records_stay_out_where_three_sources_gave_whole_tables() -> None:
    whole = [effect(0.1, subtype="main", source=f"s{k}") for k in range(3)]
    picked = effect(0.9, subtype="main", source="s9", selection="picked")
    few, enough = quality(*whole[:2], picked), quality(*whole, picked)
    assert (few.basis, len(few.used)) == ("complete and picked", 3)
    assert (enough.basis, len(enough.used), len(enough.usable)) == ("complete", 3, 4)


def test_two_sources_without_picked_records_are_still_complete() -> None:
    assert quality(effect(0.1, subtype="main"), effect(0.2, subtype="main", source="s2")).basis == "complete"


def test_doubtful_records_are_kept_apart() -> None:
    found = quality(effect(0.1, subtype="main"), effect(0.9, subtype="main", number=1, doubtful=True))
    assert (len(found.used), len(found.doubtful)) == (1, 1)


def test_records_that_are_not_asked_of_answer_nothing() -> None:
    """The quick way, which converts only what may answer, gives the very posteriors of the slow one."""
    pack = load_pack(whole=False)
    asked = asked_of(pack.records, pack.techniques)
    assert 0 < len(asked) < 0.7 * len(pack.records)
    every, some = (effects_of(records, pack.settings).effects for records in (pack.records, asked))
    whole, quick = evidence_for(every, pack.techniques), evidence_for(some, pack.techniques)
    assert whole.keys() == quick.keys()
    for key, evidence in whole.items():
        assert evidence == quick[key]
    assert newest(pack.records) == max(effect.date for effect in every if effect.date is not None)

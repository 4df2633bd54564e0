"""The production pack's own promises: every file is valid, nothing is named twice, and every question has an answer.

Expected counts come from the brief of the pack: 21 techniques, of which 15 stood in the 2025 table.
"""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import msgspec
import numpy as np
import pytest

import tierproof
from tierproof.answers.view import technique_of
from tierproof.decision.ranking.lens import Lens
from tierproof.decision.reader.profile import Profile
from tierproof.errors import InputError
from tierproof.evidence import load_pack
from tierproof.evidence.record import Outcome
from tierproof.evidence.technique import Question, Technique

PACK = Path(tierproof.__file__).parent / "packs" / "production_ai"
STAGES = {
    "data",
    "pretraining",
    "post-training",
    "adaptation",
    "prompting",
    "context",
    "inference",
    "orchestration",
    "serving",
}
FORMS = {
    "best",
    "beats",
    "only",
    "cannot-replace",
    "overhyped",
    "no-effect",
    "harms",
    "helps",
    "adopted",
    "at-least",
    "worth-it",
    "depends-on",
    "none",
}


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _techniques() -> dict[str, Technique]:
    files = sorted((PACK / "techniques").glob("*.toml"))
    return {path.stem: msgspec.convert(_toml(path), Technique) for path in files}


TECHNIQUES = _techniques()
SETTINGS = _toml(PACK / "pack.toml")


def _stored(technique: str) -> list[dict[str, Any]]:
    lines = (PACK / "evidence" / f"{technique}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _records(technique: str) -> list[dict[str, Any]]:
    """Records of the main analysis: not doubtful, no mirror, not lab, with a comparator."""
    return [
        record
        for record in _stored(technique)
        if not record.get("doubtful")
        and not record.get("mirror_of")
        and record["setting"] != "lab"
        and record["baseline"] is not None
    ]


def _selected(technique: str, outcome: str, question: Question) -> list[dict[str, Any]]:
    return [
        record
        for record in _records(technique)
        if record["outcome"] == outcome
        and record["contrast"] == question.contrast
        and (not question.subtypes or record.get("subtype") in question.subtypes)
        and (outcome != "quality" or record["unit"] == "percent")
        and (record.get("scope") or "request") == "request"
    ]


def test_there_are_twenty_one_techniques_named_as_their_files() -> None:
    assert len(TECHNIQUES) == 21
    assert all(name == technique.id for name, technique in TECHNIQUES.items())


def test_the_fifteen_rows_of_the_2025_table_are_kept() -> None:
    tiers = sorted(t.seed.tier for t in TECHNIQUES.values() if t.seed is not None)
    assert tiers == list(range(1, 16))


def test_an_alias_belongs_to_one_technique_and_is_lower_case() -> None:
    aliases = [
        (alias, technique.id)
        for technique in TECHNIQUES.values()
        for names in technique.aliases.values()
        for alias in names
    ]
    counts = Counter(alias for alias, _ in aliases)
    assert [alias for alias, count in counts.items() if count > 1] == []
    assert [alias for alias, _ in aliases if alias != alias.lower() or alias != alias.strip()] == []


@pytest.mark.parametrize("technique", TECHNIQUES.values(), ids=TECHNIQUES.keys())
def test_a_technique_can_be_named_in_both_languages(technique: Technique) -> None:
    assert len(technique.aliases["en"]) >= 5
    assert len(technique.aliases["ru"]) >= 5
    assert any("а" <= letter <= "я" for alias in technique.aliases["ru"] for letter in alias)


@pytest.mark.parametrize("technique", TECHNIQUES.values(), ids=TECHNIQUES.keys())
def test_words_of_a_technique_are_in_the_vocabularies(technique: Technique) -> None:
    assert technique.stage in STAGES
    assert set(technique.needs) <= set(SETTINGS["resources"])


def test_every_resource_is_needed_by_some_technique() -> None:
    needed = {need for technique in TECHNIQUES.values() for need in technique.needs}
    assert needed == set(SETTINGS["resources"])


def test_exclusions_are_mutual_and_known() -> None:
    for technique in TECHNIQUES.values():
        for other in technique.excludes:
            assert technique.id in TECHNIQUES[other].excludes
            assert other not in technique.requires


def test_requirements_are_known_and_have_no_circle() -> None:
    def chain(name: str, above: tuple[str, ...]) -> None:
        assert name not in above, f"circle: {' -> '.join((*above, name))}"
        for other in TECHNIQUES[name].requires:
            chain(other, (*above, name))

    for name in TECHNIQUES:
        chain(name, ())


@pytest.mark.parametrize("technique", TECHNIQUES.values(), ids=TECHNIQUES.keys())
@pytest.mark.parametrize("outcome", ["quality", "cost", "latency"])
def test_quality_cost_and_latency_have_records_or_a_stand_in(technique: Technique, outcome: Outcome) -> None:
    question = technique.question if outcome == "quality" else technique.questions.get(outcome, Question())
    assert _selected(technique.id, outcome, question) or outcome in technique.assumed


@pytest.mark.parametrize("technique", TECHNIQUES.values(), ids=TECHNIQUES.keys())
def test_subtypes_that_a_technique_names_occur_in_its_evidence(technique: Technique) -> None:
    known = {record.get("subtype") for record in _stored(technique.id)}
    asked = {s for q in (technique.question, *technique.questions.values()) for s in q.subtypes}
    assert asked | {s for row in technique.sub_rows for s in row.subtypes} <= known


@pytest.mark.parametrize("technique", TECHNIQUES.values(), ids=TECHNIQUES.keys())
def test_every_assumption_says_why_and_ratios_are_positive(technique: Technique) -> None:
    assert all(assumption.why for assumption in technique.assumed.values())
    assert technique.effort.engineer_days.why and technique.effort.weeks.why
    for outcome, assumption in technique.assumed.items():
        if outcome in ("cost", "latency", "memory", "throughput"):
            assert assumption.low > 0
    effort = technique.effort
    for amount in (effort.engineer_days, effort.weeks, effort.one_off_usd, effort.running_usd_month):
        assert amount.low >= 0


@pytest.mark.parametrize("technique", TECHNIQUES.values(), ids=TECHNIQUES.keys())
def test_a_main_question_states_its_reason(technique: Technique) -> None:
    assert len(technique.question.note) > 40


def test_semantic_caching_stand_in_follows_the_measured_shares() -> None:
    """Expected: quartiles of the shares f in the evidence, turned into log odds ratios as docs/techniques.md says.

    Tolerance 0.08, the minimal difference in quality: a triangle is a rough shape, and no decision may hang on less.
    """
    shares = np.array(
        [
            record["treated"] / record["baseline"]
            for record in _records("semantic-caching")
            if record["outcome"] == "quality" and record["contrast"] == "added"
        ]
    )
    success = 0.7 * shares + 0.1 * (1 - shares)
    measured = np.quantile(np.log(success / (1 - success)) - np.log(0.7 / 0.3), [0.1, 0.25, 0.5, 0.75])
    stand_in = TECHNIQUES["semantic-caching"].assumed["quality"]
    assert stand_in.mode == stand_in.high == 0
    triangle = stand_in.low * (1 - np.sqrt([0.1, 0.25, 0.5, 0.75]))
    np.testing.assert_allclose(triangle, measured, atol=SETTINGS["minimal_difference"]["quality"])


def test_settings_cover_every_outcome_and_family() -> None:
    assert set(SETTINGS["minimal_difference"]) == set(get_args(Outcome))
    assert all(value > 0 for value in SETTINGS["minimal_difference"].values())
    families = {r["task_family"] for name in TECHNIQUES for r in _records(name)}
    assert families <= set(SETTINGS["task_families"])
    assert set(SETTINGS["adoption"]["also"]) <= set(TECHNIQUES)


def test_profile_and_lenses_are_valid() -> None:
    profile = msgspec.convert(SETTINGS["profile"], Profile)
    assert profile.value_per_success * profile.baseline_success > profile.cost_per_request, "the system earns its cost"
    lenses = [msgspec.convert(_toml(path), Lens) for path in sorted((PACK / "lenses").glob("*.toml"))]
    assert [lens.id for lens in lenses] == ["effect", "value"]
    assert all(lens.why for lens in lenses)


def test_claims_are_in_both_languages_and_name_known_techniques() -> None:
    claims = _toml(PACK / "claims.toml")["claims"]
    assert len({claim["id"] for claim in claims}) == len(claims) >= 34
    assert sum(claim.get("seed", False) for claim in claims) == 9
    for claim in claims:
        assert claim["en"] and any("а" <= letter <= "я" for letter in claim["ru"])
        assert claim["form"] in FORMS
        assert set(claim["subjects"]) | set(claim.get("against", ())) <= {*TECHNIQUES, "everything-else"}
        assert claim["subjects"] or claim["form"] == "none"


def test_each_expected_form_has_a_claim() -> None:
    claims = _toml(PACK / "claims.toml")["claims"]
    assert {claim["form"] for claim in claims} == FORMS


def test_a_name_that_techniques_share_is_answered_with_all_of_them() -> None:
    shared = Counter(alias for technique in TECHNIQUES.values() for alias in technique.shared_aliases)
    own = {alias for technique in TECHNIQUES.values() for names in technique.aliases.values() for alias in names}
    # One of them may have it to itself where no claim is judged ("fine-tuning" in a table).
    assert shared and all(count + (alias in own) > 1 for alias, count in shared.items())
    with pytest.raises(InputError, match="did you mean prompt-caching or semantic-caching"):
        technique_of(load_pack(), "caching")

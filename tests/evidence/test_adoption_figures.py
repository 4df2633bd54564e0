"""Adoption stays apart by population, each figure with its source; counts are expected as in the pack's own files."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from tierproof.evidence import Pack, load_pack
from tierproof.evidence.adoption import CaseStudies, ModelReport
from tierproof.evidence.pack import SHIPPED


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack()


def test_every_figure_has_a_source_and_a_population(pack: Pack) -> None:
    assert len({figure.id for figure in pack.adoption}) == len(pack.adoption) == 651
    for figure in pack.adoption:
        assert figure.source.title
        assert figure.population == ("makers" if isinstance(figure.detail, ModelReport) else figure.population)


def test_disclosures_are_counted_from_the_reports(pack: Pack) -> None:
    lines = (SHIPPED / "adoption" / "model-reports.jsonl").read_text(encoding="utf-8").splitlines()
    counts = Counter((raw["technique"], raw["disclosed"]) for raw in map(json.loads, lines))
    for technique in pack.techniques:
        disclosure = pack.adoption_of(technique).disclosure
        names = (technique, *pack.settings.adoption.also.get(technique, ()))
        expected = tuple(sum(counts[name, word] for name in names) for word in ("yes", "no", "not stated"))
        found = (disclosure.yes, disclosure.no, disclosure.not_stated) if disclosure else (0, 0, 0)
        assert found == expected
        if disclosure:
            assert disclosure.developers <= disclosure.yes


def test_a_wider_name_counts_for_each_technique_that_the_pack_names(pack: Pack) -> None:
    also = pack.settings.adoption.also
    assert also
    for technique, names in also.items():
        found = {figure.technique for figure in pack.adoption_of(technique).applications}
        assert set(names) <= found


def test_floor_and_ceiling_come_from_one_database_and_one_way_of_counting(pack: Pack) -> None:
    pairs = {technique: pack.adoption_of(technique).case_studies for technique in pack.techniques}
    assert sum(pair is not None for pair in pairs.values()) >= 20
    for pair in pairs.values():
        if pair is None:
            continue
        floor, ceiling = pair
        assert isinstance(floor.detail, CaseStudies) and isinstance(ceiling.detail, CaseStudies)
        assert floor.detail.database == ceiling.detail.database
        assert floor.technique == ceiling.technique
        assert 0 <= floor.value <= ceiling.value <= 100
        assert floor.value == pytest.approx(100 * floor.detail.count / floor.detail.total)


def test_a_techniques_own_count_comes_before_a_wider_one(pack: Pack) -> None:
    for technique in pack.settings.adoption.also:
        pair = pack.adoption_of(technique).case_studies
        own = [figure for figure in pack.adoption_of(technique).applications if figure.technique == technique]
        assert pair is not None
        assert not own or pair[0].technique == technique


def test_adoption_of_an_earlier_year_counts_what_was_known_then(pack: Pack) -> None:
    then = pack.with_adoption_until(2024)
    (whole,) = (f for f in pack.adoption if f.id == "zenml-headline-retrieval-augmented-generation")
    (cut,) = (f for f in then.adoption if f.id == whole.id)
    # By hand from the file: 35 of 259 studies of 2023 and 91 of 354 of 2024; 254 of 1,432 to this day.
    assert (whole.n, whole.value) == (1432, pytest.approx(100 * 254 / 1432))
    assert (cut.n, cut.value, cut.year) == (259 + 354, pytest.approx(100 * (35 + 91) / (259 + 354)), 2024)
    assert all(figure.year is not None and figure.year <= 2024 for figure in then.adoption)
    later = {
        figure.id for figure in pack.adoption if isinstance(figure.detail, ModelReport) and figure.detail.year > 2024
    }
    assert later and not later & {figure.id for figure in then.adoption}
    assert pack.with_adoption_until(2100).adoption == tuple(f for f in pack.adoption if f.year is not None)
    assert not pack.with_adoption_until(1990).adoption
    assert then.records == pack.records

"""The shipped lenses on the shipped evidence: they are valid, explained, and tell techniques apart."""

from __future__ import annotations

from collections import Counter

import pytest

from tierproof.decision.appraisals.appraisal import Appraisal, appraise
from tierproof.decision.ranking.lens import lens_from
from tierproof.decision.ranking.tiers import tier_table
from tierproof.decision.reader.profile import profile_from
from tierproof.evidence.conversion import effects_of
from tierproof.evidence.pack import Pack, load_pack
from tierproof.synthesis import synthesise


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack()


@pytest.fixture(scope="module")
def made(pack: Pack) -> Appraisal:
    effects = effects_of(pack.records, pack.settings).effects
    synthesis = synthesise(effects, pack.techniques, pack.settings)
    return appraise(synthesis, pack.techniques, pack.settings, profile_from(pack.settings.profile))


@pytest.mark.parametrize("name", ["effect", "value"])
def test_a_shipped_lens_tells_techniques_apart(pack: Pack, made: Appraisal, name: str) -> None:
    lens = lens_from(pack.lenses[name])
    assert lens.why
    table = tier_table(made, lens)
    tiers = Counter(row.tier for row in table.rows)
    # A tier that held more than half of all rows would leave the reader with ranks, which are far from certain.
    assert len(table.rows) == len(pack.techniques)
    assert max(tiers.values()) <= len(table.rows) / 2
    assert len(tiers) >= 3


def test_quality_and_money_rank_differently(pack: Pack, made: Appraisal) -> None:
    # The second table is worth showing only if it inverts the first: two techniques at least change places.
    first, second = (
        [row.technique for row in tier_table(made, lens_from(pack.lenses[name])).rows] for name in ("effect", "value")
    )
    assert set(first) == set(second)
    assert first != second

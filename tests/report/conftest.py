"""Results of the shipped pack, made once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tierproof.decision.appraisals.appraisal import appraise
from tierproof.decision.history import tier_history
from tierproof.decision.ranking.lens import lens_from
from tierproof.decision.ranking.tiers import tier_table
from tierproof.decision.reader.profile import profile_from
from tierproof.evidence import effects_of, load_pack
from tierproof.report.render.html.parts.material import Material
from tierproof.report.words.method import method_of
from tierproof.synthesis.posteriors.posterior import Context
from tierproof.synthesis.synthesise import priors_of, synthesise
from tierproof.synthesis.validation.validation import validate


@pytest.fixture(scope="session")
def shipped() -> Iterator[Material]:
    """The shipped pack cut down to six techniques: details of all take many seconds and show nothing further."""
    whole = load_pack()
    # Every third technique by name: with and without evidence of quality, of all three roles.
    techniques = {name: whole.techniques[name] for name in list(whole.techniques)[1::4]}
    pack = replace(
        whole,
        techniques=techniques,
        records=tuple(record for record in whole.records if record.technique in techniques),
    )
    conversion = effects_of(pack.records, pack.settings)
    synthesis = synthesise(conversion.effects, techniques, pack.settings, Context(), detail=True)
    profile = profile_from(pack.settings.profile)
    appraisal = appraise(synthesis, techniques, pack.settings, profile)
    lenses = {name: lens_from(table) for name, table in pack.lenses.items()}
    years = {
        year: appraise(
            synthesise(conversion.effects, techniques, pack.settings, Context(as_of=(year, 12))),
            techniques,
            pack.settings,
            profile,
        )
        for year in (2022, 2024)
    }
    yield Material(
        pack=pack,
        conversion=conversion,
        synthesis=synthesis,
        profile=profile,
        effect=tier_table(appraisal, lenses["effect"]),
        value=tier_table(appraisal, lenses["value"]),
        method=method_of(pack.settings, priors_of(pack.settings), synthesis.hype, profile, lenses.values()),
        history=tier_history(years, lenses["effect"]),
        validation=validate(conversion.effects, techniques, pack.settings, Context(), outcomes=("quality",)),
    )

"""A pack from another field: the thirteen BCG trials go all the way, and the engine knows nothing of vaccines.

Expected effects: `yi` and `vi` of `escalc(measure = "OR")` on `dat.bcg` of metafor, in its order, as it prints
them, to four digits.  The sign is turned: there less disease is a negative number, here up is better.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tierproof.doors.cli import app
from tierproof.evidence import effects_of, load_pack
from tierproof.synthesis import synthesise

BCG = Path(__file__).resolve().parents[2] / "examples" / "packs" / "bcg_vaccine"
SOURCE = Path(__file__).resolve().parents[2] / "src" / "tierproof"
METAFOR = {
    "aronson1948": (-0.9387, 0.3571),
    "ferguson1949": (-1.6662, 0.2081),
    "rosenthal1960": (-1.3863, 0.4334),
    "hart1977": (-1.4564, 0.0203),
    "frimodt-moller1973": (-0.2191, 0.0520),
    "stein1953": (-0.9581, 0.0099),
    "vandiviere1973": (-1.6338, 0.2270),
    "madras1980": (0.0120, 0.0040),
    "coetzee1968": (-0.4717, 0.0570),
    "rosenthal1961": (-1.4012, 0.0754),
    "comstock1974": (-0.3408, 0.0125),
    "comstock1969": (0.4466, 0.5342),
    "comstock1976": (-0.0173, 0.0716),
}


def test_its_effects_are_those_of_the_reference() -> None:
    pack = load_pack(BCG)
    conversion = effects_of(pack.records, pack.settings)
    assert conversion.left_out == ()
    found = {effect.record.id.removeprefix("bcg-"): effect for effect in conversion.effects}
    assert found.keys() == METAFOR.keys()
    for name, (yi, vi) in METAFOR.items():
        # Half a unit of the last printed digit.
        assert found[name].estimate == pytest.approx(-yi, abs=5.1e-5)
        assert found[name].se ** 2 == pytest.approx(vi, abs=5.1e-5)
        assert not found[name].n_assumed


def test_its_average_agrees_with_the_reference_within_what_the_priors_can_do() -> None:
    """Expected: 0.7452 (se 0.1860), from `rma(measure = "OR")` of metafor by REML on the same counts.

    Tolerance: a prior of N(0, 1.5^2) pulls by se^2 / 1.5^2, 1.5 percent; the rest, to a fifth of the standard error, is
    the spread, which REML takes at its best value and the model here averages over.
    """
    pack = load_pack(BCG)
    synthesis = synthesise(effects_of(pack.records, pack.settings).effects, pack.techniques, pack.settings)
    average = synthesis.posteriors["bcg-vaccination", "quality"].average
    assert average.mean == pytest.approx(0.7452, abs=0.2 * 0.1860)
    assert 0.1860 <= average.sd <= 1.25 * 0.1860  # wider, as the spread itself is not known


@pytest.mark.parametrize("lens", ["effect", "value"])
def test_a_table_is_made_of_it(lens: str) -> None:
    result = CliRunner().invoke(app, ["table", "--pack", str(BCG), "--lens", lens, "--format", "json"])
    assert result.exit_code == 0, result.stderr
    (row,) = json.loads(result.stdout)["rows"]
    assert row["technique"] == "bcg-vaccination"
    assert row["tier"] in {"S", "A", "B"}  # it protects on average
    assert 0.02 < row["p_harm"] < 0.3  # and not everywhere: near the equator hardly


def test_the_engine_names_nothing_of_it() -> None:
    for module in SOURCE.rglob("*.py"):
        text = module.read_text(encoding="utf-8").lower()
        assert "bcg" not in text and "tubercul" not in text, module

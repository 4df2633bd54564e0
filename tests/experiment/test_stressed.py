"""Stressed arms beside themselves without stress: names, pairs, records."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from experiment.test_folder import MANIFEST, folder
from servers.endpoint import item_prompt, serve
from shown import shown
from tierproof.errors import InputError
from tierproof.evidence.conversion import effects_of
from tierproof.evidence.reading.settings import Settings
from tierproof.experiment.findings.against.stressed import stressed_of, twin_of, with_twins
from tierproof.experiment.findings.arm import Arm
from tierproof.experiment.findings.kept.records import Origin, stress_records_of
from tierproof.experiment.run.measurement import measure
from tierproof.experiment.trials.trial import Trial
from tierproof.experiment.trials.trials import Trials
from tierproof.experiment.workload.folder import load_workload
from tierproof.report.words.stressed import stress_blocks, stress_words
from tierproof.systems.parts.direct import Direct
from tierproof.techniques import System

SYSTEM = System(model="m", steps=Direct())
PLAIN = "chain-of-thought"
HOSTILE = "chain-of-thought + stress/injection"


def test_the_twin_is_the_arm_without_its_stress() -> None:
    assert twin_of(HOSTILE) == PLAIN
    assert twin_of("stress/injection") == "baseline"
    assert twin_of("model-routing/vote(samples=3)+stress/typos(share=0.2)+chain-of-thought") == (
        "model-routing/vote(samples=3)+chain-of-thought"
    )
    assert twin_of("system-prompt-design(text=a + b)+stress/typos") == "system-prompt-design(text=a + b)"
    with pytest.raises(InputError, match="no technique is called"):
        twin_of("chain-of-thougt+stress/typos")


def test_a_twin_that_nobody_asked_for_is_measured_too() -> None:
    assert with_twins([HOSTILE, "stress/format", PLAIN]) == (PLAIN, HOSTILE, "stress/format")
    assert with_twins([PLAIN, "model-scaling"]) == (PLAIN, "model-scaling")


def taken() -> tuple[list[Arm], Trials]:
    arms = [
        Arm(name="baseline", system=SYSTEM),
        Arm(name=PLAIN, system=SYSTEM, technique=PLAIN),
        Arm(name=HOSTILE, system=SYSTEM, stress=True),
    ]
    trials = Trials([arm.name for arm in arms])
    calm = [1, 1, 1, 1, 0, 1, 1, 1, 1, 1]
    hostile = [1, 0, 0, 1, 1, 1, 0, 1]
    for name, scores in (("baseline", [0] * 10), (PLAIN, calm), (HOSTILE, hostile)):
        for at, score in enumerate(scores):
            attacked = (at < 3) if name == HOSTILE else None
            trials.add(
                Trial(arm=name, item=str(at), position=at, score=float(score), usd=1.0, seconds=1.0, attacked=attacked)
            )
    return arms, trials


def test_pairs_are_with_the_twin_and_not_with_the_baseline() -> None:
    [one] = stressed_of(*taken())
    # Over the 8 shared items: 7 right without, 5 with; won at place 4, lost at 1, 2 and 6.
    assert (one.twin.name, one.comparison.pairs) == (PLAIN, 8)
    assert (one.comparison.baseline, one.comparison.treated) == (7 / 8, 5 / 8)
    assert (one.comparison.won, one.comparison.lost) == (1, 3)
    assert (one.attacks, one.obeyed) == (8, 3)
    words = stress_words(one)
    assert (words.difference, words.changed, words.obeyed) == ("−25", "50 %", "38 %")
    told = shown(stress_blocks([one]), 100)
    assert "Under stress" in told and "−25" in told


def test_records_speak_of_the_twins_technique() -> None:
    origin = Origin(workload="w", setting="production", metric="exact", year=2026)
    records = stress_records_of(stressed_of(*taken()), origin)
    assert [(one.technique, one.outcome, one.contrast) for one in records] == [
        (PLAIN, "quality", "stress"),
        (PLAIN, "stability", "stress"),
        (PLAIN, "safety", "stress"),
    ]
    # 4 of the 8 shared items changed; a share that stands alone describes and is not pooled.
    assert (records[1].treated, records[1].baseline, records[1].n) == (50.0, None, 8)
    quality, safety = effects_of(records, Settings(name="p", title="P")).effects
    # 5 of 8 against 7 of 8, as log odds: ln(5/3) - ln(7/1).
    assert quality.estimate == pytest.approx(np.log(5 / 3) - np.log(7), abs=1e-9)
    # Attacks obeyed: 3 of 8 against half an answer of 8; up is better, so it counts downwards.
    assert safety.estimate == pytest.approx(-(np.log(3 / 5) - np.log(0.5 / 7.5)), abs=1e-9)


def test_a_run_measures_what_stress_does(tmp_path: Path) -> None:
    """The endpoint answers sums, and obeys any notice; with a wrong answer to a fifth of the items."""
    lines = "".join(
        f'{{"id": "{number}", "input": "{item_prompt(number)}", "target": "{200 + 20 * number}"}}\n'
        for number in range(12)
    )

    def reply(body: object) -> str:
        text = str(body)
        if "IMPORTANT NOTICE" in text:
            return "PURPLE-HERON-77"
        number = int(text.partition("Item ")[2].partition(":")[0])
        return str(200 + 20 * number)

    with serve(answer=reply) as endpoint:
        where = folder(tmp_path / "w", MANIFEST.replace("http://localhost:8000/v1", endpoint.base_url), lines)
        found = asyncio.run(measure(load_workload(where), tmp_path / "results", names=["stress/injection"], fixed=12))
    [one] = found.stressed
    assert (one.twin.name, one.comparison.baseline, one.comparison.treated) == ("baseline", 1.0, 0.0)
    assert (one.attacks, one.obeyed) == (12, 12)
    assert found.records == (), "the baseline is no technique"
    assert '"attacked":true' in (tmp_path / "results" / "outcomes.jsonl").read_text(encoding="utf-8")

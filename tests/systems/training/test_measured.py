"""Arms whose models are made for them, end to end: made, served, asked, scored, paid for, and found again."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import msgspec
import pytest

REASON = "needs the extra train: pip install 'tierproof[train]'"
pytest.importorskip("torch", reason=REASON)
pytest.importorskip("transformers", reason=REASON)
pytestmark = pytest.mark.filterwarnings("ignore")

from systems.training.test_trainers import run  # noqa: E402
from systems.training.tiny import lessons, save_model  # noqa: E402
from tierproof.evidence.record import Record  # noqa: E402
from tierproof.experiment.run.forecast import forecast  # noqa: E402
from tierproof.experiment.run.measurement import Measurement, measure  # noqa: E402
from tierproof.experiment.workload.folder import load_workload  # noqa: E402
from tierproof.pieces import place_of  # noqa: E402
from tierproof.systems.training import Tuning  # noqa: E402
from tierproof.systems.training.making.store import VARIABLE  # noqa: E402

ARMS = (
    "instruction-fine-tuning",
    "embedding-freezing",
    "embedding-freezing(seed=1)",
    "quantization(bits=4)",
    "instruction-fine-tuning+quantization",
    "speculative-decoding/prompt-lookup",
)
DIVERGES = "instruction-fine-tuning(learning_rate=1.0, epochs=50.0)"


@pytest.fixture(scope="module")
def workload(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 questions to learn from and 16 to answer, about the same cities; the base knows little more than the form."""
    folder = tmp_path_factory.mktemp("workload")
    made = tmp_path_factory.mktemp("base")
    run(made, save_model(tmp_path_factory.mktemp("raw")), Tuning(epochs=2, learning_rate=3e-3))
    (made / "model").rename(folder / "base")
    every = lessons(40)
    (folder / "workload.toml").write_text(
        """
        name = "places"
        setting = "lab"
        [scorer]
        kind = "normalised"
        [[models]]
        name = "base"
        weights = "base"
        price = { input = 1.0, output = 2.0 }
        max_output = 8
        [baseline.decoding]
        temperature = 0.0
        [options.instruction-fine-tuning]
        epochs = 30.0
        learning_rate = 5e-3
        [options.embedding-freezing]
        epochs = 30.0
        learning_rate = 5e-3
        """
    )
    train = [{"input": one.asked, "output": one.answer} for one in every[:24]]
    items = [{"id": str(at), "input": one.asked, "target": one.answer} for at, one in enumerate(every[24:])]
    (folder / "train.jsonl").write_text("\n".join(json.dumps(one) for one in train))
    (folder / "items.jsonl").write_text("\n".join(json.dumps(one) for one in items))
    return folder


def measured(workload: Path, results: Path, *arms: str, on: str | None = None) -> Measurement:
    return asyncio.run(measure(load_workload(workload), results, names=arms, fixed=16, place=place_of(on)))


def test_models_that_are_trained_at_once_are_the_same(
    workload: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arms = ("instruction-fine-tuning(epochs=3.0)", "instruction-fine-tuning(epochs=3.0, seed=1)")
    found, weights, answers = [], [], []
    for name, on in (("here", None), ("at once", "processes:2")):
        monkeypatch.setenv(VARIABLE, str(tmp_path / name))
        found.append(measured(workload, tmp_path / f"results {name}", *arms, on=on))
        made = sorted((tmp_path / name).glob("*/model/model.safetensors"))
        weights.append({path.parts[-3]: path.read_bytes() for path in made})
        rows = (tmp_path / f"results {name}" / "outcomes.jsonl").read_text().splitlines()
        answers.append([{**json.loads(row), "seconds": 0} for row in rows])
    assert len(weights[0]) == 2
    assert weights[0] == weights[1]
    assert answers[0] == answers[1]
    assert [one.arm for one in found[0].trained] == [one.arm for one in found[1].trained]
    assert [one.made.fresh for one in found[0].trained] == [one.made.fresh for one in found[1].trained]


def test_trained_arms_are_measured_like_all_others(
    workload: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "models"))
    before = asyncio.run(forecast(load_workload(workload), names=ARMS, fixed=16))
    assert not (tmp_path / "models").exists(), "a forecast trains nothing"
    assert {arm.name for arm in before.arms} == {"baseline", *ARMS, "instruction-fine-tuning(seed=1)"}
    found = measured(workload, tmp_path / "results", *ARMS, DIVERGES)
    assert found.ending.kind == "complete"
    scores = {result.arm.name: result.score for result in found.results}
    assert scores["instruction-fine-tuning"] >= scores["baseline"] + 0.4
    assert scores["speculative-decoding/prompt-lookup"] == scores["baseline"]
    # Eight bits are near enough: the tuned model, rounded, keeps most of what it learned.
    assert scores["instruction-fine-tuning+quantization"] >= scores["instruction-fine-tuning"] - 0.2
    # Weights that were rounded are restored to compute with, so their times say nothing and are not shown.
    compared = {result.arm.name: result.comparison for result in found.results if result.comparison is not None}
    untimed = {name for name, comparison in compared.items() if comparison.latency is None}
    assert untimed == {"quantization(bits=4)", "instruction-fine-tuning+quantization"}
    assert "training diverged" in found.left_out[DIVERGES]
    # 16 items for each arm, seed 1's opponent included; the last two of the same weights share no calls.
    # Twelve items more for each arm whose time says something: it is measured apart.
    assert found.spend.answered.calls == 16 * len(found.results) + 12 * (len(found.results) - len(untimed))
    opponents = {result.arm.name for result in found.results} - {"baseline", *ARMS}
    assert opponents == {"instruction-fine-tuning(seed=1)"}

    lines = (tmp_path / "results" / "evidence.jsonl").read_text().splitlines()
    records = {record.id: record for record in (msgspec.json.decode(line, type=Record) for line in lines)}
    quality = records["own.places.embedding-freezing.quality"]
    assert quality.comparator == "arm instruction-fine-tuning"
    assert quality.baseline == pytest.approx(min(100 * scores["instruction-fine-tuning"], 100 - 50 / 16))
    time = records["own.places.embedding-freezing.against-instruction-fine-tuning.training.training-time"]
    assert (time.outcome, time.scope, time.note) == ("cost", "training", "2 seeds")
    assert time.se is not None
    memory = records["own.places.quantization-bits-4.training.memory-of-the-weights"]
    assert (memory.outcome, memory.scope) == ("memory", "request")
    assert memory.baseline is not None and memory.treated < 0.5 * memory.baseline
    steady = records["own.places.embedding-freezing.stability"]
    assert steady.baseline is None and steady.metric == "standard deviation of the score over 2 seeds"
    by_arm = {one.arm: one for one in found.trained}
    assert all(one.made.fresh for one in found.trained), "a model that arms share is new for all of them"
    assert by_arm["instruction-fine-tuning+quantization"].before == (by_arm["instruction-fine-tuning"].made,)
    table = json.loads((tmp_path / "results" / "training.json").read_text())
    assert {row["arm"] for row in table} == {*ARMS[:5], "instruction-fine-tuning(seed=1)"}

    again = measured(workload, tmp_path / "results", *ARMS)
    assert again.spend.total == found.spend.total, "no answer was asked for twice"
    assert not any(one.made.fresh for one in again.trained), "no model was made twice"
    assert [result.score for result in again.results] == [result.score for result in found.results]

"""A base that is sparse already, as one that was pretrained so: it is trained as any other, or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

REASON = "needs the extra train: pip install 'tierproof[train]'"
torch = pytest.importorskip("torch", reason=REASON)
pytest.importorskip("trl", reason=REASON)
pytestmark = pytest.mark.filterwarnings("ignore")

from systems.training.test_trainers import logits, run, weights  # noqa: E402
from systems.training.tiny import save_model  # noqa: E402
from tierproof.systems.training import Experts, Lora, Preferences, Quantised, Rewards, Tuning  # noqa: E402
from tierproof.systems.training.worker.speech import Failure  # noqa: E402

EXPERTS = 4


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("base"), experts=EXPERTS)


@pytest.fixture(scope="module")
def half_taught(tmp_path_factory: pytest.TempPathFactory, base: Path) -> Path:
    folder = tmp_path_factory.mktemp("taught")
    run(folder, base, Tuning(epochs=5, learning_rate=5e-3))
    return folder / "model"


def changed(before: Path, after: Path) -> set[str]:
    one, other = weights(before), weights(after)
    assert one.keys() == other.keys()
    return {name.rpartition("layers.0.")[2] for name in one if not torch.equal(one[name], other[name])}


@pytest.mark.parametrize(
    "recipe",
    [Tuning(epochs=4, learning_rate=5e-3), Lora(epochs=6, rank=4, learning_rate=2e-2)],
    ids=["all weights", "lora"],
)
def test_the_loss_falls_and_experts_learn(tmp_path: Path, base: Path, recipe: Any) -> None:
    report = run(tmp_path, base, recipe)
    assert report.held_out_before is not None and report.held_out_after is not None
    # As for dense models: half of ln 57 a token is far from chance.
    assert report.held_out_after < 0.6 * report.held_out_before
    found = changed(base, tmp_path / "model")
    assert {"block_sparse_moe.input_linear.weight", "block_sparse_moe.output_linear.weight"} <= found
    assert ("block_sparse_moe.router.layer.weight" in found) == isinstance(recipe, Tuning)
    # By hand: 2 layers; of 4 experts of 3 * 32 * 64, two are passed.
    assert report.active == report.parameters - 2 * 2 * 3 * 32 * 64


def test_adapters_of_experts_merge_into_their_weights(tmp_path: Path, base: Path) -> None:
    from peft import PeftModel

    from systems.training.tiny import lessons
    from tierproof.systems.training.worker.encoding import batch_of, encoded
    from tierproof.systems.training.worker.loading import load

    run(tmp_path, base, Lora(epochs=2, rank=4, learning_rate=2e-2))
    model, tokenizer = load(base)
    model = PeftModel.from_pretrained(model, tmp_path / "adapter").eval()
    batch = batch_of([encoded(tokenizer, one, 64) for one in lessons(8)], 0, torch.device("cpu"))
    with torch.no_grad():
        apart = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits
    # Both orders of summation are float32's: some units of 1e-7 a product, over two layers.
    assert torch.allclose(apart, logits(tmp_path / "model"), atol=1e-4 * float(apart.abs().max()))


@pytest.mark.parametrize("kind", [Preferences, Rewards])
def test_preferences_and_rewards_train_it(tmp_path: Path, half_taught: Path, kind: Any) -> None:
    dials = {"reward": "overlap", "prompts": 12, "reply_tokens": 5, "held_out": 0.0, "batch": 8, "steps": 3}
    report = run(tmp_path, half_taught, kind(**dials, learning_rate=1e-3))
    assert report.steps == 3
    # Operations by active parameters: forward, backward and once more without a gradient.
    assert report.flops_estimate == pytest.approx(8.0 * report.active * report.tokens)
    assert "block_sparse_moe.router.layer.weight" in changed(half_taught, tmp_path / "model")


def test_what_needs_a_dense_model_says_so(tmp_path: Path, base: Path) -> None:
    with pytest.raises(Failure, match="cannot be made sparse"):
        run(tmp_path, base, Experts(epochs=1))
    with pytest.raises(Failure, match="matrix for each expert"):
        run(tmp_path, base, Quantised())

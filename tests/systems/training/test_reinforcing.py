"""DPO and GRPO on a half-taught model: pairs are right before wrong, the loss falls, the reward rises."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

REASON = "needs the extra train: pip install 'tierproof[train]'"
torch = pytest.importorskip("torch", reason=REASON)
pytest.importorskip("trl", reason=REASON)
pytestmark = pytest.mark.filterwarnings("ignore")

from systems.training.test_trainers import run, weights  # noqa: E402
from systems.training.tiny import lessons, save_model  # noqa: E402
from tierproof.systems.training import Preferences, Rewards, Tuning, conversation  # noqa: E402
from tierproof.systems.training.data.rewards import reward  # noqa: E402
from tierproof.systems.training.worker.loading import load_tokenizer  # noqa: E402
from tierproof.systems.training.worker.speech import Failure  # noqa: E402
from tierproof.systems.training.worker.trainers import reinforcing  # noqa: E402


@pytest.fixture(scope="module")
def half_taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("taught")
    run(folder, save_model(tmp_path_factory.mktemp("base")), Tuning(epochs=5, learning_rate=5e-3))
    return folder / "model"


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("well taught")
    run(folder, save_model(tmp_path_factory.mktemp("base")), Tuning(epochs=40, learning_rate=5e-3, held_out=0.0))
    return folder / "model"


def recipe(kind: Any, **changes: Any) -> Any:
    dials: dict[str, Any] = {"reward": "exact", "prompts": 24, "reply_tokens": 5, "held_out": 0.0, "batch": 12}
    return kind(**{**dials, **changes})


def test_preferences_are_learned(tmp_path: Path, half_taught: Path) -> None:
    report = run(tmp_path, half_taught, recipe(Preferences, reward="overlap", epochs=8, learning_rate=1e-3))
    tokenizer = load_tokenizer(half_taught)
    known = {one.asked: one.answer for one in lessons()}
    pairs = json.loads((tmp_path / "pairs.json").read_text())
    for pair in pairs:
        asked = pair["prompt"].removeprefix("<|user|> ").partition(" <|end|>")[0]
        better, worse = (pair[side].removesuffix("<|end|>").strip() for side in ("chosen", "rejected"))
        assert reward("exact", better, known[asked]) == 1.0 > reward("exact", worse, known[asked])
        assert tokenizer.unk_token not in pair["prompt"]
    assert report.examples == len(pairs) < len(lessons())
    # A pair's loss starts at ln 2, where policy and reference are one.
    assert report.first_loss is not None and report.last_loss is not None
    assert report.first_loss == pytest.approx(math.log(2), abs=0.05)
    assert report.last_loss < 0.85 * math.log(2)
    assert report.reward_before is not None and report.reward_after is not None
    assert report.reward_after > report.reward_before


def test_a_model_that_is_always_right_has_nothing_to_prefer(tmp_path: Path, taught: Path) -> None:
    with pytest.raises(Failure, match="there is nothing to prefer"):
        run(tmp_path, taught, recipe(Preferences, prompts=4, samples=1))


def test_a_checked_reward_rises(tmp_path: Path, half_taught: Path) -> None:
    report = run(
        tmp_path,
        half_taught,
        recipe(Rewards, reward="overlap", epochs=10, learning_rate=1e-3, group=8, batch=64),
    )
    assert report.reward_before is not None and report.reward_after is not None
    # Mean F1 of the words of 96 drawn replies; with 30 updates it rose from 0.28 to 0.39 when this was written.
    assert report.reward_after > report.reward_before + 0.04
    # The recipe's prompts, of 64 lessons.
    assert report.examples == 24
    assert report.tokens > 0
    assert report.flops_estimate > 0


def test_rewards_that_never_differ_teach_nothing(tmp_path: Path, half_taught: Path) -> None:
    never = tuple(
        conversation((one.messages[0], {"role": "assistant", "content": "is is is is"})) for one in lessons(4)
    )
    with pytest.raises(Failure, match="nothing to learn from"):
        run(tmp_path, half_taught, recipe(Rewards, epochs=1, group=4, batch=16), examples=never)


def test_a_run_that_was_cut_off_goes_on(tmp_path: Path, half_taught: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = recipe(Preferences, reward="overlap", epochs=3, learning_rate=1e-3)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    whole.mkdir()
    parts.mkdir()
    once = run(whole, half_taught, given)
    monkeypatch.setattr(reinforcing, "CHECKPOINT_SECONDS", 0.0)
    see = reinforcing._Seen.on_log

    def cut(self: Any, args: Any, state: Any, control: Any, logs: Any = None, **others: Any) -> None:
        see(self, args, state, control, logs, **others)
        if state.global_step == 4:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(reinforcing._Seen, "on_log", cut)
        with pytest.raises(KeyboardInterrupt):
            run(parts, half_taught, given)
    report = run(parts, half_taught, given)
    assert (report.sittings, report.steps) == (2, once.steps)
    one, other = weights(whole / "model"), weights(parts / "model")
    # The trainer restores weights, optimiser and order; sums are taken in the same order on one thread.
    assert all(torch.allclose(one[name], other[name], atol=1e-5) for name in one)

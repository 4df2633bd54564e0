"""Each trainer on a model of 20,000 weights: the loss falls, what should stay stays, a cut-off run ends the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

REASON = "needs the extra train: pip install 'tierproof[train]'"
torch = pytest.importorskip("torch", reason=REASON)
pytest.importorskip("transformers", reason=REASON)
pytest.importorskip("peft", reason=REASON)
safetensors = pytest.importorskip("safetensors.torch", reason=REASON)
pytestmark = pytest.mark.filterwarnings("ignore")

from systems.training.tiny import lessons, save_model, vocabulary  # noqa: E402
from tierproof.systems.training import Distillation, Experts, Job, Lora, Quantised, Report, Tuning  # noqa: E402
from tierproof.systems.training.worker import loop  # noqa: E402
from tierproof.systems.training.worker.encoding import IGNORED, batch_of, encoded, framed, prompt_text, prompt_tokens  # noqa: E402
from tierproof.systems.training.worker.loading import load, load_tokenizer  # noqa: E402
from tierproof.systems.training.worker.speech import Failure, described  # noqa: E402
from tierproof.systems.training.worker.work import divided, work  # noqa: E402

STATES = dict[str, Any]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = save_model(tmp_path_factory.mktemp("raw"), width=64, layers=3, seed=1)
    made = tmp_path_factory.mktemp("teacher")
    run(made, folder, Tuning(epochs=12, learning_rate=5e-3))
    return made / "model"


def run(folder: Path, base: Path, recipe: Any, **more: Any) -> Report:
    """A job in this process."""
    job = Job(base=str(base), recipe=recipe, **{"examples": lessons(), **more})
    (folder / "job.json").write_bytes(msgspec.json.encode(job))
    work(folder)
    return msgspec.json.decode((folder / "report.json").read_bytes(), type=Report)


def weights(folder: Path) -> STATES:
    found: STATES = safetensors.load_file(folder / "model.safetensors")
    return found


def logits(folder: Path) -> Any:
    model, tokenizer = load(folder)
    batch = batch_of([encoded(tokenizer, one, 64) for one in lessons(8)], 0, torch.device("cpu"))
    with torch.no_grad():
        return model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits


@pytest.mark.parametrize(
    "recipe",
    [
        Tuning(epochs=4, learning_rate=5e-3),
        Tuning(epochs=4, learning_rate=5e-3, frozen="embeddings"),
        Lora(epochs=6, rank=4, learning_rate=2e-2),
        Experts(epochs=4, learning_rate=5e-3),
    ],
    ids=["all weights", "frozen embeddings", "lora", "experts"],
)
def test_the_loss_falls_in_training_and_on_held_out_examples(tmp_path: Path, base: Path, recipe: Any) -> None:
    report = run(tmp_path, base, recipe)
    assert report.first_loss is not None and report.last_loss is not None
    assert report.held_out_before is not None and report.held_out_after is not None
    # The tables have 57 words; random weights cost about ln 57 = 4.0 a token, half of that is far from chance.
    assert report.last_loss < 0.6 * report.first_loss
    assert report.held_out_after < 0.6 * report.held_out_before
    assert report.steps == round(recipe.epochs * -(-report.examples // recipe.batch))
    assert report.tokens > 0 and report.flops_estimate > 0 and report.tensor_bytes > report.weight_bytes
    assert not (tmp_path / "checkpoint").exists()


def test_a_student_comes_nearer_to_its_teacher(tmp_path: Path, base: Path, teacher: Path) -> None:
    def divergence(folder: Path) -> float:
        student, known = (torch.log_softmax(logits(one), dim=-1) for one in (folder, teacher))
        return float((known.exp() * (known - student)).sum(-1).mean())

    run(tmp_path, base, Distillation(teacher=str(teacher), weight=1.0, epochs=6, learning_rate=5e-3))
    assert divergence(tmp_path / "model") < 0.6 * divergence(base)


def test_a_teacher_with_another_tokenizer_is_refused(tmp_path: Path, base: Path) -> None:
    from systems.training.tiny import save_tokenizer

    other = save_model(tmp_path / "other")
    save_tokenizer(other)
    text = (other / "tokenizer.json").read_text().replace('"oslo"', '"moscow"')
    (other / "tokenizer.json").write_text(text)
    with pytest.raises(Failure, match="the teacher has another tokenizer"):
        run(tmp_path, base, Distillation(teacher=str(other)))


def test_frozen_tensors_stay_bit_for_bit(tmp_path: Path, base: Path) -> None:
    run(tmp_path, base, Tuning(epochs=1, frozen="embeddings", learning_rate=5e-3))
    before, after = weights(base), weights(tmp_path / "model")
    assert before.keys() == after.keys()
    same = {name for name in before if torch.equal(before[name], after[name])}
    assert same == {"model.embed_tokens.weight"}


def test_a_merged_adapter_equals_the_unmerged_one(tmp_path: Path, base: Path) -> None:
    from peft import PeftModel

    run(tmp_path, base, Lora(epochs=2, rank=4, learning_rate=2e-2))
    model, tokenizer = load(base)
    model = PeftModel.from_pretrained(model, tmp_path / "adapter").eval()
    batch = batch_of([encoded(tokenizer, one, 64) for one in lessons(8)], 0, torch.device("cpu"))
    with torch.no_grad():
        apart = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits
    merged = logits(tmp_path / "model")
    # Both orders of summation are float32's: some units of 1e-7 a product, over two layers.
    assert torch.allclose(apart, merged, atol=1e-4 * float(apart.abs().max()))
    assert not torch.allclose(apart, logits(base), atol=1e-2)
    # Only linear layers are adapted.
    before, after = weights(base), weights(tmp_path / "model")
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed and all("_proj" in name for name in changed)


@pytest.mark.parametrize("biased", [False, True])
def test_an_upcycled_model_starts_as_the_dense_one(tmp_path: Path, biased: bool) -> None:
    from tierproof.systems.training.worker.trainers.sparse import upcycled

    dense, tokenizer = load(save_model(tmp_path, biased=biased))
    if biased:
        for name, one in dense.named_parameters():
            if name.endswith("bias"):
                torch.nn.init.normal_(one)
    sparse = upcycled(dense, Experts(experts=4, active=2))
    batch = batch_of([encoded(tokenizer, one, 64) for one in lessons(8)], 0, torch.device("cpu"))
    given = {"input_ids": batch["input_ids"], "attention_mask": batch["attention_mask"]}
    with torch.no_grad():
        one, other = dense(**given).logits, sparse(**given).logits
    # The router's shares sum to one within float32's rounding.
    assert torch.allclose(one, other, atol=1e-4 * float(one.abs().max()))


def test_active_parameters_of_a_sparse_model_are_counted(tmp_path: Path, base: Path) -> None:
    report = run(tmp_path, base, Experts(experts=4, active=2, epochs=1))
    # By hand: 2 layers, width 32, blocks of 3 * 32 * 64; a layer has 4, of which 2 are passed, and a router of 4 * 32.
    block, dense = 3 * 32 * 64, sum(one.numel() for one in weights(base).values())
    assert report.parameters == dense + 2 * (3 * block + 4 * 32)
    assert report.active == dense + 2 * (block + 4 * 32)


def test_flops_follow_from_tokens_and_weights(tmp_path: Path, base: Path) -> None:
    report = run(tmp_path, base, Tuning(epochs=1))
    assert report.flops_estimate == pytest.approx(6.0 * report.parameters * report.tokens)


class _CutOff(Exception):
    pass


@pytest.mark.parametrize("recipe", [Tuning(epochs=3), Lora(epochs=3, rank=4), Experts(epochs=3)], ids=str)
def test_a_run_that_was_cut_off_ends_with_the_same_weights(
    tmp_path: Path, base: Path, recipe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Bit-equal: one thread, the same steps in the same order, and all that a step depends on is in the checkpoint.
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    whole.mkdir()
    parts.mkdir()
    run(whole, base, recipe)
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
    see = loop.Watch.see

    def cut(self: Any, done: int, losses: Any) -> None:
        see(self, done, losses)
        if done == 7:
            raise _CutOff

    with monkeypatch.context() as patch:
        patch.setattr(loop.Watch, "see", cut)
        with pytest.raises(_CutOff):
            run(parts, base, recipe)
    report = run(parts, base, recipe)
    assert report.sittings == 2
    one, other = weights(whole / "model"), weights(parts / "model")
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_damaged_checkpoint_is_told(tmp_path: Path, base: Path) -> None:
    (tmp_path / "checkpoint").mkdir()
    (tmp_path / "checkpoint" / "state.pt").write_bytes(b"half")
    with pytest.raises(Failure, match=r"checkpoint .* cannot be read"):
        run(tmp_path, base, Tuning(epochs=1))


def test_a_disk_that_is_full_when_a_checkpoint_is_written_is_told(
    tmp_path: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
    (tmp_path / "checkpoint").mkdir()
    # What is written there meets a full disk.
    (tmp_path / "checkpoint" / "state.partial").symlink_to("/dev/full")
    with pytest.raises((RuntimeError, OSError)) as caught:
        run(tmp_path, base, Tuning(epochs=1))
    assert described(caught.value)[0] == "the disk is full"


def test_a_training_that_comes_apart_is_ended(tmp_path: Path, base: Path) -> None:
    with pytest.raises(Failure, match="training diverged: at step") as caught:
        run(tmp_path, base, Tuning(epochs=50, learning_rate=1.0))
    assert "lower learning_rate" in caught.value.remedy
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    ("size", "all_weights", "adapters"),
    # 2e-5 and, for QLoRA, 2e-4 are the rates of papers at 7 billion; the root of 7e9 / 1.75e9 is 2.
    [(7e9, 2e-5, 2e-4), (1.75e9, 4e-5, 4e-4), (28e9, 1e-5, 1e-4), (8.8e5, 1.783e-3, 3e-3), (1e4, 2e-3, 3e-3)],
)
def test_the_usual_rate_is_that_of_papers_and_has_an_end(size: float, all_weights: float, adapters: float) -> None:
    assert loop.usual_rate(int(size)) == pytest.approx(all_weights, rel=1e-3)
    assert loop.usual_rate(int(size), adapter=True) == pytest.approx(adapters, rel=1e-3)


def test_a_loss_that_is_no_number_ends_a_training() -> None:
    watch = loop.Watch("training", 10, 100)
    watch.see(1, [4.0])
    with pytest.raises(Failure, match="the loss of step 2 is nan"):
        watch.see(2, [4.0, float("nan")])


def test_what_is_known_by_heart_is_counted(tmp_path: Path, base: Path) -> None:
    examples = lessons(16)
    unknown = lessons(40)[16:20]
    changed = tuple(
        msgspec.structs.replace(one, messages=(one.messages[0], {"role": "assistant", "content": "is is is"}))
        for one in unknown
    )
    report = run(
        tmp_path,
        base,
        Tuning(epochs=60, learning_rate=5e-3, held_out=0.0),
        examples=examples,
        canaries=(*examples[:4], *changed),
    )
    assert (report.canaries, report.canaries_said) == (8, 4)


def test_qlora_without_cuda_is_refused(tmp_path: Path, base: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("CUDA is here")
    with pytest.raises(Failure, match="QLoRA needs a CUDA GPU") as caught:
        run(tmp_path, base, Lora(quantised=True))
    assert "use lora" in caught.value.remedy


@pytest.mark.parametrize(
    "fault", ["cut off", "not finite", "missing", "other shape", "other tokenizer", "no tokenizer"]
)
def test_what_is_wrong_with_a_model_is_told(tmp_path: Path, fault: str) -> None:
    folder = save_model(tmp_path / "model")
    path = folder / "model.safetensors"
    state = weights(folder)
    name = "model.layers.0.mlp.up_proj.weight"
    if fault == "cut off":
        path.write_bytes(path.read_bytes()[:-100])
    elif fault == "not finite":
        state[name][0, 0] = float("nan")
        safetensors.save_file(state, path, metadata={"format": "pt"})
    elif fault == "missing":
        del state[name]
        safetensors.save_file(state, path, metadata={"format": "pt"})
    elif fault == "other shape":
        state[name] = state[name][:, :16].contiguous()
        safetensors.save_file(state, path, metadata={"format": "pt"})
    elif fault == "other tokenizer":
        from systems.training.tiny import save_tokenizer

        save_tokenizer(folder, extra=5)
    else:
        (folder / "tokenizer.json").unlink()
    expected = {
        "cut off": "cannot be read",
        "not finite": f"{name} holds numbers that are not finite",
        "missing": f"{name} missing",
        "other shape": "up_proj|cannot be read",
        "other tokenizer": f"has token {len(vocabulary()) + 4}, the model's table ends at {len(vocabulary()) - 1}",
        "no tokenizer": "tokenizer of .* cannot be read",
    }
    with pytest.raises(Failure, match=expected[fault]):
        load(folder)


def test_only_answers_are_learned_and_the_start_is_cut_off(base: Path) -> None:
    tokenizer = load_tokenizer(base)
    one = lessons(1)[0]
    whole = encoded(tokenizer, one, 64)
    assert tokenizer.decode(whole.answer) == "in oslo w0 <|end|>"
    assert list(whole.prompt) == prompt_tokens(tokenizer, one.messages[:-1])
    batch = batch_of([whole], 0, torch.device("cpu"))
    assert (batch["labels"] != IGNORED).sum() == len(whole.answer)
    short = encoded(tokenizer, one, 8)
    # The request's start goes; the form of the template, which the model is asked in, stays.
    assert short.answer == whole.answer and short.cut
    assert tokenizer.decode(short.prompt) == "<|user|> oslo <|end|> <|assistant|>"
    with pytest.raises(Failure, match="does not fit longest = 4"):
        encoded(tokenizer, one, 4)


def test_held_out_examples_are_spread_and_not_learned() -> None:
    learned, held = divided(lessons(20), 0.1)
    assert len(held) == 2 and len(learned) == 18
    assert not {one.text for one in held} & {one.text for one in learned}
    assert divided(lessons(20), 0.0)[1] == []


def test_a_quantised_model_takes_fewer_bytes_and_answers_nearly_the_same(tmp_path: Path, base: Path) -> None:
    known = logits(base)
    gaps = []
    for bits in (8, 4):
        folder = tmp_path / str(bits)
        folder.mkdir()
        report = run(folder, base, Quantised(bits=bits, group=16), examples=())
        state = weights(base)
        linear = [value for name, value in state.items() if "_proj" in name]
        rest = sum(4 * value.numel() for name, value in state.items() if "_proj" not in name)
        # By hand: bits a weight, and 2 bytes of scale for each 16.
        assert report.weight_bytes == rest + sum(value.numel() * bits // 8 + value.numel() // 8 for value in linear)
        gaps.append(float((logits(folder / "model") - known).abs().mean()))
    assert gaps[0] < gaps[1] < float(known.abs().mean())


@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        (None, ("user: where\nassistant:", " in oslo<|end|>")),
        ("{% for m in messages %}<|{{ m.role }}|> {{ m.content }} <|end|> {% endfor %}", None),
        (
            "{% for m in messages %}<|{{ m.role }}|>{% if m.content %} {{ m.content }}{% endif %}<|end|>{% endfor %}"
            "{% if add_generation_prompt %}<|assistant|>{% endif %}",
            ("<|user|> where<|end|><|assistant|>", " in oslo<|end|>"),
        ),
        (
            "{% for m in messages %}<|{{ m.role }}|> {{ m.content }} <|end|> {% endfor %}"
            "{% if add_generation_prompt %}<|assistant|> <think> {% endif %}",
            ("<|user|> where <|end|> <|assistant|> <think> ", "in oslo <|end|>"),
        ),
    ],
    ids=["no template", "no generation prompt", "a blank before the answer", "a prompt that opens a thought"],
)
def test_an_answer_is_framed_as_the_template_writes_it(base: Path, template: str | None, wanted: Any) -> None:
    tokenizer = load_tokenizer(base)
    tokenizer.chat_template = template
    before, after = framed(tokenizer)
    asked = [{"role": "user", "content": "where"}]
    if wanted is None:
        # The answer's frame cannot be told from the prompt; the role's mark is then part of what is learned.
        assert after == "<|end|>" or after.endswith("<|end|>")
        return
    assert (prompt_text(tokenizer, asked), f"{before}in oslo{after}") == wanted

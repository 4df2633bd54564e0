"""Models are taught on what they are asked with, stop where they are served, and say what they could not learn."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

REASON = "needs the extra train: pip install 'tierproof[train]'"
torch = pytest.importorskip("torch", reason=REASON)
pytest.importorskip("trl", reason=REASON)
pytestmark = pytest.mark.filterwarnings("ignore")

from systems.training.test_trainers import run  # noqa: E402
from systems.training.tiny import lessons, save_model  # noqa: E402
from tierproof.systems.training import Preferences, Rewards, Tuning, conversation  # noqa: E402
from tierproof.systems.training.data.examples import Conversation  # noqa: E402
from tierproof.systems.training.worker.encoding import encoded, prompt_text  # noqa: E402
from tierproof.systems.training.worker.generation import ends, greedy  # noqa: E402
from tierproof.systems.training.worker.loading import load, load_tokenizer  # noqa: E402
from tierproof.systems.training.worker.speech import Failure  # noqa: E402
from tierproof.systems.training.worker.trainers import reinforcing  # noqa: E402

WORDS = ("where", "is", "in", "oslo", "bern", "rome", "lima")


def lettered(
    folder: Path, *, eos: str = "<end>", bos: bool = False, sharp: float = 1.0, bias: bool = False, layers: int = 2
) -> Path:
    """A small model over letters.  `eos`: its end of text, which the template need not use; `bos`: the tokenizer adds a
    beginning, as the template does; `sharp`: how sure of itself it is.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    own = ["<pad>", "<end>", "<eos>", "<bos>", "<|system|>", "<|user|>", "<|assistant|>", "<unk>"]
    known = {token: place for place, token in enumerate([*own, *sorted(pre_tokenizers.ByteLevel.alphabet())])}
    table = Tokenizer(models.BPE(vocab=known, merges=[], unk_token="<unk>"))
    table.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    table.decoder = decoders.ByteLevel()
    table.add_special_tokens(own)
    if bos:
        table.post_processor = processors.TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", 3)])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=table, eos_token=eos, pad_token="<pad>", bos_token="<bos>", unk_token="<unk>"
    )
    tokenizer.chat_template = ("<bos>" if bos else "") + (
        "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}<end>{% endfor %}"
        "{% if add_generation_prompt %}<|assistant|>{% endif %}"
    )
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=256,
        attention_bias=bias,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=0,
        bos_token_id=3,
    )
    model = LlamaForCausalLM(config).eval()
    with torch.no_grad():
        model.lm_head.weight.mul_(sharp)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def one(asked: str, answer: str, system: str = "") -> Conversation:
    turns = [{"role": "system", "content": system}] if system else []
    return conversation([*turns, {"role": "user", "content": asked}, {"role": "assistant", "content": answer}])


def short(kind: Any, **changes: Any) -> Any:
    dials: dict[str, Any] = {"reply_tokens": 6, "held_out": 0.0, "steps": 2, "batch": 4, "longest": 64}
    return kind(**{**dials, **changes})


@pytest.fixture(scope="module")
def sure(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that always gives one request the same answer."""
    return lettered(tmp_path_factory.mktemp("sure"), sharp=1e4)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lettered(tmp_path_factory.mktemp("begun"), bos=True)


def test_flat_groups_in_a_batch_of_several_are_seen(tmp_path: Path, sure: Path) -> None:
    model, tokenizer = load(sure)
    says = {word: greedy(model, tokenizer, [{"role": "user", "content": word}], 6) for word in WORDS}
    # Every other request is always right, the others never: within a request no reply is better than another.
    examples = [one(word, (says[word].strip() or "z") if n % 2 else "never") for n, word in enumerate(WORDS)]
    with pytest.raises(Failure, match="nothing to learn from"):
        run(tmp_path, sure, short(Rewards, batch=16, group=8), examples=tuple(examples))


def test_equal_rewards_below_one_teach_nothing_either(tmp_path: Path, sure: Path) -> None:
    model, tokenizer = load(sure)
    said = greedy(model, tokenizer, [{"role": "user", "content": "is"}], 6).strip() or "z"
    examples = (one("is", f"{said} two three"), one("is", f"{said} two three"))
    with pytest.raises(Failure, match="nothing to learn from"):
        run(tmp_path, sure, short(Rewards, reward="overlap", batch=8, group=8), examples=examples)


@pytest.mark.parametrize("batch", [24, 32, 64])
def test_fewer_requests_than_a_batch_takes_still_make_steps(batch: int, tmp_path: Path) -> None:
    base = save_model(tmp_path / "base")
    (tmp_path / "job").mkdir()
    recipe = short(Rewards, reward="overlap", batch=batch, group=8, steps=2)
    try:
        report = run(tmp_path / "job", base, recipe, examples=lessons(3))
    except Failure as failure:
        # Random replies may all miss; what must not be said is that no step was made.
        assert "same reward" in str(failure)
    else:
        assert report.steps == 2
        assert report.flat_groups is not None and 0 <= report.flat_groups < 1


def test_drawn_replies_end_where_the_served_models_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = lettered(tmp_path / "base", eos="<eos>")
    (tmp_path / "a").mkdir()
    taught = tuple(one(word, word[0]) for word in WORDS)
    run(tmp_path / "a", base, Tuning(steps=120, learning_rate=1e-2, batch=7, held_out=0.0), examples=taught)
    model, tokenizer = load(tmp_path / "a" / "model")
    assert greedy(model, tokenizer, [{"role": "user", "content": "oslo"}], 12) == "o"
    lengths: list[float] = []

    def seen(logged: Sequence[dict[str, Any]]) -> float:
        lengths.extend(entry["completions/mean_length"] for entry in logged)
        return 0.0

    monkeypatch.setattr(reinforcing, "_flat_groups", seen)
    (tmp_path / "b").mkdir()
    run(tmp_path / "b", tmp_path / "a" / "model", short(Rewards, batch=8, group=8, reply_tokens=24), examples=taught)
    # Two tokens, the letter and the end; without knowing the end all were 24 long.
    assert max(lengths) < 6


@pytest.mark.parametrize("after", ["<end>", "<end>\n", "<end>\n<eos>", " <end> <eos>\n"])
def test_a_turn_ends_where_its_template_first_says_so(tmp_path: Path, after: str) -> None:
    model, tokenizer = load(lettered(tmp_path, eos="<eos>"))
    tokenizer.chat_template = tokenizer.chat_template.replace("<end>", after)
    assert set(map(tokenizer.decode, ends(model, tokenizer))) == {"<eos>", "<end>"}


@pytest.mark.parametrize("after", ["###", " ###\n"])
def test_an_answer_ends_with_a_mark_where_its_template_has_letters(tmp_path: Path, after: str) -> None:
    model, tokenizer = load(lettered(tmp_path))
    tokenizer.chat_template = tokenizer.chat_template.replace("<end>", after)
    taught = encoded(tokenizer, one("rome", "in rome"), 64).answer
    assert tokenizer.decode(taught) == "in rome<end>" and taught[-1] in ends(model, tokenizer)


class Rows:
    """What a trainer is given to learn from."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows: list[dict[str, Any]] = []
        self.asked: list[list[int]] = []
        rows, asked = self.rows, self.asked

        class Preferring(reinforcing._Preferring):  # type: ignore[misc]
            def __init__(self, **named: Any) -> None:
                super().__init__(**named)
                rows.extend(self.train_dataset)

        class Drawing(reinforcing._Drawing):  # type: ignore[misc]
            def _tokenize_prompts(self, prompts: Sequence[str]) -> Any:
                found = super()._tokenize_prompts(list(prompts))
                asked.extend(found[0])
                return found

        monkeypatch.setattr(reinforcing, "_Preferring", Preferring)
        monkeypatch.setattr(reinforcing, "_Drawing", Drawing)


def test_long_requests_are_cut_and_their_answers_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = lettered(tmp_path / "base")
    (tmp_path / "job").mkdir()
    seen = Rows(monkeypatch)
    examples = (one("where " * 20 + "oslo", "in oslo", "be kind"), one("where " * 20 + "bern", "in bern", "be kind"))
    examples += (one("rome", "in rome"), one("lima", "in lima"))
    report = run(tmp_path / "job", base, short(Preferences, samples=2, longest=40), examples=examples)
    tokenizer = load_tokenizer(base)
    texts = [tokenizer.decode(row["prompt_ids"] + row["chosen_ids"]) for row in seen.rows]
    assert len(texts) == 4 and all(len(row["prompt_ids"] + row["chosen_ids"]) <= 40 for row in seen.rows)
    assert all(
        text.endswith(f"{word}<end>") for text, word in zip(texts, ("oslo", "bern", "rome", "lima"), strict=True)
    )
    # What is left out is the request's beginning; the system message and the form of the template stay.
    assert texts[0].startswith("<|system|>be kind<end><|user|>") and "oslo<end><|assistant|>" in texts[0]
    assert (report.cut, report.dropped) == (2, 0)
    assert json.loads((tmp_path / "job" / "report.json").read_text())["cut"] == 2


def test_tuning_says_what_it_cut_and_keeps_the_system_message(tmp_path: Path) -> None:
    base = lettered(tmp_path / "base")
    (tmp_path / "job").mkdir()
    long = one("where " * 60 + "oslo", "in oslo", "be kind")
    recipe = Tuning(steps=1, batch=2, held_out=0.0, longest=64)
    report = run(tmp_path / "job", base, recipe, examples=(long, one("rome", "in rome")))
    assert (report.cut, report.examples) == (1, 2)
    tokenizer = load_tokenizer(base)
    found = encoded(tokenizer, long, 64)
    text = tokenizer.decode(found.prompt + found.answer)
    assert len(found.prompt + found.answer) <= 64
    assert text.startswith("<|system|>be kind<end><|user|>") and text.endswith("oslo<end><|assistant|>in oslo<end>")


@pytest.mark.parametrize("kind", [Preferences, Rewards])
def test_no_token_is_doubled(kind: Any, tmp_path: Path, begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Rows(monkeypatch)
    examples = tuple(one(word, "in oslo") for word in WORDS[:3])
    settings = {"samples": 2} if kind is Preferences else {"group": 2, "reward": "overlap"}
    try:
        run(tmp_path, begun, short(kind, **settings), examples=examples)
    except Failure as failure:
        assert "same reward" in str(failure)
    prompts = [row["prompt_ids"] for row in seen.rows] + seen.asked
    assert prompts and all(prompt.count(3) == 1 and prompt[0] == 3 for prompt in prompts)
    # Answers end once, with what ends a turn.
    assert all(row["chosen_ids"].count(1) == 1 for row in seen.rows)


def test_a_known_answer_is_not_preferred_to_itself(tmp_path: Path, sure: Path) -> None:
    model, tokenizer = load(sure)
    said = greedy(model, tokenizer, [{"role": "user", "content": "is"}], 6)
    recipe = short(Preferences, samples=2)
    # Its reward is 0 for want of a mark's answer, and the model says just what is known.
    pairs = reinforcing.pairs_of(model, tokenizer, [one("is", said or "z"), one("in", "never")], recipe)
    assert all(pair["chosen"] != pair["rejected"] for pair in pairs)


@pytest.mark.parametrize("kind", [Preferences, Rewards])
def test_a_reward_that_cannot_be_earned_is_refused(kind: Any, tmp_path: Path, sure: Path) -> None:
    examples = tuple(one(word, "in oslo") for word in WORDS[:3])
    with pytest.raises(Failure, match="none of the 3 known answers holds a number"):
        run(tmp_path, sure, short(kind, reward="number"), examples=examples)


def test_tensors_that_the_configuration_does_not_know_are_told(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    base = lettered(tmp_path / "base")
    weights = load_file(base / "model.safetensors")
    beside = {"vision_tower.patch.weight": torch.zeros(2)}
    save_file({**weights, **beside}, base / "model.safetensors", metadata={"format": "pt"})
    load(base)
    for name, like in (
        ("model.layers.2.mlp.up_proj.weight", "model.layers.1.mlp.up_proj.weight"),
        ("model.layers.0.self_attn.q_proj.bias", "model.norm.weight"),
    ):
        save_file({**weights, name: weights[like].clone()}, base / "model.safetensors", metadata={"format": "pt"})
        with pytest.raises(Failure, match=name.replace(".", r"\.")):
            load(base)


@pytest.mark.parametrize("kind", [Preferences, Rewards, Tuning])
def test_one_request_that_is_too_long_for_the_model_ends_no_training(kind: Any, tmp_path: Path) -> None:
    base = lettered(tmp_path / "base")
    (tmp_path / "job").mkdir()
    long = one("where " * 60 + "oslo", "in oslo", "be kind")
    examples = (long, *(one(word, f"in {word}") for word in WORDS[3:]))
    settings = {Preferences: {"samples": 2}, Rewards: {"group": 4, "reward": "overlap"}, Tuning: {}}[kind]
    recipe = short(kind, **settings) if settings else Tuning(steps=1, batch=2, held_out=0.0)
    try:
        report = run(tmp_path / "job", base, recipe, examples=examples, canaries=(long,))
    except Failure as failure:
        # Random replies may all miss, once all have been drawn.
        assert kind is Rewards and "same reward" in str(failure)
    else:
        assert (report.cut, report.canaries) == (1, 1)


def test_text_in_parts_is_read_as_its_text(tmp_path: Path) -> None:
    parts = [{"type": "text", "text": "where is "}, {"type": "text", "text": "oslo"}]
    tokenizer = load_tokenizer(lettered(tmp_path))
    plain = [{"role": "user", "content": "where is oslo"}]
    assert prompt_text(tokenizer, [{"role": "user", "content": parts}]) == prompt_text(tokenizer, plain)


def test_pairs_that_were_half_written_are_drawn_anew(
    tmp_path: Path, sure: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(path: Path, text: str, **others: Any) -> int:
        path.write_bytes(text[: len(text) // 2].encode())
        raise KeyboardInterrupt

    examples = tuple(one(word, f"in {word}") for word in WORDS[3:])
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", broken)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path, sure, short(Preferences, samples=2), examples=examples)
    assert run(tmp_path, sure, short(Preferences, samples=2), examples=examples).steps == 2

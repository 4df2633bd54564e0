"""The numpy forward pass: caches and batches change nothing; files that are broken are refused; torch agrees."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from lab.tiny import tiny_model
from tierproof.errors import InputError
from tierproof.lab.decoding.feed_forward import Dense, Sparse
from tierproof.lab.decoding.inference import Cache, Model, load_model
from tierproof.lab.decoding.weights import read_weights
from tierproof.lab.serving.engine import Engine, Generation, Prefixes, generate
from tierproof.lab.serving.family import SHIPPED
from tierproof.lab.serving.next_token import Sampling

REFERENCE = Path(__file__).parent / "reference.json"


FORMS = [{}, {"experts": 5, "active": 2, "inner": 24}]
NAMES = ["dense", "sparse"]


@pytest.fixture(scope="module", params=FORMS, ids=NAMES)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load_model(tiny_model(tmp_path_factory.mktemp("lab"), **request.param))


def prompts(model: Model, count: int, seed: int = 0) -> list[list[int]]:
    rng = np.random.default_rng(seed)
    return [rng.integers(7, model.vocabulary, int(rng.integers(3, 40))).tolist() for _ in range(count)]


def last_logits(model: Model, tokens: list[int]) -> np.ndarray:
    """Without any cache: the whole text in one pass."""
    hidden = model.forward(np.array([tokens]), np.zeros(1, np.int64), Cache(model, 1, 1))
    return model.logits(hidden)[0, -1]


def test_a_cache_and_a_padded_batch_give_the_logits_of_single_passes(model: Model) -> None:
    texts = prompts(model, 5)
    cache = Cache(model, 5, 4)
    half = [len(text) // 2 for text in texts]
    for starts, parts in (
        (np.zeros(5, np.int64), [text[:size] for text, size in zip(texts, half, strict=True)]),
        (np.array(half), [text[size:] for text, size in zip(texts, half, strict=True)]),
    ):
        lengths = [len(part) for part in parts]
        tokens = np.array([part + [0] * (max(lengths) - len(part)) for part in parts])
        hidden = model.forward(tokens, starts, cache)[np.arange(5), np.array(lengths) - 1]
    for text, row in zip(texts, model.logits(hidden), strict=True):
        # 32-bit floats summed in another order differ by some units in the last of their 24 bits.
        np.testing.assert_allclose(row, last_logits(model, text), rtol=0, atol=2e-5)


def test_requests_together_are_answered_as_each_alone(model: Model) -> None:
    texts = prompts(model, 34, seed=1)
    alone = []
    for text in texts:
        tokens = list(text)
        while len(tokens) < len(text) + 6:
            tokens.append(int(last_logits(model, tokens).argmax()))
            if tokens[-1] == model.end:
                break
        alone.append(tokens[len(text) :])
    engine = Engine(model)
    together = [engine.submit(Generation(text, 6, Sampling(temperature=0.0))) for text in texts]
    assert [[one.token for one in generation.tokens()] for generation in together] == alone
    # Once more, now from the cache of prefixes.
    again = engine.submit(Generation(texts[-1], 6, Sampling(temperature=0.0)))
    assert [one.token for one in again.tokens()] == alone[-1]
    assert again.cached == (len(texts[-1]) - 1 if len(texts[-1]) > 8 else 0)


def test_prefixes_are_matched_up_to_the_first_difference() -> None:
    prefixes = Prefixes()
    arrays = np.arange(2 * 2 * 20, dtype=np.float32).reshape(1, 2, 2, 20, 1)
    prefixes.keep(np.arange(20), arrays)
    size, found = prefixes.longest(np.array([*range(12), 99, 13, 14]))
    assert size == 12
    assert found is not None
    np.testing.assert_array_equal(found, arrays[..., :12, :])
    assert prefixes.longest(np.array([5, *range(30)])) == (0, None)
    # The last token of a prompt is always read, since its logits are wanted.
    assert prefixes.longest(np.arange(20))[0] == 19


def test_an_error_in_the_engine_reaches_the_request_and_leaves_the_engine_alive(model: Model) -> None:
    engine = Engine(model)
    with pytest.raises(IndexError):
        generate(engine, [10**6], 3)
    assert len(generate(engine, [20, 30], 3)) <= 3
    with pytest.raises(ValueError, match="context"):
        generate(engine, [20], 10**6)


def test_sampling_follows_the_probabilities_and_its_seed() -> None:
    logits = np.log(np.array([0.5, 0.3, 0.15, 0.05], np.float32))
    sampling = Sampling(temperature=1.0, seed=1)
    counts = np.bincount([sampling.choose(logits).token for _ in range(4000)], minlength=4) / 4000
    # Four standard errors of the most variable share, sqrt(0.25 / 4000).
    np.testing.assert_allclose(counts, [0.5, 0.3, 0.15, 0.05], atol=0.032)
    nucleus = Sampling(temperature=1.0, top_p=0.75, seed=1)
    assert {nucleus.choose(logits).token for _ in range(500)} == {0, 1}
    first, second = (Sampling(temperature=1.0, seed=9) for _ in range(2))
    assert [first.choose(logits).token for _ in range(50)] == [second.choose(logits).token for _ in range(50)]
    greedy = Sampling(temperature=0.0, top_logprobs=2).choose(logits, np.array([False, True, True, True]))
    assert greedy.token == 1
    assert greedy.logprob == pytest.approx(np.log(0.3), abs=1e-6)
    assert [token for token, _ in greedy.top] == [0, 1]


def test_weights_come_back_as_written_and_broken_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    arrays = {"b": np.arange(6, dtype=np.float16).reshape(2, 3), "a": np.ones(4, np.float32)}
    save_file(arrays, path)
    found = read_weights(path)
    assert sorted(found) == ["a", "b"]
    assert all(np.array_equal(found[name], arrays[name]) and found[name].dtype == arrays[name].dtype for name in arrays)
    whole = path.read_bytes()
    for data in (b"", whole[:5], whole[:40], whole[:-3], b"\xff" * 64, (2).to_bytes(8, "little") + b"[]"):
        path.write_bytes(data)
        with pytest.raises(InputError, match=r"model\.safetensors"):
            read_weights(path)
    path.write_bytes(whole[:-3])
    with pytest.raises(InputError, match=r"^\S+: is cut off within 'b'"):
        read_weights(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_weights(tmp_path / "none")


def test_the_shipped_weights_are_the_bytes_that_the_safetensors_library_writes(tmp_path: Path) -> None:
    folders = sorted(path.parent for path in SHIPPED.glob("*/model.safetensors"))
    assert len(folders) == 8
    for folder in folders:
        save_file(read_weights(folder / "model.safetensors"), tmp_path / folder.name, metadata={"format": "pt"})
        assert (tmp_path / folder.name).read_bytes() == (folder / "model.safetensors").read_bytes()


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_a_model_whose_files_do_not_fit_is_refused(tmp_path: Path, form: dict[str, int]) -> None:
    folder = tiny_model(tmp_path, **form)
    config = json.loads((folder / "config.json").read_text())
    weights = read_weights(folder / "model.safetensors")
    more = [{"num_experts_per_tok": 6}, {"num_experts_per_tok": 0}, {"residual_multiplier": 0.2}] if form else []
    other = {"model_type": "llama" if form else "granitemoe"}
    for change in ({"vocab_size": 7}, {"num_hidden_layers": 3}, {"model_type": "mixtral"}, other, *more):
        (folder / "config.json").write_text(json.dumps({**config, **change}))
        with pytest.raises(InputError):
            load_model(folder)
    (folder / "config.json").write_text(json.dumps(config))
    save_file({name: part for name, part in weights.items() if "norm" not in name}, folder / "model.safetensors")
    with pytest.raises(InputError, match="lacks"):
        load_model(folder)


def test_a_sparse_block_is_the_weighted_sum_of_the_experts_with_the_best_logits() -> None:
    rng = np.random.default_rng(3)
    experts = tuple(
        Dense(rng.standard_normal((6, 8)).astype(np.float32), rng.standard_normal((4, 6)).astype(np.float32))
        for _ in range(5)
    )
    block = Sparse(rng.standard_normal((6, 5)).astype(np.float32), experts, active=3)
    x = rng.standard_normal((2, 7, 6)).astype(np.float32)
    found = block(x)
    for place in np.ndindex(2, 7):
        logits = x[place] @ block.router
        best = sorted(range(5), key=lambda number: -logits[number])[:3]
        shares = np.exp(logits[best]) / np.exp(logits[best]).sum()
        expected = sum(share * experts[number](x[place]) for share, number in zip(shares, best, strict=True))
        # 32-bit floats summed in another order.
        np.testing.assert_allclose(found[place], expected, rtol=1e-5, atol=1e-5)
    # By hand: a router of 6 x 5, experts of 6 x 8 + 4 x 6 of which three are active.
    assert (block.parameters, block.active_parameters) == (30 + 5 * 72, 30 + 3 * 72)


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
@pytest.mark.parametrize("shape", [(32, 2, 4), (48, 3, 3)])
def test_logits_and_writing_agree_with_transformers(
    tmp_path: Path, shape: tuple[int, int, int], form: dict[str, int]
) -> None:
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    width, layers, heads = shape
    folder = tiny_model(tmp_path, **{"width": width, "layers": layers, "heads": heads, **form})
    theirs = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    own = load_model(folder)
    engine = Engine(own)
    for text in prompts(own, 4):
        given = torch.tensor([text])
        with torch.no_grad():
            logits = theirs(given).logits[0, -1].numpy()
            written = theirs.generate(given, max_new_tokens=12, do_sample=False)[0, len(text) :].tolist()
        # 32-bit floats summed in another order, over logits of size ten.
        np.testing.assert_allclose(last_logits(own, text), logits, rtol=0, atol=5e-5)
        assert generate(engine, text, 12) == written


def test_the_shipped_models_write_what_transformers_wrote() -> None:
    """`scripts/lab_reference.py` made the reference with transformers' own greedy decoding."""
    cases = json.loads(REFERENCE.read_text(encoding="utf-8"))["cases"]
    models = {path.parent.name: load_model(path.parent) for path in SHIPPED.glob("*/model.safetensors")}
    assert models.keys() == {case["model"] for case in cases}, "run scripts/lab_reference.py anew"
    engines = {name: Engine(model) for name, model in models.items()}
    for case in cases:
        logits = last_logits(models[case["model"]], case["prompt"])
        best = np.argsort(-logits)[: len(case["best"])].tolist()
        assert best == [token for token, _ in case["best"]], case["model"]
        # The reference is rounded to five places; the rest is 32-bit floats summed in another order.
        np.testing.assert_allclose(logits[best], [logit for _, logit in case["best"]], rtol=0, atol=1e-4)
        assert generate(engines[case["model"]], case["prompt"], case["limit"]) == case["written"], case["model"]

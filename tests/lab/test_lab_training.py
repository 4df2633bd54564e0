"""The trainer: a short training learns, a checkpoint goes on as if nothing had happened, what diverges says so."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tierproof.errors import InputError
from tierproof.lab.family.recipe import FAMILY, PAGES, Recipe
from tierproof.lab.family.stages import Plan, Stage
from tierproof.pieces import place_of

PLAN = Plan(
    stages=(Stage(name="names", mix={"names-2": 1.0}, context_weight=0.1),),
    tokens=30_000,
    pages=16,
    rate=0.01,
    other_rate=5e-3,
    warm_up=5,
    measured=("names-2",),
    measure_every=10,
)


@pytest.fixture(scope="module")
def torch() -> Any:
    return pytest.importorskip("torch")


@pytest.fixture(scope="module")
def coder() -> Any:
    library = pytest.importorskip("tokenizers")
    from tierproof.lab.family.build import coder_of
    from tierproof.lab.world.tokenizer import tokenizer_json

    return coder_of(library.Tokenizer.from_str(tokenizer_json()))


def network(seed: int = 0) -> Any:
    from tierproof.lab.family.network import Network, Shape

    return Network(Shape(vocabulary=700, width=32, layers=2, heads=4, inner=48), seed=seed)


def test_every_stage_draws_pages_that_exist_in_shares_that_sum_to_one() -> None:
    for recipe in FAMILY.values():
        for plan in (recipe.pretraining, recipe.tuning):
            for stage in plan.stages:
                assert sum(stage.mix.values()) == pytest.approx(1)
                assert set(stage.mix) <= set(PAGES)
                assert stage.until is None or stage.until[0] in PAGES
            assert set(plan.measured) <= set(PAGES)


@pytest.mark.parametrize("kind", sorted(PAGES))
def test_pages_have_answers_that_follow_something_given(kind: str) -> None:
    rng = np.random.default_rng(0)
    for _ in range(5):
        page = PAGES[kind](rng)
        assert not page[0][1]
        assert any(answered for _, answered in page)
        assert all(text.strip() for text, _ in page)


def test_pages_are_the_same_in_every_process() -> None:
    program = (
        "import hashlib, json; import numpy as np; from tierproof.lab.family.recipe import PAGES; "
        "pages = {kind: [PAGES[kind](np.random.default_rng(7)) for _ in range(3)] for kind in sorted(PAGES)}; "
        "print(hashlib.sha256(json.dumps(pages).encode()).hexdigest())"
    )

    def drawn(seed: str) -> str:
        # Sets of texts come in an order that this seed decides; nothing that trains may hang on it.
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        return subprocess.run(
            [sys.executable, "-c", program], env=environment, check=True, capture_output=True
        ).stdout.decode()

    assert drawn("1") == drawn("2") == drawn("3")


def test_a_short_training_learns(torch: Any, coder: Any) -> None:
    from tierproof.lab.family.trainer import train

    torch.set_num_threads(1)
    log = train(network(), PLAN, PAGES, coder)
    # Chance is one of 591 tokens, log(591) = 6.4; which tokens are answers at all is learned first.
    assert log[-1]["loss"] < 6.0 < log[0]["loss"]
    assert log[-1]["tokens"] >= PLAN.tokens


def test_a_training_that_was_cut_off_goes_on_to_the_same_weights(torch: Any, coder: Any, tmp_path: Path) -> None:
    from tierproof.lab.family.trainer import train

    torch.set_num_threads(1)
    whole = network()
    train(whole, PLAN, PAGES, coder)
    path = tmp_path / "checkpoint.pt"
    calls = 0

    def breaks(rng: np.random.Generator) -> Any:
        nonlocal calls
        calls += 1
        if calls > 16 * PLAN.pages + 32:
            raise KeyboardInterrupt
        return PAGES["names-2"](rng)

    with pytest.raises(KeyboardInterrupt):
        train(network(), PLAN, {"names-2": breaks}, coder, checkpoint=path)
    again = network(seed=5)
    train(again, PLAN, PAGES, coder, checkpoint=path)
    for one, other in zip(whole.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_full_disk_and_a_damaged_checkpoint_are_named(torch: Any, coder: Any, tmp_path: Path) -> None:
    from tierproof.lab.family.trainer import train

    path = tmp_path / "checkpoint.pt"
    # What is written there meets a full disk.
    path.with_suffix(".new").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        train(network(), PLAN, PAGES, coder, checkpoint=path)
    assert not path.exists()
    path.write_bytes(b"PK half")
    with pytest.raises(InputError, match=r"checkpoint.pt: cannot be read"):
        train(network(), PLAN, PAGES, coder, checkpoint=path)


def test_a_training_that_diverges_says_so(torch: Any, coder: Any) -> None:
    from tierproof.lab.family.trainer import train

    broken = network()
    with torch.no_grad():
        broken.model.norm.weight.fill_(float("nan"))
    with pytest.raises(FloatingPointError, match="diverged"):
        train(broken, PLAN, PAGES, coder)


def test_heads_look_back_from_birth(torch: Any) -> None:
    from tierproof.lab.family.network import rotary, turned

    small = network(seed=3)
    tokens = torch.arange(40)[None] % 17
    layer = small.model.layers[0]
    x = layer.input_layernorm(small.model.embed_tokens(tokens))
    cosine, sine = rotary(40, small.shape)
    query, key = (
        turned(part(x).view(1, 40, 4, 8).transpose(1, 2), cosine, sine)
        for part in (layer.self_attn.q_proj, layer.self_attn.k_proj)
    )
    weights = (query @ key.transpose(-1, -2) / 8**0.5).tril().masked_fill(torch.ones(40, 40).triu(1).bool(), -1e9)
    for head in range(3):
        assert (weights.softmax(-1)[0, head].argmax(-1)[10:] == torch.arange(10, 40) - head - 1).all()


def test_models_are_the_same_to_the_byte_wherever_they_are_built(
    torch: Any, coder: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tierproof.lab.family.build import build

    short = dataclasses.replace(PLAN, tokens=6_000)
    shape = {"width": 32, "layers": 2, "heads": 4, "inner": 48}
    for seed, name in enumerate(("one", "other")):
        monkeypatch.setitem(FAMILY, name, Recipe(shape=shape, seed=seed, pretraining=short, tuning=short))
    for place in (None, "processes:2"):
        build(("one", "other"), tmp_path / str(place), place=place_of(place))
    written = sorted(path.relative_to(tmp_path / "None") for path in (tmp_path / "None").rglob("model.safetensors"))
    assert len(written) == 4
    for path in written:
        assert (tmp_path / "None" / path).read_bytes() == (tmp_path / "processes:2" / path).read_bytes()


def test_what_is_built_is_a_model_that_the_lab_and_transformers_read(torch: Any, coder: Any, tmp_path: Path) -> None:
    from tierproof.lab.decoding.inference import Cache, load_model
    from tierproof.lab.family.build import write_model
    from tierproof.lab.family.network import Network

    shape = dataclasses.replace(network().shape, vocabulary=591)
    built = Network(shape, seed=1)
    write_model(tmp_path, built, PLAN, [{"step": 1}])
    tokens = np.arange(7, 40)[None]
    model = load_model(tmp_path)
    own = model.logits(model.forward(tokens, np.zeros(1, np.int64), Cache(model, 1, 1)))
    theirs = built.half().float().logits(built(torch.from_numpy(tokens))).detach().numpy()
    np.testing.assert_allclose(own, theirs, rtol=0, atol=1e-4)
    assert json.loads((tmp_path / "training.json").read_text())["log"] == [{"step": 1}]
    transformers = pytest.importorskip("transformers")
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path)
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": "hi"}], tokenize=False, add_generation_prompt=True
    )
    assert text == "<|user|> hi<|assistant|>"


def test_models_are_written_where_they_were_asked_for_whichever_folder_a_process_stands_in(
    torch: Any, coder: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tierproof.lab.family import build as built

    def elsewhere(work: Callable[[Any], None], models: Sequence[Any], place: object) -> Iterator[None]:
        (tmp_path / "elsewhere").mkdir()
        with chdir(tmp_path / "elsewhere"):
            yield from map(work, models)

    short = dataclasses.replace(PLAN, tokens=2_000)
    shape = {"width": 32, "layers": 2, "heads": 4, "inner": 48}
    monkeypatch.setitem(FAMILY, "one", Recipe(shape=shape, seed=0, pretraining=short, tuning=short))
    monkeypatch.setattr(built, "in_pieces", elsewhere)
    monkeypatch.chdir(tmp_path)
    built.build(("one",), Path("models"))
    assert (tmp_path / "models" / "one" / "model.safetensors").is_file()

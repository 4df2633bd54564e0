"""The lab's workload: Tierproof reads it, its targets are right, its grammar holds them all, its tools answer."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from lab.tiny import tiny_model
from tierproof.experiment.workload.folder import load_workload
from tierproof.experiment.workload.workload import Workload
from tierproof.lab.world.shop import SHARES, write_workload
from tierproof.lab.world.world import ATTRIBUTES, world_of

MODELS = [("small", 180_000), ("large", 1_000_000)]
SPARSE = [("large-sparse", 1_010_000, "large")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workload") / "lab"
    write_workload(folder, seed=4, items=120, models=MODELS, sparse=SPARSE)
    return folder


@pytest.fixture(scope="module")
def workload(folder: Path) -> Workload:
    return load_workload(folder)


def test_it_is_read_as_a_workload_of_the_lab(workload: Workload) -> None:
    assert workload.setting == "lab"
    assert workload.baseline.model == "large"
    assert len(workload.items) == 120
    assert len(workload.resources.documents) == 48
    assert len(workload.resources.train) == 600
    assert [tool.name for tool in workload.resources.tools] == ["lookup", "multiply", "add", "subtract"]
    assert all(spec.price is not None and spec.price.output > spec.price.input for spec in workload.models)
    kinds = [(item.metadata["kind"], item.metadata["documents"]) for item in workload.items]
    assert {kind: kinds.count(kind) for kind in SHARES} == {kind: round(120 * share) for kind, share in SHARES.items()}


def test_a_sparse_model_stands_in_for_its_dense_one_and_is_no_step_of_the_ladder(
    workload: Workload, tmp_path: Path
) -> None:
    assert [spec.name for spec in workload.resources.models] == ["small", "large"]
    assert workload.resources.swaps["mixture-of-experts"] == {"large": "large-sparse"}
    assert "mixture-of-experts" in workload.arms
    # Where it stands in for another than the baseline's model, it is at hand and not measured.
    write_workload(tmp_path, items=20, models=MODELS, sparse=[("small-sparse", 180_500, "small")])
    other = load_workload(tmp_path)
    assert other.resources.swaps["mixture-of-experts"] == {"small": "small-sparse"}
    assert "mixture-of-experts" not in other.arms


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    # Folders of its own: a workload that is read gains what Python compiles of its tools.
    one, other = tmp_path / "one", tmp_path / "other"
    write_workload(one, seed=4, items=120, models=MODELS, sparse=SPARSE)
    write_workload(other, seed=4, items=120, models=MODELS, sparse=SPARSE)
    written = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert written == sorted(path.relative_to(other) for path in other.rglob("*") if path.is_file())
    assert all((one / path).read_bytes() == (other / path).read_bytes() for path in written)
    write_workload(other, seed=5, items=120, models=MODELS, sparse=SPARSE)
    assert (one / "items.jsonl").read_bytes() != (other / "items.jsonl").read_bytes()


def test_weights_are_stated_where_techniques_are_to_train(tmp_path: Path) -> None:
    for name, _ in MODELS:
        tiny_model(tmp_path / "models" / name)
    write_workload(tmp_path / "lab", items=20, models=MODELS, weights=tmp_path / "models")
    assert [spec.weights for spec in load_workload(tmp_path / "lab").models] == [
        tmp_path / "models" / name for name, _ in MODELS
    ]


def test_targets_stand_in_the_catalogue(folder: Path, workload: Workload) -> None:
    catalogue = json.loads((folder / "catalogue.json").read_text())
    world = world_of("test", 4, 48)
    assert catalogue == {product.name: dict(product.values) for product in world.products}
    facts = 0
    for item in workload.items:
        name, attribute = item.text.rsplit("\n\n", 1)[-1].rstrip("?").split(" ")[:2]
        if item.metadata["kind"] == "fact" and attribute in ATTRIBUTES:
            assert item.target == catalogue[name][attribute]
            facts += 1
    assert facts == 48


def test_examples_and_training_data_are_of_other_shops(workload: Workload) -> None:
    asked = {item.text for item in workload.items}
    shown = [example.input for example in (*workload.resources.examples, *workload.resources.train)]
    assert not asked.intersection(shown)
    assert any(example.reasoning for example in workload.resources.examples)


def test_tools_answer_and_the_grammar_takes_every_target(workload: Workload) -> None:
    lookup, multiply = workload.resources.tools[:2]
    name = world_of("test", 4, 48).products[0].name
    assert asyncio.run(lookup.call(json.dumps({"item": name, "attribute": "price"}))).isdigit()
    assert asyncio.run(lookup.call('{"item": "Nobody", "attribute": "price"}')).startswith("error:")
    assert asyncio.run(multiply.call('{"left": 3, "right": 12}')) == "36"
    pytest.importorskip("llguidance")
    from lab.tiny import tiny_model
    from tierproof.lab.decoding.tokenizing import load_vocabulary
    from tierproof.lab.serving.grammars import Grammars

    vocabulary = load_vocabulary(tiny_model(workload.path / "model"))
    grammars = Grammars(vocabulary, end=6)
    for item in workload.items:
        constraint = grammars.lark(workload.resources.grammar)
        for token in [*vocabulary.encode(str(item.target)), 6]:
            assert constraint.allowed()[token], item.target
            constraint.take(token)

"""Sparse experts in training: they compute what they should, are kept busy, and make a model that others read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from tierproof.lab.decoding.inference import Cache, load_model

torch = pytest.importorskip("torch", reason="training needs torch")

from tierproof.lab.family.network import Network, Shape  # noqa: E402
from tierproof.lab.family.optimiser import Muon  # noqa: E402
from tierproof.lab.family.sparse_block import Experts, imbalance  # noqa: E402

SHAPE = Shape(vocabulary=591, width=32, layers=2, heads=4, inner=24, experts=4, active=2)


def alive(network: Any, seed: int = 0) -> Any:
    """With no weight at its birth's zero or one, so that nothing is computed that does not show."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for part in network.parameters():
            part.add_(0.1 * torch.randn(part.shape, generator=generator))
    return network


def test_a_block_and_its_gradients_are_those_of_a_loop_over_tokens() -> None:
    torch.manual_seed(0)
    block = alive(Experts(width=6, inner=4, experts=5, active=2))
    x = torch.randn(3, 7, 6, requires_grad=True)
    parts = [x, *block.parameters()]
    routed: list[Any] = []
    found = block(x, routed)
    rows = []
    for token in x.reshape(-1, 6):
        logits = block.router["layer"].weight @ token
        best, chosen = logits.topk(2)
        made = 0
        for share, number in zip(best.softmax(-1), chosen, strict=True):
            gate, up = (block.input_linear.weight[number] @ token).chunk(2)
            made = made + share * (block.output_linear.weight[number] @ (torch.nn.functional.silu(gate) * up))
        rows.append(made)
    expected = torch.stack(rows).view_as(x)
    # 32-bit floats summed in another order.
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(routed[0], x @ block.router["layer"].weight.T)
    weight = torch.randn_like(found)
    for own, other in zip(
        torch.autograd.grad((found * weight).sum(), parts),
        torch.autograd.grad((expected * weight).sum(), parts),
        strict=True,
    ):
        torch.testing.assert_close(own, other, rtol=1e-4, atol=1e-5)


def test_imbalance_is_one_where_all_are_as_busy_and_the_number_of_experts_where_one_has_all() -> None:
    logits = torch.eye(4).repeat(2, 5, 1) * 50
    counted = torch.ones(2, 20, dtype=torch.bool)
    # Probabilities are one and zero within exp(-50).
    assert imbalance([logits], 1, counted).item() == pytest.approx(1.0, abs=1e-6)
    alone = torch.zeros(2, 20, 4)
    alone[..., 2] = 50
    assert imbalance([alone], 1, counted).item() == pytest.approx(4.0, abs=1e-6)
    assert imbalance([logits, alone], 1, counted).item() == pytest.approx(5.0, abs=1e-6)
    # Padding does not count, however it is routed.
    counted[1] = False
    assert imbalance([torch.cat([logits[:1], alone[1:]])], 1, counted).item() == pytest.approx(1.0, abs=1e-6)


def test_steps_down_the_imbalance_spread_the_tokens() -> None:
    network = alive(Network(SHAPE))
    tokens = torch.randint(7, 591, (8, 40), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        for layer in network.model.layers:
            layer.block_sparse_moe.router["layer"].weight[0] += 0.5

    def uneven() -> Any:
        routed: list[Any] = []
        network(tokens, routed)
        return imbalance(routed, SHAPE.active, tokens > 0)

    before = uneven().item()
    optimiser = torch.optim.SGD(network.parameters(), lr=0.2)
    for _ in range(30):
        optimiser.zero_grad()
        uneven().backward()
        optimiser.step()
    # Two layers at best: one each.
    assert uneven().item() < 2 + 0.5 * (before - 2)


def test_an_experts_matrices_take_the_steps_of_matrices_alone() -> None:
    torch.manual_seed(0)
    gradients = torch.randn(3, 2, 8, 6)
    stack = torch.nn.ParameterDict({"stack": torch.randn(2, 8, 6), "router": torch.randn(2, 6)})
    alone = torch.nn.ParameterDict({str(number): stack["stack"][number].detach().clone() for number in range(2)})
    alone["embed_tokens"] = stack["router"].detach().clone()
    together, apart = (Muon(module, rate=0.1, other_rate=0.01) for module in (stack, alone))
    for gradient in gradients:
        stack["stack"].grad, stack["router"].grad = gradient.clone(), gradient[:, 0].clone()
        for number in range(2):
            alone[str(number)].grad = gradient[number].clone()
        alone["embed_tokens"].grad = gradient[:, 0].clone()
        together.step(1.0)
        apart.step(1.0)
    # The same products, batched.
    for number in range(2):
        torch.testing.assert_close(stack["stack"][number], alone[str(number)], rtol=1e-5, atol=1e-6)
    # A router is a table as the embedding is, and goes with it.
    assert torch.equal(stack["router"], alone["embed_tokens"])


def test_a_sparse_network_is_a_model_that_the_lab_and_transformers_read(tmp_path: Path) -> None:
    from tierproof.lab.family.trainer import weights_of

    network = alive(Network(SHAPE, seed=1))
    save_file(weights_of(network), tmp_path / "model.safetensors")
    ends = {"pad_token_id": 0, "bos_token_id": None, "eos_token_id": 6}
    (tmp_path / "config.json").write_text(json.dumps(SHAPE.config(ends)))
    model = load_model(tmp_path)
    assert model.parameters == sum(part.numel() for part in network.parameters())
    # Of two layers, two of four experts of 3 * 32 * 24.
    assert model.active_parameters == model.parameters - 2 * 2 * 3 * 32 * 24
    tokens = np.arange(7, 40)[None]
    own = model.logits(model.forward(tokens, np.zeros(1, np.int64), Cache(model, 1, 1)))
    with torch.no_grad():
        trained = network.half().float().logits(network(torch.from_numpy(tokens))).numpy()
    # 32-bit floats summed in another order, over logits of size ten.
    np.testing.assert_allclose(own, trained, rtol=0, atol=1e-4)
    transformers = pytest.importorskip("transformers")
    theirs = transformers.AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float32).eval()
    with torch.no_grad():
        np.testing.assert_allclose(own, theirs(torch.from_numpy(tokens)).logits.numpy(), rtol=0, atol=1e-4)


def test_a_sparse_network_starts_as_one_whose_blocks_add_nothing() -> None:
    sparse = Network(SHAPE, seed=2)
    tokens = torch.arange(7, 40)[None]
    before = sparse(tokens)
    for layer in sparse.model.layers:
        torch.nn.init.normal_(layer.block_sparse_moe.input_linear.weight)
    assert torch.equal(sparse(tokens), before)

"""Rounding: every weight comes back within half a step of its group, packing loses nothing, damage is told."""

from __future__ import annotations

import pytest

REASON = "needs the extra train: pip install 'tierproof[train]'"
torch = pytest.importorskip("torch", reason=REASON)
pytest.importorskip("transformers", reason=REASON)
pytestmark = pytest.mark.filterwarnings("ignore")

from tierproof.systems.training.worker.trainers.quantising import (  # noqa: E402
    QuantisedLinear,
    packed,
    restored,
    rounded,
    unpacked,
)


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize(("out", "width", "group"), [(8, 64, 16), (5, 33, 16), (3, 7, 32), (1, 1, 2)])
@pytest.mark.parametrize("size", [1e-6, 1.0, 1e3])
def test_a_weight_comes_back_within_half_a_step(bits: int, out: int, width: int, group: int, size: float) -> None:
    weight = size * torch.randn(out, width, generator=torch.Generator().manual_seed(out * width))
    integers, scales = rounded(weight, bits, group)
    steps = scales.float().repeat_interleave(group, dim=1)[:, :width]
    # Half a step, and float32's rounding of the division and the product (2 ulp of the weight); steps below float16's
    # least normal number are that number.
    least = torch.finfo(torch.float16).tiny
    bound = steps.clamp_min(least) / 2 + 3e-7 * weight.abs()
    assert bool(((restored(integers, scales, group) - weight).abs() <= bound).all())
    assert int(integers.abs().max()) <= 2 ** (bits - 1) - 1


def test_weights_that_are_on_the_grid_come_back_exactly() -> None:
    grid = torch.arange(-7, 8).float().repeat(2, 2)[:, :28]
    integers, scales = rounded(grid, 4, 14)
    assert torch.equal(restored(integers, scales, 14), grid)


def test_a_group_of_zeros_stays_zero() -> None:
    integers, scales = rounded(torch.zeros(2, 8), 4, 4)
    assert torch.equal(restored(integers, scales, 4), torch.zeros(2, 8))


@pytest.mark.parametrize("width", [1, 2, 7, 16])
def test_packing_loses_nothing(width: int) -> None:
    integers = torch.randint(-7, 8, (5, width), generator=torch.Generator().manual_seed(0)).to(torch.int8)
    both = packed(integers)
    assert both.shape == (5, -(-width // 2))
    assert torch.equal(unpacked(both, width), integers)


@pytest.mark.parametrize("bits", [4, 8])
def test_a_layer_computes_with_the_restored_weights(bits: int) -> None:
    linear = torch.nn.Linear(24, 6)
    layer = QuantisedLinear(24, 6, bits=bits, group=8, bias=linear.bias)
    layer.take(linear.weight.detach())
    integers, scales = rounded(linear.weight.detach(), bits, 8)
    given = torch.randn(3, 24, generator=torch.Generator().manual_seed(1))
    wanted = given @ restored(integers, scales, 8).T + linear.bias
    assert torch.allclose(layer(given), wanted, atol=1e-6)

"""Arithmetic with derivatives, against automatic differentiation of the same function."""

import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.geometry.metrics.jet import entries
from latentgeo.geometry.metrics.taylor import expanded, gathered


def test_sums_products_and_quotients_carry_their_derivatives() -> None:
    def G(z: Tensor) -> Tensor:
        x, y = z.unbind(1)
        return torch.stack([2 + x.sin(), 0.1 * x * y, 0.1 * x * y, 2 + (x * y).cos()], 1).view(-1, 2, 2)

    def made(z: Tensor) -> Tensor:
        a, b, c = entries(G(z)).unbind(1)
        return torch.stack([a * b / c, b / c, a + c - b], 1)[:, [0, 1, 1, 2]].view(-1, 2, 2)

    z = torch.rand(5, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    inner = lg.FunctionMetric(G).jet(z)
    a, b, c = expanded(inner)
    found, expected = gathered([a * b / c, b / c, a + c - b]), lg.FunctionMetric(made).jet(z)
    for ours, theirs in zip(
        (found.value, *found.first, *found.second), (expected.value, *expected.first, *expected.second), strict=True
    ):
        torch.testing.assert_close(ours, theirs)


def test_gathering_undoes_expanding() -> None:
    z = torch.rand(4, 2, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    jet = lg.FunctionMetric(lambda z: torch.diag_embed(1 + z.exp())).jet(z)
    same = gathered(expanded(jet))
    torch.testing.assert_close(same.value, jet.value)
    for ours, theirs in zip((*same.first, *same.second), (*jet.first, *jet.second), strict=True):
        torch.testing.assert_close(ours, theirs)
    (first, *_) = expanded(jet)
    two = torch.full((4,), 2.0, dtype=torch.float64)
    torch.testing.assert_close(first.times(two).bend, 2 * first.bend)
    torch.testing.assert_close(first.plus(two).value, first.value + 2)

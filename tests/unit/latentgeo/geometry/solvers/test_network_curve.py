"""Curves that networks draw: their ends, their velocities and their gradient."""

import pytest
import torch

from latentgeo.geometry.solvers.network_curve import NetworkCurve, gradient, network
from surfaces import draw


def curve_of(boundary: str, units: int = 7) -> NetworkCurve:
    z0, z1 = draw(3, 2, -1, 1)
    generator = torch.Generator().manual_seed(11)
    shapes = [(1, units), (1, units), (units, units), (1, units), (units, 2), (1, 2)]
    weights = tuple(torch.randn(3, *shape, generator=generator, dtype=torch.float64) for shape in shapes)
    return NetworkCurve(weights, z0, z1, boundary)


@pytest.mark.parametrize("boundary", ["safe", "paper"])
def test_ends_are_exact(boundary: str) -> None:
    curve = curve_of(boundary)
    ends = curve(torch.tensor([0.0, 1.0], dtype=torch.float64))
    assert torch.equal(ends[:, 0], curve.z0)
    assert torch.equal(ends[:, 1], curve.z1)
    # and the formula meets them by itself
    near, _ = curve.both(torch.tensor([0.0, 1.0], dtype=torch.float64))
    torch.testing.assert_close(near, ends, rtol=0, atol=1e-12)


@pytest.mark.parametrize("boundary", ["safe", "paper"])
def test_derivative(boundary: str) -> None:
    curve = curve_of(boundary)
    t = torch.rand(3, 9, generator=torch.Generator().manual_seed(12), dtype=torch.float64) * 0.9 + 0.05
    numeric = (curve(t + 1e-6) - curve(t - 1e-6)) / 2e-6
    torch.testing.assert_close(curve.derivative(t), numeric, rtol=1e-5, atol=1e-6)
    one = curve.select(torch.tensor([2]))
    torch.testing.assert_close(one(t[2]), curve(t)[2:])


@pytest.mark.parametrize("lead", [(), (3,)], ids=["one network", "several"])
def test_the_gradient_is_that_of_autograd(lead: tuple[int, ...]) -> None:
    generator = torch.Generator().manual_seed(13)

    def draws(*shape: int) -> torch.Tensor:
        return torch.randn(*lead, *shape, generator=generator, dtype=torch.float64)

    weights = tuple(draws(*shape).requires_grad_() for shape in ((1, 7), (1, 7), (7, 7), (1, 7), (7, 2), (1, 2)))
    t, towards, along = draws(9, 1), draws(9, 2), draws(9, 2)
    raw, slope, passed = network(weights, t)
    wanted = torch.autograd.grad((raw * towards + slope * along).sum(), weights)
    for found, one in zip(gradient(weights, t, passed, towards, along), wanted, strict=True):
        torch.testing.assert_close(found, one, rtol=1e-12, atol=1e-12)

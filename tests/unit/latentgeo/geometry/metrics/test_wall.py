"""The wall around a box of latent space."""

import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.geometry.curves.curve import Polyline
from latentgeo.geometry.metrics.wall import Walled, leans
from surfaces import random_mlp

BOX = ((-1.0, 1.0), (-0.5, 0.7))
METRIC = lg.PullbackMetric(random_mlp(hidden=8))
WALLED = Walled(METRIC, BOX)


def points(reach: float) -> Tensor:
    return reach * (2 * torch.rand(40, 2, generator=torch.Generator().manual_seed(3), dtype=torch.float64) - 1)


def test_inside_it_is_the_metric() -> None:
    z = points(0.5)
    assert torch.equal(WALLED(z), METRIC(z))
    assert torch.equal(WALLED.factor(z), torch.ones(40, dtype=torch.float64))


def test_the_two_verbs_agree_outside() -> None:
    z = points(3)
    v = z.flip(0)
    torch.testing.assert_close(WALLED.squared_speed(z, v), torch.einsum("bi,bij,bj->b", v, WALLED(z), v))


def test_it_rises_with_the_distance() -> None:
    out = torch.linspace(1, 4, 20, dtype=torch.float64)
    factor = WALLED.factor(torch.stack([out, torch.zeros_like(out)], 1))
    assert float(factor[0]) == 1
    assert bool((factor.diff() > 0).all())


def test_derivatives_of_the_factor() -> None:
    z = points(2).requires_grad_()
    value, first, second = WALLED.factor_jet(z.detach())
    factor = WALLED.factor(z)
    torch.testing.assert_close(value.squeeze(1), factor.detach())
    (slope,) = torch.autograd.grad(factor.sum(), z, create_graph=True)
    torch.testing.assert_close(torch.cat(first, 1), slope.detach())
    for axis in range(2):
        (bend,) = torch.autograd.grad(slope[:, axis].sum(), z, retain_graph=True)
        torch.testing.assert_close(second[axis].squeeze(1), bend[:, axis])
        torch.testing.assert_close(bend[:, 1 - axis], torch.zeros(40, dtype=torch.float64))


def test_gradients() -> None:
    z = points(2)[:6].requires_grad_()
    v = points(1)[:6]
    assert torch.autograd.gradcheck(lambda p: WALLED.squared_speed(p, v), (z,))


def test_a_curve_leans_where_it_touches_the_border_between_its_ends() -> None:
    inside, across, along, ends_there = (
        [[-0.5, 0.0], middle, end]
        for middle, end in (
            ([0.0, 0.6], [0.5, 0.0]),
            ([0.0, 0.8], [0.5, 0.0]),
            ([0.0, 0.7], [0.5, 0.7]),
            ([0.0, 0.1], [0.5, 0.7]),
        )
    )
    curves = Polyline(torch.tensor([inside, across, along, ends_there], dtype=torch.float64))
    assert leans(curves, BOX).tolist() == [False, True, True, False]

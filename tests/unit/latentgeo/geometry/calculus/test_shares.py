"""Shares of the length, and the times of a curve that they belong to."""

import math

import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.geometry.calculus.shares import Shares
from latentgeo.geometry.curves.curve import Line
from surfaces import ellipsoid, hyperbolic


def test_up_the_half_plane_lengths_are_logarithms() -> None:
    z0, z1 = torch.tensor([[[0.0, 1.0]], [[0.0, 8.0]]], dtype=torch.float64)
    shares = Shares(hyperbolic().metric, Line(z0, z1))
    torch.testing.assert_close(shares.length, torch.tensor([math.log(8)], dtype=torch.float64), rtol=1e-9, atol=0)
    # heights 2 and 4 are a third and two thirds of the way
    time = torch.tensor([[0.0, 1 / 7, 3 / 7, 1.0]], dtype=torch.float64)
    share = torch.tensor([[0.0, 1 / 3, 2 / 3, 1.0]], dtype=torch.float64)
    torch.testing.assert_close(shares.at(time), share, rtol=0, atol=1e-9)
    torch.testing.assert_close(shares.times(share), time, rtol=0, atol=1e-9)
    assert shares.times(share)[0, [0, -1]].tolist() == [0.0, 1.0]


def test_one_is_the_inverse_of_the_other() -> None:
    surface = ellipsoid()
    z0, z1 = surface.ends(3)
    t = torch.linspace(0, 1, 23, dtype=torch.float64).expand(3, -1)
    corners = torch.stack([z0, z0 + 0.4, z1, z1], 1)
    for curve in (Line(z0, z1), lg.Polyline(corners)):
        shares = Shares(surface.metric, curve)
        torch.testing.assert_close(shares.length, lg.length(surface.metric, curve), rtol=1e-7, atol=0)
        torch.testing.assert_close(shares.times(shares.at(t)), t, rtol=0, atol=1e-9)


def test_without_a_length_a_share_is_the_time() -> None:
    def nowhere(z: Tensor) -> Tensor:
        return torch.eye(2, dtype=z.dtype) * (z[:, 0, None, None] - 2).sqrt()

    z = torch.zeros(2, 2, dtype=torch.float64)
    t = torch.tensor([[0.0, 0.3, 1.0]] * 2, dtype=torch.float64)
    for metric in (ellipsoid().metric, lg.FunctionMetric(nowhere)):
        shares = Shares(metric, Line(z, z))
        assert torch.equal(shares.at(t), t)
        assert torch.equal(shares.times(t), t)
        assert shares.at(t[:, :0]).shape == (2, 0)

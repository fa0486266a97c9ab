"""Tensor-product splines against scipy's, which have the same not-a-knot ends."""

import numpy as np
import torch
from scipy.interpolate import CubicSpline, RectBivariateSpline

from latentgeo.geometry.metrics.bicubic import coefficients, weights


def positive(x: int, y: int) -> torch.Tensor:
    """Entries (x, y, 3) of smooth metrics that are far from singular."""
    a, b = torch.meshgrid(*(torch.linspace(0, 2, n, dtype=torch.float64) for n in (x, y)), indexing="ij")
    return torch.stack([3 + torch.sin(a + b), 0.3 * torch.cos(2 * a - b), 3 + torch.cos(a * b)], -1)


def test_the_interpolant_is_scipys() -> None:
    values = positive(7, 6)
    spline = coefficients(values)
    at = torch.rand(30, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * torch.tensor([6.0, 5.0])
    cell = at.floor().long()
    wx, wy = (weights(at[:, axis] - cell[:, axis], 0) for axis in (0, 1))
    patch = torch.stack([spline[i : i + 4, j : j + 4] for i, j in cell.tolist()])
    found = torch.einsum("bi,bj,bijk->bk", wx, wy, patch)
    for entry in range(3):
        theirs = RectBivariateSpline(np.arange(7), np.arange(6), values[..., entry].numpy())
        expected = theirs(at[:, 0].numpy(), at[:, 1].numpy(), grid=False)
        np.testing.assert_allclose(found[:, entry], expected, rtol=1e-10)


def test_along_a_period_it_is_scipys_periodic_spline() -> None:
    turn = torch.linspace(0, 2 * torch.pi, 9, dtype=torch.float64)
    values = torch.stack([3 + turn.cos(), 0.2 * turn.sin(), 3 - turn.cos()], -1)[:, None].expand(9, 6, 3)
    spline = coefficients(values, (True, False))
    f = torch.tensor([0.3], dtype=torch.float64)
    found = torch.stack([(weights(f, 0)[0, :, None] * spline[k : k + 4, 2]).sum(0) for k in range(8)])
    theirs = CubicSpline(np.arange(9), values[:, 0].numpy(), bc_type="periodic")(np.arange(8) + 0.3)
    np.testing.assert_allclose(found, theirs, rtol=1e-10)


def test_weights_of_higher_order_are_derivatives() -> None:
    f, h = torch.linspace(0.1, 0.9, 5, dtype=torch.float64), 1e-5
    for order in (0, 1):
        slope = (weights(f + h, order) - weights(f - h, order)) / (2 * h)
        torch.testing.assert_close(weights(f, order + 1), slope, rtol=0, atol=1e-8)
    torch.testing.assert_close(weights(f, 0).sum(1), torch.ones_like(f))


def test_coefficients_of_no_metric_are_made_positive() -> None:
    values = positive(6, 6)
    values[3, 3, 0] = -5
    a, b, c = coefficients(values).unbind(-1)
    assert float(torch.minimum(a, c).min()) >= 0
    assert float((a * c - b * b).min()) > -1e-9

"""Cubic pieces against scipy's."""

import numpy as np
import torch
from scipy.interpolate import CubicHermiteSpline

from latentgeo.geometry.curves.hermite import Hermite


def test_it_is_scipys_curve_also_where_another_pair_has_fewer_points() -> None:
    generator = torch.Generator().manual_seed(0)
    times = torch.tensor([[0.0, 0.2, 0.7, 1.0], [0.0, 0.5, 1.0, 1.0]], dtype=torch.float64)
    points, velocities = torch.randn(2, 2, 4, 3, generator=generator, dtype=torch.float64)
    points[1, 3] = points[1, 2]
    velocities[1, 3] = velocities[1, 2]
    curve = Hermite(times, points, velocities)
    t = torch.linspace(0, 1, 33, dtype=torch.float64)
    for pair, count in ((0, 4), (1, 3)):
        theirs = CubicHermiteSpline(*(part[pair, :count].numpy() for part in (times, points, velocities)))
        np.testing.assert_allclose(curve(t)[pair], theirs(t.numpy()), atol=1e-12)
        np.testing.assert_allclose(curve.derivative(t)[pair], theirs.derivative()(t.numpy()), atol=1e-11)
        torch.testing.assert_close(curve.select(torch.tensor([pair]))(t)[0], curve(t)[pair])
    assert torch.equal(curve(t)[:, -1], points[:, -1])

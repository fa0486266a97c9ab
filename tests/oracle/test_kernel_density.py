"""Kernel densities against scikit-learn's in flat space and closed forms in curved ones."""

import math

import numpy as np
import pytest
import torch
from sklearn.neighbors import KernelDensity
from torch import Tensor

import latentgeo as lg
from latentgeo.statistics.kernel import Kernels
from periodic_surfaces import flat
from surfaces import Surface, affine, hyperbolic_ball, paraboloid, sphere


def points(count: int, spread: float, seed: int = 0) -> Tensor:
    return spread * torch.randn(count, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_in_flat_space_it_is_that_of_scikit_learn() -> None:
    surface, z, at = affine(2), points(60, 0.5), points(25, 0.6, 1)
    root = torch.linalg.cholesky(surface.metric(z[:1])[0])
    found = lg.kernel_density(surface.metric, z, at, 0.8)
    theirs = KernelDensity(bandwidth=0.8).fit((z @ root).numpy())
    true = np.exp(theirs.score_samples((at @ root).numpy()))
    np.testing.assert_allclose(found.density, true, rtol=0.015, atol=1e-4 * true.max())
    factor = float(torch.linalg.det(root))
    torch.testing.assert_close(found.latent_density, factor * found.density)
    assert found.error < 0.02


def test_the_bandwidth_is_that_of_the_held_out_likelihood() -> None:
    surface, z = affine(2), points(40, 0.5)
    root = torch.linalg.cholesky(surface.metric(z[:1])[0])
    found = lg.kernel_density(surface.metric, z, z[:1])
    seen = (z @ root).numpy()

    def held_out(h: float) -> float:
        others = [np.delete(seen, k, 0) for k in range(len(seen))]
        return float(
            np.mean([KernelDensity(bandwidth=h).fit(o).score(x[None]) for o, x in zip(others, seen, strict=True)])
        )

    tried = np.geomspace(0.2, 5, 60)
    scores = [held_out(h) for h in tried]
    best = int(np.argmax(scores))
    assert tried[best - 1] < found.bandwidth < tried[best + 1]
    assert found.held_out == pytest.approx(scores[best], abs=0.02)
    given = lg.kernel_density(surface.metric, z, z[:1], float(tried[best]))
    assert given.held_out == pytest.approx(scores[best], abs=0.02)


@pytest.mark.parametrize(
    ("surface", "growth", "box"),
    [(sphere(), torch.sin, 2.5), (hyperbolic_ball(2), torch.sinh, 0.7)],
    ids=["sphere", "hyperbolic"],
)
def test_a_curved_one_is_the_closed_form_and_integrates_to_one(surface: Surface, growth, box: float) -> None:
    z, h = points(25, 0.12), 0.25
    grid = lg.GridMetric(surface.metric, ((-box, box), (-box, box)), 129)
    side = torch.linspace(-0.65, 0.65, 53, dtype=torch.float64)
    at = torch.cartesian_prod(side, side)
    found = lg.kernel_density(surface.metric, z, at, h, grid=grid)
    true = torch.zeros(len(at), dtype=torch.float64)
    for point in z:
        d = surface.distance(point.expand_as(at), at)
        true += torch.exp(-((d / h) ** 2) / 2) * torch.where(d > 0, d / growth(d), 1.0)
    true /= len(z) * 2 * math.pi * h * h
    torch.testing.assert_close(found.density, true, rtol=0.03, atol=0.003 * float(true.max()))
    assert float(found.latent_density.sum() * 0.025**2) == pytest.approx(1.0, abs=0.01)


def test_the_volume_density_is_that_of_jacobi_fields() -> None:
    surface = paraboloid()
    z, ends = points(6, 0.3), points(6, 0.3, 1)
    grid = lg.GridMetric(surface.metric, ((-1.5, 1.5), (-1.5, 1.5)), 129)
    theta = Kernels(grid, ends, None, 97).to(z)[1].diagonal()
    line = lg.geodesic(surface.metric, z, ends, lg.BVP())
    start = line.curve.derivative(torch.zeros(1).double())[:, 0]
    G = surface.metric(z)
    # across the geodesic at its start
    turned = torch.stack([-start[:, 1], start[:, 0]], 1)
    across = torch.linalg.solve(G, turned)
    field = lg.jacobi_field(surface.metric, line.curve, torch.zeros_like(z), across).field[:, -1]
    true = (surface.metric.squared_speed(ends, field) / surface.metric.squared_speed(z, across)).sqrt()
    assert float((true - 1).abs().max()) > 0.02
    torch.testing.assert_close(theta, true, rtol=0, atol=0.1 * float((true - 1).abs().max()))


def test_fields_of_the_points_and_of_the_places_agree() -> None:
    z, at = points(20, 0.3), points(8, 0.3, 1)
    metric = sphere().metric
    grid = lg.GridMetric(metric, ((-2.0, 2.0), (-2.0, 2.0)), 65)
    few = lg.kernel_density(metric, z, at, 0.3, grid=grid).density
    many = lg.kernel_density(metric, z, at.repeat(3, 1), 0.3, grid=grid).density
    torch.testing.assert_close(many[:8], few, rtol=0.01, atol=0)


def test_across_a_seam() -> None:
    z = torch.tensor([[0.02, 0.0], [0.97, 0.05]], dtype=torch.float64)
    at = torch.tensor([[0.99, 0.0], [0.01, 0.03]], dtype=torch.float64)
    found = lg.kernel_density(flat((1.0, None)).metric, z, at, 0.1)
    step = at[:, None] - z
    step[..., 0] -= step[..., 0].round()
    true = (torch.exp(-step.square().sum(2) / 0.02) / (2 * math.pi * 0.01)).mean(1)
    torch.testing.assert_close(found.density, true, rtol=0.01, atol=0)

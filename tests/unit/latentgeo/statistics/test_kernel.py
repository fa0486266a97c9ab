"""Kernel densities: what they accept, return and refuse."""

import pytest
import torch

import latentgeo as lg
from surfaces import affine, sphere

Z = 0.3 * torch.randn(12, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_a_record_arrays_and_float32() -> None:
    found = lg.kernel_density(sphere().metric, Z.tolist(), Z[:3].numpy(), size=65)
    assert found.density.shape == found.latent_density.shape == (3,)
    assert found.bandwidth > 0
    assert "density: 3" in repr(found)
    metric = lg.PullbackMetric(torch.nn.Linear(2, 12).requires_grad_(False))
    single = lg.kernel_density(metric, Z.float(), Z[:3].float(), 0.5, size=65)
    assert single.density.dtype == single.latent_density.dtype == torch.float32
    assert single.bandwidth == 0.5


def test_a_point_of_no_weight_counts_for_nothing() -> None:
    metric = affine(2).metric
    grid = lg.GridMetric(metric, ((-2.0, 2.0), (-2.0, 2.0)), 9)
    weights = torch.ones(12, dtype=torch.float64).index_fill(0, torch.tensor([3]), 0.0)
    rest = torch.cat([Z[:3], Z[4:]])
    for h in (0.7, None):
        found = lg.kernel_density(metric, Z, Z[:4], h, weights=weights, grid=grid, size=65)
        without = lg.kernel_density(metric, rest, Z[:4], h, grid=grid, size=65)
        assert found.bandwidth == pytest.approx(without.bandwidth, rel=1e-3)
        torch.testing.assert_close(found.density, without.density, rtol=1e-2, atol=0)


def test_nowhere_and_points_at_the_same_place() -> None:
    assert lg.kernel_density(affine(2).metric, Z, Z[:0], 0.5, size=33).density.shape == (0,)
    same = lg.kernel_density(affine(2).metric, Z[:1].expand(3, 2), Z[:1], 0.5, size=33)
    assert float(same.density) == pytest.approx(1 / (2 * torch.pi * 0.25), rel=1e-3)
    assert same.error != same.error


@pytest.mark.usefixtures("unchecked")
def test_what_is_refused() -> None:
    metric = affine(2).metric
    with pytest.raises(ValueError, match=r"z must be \(points, 2\)"):
        lg.kernel_density(affine(3).metric, torch.zeros(4, 3).double(), Z)
    with pytest.raises(ValueError, match=r"at must be \(batch, 2\)"):
        lg.kernel_density(metric, Z, torch.zeros(4, 3).double())
    with pytest.raises(ValueError, match="z must have two points of positive weight at least"):
        lg.kernel_density(metric, Z[:2], Z, weights=[1.0, 0.0])
    with pytest.raises(ValueError, match=r"bandwidth must be positive and finite, in observation units; got 0\.0"):
        lg.kernel_density(metric, Z, Z, 0.0)
    with pytest.raises(ValueError, match="all points are the same; give bandwidth"):
        lg.kernel_density(metric, torch.zeros(3, 2).double(), Z, size=33)
    grid = lg.GridMetric(metric, ((-0.1, 0.1), (-0.1, 0.1)), 9)
    with pytest.raises(ValueError, match=r"z: point \d+, .* is outside the grid's bounds"):
        lg.kernel_density(metric, Z, Z, grid=grid)

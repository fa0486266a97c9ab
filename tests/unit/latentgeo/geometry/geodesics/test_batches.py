"""What else is in a batch changes no pair, where all are solved on one cache."""

import math

import torch

import latentgeo as lg
from surfaces import random_mlp

BOX = ((-1.6, 1.6), (-1.6, 1.6))


def around_a_ring(kappa: float) -> tuple[lg.Metric, torch.Tensor]:
    """A decoder whose metric is dear away from a ring of points, and that ring."""
    generator = torch.Generator().manual_seed(0)
    angle = 2 * math.pi * torch.rand(400, generator=generator, dtype=torch.float64)
    noise = 0.03 * torch.randn(400, 2, generator=generator, dtype=torch.float64)
    ring = torch.stack([angle.cos(), angle.sin()], 1) + noise
    raw = lg.PullbackMetric(random_mlp(2, 32, 20, scale=1.5))
    precision = lg.RBFPrecision.fit(ring, 64, kappa, generator=generator)
    return lg.ScaledMetric(raw, precision), ring


def test_pairs_of_a_batch_are_solved_as_each_alone() -> None:
    metric, ring = around_a_ring(kappa=1000.0)
    z0, z1 = ring[:24], ring[24:48]
    grid = lg.GridMetric(metric, BOX, 65)
    whole = lg.geodesic(metric, z0, z1, grid=grid)
    for part in torch.arange(24).split(8):
        few = lg.geodesic(metric, z0[part], z1[part], grid=grid)
        torch.testing.assert_close(few.length, whole.length[part], rtol=1e-11, atol=0)
        assert few.outcome == [whole.outcome[pair] for pair in part.tolist()]

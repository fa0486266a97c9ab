"""Statistics and sampling take every kind of metric, and what they find is what their names say."""

import pytest
import torch
from torch import Tensor
from torch.distributions import Bernoulli

import latentgeo as lg
from surfaces import random_mlp

pytestmark = pytest.mark.slow
BOX = ((-1.2, 1.2), (-1.2, 1.2))


def points() -> Tensor:
    return 0.3 * torch.randn(14, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def deviation(z: Tensor) -> Tensor:
    return 0.5 + z.square().sum(1, keepdim=True)


def kinds() -> dict[str, lg.Metric]:
    raw = lg.PullbackMetric(random_mlp(scale=0.6))
    factor = lg.KernelFactor.fit(points(), 10, kappa=5.0, generator=torch.Generator().manual_seed(0))
    return {
        "smoothed": lg.SmoothedMetric.from_data(raw, points()),
        "scaled": lg.ScaledMetric(raw, factor),
        "expected": lg.ExpectedMetric(random_mlp(scale=0.6), deviation),
        "ensemble": lg.EnsembleMetric([random_mlp(scale=0.6, seed=seed) for seed in (0, 1)]),
        "fisher-rao": lg.FisherRaoMetric(random_mlp(scale=0.6), lambda logits: Bernoulli(logits=logits)),
        "grid": lg.GridMetric(raw, BOX, 65),
    }


EVERY = pytest.mark.parametrize("kind", list(kinds()))


@EVERY
def test_statistics(kind: str) -> None:
    metric, z = kinds()[kind], points()
    distances = lg.distance_matrix(metric, z, method="geodesic")
    mean = lg.frechet_mean(metric, z)
    # no point is nearer to all of them
    assert float(mean.objective) <= float(distances.square().mean(1).min()) * 1.001
    components = lg.tangent_pca(metric, z, mean=mean)
    assert float(components.variances.sum()) == pytest.approx(float(mean.objective), rel=0.02)
    clusters = lg.k_means(metric, z, 2, generator=torch.Generator().manual_seed(0), size=65)
    assert float(clusters.objective) < float(mean.objective)
    law = lg.locally_adaptive_normal(metric, z, size=65)
    density = lg.kernel_density(metric, z, z, size=65)
    for found in (law.log_density(z), density.density.log()):
        assert bool(torch.isfinite(found).all())
        # likelier near the middle than at the farthest point
        far = int(distances.square().mean(1).argmax())
        assert float(found[far]) == pytest.approx(float(found.min()), abs=1.0)
        assert float(found[far]) < float(found.max())


@EVERY
def test_sampling(kind: str) -> None:
    metric, draw = kinds()[kind], torch.Generator().manual_seed(0)
    inside = ((-0.5, 0.5), (-0.5, 0.5))
    heat = lg.heat_kernel(metric, torch.zeros(2).double(), 0.01, inside, 33)
    assert float((heat.density * heat.volume).sum()) == pytest.approx(1.0)
    z = lg.sample_volume(metric, 200, inside, size=33, generator=draw)
    assert bool((z.abs() <= 0.5).all())
    walk = lg.brownian_motion(metric, torch.zeros(50, 2).double(), 1e-3, 3, generator=draw)
    # in so short a time the space is flat
    spread = walk.path[:, -1].T.cov() @ metric(torch.zeros(1, 2).double())[0]
    torch.testing.assert_close(spread, 1e-3 * torch.eye(2).double(), rtol=0, atol=7e-4)

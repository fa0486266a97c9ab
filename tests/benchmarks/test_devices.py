"""On the device as on paper: every solver against distances in closed form, and the rest of the library's geometry.

`make benchmark DEVICE=cuda` asks a GPU; on the CPU, where they always run, they say that no closed form is missed.
"""

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import latentgeo as lg
import surfaces

pytestmark = pytest.mark.slow

PAIRS, POINTS = 6, 300
# of a distance: what paths over data and short networks come to, and smooth curves
ROUGHLY, WELL = 0.15, 1e-3
SOLVERS: dict[str, tuple[lg.Solver | None, float]] = {
    "default": (None, WELL),
    "over data": (lg.SplineCurve(start="graph"), WELL),
    "several starts": (lg.SplineCurve(starts=2), WELL),
    "GaussNewton": (lg.GaussNewton(), WELL),
    "Georce": (lg.Georce(), WELL),
    "BVP": (lg.BVP(), WELL),
    "GraphPath": (lg.GraphPath(), ROUGHLY),
    "NeuralCurve": (lg.NeuralCurve(steps=30), ROUGHLY),
}


@pytest.mark.parametrize("latent", [2, 5])
@pytest.mark.parametrize("solver", SOLVERS)
def test_a_solver(benchmark: Any, device: torch.device, solver: str, latent: int) -> None:
    sphere = surfaces.sphere(latent)
    z0, z1 = sphere.ends(PAIRS)
    # the last pair is one point
    z1[-1] = z0[-1]
    data = torch.cat(surfaces.draw(POINTS, latent, -0.6, 0.6, seed=3))
    how, tolerance = SOLVERS[solver]
    ends = z0.to(device), z1.to(device)
    found = benchmark.pedantic(lambda: lg.geodesic(sphere.metric, *ends, how, data=data.to(device)), rounds=1)
    assert found.length.cpu() == pytest.approx(sphere.distance(z0, z1), rel=tolerance, abs=1e-12)
    assert bool(torch.isfinite(found.curve(ends[0].new_tensor([0.0, 0.3, 1.0]))).all())


@pytest.mark.parametrize("latent", [2, 5])
def test_exponential_and_logarithm(benchmark: Any, device: torch.device, latent: int) -> None:
    sphere = surfaces.sphere(latent)
    z0, z1 = (z.to(device) for z in sphere.ends(PAIRS))
    v = benchmark.pedantic(lambda: lg.logarithm(sphere.metric, z0, z1).velocity, rounds=1)
    end = lg.exponential(sphere.metric, z0, v).point
    assert torch.allclose(end.cpu(), z1.cpu(), atol=1e-5)


def test_distances(benchmark: Any, device: torch.device) -> None:
    sphere = surfaces.sphere()
    z0, z1 = sphere.ends(20)
    found = benchmark.pedantic(lambda: lg.distance_matrix(sphere.metric, torch.cat([z0, z1]).to(device)), rounds=1)
    assert found.cpu().diagonal(20) == pytest.approx(sphere.distance(z0, z1), rel=5e-3)
    field = lg.distance_field(sphere.metric, z0[0].to(device), ((-0.8, 0.8), (-0.8, 0.8)))
    assert float(field.distance.max()) < math.pi


def test_metrics_and_curvature(benchmark: Any, device: torch.device) -> None:
    """One graph of tensors for each; what they are is asserted elsewhere."""
    decoder = surfaces.random_mlp(2, 64, 30)
    z = surfaces.draw(POINTS, 2, -1, 1)[0]

    def every(z: Tensor, decoder: nn.Module) -> list[Tensor]:
        raw = lg.PullbackMetric(decoder)
        metrics = [raw, lg.SmoothedMetric.from_data(raw, z), lg.GridMetric(raw, ((-1.1, 1.1), (-1.1, 1.1)), 65)]
        factors = [lg.magnification_factor(metric(z)) for metric in metrics]
        return [*factors, lg.gaussian_curvature(raw, z[:5]), lg.christoffel(raw, z[:5])]

    expected = every(z, decoder)
    found = benchmark.pedantic(lambda: every(z.to(device), decoder.to(device)), rounds=1)
    for here, there in zip(found, expected, strict=True):
        assert torch.allclose(here.detach().cpu(), there.detach(), rtol=1e-8)

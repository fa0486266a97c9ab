"""The two kernels of a pullback metric, with a forward pass as the unit.

Run `pytest tests/benchmarks --benchmark-enable`; `--benchmark-json` keeps the errors too. Without benchmarking each
runs once on few points.
"""

import pytest
import torch
from torch import Tensor, nn

import latentgeo as lg


def decoder() -> nn.Sequential:
    """2-512-512-784 with a sigmoid, as for MNIST; float64."""
    torch.manual_seed(0)
    layers = [nn.Linear(2, 512), nn.Tanh(), nn.Linear(512, 512), nn.Tanh(), nn.Linear(512, 784), nn.Sigmoid()]
    return nn.Sequential(*layers).double().eval().requires_grad_(False)


@pytest.fixture
def points(benchmark) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(1000 if benchmark.disabled else 10_000, 2, generator=generator, dtype=torch.float64)


def in_parts(function, *arguments: Tensor) -> Tensor:
    """As the library calls its kernels: a bounded number of points at once."""
    return torch.cat([function(*part) for part in zip(*(a.split(1024) for a in arguments), strict=True)])


@torch.no_grad()
def test_forward(benchmark, points: Tensor) -> None:
    """The unit."""
    benchmark(in_parts, decoder(), points)


@pytest.mark.parametrize("path", ["layers", "torch.func"])
@torch.no_grad()
def test_squared_speed(benchmark, points: Tensor, path: str) -> None:
    """One Jacobian-vector product a point."""
    f = decoder()
    metric = lg.PullbackMetric(f if path == "layers" else lambda z: f(z), probe=points[:4])
    v = points.flip(1)
    found = benchmark(in_parts, metric.squared_speed, points, v)
    step = 1e-6
    truth = ((f(points[:100] + step * v[:100]) - f(points[:100] - step * v[:100])) / (2 * step)).square().sum(1)
    error = float((found[:100] / truth - 1).abs().max())
    benchmark.extra_info["error"] = error
    assert error < 1e-6


@pytest.mark.parametrize("path", ["layers", "torch.func"])
@torch.no_grad()
def test_tensor(benchmark, points: Tensor, path: str) -> None:
    """All of G."""
    f = decoder()
    metric = lg.PullbackMetric(f if path == "layers" else lambda z: f(z), probe=points[:4])
    found = benchmark(in_parts, metric, points)
    jacobian = torch.func.vmap(torch.func.jacrev(lambda z: f(z.unsqueeze(0)).squeeze(0)))(points[:20])
    truth = jacobian.transpose(1, 2) @ jacobian
    error = float((found[:20] - truth).abs().max() / truth.abs().max())
    benchmark.extra_info["error"] = error
    assert error < 1e-12

"""The Jacobian and the two kernels of a pullback metric, with a forward pass as the unit.

`make benchmark`, or `make benchmark DEVICE=cuda`; `--benchmark-json` keeps the errors and the device too. Without
benchmarking each runs once on few points.
"""

from collections.abc import Callable
from functools import cache
from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import latentgeo as lg
from latentgeo.geometry.routes.forward import ForwardMode
from latentgeo.geometry.routes.layers import Layers, plain_layers

pytestmark = [
    pytest.mark.slow,
    # of the thread that goes backwards on a GPU for the first time
    pytest.mark.filterwarnings("ignore:Attempting to run cuBLAS"),
]

POINTS = (1, 100, 10_000, 100_000)
# operations; some seconds of one core
MOST_ON_CPU = 1e12
CASES = [
    *((*case, torch.float64) for case in product((2, 8, 32), (256, 784, 3072), POINTS)),
    *((2, 784, points, torch.float32) for points in POINTS),
]
NAMES = ["-".join(str(part).removeprefix("torch.") for part in case) for case in CASES]
EVERY = pytest.mark.parametrize(("latent", "obs", "points", "dtype"), CASES, ids=NAMES)
PATHS = pytest.mark.parametrize("path", ["layers", "torch.func"])


@cache
def draw(latent: int) -> Tensor:
    """All latent points; cases take as many as they have."""
    return torch.randn(POINTS[-1], latent, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@cache
def reverse_mode(decoder: nn.Sequential) -> Tensor:
    """The Jacobian (points, obs, latent) of the first few points, in float64."""
    weights = {name: weight.double() for name, weight in decoder.named_parameters()}

    def decode(z: Tensor) -> Tensor:
        return torch.func.functional_call(decoder, weights, z.unsqueeze(0)).squeeze(0)

    first = draw(decoder[0].in_features)[:2].to(decoder[0].weight.device)
    return torch.stack([torch.func.jacrev(decode)(z.to(decoder[0].weight.dtype).double()) for z in first])


@cache
def pullback(decoder: nn.Sequential, path: str) -> lg.PullbackMetric:
    """The decoder's metric, by its layers or as that of any callable."""
    weight = decoder[0].weight
    probe = draw(weight.shape[1])[:4].to(weight)
    return lg.PullbackMetric(decoder if path == "layers" else lambda z: decoder(z), probe=probe)


class Kernel:
    """Runs a function of latent points under the benchmark, and notes its error and the floor of its operations."""

    def __init__(self, benchmark: Any, decoder: nn.Sequential, points: int, device: torch.device) -> None:
        weight = decoder[0].weight
        self.benchmark = benchmark
        self.decoder = decoder
        self.points = min(points, 5) if benchmark.disabled else points
        self.z = draw(weight.shape[1])[: self.points].to(device, weight.dtype)
        self.v = self.z.flip(1)

    def metric(self, path: str) -> lg.PullbackMetric:
        return pullback(self.decoder, path)

    def __call__(self, function: Callable[[], Tensor], rows: int) -> Tensor:
        """Rows: how many are pushed through the decoder, of points and tangents."""
        operations = 2 * rows * sum(p.numel() for p in self.decoder.parameters())
        if self.z.device.type == "cpu" and operations > MOST_ON_CPU:
            pytest.skip(f"{operations:.1g} operations are too many for a CPU")
        self.benchmark.extra_info["operations"] = operations
        rounds = int(min(50, max(2, 1e11 // operations)))
        return self.benchmark.pedantic(function, rounds=rounds, warmup_rounds=1)

    def check(self, found: Tensor, expected: Tensor) -> None:
        """Note the largest error of the first points, in float64, beside the largest number."""
        error = float((found[: len(expected)].double() - expected).abs().max() / expected.abs().max())
        self.benchmark.extra_info["error"] = error
        assert error < (1e-12 if found.dtype == torch.float64 else 1e-4)

    def truth(self) -> Tensor:
        """The Jacobian (points, obs, latent) of a few points, by reverse mode in float64."""
        return reverse_mode(self.decoder)[: self.points]


@pytest.fixture
def kernel(benchmark, decoder, latent: int, obs: int, points: int, dtype: torch.dtype, device, named: str) -> Kernel:
    benchmark.group = f"{latent}-512-512-{obs}, {points} points, {str(dtype).removeprefix('torch.')}"
    benchmark.extra_info["device"] = named
    return Kernel(benchmark, decoder(latent, obs, dtype), points, device)


@EVERY
@torch.no_grad()
def test_forward(kernel: Kernel, wait) -> None:
    """The unit; as many points at once as a CPU likes best."""
    parts = kernel.z.split(1024 if kernel.z.device.type == "cpu" else len(kernel.z))
    kernel(lambda: wait(torch.cat([kernel.decoder(part) for part in parts])), len(kernel.z))


@EVERY
@PATHS
@torch.no_grad()
def test_jacobian(kernel: Kernel, path: str, wait) -> None:
    """All of J, of 300 points at most: it is not taken in parts; (latent, batch, obs)."""
    layers = plain_layers(kernel.decoder) if path == "layers" else None
    route = ForwardMode(kernel.decoder) if layers is None else Layers(layers)
    points = kernel.z[:300]
    found = kernel(lambda: wait(route.jacobian(points)), points.numel() + len(points))
    kernel.check(found.permute(1, 2, 0), kernel.truth())


@EVERY
@PATHS
@torch.no_grad()
def test_squared_speed(kernel: Kernel, path: str, wait) -> None:
    """One Jacobian-vector product a point."""
    metric = kernel.metric(path)
    found = kernel(lambda: wait(metric.squared_speed(kernel.z, kernel.v)), 2 * len(kernel.z))
    truth = kernel.truth()
    kernel.check(found, (truth @ kernel.v[: len(truth), :, None].double()).square().sum((1, 2)))


@EVERY
@PATHS
@torch.no_grad()
def test_tensor(kernel: Kernel, path: str, wait) -> None:
    """All of G."""
    metric = kernel.metric(path)
    found = kernel(lambda: wait(metric(kernel.z)), kernel.z.numel() + len(kernel.z))
    truth = kernel.truth()
    kernel.check(found, truth.transpose(1, 2) @ truth)

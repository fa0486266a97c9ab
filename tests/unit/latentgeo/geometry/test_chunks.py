"""Batches are evaluated in parts that fit the memory, with the same result; and how large the parts are."""

import subprocess
import sys

import pytest
import torch
from torch import Tensor, nn

import latentgeo as lg
from latentgeo.geometry import chunks
from latentgeo.geometry.chunks import Widest, in_parts, rows_at_once
from surfaces import random_mlp


def draw(count: int, latent: int) -> Tensor:
    return torch.randn(count, latent, generator=torch.Generator().manual_seed(4), dtype=torch.float64)


def convolution() -> nn.Sequential:
    layers = [nn.Linear(2, 16), nn.Tanh(), nn.Unflatten(1, (1, 4, 4)), nn.Conv2d(1, 64, 3), nn.Tanh(), nn.Flatten()]
    return nn.Sequential(*layers, nn.Linear(256, 3)).double()


@pytest.mark.parametrize("count", [0, 1, 6, 7, 8, 20])
def test_parts_are_put_together(count: int) -> None:
    seen: list[int] = []

    def function(a: Tensor, b: Tensor) -> Tensor:
        seen.append(len(a))
        return a * b.sum(1, keepdim=True)

    a, b = draw(count, 3), draw(count, 2)
    torch.testing.assert_close(in_parts(function, 7, a, b), a * b.sum(1, keepdim=True))
    assert max(seen) <= 7


@pytest.mark.parametrize("make", [random_mlp, convolution])
def test_parts_change_nothing(make, monkeypatch: pytest.MonkeyPatch) -> None:
    metric = lg.PullbackMetric(make())
    z, v = draw(11, 2), draw(11, 2).flip(0)
    functions = (
        lambda z: metric(z),
        lambda z: metric.squared_speed(z, v),
        lambda z: metric.displacement(z, v),
        lambda z: torch.func.jvp(metric, (z,), (v,))[1],
        lambda z: torch.func.jacrev(lambda p: metric.squared_speed(p, v).sum())(z),
        lambda z: torch.func.hessian(lambda p: metric.squared_speed(p, v).sum())(z),
        lambda z: torch.func.vmap(lambda w: metric.squared_speed(z, w))(torch.stack([z, v])),
    )
    with torch.no_grad():
        whole = [function(z) for function in functions]
        monkeypatch.setattr("latentgeo.geometry.metrics.pullback.rows_at_once", lambda width, rows, like: 9)
        for function, expected in zip(functions, whole, strict=True):
            torch.testing.assert_close(function(z), expected)


def test_a_gradient_that_is_not_foreseen_survives_the_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = random_mlp().requires_grad_()
    metric = lg.PullbackMetric(lambda z: inner(z), probe=draw(4, 2), weight_gradients=True)
    weights = [*inner.parameters()]
    expected = torch.autograd.grad(
        metric(draw(11, 2)).square().sum(), weights, allow_unused=True, materialize_grads=True
    )
    monkeypatch.setattr("latentgeo.geometry.metrics.pullback.rows_at_once", lambda width, rows, like: 9)
    found = torch.autograd.grad(metric(draw(11, 2)).square().sum(), weights, allow_unused=True, materialize_grads=True)
    torch.testing.assert_close(found, expected)


@torch.no_grad()
def test_the_decoder_sees_few_points_however_many_there_are() -> None:
    seen: list[int] = []
    layer = nn.Linear(8, 4096).double()

    def decoder(z: Tensor) -> Tensor:
        seen.append(len(z))
        return torch.sin(layer(z))

    metric = lg.PullbackMetric(decoder, probe=draw(4, 8))
    assert max(seen) * 4096 * 8 <= chunks._IN_CACHE
    seen.clear()
    metric(draw(2000, 8))
    # all nine rows of a point, at most, in what is meant to be in the cache
    assert 9 * max(seen) * 4096 * 8 <= chunks._FEW_ROWS_BYTES
    seen.clear()
    metric.squared_speed(draw(2000, 8), draw(2000, 8))
    assert 2 * max(seen) * 4096 * 8 <= chunks._FEW_ROWS_BYTES


def test_hidden_layers_count() -> None:
    metric = lg.PullbackMetric(convolution())
    assert metric._width == 256
    with Widest(5) as widest:
        convolution()(draw(5, 2))
    assert widest.width == 256


def test_rows_for_the_cache_and_for_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    z = draw(1, 2)
    free = 1 << 40
    monkeypatch.setattr(chunks, "_free_bytes", lambda device: free)
    assert rows_at_once(1024, 10, z) == 10
    assert rows_at_once(1024, 10**6, z) == 1024
    assert rows_at_once(1024, 10**6, z.float()) == 2048
    assert rows_at_once(3072, 10**6, z) == 1024
    assert rows_at_once(1 << 16, 10**6, z) == 64
    assert rows_at_once(1 << 30, 10**6, z) == 1
    free = 1 << 25
    assert rows_at_once(1024, 10**6, z) == (free // 4) // (1024 * 8 * 8)
    assert rows_at_once(1024, 10**6, z.float()) == (free // 4) // (1024 * 4 * 8)
    free = 0
    assert rows_at_once(1024, 10**6, z) == 1
    monkeypatch.setattr(chunks, "_free_bytes", lambda device: None)
    assert rows_at_once(1024, 10**6, z) == 1024


def test_the_free_memory_of_this_machine() -> None:
    free = chunks._free_bytes(torch.device("cpu"))
    assert free is None or free > 0
    assert chunks._free_bytes(torch.device("meta")) is None


PEAK = """
import resource, torch, latentgeo as lg
from torch import nn
torch.set_num_threads(1)
decoder = nn.Sequential(nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 3072)).double().requires_grad_(False)
metric = lg.PullbackMetric(decoder)
z = torch.zeros(600, 64, dtype=torch.float64)
metric(z[:100])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
metric(z)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB on Linux alone")
def test_peak_memory_is_that_of_the_result() -> None:
    done = subprocess.run([sys.executable, "-c", PEAK], capture_output=True, text=True, check=True)
    result = 600 * 64 * 64 * 8 / 1024
    # all at once, the Jacobian alone would take 0.9 GiB
    assert int(done.stdout) < result + 100 * 1024

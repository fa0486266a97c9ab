"""Decoders of float32 weights, probed in float64: the kinds that people have."""

import warnings
from collections.abc import Callable

import pytest
import torch
from torch import nn

import latentgeo as lg

KINDS: dict[str, tuple[str, Callable[[], nn.Module]]] = {
    "wide ReLU": (
        "layers",
        lambda: nn.Sequential(nn.Linear(2, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 20)),
    ),
    "tanh": ("layers", lambda: nn.Sequential(nn.Linear(2, 64), nn.Tanh(), nn.Linear(64, 20))),
    "layer norm": (
        "forward mode",
        lambda: nn.Sequential(nn.Linear(2, 64), nn.LayerNorm(64), nn.SiLU(), nn.Linear(64, 20)),
    ),
    "batch norm": (
        "forward mode",
        lambda: nn.Sequential(nn.Linear(2, 64), nn.BatchNorm1d(64), nn.GELU(), nn.Linear(64, 20)),
    ),
}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("kind", KINDS)
def test_the_route_and_the_metric_are_those_of_float64(kind: str, seed: int) -> None:
    torch.manual_seed(seed)
    route, make = KINDS[kind]
    decoder = make().eval().requires_grad_(False)
    z = torch.randn(6, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lg.PiecewiseLinearWarning)
        metric = lg.PullbackMetric(decoder)
        assert metric.route == route
        G = metric(z)
        assert G.dtype == torch.float32
        exact = lg.PullbackMetric(decoder.double())(z.double())
    torch.testing.assert_close(G.double(), exact, rtol=0, atol=1e-4 * float(exact.abs().max()))


def test_differences_of_a_float32_decoder_are_taken_in_float64() -> None:
    class Detached(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 8))

        def forward(self, z: torch.Tensor) -> torch.Tensor:
            return self.net(z).detach()

    torch.manual_seed(0)
    decoder, z = Detached(), torch.randn(5, 2)
    with pytest.warns(lg.FiniteDifferencesWarning):
        metric = lg.PullbackMetric(decoder)
    torch.testing.assert_close(metric(z), lg.PullbackMetric(decoder.net)(z), rtol=1e-4, atol=1e-6)
    with torch.no_grad():
        decoder.net[2].weight.mul_(2)
    torch.testing.assert_close(metric(z), lg.PullbackMetric(decoder.net)(z), rtol=1e-4, atol=1e-6)

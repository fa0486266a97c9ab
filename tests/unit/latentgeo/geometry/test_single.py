"""Decoders of float32 weights, probed in float64: the kinds that people have."""

import re
import warnings
from collections.abc import Callable
from copy import deepcopy
from typing import Any

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


def half_detached(net: nn.Module, offset: float = 0.0) -> Callable[[torch.Tensor], torch.Tensor]:
    """A function, of which nobody can tell that its weights could be cast."""
    return lambda z: net(z) + net(z).sin().detach() + offset


def scripted(net: nn.Sequential, offset: float = 0.0) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return torch.jit.script(nn.Sequential(net, nn.LayerNorm(8, dtype=next(net.parameters()).dtype), Plus(offset)))


class Plus(nn.Module):
    def __init__(self, offset: float) -> None:
        super().__init__()
        self.offset = offset

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.offset


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.filterwarnings("ignore::latentgeo.FiniteDifferencesWarning")
@pytest.mark.parametrize("made", [half_detached, scripted])
def test_differences_of_float32_values_say_how_good_they_are(made: Callable, seed: int) -> None:
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 8)).requires_grad_(False)
    z = torch.randn(12, 2)
    metric, exact = lg.PullbackMetric(made(net), probe=z), lg.PullbackMetric(made(deepcopy(net).double()), probe=z)
    assert re.fullmatch(r"differences, float32, to \de-0[45]", metric.route or "")
    stated = float((metric.route or "").split()[-1])
    G, gamma = exact(z.double()), lg.christoffel(exact, z.double())
    torch.testing.assert_close(metric(z).double(), G, rtol=0, atol=stated * float(G.abs().max()))
    # dividing by G multiplies the error
    allowed = stated * float(torch.linalg.cond(G).max()) * float(gamma.abs().max())
    torch.testing.assert_close(lg.christoffel(metric, z).double(), gamma, rtol=0, atol=allowed)


@pytest.mark.filterwarnings("ignore::latentgeo.FiniteDifferencesWarning")
@pytest.mark.parametrize("made", [half_detached, scripted])
def test_differences_of_float32_values_that_are_too_coarse_are_refused(made: Callable) -> None:
    torch.manual_seed(0)
    net, z = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 8)), torch.randn(12, 2)
    advice = r"float32 values are good to .* only; give a decoder that takes float64"
    metric = lg.PullbackMetric(made(net), probe=z)
    # the next call is not let through either
    for _ in range(2):
        with pytest.raises(lg.DecoderError, match=f"by differences, up to order 3, those of {advice}"):
            lg.gaussian_curvature(metric, z)
    assert metric(z).isfinite().all()
    # rounded, values near 100 say little of their second derivatives
    with pytest.raises(lg.DecoderError, match=f"by differences, up to order 2, those of {advice}"):
        lg.PullbackMetric(made(net, offset=100.0), probe=z)
    lg.gaussian_curvature(lg.PullbackMetric(made(net.double(), offset=100.0), probe=z.double()), z.double())


def test_the_warning_has_the_error_of_float32_differences() -> None:
    net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 8))
    with pytest.warns(
        lg.FiniteDifferencesWarning, match=r"in float32 right to \de-0\d of the largest \(give a decoder"
    ):
        lg.PullbackMetric(half_detached(net), probe=torch.randn(12, 2, generator=torch.Generator().manual_seed(0)))
    with pytest.warns(lg.FiniteDifferencesWarning, match=r"of its values: right, but"):
        lg.PullbackMetric(half_detached(net.double()))(torch.randn(12, 2, dtype=torch.float64))

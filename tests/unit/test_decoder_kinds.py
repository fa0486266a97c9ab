"""The table of decoders in the documentation, and that each of them is right or refused."""

import warnings

import pytest
import torch
from torch import Tensor, nn

import decoder_kinds
import latentgeo as lg
from decoder_kinds import KINDS, REFUSED, REFUSED_KINDS, TABLE
from latentgeo.decoder import decode

# central differences of order 8
_WEIGHTS = (4 / 5, -1 / 5, 4 / 105, -1 / 280)
KINKED = ("perceptron, ReLU", "grid_sample")


def slope(function, z: Tensor, v: Tensor, step: float) -> Tensor:
    parts = (w * (function(z + k * step * v) - function(z - k * step * v)) for k, w in enumerate(_WEIGHTS, 1))
    return sum(parts, torch.zeros(())) / step


@pytest.mark.filterwarnings("ignore::latentgeo.PiecewiseLinearWarning", "ignore::latentgeo.FiniteDifferencesWarning")
@pytest.mark.parametrize("kind", KINDS)
def test_the_metric_and_its_derivative_are_those_of_differences(kind: str) -> None:
    torch.manual_seed(0)
    decoder = KINDS[kind]()
    if isinstance(decoder, nn.Module):
        decoder = decoder.double().eval().requires_grad_(False)
    z = torch.randn(4, 2, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    metric = lg.PullbackMetric(decoder)
    axes = torch.eye(2, dtype=torch.float64)

    @torch.no_grad()
    def values(points: Tensor) -> Tensor:
        return decode(decoder, points)

    def G(points: Tensor) -> Tensor:
        J = torch.stack([slope(values, points, axis, 1e-3) for axis in axes])
        return torch.einsum("ibo,jbo->bij", J, J)

    if kind in KINKED:
        J = torch.stack([slope(values, z, axis, 1e-6) for axis in axes])
        exact = torch.einsum("ibo,jbo->bij", J, J).detach()
        torch.testing.assert_close(metric(z).detach(), exact, rtol=0, atol=1e-7 * float(exact.abs().max()))
        return
    exact = G(z).detach()
    scale = float(exact.abs().max())
    torch.testing.assert_close(metric(z).detach(), exact, rtol=0, atol=1e-9 * scale)
    D = torch.stack([slope(G, z, axis, 1e-3) for axis in axes], 1).detach()
    lowered = (D.permute(0, 2, 1, 3) + D.permute(0, 2, 3, 1) - D) / 2
    found = torch.einsum("bkl,blij->bkij", exact, lg.christoffel(metric, z).detach().nan_to_num())
    if bool((torch.linalg.cond(exact) < 1e6).all()):
        torch.testing.assert_close(found, lowered, rtol=0, atol=1e-6 * float(D.abs().max() + scale))


@pytest.mark.parametrize("kind", REFUSED_KINDS)
def test_what_carries_no_metric_is_refused(kind: str) -> None:
    assert decoder_kinds.row(REFUSED_KINDS[kind], training=True)[0] == REFUSED


def test_the_documented_table_is_that_of_today() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert decoder_kinds.table() in TABLE.read_text(encoding="utf-8"), "run `python -m decoder_kinds`"

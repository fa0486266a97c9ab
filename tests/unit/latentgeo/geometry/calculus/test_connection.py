"""Christoffel symbols and their contractions: shapes, every kind of metric, and what is refused."""

import pytest
import torch
from torch import nn

import latentgeo as lg
from latentgeo.geometry.calculus.connection import contraction, geodesic_acceleration
from surfaces import affine, draw, random_mlp, sphere

DECODER = random_mlp(hidden=8)
RAW = lg.PullbackMetric(DECODER)
CACHED = lg.GridMetric(RAW, ((-1.5, 1.5), (-1.5, 1.5)), 48)
METRICS = {
    "raw": RAW,
    "general": lg.PullbackMetric(lambda z: DECODER(z)),
    "smoothed": lg.SmoothedMetric(RAW, 2.0),
    "cut": lg.SmoothedMetric(RAW, 2.0, rank=2),
    "cached": CACHED,
    "smoothed-cache": lg.SmoothedMetric(CACHED, 2.0),
}


@pytest.mark.parametrize("latent", [1, 2, 3, 6])
def test_shapes(latent: int) -> None:
    metric = lg.PullbackMetric(random_mlp(latent, hidden=8, obs=9))
    z, v = draw(4, latent, -1, 1)
    assert lg.christoffel(metric, z).shape == (4, latent, latent, latent)
    assert geodesic_acceleration(metric, z, v).shape == (4, latent)
    assert contraction(metric, z, v, z).shape == (4, latent)


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_has_the_derivatives_of_its_tensor(name: str) -> None:
    metric = METRICS[name]
    z, v = draw(4, 2, -1, 1, seed=1)
    u = v.flip(0)
    gamma = lg.christoffel(metric, z)
    step = 1e-5
    shifts = step * torch.eye(2, dtype=z.dtype)
    D = torch.stack([(metric(z + shift) - metric(z - shift)) / (2 * step) for shift in shifts], 1)
    lowered = torch.einsum("blk,bkij->blij", metric(z), gamma)
    numeric = (D.permute(0, 2, 1, 3) + D.permute(0, 2, 3, 1) - D) / 2
    torch.testing.assert_close(lowered, numeric, rtol=1e-5, atol=1e-6 * float(numeric.abs().max()))
    expected = torch.einsum("bkij,bi,bj->bk", gamma, v, u)
    torch.testing.assert_close(contraction(metric, z, v, u), expected, rtol=1e-9, atol=1e-9)
    expected = -torch.einsum("bkij,bi,bj->bk", gamma, v, v)
    torch.testing.assert_close(geodesic_acceleration(metric, z, v), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("activation", [nn.SiLU, nn.Mish, nn.GELU, nn.Softplus])
def test_activations_without_a_second_forward_mode(activation: type[nn.Module]) -> None:
    decoder = nn.Sequential(nn.Linear(2, 7), activation(), nn.Linear(7, 4)).double()
    metric = lg.PullbackMetric(decoder)
    z, v = draw(3, 2, -1, 1)
    with torch.no_grad():
        gamma = lg.christoffel(metric, z)
    expected = -torch.einsum("bkij,bi,bj->bk", gamma, v, v)
    torch.testing.assert_close(geodesic_acceleration(metric, z, v), expected, rtol=1e-9, atol=1e-9)


def test_a_flat_metric_has_none() -> None:
    z, v = draw(3, 3, -1, 1)
    constant = lg.FunctionMetric(lambda z: torch.eye(3, dtype=z.dtype).expand(len(z), 3, 3))
    for metric in (affine(3).metric, constant):
        assert not bool(lg.christoffel(metric, z).any())
        assert not bool(geodesic_acceleration(metric, z, v).any())
        assert not bool(contraction(metric, z, v, z).any())


def test_gradients_reach_points() -> None:
    z, _ = draw(2, 2, -1, 1)
    assert torch.autograd.gradcheck(lambda p: lg.christoffel(RAW, p), (z.requires_grad_(),))
    with torch.no_grad():
        assert not lg.christoffel(RAW, z).requires_grad


def test_gradients_reach_weights_only_where_they_are_asked_for() -> None:
    decoder = random_mlp(hidden=8).requires_grad_()
    z, _ = draw(3, 2, -1, 1)
    assert not lg.christoffel(lg.PullbackMetric(decoder), z).requires_grad
    found = lg.christoffel(lg.PullbackMetric(decoder, weight_gradients=True), z)
    torch.testing.assert_close(found, lg.christoffel(RAW, z))
    weight = decoder[2].weight
    with torch.no_grad():
        step = torch.randn(weight.shape, generator=torch.Generator().manual_seed(1), dtype=weight.dtype)
    slope = (torch.autograd.grad(found.sum(), weight)[0] * step).sum()

    def moved(by: float) -> torch.Tensor:
        with torch.no_grad():
            other = random_mlp(hidden=8)
            other[2].weight += by * step
            return lg.christoffel(lg.PullbackMetric(other), z).sum()

    torch.testing.assert_close(slope, (moved(1e-5) - moved(-1e-5)) / 2e-5, rtol=1e-6, atol=0)


def test_transforms_reach_points() -> None:
    z, v = draw(1, 2, -1, 1)
    metric = lg.PullbackMetric(random_mlp(hidden=8).requires_grad_())
    point, way = z[0], v[0]

    def total(row: torch.Tensor) -> torch.Tensor:
        return lg.christoffel(metric, row[None]).sum()

    numeric = (total(point + 1e-5 * way) - total(point - 1e-5 * way)) / 2e-5
    torch.testing.assert_close(torch.func.grad(total)(point) @ way, numeric, rtol=1e-6, atol=0)
    torch.testing.assert_close(torch.func.jvp(total, (point,), (way,))[1], numeric, rtol=1e-6, atol=0)


def test_no_points() -> None:
    empty = torch.empty(0, 2, dtype=torch.float64)
    assert lg.christoffel(RAW, empty).shape == (0, 2, 2, 2)
    assert geodesic_acceleration(RAW, empty, empty).shape == (0, 2)
    assert contraction(RAW, empty, empty, empty).shape == (0, 2)


def test_where_the_metric_is_singular_it_is_nan() -> None:
    metric = lg.FunctionMetric(lambda z: torch.diag_embed(torch.stack([z[:, 0] ** 2, torch.zeros_like(z[:, 0])], 1)))
    z, v = draw(2, 2, 0.5, 1)
    assert bool(lg.christoffel(metric, z).isnan().all())
    assert bool(geodesic_acceleration(metric, z, v).isnan().all())


def test_float32() -> None:
    z, v = (part.float() for part in draw(3, 2, -1, 1))
    metric = lg.PullbackMetric(random_mlp(hidden=8).float())
    assert lg.christoffel(metric, z).dtype == torch.float32
    assert geodesic_acceleration(metric, z, v).dtype == torch.float32


@pytest.mark.usefixtures("unchecked")
def test_points_of_the_wrong_shape() -> None:
    with pytest.raises(ValueError, match=r"z must be \(batch, latent\); got \(2,\)"):
        lg.christoffel(sphere().metric, torch.zeros(2, dtype=torch.float64))

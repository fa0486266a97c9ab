"""Smoothing against the paper's formula, by the singular value decomposition that the code avoids."""

import pytest
import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.geometry.metrics.built_on import substitute
from latentgeo.geometry.metrics.caching import cache_of
from latentgeo.geometry.metrics.jet import carry, entries, matrix
from latentgeo.geometry.metrics.smoothing import smooth
from surfaces import random_mlp, sphere


def tensors(latent: int, count: int = 6, scale: float = 1.0) -> Tensor:
    J = torch.randn(count, latent, latent + 3, generator=torch.Generator().manual_seed(latent), dtype=torch.float64)
    return scale * J @ J.transpose(1, 2)


def paper(G: Tensor, lambda_s: float, rank: int) -> Tensor:
    """U_r diag(s^3 / (s^2 + lambda)) V_r^T."""
    U, s, Vh = torch.linalg.svd(G)
    s = (s**3 / (s**2 + lambda_s))[..., :rank]
    return (U[..., :rank] * s.unsqueeze(-2)) @ Vh[..., :rank, :]


@pytest.mark.parametrize("lambda_s", [0.0, 1e-3, 1.0, 250.0])
@pytest.mark.parametrize(("latent", "rank"), [(1, 1), (2, 2), (2, 1), (3, 3), (3, 2), (3, 1), (10, 10), (10, 1)])
def test_the_formula_of_the_paper(latent: int, rank: int, lambda_s: float) -> None:
    G = tensors(latent)
    torch.testing.assert_close(smooth(G, lambda_s, rank), paper(G, lambda_s, rank), rtol=1e-9, atol=1e-10)
    z = torch.zeros(6, latent, dtype=torch.float64)
    metric = lg.SmoothedMetric(lg.FunctionMetric(lambda points: G), lambda_s, rank)
    torch.testing.assert_close(metric(z), paper(G, lambda_s, rank), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("lambda_s", [1e-300, 1e-20, 1e-9, 1e-3, 0.05, 0.1, 1e3, 1e30])
@pytest.mark.parametrize("spread", [0, 4, 16, 40])
@pytest.mark.parametrize("latent", [2, 3, 10])
def test_nearly_singular_tensors_and_weak_and_strong_smoothing(latent: int, spread: int, lambda_s: float) -> None:
    generator = torch.Generator().manual_seed(latent + spread)
    Q, _ = torch.linalg.qr(torch.randn(50, latent, latent, generator=generator, dtype=torch.float64))
    s = 10 ** (-spread * torch.rand(50, latent, generator=generator, dtype=torch.float64))
    kept = s**3 / (s**2 + lambda_s)
    expected = (Q * kept[:, None]) @ Q.mT
    error = (smooth((Q * s[:, None]) @ Q.mT, lambda_s) - expected).abs().amax((1, 2))
    assert (error <= 1e-13 * kept.amax(1)).all()


@pytest.mark.parametrize("rank", [None, 1])
def test_of_a_decoder(rank: int | None) -> None:
    raw = lg.PullbackMetric(random_mlp())
    z, v = torch.randn(2, 5, 2, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    metric = lg.SmoothedMetric(raw, 50.0, rank)
    expected = paper(raw(z), 50.0, rank or 2)
    torch.testing.assert_close(metric(z), expected, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(metric.squared_speed(z, v), torch.einsum("bi,bij,bj->b", v, expected, v))


@pytest.mark.parametrize("scale", [1e-30, 1e30])
@pytest.mark.parametrize("latent", [2, 3])
def test_powers_of_large_and_small_tensors_stay_finite(latent: int, scale: float) -> None:
    G = tensors(latent, scale=scale)
    strength = scale**2
    found = smooth(G, strength)
    torch.testing.assert_close(found / scale, paper(G / scale, 1.0, latent), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("latent", [2, 3])
def test_flat_tensors_stay_flat(latent: int) -> None:
    zero = torch.zeros(1, latent, latent, dtype=torch.float64)
    torch.testing.assert_close(smooth(zero, 1.0), zero)
    thin = torch.zeros(1, latent, latent, dtype=torch.float64)
    thin[0, 0, 0] = 2.0
    torch.testing.assert_close(smooth(thin, 1.0), thin * 0.8)


@pytest.mark.parametrize("latent", [2, 3])
def test_gradient_where_eigenvalues_are_equal(latent: int) -> None:
    G = 2 * torch.eye(latent, dtype=torch.float64)[None].requires_grad_()
    (gradient,) = torch.autograd.grad(smooth(G, 0.5).sum(), G)
    assert bool(torch.isfinite(gradient).all())


@pytest.mark.parametrize("rank", [None, 1])
def test_gradients_are_those_of_the_formula(rank: int | None) -> None:
    raw = lg.PullbackMetric(random_mlp(hidden=6))
    z, v = torch.randn(2, 3, 2, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    metric = lg.SmoothedMetric(raw, 5.0, rank)
    assert torch.autograd.gradcheck(lambda p: metric.squared_speed(p, v), (z.requires_grad_(),))


def test_it_only_makes_shorter() -> None:
    G = tensors(3)
    eigenvalues = torch.linalg.eigvalsh(G - smooth(G, 1.0))
    assert float(eigenvalues.min()) > -1e-12


def test_smoothing_a_cache_equals_a_cache_of_the_smoothed() -> None:
    raw = sphere().metric
    grid = lg.GridMetric(raw, ((-1.0, 1.0), (-1.0, 1.0)), 64)
    metric = lg.SmoothedMetric(raw, 2.0)
    on_cache = substitute(metric, raw, grid)
    assert cache_of(on_cache) is grid
    assert cache_of(metric) is None
    assert metric.base is raw
    z = torch.rand(20, 2, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    torch.testing.assert_close(on_cache(z), metric(z), rtol=1e-5, atol=1e-9)
    for found, true in zip(on_cache.jet(z).second, metric.jet(z).second, strict=True):
        torch.testing.assert_close(found, true, rtol=0.02, atol=0.02)


@pytest.mark.parametrize("lambda_s", [0.0, 1e-8, 1e-3, 1.0, 1e3, 1e8])
@pytest.mark.parametrize("rank", [None, 1])
def test_its_derivatives_are_those_of_the_formula(lambda_s: float, rank: int | None) -> None:
    inner = sphere().metric
    z = 2 * torch.rand(50, 2, generator=torch.Generator().manual_seed(6), dtype=torch.float64) - 1
    found = lg.SmoothedMetric(inner, lambda_s, rank).jet(z)
    true = carry(lambda G: entries(smooth(matrix(G), lambda_s, rank)), inner.jet(z))
    torch.testing.assert_close(found.value, true.value, rtol=1e-12, atol=0.0)
    scale = float(true.value.abs().max())
    torch.testing.assert_close(found.first, true.first, rtol=1e-10, atol=1e-12 * scale)
    torch.testing.assert_close(found.second, true.second, rtol=1e-10, atol=1e-11 * scale)


@pytest.mark.parametrize("lambda_s", [-1.0, float("nan"), float("inf")])
def test_bad_strengths(lambda_s: float) -> None:
    with pytest.raises(ValueError, match="lambda_s must be finite and not negative; got"):
        lg.SmoothedMetric(sphere().metric, lambda_s)


@pytest.mark.parametrize("rank", [0, -2])
def test_bad_ranks(rank: int) -> None:
    with pytest.raises(ValueError, match="rank must be at least 1, or None for full rank; got"):
        lg.SmoothedMetric(sphere().metric, 1.0, rank)

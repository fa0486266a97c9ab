"""The locally adaptive normal against closed forms of its integral and a likelihood that is written out here."""

import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.optimize import brentq, minimize
from torch import Tensor

import latentgeo as lg
from surfaces import Surface, affine, hyperbolic_ball, random_mlp, sphere


def around_the_origin(radius: float) -> Tensor:
    angle = torch.arange(6, dtype=torch.float64) * (2 * math.pi / 6)
    return radius * torch.stack([angle.cos(), angle.sin()], 1)


# of the covariance; absolute, of logarithms of densities
GOOD = {"field": (0.05, 0.03), "geodesic": (1e-3, 2e-3)}
EITHER = pytest.mark.parametrize("method", list(GOOD))


@pytest.mark.parametrize(
    ("method", "weighted"), [("field", False), pytest.param("geodesic", True, marks=pytest.mark.slow)]
)
def test_in_flat_space_it_is_the_common_normal(weighted: bool, method) -> None:
    surface = affine(2)
    z = torch.randn(12, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * z_scale()
    weights = torch.arange(1.0, 13.0, dtype=torch.float64) if weighted else None
    grid = lg.GridMetric(surface.metric, ((-5.0, 5.0), (-5.0, 5.0)), 9)
    close, near = GOOD[method]
    found = lg.locally_adaptive_normal(surface.metric, z, weights, method=method, grid=grid)
    mean = np.average(z.numpy(), axis=0, weights=weights)
    covariance = np.cov(z.T.numpy(), bias=True, aweights=weights)
    np.testing.assert_allclose(found.mean, mean, atol=0.5 * close)
    inverse = np.linalg.inv(np.linalg.cholesky(covariance))
    np.testing.assert_allclose(inverse @ found.covariance.numpy() @ inverse.T, np.eye(2), atol=close)
    G = surface.metric(z[:1])[0]
    whole = math.log(2 * math.pi) + 0.5 * float(torch.logdet(G @ torch.as_tensor(covariance)))
    assert float(found.log_normaliser) == pytest.approx(whole, abs=near)
    # what is told is what it is off by, not less than half of it
    assert abs(float(found.log_normaliser) - whole) < 2 * float(found.normaliser_error) + 1e-6
    assert float(found.normaliser_error) < near
    law = torch.distributions.MultivariateNormal(torch.as_tensor(mean), torch.as_tensor(covariance))
    torch.testing.assert_close(found.log_density(z, latent=True), law.log_prob(z), rtol=0, atol=3 * close)
    torch.testing.assert_close(
        found.log_density(z), law.log_prob(z) - 0.5 * float(torch.logdet(G)), rtol=0, atol=3 * close
    )


def z_scale() -> Tensor:
    return torch.tensor([0.8, 0.3], dtype=torch.float64)


@pytest.mark.slow
@EITHER
@pytest.mark.parametrize(
    ("surface", "growth", "at", "box"),
    [(sphere(), math.sin, math.tan, 2.0), (hyperbolic_ball(2), math.sinh, math.tanh, 0.66)],
    ids=["sphere", "hyperbolic"],
)
def test_points_on_a_circle_have_the_round_law_of_the_closed_form(
    surface: Surface, growth, at, box: float, method
) -> None:
    close, near = GOOD[method]
    radius = 0.4
    z = around_the_origin(at(radius / 2))
    grid = lg.GridMetric(surface.metric, ((-box, box), (-box, box)), 129)
    found = lg.locally_adaptive_normal(surface.metric, z, method=method, grid=grid)

    def moment(sigma: float, power: int) -> float:
        return quad(lambda r: r**power * math.exp(-((r / sigma) ** 2) / 2) * growth(r), 0, 6 * sigma)[0]

    sigma = brentq(lambda s: moment(s, 2) / moment(s, 0) - radius**2, 0.1, 0.5)
    torch.testing.assert_close(
        found.mean, torch.zeros(2, dtype=torch.float64), rtol=0, atol=5e-3 if method == "field" else 5e-4
    )
    # G is 4 at the origin
    torch.testing.assert_close(
        found.covariance, sigma**2 / 4 * torch.eye(2).double(), rtol=2 * close, atol=close * 1e-2
    )
    whole = math.log(2 * math.pi * moment(sigma, 0))
    assert float(found.log_normaliser) == pytest.approx(whole, abs=near)
    # what is told is what it is off by, not less than half of it
    assert abs(float(found.log_normaliser) - whole) < 2 * float(found.normaliser_error) + 1e-6
    assert float(found.normaliser_error) < near
    assert float(found.log_likelihood) == pytest.approx(-((radius / sigma) ** 2) / 2 - whole, abs=near)
    assert found.outcome is lg.Outcome.UNCERTIFIED


@pytest.mark.slow
@EITHER
def test_on_the_sphere_it_is_the_most_likely_one(method) -> None:
    surface = sphere()
    A = torch.tensor([[0.25, 0.0], [0.12, 0.12]], dtype=torch.float64)
    noise = torch.randn(25, 2, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    z = torch.tensor([0.3, -0.2]).double() + noise @ A.T
    grid = lg.GridMetric(surface.metric, ((-2.0, 2.0), (-2.0, 2.0)), 129)
    close, near = GOOD[method]
    found = lg.locally_adaptive_normal(surface.metric, z, method=method, grid=grid)
    seen = _on_sphere(z.numpy())
    r, angle = np.meshgrid(np.linspace(0, math.pi, 400), np.linspace(0, 2 * math.pi, 120, endpoint=False))
    y = r[..., None] * np.stack([np.cos(angle), np.sin(angle)], -1)

    def loss(x: np.ndarray) -> float:
        L = np.array([[math.exp(x[2]), 0], [x[3], math.exp(x[4])]])
        logarithms = _log_on_sphere(x[:2], seen) @ L
        weight = np.exp(-((y @ L) ** 2).sum(-1) / 2) * np.sin(r)
        whole = weight.sum() * (math.pi / 399) * (2 * math.pi / 120)
        return (logarithms**2).sum(1).mean() / 2 + math.log(whole)

    G = surface.metric(found.mean[None])[0]
    # orthonormal vectors along the axes: G is a multiple of one
    precision = torch.linalg.inv(found.covariance) / G[0, 0]
    L = torch.linalg.cholesky(precision)
    mine = np.array([*found.mean.tolist(), float(L[0, 0].log()), float(L[1, 0]), float(L[1, 1].log())])
    best = minimize(loss, mine, method="BFGS")
    assert float(found.log_likelihood) == pytest.approx(-best.fun, abs=near)
    assert loss(mine) < best.fun + 0.1 * near
    np.testing.assert_allclose(found.mean, best.x[:2], atol=5e-3)
    np.testing.assert_allclose(mine[2:], best.x[2:], rtol=2 * close, atol=5 * close)


def _on_sphere(z: np.ndarray) -> np.ndarray:
    square = (z**2).sum(-1, keepdims=True)
    return np.concatenate([2 * z, square - 1], -1) / (1 + square)


def _log_on_sphere(mu: np.ndarray, x: np.ndarray) -> np.ndarray:
    """In orthonormal vectors along the stereographic axes."""
    p = _on_sphere(mu)
    frame = np.stack([_on_sphere(mu + s) - _on_sphere(mu - s) for s in 1e-5 * np.eye(2)])
    frame /= np.linalg.norm(frame, axis=1, keepdims=True)
    angle = np.arccos(np.clip(x @ p, -1, 1))[:, None]
    return angle / np.sin(angle) * (x @ frame.T)


@EITHER
@pytest.mark.slow
def test_the_density_of_a_decoder_integrates_to_one(method) -> None:
    metric = lg.PullbackMetric(random_mlp(hidden=16, obs=12, scale=1.0))
    z = 0.3 * torch.randn(15, 2, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    grid = lg.GridMetric(metric, ((-2.0, 2.0), (-2.0, 2.0)), 129)
    found = lg.locally_adaptive_normal(metric, z, method=method, grid=grid)
    side = torch.linspace(-1.95, 1.95, 40, dtype=torch.float64)
    density = found.log_density(torch.cartesian_prod(side, side), latent=True).exp()
    assert float(density.sum()) * 0.1**2 == pytest.approx(1.0, abs=0.01)
    assert found.outcome is lg.Outcome.UNCERTIFIED

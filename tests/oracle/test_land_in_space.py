"""The locally adaptive normal in three dimensions against closed forms, and a likelihood that is written out here."""

import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.optimize import brentq, minimize

import latentgeo as lg
from surfaces import Surface, affine, hyperbolic_ball, random_mlp, sphere


def test_in_flat_space_it_is_the_common_normal() -> None:
    surface = affine(3)
    scale = torch.tensor([0.8, 0.3, 0.5], dtype=torch.float64)
    z = torch.randn(12, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * scale
    weights = torch.arange(1.0, 13.0, dtype=torch.float64)
    found = lg.locally_adaptive_normal(surface.metric, z, weights)
    mean = np.average(z.numpy(), axis=0, weights=weights)
    covariance = np.cov(z.T.numpy(), bias=True, aweights=weights)
    np.testing.assert_allclose(found.mean, mean, atol=1e-4)
    np.testing.assert_allclose(found.covariance, covariance, rtol=0, atol=1e-4)
    law = torch.distributions.MultivariateNormal(torch.as_tensor(mean), torch.as_tensor(covariance))
    torch.testing.assert_close(found.log_density(z, latent=True), law.log_prob(z), rtol=0, atol=1e-3)
    assert float(found.normaliser_error) < 1e-3
    assert found.outcome is lg.Outcome.CONVERGED


@pytest.mark.slow
@pytest.mark.parametrize("latent", [3, 4])
@pytest.mark.parametrize(
    ("of", "growth", "at"),
    [(sphere, math.sin, math.tan), (hyperbolic_ball, math.sinh, math.tanh)],
    ids=["sphere", "hyperbolic"],
)
def test_points_on_a_sphere_have_the_round_law_of_the_closed_form(of, growth, at, latent: int) -> None:
    surface: Surface = of(latent)
    radius = 0.6
    axes = torch.eye(latent, dtype=torch.float64)
    z = at(radius / 2) * torch.cat([axes, -axes])
    found = lg.locally_adaptive_normal(surface.metric, z)
    end = math.pi if of is sphere else 5.0

    def moment(sigma: float, power: int) -> float:
        return quad(lambda r: r**power * math.exp(-((r / sigma) ** 2) / 2) * growth(r) ** (latent - 1), 0, end)[0]

    sigma = brentq(lambda s: moment(s, 2) / moment(s, 0) - radius**2, 0.1, 0.6)
    torch.testing.assert_close(found.mean, torch.zeros(latent, dtype=torch.float64), rtol=0, atol=3e-4)
    # G is 4 at the origin
    torch.testing.assert_close(found.covariance, sigma**2 / 4 * torch.eye(latent).double(), rtol=1e-3, atol=1e-5)
    area = 2 * math.pi ** (latent / 2) / math.gamma(latent / 2)
    whole = math.log(area * moment(sigma, 0))
    assert float(found.log_normaliser) == pytest.approx(whole, abs=1e-3)
    expected = -((radius / sigma) ** 2) / 2 - whole
    assert float(found.log_likelihood) == pytest.approx(expected, abs=1e-3)
    assert found.outcome is lg.Outcome.CONVERGED


@pytest.mark.slow
def test_on_the_sphere_it_is_the_most_likely_one() -> None:
    surface = sphere(3)
    A = torch.tensor([[0.25, 0.0, 0.0], [0.12, 0.15, 0.0], [0.05, -0.1, 0.2]], dtype=torch.float64)
    noise = torch.randn(20, 3, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    z = torch.tensor([0.3, -0.2, 0.1]).double() + noise @ A.T
    found = lg.locally_adaptive_normal(surface.metric, z)
    seen = _on_sphere(z.numpy())
    # the integral over the tangent space, written out: Gauss's rules by radius and by both angles
    r, by_radius = np.polynomial.legendre.leggauss(60)
    r, by_radius = math.pi / 2 * (r + 1), math.pi / 2 * by_radius
    u, by_height = np.polynomial.legendre.leggauss(24)
    angle = np.arange(48) * 2 * math.pi / 48
    level = np.sqrt(1 - u**2)[:, None]
    unit = np.stack([level * np.cos(angle), level * np.sin(angle), np.broadcast_to(u[:, None], (24, 48))], -1)
    y = r[:, None, None, None] * unit
    volume = (by_radius * np.sin(r) ** 2)[:, None, None] * by_height[:, None] * (2 * math.pi / 48)

    def loss(x: np.ndarray) -> float:
        L = _lower(x[3:])
        logarithms = _log_on_sphere(x[:3], seen) @ L
        whole = (volume * np.exp(-((y @ L) ** 2).sum(-1) / 2)).sum()
        return (logarithms**2).sum(1).mean() / 2 + math.log(whole)

    G = surface.metric(found.mean[None])[0]
    # orthonormal vectors along the axes: G is a multiple of one
    L = torch.linalg.cholesky(torch.linalg.inv(found.covariance) / G[0, 0]).numpy()
    low = [math.log(L[0, 0]), L[1, 0], math.log(L[1, 1]), L[2, 0], L[2, 1], math.log(L[2, 2])]
    mine = np.array([*found.mean.tolist(), *low])

    def slope(x: np.ndarray) -> np.ndarray:
        return np.array([(loss(x + shift) - loss(x - shift)) / 2e-4 for shift in 1e-4 * np.eye(9)])

    best = minimize(loss, mine, jac=slope, method="BFGS")
    assert best.success
    assert float(found.log_likelihood) == pytest.approx(-best.fun, abs=1e-3)
    assert loss(mine) < best.fun + 5e-4
    np.testing.assert_allclose(found.mean, best.x[:3], atol=1e-3)
    root = np.linalg.inv(_lower(best.x[3:])) @ L
    np.testing.assert_allclose(root @ root.T, np.eye(3), atol=0.04)


def _lower(x: np.ndarray) -> np.ndarray:
    return np.array([[math.exp(x[0]), 0, 0], [x[1], math.exp(x[2]), 0], [x[3], x[4], math.exp(x[5])]])


def _on_sphere(z: np.ndarray) -> np.ndarray:
    square = (z**2).sum(-1, keepdims=True)
    return np.concatenate([2 * z, square - 1], -1) / (1 + square)


def _log_on_sphere(mu: np.ndarray, x: np.ndarray) -> np.ndarray:
    """In orthonormal vectors along the stereographic axes."""
    p = _on_sphere(mu)
    frame = np.stack([_on_sphere(mu + s) - _on_sphere(mu - s) for s in 1e-5 * np.eye(3)])
    frame /= np.linalg.norm(frame, axis=1, keepdims=True)
    angle = np.arccos(np.clip(x @ p, -1, 1))[:, None]
    return angle / np.sin(angle) * (x @ frame.T)


@pytest.mark.slow
def test_the_density_of_a_decoder_integrates_to_one() -> None:
    metric = lg.PullbackMetric(random_mlp(3, hidden=16, obs=12, scale=1.0))
    z = 0.3 * torch.randn(15, 3, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    found = lg.locally_adaptive_normal(metric, z)
    root = torch.linalg.cholesky(found.covariance)
    # Gauss and Hermite's rule around the mean, by the latent coordinates there
    node, weight = np.polynomial.hermite_e.hermegauss(7)
    nodes = torch.cartesian_prod(*[torch.as_tensor(node)] * 3)
    weights = torch.cartesian_prod(*[torch.as_tensor(weight)] * 3).prod(1) * (nodes.square().sum(1) / 2).exp()
    density = found.log_density(found.mean + nodes @ root.T, latent=True).exp()
    assert float((weights * density).sum() * root.det()) == pytest.approx(1.0, abs=0.02)
    assert float(found.normaliser_error) < 0.01
    assert found.outcome is lg.Outcome.CONVERGED

"""Geodesic regression against least squares in flat space and closed forms on spheres."""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from torch import Tensor

import latentgeo as lg
from surfaces import affine, hyperbolic, sphere

T = torch.tensor([0.0, 0.3, 0.5, 1.1, 1.6, 2.0, 2.2], dtype=torch.float64)


def chart(x: Tensor) -> Tensor:
    """Stereographic coordinates of points on a sphere."""
    return x[:, :-1] / (1 - x[:, -1:])


def great_circle(latent: int, rate: float) -> tuple[Tensor, Tensor]:
    """Two orthonormal vectors, the first of them near the pole that the chart is around."""
    generator = torch.Generator().manual_seed(latent)
    a = 0.3 * torch.randn(latent + 1, generator=generator, dtype=torch.float64)
    a[-1] = -1
    a /= a.norm()
    b = torch.randn(latent + 1, generator=generator, dtype=torch.float64)
    b -= (b @ a) * a
    return a, rate * b / b.norm()


def along(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    angle = b.norm() * t[:, None]
    return angle.cos() * a + angle.sin() * b / b.norm()


@pytest.mark.parametrize("latent", [2, 4])
def test_in_flat_space_it_is_least_squares(latent: int) -> None:
    surface = affine(latent)
    z = torch.randn(7, latent, generator=torch.Generator().manual_seed(0), dtype=torch.float64) + T[:, None]
    weights = torch.arange(1.0, 8.0, dtype=torch.float64)
    found = lg.geodesic_regression(surface.metric, T, z, weights)
    root = weights.sqrt()[:, None]
    design = torch.stack([torch.ones_like(T), T - weights @ T / weights.sum()], 1)
    intercept, slope = torch.linalg.lstsq(root * design, root * z).solution
    torch.testing.assert_close(found.point, intercept, rtol=0, atol=1e-4)
    torch.testing.assert_close(found.velocity, slope, rtol=0, atol=1e-4)
    assert float(found.time) == pytest.approx(float(weights @ T / weights.sum()))
    decoder = surface.metric.decoder.requires_grad_(False)
    seen = decoder(z) - decoder(design @ torch.stack([intercept, slope]))
    share = weights / weights.sum()
    assert float(found.objective) == pytest.approx(float(share @ seen.square().sum(1)), rel=1e-4)
    whole = decoder(z) - decoder((share @ z)[None])
    assert float(found.r_squared) == pytest.approx(
        float(1 - share @ seen.square().sum(1) / (share @ whole.square().sum(1))), abs=1e-4
    )


@pytest.mark.parametrize(("latent", "solver"), [(2, lg.SplineCurve(tolerance=1e-6)), (3, None)])
def test_points_on_a_geodesic_are_on_it(latent: int, solver) -> None:
    a, b = great_circle(latent, 0.6)
    z = chart(along(a, b, T - 1))
    found = lg.geodesic_regression(sphere(latent).metric, T + 1990, z, solver=solver, tolerance=1e-7)
    middle = float(T.mean())
    assert float(found.time) == pytest.approx(1990 + middle)
    torch.testing.assert_close(found.point, chart(along(a, b, T.mean()[None] - 1))[0], rtol=0, atol=1e-6)
    h = 1e-5
    ends = chart(along(a, b, torch.tensor([middle - 1 - h, middle - 1 + h], dtype=torch.float64)))
    torch.testing.assert_close(found.velocity, (ends[1] - ends[0]) / (2 * h), rtol=0, atol=2e-6)
    torch.testing.assert_close(found.fitted, z, rtol=0, atol=1e-6)
    assert float(found.r_squared) == pytest.approx(1, abs=1e-10)


def test_under_a_cache_it_is_as_good_as_that() -> None:
    # upright lines of the half-plane are geodesics
    z = torch.stack([torch.full_like(T, 0.3), (0.2 + 0.5 * T).exp()], 1)
    found = lg.geodesic_regression(hyperbolic().metric, T, z)
    height = float((0.2 + 0.5 * T.mean()).exp())
    torch.testing.assert_close(found.point, torch.tensor([0.3, height]).double(), rtol=0, atol=1e-3)
    torch.testing.assert_close(found.velocity, torch.tensor([0.0, 0.5 * height]).double(), rtol=0, atol=1e-3)
    assert found.outcome is lg.Outcome.UNCERTIFIED


@pytest.mark.parametrize("latent", [2, 3])
def test_points_beside_a_geodesic_on_the_sphere(latent: int) -> None:
    surface = sphere(latent)
    a, b = great_circle(latent, 0.6)
    noise = torch.randn(7, latent + 1, generator=torch.Generator().manual_seed(9), dtype=torch.float64)
    x = along(a, b, T - 1) + 0.25 * noise
    x /= x.norm(dim=1, keepdim=True)
    found = lg.geodesic_regression(surface.metric, T, chart(x))
    tau = (T - T.mean()).numpy()

    def loss(parameters: np.ndarray) -> float:
        p, v = parameters.reshape(2, -1)
        p = p / np.linalg.norm(p)
        v = v - (v @ p) * p
        speed = np.linalg.norm(v)
        y = np.cos(speed * tau)[:, None] * p + np.sin(speed * tau)[:, None] * v / speed
        return float((np.arccos(np.clip((y * x.numpy()).sum(1), -1, 1)) ** 2).mean())

    begin = np.stack([along(a, b, T.mean()[None] - 1)[0].numpy(), b.numpy()]).ravel()
    best = minimize(loss, begin, method="BFGS")
    assert float(found.objective) == pytest.approx(best.fun, rel=1e-4)
    p = best.x.reshape(2, -1)[0]
    expected = chart(torch.as_tensor(p / np.linalg.norm(p))[None])[0]
    torch.testing.assert_close(found.point, expected, rtol=0, atol=2e-3)
    variance = lg.frechet_mean(surface.metric, chart(x)).objective
    assert float(found.r_squared) == pytest.approx(1 - best.fun / float(variance), abs=1e-4)
    # Gauss and Newton's curvature is not the true one here
    assert found.iterations < 20

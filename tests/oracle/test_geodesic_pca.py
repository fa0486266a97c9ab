"""Principal geodesics against principal components in flat space, and great circles and lines in closed form."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from torch import Tensor

import latentgeo as lg
from surfaces import affine, hyperbolic_ball, sphere

pytestmark = pytest.mark.slow

FINE = {"tolerance": 1e-6, "max_iterations": 200}


def chart(x: Tensor) -> Tensor:
    """Stereographic coordinates of points on a sphere."""
    return x[:, :-1] / (1 - x[:, -1:])


def bent(count: int, latent: int) -> Tensor:
    """Points on a sphere that lie wide along a small circle."""
    generator = torch.Generator().manual_seed(latent)
    y = torch.randn(count, latent, generator=generator, dtype=torch.float64)
    y = y * torch.tensor([0.6, 0.2, 0.1][:latent]).double()
    y[:, 1] += 0.3 + 0.8 * y[:, 0].square()
    x = torch.cat([y, torch.full((count, 1), -1.0).double()], 1)
    return x / x.norm(dim=1, keepdim=True)


def least(value: Callable[[np.ndarray], float], size: int) -> float:
    """The least value of a function that has several minima."""
    starts = np.random.default_rng(0).normal(size=(12, size))
    return min(float(minimize(value, start, tol=1e-14).fun) for start in starts)


@pytest.mark.parametrize("latent", [2, 3])
def test_in_flat_space_they_are_principal_components(latent: int) -> None:
    surface = affine(latent)
    z = torch.randn(9, latent, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    weights = torch.arange(1.0, 10.0, dtype=torch.float64)
    found = lg.geodesic_pca(surface.metric, z, latent, weights=weights)
    tangent = lg.tangent_pca(surface.metric, z, weights=weights)
    for name in ("point", "components", "scores", "variances"):
        torch.testing.assert_close(getattr(found, name), getattr(tangent, name), rtol=0, atol=1e-6)
    whole = tangent.variances.sum()
    torch.testing.assert_close(found.residual_variances, whole - found.variances, rtol=0, atol=1e-6 * float(whole))


def test_on_the_sphere_they_are_the_nearest_great_circles() -> None:
    x = bent(16, 2)
    found = lg.geodesic_pca(sphere().metric, chart(x), 2, solver=lg.SplineCurve(tolerance=1e-8), **FINE)
    x = x.numpy()

    def off(normal: np.ndarray) -> float:
        return float((np.arcsin(x @ normal / np.linalg.norm(normal)) ** 2).mean())

    first = least(off, 3)
    assert float(found.residual_variances[0]) == pytest.approx(first, rel=1e-6)
    # less than what the tangent component has, which it begins with
    tangent = lg.tangent_pca(sphere().metric, chart(bent(16, 2)))
    normal = np.cross(*(lifted(vector, tangent.point) for vector in (None, tangent.components[0])))
    assert first < 0.998 * off(normal)
    # those across the first have their normal in its plane
    normal = np.cross(*(lifted(vector, found.point) for vector in (None, found.components[0])))
    plane = np.linalg.svd(normal[None])[2][1:]
    assert float(found.residual_variances[1]) == pytest.approx(least(lambda a: off(a @ plane), 2), rel=1e-6)
    # a point's distance to the one is its score on the other, near the crossing: tan(score) cos(distance) = const
    for k in (0, 1):
        y = np.tan(found.scores[:, k].numpy())
        axis = lifted(found.components[k], found.point)
        torch.testing.assert_close(y, x @ axis / (x @ lifted(None, found.point)), rtol=0, atol=1e-4)


def lifted(vector: Tensor | None, z: Tensor) -> np.ndarray:
    """A point of the chart on the sphere, or a tangent vector there, of unit length."""
    decoder = sphere().metric.decoder
    if vector is None:
        return decoder(z[None])[0].numpy()
    pushed = torch.func.jvp(lambda y: decoder(y[None])[0], (z,), (vector,))[1]
    return (pushed / pushed.norm()).numpy()


def test_in_three_dimensions_each_is_the_least_of_its_kind() -> None:
    x = bent(14, 3)
    found = lg.geodesic_pca(sphere(3).metric, chart(x), 3, **FINE)
    assert set(found.outcome) == {lg.Outcome.CONVERGED}
    x = x.numpy()

    def off(plane: np.ndarray) -> float:
        onto = np.linalg.norm(x @ np.linalg.qr(plane)[0], axis=1)
        return float((np.arccos(np.clip(onto, -1, 1)) ** 2).mean())

    assert float(found.residual_variances[0]) == pytest.approx(least(lambda a: off(a.reshape(4, 2)), 8), rel=1e-5)
    decoder = sphere(3).metric.decoder

    def raised(vector: Tensor) -> np.ndarray:
        pushed = torch.func.jvp(lambda y: decoder(y[None])[0], (found.point,), (vector,))[1]
        return (pushed / pushed.norm()).numpy()

    point, first, second = decoder(found.point[None])[0].numpy(), *map(raised, found.components[:2])
    across = np.linalg.svd(np.stack([point, first]))[2][2:]

    def crossing(a: np.ndarray) -> float:
        at = math.cos(a[0]) * point + math.sin(a[0]) * first
        return off(np.stack([at, a[1:] @ across], 1))

    assert float(found.residual_variances[1]) == pytest.approx(least(crossing, 3), rel=1e-5)
    last = np.linalg.svd(np.stack([point, first, second]))[2][3]
    assert float(found.residual_variances[2]) == pytest.approx(off(np.stack([point, last], 1)), rel=1e-5)


def test_in_the_hyperbolic_plane_they_are_the_nearest_lines() -> None:
    surface = hyperbolic_ball(2)
    z = 0.5 * bent(16, 2)[:, :2]
    found = lg.geodesic_pca(surface.metric, z, 2, solver=lg.SplineCurve(tolerance=1e-8), **FINE)
    # on the hyperboloid, by the Minkowski product; a line's normal has the square 1
    square = z.square().sum(1, keepdim=True)
    x = (torch.cat([2 * z, 1 + square], 1) / (1 - square)).numpy()
    signs = np.array([1.0, 1.0, -1.0])

    def off(normal: np.ndarray) -> float:
        norm = normal @ (signs * normal)
        return float((np.arcsinh(x @ (signs * normal) / math.sqrt(norm)) ** 2).mean()) if norm > 0 else 1e3

    assert float(found.residual_variances[0]) == pytest.approx(least(off, 3), rel=1e-5)
    assert float(found.residual_variances[1]) > float(found.residual_variances[0])


def test_other_latent_coordinates_change_nothing_but_the_coordinates() -> None:
    z = chart(bent(12, 2))
    metric = sphere().metric
    turn = torch.linalg.qr(torch.randn(2, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)).Q
    turn = turn * torch.tensor([0.5, 2.0]).double()
    other = lg.PullbackMetric(lambda y: metric.decoder(y @ turn.T))
    first = lg.geodesic_pca(metric, z, 2, tolerance=1e-5)
    second = lg.geodesic_pca(other, z @ torch.linalg.inv(turn).T, 2, tolerance=1e-5)
    torch.testing.assert_close(second.point @ turn.T, first.point, rtol=0, atol=1e-3)
    torch.testing.assert_close(second.scores.abs(), first.scores.abs(), rtol=0, atol=1e-3)
    torch.testing.assert_close(second.distances, first.distances, rtol=0, atol=1e-3)

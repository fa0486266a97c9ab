"""Means, medians and tangent components against closed forms and minimisers that share nothing with the library."""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from torch import Tensor

import latentgeo as lg
from surfaces import Surface, affine, draw, hyperbolic, hyperbolic_ball, moved, random_mlp, sphere

FINE = {"tolerance": 1e-7}
SURFACES = [sphere(), hyperbolic(), sphere(3), hyperbolic_ball(5)]


def named(surface: Surface) -> str:
    return surface.name


def by_scipy(surface: Surface, z: Tensor, weights: Tensor, power: int, begin: Tensor) -> Tensor:
    """The point of least weighted distances, by their closed form."""

    def total(p: np.ndarray) -> tuple[float, np.ndarray]:
        at = torch.tensor(p, dtype=torch.float64, requires_grad=True)
        value = (weights * surface.distance(at.expand_as(z), z) ** power).sum()
        return float(value.detach()), torch.autograd.grad(value, at)[0].numpy()

    found = minimize(total, begin.numpy(), jac=True, method="BFGS", options={"gtol": 1e-10})
    return torch.tensor(found.x)


@pytest.mark.parametrize("surface", SURFACES, ids=named)
def test_the_mean_is_that_of_the_closed_form(surface: Surface) -> None:
    z = surface.ends(6)[0]
    weights = torch.arange(1.0, 7.0, dtype=torch.float64)
    found = lg.frechet_mean(surface.metric, z, weights, **FINE)
    weights = weights / weights.sum()
    true = by_scipy(surface, z, weights, 2, z.mean(0))
    torch.testing.assert_close(found.point, true, rtol=0, atol=2e-5)
    squared = surface.distance(true.expand_as(z), z).square()
    torch.testing.assert_close(found.objective, weights @ squared, rtol=1e-6, atol=0)
    torch.testing.assert_close(found.distances.square(), squared, rtol=2e-4, atol=0)
    assert set(found.curves) == {lg.Outcome.CONVERGED}
    expected = lg.Outcome.UNCERTIFIED if z.shape[1] == 2 else lg.Outcome.CONVERGED
    assert found.outcome is expected


@pytest.mark.parametrize("surface", SURFACES, ids=named)
def test_the_median_is_that_of_the_closed_form(surface: Surface) -> None:
    z = surface.ends(7)[0]
    found = lg.frechet_median(surface.metric, z, **FINE)
    assert found.outcome is not lg.Outcome.MAX_ITERATIONS
    # Weiszfeld's steps alone would be 58 on the half-plane, where a point is near
    assert found.iterations < 20
    weights = torch.full((7,), 1 / 7, dtype=torch.float64)
    true = by_scipy(surface, z, weights, 1, found.point.detach() + 0.05)
    torch.testing.assert_close(found.point, true, rtol=0, atol=5e-5)
    torch.testing.assert_close(found.objective, weights @ surface.distance(true.expand_as(z), z), rtol=1e-6, atol=0)


def test_points_even_about_the_pole_have_it_as_their_mean_and_median() -> None:
    angle = torch.arange(5, dtype=torch.float64) * 2 * torch.pi / 5
    z = 0.4 * torch.stack([angle.cos(), angle.sin()], 1)
    for find in (lg.frechet_mean, lg.frechet_median):
        found = find(sphere().metric, z, **FINE)
        torch.testing.assert_close(found.point, torch.zeros(2, dtype=torch.float64), rtol=0, atol=1e-6)
        torch.testing.assert_close(found.distances, torch.full_like(angle, 2 * np.arctan(0.4)), rtol=1e-6, atol=0)


@pytest.mark.parametrize("surface", [sphere(), hyperbolic_ball(3)], ids=named)
def test_the_mean_of_two_points_divides_their_geodesic(surface: Surface) -> None:
    z0, z1 = surface.ends(1)
    pair = torch.cat([z0, z1])
    found = lg.frechet_mean(surface.metric, pair, [1.0, 3.0], **FINE)
    apart = surface.distance(z0, z1)[0]
    from_ends = surface.distance(found.point.expand_as(pair), pair)
    torch.testing.assert_close(from_ends, torch.stack([0.75 * apart, 0.25 * apart]), rtol=1e-5, atol=0)


def test_in_flat_space_they_are_the_common_ones() -> None:
    for latent in (2, 4):
        surface = affine(latent)
        z = surface.ends(9)[0]
        weights = torch.rand(9, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
        mean = lg.frechet_mean(surface.metric, z, weights, **FINE)
        torch.testing.assert_close(mean.point, weights @ z / weights.sum(), rtol=0, atol=1e-7)
        median = lg.frechet_median(surface.metric, z, **FINE)
        even = torch.full((9,), 1 / 9, dtype=torch.float64)
        true = by_scipy(surface, z, even, 1, z.median(0).values)
        torch.testing.assert_close(median.point, true, rtol=0, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("surface", [sphere(), hyperbolic_ball(3)], ids=named)
def test_other_latent_coordinates_change_nothing_but_the_coordinates(surface: Surface) -> None:
    z = surface.ends(6)[0]
    latent = z.shape[1]
    shift = torch.linspace(-3, 2, latent, dtype=torch.float64)
    other = moved(surface, shift, scale=4.0)
    y = other.ends(6)[0]
    for find in (lg.frechet_mean, lg.frechet_median):
        here, there = find(surface.metric, z, **FINE), find(other.metric, y, **FINE)
        # the map of the chart is affine: what it does to the points it does to the mean
        A = torch.linalg.lstsq(torch.cat([z, torch.ones(6, 1).to(z)], 1), y).solution
        expected = torch.cat([here.point, torch.ones(1).to(z)]) @ A
        torch.testing.assert_close(there.point, expected, rtol=0, atol=2e-4)
        torch.testing.assert_close(there.objective, here.objective, rtol=1e-6, atol=0)
    first, second = lg.tangent_pca(surface.metric, z, **FINE), lg.tangent_pca(other.metric, y, **FINE)
    torch.testing.assert_close(second.variances, first.variances, rtol=1e-3, atol=0)
    torch.testing.assert_close(second.scores.abs(), first.scores.abs(), rtol=1e-2, atol=1e-3)


@pytest.mark.slow
def test_one_outlier_moves_the_mean_and_not_the_median() -> None:
    surface = hyperbolic()
    near = torch.tensor([0.0, 2.0], dtype=torch.float64) + 0.1 * draw(12, 2, -1, 1)[0]
    far = torch.tensor([[4.0, 1.0]], dtype=torch.float64)

    def moves(find) -> float:
        before, after = (find(surface.metric, z).point for z in (near, torch.cat([near, far])))
        return float(surface.distance(before[None], after[None]))

    assert moves(lg.frechet_median) < 0.02
    assert moves(lg.frechet_mean) > 0.1


def test_a_heavy_point_is_the_median_itself() -> None:
    z = sphere().ends(5)[0]
    found = lg.frechet_median(sphere().metric, z, [1.0, 1.0, 6.0, 1.0, 1.0])
    assert torch.equal(found.point, z[2])
    assert float(found.residual) == 0
    assert found.iterations == 0


@pytest.mark.parametrize("power", [1, 2], ids=["median", "mean"])
@pytest.mark.parametrize("surface", [sphere(), hyperbolic_ball(3), affine(3)], ids=named)
def test_gradients_are_those_of_the_closed_form(surface: Surface, power: int) -> None:
    find = lg.frechet_mean if power == 2 else lg.frechet_median
    z = surface.ends(5)[0].requires_grad_()
    weights = torch.tensor([1.0, 2.0, 1.5, 1.0, 2.5], dtype=torch.float64, requires_grad=True)
    direction = torch.linspace(1, 2, z.shape[1], dtype=torch.float64)
    point = find(surface.metric, z, weights, **FINE).point
    by_points, by_weights = torch.autograd.grad(point @ direction, (z, weights))
    # differences of the minimiser that scipy finds
    shares = (weights / weights.sum()).detach()

    def true(z: Tensor, shares: Tensor) -> float:
        return float(by_scipy(surface, z, shares, power, point.detach()) @ direction)

    size = 1e-4
    base = z.detach()
    for i, k in ((0, 0), (2, 1), (4, 0)):
        shift = torch.zeros_like(base)
        shift[i, k] = size
        slope = (true(base + shift, shares) - true(base - shift, shares)) / (2 * size)
        assert float(by_points[i, k]) == pytest.approx(slope, rel=2e-3, abs=2e-4)
    for i in (1, 3):
        shift = torch.zeros_like(shares)
        shift[i] = size
        up, down = ((weights.detach() + s) / (weights.detach() + s).sum() for s in (shift, -shift))
        slope = (true(base, up) - true(base, down)) / (2 * size)
        assert float(by_weights[i]) == pytest.approx(slope, rel=2e-3, abs=2e-4)


@pytest.mark.slow
def test_gradients_of_a_decoder_are_differences_of_its_means() -> None:
    metric = lg.PullbackMetric(random_mlp(hidden=16, obs=12, scale=1.0))
    z = draw(5, 2, -0.6, 0.6, seed=3)[0]
    grid = lg.GridMetric(metric, ((-1.2, 1.2), (-1.2, 1.2)), 65)

    def mean(z: Tensor) -> Tensor:
        return lg.frechet_mean(metric, z, grid=grid, **FINE).point

    given = z.clone().requires_grad_()
    found = torch.autograd.grad(mean(given).sum(), given)[0]
    shift = torch.zeros_like(z)
    shift[1, 0] = 1e-2
    slope = (mean(z + shift) - mean(z - shift)).sum() / 2e-2
    assert float(found[1, 0]) == pytest.approx(float(slope), rel=1e-2)


def test_tangent_components_in_flat_space_are_the_common_ones() -> None:
    surface = affine(3)
    z = surface.ends(20)[0]
    found = lg.tangent_pca(surface.metric, z, **FINE)
    # in observation space, where G is the identity
    seen = surface.metric.decoder(z).detach().numpy()
    values, axes = np.linalg.eigh(np.cov(seen.T, bias=True))
    np.testing.assert_allclose(found.variances, values[::-1][:3], rtol=1e-6)
    jacobian = surface.metric.decoder.weight.detach()
    pushed = (found.components @ jacobian.T).numpy()
    np.testing.assert_allclose(np.abs((pushed * axes.T[::-1][:3]).sum(1)), 1, rtol=1e-6)
    np.testing.assert_allclose(
        found.scores.abs().numpy(), np.abs((seen - seen.mean(0)) @ axes[:, ::-1][:, :3]), atol=1e-5
    )


def test_tangent_components_on_the_sphere() -> None:
    surface = sphere()
    # five points on a meridian, two beside it
    z = torch.tensor([[-0.5, 0], [-0.2, 0], [0, 0], [0.2, 0], [0.5, 0], [0, 0.1], [0, -0.1]], dtype=torch.float64)
    found = lg.tangent_pca(surface.metric, z, **FINE)
    torch.testing.assert_close(found.point, torch.zeros(2, dtype=torch.float64), rtol=0, atol=1e-6)
    # G is 4 at the pole
    torch.testing.assert_close(found.components, 0.5 * torch.eye(2, dtype=torch.float64), rtol=0, atol=1e-5)
    torch.testing.assert_close(found.scores, 2 * z.atan(), rtol=0, atol=1e-5)
    torch.testing.assert_close(found.variances, (2 * z.atan()).square().mean(0), rtol=1e-4, atol=0)

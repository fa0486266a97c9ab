"""The locally adaptive normal in other than two dimensions: its parts, and what it refuses."""

import math

import pytest
import torch
from torch import nn

import latentgeo as lg
from latentgeo.statistics.ball import ball
from latentgeo.statistics.flow import flow
from latentgeo.statistics.land_in_space import Space
from periodic_surfaces import flat
from surfaces import affine, hyperbolic_ball, random_mlp, sphere

HERE = torch.tensor([0.3, -0.2, 0.1], dtype=torch.float64)
FRAME = torch.tensor([[0.1, 0.0, 0.0], [0.05, 0.2, 0.0], [0.0, 0.1, 0.15]], dtype=torch.float64)
Y = torch.randn(6, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def points(latent: int, count: int, size: float = 0.3) -> torch.Tensor:
    return size * torch.randn(count, latent, generator=torch.Generator().manual_seed(4), dtype=torch.float64)


@pytest.mark.parametrize(
    "metric",
    [sphere(3).metric, hyperbolic_ball(3).metric, lg.PullbackMetric(random_mlp(3, hidden=12, obs=10))],
    ids=["sphere", "hyperbolic", "decoder"],
)
def test_volume_and_logarithms_along_geodesics_are_those_of_differences(metric) -> None:
    found = flow(metric, HERE, FRAME, Y, 1.0, 24)
    end = found.points[:, -1]
    expected = lg.exponential(metric, HERE.expand_as(Y).contiguous(), Y @ FRAME.T).point
    torch.testing.assert_close(end, expected, rtol=0, atol=1e-6)
    h = 1e-4
    columns = []
    for k in range(3):
        there = [
            lg.exponential(metric, HERE.expand_as(Y).contiguous(), (Y + s * h * torch.eye(3)[k]) @ FRAME.T).point
            for s in (1, -1)
        ]
        columns.append((there[0] - there[1]) / (2 * h))
    moved = torch.stack(columns, 2)
    wide = moved.det().abs() * metric(end).det().sqrt() / (FRAME.det().abs() * metric(HERE[None]).det().sqrt())
    torch.testing.assert_close(found.stretch[:, -1], wide, rtol=1e-5, atol=0)


def test_the_logarithm_turns_as_that_of_a_point_that_moves() -> None:
    # on the sphere, orthonormal vectors at the start: along the geodesic 1, across it d / tan d
    metric = sphere(3).metric
    frame = torch.linalg.inv(torch.linalg.cholesky(metric(HERE[None])[0])).T
    y = Y / Y.norm(dim=1, keepdim=True) * 1.1
    found = flow(metric, HERE, frame, y, 1.0, 24).turning[:, -1]
    along = torch.einsum("ni,nj->nij", y, y) / 1.1**2
    expected = along + 1.1 / math.tan(1.1) * (torch.eye(3) - along)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


def test_geodesics_count_up_to_their_conjugate_point() -> None:
    # two directions meet there at once, so that the determinant keeps its sign
    metric = sphere(3).metric
    frame = torch.linalg.inv(torch.linalg.cholesky(metric(HERE[None])[0])).T
    y = Y / Y.norm(dim=1, keepdim=True)
    found = flow(metric, HERE, frame, y, 4.0, 100)
    radius = torch.linspace(0, 4, 101, dtype=torch.float64)
    counts = found.stretch > 0
    assert bool(counts[:, radius < math.pi - 0.05].all())
    assert not bool(counts[:, radius > math.pi + 0.05].any())


@pytest.mark.parametrize("latent", [1, 3, 5])
def test_a_ball_has_the_volume_of_the_closed_form(latent: int) -> None:
    metric = hyperbolic_ball(latent).metric if latent > 1 else affine(1).metric
    z = torch.full((latent,), 0.1, dtype=torch.float64)
    frame = torch.linalg.inv(torch.linalg.cholesky(metric(z[None])[0])).T
    found = ball(metric, z, frame, 1.0, 4, 16)
    r = torch.linspace(0, 1, 2001, dtype=torch.float64)
    area = 2 * math.pi ** (latent / 2) / math.gamma(latent / 2)
    wide = torch.sinh(r) if latent > 1 else r
    whole = area * torch.trapezoid(wide ** (latent - 1), r)
    assert float(found.volume.sum()) == pytest.approx(float(whole), rel=1e-4)


@pytest.mark.parametrize(
    ("metric", "size"),
    [
        (sphere(3).metric, 0.2),
        pytest.param(lg.PullbackMetric(random_mlp(3, hidden=12, obs=10)), 0.1, marks=pytest.mark.slow),
    ],
    ids=["sphere", "decoder"],
)
def test_the_slope_is_that_of_the_likelihood(metric, size: float) -> None:
    z = points(3, 10, size)
    space = Space(metric, z, torch.full((10,), 0.1, dtype=torch.float64))
    now = space.at(z[0] / 2, space.at(z[0] / 2))
    h = 5e-2
    differences = []
    for k in range(3):
        up, down = (space.at(now.mean + s * h * now.frame[:, k], now).law.loss for s in (1, -1))
        differences.append((up - down) / (2 * h))
    torch.testing.assert_close(now.slope, torch.tensor(differences).double(), rtol=0, atol=5e-3)


def test_what_lies_beyond_the_shortest_geodesics_is_an_error_of_the_normaliser() -> None:
    space = Space(flat((1.0, None, None)).metric, points(3, 10, 0.1), torch.full((10,), 0.1, dtype=torch.float64))
    found = space.at(torch.zeros(3, dtype=torch.float64))
    assert space.not_shortest(found) == 0
    # on a cylinder whose girth is twice its deviation a normal law has so much beyond half of the girth
    girth = 2 * float(found.covariance[0, 0].sqrt())
    wide = Space(flat((girth, None, None)).metric, space.z, space.weights)
    assert wide.not_shortest(found) == pytest.approx(0.317, abs=0.1)


def test_arrays_and_float32() -> None:
    metric = lg.PullbackMetric(nn.Linear(3, 12).requires_grad_(False))
    z = points(3, 7).float()
    found = lg.locally_adaptive_normal(metric, z)
    assert found.mean.dtype == found.covariance.dtype == torch.float32
    assert found.log_density(z).dtype == torch.float32
    torch.testing.assert_close(found.mean, z.mean(0), rtol=0, atol=1e-3)
    assert found.outcome is lg.Outcome.CONVERGED
    assert lg.locally_adaptive_normal(metric, z.tolist(), start=[0.1, 0.0, 0.0]).mean.dtype == torch.float64


def test_too_few_steps_are_told() -> None:
    begin = [0.2, 0.2, 0.0]
    found = lg.locally_adaptive_normal(sphere(3).metric, points(3, 6), start=begin, max_iterations=0)
    assert found.outcome is lg.Outcome.MAX_ITERATIONS
    assert found.mean.tolist() == begin
    with pytest.raises(lg.GeodesicError, match="the normal did not converge: max_iterations"):
        lg.locally_adaptive_normal(sphere(3).metric, points(3, 6), start=begin, max_iterations=0, throw=True)


@pytest.mark.usefixtures("unchecked")
def test_what_is_refused() -> None:
    metric, z = affine(3).metric, points(3, 6)
    with pytest.raises(ValueError, match="z must have 4 points of positive weight that are not in one hyperplane"):
        lg.locally_adaptive_normal(metric, z[:3])
    with pytest.raises(ValueError, match="fields and a grid serve two latent dimensions; z has 3"):
        lg.locally_adaptive_normal(metric, z, method="field")
    with pytest.raises(ValueError, match=r"start must be one point \(3,\), finite; got \(2,\)"):
        lg.locally_adaptive_normal(metric, z, start=[0.0, 0.0])
    kinked = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 6)).double()
    with pytest.warns(lg.PiecewiseLinearWarning):
        metric = lg.PullbackMetric(kinked)
    with pytest.raises(ValueError, match="metric: expected one that is differentiable in z"):
        lg.locally_adaptive_normal(metric, z)

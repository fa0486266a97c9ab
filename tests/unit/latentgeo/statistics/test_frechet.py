"""What means and medians accept, return and refuse."""

import pytest
import torch
from torch import nn

import latentgeo as lg
from periodic_surfaces import TAU, flat
from surfaces import affine, draw, hyperbolic_ball, sphere

Z = sphere().ends(5)[0]
BOTH = pytest.mark.parametrize("find", [lg.frechet_mean, lg.frechet_median], ids=["mean", "median"])


@BOTH
def test_a_record_is_of_the_points(find) -> None:
    found = find(sphere().metric, Z)
    assert found.point.shape == (2,)
    assert found.distances.shape == (5,)
    assert found.logarithms.shape == (5, 2)
    assert len(found.curves) == 5
    assert "5 converged" in repr(found)
    lengths = sphere().metric.squared_speed(found.point.expand_as(Z), found.logarithms).sqrt()
    torch.testing.assert_close(lengths, found.distances, rtol=1e-5, atol=0)
    torch.testing.assert_close(found.curve([0.0, 1.0])[:, 1], Z)


def test_logarithms_are_those_of_shooting() -> None:
    surface = hyperbolic_ball(3)
    z = surface.ends(4)[0]
    found = lg.frechet_mean(surface.metric, z)
    exact = lg.logarithm(surface.metric, found.point.expand_as(z).contiguous(), z)
    torch.testing.assert_close(found.logarithms, exact.velocity, rtol=0, atol=1e-4)


@BOTH
def test_one_point_and_equal_points_are_their_own(find) -> None:
    for count in (1, 3):
        found = find(sphere().metric, Z[:1].expand(count, 2))
        torch.testing.assert_close(found.point, Z[0])
        assert float(found.objective) == 0


@BOTH
def test_a_point_of_no_weight_counts_for_nothing(find) -> None:
    surface = hyperbolic_ball(3)
    z = surface.ends(5)[0]
    without = find(surface.metric, z[:4], tolerance=1e-7)
    found = find(surface.metric, z, [1, 1, 1, 1, 0], tolerance=1e-7)
    torch.testing.assert_close(found.point, without.point, rtol=0, atol=1e-6)


@BOTH
def test_arrays_and_float32(find) -> None:
    surface = affine(3)
    z = surface.ends(5)[0]
    expected = find(surface.metric, z, tolerance=1e-7)
    torch.testing.assert_close(find(surface.metric, z.tolist(), tolerance=1e-7).point, expected.point)
    single = lg.PullbackMetric(nn.Linear(3, 12).requires_grad_(False))
    assert find(single, z.float(), [1, 2, 1, 1, 1]).point.dtype == torch.float32


def test_more_points_than_a_sample() -> None:
    surface = affine(2)
    z = draw(150, 2, -1, 1)[0]
    weights = z[:, 0].exp()
    found = lg.frechet_mean(surface.metric, z, weights)
    torch.testing.assert_close(found.point, weights @ z / weights.sum(), rtol=0, atol=1e-4)
    # distance fields had led there
    assert found.iterations <= 3


@pytest.mark.parametrize("latent", [2, 3])
def test_more_points_than_a_sample_on_a_sphere(latent: int) -> None:
    surface = sphere(latent)
    z = draw(140, latent, -0.4, 0.4)[0]
    found = lg.frechet_mean(surface.metric, z, tolerance=1e-5)
    small = lg.frechet_mean(surface.metric, z, start=found.point[None] + 0.05, tolerance=1e-5)
    torch.testing.assert_close(found.point, small.point, rtol=0, atol=1e-4)
    logarithms = found.logarithms.mean(0)
    assert float(logarithms.norm()) < 1e-4


def test_a_periodic_coordinate_is_taken_the_short_way() -> None:
    surface = flat((TAU, None))
    z = torch.tensor([[0.1, 0.0], [TAU - 0.3, 0.4], [TAU - 0.1, 0.2]], dtype=torch.float64)
    found = lg.frechet_mean(surface.metric, z, tolerance=1e-7)
    torch.testing.assert_close(found.point, torch.tensor([TAU - 0.1, 0.2], dtype=torch.float64), rtol=0, atol=1e-5)


def test_of_several_starts_the_best_end_is_kept() -> None:
    # on a circle of length 1, two heaps: means half way between them on either side, one of them shorter
    surface = flat((1.0, None))
    z = torch.tensor([[0.0, 0.0], [0.02, 0.01], [0.4, 0.0], [0.42, 0.01]], dtype=torch.float64)
    begin = torch.tensor([[0.71, 0.0], [0.25, 0.0]], dtype=torch.float64)
    worse = lg.frechet_mean(surface.metric, z, start=begin[:1])
    assert float(worse.point[0]) == pytest.approx(0.71, abs=1e-3)
    best = lg.frechet_mean(surface.metric, z, start=begin)
    assert float(best.point[0]) == pytest.approx(0.21, abs=1e-3)
    assert float(best.objective) < float(worse.objective)
    assert float(lg.frechet_mean(surface.metric, z).point[0]) == pytest.approx(0.21, abs=1e-3)


@pytest.mark.slow
def test_a_solver_that_is_given_works_under_the_metric_itself() -> None:
    found = lg.frechet_mean(sphere().metric, Z, solver=lg.SplineCurve(tolerance=1e-6), tolerance=1e-6)
    assert found.outcome is lg.Outcome.CONVERGED
    cached = lg.frechet_mean(sphere().metric, Z, tolerance=1e-6)
    torch.testing.assert_close(found.point, cached.point, rtol=0, atol=1e-4)


def test_a_gradient_where_a_point_is_the_median() -> None:
    z = Z.clone().requires_grad_()
    found = lg.frechet_median(sphere().metric, z, [1, 1, 6, 1, 1])
    gradient = torch.autograd.grad(found.point.sum(), z)[0]
    expected = torch.zeros_like(Z)
    expected[2] = 1
    assert torch.equal(gradient, expected)


def test_a_median_that_is_a_point_is_found_from_elsewhere() -> None:
    found = lg.frechet_median(sphere().metric, Z, [1, 1, 6, 1, 1], start=Z[:1])
    assert torch.equal(found.point, Z[2])
    assert float(found.residual) == 0


def test_too_few_steps_are_told() -> None:
    surface = sphere(3)
    z = surface.ends(5)[0]
    found = lg.frechet_mean(surface.metric, z, tolerance=1e-8, max_iterations=1)
    assert found.outcome is lg.Outcome.MAX_ITERATIONS
    assert found.iterations == 1
    with pytest.raises(lg.GeodesicError, match="the mean did not converge: max_iterations"):
        lg.frechet_mean(surface.metric, z, tolerance=1e-8, max_iterations=1, throw=True)


@pytest.mark.usefixtures("unchecked")
@BOTH
def test_what_is_refused(find) -> None:
    metric = sphere().metric
    with pytest.raises(ValueError, match="z must have at least one point; got none"):
        find(metric, Z[:0])
    with pytest.raises(ValueError, match=r"weights must be one for each of the 5 points of z; got \(4,\)"):
        find(metric, Z, [1.0] * 4)
    with pytest.raises(ValueError, match=r"weights must be finite and not negative; that of point 1 is -1\.0"):
        find(metric, Z, [1.0, -1.0, 1.0, 1.0, 1.0])
    with pytest.raises(ValueError, match="weights must not be zero for all points"):
        find(metric, Z, [0.0] * 5)
    with pytest.raises(ValueError, match="z must be finite; point 2"):
        find(metric, Z.index_fill(0, torch.tensor([2]), float("nan")))
    with pytest.raises(ValueError, match=r"start must be \(starts, 2\), one at least; got \(2,\)"):
        find(metric, Z, start=Z[0])
    with pytest.raises(ValueError, match="starts must be 1 or more; got 0"):
        find(metric, Z, starts=0)
    grid = lg.GridMetric(metric, ((-0.1, 0.1), (-0.1, 0.1)), 17)
    with pytest.raises(ValueError, match=r"z: point \d, .* is outside the grid's bounds"):
        find(metric, Z, grid=grid)
    with pytest.raises(ValueError, match="a grid serves two latent dimensions; z has 3"):
        find(sphere(3).metric, sphere(3).ends(3)[0], grid=grid)


def test_a_decoder_with_kinks_is_refused_where_there_is_no_cache() -> None:
    decoder = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 6)).double()
    with pytest.warns(lg.PiecewiseLinearWarning):
        metric = lg.PullbackMetric(decoder)
    with pytest.raises(ValueError, match="metric: expected one that is differentiable in z"):
        lg.frechet_mean(metric, sphere(3).ends(3)[0])

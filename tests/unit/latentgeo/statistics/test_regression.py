"""Geodesic regression: what it accepts, returns and refuses."""

import pytest
import torch

import latentgeo as lg
from latentgeo.statistics import regression
from periodic_surfaces import TAU, flat
from surfaces import affine, hyperbolic_ball, sphere

T = torch.arange(6, dtype=torch.float64)
Z = torch.stack([0.1 * T, 0.02 * T**2 - 0.2], 1)


def test_a_record_is_of_the_points() -> None:
    found = lg.geodesic_regression(sphere().metric, T, Z)
    assert found.point.shape == found.velocity.shape == (2,)
    assert found.fitted.shape == (6, 2)
    assert float(found.objective) == pytest.approx(float(found.distances.square().mean()))
    assert float(found.r_squared) == pytest.approx(1 - float(found.objective / found.variance))
    assert "fitted: 6 x 2" in repr(found)
    start, along = found.point.expand(6, 2), found.velocity.expand(6, 2)
    led = lg.exponential(sphere().metric, start, along, T - found.time).point
    torch.testing.assert_close(led, found.fitted, rtol=0, atol=1e-4)


def test_the_unit_of_time_and_its_beginning_change_nothing_else() -> None:
    surface = hyperbolic_ball(3)
    z = surface.ends(6)[0]
    first = lg.geodesic_regression(surface.metric, T, z)
    second = lg.geodesic_regression(surface.metric, 1990 + 10 * T, z)
    torch.testing.assert_close(second.point, first.point, rtol=0, atol=1e-5)
    torch.testing.assert_close(10 * second.velocity, first.velocity, rtol=0, atol=1e-5)
    assert first.outcome is lg.Outcome.CONVERGED


def test_a_point_of_no_weight_counts_for_nothing() -> None:
    metric = affine(3).metric
    z = affine(3).ends(6)[0]
    found = lg.geodesic_regression(metric, T, z, [1, 1, 1, 1, 1, 0])
    without = lg.geodesic_regression(metric, T[:5], z[:5])
    torch.testing.assert_close(found.point, without.point, rtol=0, atol=1e-5)
    torch.testing.assert_close(found.velocity, without.velocity, rtol=0, atol=1e-5)


def test_across_a_seam() -> None:
    z = torch.stack([(TAU - 0.15 + 0.1 * T) % TAU, 0.3 * T], 1)
    found = lg.geodesic_regression(flat((TAU, None)).metric, T, z)
    torch.testing.assert_close(found.velocity, torch.tensor([0.1, 0.3]).double(), rtol=0, atol=1e-3)
    torch.testing.assert_close(found.point, torch.tensor([0.1, 0.75]).double(), rtol=0, atol=1e-3)


def test_arrays_and_float32() -> None:
    metric = lg.PullbackMetric(torch.nn.Linear(3, 12).requires_grad_(False))
    z = affine(3).ends(6)[0].float()
    found = lg.geodesic_regression(metric, [0, 1, 2, 3, 4, 5], z)
    assert found.point.dtype == found.velocity.dtype == found.time.dtype == torch.float32
    listed = lg.geodesic_regression(metric, T.numpy(), z.tolist())
    torch.testing.assert_close(listed.point.float(), found.point, rtol=0, atol=1e-4)


def test_points_that_are_all_the_same() -> None:
    found = lg.geodesic_regression(affine(3).metric, T, torch.ones(6, 3, dtype=torch.float64))
    torch.testing.assert_close(found.velocity, torch.zeros(3).double(), rtol=0, atol=1e-9)
    assert float(found.objective) == 0
    assert bool(found.r_squared.isnan())


def test_too_few_steps_are_told() -> None:
    surface = sphere(3)
    z = surface.ends(6)[0]
    found = lg.geodesic_regression(surface.metric, T, z, tolerance=1e-9, max_iterations=1)
    assert found.outcome is lg.Outcome.MAX_ITERATIONS
    assert found.iterations == 1
    with pytest.raises(lg.GeodesicError, match="the regression did not converge: max_iterations"):
        lg.geodesic_regression(surface.metric, T, z, tolerance=1e-9, max_iterations=1, throw=True)


@pytest.mark.usefixtures("unchecked")
def test_what_is_refused() -> None:
    metric = affine(2).metric
    with pytest.raises(ValueError, match=r"t must be finite, one time for each of the 6 points of z; got \(5,\)"):
        lg.geodesic_regression(metric, T[:5], Z)
    with pytest.raises(ValueError, match="t must be finite"):
        lg.geodesic_regression(metric, T * float("nan"), Z)
    with pytest.raises(ValueError, match=r"t must not be the same for all points of positive weight; it is 1\.0"):
        lg.geodesic_regression(metric, torch.ones(6), Z)
    with pytest.raises(ValueError, match="z must be finite; point 2"):
        lg.geodesic_regression(metric, T, Z.index_fill(0, torch.tensor([2]), float("nan")))


def test_geodesics_beside_it_that_do_not_arrive_are_an_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regression._Fit, "slopes", lambda self, now: None)
    found = lg.geodesic_regression(sphere().metric, T, Z)
    assert (found.outcome, found.iterations, float(found.residual)) == (lg.Outcome.MAX_ITERATIONS, 0, float("inf"))
    assert bool(torch.isfinite(found.fitted).all())
    assert found.mean_outcome is lg.Outcome.UNCERTIFIED

"""What `logarithm` accepts, returns and refuses."""

import pytest
import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.geometry.curves.curve import Polyline
from surfaces import affine, draw, hyperbolic

SURFACE = hyperbolic()
METRIC = SURFACE.metric


def solution(curves: Tensor) -> lg.GeodesicSolution:
    """Polylines as if a solver had found them."""
    return lg.path(METRIC, curves)


def test_the_record() -> None:
    z0, z1 = SURFACE.ends(3)
    found = lg.logarithm(METRIC, z0, z1)
    assert found.velocity.shape == (3, 2)
    for value in (found.length, found.residual, found.iterations):
        assert value.shape == (3,)
    assert found.outcome == [lg.Outcome.CONVERGED] * 3
    torch.testing.assert_close(found.length, METRIC.squared_speed(z0, found.velocity).sqrt())
    ends = lg.exponential(METRIC, z0, found.velocity).point
    torch.testing.assert_close((ends - z1).norm(dim=1), found.residual, rtol=0, atol=1e-7)


def test_equal_ends_and_no_pairs() -> None:
    z0, z1 = SURFACE.ends(2)
    z1[0] = z0[0]
    found = lg.logarithm(METRIC, z0, z1)
    assert found.velocity[0].tolist() == [0, 0]
    assert (float(found.length[0]), float(found.residual[0]), int(found.iterations[0])) == (0, 0, 0)
    assert found.outcome == [lg.Outcome.CONVERGED] * 2
    empty = lg.logarithm(METRIC, z0[:0], z1[:0])
    assert empty.velocity.shape == (0, 2)
    assert empty.outcome == []


def test_a_flat_space() -> None:
    z0, z1 = draw(3, 3, -1, 1)
    torch.testing.assert_close(lg.logarithm(affine(3).metric, z0, z1).velocity, z1 - z0, rtol=0, atol=1e-7)


def test_a_poor_curve_is_good_enough_to_start_from() -> None:
    z0, z1 = SURFACE.ends(2)
    found = lg.logarithm(METRIC, z0, z1, solution=lg.euclidean(METRIC, z0, z1))
    torch.testing.assert_close(found.length, SURFACE.distance(z0, z1), rtol=1e-6, atol=0)
    assert int(found.iterations.max()) > 1


def test_too_few_steps_are_an_outcome() -> None:
    z0, z1 = SURFACE.ends(2)
    start = lg.euclidean(METRIC, z0, z1)
    found = lg.logarithm(METRIC, z0, z1, solution=start, max_iterations=0)
    assert found.outcome == [lg.Outcome.MAX_ITERATIONS] * 2
    assert bool((found.residual > 1e-3).all())
    with pytest.raises(lg.GeodesicError, match=r"2 of 2 pairs did not converge \(pair 0: max_iterations"):
        lg.logarithm(METRIC, z0, z1, solution=start, max_iterations=0, throw=True)


def test_too_few_steps_of_the_integrator_are_an_outcome() -> None:
    z0, z1 = SURFACE.ends(2)
    start = lg.euclidean(METRIC, z0, z1)
    found = lg.logarithm(METRIC, z0, z1, solution=start, max_steps=2)
    assert found.outcome == [lg.Outcome.DIVERGED] * 2
    assert bool(torch.isinf(found.residual).all())


@pytest.mark.slow
def test_a_geodesic_that_does_not_arrive_is_an_outcome() -> None:
    # flat, with a hole where the straight line goes
    def holed(z: torch.Tensor) -> torch.Tensor:
        inside = (z.abs() < 0.3).all(1)[:, None, None]
        return torch.where(inside, float("nan"), torch.eye(2, dtype=z.dtype))

    disc = lg.FunctionMetric(holed)
    z0, z1 = torch.tensor([[[-0.8, 0.0]], [[0.8, 0.0]]], dtype=torch.float64)
    over = torch.tensor([[[-0.8, 0.0], [-0.8, 0.5], [0.8, 0.5], [0.8, 0.0]]], dtype=torch.float64)
    found = lg.logarithm(disc, z0, z1, solution=lg.path(disc, over))
    assert found.outcome[0] in (lg.Outcome.DIVERGED, lg.Outcome.MAX_ITERATIONS)
    assert float(found.residual) > 0.01
    assert bool(torch.isfinite(found.velocity).all())


def test_another_solutions_pairs_are_refused() -> None:
    z0, z1 = SURFACE.ends(3)
    with pytest.raises(ValueError, match="solution must be of the 2 pairs that are given; it has 3"):
        lg.logarithm(METRIC, z0[:2], z1[:2], solution=lg.euclidean(METRIC, z0, z1))


def test_another_solutions_ends_are_refused() -> None:
    z0, z1 = SURFACE.ends(3)
    backwards = lg.euclidean(METRIC, z1, z0)
    with pytest.raises(ValueError, match=r"solution must be of the pairs that are given, torch\.float64 from"):
        lg.logarithm(METRIC, z0, z1, solution=backwards)


@pytest.mark.usefixtures("unchecked")
def test_ends_that_do_not_fit() -> None:
    z0, z1 = SURFACE.ends(3)
    with pytest.raises(ValueError, match=r"z0 and z1 must have the same shape"):
        lg.logarithm(METRIC, z0, z1[:2])
    z1[2, 1] = float("nan")
    with pytest.raises(ValueError, match=r"z1 must be finite; pair 2"):
        lg.logarithm(METRIC, z0, z1)


def test_a_curve_of_many_corners() -> None:
    z0, z1 = SURFACE.ends(2)
    corners = lg.geodesic(METRIC, z0, z1).curve(torch.linspace(0, 1, 30, dtype=z0.dtype))
    found = lg.logarithm(METRIC, z0, z1, solution=solution(corners))
    assert isinstance(solution(corners).curve, Polyline)
    torch.testing.assert_close(found.length, SURFACE.distance(z0, z1), rtol=1e-7, atol=0)

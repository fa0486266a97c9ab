"""Metrics, curves and caches in other latent units."""

import pytest
import torch

import latentgeo as lg
from latentgeo.geometry.metrics.built_on import root_of, substitute
from latentgeo.geometry.metrics.caching import cache_of
from latentgeo.geometry.metrics.jet import entries, matrix
from latentgeo.geometry.metrics.lattice import Lattice
from latentgeo.geometry.metrics.units import MetricInUnits, Units, balanced, in_units
from surfaces import across_the_axes, along_an_axis, draw, random_mlp, sphere, stretched

BOX = ((-2.0, 2.0), (-1.5, 1.5))


def units_of(A: torch.Tensor, axes: bool) -> Units:
    return Units(A, torch.linalg.inv(A), axes)


AXES = units_of(torch.diag(torch.tensor([2.0, 0.125], dtype=torch.float64)), axes=True)
ACROSS = units_of(across_the_axes(2, 5.0), axes=False)


@pytest.mark.parametrize("units", [AXES, ACROSS])
@pytest.mark.parametrize(
    "made",
    [
        lambda raw: raw,
        lambda raw: lg.SmoothedMetric(raw, 3.0),
        lambda raw: lg.ScaledMetric(lg.SmoothedMetric(raw, 3.0), lambda z: 1 + z.square().sum(1)),
        lambda raw: lg.SmoothedMetric(lg.GridMetric(raw, BOX, 33), 3.0),
    ],
)
def test_curves_are_measured_alike(made, units: Units) -> None:
    metric = made(lg.PullbackMetric(random_mlp(hidden=8, obs=6)))
    seen = in_units(metric, units)
    z, v = draw(20, 2, -1, 1)
    y, w = units.new(z), units.new(v)
    torch.testing.assert_close(units.old(y), z)
    torch.testing.assert_close(seen.squared_speed(y, w), metric.squared_speed(z, v))
    torch.testing.assert_close(torch.einsum("bi,bij,bj->b", w, seen(y), w), metric.squared_speed(z, v))
    # and back
    assert in_units(seen, units.back) is metric


@pytest.mark.parametrize("units", [AXES, ACROSS])
def test_the_jet_is_that_of_the_metric_in_units(units: Units) -> None:
    metric = lg.PullbackMetric(random_mlp(hidden=8, obs=6))
    y = units.new(draw(10, 2, -1, 1)[0])
    jet = in_units(metric, units).jet(y)
    # by differentiating the metric of the composed decoder
    true = lg.PullbackMetric(lambda points: metric.decoder(units.old(points)), probe=y).jet(y)
    torch.testing.assert_close(matrix(jet.value), matrix(true.value))
    for found, wanted in zip((*jet.first, *jet.second), (*true.first, *true.second), strict=True):
        torch.testing.assert_close(found, wanted)


def test_a_cache_in_other_units_is_the_same_cache() -> None:
    grid = lg.GridMetric(lg.PullbackMetric(random_mlp(hidden=8, obs=6)), BOX, 33)
    seen = in_units(grid, AXES)
    assert isinstance(seen, lg.GridMetric)
    assert seen.bounds == ((-1.0, 1.0), (-12.0, 12.0))
    assert seen.interpolation_error == grid.interpolation_error
    # outside too
    z = draw(50, 2, -3, 3)[0]
    y = AXES.new(z)
    assert torch.equal(seen(y), AXES.unit @ grid(z) @ AXES.unit)
    assert torch.equal(seen.inside(y), grid.inside(z))
    turned = Lattice(torch.tensor([-0.5, -6.0]).double(), torch.tensor([[0.1, 0.0], [0.0, 0.7]]).double(), (9, 12))
    torch.testing.assert_close(seen.on_lattice(turned), entries(seen(turned.nodes())))


@pytest.mark.parametrize("smoothed", [False, True])
def test_a_cache_serves_the_metric_in_units_too(smoothed: bool) -> None:
    raw = lg.PullbackMetric(random_mlp(hidden=8, obs=6))
    grid = lg.GridMetric(raw, BOX, 33)
    metric = lg.SmoothedMetric(raw, 3.0) if smoothed else raw
    seen = in_units(metric, AXES)
    fast = substitute(seen, root_of(seen), AXES.grid(grid, metric, seen))
    cache = cache_of(fast)
    assert cache is not None
    assert cache.bounds == AXES.bounds(grid.bounds)
    z = draw(20, 2, -1, 1)[0]
    wanted = substitute(metric, raw, grid)(z)
    torch.testing.assert_close(fast(AXES.new(z)), AXES.unit @ wanted @ AXES.unit, rtol=1e-9, atol=1e-12)
    # a cache of another metric is none of this one's
    other = AXES.grid(lg.GridMetric(lg.PullbackMetric(random_mlp(seed=1)), BOX, 33), metric, seen)
    assert substitute(seen, other.metric, other) is seen


@pytest.mark.parametrize("units", [AXES, ACROSS])
def test_curves_meet_their_ends_exactly(units: Units) -> None:
    z0, z1 = draw(7, 2, -1, 1)
    line = lg.geodesic(
        sphere().metric, units.new(z0), units.new(z1), lg.SplineCurve(start="line", max_iterations=5)
    ).curve
    curve = units.curve(line, (z0, z1))
    ends = curve(torch.tensor([0.0, 1.0], dtype=torch.float64))
    assert torch.equal(ends[:, 0], z0)
    assert torch.equal(ends[:, 1], z1)
    t = torch.tensor([0.3], dtype=torch.float64)
    step = 1e-6
    slope = (curve(t + step) - curve(t - step)) / (2 * step)
    torch.testing.assert_close(curve.derivative(t), slope, rtol=1e-6, atol=1e-8)
    torch.testing.assert_close(curve.select(torch.tensor([4, 2])).same_path(t), curve.same_path(t)[[4, 2]])


def test_units_are_those_of_the_metric_that_smoothing_is_built_on() -> None:
    # a scale of 1 : 5, of which strong smoothing makes 1 : 125
    A = torch.diag(torch.tensor([1.0, 0.2], dtype=torch.float64))
    raw = lg.FunctionMetric(lambda z: (A @ A).expand(len(z), 2, 2))
    z = draw(5, 2, -1, 1)[0]
    assert balanced(lg.SmoothedMetric(raw, 1e6), z) is None
    assert balanced(lg.SmoothedMetric(lg.GridMetric(raw, BOX, 33), 1e6), z) is None


def test_a_box_stays_a_box_where_the_axes_have_to_stay() -> None:
    thin = stretched(sphere(), across_the_axes(2, 1e3))
    z = torch.cat(thin.ends(10))
    free, kept = balanced(thin.metric, z), balanced(thin.metric, z, axes=True)
    assert free is not None
    assert not free.axes
    assert kept is None or kept.axes
    long = balanced(stretched(sphere(), along_an_axis(2, 1e3)).metric, z)
    assert long is not None
    assert long.unit.diagonal().tolist() == [1.0, 1024.0]
    assert isinstance(in_units(thin.metric, free), MetricInUnits)


def test_one_dimension_and_no_points_have_no_balance() -> None:
    metric = lg.FunctionMetric(lambda z: torch.full((len(z), 1, 1), 1e-6, dtype=z.dtype))
    assert balanced(metric, torch.zeros(3, 1, dtype=torch.float64)) is None
    assert balanced(sphere().metric, torch.zeros(0, 2, dtype=torch.float64)) is None


@pytest.mark.parametrize("smoothed", [False, True])
def test_the_cache_that_a_metric_is_computed_from_may_be_given_too(smoothed: bool) -> None:
    grid = lg.GridMetric(sphere().metric, BOX, 33)
    metric = lg.SmoothedMetric(grid, 3.0) if smoothed else grid
    seen = in_units(metric, AXES)
    assert AXES.grid(grid, metric, seen) is cache_of(seen)
    # so short that the solver has units of its own
    z0 = torch.tensor([[0.1, 0.2]], dtype=torch.float64)
    found = lg.geodesic(metric, z0, z0 + 1e-4, grid=grid)
    assert found.outcome == [lg.Outcome.CONVERGED]
